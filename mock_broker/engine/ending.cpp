// The end of connections (3.14, 4.8 of 3.1.1, 4.13), Wills (3.1.2.5), Keep Alive (3.1.2.10) and the end of Sessions (3.1.2.11.2, 4.1).

#include "mock_broker/engine/broker.hpp"
#include "reference/topic/topic.hpp"

#include <algorithm>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using spec::ProtocolVersion;
using wire::ReasonCode;
namespace prop = wire::prop;

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- connections

void Broker::handle(Connection& connection, const wire::Disconnect& disconnect) {
  Session& session = *connection.session;
  if (const auto expiry = disconnect.properties.get(prop::session_expiry_interval)) {
    const bool raised_from_zero = connection.session_expiry_interval == 0 && *expiry != 0;
    if (raised_from_zero && behaviour_.refuses_raised_session_expiry)
      return fail(connection, ReasonCode::protocol_error, "a Session Expiry Interval where CONNECT said 0");
    if (behaviour_.heeds_session_expiry_of_disconnect)
      session.expiry_interval = std::min(*expiry, configuration_.maximum_session_expiry_interval);
  }
  // 3.1.1: always; 5.0: with 0x00 alone [MQTT-3.14.4-3, MQTT-3.1.2-10]
  const bool is_normal = connection.version != ProtocolVersion::v5_0 || disconnect.reason_code == ReasonCode::normal_disconnection;
  end_connection(connection, Ending::disconnect_received, is_normal && behaviour_.disconnect_deletes_will);
  if (!behaviour_.closes_after_disconnect_received) connection.close = false;
}

void Broker::fail(Connection& connection, wire::ReasonCode code, std::string_view explanation, Ending ending) {
  if (connection.state != Connection::State::connected) return;
  bool disconnect_sent = false;
  if (connection.version == ProtocolVersion::v5_0 && behaviour_.disconnects_before_closing) {
    const bool known = wire::is_allowed(code, wire::PacketType::disconnect, ProtocolVersion::v5_0, wire::Direction::server_to_client);
    wire::Disconnect disconnect{.reason_code = known ? code : ReasonCode::protocol_error};  // [MQTT-3.14.2-1]
    if (!explanation.empty()) disconnect.properties.set(prop::reason_string, std::string(explanation));
    disconnect_sent = send(connection, std::move(disconnect));
  }
  if (disconnect_sent && !behaviour_.closes_after_disconnect_sent) return;
  end_connection(connection, ending);
}

/// The Network Connection is over for the broker, which closes it; the Session goes on alone or ends.
void Broker::end_connection(Connection& connection, Ending ending, bool discard_will) {
  Session* const session = std::exchange(connection.session, nullptr);
  drop(connection);
  if (!session) return;
  --connected_;
  session->connection = nullptr;
  session->resend_at.reset();
  if (!behaviour_.forgets_topic_aliases) session->topic_aliases = connection.topic_aliases;
  if (!behaviour_.queues_qos0) session->outbound.drop_waiting_qos0();

  const bool lost = ending == Ending::connection_lost && !behaviour_.lost_connection_keeps_session;
  const bool ends_now =
      (session->expiry_interval == 0 && behaviour_.clean_session_ends_with_connection) || !behaviour_.stores_session || lost;
  if (discard_will || !will_is_due(ending)) {
    session->will.reset();
  } else if (session->will) {
    // After the Will Delay Interval or with the Session's end, whichever comes first [MQTT-3.1.2-8]
    const std::uint32_t delay = session->will->properties.get(prop::will_delay_interval).value_or(0);
    const bool waits = behaviour_.waits_will_delay && (ending != Ending::takeover || behaviour_.waits_will_delay_at_takeover);
    if (delay == 0 || !waits)
      publish_will(*session);
    else
      session->will_due = now_ + std::chrono::seconds(delay);
  }
  const bool expires =
      session->expiry_interval != Session::never_expires && session->expiry_interval != 0 && behaviour_.ends_expired_session;
  if (ends_now)
    end_session(*session);
  else if (expires)
    session->expires_at = now_ + std::chrono::seconds(session->expiry_interval);
  publish_system_topics();
}

/// Every Client is told (5.0) and its connection closed. Nothing else happens any more: no Will, and Sessions end with the engine.
void Broker::shut_down(TimePoint now) {
  now_ = now;
  for (auto& [id, connection] : connections_) {
    if (connection.state == Connection::State::closed) continue;
    const bool can_be_told = connection.state == Connection::State::connected && connection.version == ProtocolVersion::v5_0;
    if (can_be_told) send(connection, wire::Disconnect{.reason_code = ReasonCode::server_shutting_down});
    if (Session* const session = std::exchange(connection.session, nullptr)) session->connection = nullptr;
    drop(connection);
  }
  connected_ = 0;
}

/// Closes a connection without a word.
void Broker::drop(Connection& connection) {
  connection.state = Connection::State::closed;
  connection.deadline.reset();
  connection.close = true;
  watch_.server_closed(connection.id, now_);
  touch(connection);
}

void Broker::restart_keep_alive(Connection& connection, wire::PacketType type) {
  if (connection.keep_alive.count() == 0 || !behaviour_.enforces_keep_alive) return;
  if (type == wire::PacketType::pingreq && !behaviour_.pingreq_is_sign_of_life) return;
  if (type == wire::PacketType::publish && !behaviour_.publish_is_sign_of_life) return;
  connection.deadline = now_ + connection.keep_alive;  // [MQTT-3.1.2-24 of 3.1.1, MQTT-3.1.2-22]
}

// ---------------------------------------------------------------------------------------------------------------- wills

bool Broker::will_is_due(Ending ending) const {
  if (!behaviour_.publishes_will) return false;
  switch (ending) {
    case Ending::disconnect_received: return behaviour_.disconnect_with_will_publishes || !behaviour_.disconnect_deletes_will;
    case Ending::connection_lost: return behaviour_.will_on_connection_lost;
    case Ending::error: return behaviour_.will_on_error;
    case Ending::keep_alive_timeout: return behaviour_.will_on_keep_alive_timeout;
    case Ending::takeover: return behaviour_.will_on_takeover;
  }
  return true;
}

void Broker::publish_will(Session& session) {
  session.will_due.reset();
  if (!session.will) return;
  const wire::Will will = *session.will;
  session.will.reset();  // [MQTT-3.1.2-10]

  wire::Publish publish{
      .topic = will.topic, .payload = will.payload, .qos = will.qos, .retain = will.retain, .properties = will.properties};
  const auto denies = [&](const std::string& filter) { return topic::matches(filter, will.topic); };
  if (std::ranges::any_of(configuration_.publish_denied, denies)) return;
  const MessagePtr message = message_from(publish, session.client_id);
  this->publish(message);
  if (!behaviour_.will_published_once) this->publish(message);
  if (!behaviour_.will_replaced_by_connect) session.will = will;
}

// ---------------------------------------------------------------------------------------------------------------- sessions

void Broker::end_session(Session& session) {
  // A Will that waits is not kept waiting beyond the Session [MQTT-3.1.2-8].
  if (session.will_due && behaviour_.session_end_publishes_will) publish_will(session);
  while (!session.subscriptions.empty()) remove_subscription(session, std::string(session.subscriptions.begin()->first));
  if (behaviour_.retained_ends_with_publisher) retained_.remove_of(session.client_id);
  const std::vector<Delivery> shared = session.outbound.take_shared(behaviour_.hands_over_started_qos2);
  watch_.session_ended(session.client_id);
  sessions_.erase(sessions_.find(session.key));

  if (!behaviour_.hands_over_shared_messages) return;
  for (const Delivery& delivery : shared) hand_over(delivery);
}

}  // namespace mqttspec::mock_broker
