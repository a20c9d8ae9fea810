#pragma once

#include "reference/conduct/flow.hpp"
#include "reference/conduct/report.hpp"
#include "reference/conduct/session_record.hpp"
#include "reference/conduct/sessions.hpp"
#include "reference/conduct/topic_aliases.hpp"
#include "reference/transport/time.hpp"
#include "reference/wire/packet.hpp"
#include "reference/wire/violation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conduct {

using transport::Duration;
using transport::TimePoint;

/// What is known of the Sessions on one server.
using ServerSessions = Sessions;

/// Judges a server by what it sends on one Network Connection, given what its client sends.
///
/// A client's packet is reported before its bytes leave, a server's when it has arrived. Everything that could have crossed on the way, or
/// been lost with the connection, is allowed for; when in doubt there is no finding. That an answer does not come at all is not judged
/// here: the standard sets no time for it.
class ServerConduct {
 public:
  using Findings = conduct::Findings;

  /// @param sessions shared by the connections of one test; outlives them all
  /// @param expected the version that holds until there is a CONNECT
  explicit ServerConduct(ServerSessions& sessions, spec::ProtocolVersion expected = spec::ProtocolVersion::v5_0)
      : sessions_(&sessions), expected_version_(expected) {}

  Findings client_sent(const wire::Packet& packet, TimePoint now);
  /// The client sent bytes that are no valid packet, or broke the protocol on purpose: from here on only what holds whatever a client does
  /// is judged, and the Session is uncertain. (A second CONNECT, a packet ahead of CONNECT and one behind DISCONNECT are noticed without
  /// this.)
  void client_misbehaved(TimePoint now);
  Findings server_sent(const wire::Packet& packet, TimePoint now);
  /// The server sent a packet that breaks a rule of the decoder and can be read; server_sent() follows with the packet.
  Findings server_sent_violation(const wire::Violation& violation, TimePoint now);
  /// The server sent bytes that cannot be read: nothing that it sends on this Network Connection is judged any more.
  Findings server_sent_malformed(const wire::Violation& violation, TimePoint now);
  /// The server ended the Network Connection.
  Findings server_closed(TimePoint now);
  /// We dropped it: what was under way may be lost, in both directions.
  void client_closed(TimePoint now);

  /// The version of the CONNECT.
  spec::ProtocolVersion version() const { return connect_ ? connect_->version : expected_version_; }

 private:
  enum class Stage : std::uint8_t { before_connack, accepted, refused, server_disconnected };

  // server_conduct.cpp: what holds for every packet, and the order of packets
  void judge_place(const wire::Packet& packet, Report& report);
  void judge_size(const wire::Packet& packet, Report& report);
  void judge_problem_information(const wire::Packet& packet, Report& report);
  bool judges_session() const { return session_ && !client_misbehaved_; }
  bool v5() const { return version() == spec::ProtocolVersion::v5_0; }
  void keep_early(const wire::Packet& packet);
  void note_client_packet(const wire::Packet& packet);

  // server_connect.cpp: CONNACK, AUTH, DISCONNECT
  void client(const wire::Connect& connect);
  void client(const wire::Auth& auth);
  void client(const wire::Disconnect& disconnect);
  void server(const wire::Connack& connack, Report& report);
  void server(const wire::Auth& auth, Report& report);
  void server(const wire::Disconnect& disconnect, Report& report);
  void judge_session_present(const wire::Connack& connack, Report& report);
  void judge_blame(const wire::Disconnect& disconnect, Report& report);
  void judge_keep_alive_timeout(const wire::Disconnect& disconnect, Report& report);
  void judge_connack_properties(const wire::Connack& connack, Report& report);
  void judge_authentication_method(std::string_view packet, const wire::Properties& properties, Report& report);

  // server_messages.cpp: PUBLISH, acknowledgements, subscriptions
  void client(const wire::Publish& publish);
  void client(const wire::Puback& puback);
  void client(const wire::Pubrec& pubrec);
  void client(const wire::Pubrel& pubrel);
  void client(const wire::Pubcomp& pubcomp);
  void client(const wire::Subscribe& subscribe);
  void client(const wire::Unsubscribe& unsubscribe);
  void client(const wire::Pingreq& pingreq);
  void server(const wire::Publish& publish, Report& report);
  void server(const wire::Puback& puback, Report& report);
  void server(const wire::Pubrec& pubrec, Report& report);
  void server(const wire::Pubrel& pubrel, Report& report);
  void server(const wire::Pubcomp& pubcomp, Report& report);
  void server(const wire::Suback& suback, Report& report);
  void server(const wire::Unsuback& unsuback, Report& report);
  void server(const wire::Pingresp& pingresp, Report& report);

  template <class Packet>
  void client(const Packet&) {}  // what only servers send
  template <class Packet>
  void server(const Packet&, Report&) {}  // what only clients send, judged by judge_place

  ServerSessions* sessions_;
  spec::ProtocolVersion expected_version_;
  std::optional<wire::Connect> connect_;
  std::optional<Sessions::Claim> claim_;
  std::shared_ptr<SessionRecord> session_;  ///< null until CONNACK accepts
  std::vector<wire::Packet> early_;         ///< what the client sent before CONNACK, for the Session that CONNACK will name
  Stage stage_ = Stage::before_connack;
  TimePoint now_{};
  TimePoint connack_came_{};
  Duration keep_alive_{};       ///< as CONNECT or CONNACK says; zero: none
  TimePoint last_sent_{};       ///< by the client
  Duration longest_silence_{};  ///< of the client, after CONNACK
  bool client_misbehaved_ = false;
  bool client_disconnected_ = false;
  bool undecodable_ = false;
  bool closed_ = false;
  std::uint64_t pingreqs_ = 0;
  std::uint64_t pingresps_ = 0;
  std::uint64_t marked_pingreq_ = 0;  ///< the number of a PINGREQ whose answer shows what the server has received; 0: none
  std::uint64_t marked_answers_ = 0;  ///< how many acknowledgements the client had sent before it
  std::size_t early_bytes_ = 0;
  unsigned reauthentications_ = 0;  ///< under way
  FlowControl flow_;
  TopicAliases aliases_;
  OtherAliases client_aliases_;
  wire::QoS highest_qos_sent_ = wire::QoS::at_most_once;  ///< by the client, in a PUBLISH
  int maximum_qos_ = 2;                                   ///< as CONNACK says
};

}  // namespace mqttspec::conduct
