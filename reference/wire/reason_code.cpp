#include "reference/wire/reason_code.hpp"

#include <algorithm>
#include <array>

namespace mqttspec::wire {
namespace {

constexpr std::uint32_t in(auto... packets) { return ((1u << static_cast<unsigned>(packets)) | ... | 0u); }

using enum PacketType;

/// A row of table 2-6: the packets in which each end may send the code.
struct Rule {
  ReasonCode code;
  std::string_view name;
  std::uint32_t from_client;
  std::uint32_t from_server;
};

constexpr std::uint32_t nowhere = 0;
constexpr std::uint32_t publish_answers = in(puback, pubrec);
constexpr std::uint32_t subscription_answers = in(suback, unsuback);
constexpr std::uint32_t failures = in(connack, disconnect) | publish_answers | subscription_answers;

/// Codes that share a value have a row for each name. Where table 2-6 and a packet's own table differ (0x8C in DISCONNECT), and where the
/// text has a Client use a code that the table gives to the Server (0x9B, 3.3.4), the more generous one is followed.
constexpr Rule rules[] = {
    {ReasonCode::success, "Success", in(puback, pubrec, pubrel, pubcomp), in(connack, puback, pubrec, pubrel, pubcomp, unsuback, auth)},
    {ReasonCode::normal_disconnection, "Normal disconnection", in(disconnect), in(disconnect)},
    {ReasonCode::granted_qos_0, "Granted QoS 0", nowhere, in(suback)},
    {ReasonCode::granted_qos_1, "Granted QoS 1", nowhere, in(suback)},
    {ReasonCode::granted_qos_2, "Granted QoS 2", nowhere, in(suback)},
    {ReasonCode::disconnect_with_will_message, "Disconnect with Will Message", in(disconnect), nowhere},
    {ReasonCode::no_matching_subscribers, "No matching subscribers", nowhere, publish_answers},
    {ReasonCode::no_subscription_existed, "No subscription existed", nowhere, in(unsuback)},
    {ReasonCode::continue_authentication, "Continue authentication", in(auth), in(auth)},
    {ReasonCode::reauthenticate, "Re-authenticate", in(auth), nowhere},
    {ReasonCode::unspecified_error, "Unspecified error", in(puback, pubrec, disconnect), failures},
    {ReasonCode::malformed_packet, "Malformed Packet", in(disconnect), in(connack, disconnect)},
    {ReasonCode::protocol_error, "Protocol Error", in(disconnect), in(connack, disconnect)},
    {ReasonCode::implementation_specific_error, "Implementation specific error", in(puback, pubrec, disconnect), failures},
    {ReasonCode::unsupported_protocol_version, "Unsupported Protocol Version", nowhere, in(connack)},
    {ReasonCode::client_identifier_not_valid, "Client Identifier not valid", nowhere, in(connack)},
    {ReasonCode::bad_user_name_or_password, "Bad User Name or Password", nowhere, in(connack)},
    {ReasonCode::not_authorized, "Not authorized", publish_answers, failures},
    {ReasonCode::server_unavailable, "Server unavailable", nowhere, in(connack)},
    {ReasonCode::server_busy, "Server busy", nowhere, in(connack, disconnect)},
    {ReasonCode::banned, "Banned", nowhere, in(connack)},
    {ReasonCode::server_shutting_down, "Server shutting down", nowhere, in(disconnect)},
    {ReasonCode::bad_authentication_method, "Bad authentication method", in(disconnect), in(connack, disconnect)},
    {ReasonCode::keep_alive_timeout, "Keep Alive timeout", nowhere, in(disconnect)},
    {ReasonCode::session_taken_over, "Session taken over", nowhere, in(disconnect)},
    {ReasonCode::topic_filter_invalid, "Topic Filter invalid", nowhere, in(disconnect) | subscription_answers},
    {ReasonCode::topic_name_invalid, "Topic Name invalid", in(disconnect) | publish_answers, in(connack, disconnect) | publish_answers},
    {ReasonCode::packet_identifier_in_use, "Packet Identifier in use", publish_answers, publish_answers | subscription_answers},
    {ReasonCode::packet_identifier_not_found, "Packet Identifier not found", in(pubrel, pubcomp), in(pubrel, pubcomp)},
    {ReasonCode::receive_maximum_exceeded, "Receive Maximum exceeded", in(disconnect), in(disconnect)},
    {ReasonCode::topic_alias_invalid, "Topic Alias invalid", in(disconnect), in(disconnect)},
    {ReasonCode::packet_too_large, "Packet too large", in(disconnect), in(connack, disconnect)},
    {ReasonCode::message_rate_too_high, "Message rate too high", in(disconnect), in(disconnect)},
    {ReasonCode::quota_exceeded, "Quota exceeded", in(disconnect) | publish_answers, in(connack, suback, disconnect) | publish_answers},
    {ReasonCode::administrative_action, "Administrative action", in(disconnect), in(disconnect)},
    {ReasonCode::payload_format_invalid, "Payload format invalid", in(disconnect) | publish_answers,
     in(connack, disconnect) | publish_answers},
    {ReasonCode::retain_not_supported, "Retain not supported", nowhere, in(connack, disconnect)},
    {ReasonCode::qos_not_supported, "QoS not supported", in(disconnect), in(connack, disconnect)},
    {ReasonCode::use_another_server, "Use another server", nowhere, in(connack, disconnect)},
    {ReasonCode::server_moved, "Server moved", nowhere, in(connack, disconnect)},
    {ReasonCode::shared_subscriptions_not_supported, "Shared Subscriptions not supported", nowhere, in(suback, disconnect)},
    {ReasonCode::connection_rate_exceeded, "Connection rate exceeded", nowhere, in(connack, disconnect)},
    {ReasonCode::maximum_connect_time, "Maximum connect time", nowhere, in(disconnect)},
    {ReasonCode::subscription_identifiers_not_supported, "Subscription Identifiers not supported", nowhere, in(suback, disconnect)},
    {ReasonCode::wildcard_subscriptions_not_supported, "Wildcard Subscriptions not supported", nowhere, in(suback, disconnect)},
};

/// The same for 3.1.1, which knows codes only in CONNACK and SUBACK.
constexpr Rule return_codes[] = {
    {return_code::accepted, "Connection Accepted", nowhere, in(connack)},
    {return_code::unacceptable_protocol_version, "Connection Refused, unacceptable protocol version", nowhere, in(connack)},
    {return_code::identifier_rejected, "Connection Refused, identifier rejected", nowhere, in(connack)},
    {return_code::server_unavailable, "Connection Refused, Server unavailable", nowhere, in(connack)},
    {return_code::bad_user_name_or_password, "Connection Refused, bad user name or password", nowhere, in(connack)},
    {return_code::not_authorized, "Connection Refused, not authorized", nowhere, in(connack)},
    {ReasonCode::granted_qos_0, "Success - Maximum QoS 0", nowhere, in(suback)},
    {ReasonCode::granted_qos_1, "Success - Maximum QoS 1", nowhere, in(suback)},
    {ReasonCode::granted_qos_2, "Success - Maximum QoS 2", nowhere, in(suback)},
    {return_code::subscription_failed, "Failure", nowhere, in(suback)},
};

/// Packets that may carry a code, as bits by PacketType; index: the code.
using Allowed = std::array<std::uint16_t, 256>;

consteval Allowed allowed(std::span<const Rule> table, std::uint32_t Rule::* sender) {
  Allowed packets{};
  for (const Rule& rule : table) packets[number(rule.code)] |= static_cast<std::uint16_t>(rule.*sender);
  return packets;
}

constexpr Allowed from_client = allowed(rules, &Rule::from_client);
constexpr Allowed from_server = allowed(rules, &Rule::from_server);
constexpr Allowed from_server_3_1_1 = allowed(return_codes, &Rule::from_server);

std::span<const Rule> rules_of(ProtocolVersion version) {
  if (version == ProtocolVersion::v5_0) return rules;
  return return_codes;
}

}  // namespace

bool is_allowed(ReasonCode code, PacketType packet, ProtocolVersion version, Direction from) {
  const bool client = from == Direction::client_to_server;
  if (version != ProtocolVersion::v5_0 && client) return false;
  // 3.1 grants every subscription.
  if (version == ProtocolVersion::v3_1 && packet == PacketType::suback && code == return_code::subscription_failed) return false;
  const Allowed& packets = version != ProtocolVersion::v5_0 ? from_server_3_1_1 : client ? from_client : from_server;
  return (packets[number(code)] & in(packet)) != 0;
}

std::string_view name(ReasonCode code, PacketType packet, ProtocolVersion version) {
  for (const Rule& rule : rules_of(version))
    if (rule.code == code && ((rule.from_client | rule.from_server) & in(packet)) != 0) return rule.name;
  if (version != ProtocolVersion::v5_0) return "unknown";
  // A code of 5.0 has a name also in a packet that must not carry it.
  const auto rule = std::ranges::find(rules, code, &Rule::code);
  return rule == std::end(rules) ? "unknown" : rule->name;
}

std::string describe(ReasonCode code, PacketType packet, ProtocolVersion version) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text = "0x";
  text += digits[number(code) >> 4];
  text += digits[number(code) & 0x0F];
  text += ' ';
  text += name(code, packet, version);
  return text;
}

}  // namespace mqttspec::wire
