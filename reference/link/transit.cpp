#include "reference/link/transit.hpp"

#include <algorithm>
#include <variant>

namespace mqttspec::link {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace

std::optional<TimePoint> Transit::client_has_connack(TimePoint now) const {
  if (!connack_sent_) return std::nullopt;
  const TimePoint latest = *connack_sent_ + longest_;
  if (proved_) return std::min(*proved_, latest);
  return now >= latest ? std::optional(latest) : std::nullopt;
}

void Transit::prove(TimePoint now) {
  proved_ = now;
  delivered_.clear();
  requested_.clear();
  answered_.clear();
}

void Transit::server_sent(const wire::Packet& packet, TimePoint now) {
  if (proved_) return;
  if (!connack_sent_) {
    const auto* connack = std::get_if<wire::Connack>(&packet);
    if (connack != nullptr && connack->reason_code == wire::ReasonCode::success) connack_sent_ = now;
    return;
  }
  const auto answers = [this](wire::PacketId id) {
    if (requested_.contains(id.value())) answered_.insert(id.value());
  };
  std::visit(Overloaded{[this](const wire::Publish& publish) {
                          if (publish.packet_id && clean_start_) delivered_.insert(publish.packet_id->value());
                        },
                        [&](const wire::Puback& puback) { answers(puback.packet_id); },
                        [&](const wire::Pubrec& pubrec) { answers(pubrec.packet_id); },
                        [&](const wire::Pubcomp& pubcomp) { answers(pubcomp.packet_id); },
                        [&](const wire::Suback& suback) { answers(suback.packet_id); },
                        [&](const wire::Unsuback& unsuback) { answers(unsuback.packet_id); },
                        [this](const wire::Auth&) { challenged_ = true; }, [](const auto&) {}},
             packet);
}

void Transit::client_sent(const wire::Packet& packet, TimePoint now) {
  if (proved_) return;
  // A request with a Packet Identifier that was in use before is legal only once the answer has arrived.
  const auto requests = [this, now](wire::PacketId id) {
    if (answered_.contains(id.value())) return prove(now);
    requested_.insert(id.value());
  };
  const auto acknowledges = [this, now](wire::PacketId id) {
    if (delivered_.contains(id.value())) prove(now);
  };
  std::visit(Overloaded{[this](const wire::Connect& connect) { clean_start_ = connect.clean_start; },
                        [&](const wire::Publish& publish) {
                          if (publish.packet_id && !publish.dup) requests(*publish.packet_id);
                        },
                        [&](const wire::Subscribe& subscribe) { requests(subscribe.packet_id); },
                        [&](const wire::Unsubscribe& unsubscribe) { requests(unsubscribe.packet_id); },
                        [&](const wire::Puback& puback) { acknowledges(puback.packet_id); },
                        [&](const wire::Pubrec& pubrec) { acknowledges(pubrec.packet_id); },
                        [&](const wire::Pubrel& pubrel) {
                          if (answered_.contains(pubrel.packet_id.value())) prove(now);
                        },
                        [this, now](const wire::Auth&) {
                          if (challenged_) prove(now);
                        },
                        [](const auto&) {}},
             packet);
}

}  // namespace mqttspec::link
