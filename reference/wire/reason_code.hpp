#pragma once

#include "reference/wire/types.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mqttspec::wire {

/// Reason Codes of 5.0 (2.4). Codes that share a value by packet (0x00 Success, Normal disconnection, Granted QoS 0) have one name each.
enum class ReasonCode : std::uint8_t {
  success = 0x00,
  normal_disconnection = 0x00,
  granted_qos_0 = 0x00,
  granted_qos_1 = 0x01,
  granted_qos_2 = 0x02,
  disconnect_with_will_message = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  continue_authentication = 0x18,
  reauthenticate = 0x19,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific_error = 0x83,
  unsupported_protocol_version = 0x84,
  client_identifier_not_valid = 0x85,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  banned = 0x8A,
  server_shutting_down = 0x8B,
  bad_authentication_method = 0x8C,
  keep_alive_timeout = 0x8D,
  session_taken_over = 0x8E,
  topic_filter_invalid = 0x8F,
  topic_name_invalid = 0x90,
  packet_identifier_in_use = 0x91,
  packet_identifier_not_found = 0x92,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  message_rate_too_high = 0x96,
  quota_exceeded = 0x97,
  administrative_action = 0x98,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9A,
  qos_not_supported = 0x9B,
  use_another_server = 0x9C,
  server_moved = 0x9D,
  shared_subscriptions_not_supported = 0x9E,
  connection_rate_exceeded = 0x9F,
  maximum_connect_time = 0xA0,
  subscription_identifiers_not_supported = 0xA1,
  wildcard_subscriptions_not_supported = 0xA2,
};

/// Connect Return codes of 3.1.1 (3.2.2.3), and the one failure that its SUBACK knows (3.9.3). They are single bytes on the wire as
/// Reason Codes are, and are carried in the same type.
namespace return_code {
inline constexpr ReasonCode accepted{0};
inline constexpr ReasonCode unacceptable_protocol_version{1};
inline constexpr ReasonCode identifier_rejected{2};
inline constexpr ReasonCode server_unavailable{3};
inline constexpr ReasonCode bad_user_name_or_password{4};
inline constexpr ReasonCode not_authorized{5};
inline constexpr ReasonCode subscription_failed{0x80};
}  // namespace return_code

constexpr std::uint8_t number(ReasonCode code) { return static_cast<std::uint8_t>(code); }

/// Whether a 5.0 code says that the operation failed (0x80 and above).
constexpr bool is_error(ReasonCode code) { return number(code) >= 0x80; }

/// Whether the packet may carry the code in this version and direction (5.0: tables of 3.2.2.2 … 3.15.2.1; 3.1.1: 3.2.2.3 and 3.9.3).
bool is_allowed(ReasonCode code, PacketType in, ProtocolVersion version, Direction from);

/// The standard's name for the code in that packet, "Session taken over"; "unknown" for a value without one.
std::string_view name(ReasonCode code, PacketType in, ProtocolVersion version);

/// "0x8E Session taken over".
std::string describe(ReasonCode code, PacketType in, ProtocolVersion version);

}  // namespace mqttspec::wire
