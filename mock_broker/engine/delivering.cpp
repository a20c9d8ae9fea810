// Messages that go out: waiting, in flight, acknowledged, sent again (4.3, 4.4, 4.6, 4.9).

#include "mock_broker/engine/broker.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using spec::ProtocolVersion;
using wire::QoS;
using wire::ReasonCode;
namespace prop = wire::prop;

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- what the Client answers

void Broker::handle(Connection& connection, const wire::Puback& puback) {
  Session& session = *connection.session;
  const auto* entry = session.outbound.find_in_flight(puback.packet_id);
  if (!entry) return;  // late, or never sent: nothing to be done
  if (entry->delivery.qos != QoS::at_least_once) return fail(connection, ReasonCode::protocol_error, "PUBACK for a QoS 2 PUBLISH");
  const Delivery delivery = entry->delivery;
  // A refusal too ends the exchange [MQTT-4.4.0-2].
  if (wire::is_error(puback.reason_code) && behaviour_.after_refusal == AfterRefusal::stays) return;
  if (!behaviour_.resends_acknowledged) session.outbound.finish(puback.packet_id);
  if (wire::is_error(puback.reason_code) && behaviour_.hands_over_refused && !delivery.shared_filter.empty()) hand_over(delivery);
  pump(session);
}

void Broker::handle(Connection& connection, const wire::Pubrec& pubrec) {
  Session& session = *connection.session;
  ReasonCode code = ReasonCode::success;
  if (const auto* entry = session.outbound.find_in_flight(pubrec.packet_id)) {
    if (entry->delivery.qos != QoS::exactly_once) return fail(connection, ReasonCode::protocol_error, "PUBREC for a QoS 1 PUBLISH");
    if (wire::is_error(pubrec.reason_code) && behaviour_.after_refusal == AfterRefusal::stays) return;
    if (wire::is_error(pubrec.reason_code) && behaviour_.after_refusal == AfterRefusal::ends) {
      session.outbound.finish(pubrec.packet_id);  // [MQTT-4.4.0-2]
      return pump(session);
    }
    session.outbound.release(pubrec.packet_id);
  } else if (!session.outbound.is_released(pubrec.packet_id) && connection.version == ProtocolVersion::v5_0) {
    if (wire::is_error(pubrec.reason_code)) return;  // the exchange is over on both sides
    code = ReasonCode::packet_identifier_not_found;
  }
  send(connection, wire::Pubrel{.packet_id = pubrec.packet_id, .reason_code = code});  // [MQTT-4.3.3-4]
  if (!behaviour_.released_uses_quota) pump(session);
}

void Broker::handle(Connection& connection, const wire::Pubcomp& pubcomp) {
  Session& session = *connection.session;
  session.outbound.complete(pubcomp.packet_id);
  pump(session);
}

// ---------------------------------------------------------------------------------------------------------------- what the Client gets

void Broker::deliver(Session& session, Delivery delivery) {
  const auto is_full = [&] {
    return session.outbound.waiting() >= configuration_.maximum_queued_messages ||
           session.outbound.waiting_bytes() + delivery.message->size() > configuration_.maximum_queued_bytes;
  };
  const bool is_qos0 = delivery.qos == QoS::at_most_once;
  const bool is_away = session.connection == nullptr;
  if (is_away && (is_qos0 ? !behaviour_.queues_qos0 : !behaviour_.queues_for_disconnected)) return;  // [MQTT-3.1.2-5 of 3.1.1]
  if (is_away && behaviour_.changes_queued) {
    auto changed = std::make_shared<Message>(*delivery.message);
    behaviour_.changes_queued(*changed);
    delivery.message = std::move(changed);
  }
  if (is_full()) session.outbound.drop_expired(now_);
  if (is_full()) return;
  const bool twice = is_qos0 && delivery.message->qos == QoS::at_least_once && behaviour_.duplicates_lowered_qos1;
  if (twice) session.outbound.push(delivery);
  const QoS qos = delivery.qos;
  session.outbound.push(std::move(delivery));
  pump(session);
  // What could be sent has not waited; what waits counts for all.
  const bool too_much =
      queued_.messages > configuration_.maximum_queued_messages_in_all || queued_.bytes > configuration_.maximum_queued_bytes_in_all;
  if (too_much && session.outbound.has_waiting(qos)) session.outbound.pop(qos, true);
}

void Broker::pump(Session& session) {
  Connection* connection = session.connection;
  if (!connection || connection->state != Connection::State::connected) return;
  resend(*connection, session);
  start_waiting(*connection, session);
}

bool Broker::can_write(const Connection& connection) const {
  return connection.state == Connection::State::connected && !connection.held_back &&
         connection.output.size() < configuration_.maximum_pending_output;
}

/// How many PUBLISH packets of QoS 1 and 2 may be sent now (4.9). PUBREL packets sent again on a new connection count too, which is on the
/// safe side.
std::size_t Broker::quota(const Connection& connection, const Session& session) const {
  const int receive_maximum = std::max(connection.receive_maximum + behaviour_.send_quota_beyond, 0);  // [MQTT-4.9.0-1]
  const auto all = static_cast<std::size_t>(std::min<int>(receive_maximum, configuration_.maximum_in_flight));
  const std::size_t released = behaviour_.released_uses_quota ? 0 : session.outbound.released().size();
  return all - std::min(all, session.outbound.unacknowledged() - released);
}

bool Broker::answers_blocked(const Connection& connection) const {
  return !behaviour_.quota_blocks_only_publish && connection.session && quota(connection, *connection.session) == 0;
}

/// Everything unacknowledged once more on a new connection: PUBREL in the order of the PUBRECs, PUBLISH in the order of the first time
/// [MQTT-4.4.0-1]. The PUBRELs belong to the older messages, so they come first.
void Broker::resend(Connection& connection, Session& session) {
  for (Outbound::Released& entry : session.outbound.released()) {
    if (std::exchange(entry.sent, true)) continue;
    if (behaviour_.resends_publish_after_pubrel)
      send_publish(connection, entry.delivery, entry.packet_id, true);
    else if (behaviour_.resends_pubrel)
      send(connection, wire::Pubrel{.packet_id = entry.packet_id});
  }

  auto& in_flight = session.outbound.in_flight();
  if (std::ranges::all_of(in_flight, &Outbound::InFlight::sent)) return;
  if (!behaviour_.resends_in_order) std::ranges::reverse(in_flight);
  std::vector<wire::PacketId> done;
  for (Outbound::InFlight& entry : in_flight) {
    if (entry.sent) continue;
    if (!can_write(connection) || quota(connection, session) == 0) break;
    entry.sent = true;
    if (!behaviour_.resends_publish) continue;
    if (!behaviour_.resends_with_same_packet_id) entry.packet_id = session.outbound.unused_packet_id().value_or(entry.packet_id);
    // What has been sent once does not expire any more [MQTT-4.3.3-7].
    const bool expired = behaviour_.expires_messages_in_flight && entry.delivery.message->has_expired(now_);
    if (expired || !send_publish(connection, entry.delivery, entry.packet_id, true)) done.push_back(entry.packet_id);
  }
  for (const wire::PacketId id : done) session.outbound.finish(id);
}

void Broker::start_waiting(Connection& connection, Session& session) {
  Outbound& outbound = session.outbound;
  const auto is_stale = [&](const Delivery& delivery) { return behaviour_.drops_expired_messages && delivery.message->has_expired(now_); };

  while (outbound.has_waiting(QoS::at_most_once) && can_write(connection)) {
    const Delivery delivery = outbound.pop(QoS::at_most_once);
    if (!is_stale(delivery)) send_publish(connection, delivery, std::nullopt, false);
  }
  const bool all_resent = std::ranges::all_of(outbound.in_flight(), &Outbound::InFlight::sent);
  while (all_resent && outbound.has_waiting(QoS::at_least_once) && can_write(connection) && quota(connection, session) > 0) {
    const auto unused = outbound.unused_packet_id();  // [MQTT-2.2.1-4]
    if (!unused) return;
    const wire::PacketId id = behaviour_.packet_ids == ServerPacketIds::always_one ? wire::PacketId(1) : *unused;
    Delivery delivery = outbound.pop(QoS::at_least_once, !behaviour_.sends_in_order);  // [MQTT-4.6.0-5]
    if (is_stale(delivery)) continue;                                                  // [MQTT-3.3.2-5]
    const Outbound::InFlight& started = outbound.start(id, std::move(delivery));
    if (!send_publish(connection, started.delivery, id, false)) outbound.finish(id);  // [MQTT-3.1.2-25]
    if (behaviour_.resends_after.count() > 0) session.resend_at = now_ + behaviour_.resends_after;
  }
}

/// @return false if the Client cannot take a packet so large: then the message counts as delivered [MQTT-3.1.2-25]
bool Broker::send_publish(Connection& connection, const Delivery& delivery, std::optional<wire::PacketId> packet_id, bool resent) {
  const Message& message = *delivery.message;
  wire::Publish publish{.topic = message.topic,
                        .payload = message.payload,
                        .qos = delivery.qos,
                        .retain = delivery.retain,
                        .dup = resent ? behaviour_.resends_with_dup : delivery.dup,  // [MQTT-3.3.1-1, MQTT-3.3.1-3]
                        .packet_id = packet_id};
  if (connection.version == ProtocolVersion::v5_0) {
    publish.properties = message.properties;
    if (message.expiry_interval)
      publish.properties.set(
          prop::message_expiry_interval,
          behaviour_.counts_down_message_expiry ? message.remaining_expiry(now_) : *message.expiry_interval);  // [MQTT-3.3.2-6]
    int left = behaviour_.subscription_identifiers_sent;
    for (const std::uint32_t identifier : delivery.subscription_identifiers)
      if (left-- > 0) publish.properties.add(prop::subscription_identifier, identifier);  // [MQTT-3.3.4-3]
    add_topic_alias(connection, publish);
  }
  return send(connection, std::move(publish)) || !behaviour_.oversized_message_counts_as_sent;
}

/// Uses a Topic Alias where the Client takes them and the packet stays small enough [MQTT-3.1.2-26, MQTT-3.1.2-27]. The first topics get
/// one.
void Broker::add_topic_alias(Connection& connection, wire::Publish& publish) {
  if (!behaviour_.uses_topic_aliases || connection.topic_alias_maximum == 0) return;
  auto& aliases = connection.topics_aliased;
  const auto known = aliases.find(publish.topic);
  const bool is_new = known == aliases.end();
  if (is_new && aliases.size() >= connection.topic_alias_maximum) return;

  const auto alias = is_new ? static_cast<std::uint16_t>(aliases.size() + 1) : known->second;
  wire::Publish aliased = publish;
  aliased.properties.set(prop::topic_alias, alias);
  if (!is_new) aliased.topic.clear();
  if (wire::encoded_size(aliased, connection.version) > connection.maximum_packet_size) return;
  if (is_new) aliases.emplace(publish.topic, alias);
  publish = std::move(aliased);
}

}  // namespace mqttspec::mock_broker
