#pragma once

#include "mock_broker/engine/behaviour.hpp"
#include "mock_broker/engine/client_watch.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "mock_broker/engine/connection.hpp"
#include "mock_broker/engine/engine.hpp"
#include "mock_broker/engine/interceptor.hpp"
#include "mock_broker/engine/message.hpp"
#include "mock_broker/engine/retained.hpp"
#include "mock_broker/engine/session.hpp"
#include "mock_broker/engine/subscriptions.hpp"
#include "reference/wire/packet.hpp"
#include "reference/wire/violation.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::mock_broker {

/// Why the broker refuses a CONNECT: the Connect Return code of 3.1.1 and the Reason Code of 5.0 (3.2.2.3; 3.2.2.2).
struct Refusal {
  std::optional<wire::ReasonCode> return_code;  ///< nothing where 3.1.1 has no code for it [MQTT-3.2.2-6]
  wire::ReasonCode reason_code;
  std::string_view reason;
};

/// How a Network Connection came to its end; it decides about the Will.
enum class Ending : std::uint8_t { disconnect_received, connection_lost, error, keep_alive_timeout, takeover };

/// The engine's inside: all connections, Sessions, subscriptions and retained messages, and what happens to them. Its functions lie in
/// files by chapter: broker.cpp (bytes in and out, time), connecting.cpp (3.1, 3.2),
/// authenticating.cpp (4.12), ending.cpp (3.14, wills, expiry), subscribing.cpp (3.8
/// to 3.11), publishing.cpp (messages in, and to whom), delivering.cpp (messages out, 4.3, 4.4, 4.9).
class Broker {
 public:
  Broker(Configuration configuration, Behaviour behaviour, std::unique_ptr<Interceptor> interceptor);

  // As in Engine
  ConnectionId connection_opened(TimePoint now);
  void bytes_received(ConnectionId id, wire::ByteView bytes, TimePoint now);
  void connection_lost(ConnectionId id, TimePoint now);
  void advance(TimePoint now);
  void shut_down(TimePoint now);
  std::optional<TimePoint> next_deadline() const;
  void hold_back(ConnectionId id);
  void go_on(ConnectionId id, TimePoint now);
  std::vector<Engine::Output> take_output();
  ClientWatch& watch() { return watch_; }
  const std::vector<ClientViolation>& violations() const { return watch_.violations(); }
  void clear_violations() { watch_.clear(); }

 private:
  // ---- broker.cpp
  Connection* find_connection(ConnectionId id);
  void frame_received(Connection& connection, FrameSplitter::Frame frame);
  void process(Connection& connection, wire::Packet packet);
  void answer_refused(Connection& connection, const wire::Packet& packet);
  void process_connected(Connection& connection, wire::Packet packet);
  Peer peer_of(const Connection& connection) const;
  /// Sends a packet, made small enough for the Client where its rules allow. @return whether it went
  bool send(Connection& connection, wire::Packet packet);
  void write(Connection& connection, const wire::Packet& packet);
  void touch(Connection& connection);
  void publish_system_topics();

  // ---- connecting.cpp
  void handle(Connection& connection, wire::Connect connect);
  void refuse_malformed_connect(Connection& connection, wire::ByteView packet, const wire::Violation& violation);
  void refuse_unsupported_version(Connection& connection, wire::ByteView packet);
  std::optional<Refusal> reason_to_refuse(const wire::Connect& connect) const;
  void refuse(Connection& connection, const Refusal& refusal);
  std::string unique_client_id();
  std::string key_of(std::string_view client_id) const;
  bool make_room_for(const std::string& key);
  void accept(Connection& connection, wire::Connect& connect, bool assigned_client_id);
  Session& session_for(const wire::Connect& connect, const std::string& key, bool& present);
  void start_anew(Session& session);
  void heed_client_settings(Connection& connection, const wire::Connect& connect);
  wire::Connack acceptance(const Connection& connection, const wire::Connect& connect, bool present, bool assigned_client_id) const;
  bool session_present(bool present, bool clean_start) const;

  void admit(Connection& connection, wire::Connect& connect);

  // ---- authenticating.cpp
  const Authenticator* authenticator_for(const wire::Connect& connect) const;
  bool keeps_to_method(const Connection& connection, const wire::Auth& auth) const;
  void begin_authentication(Connection& connection, const Authenticator& authenticator, wire::Connect connect);
  void go_on_authenticating(Connection& connection, const std::optional<std::string>& data);
  void process_authenticating(Connection& connection, const wire::Packet& packet);
  void handle(Connection& connection, const wire::Auth& auth);

  // ---- ending.cpp
  void handle(Connection& connection, const wire::Disconnect& disconnect);
  /// The peer did something wrong: DISCONNECT where the version has one, and the end of the connection [MQTT-4.13.1-1].
  void fail(Connection& connection, wire::ReasonCode code, std::string_view explanation, Ending ending = Ending::error);
  void end_connection(Connection& connection, Ending ending, bool discard_will = false);
  void drop(Connection& connection);
  void publish_will(Session& session);
  bool will_is_due(Ending ending) const;
  void end_session(Session& session);
  void restart_keep_alive(Connection& connection, wire::PacketType type);

  // ---- subscribing.cpp
  void handle(Connection& connection, const wire::Subscribe& subscribe);
  void handle(Connection& connection, const wire::Unsubscribe& unsubscribe);
  std::optional<wire::ReasonCode> unsupported(const Connection& connection, const wire::Subscribe& subscribe) const;
  wire::ReasonCode refusal_of(const Connection& connection, const wire::Subscription& wanted) const;
  wire::ReasonCode subscribe_to(Connection& connection, const wire::Subscription& wanted, std::optional<std::uint32_t> identifier,
                                std::vector<Delivery>& retained);
  void add_retained(const Session& session, const Subscription& subscription, std::vector<Delivery>& retained);
  void remove_subscription(Session& session, const std::string& filter);
  wire::ReasonCode unsubscribe_from(Session& session, const std::string& filter);
  bool is_denied_subscription(std::string_view topic_filter) const;

  // ---- publishing.cpp
  void handle(Connection& connection, wire::Publish publish);
  void handle(Connection& connection, const wire::Pubrel& pubrel);
  bool resolve_topic_alias(Connection& connection, wire::Publish& publish);
  bool check_capabilities(Connection& connection, const wire::Publish& publish);
  void handle_qos1(Connection& connection, const wire::Publish& publish);
  void handle_qos2(Connection& connection, const wire::Publish& publish);
  /// Whether the message is taken over, by Reason Code.
  wire::ReasonCode judge(const wire::Publish& publish) const;
  wire::ReasonCode take_over(Connection& connection, const wire::Publish& publish);
  MessagePtr message_from(const wire::Publish& publish, std::string_view publisher) const;
  bool has_room_for_retained(std::string_view topic, std::string_view payload, wire::QoS qos) const;
  bool fits_retained(std::string_view topic, std::size_t size) const;
  void retain(const MessagePtr& message);
  /// Retains and distributes. @return how many Sessions it went to
  std::size_t publish(const MessagePtr& message);
  std::size_t distribute(const MessagePtr& message);
  void distribute_shared(const MessagePtr& message, const std::vector<Match>& members);
  Match next_in_turn(const std::vector<Match>& members);
  /// Gives a message of a Shared Subscription to another of its members.
  void hand_over(const Delivery& delivery);
  std::vector<Match> matching(const Message& message) const;
  Delivery delivery_of(const MessagePtr& message, const Subscription& subscription) const;
  static void merge(Delivery& into, const Delivery& other, OverlappingQos qos);
  wire::QoS delivered_qos(wire::QoS published, wire::QoS granted) const;

  // ---- delivering.cpp
  void handle(Connection& connection, const wire::Puback& puback);
  void handle(Connection& connection, const wire::Pubrec& pubrec);
  void handle(Connection& connection, const wire::Pubcomp& pubcomp);
  void deliver(Session& session, Delivery delivery);
  /// Sends what can be sent now: first what was in flight, then what waits.
  void pump(Session& session);
  void resend(Connection& connection, Session& session);
  void start_waiting(Connection& connection, Session& session);
  bool send_publish(Connection& connection, const Delivery& delivery, std::optional<wire::PacketId> packet_id, bool resent);
  void add_topic_alias(Connection& connection, wire::Publish& publish);
  bool can_write(const Connection& connection) const;
  std::size_t quota(const Connection& connection, const Session& session) const;
  bool answers_blocked(const Connection& connection) const;

  Configuration configuration_;
  Behaviour behaviour_;
  std::unique_ptr<Interceptor> interceptor_;
  ClientWatch watch_;
  TimePoint now_{};

  std::map<ConnectionId, Connection> connections_;
  QueueTotals queued_{};  ///< of all Sessions
  std::map<std::string, Session, std::less<>> sessions_;
  Subscriptions subscriptions_;
  RetainedMessages retained_;
  std::vector<ConnectionId> touched_;                         ///< with something to do, in order
  std::deque<std::pair<TimePoint, Engine::Output>> delayed_;  ///< output on its way, if the broker is to be slow
  ConnectionId last_connection_ = 0;
  std::uint64_t last_assigned_id_ = 0;
  std::uint64_t share_turns_ = 0;
  /// Members that have left a Shared Subscription, which a broken broker goes on counting.
  struct LeftMembers {
    std::size_t count = 0;
    std::size_t turns = 0;  ///< of all members, those that have left among them
  };
  std::map<std::string, LeftMembers, std::less<>> left_share_members_;
  std::size_t connected_ = 0;
  std::size_t subscribed_ = 0;        ///< subscriptions of all Sessions
  std::size_t subscribed_bytes_ = 0;  ///< of their Topic Filters
  std::optional<TimePoint> started_{};
};

}  // namespace mqttspec::mock_broker
