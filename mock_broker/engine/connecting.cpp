// CONNECT and CONNACK (3.1, 3.2).

#include "mock_broker/engine/broker.hpp"
#include "reference/wire/decoder.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using spec::ProtocolVersion;
using wire::PropertyId;
using wire::ReasonCode;
namespace prop = wire::prop;
namespace return_code = wire::return_code;

constexpr std::size_t longest_client_id_of_3_1 = 23;

constexpr Refusal unacceptable_version{return_code::unacceptable_protocol_version, ReasonCode::unsupported_protocol_version,
                                       "this version is not served"};
constexpr Refusal identifier_rejected{return_code::identifier_rejected, ReasonCode::client_identifier_not_valid,
                                      "the Client Identifier is not accepted"};
constexpr Refusal server_unavailable{return_code::server_unavailable, ReasonCode::server_unavailable, "not available"};
constexpr Refusal elsewhere{return_code::server_unavailable, ReasonCode::use_another_server, "use another server"};
constexpr Refusal server_busy{return_code::server_unavailable, ReasonCode::server_busy, "too many connections"};
constexpr Refusal too_many_sessions{return_code::server_unavailable, ReasonCode::quota_exceeded, "too many Sessions"};
constexpr Refusal bad_credentials{return_code::bad_user_name_or_password, ReasonCode::bad_user_name_or_password,
                                  "wrong User Name or Password"};
constexpr Refusal not_authorized{return_code::not_authorized, ReasonCode::not_authorized, "this Client may not connect"};
constexpr Refusal bad_authentication_method{std::nullopt, ReasonCode::bad_authentication_method,
                                            "the Authentication Method is not supported"};
constexpr Refusal will_qos_too_high{std::nullopt, ReasonCode::qos_not_supported, "the Will QoS is above the Maximum QoS"};
constexpr Refusal will_not_retainable{std::nullopt, ReasonCode::retain_not_supported, "retained messages are not supported"};

/// The two parts of a CONNECT that say what it is, whatever follows: name and level (3.1.2.1, 3.1.2.2).
struct Protocol {
  std::string_view name;
  std::size_t level_at;  ///< from the packet's first byte
};

std::optional<Protocol> protocol_of(wire::ByteView packet) {
  std::size_t body = 1;
  while (body < packet.size() && (packet[body] & 0x80) != 0) ++body;
  ++body;
  if (packet.size() < body + 2) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(packet[body]) << 8 | packet[body + 1];
  if (packet.size() <= body + 2 + length) return std::nullopt;
  return Protocol{{reinterpret_cast<const char*>(packet.data()) + body + 2, length}, body + 2 + length};
}

bool is_version_5(wire::ByteView packet) {
  const auto protocol = protocol_of(packet);
  return protocol && protocol->name == "MQTT" && packet[protocol->level_at] == 5;
}

/// Whether the packet would be a valid CONNECT if only its level were this one.
bool is_valid_as(wire::ByteView packet, std::size_t level_at, ProtocolVersion version) {
  wire::Bytes changed(packet.begin(), packet.end());
  changed[level_at] = static_cast<std::uint8_t>(version);
  return wire::decode(changed, {.from = wire::Direction::client_to_server, .version = version}).has_value();
}

Duration seconds(double count) { return std::chrono::round<Duration>(std::chrono::duration<double>(count)); }

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- refused

void Broker::refuse_malformed_connect(Connection& connection, wire::ByteView packet, const wire::Violation& violation) {
  if (violation.kind() == wire::ViolationKind::unsupported) return refuse_unsupported_version(connection, packet);
  if (!behaviour_.closes_after_malformed_connect) return;
  // Before 5.0 there is no answer [MQTT-3.1.4-1]; 5.0 leaves it free (4.13.2).
  const bool five = is_version_5(packet);
  const bool answers = five ? behaviour_.answers_malformed_connect : behaviour_.answers_malformed_connect_always;
  if (!answers) return drop(connection);
  connection.version = five ? ProtocolVersion::v5_0 : ProtocolVersion::v3_1_1;
  const bool known =
      wire::is_allowed(violation.reason_code(), wire::PacketType::connack, ProtocolVersion::v5_0, wire::Direction::server_to_client);
  refuse(connection, {.return_code = return_code::server_unavailable,
                      .reason_code = known ? violation.reason_code() : ReasonCode::malformed_packet,
                      .reason = violation.explanation});
}

/// A level that nobody knows is answered in the form that the CONNECT has [MQTT-3.1.2-2]; a name that is not MQTT's is not answered
/// [MQTT-3.1.2-1].
void Broker::refuse_unsupported_version(Connection& connection, wire::ByteView packet) {
  const auto protocol = protocol_of(packet);
  const bool is_mqtt = protocol && (protocol->name == "MQTT" || protocol->name == "MQIsdp");
  if (!is_mqtt) return drop(connection);
  const bool old = protocol->name == "MQIsdp";
  if (is_valid_as(packet, protocol->level_at, old ? ProtocolVersion::v3_1 : ProtocolVersion::v3_1_1))
    connection.version = ProtocolVersion::v3_1_1;
  else if (configuration_.versions.contains(ProtocolVersion::v5_0) && is_valid_as(packet, protocol->level_at, ProtocolVersion::v5_0))
    connection.version = ProtocolVersion::v5_0;
  else
    return drop(connection);
  refuse(connection, unacceptable_version);
}

/// The first of the checks that fails (3.1.4). A CONNECT that is refused changes nothing, so all of them come before anything is done.
std::optional<Refusal> Broker::reason_to_refuse(const wire::Connect& connect) const {
  const bool five = connect.version == ProtocolVersion::v5_0;
  if (!configuration_.versions.contains(connect.version)) return unacceptable_version;
  if (!configuration_.available) return server_unavailable;
  if (configuration_.use_another_server) return elsewhere;

  const bool wants_authentication = connect.properties.has(PropertyId::authentication_method);
  const bool authenticates = authenticator_for(connect) != nullptr;
  if (wants_authentication && !authenticates && behaviour_.refuses_unknown_authentication_method)
    return bad_authentication_method;  // [MQTT-4.12.0-1]

  const std::size_t length = connect.client_id.size();
  if (length == 0 && connect.version == ProtocolVersion::v3_1) return identifier_rejected;
  const bool needs_id = !five && !connect.clean_start && behaviour_.checks_empty_client_id;
  if (length == 0 && needs_id) return identifier_rejected;  // [MQTT-3.1.3-8]
  if (connect.version == ProtocolVersion::v3_1 && length > longest_client_id_of_3_1) return identifier_rejected;
  if (length > configuration_.maximum_client_id_length || length > behaviour_.client_id_bytes_allowed)
    return identifier_rejected;  // [MQTT-3.1.3-9]

  if (behaviour_.checks_credentials && !authenticates) {
    if (!connect.user_name && !configuration_.anonymous_allowed) return not_authorized;
    if (connect.user_name && !(configuration_.users.empty() && configuration_.anonymous_allowed)) {
      const auto user = configuration_.users.find(*connect.user_name);
      if (user == configuration_.users.end() || user->second != connect.password.value_or("")) return bad_credentials;
    }
  }
  if (configuration_.unauthorized_clients.contains(connect.client_id)) return not_authorized;

  if (five && connect.will && connect.will->qos > configuration_.maximum_qos) return will_qos_too_high;              // [MQTT-3.2.2-12]
  if (five && connect.will && connect.will->retain && !configuration_.retain_available) return will_not_retainable;  // [MQTT-3.2.2-13]

  const auto known = sessions_.find(key_of(connect.client_id));
  const bool takes_over = known != sessions_.end() && known->second.connection;
  if (connected_ >= configuration_.maximum_connections && !takes_over) return server_busy;
  if (sessions_.size() >= configuration_.maximum_sessions && known == sessions_.end()) return too_many_sessions;
  return std::nullopt;
}

void Broker::refuse(Connection& connection, const Refusal& refusal) {
  const bool five = connection.version == ProtocolVersion::v5_0;
  wire::Connack connack{.session_present = false};  // [MQTT-3.2.2-4, MQTT-3.2.2-6]
  if (five) {
    connack.reason_code = refusal.reason_code;
    if (!refusal.reason.empty()) connack.properties.set(prop::reason_string, std::string(refusal.reason));
    const bool has_reference = refusal.reason_code == ReasonCode::use_another_server && configuration_.use_another_server;
    if (has_reference) connack.properties.set(prop::server_reference, *configuration_.use_another_server);
  }
  if (!five && refusal.return_code) connack.reason_code = *refusal.return_code;
  const bool has_answer = five || refusal.return_code;  // [MQTT-3.2.2-6 of 3.1.1]
  if (has_answer) send(connection, std::move(connack));

  const bool goes_on = behaviour_.processes_after_refusal || behaviour_.answers_after_refusal;
  if (behaviour_.closes_after_refusal && !goes_on) return drop(connection);  // [MQTT-3.2.2-5, MQTT-3.2.2-7]
  connection.state = Connection::State::refused;
  // What goes on is closed a little later, so that what follows does not depend on how it arrives.
  if (behaviour_.closes_after_refusal) connection.deadline = now_ + std::chrono::milliseconds(20);
}

// ---------------------------------------------------------------------------------------------------------------- accepted

void Broker::handle(Connection& connection, wire::Connect connect) {
  connection.version = connect.version;
  // A refusal has to keep it, too [MQTT-3.1.2-24].
  if (connect.version == ProtocolVersion::v5_0)
    connection.maximum_packet_size = connect.properties.get(prop::maximum_packet_size).value_or(connection.maximum_packet_size);
  if (const auto refusal = reason_to_refuse(connect)) {
    if (connect.will && behaviour_.publishes_will_of_refused)
      publish(message_from({.topic = connect.will->topic, .payload = connect.will->payload, .qos = connect.will->qos}, ""));
    // Who does not serve 5.0 answers as a server of 3.1.1 does.
    if (!configuration_.versions.contains(connect.version)) connection.version = ProtocolVersion::v3_1_1;
    return refuse(connection, *refusal);
  }
  if (const Authenticator* authenticator = authenticator_for(connect))
    return begin_authentication(connection, *authenticator, std::move(connect));
  admit(connection, connect);
}

void Broker::admit(Connection& connection, wire::Connect& connect) {
  const bool assigned = connect.client_id.empty();
  if (assigned) connect.client_id = unique_client_id();  // [MQTT-3.1.3-6]
  accept(connection, connect, assigned);
}

std::string Broker::unique_client_id() {
  if (!behaviour_.assigns_unique_client_ids) return "assigned";
  std::string id;
  do {
    id = "assigned" + std::to_string(++last_assigned_id_);
  } while (sessions_.contains(key_of(id)));
  return id;
}

std::string Broker::key_of(std::string_view client_id) const {
  std::string key(client_id.substr(0, behaviour_.client_id_bytes_used));
  if (!behaviour_.distinguishes_client_id_case)
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return key;
}

void Broker::accept(Connection& connection, wire::Connect& connect, bool assigned_client_id) {
  const std::string key = key_of(connect.client_id);
  const auto before = sessions_.find(key);
  const bool takes_over = before != sessions_.end() && before->second.connection != nullptr;
  if (!make_room_for(key)) return drop(connection);
  if (const auto left = sessions_.find(key); takes_over && left != sessions_.end() && !behaviour_.takeover_keeps_session)
    end_session(left->second);

  bool present = false;
  Session& session = session_for(connect, key, present);
  if (connect.will || behaviour_.will_replaced_by_connect) session.will = connect.will;  // [MQTT-3.1.2-7, MQTT-3.1.2-12 of 3.1.1]
  connection.session = &session;
  session.connection = &connection;
  connection.state = Connection::State::connected;
  ++connected_;
  heed_client_settings(connection, connect);
  restart_keep_alive(connection, wire::PacketType::connect);

  if (!send(connection, acceptance(connection, connect, session_present(present, connect.clean_start), assigned_client_id)))
    return end_connection(connection, Ending::error);
  if (behaviour_.repeats_pubrec_when_resumed)
    for (const auto& [id, received] : session.received_qos2) send(connection, wire::Pubrec{.packet_id = wire::PacketId(id)});
  session.outbound.connection_changed();
  pump(session);
  publish_system_topics();
}

/// One Client at a time has a Client Identifier [MQTT-3.1.4-2 of 3.1.1, MQTT-3.1.4-3].
/// @return whether the new one may go on
bool Broker::make_room_for(const std::string& key) {
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || !found->second.connection) return true;
  Connection& existing = *found->second.connection;
  if (behaviour_.takeover == Takeover::new_client_goes) return false;
  if (behaviour_.takeover == Takeover::existing_client_goes)
    fail(existing, ReasonCode::session_taken_over, "another Client has connected with this Client Identifier", Ending::takeover);
  if (existing.state != Connection::State::connected) return true;

  // A broken broker goes on serving the existing Client, with its Session under a key that no Client Identifier has.
  auto node = sessions_.extract(found);
  node.key() += "\xFF" + std::to_string(existing.id);
  node.mapped().key = node.key();
  sessions_.insert(std::move(node));
  return true;
}

Session& Broker::session_for(const wire::Connect& connect, const std::string& key, bool& present) {
  auto found = sessions_.find(key);
  if (found != sessions_.end()) {
    if (!connect.clean_start && behaviour_.resumes_session) {
      present = true;  // [MQTT-3.1.2-4 of 3.1.1, MQTT-3.1.2-5]
    } else {
      start_anew(found->second);  // [MQTT-3.1.2-6 of 3.1.1, MQTT-3.1.2-4]
    }
    found = sessions_.find(key);
  }
  if (found == sessions_.end()) {
    Session& session = sessions_.try_emplace(key).first->second;
    session.key = key;
    session.client_id = connect.client_id;
    session.outbound.count_in(queued_);
    return session;
  }

  Session& session = found->second;
  session.expires_at.reset();
  if (session.will_due && !behaviour_.reconnection_cancels_will) publish_will(session);
  session.will_due.reset();  // [MQTT-3.1.3-9]
  if (!present) return session;
  if (!behaviour_.keeps_subscriptions)
    while (!session.subscriptions.empty()) remove_subscription(session, std::string(session.subscriptions.begin()->first));
  if (behaviour_.changes_resumed)
    for (auto& [filter, subscription] : session.subscriptions) behaviour_.changes_resumed(subscription);
  if (!behaviour_.keeps_queue) session.outbound.drop_waiting();
  if (!behaviour_.keeps_in_flight) session.outbound.drop_in_flight();
  if (!behaviour_.completes_shared_in_flight) session.outbound.drop_shared_in_flight();  // [MQTT-4.8.2-4]
  if (!behaviour_.keeps_received_packet_ids) session.received_qos2.clear();
  return session;
}

/// Clean Start: the Session that there was ends. A broken broker keeps a part of it.
void Broker::start_anew(Session& session) {
  const bool drops_all = behaviour_.clean_start_drops_subscriptions && behaviour_.clean_start_drops_queue &&
                         behaviour_.clean_start_drops_in_flight && behaviour_.clean_start_drops_received_ids;
  if (drops_all) return end_session(session);
  if (behaviour_.clean_start_drops_subscriptions)
    while (!session.subscriptions.empty()) remove_subscription(session, std::string(session.subscriptions.begin()->first));
  if (behaviour_.clean_start_drops_queue) session.outbound.drop_waiting();
  if (behaviour_.clean_start_drops_in_flight) session.outbound.drop_in_flight();
  if (behaviour_.clean_start_drops_received_ids) session.received_qos2.clear();
}

void Broker::heed_client_settings(Connection& connection, const wire::Connect& connect) {
  Session& session = *connection.session;
  std::uint16_t keep_alive = connect.keep_alive;
  if (connect.version == ProtocolVersion::v5_0) {
    const auto& properties = connect.properties;
    if (behaviour_.heeds_receive_maximum)
      connection.receive_maximum = static_cast<std::uint16_t>(properties.get(prop::receive_maximum).value_or(65'535));
    const std::uint32_t aliases = behaviour_.heeds_topic_alias_maximum ? properties.get(prop::topic_alias_maximum).value_or(0) : 65'535;
    connection.topic_alias_maximum =
        static_cast<std::uint16_t>(std::min<std::uint32_t>(aliases, configuration_.maximum_topic_aliases_used));
    connection.wants_problem_information = properties.get(prop::request_problem_information).value_or(1) != 0;
    connection.session_expiry_interval = properties.get(prop::session_expiry_interval).value_or(0);
    session.expiry_interval = std::min(connection.session_expiry_interval, configuration_.maximum_session_expiry_interval);
    keep_alive = configuration_.server_keep_alive.value_or(keep_alive);  // [MQTT-3.2.2-22]
  } else {
    session.expiry_interval = connect.clean_start ? 0 : Session::never_expires;
  }
  keep_alive = behaviour_.silent_keep_alive.value_or(keep_alive);
  connection.keep_alive = seconds(keep_alive * behaviour_.keep_alive_factor);
  connection.deadline.reset();
  if (!behaviour_.forgets_topic_aliases) connection.topic_aliases = session.topic_aliases;
}

bool Broker::session_present(bool present, bool clean_start) const {
  switch (behaviour_.session_present) {
    case SessionPresent::as_it_is: return present;
    case SessionPresent::never: return false;
    case SessionPresent::also_after_clean_start: return present || clean_start;
    case SessionPresent::also_without_session: return present || !clean_start;
  }
  return present;
}

/// CONNACK of a Client that is served. In 5.0 it tells everything in which the server is less than the standard's default (3.2.2.3).
wire::Connack Broker::acceptance(const Connection& connection, const wire::Connect& connect, bool present, bool assigned_client_id) const {
  wire::Connack connack{.session_present = present};
  if (connect.version != ProtocolVersion::v5_0) return connack;
  auto& properties = connack.properties;
  const Configuration& offer = configuration_;

  if (connection.session->expiry_interval != connection.session_expiry_interval)
    properties.set(prop::session_expiry_interval, connection.session->expiry_interval);
  if (offer.receive_maximum != 65'535) properties.set(prop::receive_maximum, offer.receive_maximum);
  if (offer.maximum_qos != wire::QoS::exactly_once)
    properties.set(prop::maximum_qos, static_cast<std::uint32_t>(offer.maximum_qos));  // [MQTT-3.2.2-9]
  if (!offer.retain_available) properties.set(prop::retain_available, 0);
  if (offer.maximum_packet_size < wire::maximum_packet_size) properties.set(prop::maximum_packet_size, offer.maximum_packet_size);
  if (assigned_client_id) properties.set(prop::assigned_client_identifier, connect.client_id);  // [MQTT-3.1.3-7, MQTT-3.2.2-16]
  if (offer.topic_alias_maximum != 0) properties.set(prop::topic_alias_maximum, offer.topic_alias_maximum);
  if (!offer.wildcard_subscription_available) properties.set(prop::wildcard_subscription_available, 0);
  if (!offer.subscription_identifier_available) properties.set(prop::subscription_identifier_available, 0);
  if (!offer.shared_subscription_available) properties.set(prop::shared_subscription_available, 0);
  if (offer.server_keep_alive) properties.set(prop::server_keep_alive, *offer.server_keep_alive);

  if (connection.authenticator) properties.set(prop::authentication_method, std::string(connection.authenticator->method()));
  if (connection.final_authentication_data) properties.set(prop::authentication_data, *connection.final_authentication_data);

  const bool asked = connect.properties.get(prop::request_response_information).value_or(0) == 1;
  const bool may_tell = asked || !behaviour_.heeds_request_response_information;  // [MQTT-3.1.2-28]
  if (offer.response_information && may_tell) properties.set(prop::response_information, *offer.response_information);
  return connack;
}

}  // namespace mqttspec::mock_broker
