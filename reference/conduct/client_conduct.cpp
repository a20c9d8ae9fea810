#include "reference/conduct/client_conduct.hpp"

#include "reference/conduct/packet_identifier.hpp"
#include "reference/conduct/packet_size.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

namespace mqttspec::conduct {
namespace {

using wire::PacketType;

/// What the transit of a packet may add to a silence.
constexpr Duration keep_alive_margin = std::chrono::seconds(1);

std::string named(PacketType type) { return std::string(wire::name(type)); }

constexpr PacketSizeRules packet_size_rules{
    .packet_too_large = "client/packet-too-large",
    .problem_information_too_large = "client/problem-information-too-large",
};

bool outside_session(PacketType type) { return type == PacketType::connect || type == PacketType::auth || type == PacketType::disconnect; }

}  // namespace

Findings ClientConduct::client_sent(const wire::Packet& packet, TimePoint now) {
  now_ = now;
  // The version of a CONNECT is its own.
  const auto* connect = std::get_if<wire::Connect>(&packet);
  Report report(connect && !connect_ ? connect->version : version());
  if (undecodable_) return {};
  judge_keep_alive(now, keep_alive_margin, report);
  last_heard_ = now;
  silence_reported_ = false;
  if (disconnected_) {
    report.violate("client/packet-after-disconnect", named(type_of(packet)) + " came behind the client's DISCONNECT.");
    return report.take();
  }
  judge_place(packet, report);
  if (outside_session(type_of(packet)) || session_)
    judge_packet(packet, report);
  else if (connect_ && stage_ == Stage::before_connack)
    keep_early(packet);
  return report.take();
}

void ClientConduct::keep_early(const wire::Packet& packet) {
  early_bytes_ += wire::encoded_size(packet, version());
  if (early_.size() < most_early_packets && early_bytes_ <= most_early_bytes)
    early_.push_back(packet);
  else
    early_lost_ = true;
}

void ClientConduct::judge_packet(const wire::Packet& packet, Report& report) {
  judge_size(packet, report);
  if (!has_packet_identifier_0(packet)) std::visit([&](const auto& p) { client(p, report); }, packet);
}

/// Which packets may come at all, and when (3.1, 4.12).
void ClientConduct::judge_place(const wire::Packet& packet, Report& report) {
  const PacketType type = type_of(packet);
  if (!connect_) {
    if (type != PacketType::connect && stage_ == Stage::before_connack && !server_misbehaved_)
      report.violate("client/packet-before-connect", named(type) + " came ahead of CONNECT.");
    return;
  }
  if (type == PacketType::connect) report.violate("client/second-connect", "CONNECT came a second time on this Network Connection.");
  if (!outside_session(type) && stage_ == Stage::before_connack && connect_->properties.has(wire::PropertyId::authentication_method))
    report.violate("client/packet-during-authentication",
                   named(type) + " came ahead of CONNACK, and the client authenticates by an Authentication Method.");
}

void ClientConduct::judge_size(const wire::Packet& packet, Report& report) {
  if (!v5() || !connack_ || !knows_limits()) return;
  const auto maximum = connack_->properties.get(wire::prop::maximum_packet_size);
  if (maximum) judge_packet_size(packet, *maximum, packet_size_rules, report);
}

/// A packet that was on its way when CONNACK was sent may break its limits unknowingly.
bool ClientConduct::knows_limits() const { return connack_ && !server_misbehaved_ && connack_read_.has_value(); }

Duration ClientConduct::keep_alive() const {
  const std::uint32_t own = connect_->keep_alive;
  return std::chrono::seconds(v5() ? connack_->properties.get(wire::prop::server_keep_alive).value_or(own) : own);
}

/// @param margin beyond the one and a half Keep Alives that a server waits (3.1.2.10)
void ClientConduct::judge_keep_alive(TimePoint now, Duration margin, Report& report) {
  const bool watched = stage_ == Stage::accepted && connect_ && connack_ && !server_misbehaved_ && !disconnected_ && !server_disconnected_;
  if (!watched || silence_reported_ || keep_alive() == Duration::zero()) return;
  const bool imposed = v5() && connack_->properties.has(wire::PropertyId::server_keep_alive);
  // A Keep Alive that the server imposes counts from when the client knows it.
  if (imposed && !connack_read_) return;
  const Duration silence = now - std::max(last_heard_, imposed ? *connack_read_ : connack_sent_);
  if (silence < keep_alive() * 3 / 2 + margin) return;
  silence_reported_ = true;
  report.violate(imposed ? RuleRef("client/server-keep-alive-exceeded") : RuleRef("client/keep-alive-exceeded"),
                 "Nothing came for " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(silence).count()) +
                     " ms, and the Keep Alive is " +
                     std::to_string(std::chrono::duration_cast<std::chrono::seconds>(keep_alive()).count()) + " s.");
}

Findings ClientConduct::time_passed(TimePoint now) {
  now_ = now;
  Report report(version());
  judge_keep_alive(now, Duration::zero(), report);
  return report.take();
}

Findings ClientConduct::client_sent_violation(const wire::Violation& violation, TimePoint now) {
  now_ = now;
  Report report(version());
  if (!undecodable_) report.violate(violation);
  return report.take();
}

Findings ClientConduct::client_sent_malformed(const wire::Violation& violation, TimePoint now) {
  now_ = now;
  Report report(version());
  if (undecodable_) return {};
  stop_understanding();
  report.violate(violation);
  return report.take();
}

Findings ClientConduct::client_sent_text_frame(TimePoint now) {
  now_ = now;
  Report report(version());
  if (undecodable_) return {};
  stop_understanding();
  report.violate("client/text-frame", "A WebSocket text frame came: MQTT is in binary frames.");
  return report.take();
}

Findings ClientConduct::client_offered_no_subprotocol(TimePoint now) {
  now_ = now;
  Report report(version());
  report.violate("client/subprotocol-not-offered", "The client asks for a WebSocket, and does not offer the subprotocol \"mqtt\".");
  return report.take();
}

/// What came is not known, nor what follows it.
void ClientConduct::stop_understanding() {
  undecodable_ = true;
  if (claim_) claim_->doubt();
  if (session_) session_->doubt();
}

Findings ClientConduct::server_sent(const wire::Packet& packet, TimePoint now) {
  now_ = now;
  Report report(version());
  if (type_of(packet) == PacketType::disconnect) server_disconnected_ = true;
  std::visit([this](const auto& p) { server(p); }, packet);
  if (session_ && !early_.empty()) {
    for (const wire::Packet& earlier : early_) judge_packet(earlier, report);
    early_.clear();
    if (early_lost_) session_->doubt();
  }
  if (stage_ == Stage::refused) early_.clear();
  return report.take();
}

void ClientConduct::server_misbehaved(TimePoint now) {
  now_ = now;
  server_misbehaved_ = true;
  if (claim_) claim_->doubt();
  if (session_) session_->doubt();
}

Findings ClientConduct::client_closed(TimePoint now) {
  now_ = now;
  close();
  return {};
}

void ClientConduct::server_closed(TimePoint now) {
  now_ = now;
  close();
}

void ClientConduct::close() {
  server_disconnected_ = true;
  if (claim_) claim_->closed();
}

}  // namespace mqttspec::conduct
