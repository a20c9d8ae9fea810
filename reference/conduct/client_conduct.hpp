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
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqttspec::conduct {

using transport::Duration;
using transport::TimePoint;

/// What is known of the Sessions of the clients of one server.
using ClientSessions = Sessions;

/// Judges a client by what it sends on one Network Connection, given what its server sends: ServerConduct in the mirror.
///
/// The client's packet is reported when it has arrived, the server's before its bytes leave. A client need not wait for CONNACK (3.1.4), so
/// packets ahead of it are judged when it is sent; and the limits in CONNACK bind the client only once it must have read them.
class ClientConduct {
 public:
  using Findings = conduct::Findings;

  /// @param sessions shared by the connections to one server; outlives them all
  /// @param expected the version that holds until there is a CONNECT
  explicit ClientConduct(ClientSessions& sessions, spec::ProtocolVersion expected = spec::ProtocolVersion::v5_0)
      : sessions_(&sessions), expected_version_(expected) {}

  Findings client_sent(const wire::Packet& packet, TimePoint now);
  /// The client sent a packet that breaks a rule of the decoder and can be read; client_sent() follows with the packet.
  Findings client_sent_violation(const wire::Violation& violation, TimePoint now);
  /// The client sent bytes that cannot be read: nothing that it sends on this Network Connection is judged any more.
  Findings client_sent_malformed(const wire::Violation& violation, TimePoint now);
  /// A WebSocket text frame came (section 6). What is in it is not known.
  Findings client_sent_text_frame(TimePoint now);
  /// The client asked for a WebSocket without the subprotocol "mqtt" (section 6).
  Findings client_offered_no_subprotocol(TimePoint now);
  /// @return what CONNACK shows about packets that came ahead of it
  Findings server_sent(const wire::Packet& packet, TimePoint now);
  /// The server broke the protocol on purpose: from here on only what holds whatever a server does is judged.
  void server_misbehaved(TimePoint now);
  /// The client must have had CONNACK since then (reference/link decides): from here on its limits bind the client.
  void connack_arrived(TimePoint since) {
    if (connack_ && !connack_read_) connack_read_ = since;
  }
  /// Nothing came until now: judges the Keep Alive of a silent client. Each silence is one finding.
  Findings time_passed(TimePoint now);
  /// The client ended the Network Connection.
  Findings client_closed(TimePoint now);
  /// We dropped it: what was under way may be lost, in both directions.
  void server_closed(TimePoint now);

  /// The version of the CONNECT.
  spec::ProtocolVersion version() const { return connect_ ? connect_->version : expected_version_; }

 private:
  enum class Stage : std::uint8_t { before_connack, accepted, refused };

  // client_conduct.cpp: what holds for every packet, and the order of packets
  void judge_place(const wire::Packet& packet, Report& report);
  void judge_size(const wire::Packet& packet, Report& report);
  void judge_keep_alive(TimePoint now, Duration margin, Report& report);
  void keep_early(const wire::Packet& packet);
  void judge_packet(const wire::Packet& packet, Report& report);
  void stop_understanding();
  bool judges_session() const { return session_ && !server_misbehaved_; }
  bool v5() const { return version() == spec::ProtocolVersion::v5_0; }
  bool knows_limits() const;
  Duration keep_alive() const;
  void close();

  // client_connect.cpp: CONNECT, CONNACK, AUTH, DISCONNECT
  void client(const wire::Connect& connect, Report& report);
  void client(const wire::Auth& auth, Report& report);
  void client(const wire::Disconnect& disconnect, Report& report);
  void server(const wire::Connack& connack);
  void server(const wire::Auth& auth);

  // client_messages.cpp: PUBLISH, acknowledgements, subscriptions
  void client(const wire::Publish& publish, Report& report);
  void client(const wire::Puback& puback, Report& report);
  void client(const wire::Pubrec& pubrec, Report& report);
  void client(const wire::Pubrel& pubrel, Report& report);
  void client(const wire::Pubcomp& pubcomp, Report& report);
  void client(const wire::Subscribe& subscribe, Report& report);
  void client(const wire::Unsubscribe& unsubscribe, Report& report);
  void server(const wire::Publish& publish);
  void server(const wire::Puback& puback);
  void server(const wire::Pubrec& pubrec);
  void server(const wire::Pubrel& pubrel);
  void server(const wire::Pubcomp& pubcomp);
  void server(const wire::Suback& suback);
  void server(const wire::Unsuback& unsuback);
  void judge_limits(const wire::Publish& publish, Report& report);
  void judge_left_over(std::string_view packet, wire::PacketId id, Report& report);
  void judge_limits(const wire::Subscribe& subscribe, Report& report);
  void judge_request_id(const wire::Packet& request, wire::PacketId id, Report& report);

  template <class Packet>
  void client(const Packet&, Report&) {}  // PINGREQ, and what only servers send, judged by judge_place
  template <class Packet>
  void server(const Packet&) {}

  ClientSessions* sessions_;
  spec::ProtocolVersion expected_version_;
  std::optional<wire::Connect> connect_;
  std::optional<wire::Connack> connack_;
  std::optional<Sessions::Claim> claim_;
  std::shared_ptr<SessionRecord> session_;  ///< null until CONNACK accepts
  std::vector<wire::Packet> early_;         ///< what came ahead of CONNACK
  std::size_t early_bytes_ = 0;
  bool early_lost_ = false;  ///< there was too much of it
  Stage stage_ = Stage::before_connack;
  TimePoint now_{};
  TimePoint connack_sent_{};
  std::optional<TimePoint> connack_read_{};  ///< since when the client must have had CONNACK
  bool server_misbehaved_ = false;
  bool disconnected_ = false;         ///< the client sent DISCONNECT
  bool server_disconnected_ = false;  ///< the server did, or closed
  bool undecodable_ = false;
  TimePoint last_heard_{};
  bool silence_reported_ = false;
  std::uint64_t challenges_ = 0;  ///< AUTHs with Continue authentication from the server
  std::uint64_t responses_ = 0;   ///< the same from the client
  FlowControl flow_;
  TopicAliases aliases_;
  OtherAliases server_aliases_;
  std::unordered_map<std::uint16_t, std::size_t> requests_;  ///< SUBSCRIBE and UNSUBSCRIBE without an answer, and hashes of them
};

}  // namespace mqttspec::conduct
