#pragma once

#include "mock_broker/engine/authenticator.hpp"
#include "reference/spec/protocol_version.hpp"
#include "reference/wire/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mqttspec::mock_broker {

/// What the broker offers, to whom, and how much of it. Every setting is one that the standard leaves to a server; what the server does
/// with a packet is in Behaviour. Strings are UTF-8, times are whole seconds unless their type says otherwise.
struct Configuration {
  // ---- Who may connect

  /// Versions served. A CONNECT of another one is refused: return code 0x01, or 0x84 in the form of 5.0.
  std::set<spec::ProtocolVersion> versions = {spec::ProtocolVersion::v3_1, spec::ProtocolVersion::v3_1_1, spec::ProtocolVersion::v5_0};
  /// User names and their passwords. A wrong one is refused with 4 / 0x86.
  std::map<std::string, std::string> users = {};
  /// Authentication Methods of 5.0 (4.12). Another one is refused with 0x8C, an authentication that fails with 0x87. A Client that
  /// authenticates so needs no User Name. A Server offers SCRAM-SHA-256 to `users` if there is nothing here.
  std::vector<std::shared_ptr<const Authenticator>> authenticators = {};
  /// Whether a CONNECT without User Name is let in; else it is refused with 5 / 0x87.
  bool anonymous_allowed = true;
  /// Client Identifiers that are refused with 5 / 0x87.
  std::set<std::string> unauthorized_clients = {};
  /// false: every CONNECT is refused with 3 / 0x88.
  bool available = true;
  /// Refuses every CONNECT and sends the client elsewhere (4.11): 0x9C with this Server Reference; 3 in the older versions.
  std::optional<std::string> use_another_server = {};
  /// Longest Client Identifier in bytes; a longer one is refused with 2 / 0x85. 23 at least. MQTT 3.1 itself allows 23 and no more.
  std::size_t maximum_client_id_length = 65'535;

  // ---- What they may do

  /// Topic Filters whose topics no client may publish to: 0x87 in PUBACK and PUBREC; before 5.0 acknowledged and dropped (3.3.5-2).
  std::vector<std::string> publish_denied = {};
  /// Topic Filters whose topics no client may receive: a Topic Filter that one of them covers gets 0x87 (0x80 before 5.0).
  std::vector<std::string> subscribe_denied = {};

  // ---- Capabilities, told in CONNACK of 5.0 where they are less than everything (3.2.2.3)

  /// 5.0: a PUBLISH above it is answered with DISCONNECT 0x9B, a Will above it with CONNACK 0x9B. All versions: never granted above it.
  wire::QoS maximum_qos = wire::QoS::exactly_once;
  /// 5.0 only: RETAIN is answered with DISCONNECT 0x9A, a retained Will with CONNACK 0x9A. Older versions have no way to say so and keep
  /// it.
  bool retain_available = true;
  /// false: a Topic Filter with a wildcard is refused, with DISCONNECT 0xA2, or 0x80 in SUBACK before 5.0.
  bool wildcard_subscription_available = true;
  bool subscription_identifier_available = true;  ///< 5.0; false: DISCONNECT 0xA1
  bool shared_subscription_available = true;      ///< 5.0; false: DISCONNECT 0x9E
  /// PUBLISH packets of QoS 1 and 2 that one 5.0 client may have unacknowledged (1..65535); more get DISCONNECT 0x93.
  std::uint16_t receive_maximum = 32;
  /// Highest Topic Alias that a client may use; 0: none.
  std::uint16_t topic_alias_maximum = 10;
  /// Imposed on 5.0 clients in place of their own Keep Alive.
  std::optional<std::uint16_t> server_keep_alive = {};
  /// Longest Session Expiry Interval granted to 5.0 clients. A longer one is lowered, and said so in CONNACK.
  std::uint32_t maximum_session_expiry_interval = 0xFFFF'FFFF;
  /// Told to clients that ask for Response Information.
  std::optional<std::string> response_information = {};

  // ---- Limits that bound memory

  /// Largest packet taken from a client, in bytes; told in CONNACK of 5.0. A longer one gets DISCONNECT 0x95.
  std::uint32_t maximum_packet_size = 16u << 20;
  /// Clients served at once; one more is refused with 3 / 0x89.
  std::size_t maximum_connections = 10'000;
  /// Connections that have not sent their CONNECT; more are closed as soon as they are opened.
  std::size_t maximum_unidentified_connections = 1'000;
  /// Sessions kept, with those of connected clients; one more is refused with 3 / 0x97.
  std::size_t maximum_sessions = 20'000;
  /// Subscriptions of one Session; one more gets 0x97 (0x80 before 5.0).
  std::size_t maximum_subscriptions = 10'000;
  /// Bytes of the Topic Filters of all Sessions; one more subscription gets 0x97 (0x80 before 5.0). A filter of many short topic levels
  /// takes about 130 times its length.
  std::size_t maximum_subscription_bytes = 16u << 20;
  /// Messages waiting for one Session, beside those in flight. When it is full, further messages for it are lost.
  std::size_t maximum_queued_messages = 10'000;
  /// Bytes of topics and payloads waiting for one Session; beyond it further messages for it are lost.
  std::size_t maximum_queued_bytes = 64u << 20;
  /// Messages, and bytes of them, that wait for all Sessions together; beyond it further messages that have to wait are lost. A message
  /// counts for each Session.
  std::size_t maximum_queued_messages_in_all = 1'000'000;
  std::size_t maximum_queued_bytes_in_all = 512u << 20;
  /// Retained messages, beside the broker's own. One more gets 0x97; before 5.0 the publisher is disconnected (a QoS 0 message is just not
  /// retained).
  std::size_t maximum_retained_messages = 100'000;
  /// Bytes of their topics and payloads; beyond it as for their number.
  std::size_t maximum_retained_bytes = 256u << 20;
  /// PUBLISH packets of QoS 1 and 2 sent to one client and not acknowledged, beside the client's own Receive Maximum (1..65535).
  std::uint16_t maximum_in_flight = 65'535;
  /// Topic Aliases that the broker uses towards one client, beside the client's own Topic Alias Maximum.
  std::uint16_t maximum_topic_aliases_used = 1'000;
  /// Bytes of one connection that wait to be taken or written. Beyond it messages wait in the Session's queue instead.
  std::size_t maximum_pending_output = 1u << 20;

  /// Violations by clients that are kept, the first ones; 0: clients are not watched.
  std::size_t maximum_violations = 1'000;
  /// After this time a client must have received CONNACK, so that its limits bind the client; earlier if the client answers something that
  /// was sent later. Zero: at once, for clients that are known to wait for CONNACK.
  std::chrono::milliseconds client_transit{10'000};

  // ---- Times

  /// How long a new connection may take to send its CONNECT (3.1.4); zero: for ever.
  std::chrono::seconds connect_timeout{30};

  // ---- The broker's own topics

  /// Retained messages under $SYS/broker: version, uptime, clients/connected, clients/total, subscriptions/count, retained messages/count.
  /// They are brought up to date when clients come, go and subscribe.
  bool system_topics = true;
};

}  // namespace mqttspec::mock_broker
