#include "mock_broker/engine/client_watch.hpp"

#include "reference/wire/describe.hpp"

#include <algorithm>
#include <utility>

namespace mqttspec::mock_broker {

std::string to_string(const ClientViolation& violation) {
  return "[" + std::string(violation.clause.text()) + "] client " + wire::quote(violation.client_id) + ", connection " +
         std::to_string(violation.connection) + ", MQTT " + std::string(spec::name(violation.version)) + ": " + violation.explanation;
}

ClientWatch::Watched* ClientWatch::find(ConnectionId id) {
  const auto found = watched_.find(id);
  return found == watched_.end() ? nullptr : &found->second;
}

void ClientWatch::connection_opened(ConnectionId id) {
  if (most_violations_ > 0) watched_.try_emplace(id, sessions_);
}

void ClientWatch::input_begins(ConnectionId id) {
  if (Watched* watched = find(id); watched && watched->connack_sent) watched->conduct.connack_arrived();
}

void ClientWatch::received(ConnectionId id, const wire::Packet& packet, TimePoint now) {
  Watched* watched = find(id);
  if (!watched) return;
  if (const auto* connect = std::get_if<wire::Connect>(&packet); connect && watched->client_id.empty())
    watched->client_id = connect->client_id;
  keep(id, *watched, watched->conduct.client_sent(packet, now), now);
}

void ClientWatch::received_malformed(ConnectionId id, const wire::Violation& violation, TimePoint now) {
  // A version that we do not know is not a wrong one.
  if (violation.kind() == wire::ViolationKind::unsupported) return;
  if (Watched* watched = find(id)) keep(id, *watched, watched->conduct.client_sent_malformed(violation, now), now);
}

void ClientWatch::received_text_frame(ConnectionId id, TimePoint now) {
  if (Watched* watched = find(id)) keep(id, *watched, watched->conduct.client_sent_text_frame(now), now);
}

void ClientWatch::offered_no_subprotocol(ConnectionId id, TimePoint now) {
  if (Watched* watched = find(id)) keep(id, *watched, watched->conduct.client_offered_no_subprotocol(now), now);
}

void ClientWatch::received_too_large(ConnectionId id, TimePoint now) {
  if (Watched* watched = find(id); watched && watched->connack_sent)
    keep(id, *watched, "client/packet-too-large", "A packet came that is larger than the server's Maximum Packet Size.", now);
}

void ClientWatch::sent(ConnectionId id, const wire::Packet& packet, TimePoint now) {
  Watched* watched = find(id);
  if (!watched) return;
  if (const auto* connack = std::get_if<wire::Connack>(&packet)) {
    watched->connack_sent = true;
    const auto assigned = connack->properties.get(wire::prop::assigned_client_identifier);
    if (assigned && watched->client_id.empty()) watched->client_id = *assigned;
  }
  keep(id, *watched, watched->conduct.server_sent(packet, now), now);
}

void ClientWatch::sent_anything(ConnectionId id, TimePoint now) {
  if (Watched* watched = find(id)) watched->conduct.server_misbehaved(now);
}

void ClientWatch::kept_silent(ConnectionId id, TimePoint now) {
  if (Watched* watched = find(id))
    keep(id, *watched, "client/keep-alive-exceeded", "Nothing came for one and a half times the Keep Alive.", now);
}

void ClientWatch::client_closed(ConnectionId id, TimePoint now) {
  Watched* watched = find(id);
  if (!watched) return;
  keep(id, *watched, watched->conduct.client_closed(now), now);
  watched_.erase(id);
}

void ClientWatch::server_closed(ConnectionId id, TimePoint now) {
  Watched* watched = find(id);
  if (!watched) return;
  watched->conduct.server_closed(now);
  watched_.erase(id);
}

void ClientWatch::session_ended(std::string_view client_id) { sessions_.forget(client_id); }

void ClientWatch::keep(ConnectionId id, const Watched& watched, conduct::Findings findings, TimePoint now) {
  for (conduct::Finding& finding : findings) {
    if (violations_.size() >= most_violations_) return;
    violations_.push_back({.connection = id,
                           .client_id = watched.client_id,
                           .version = watched.conduct.version(),
                           .rule = finding.rule->id,
                           .clause = finding.clause,
                           .explanation = std::move(finding.explanation),
                           .time = now});
  }
}

/// For what is judged here because no packet shows it.
void ClientWatch::keep(ConnectionId id, const Watched& watched, std::string_view rule_id, std::string explanation, TimePoint now) {
  const auto rules = conduct::client_rules();
  const auto rule = std::ranges::find(rules, rule_id, &conduct::Rule::id);
  const spec::Clause clause = rule->requirement.in(watched.conduct.version());
  if (!clause.empty()) keep(id, watched, {conduct::Finding{&*rule, clause, std::move(explanation)}}, now);
}

}  // namespace mqttspec::mock_broker
