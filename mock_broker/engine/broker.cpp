#include "mock_broker/engine/broker.hpp"

#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using wire::PacketType;
using wire::ReasonCode;

/// Reason String and User Property are for people: they are left away where they are not wanted or do not fit.
void remove_diagnostics(wire::Packet& packet) {
  std::visit(
      [](auto& p) {
        if constexpr (requires { p.properties; })
          p.properties.remove(wire::PropertyId::reason_string).remove(wire::PropertyId::user_property);
      },
      packet);
}

void remove_reason_string(wire::Packet& packet) {
  std::visit(
      [](auto& p) {
        if constexpr (requires { p.properties; }) p.properties.remove(wire::PropertyId::reason_string);
      },
      packet);
}

bool may_always_hold_diagnostics(PacketType type) {
  return type == PacketType::publish || type == PacketType::connack || type == PacketType::disconnect;
}

}  // namespace

Broker::Broker(Configuration configuration, Behaviour behaviour, std::unique_ptr<Interceptor> interceptor)
    : configuration_(std::move(configuration)),
      behaviour_(behaviour),
      interceptor_(std::move(interceptor)),
      watch_({.violations = configuration_.maximum_violations,
              .sessions = configuration_.maximum_sessions,
              .maximum_packet_size = configuration_.maximum_packet_size,
              .transit = configuration_.client_transit}) {}

// ---------------------------------------------------------------------------------------------------------------- connections and time

ConnectionId Broker::connection_opened(TimePoint now) {
  now_ = now;
  if (!started_) started_ = now;
  const ConnectionId id = ++last_connection_;
  Connection& connection = connections_.try_emplace(id, id, configuration_.maximum_packet_size).first->second;
  watch_.connection_opened(id, now);
  if (configuration_.connect_timeout.count() > 0) connection.deadline = now + configuration_.connect_timeout;
  const std::size_t unidentified = connections_.size() - connected_;
  if (unidentified > configuration_.maximum_unidentified_connections) drop(connection);
  return id;
}

void Broker::connection_lost(ConnectionId id, TimePoint now) {
  now_ = now;
  Connection* connection = find_connection(id);
  if (!connection) return;
  watch_.client_closed(id, now);
  if (connection->state == Connection::State::connected) end_connection(*connection, Ending::connection_lost);
  connections_.erase(id);
}

Connection* Broker::find_connection(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

void Broker::advance(TimePoint now) {
  now_ = now;
  const auto is_due = [now](const std::optional<TimePoint>& time) { return time && *time <= now; };
  for (auto& [id, connection] : connections_) {
    if (connection.state == Connection::State::closed || !is_due(connection.deadline)) continue;
    connection.deadline.reset();
    if (connection.state == Connection::State::connected) {
      watch_.time_passed(id, now);
      fail(connection, ReasonCode::keep_alive_timeout, "nothing came within one and a half times the Keep Alive",
           Ending::keep_alive_timeout);
    } else {
      drop(connection);
    }
  }

  std::vector<std::string> due;
  for (const auto& [key, session] : sessions_)
    if (is_due(session.will_due) || is_due(session.expires_at) || is_due(session.resend_at)) due.push_back(key);
  for (const std::string& key : due) {
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) continue;
    Session& session = found->second;
    if (is_due(session.resend_at)) {
      session.resend_at = now + behaviour_.resends_after;
      session.outbound.connection_changed();
      pump(session);
    }
    if (is_due(session.will_due)) publish_will(session);
    if (is_due(session.expires_at)) end_session(session);  // [MQTT-4.1.0-2]
  }
}

std::optional<TimePoint> Broker::next_deadline() const {
  std::optional<TimePoint> next;
  const auto consider = [&next](const std::optional<TimePoint>& time) {
    if (time && (!next || *time < *next)) next = time;
  };
  for (const auto& [id, connection] : connections_)
    if (connection.state != Connection::State::closed) consider(connection.deadline);
  for (const auto& [key, session] : sessions_) {
    consider(session.will_due);
    consider(session.expires_at);
    consider(session.resend_at);
  }
  if (!delayed_.empty()) consider(delayed_.front().first);
  return next;
}

// ---------------------------------------------------------------------------------------------------------------- bytes in

void Broker::bytes_received(ConnectionId id, wire::ByteView bytes, TimePoint now) {
  now_ = now;
  Connection* connection = find_connection(id);
  while (connection && connection->state != Connection::State::closed && !bytes.empty()) {
    auto frame = connection->frames.next(bytes);
    if (!frame) return;
    const bool is_first = connection->state == Connection::State::waiting_for_connect;
    frame_received(*connection, std::move(*frame));
    if (is_first && connection->state == Connection::State::connected && !behaviour_.serves_pipelined) return;
  }
}

void Broker::frame_received(Connection& connection, FrameSplitter::Frame frame) {
  watch_.received(connection.id, frame.bytes, now_);
  if (frame.too_large) {
    // There is no way to go on behind a packet that is not read to its end.
    if (connection.state != Connection::State::connected) return drop(connection);
    return fail(connection, ReasonCode::packet_too_large, "the packet is larger than the Maximum Packet Size");
  }
  if (interceptor_) interceptor_->frame_received(peer_of(connection), frame.bytes);
  if (frame.bytes.empty()) return;

  const wire::DecodeContext context{
      .from = wire::Direction::client_to_server, .version = connection.version, .maximum_packet_size = wire::maximum_packet_size};
  auto decoded = wire::decode(frame.bytes, context);
  if (decoded) {
    std::vector<wire::Packet> packets;
    if (interceptor_)
      packets = interceptor_->packet_received(peer_of(connection), std::move(*decoded));
    else
      packets.push_back(std::move(*decoded));
    for (wire::Packet& packet : packets)
      if (connection.state != Connection::State::closed) process(connection, std::move(packet));
    return;
  }

  const wire::Violation& violation = decoded.error();
  if (connection.state == Connection::State::waiting_for_connect) {
    const bool is_connect = !frame.bytes.empty() && PacketType(frame.bytes[0] >> 4) == PacketType::connect;
    if (is_connect) return refuse_malformed_connect(connection, frame.bytes, violation);
    if (behaviour_.requires_connect_first) drop(connection);
    return;
  }
  if (connection.state == Connection::State::authenticating)
    return refuse(connection, {.return_code = {}, .reason_code = ReasonCode::malformed_packet, .reason = violation.explanation});
  // [MQTT-4.8.0-1 of 3.1.1, MQTT-4.13.1-1]
  if (connection.state == Connection::State::connected && behaviour_.closes_on_error)
    fail(connection, violation.reason_code(), violation.explanation);
}

void Broker::process(Connection& connection, wire::Packet packet) {
  switch (connection.state) {
    case Connection::State::waiting_for_connect:
      if (auto* connect = std::get_if<wire::Connect>(&packet))
        handle(connection, std::move(*connect));
      else if (behaviour_.requires_connect_first)
        drop(connection);  // [MQTT-3.1.0-1]
      return;
    case Connection::State::authenticating: return process_authenticating(connection, packet);
    case Connection::State::refused:
      // Only a broken broker comes here [MQTT-3.1.4-5, MQTT-3.1.4-6].
      if (const auto* message = std::get_if<wire::Publish>(&packet); message && behaviour_.processes_after_refusal)
        publish(message_from(*message, ""));
      if (behaviour_.answers_after_refusal) answer_refused(connection, packet);
      return;
    case Connection::State::connected: return process_connected(connection, std::move(packet));
    case Connection::State::closed: return;
  }
}

/// What a Client gets that goes on although it was refused.
void Broker::answer_refused(Connection& connection, const wire::Packet& packet) {
  if (const auto* subscribe = std::get_if<wire::Subscribe>(&packet))
    send(connection, wire::Suback{.packet_id = subscribe->packet_id,
                                  .reason_codes = std::vector(subscribe->subscriptions.size(), ReasonCode::granted_qos_0)});
  if (const auto* unsubscribe = std::get_if<wire::Unsubscribe>(&packet)) {
    const std::size_t codes = connection.version == spec::ProtocolVersion::v5_0 ? unsubscribe->topic_filters.size() : 0;
    send(connection, wire::Unsuback{.packet_id = unsubscribe->packet_id, .reason_codes = std::vector(codes, ReasonCode::success)});
  }
  if (const auto* message = std::get_if<wire::Publish>(&packet); message && message->qos == wire::QoS::at_least_once)
    send(connection, wire::Puback{.packet_id = *message->packet_id});
  if (const auto* message = std::get_if<wire::Publish>(&packet); message && message->qos == wire::QoS::exactly_once)
    send(connection, wire::Pubrec{.packet_id = *message->packet_id});
  if (std::holds_alternative<wire::Pingreq>(packet)) send(connection, wire::Pingresp{});
}

void Broker::process_connected(Connection& connection, wire::Packet packet) {
  restart_keep_alive(connection, wire::type_of(packet));
  std::visit(
      [&]<class P>(P& p) {
        if constexpr (P::type == PacketType::connect) {
          if (behaviour_.refuses_second_connect) fail(connection, ReasonCode::protocol_error, "a second CONNECT");  // [MQTT-3.1.0-2]
        } else if constexpr (P::type == PacketType::pingreq) {
          send(connection, wire::Pingresp{});  // [MQTT-3.12.4-1]
        } else if constexpr (requires { handle(connection, std::move(p)); }) {
          handle(connection, std::move(p));
        } else {
          // Packets of servers do not pass the decoder.
          fail(connection, ReasonCode::protocol_error, "a packet that the Client may not send here");
        }
      },
      packet);
}

// ---------------------------------------------------------------------------------------------------------------- bytes out

Peer Broker::peer_of(const Connection& connection) const {
  return {connection.id, connection.version, connection.session ? std::string_view(connection.session->client_id) : std::string_view()};
}

bool Broker::send(Connection& connection, wire::Packet packet) {
  if (connection.state == Connection::State::closed) return false;
  const PacketType type = wire::type_of(packet);
  const bool is_message = type == PacketType::publish;
  if (!is_message && answers_blocked(connection)) return false;

  if (connection.version == spec::ProtocolVersion::v5_0 && !is_message) {
    // [MQTT-3.1.2-29]
    const bool unwanted = !connection.wants_problem_information && behaviour_.heeds_request_problem_information;
    if (unwanted && !may_always_hold_diagnostics(type)) remove_diagnostics(packet);
    if (!behaviour_.gives_reason_strings) remove_reason_string(packet);
  }
  if (behaviour_.heeds_maximum_packet_size) {
    // [MQTT-3.1.2-24]; the same of each packet's Reason String and User Property, as [MQTT-3.4.2-2]
    const auto fits = [&] { return wire::encoded_size(packet, connection.version) <= connection.maximum_packet_size; };
    if (!fits() && !is_message) remove_diagnostics(packet);
    if (!fits()) return false;
  }
  if (!interceptor_) {
    write(connection, packet);
    return true;
  }
  for (const auto& out : interceptor_->packet_to_send(peer_of(connection), std::move(packet))) {
    if (const auto* bytes = std::get_if<wire::Bytes>(&out)) {
      watch_.sent(connection.id, *bytes, now_);
      connection.output.insert(connection.output.end(), bytes->begin(), bytes->end());
      touch(connection);
    } else {
      write(connection, std::get<wire::Packet>(out));
    }
  }
  return true;
}

void Broker::write(Connection& connection, const wire::Packet& packet) {
  const std::size_t before = connection.output.size();
  wire::encode(packet, connection.version, connection.output);
  watch_.sent(connection.id, wire::ByteView(connection.output).subspan(before), now_);
  touch(connection);
}

void Broker::touch(Connection& connection) {
  if (std::exchange(connection.touched, true)) return;
  touched_.push_back(connection.id);
}

void Broker::hold_back(ConnectionId id) {
  if (Connection* connection = find_connection(id)) connection->held_back = true;
}

void Broker::go_on(ConnectionId id, TimePoint now) {
  now_ = now;
  Connection* connection = find_connection(id);
  if (!connection || !std::exchange(connection->held_back, false)) return;
  if (connection->session) pump(*connection->session);
}

std::vector<Engine::Output> Broker::take_output() {
  std::vector<Engine::Output> taken;
  for (const ConnectionId id : std::exchange(touched_, {})) {
    Connection* connection = find_connection(id);
    if (!connection) continue;
    connection->touched = false;
    const bool was_full = connection->output.size() >= configuration_.maximum_pending_output;
    if (!connection->output.empty() || connection->close) taken.push_back({id, std::exchange(connection->output, {}), connection->close});
    if (connection->close)
      connections_.erase(id);
    else if (was_full && connection->session)
      pump(*connection->session);
  }
  if (behaviour_.answer_delay.count() == 0) return taken;

  for (Engine::Output& output : taken) delayed_.emplace_back(now_ + behaviour_.answer_delay, std::move(output));
  taken.clear();
  while (!delayed_.empty() && delayed_.front().first <= now_) {
    taken.push_back(std::move(delayed_.front().second));
    delayed_.pop_front();
  }
  return taken;
}

// ---------------------------------------------------------------------------------------------------------------- the broker's own topics

void Broker::publish_system_topics() {
  if (!configuration_.system_topics) return;
  const auto set = [this](std::string topic, std::string payload) {
    if (const MessagePtr* known = retained_.find(topic); known && (*known)->payload == payload) return;
    auto message = std::make_shared<Message>();
    message->topic = std::move(topic);
    message->payload = std::move(payload);
    message->retain = true;
    message->received = now_;
    retained_.store(message);
    distribute(message);
  };
  set("$SYS/broker/version", "mqttspec mock broker");
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(now_ - started_.value_or(now_));
  set("$SYS/broker/uptime", std::to_string(uptime.count()) + " seconds");
  set("$SYS/broker/clients/connected", std::to_string(connected_));
  set("$SYS/broker/clients/total", std::to_string(sessions_.size()));
  set("$SYS/broker/subscriptions/count", std::to_string(subscribed_));
  set("$SYS/broker/retained messages/count", std::to_string(retained_.load().count));
}

}  // namespace mqttspec::mock_broker
