#include "reference/conduct/server_conduct.hpp"

#include "reference/conduct/packet_identifier.hpp"
#include "reference/conduct/packet_size.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <variant>

namespace mqttspec::conduct {
namespace {

using wire::PacketType;

std::string named(PacketType type) { return std::string(wire::name(type)); }

constexpr PacketSizeRules packet_size_rules{
    .packet_too_large = "server/packet-too-large",
    .problem_information_too_large = "server/problem-information-too-large",
};

}  // namespace

Findings ServerConduct::client_sent(const wire::Packet& packet, TimePoint now) {
  longest_silence_ = std::max(longest_silence_, now - std::max(last_sent_, connack_came_));
  last_sent_ = now;
  now_ = now;
  const PacketType type = type_of(packet);
  const bool out_of_place = (type == PacketType::connect) == connect_.has_value() || client_disconnected_;
  if (out_of_place) client_misbehaved(now);
  if (client_misbehaved_) {
    if (type == PacketType::connect && !connect_) client(std::get<wire::Connect>(packet));
    return {};
  }
  const bool belongs_to_session = type != PacketType::connect && type != PacketType::auth && type != PacketType::disconnect;
  if (!belongs_to_session || session_)
    note_client_packet(packet);
  else if (stage_ == Stage::before_connack)
    keep_early(packet);
  return {};
}

/// A client that does not wait for CONNACK may send more than is kept.
void ServerConduct::keep_early(const wire::Packet& packet) {
  early_bytes_ += wire::encoded_size(packet, version());
  if (early_.size() < most_early_packets && early_bytes_ <= most_early_bytes)
    early_.push_back(packet);
  else
    client_misbehaved(now_);
}

void ServerConduct::note_client_packet(const wire::Packet& packet) {
  std::visit([this](const auto& p) { client(p); }, packet);
}

void ServerConduct::client_misbehaved(TimePoint now) {
  now_ = now;
  client_misbehaved_ = true;
  early_.clear();
  if (claim_) claim_->doubt();
  if (session_) session_->doubt();
}

Findings ServerConduct::server_sent(const wire::Packet& packet, TimePoint now) {
  now_ = now;
  Report report(version());
  if (undecodable_) return {};
  if (claim_) claim_->server_seen(now);
  judge_place(packet, report);
  judge_size(packet, report);
  judge_problem_information(packet, report);
  if (!has_packet_identifier_0(packet)) std::visit([&](const auto& p) { server(p, report); }, packet);
  return report.take();
}

/// Which packets may come at all, and when (3.2, 3.14).
void ServerConduct::judge_place(const wire::Packet& packet, Report& report) {
  const PacketType type = type_of(packet);
  switch (stage_) {
    case Stage::before_connack:
      if (type == PacketType::connack || (type == PacketType::auth && v5())) return;
      if (type == PacketType::disconnect && v5()) {
        report.violate("server/disconnect-before-connack", "DISCONNECT came ahead of a successful CONNACK.");
        stage_ = Stage::server_disconnected;
        return;
      }
      if (type != PacketType::disconnect) report.violate("server/packet-before-connack", named(type) + " came ahead of CONNACK.");
      return;
    case Stage::accepted: return;
    case Stage::refused:
      report.violate("server/packet-after-refusal", named(type) + " came behind a CONNACK that refused the connection.");
      return;
    case Stage::server_disconnected:
      report.violate("server/packet-after-disconnect", named(type) + " came behind the server's DISCONNECT.");
      return;
  }
}

void ServerConduct::judge_size(const wire::Packet& packet, Report& report) {
  if (!v5() || !connect_) return;
  const auto maximum = connect_->properties.get(wire::prop::maximum_packet_size);
  if (maximum) judge_packet_size(packet, *maximum, packet_size_rules, report);
}

void ServerConduct::judge_problem_information(const wire::Packet& packet, Report& report) {
  if (!v5() || !connect_ || connect_->properties.get(wire::prop::request_problem_information) != 0u) return;
  const PacketType type = type_of(packet);
  if (type == PacketType::connack || type == PacketType::publish || type == PacketType::disconnect) return;
  std::visit(
      [&](const auto& p) {
        if constexpr (requires { p.properties; }) {
          if (p.properties.has(wire::PropertyId::reason_string) || p.properties.has(wire::PropertyId::user_property))
            report.violate(
                "server/unwanted-problem-information",
                named(type) + " came with a Reason String or User Property, and the client set Request Problem Information to 0.");
        }
      },
      packet);
}

Findings ServerConduct::server_sent_violation(const wire::Violation& violation, TimePoint now) {
  now_ = now;
  Report report(version());
  if (!undecodable_) report.violate(violation);
  return report.take();
}

Findings ServerConduct::server_sent_malformed(const wire::Violation& violation, TimePoint now) {
  now_ = now;
  Report report(version());
  if (undecodable_) return {};
  undecodable_ = true;  // what came is not known, nor what follows it
  if (claim_) claim_->doubt();
  if (session_) session_->doubt();
  report.violate(violation);
  return report.take();
}

/// An end without a DISCONNECT of the client may be the end of the server as well, and of the Sessions that it kept.
Findings ServerConduct::server_closed(TimePoint now) {
  now_ = now;
  if (claim_ && !closed_) {
    if (!client_disconnected_ && session_) session_->doubt();
    claim_->closed_by_server(client_disconnected_ ? Sessions::Farewell::said : Sessions::Farewell::none);
  }
  closed_ = true;
  return {};
}

void ServerConduct::client_closed(TimePoint now) {
  now_ = now;
  if (claim_ && !closed_) claim_->closed();
  closed_ = true;
}

}  // namespace mqttspec::conduct
