#pragma once

#include "reference/spec/catalogue.hpp"
#include "reference/wire/reason_code.hpp"
#include "reference/wire/types.hpp"
#include "reference/wire/violation.hpp"

#include <string_view>
#include <utility>

/// Everything that the standard demands of the bytes of one packet, each with where it is stated, in 3.1.1 and in 5.0. "Malformed" and
/// "protocol error" are as 5.0 calls them (1.2); where it does not say, what could be parsed is a protocol error.
namespace mqttspec::wire {

struct Rule {
  spec::Requirement requirement;
  ViolationKind kind;
  ReasonCode reason_code;
};

namespace rules {

consteval Rule malformed(std::string_view in_3_1_1, std::string_view in_5_0) {
  return {spec::Requirement(in_3_1_1, in_5_0), ViolationKind::malformed, ReasonCode::malformed_packet};
}
consteval Rule protocol_error(std::string_view in_3_1_1, std::string_view in_5_0, ReasonCode code = ReasonCode::protocol_error) {
  return {spec::Requirement(in_3_1_1, in_5_0), ViolationKind::protocol_error, code};
}
consteval Rule unsupported(std::string_view in_3_1_1, std::string_view in_5_0) {
  return {spec::Requirement(in_3_1_1, in_5_0), ViolationKind::unsupported, ReasonCode::unsupported_protocol_version};
}
consteval Rule too_large(std::string_view in_5_0) {
  return {spec::Requirement("", in_5_0), ViolationKind::too_large, ReasonCode::packet_too_large};
}

// Fixed header
inline constexpr Rule reserved_type = malformed("2.2.1", "2.1.2");
inline constexpr Rule wrong_sender = protocol_error("2.2.1", "2.1.2");
inline constexpr Rule reserved_flags = malformed("MQTT-2.2.2-1", "MQTT-2.1.3-1");
inline constexpr Rule pubrel_flags = malformed("MQTT-3.6.1-1", "MQTT-3.6.1-1");
inline constexpr Rule subscribe_flags = malformed("MQTT-3.8.1-1", "MQTT-3.8.1-1");
inline constexpr Rule unsubscribe_flags = malformed("MQTT-3.10.1-1", "MQTT-3.10.1-1");
inline constexpr Rule disconnect_flags = malformed("MQTT-3.14.1-1", "MQTT-3.14.1-1");
inline constexpr Rule auth_flags = malformed("", "MQTT-3.15.1-1");
inline constexpr Rule integer_too_long = malformed("2.2.3", "1.5.5");
inline constexpr Rule integer_not_minimal = malformed("", "MQTT-1.5.5-1");
inline constexpr Rule packet_cut_short = malformed("2.2.3", "2.1.4");
inline constexpr Rule bytes_behind_packet = malformed("2.2.3", "2.1.4");
inline constexpr Rule client_packet_too_large = too_large("MQTT-3.2.2-15");
inline constexpr Rule server_packet_too_large = too_large("MQTT-3.1.2-24");

// Strings and binary data
inline constexpr Rule string_cut_short = malformed("1.5.3", "1.5.4");
inline constexpr Rule string_ill_formed = malformed("MQTT-1.5.3-1", "MQTT-1.5.4-1");
inline constexpr Rule string_with_null = malformed("MQTT-1.5.3-2", "MQTT-1.5.4-2");
inline constexpr Rule string_pair_ill_formed = malformed("", "MQTT-1.5.7-1");
inline constexpr Rule binary_cut_short = malformed("3.1.3", "1.5.6");

// Properties; a rule about one property in one packet has its section from property_sections.hpp
inline constexpr Rule property_length_missing = malformed("", "MQTT-2.2.2-1");
inline constexpr Rule property_length_too_large = malformed("", "2.2.2.1");
inline constexpr Rule property_cut_short = malformed("", "2.2.2.1");
inline constexpr Rule property_unknown = malformed("", "2.2.2.2");
inline constexpr Rule property_misplaced = malformed("", "2.2.2.2");
inline constexpr Rule subscription_identifier_from_client = protocol_error("", "MQTT-3.3.4-6");
inline constexpr Rule session_expiry_from_server = protocol_error("", "MQTT-3.14.2-2");
inline constexpr Rule topic_alias_0 = protocol_error("", "MQTT-3.3.2-8", ReasonCode::topic_alias_invalid);
inline constexpr Rule response_topic_wildcard = protocol_error("", "MQTT-3.3.2-14");
inline constexpr Rule authentication_data_alone = protocol_error("", "3.1.2.11.10");
inline constexpr Rule authentication_method_missing = protocol_error("", "3.15.2.2.2");

// CONNECT
inline constexpr Rule protocol_name = unsupported("MQTT-3.1.2-1", "MQTT-3.1.2-1");
inline constexpr Rule protocol_level = unsupported("MQTT-3.1.2-2", "MQTT-3.1.2-2");
inline constexpr Rule connect_reserved_flag = malformed("MQTT-3.1.2-3", "MQTT-3.1.2-3");
inline constexpr Rule will_qos_3 = malformed("MQTT-3.1.2-14", "MQTT-3.1.2-12");
inline constexpr Rule will_qos_without_will = protocol_error("MQTT-3.1.2-13", "MQTT-3.1.2-11");
inline constexpr Rule will_retain_without_will = protocol_error("MQTT-3.1.2-15", "MQTT-3.1.2-13");
inline constexpr Rule password_without_user_name = protocol_error("MQTT-3.1.2-22", "");
inline constexpr Rule client_identifier_missing = malformed("MQTT-3.1.3-3", "MQTT-3.1.3-3");
inline constexpr Rule will_missing = malformed("MQTT-3.1.2-9", "MQTT-3.1.2-9");
inline constexpr Rule user_name_missing = malformed("MQTT-3.1.2-19", "MQTT-3.1.2-17");
inline constexpr Rule password_missing = malformed("MQTT-3.1.2-21", "MQTT-3.1.2-19");

// CONNACK
inline constexpr Rule connack_reserved_flags = malformed("3.2.2.1", "MQTT-3.2.2-1");
inline constexpr Rule session_present_with_error = protocol_error("MQTT-3.2.2-4", "MQTT-3.2.2-6");

// Topics; Topic Filters bring theirs from reference/topic
inline constexpr Rule topic_name_missing = malformed("MQTT-3.3.2-1", "MQTT-3.3.2-1");
inline constexpr Rule topic_name_empty = protocol_error("MQTT-4.7.3-1", "MQTT-4.7.3-1");
inline constexpr Rule topic_name_wildcard = protocol_error("MQTT-4.7.1-1", "MQTT-4.7.0-1");
inline constexpr Rule publish_topic_wildcard = protocol_error("MQTT-3.3.2-2", "MQTT-3.3.2-2");

// PUBLISH
inline constexpr Rule publish_qos_3 = malformed("MQTT-3.3.1-4", "MQTT-3.3.1-4");
inline constexpr Rule dup_on_qos_0 = malformed("MQTT-3.3.1-2", "MQTT-3.3.1-2");

// Packet Identifiers
inline constexpr Rule client_packet_identifier_0 = protocol_error("MQTT-2.3.1-1", "MQTT-2.2.1-3");
inline constexpr Rule server_packet_identifier_0 = protocol_error("MQTT-2.3.1-1", "MQTT-2.2.1-4");
inline constexpr Rule publish_acknowledgement_identifier_0 = protocol_error("MQTT-2.3.1-6", "MQTT-2.2.1-5");
inline constexpr Rule subscription_acknowledgement_identifier_0 = protocol_error("MQTT-2.3.1-7", "MQTT-2.2.1-6");

// SUBSCRIBE and UNSUBSCRIBE
inline constexpr Rule no_subscription = protocol_error("MQTT-3.8.3-3", "MQTT-3.8.3-2");
inline constexpr Rule subscription_options_missing = malformed("3.8.3", "3.8.3.1");
inline constexpr Rule subscription_qos_3 = protocol_error("MQTT-3-8.3-4", "3.8.3.1");
inline constexpr Rule subscription_reserved_bits = malformed("MQTT-3-8.3-4", "MQTT-3.8.3-5");
inline constexpr Rule retain_handling_3 = protocol_error("", "3.8.3.1");
inline constexpr Rule no_local_on_shared = protocol_error("", "MQTT-3.8.3-4");
inline constexpr Rule no_topic_filter = protocol_error("MQTT-3.10.3-2", "MQTT-3.10.3-2");

// Reason Codes
inline constexpr Rule connack_code = protocol_error("3.2.2.3", "MQTT-3.2.2-8");
inline constexpr Rule puback_code = protocol_error("", "MQTT-3.4.2-1");
inline constexpr Rule pubrec_code = protocol_error("", "MQTT-3.5.2-1");
inline constexpr Rule pubrel_code = protocol_error("", "MQTT-3.6.2-1");
inline constexpr Rule pubcomp_code = protocol_error("", "MQTT-3.7.2-1");
inline constexpr Rule suback_code = protocol_error("MQTT-3.9.3-2", "MQTT-3.9.3-2");
inline constexpr Rule unsuback_code = protocol_error("", "MQTT-3.11.3-2");
inline constexpr Rule disconnect_code = protocol_error("", "MQTT-3.14.2-1");
inline constexpr Rule auth_code = protocol_error("", "MQTT-3.15.2-1");
inline constexpr Rule no_suback_code = protocol_error("MQTT-3.8.4-5", "MQTT-3.8.4-6");
inline constexpr Rule no_unsuback_code = protocol_error("", "2.4");

}  // namespace rules

/// Who may send a packet.
enum class Senders : std::uint8_t { none = 0, client = 1, server = 2, both = 3 };

/// What table 2-1 and table 2-2 say of a packet type, and the rule for a Remaining Length that does not fit its fields.
struct PacketTypeRule {
  Senders senders_3_1_1;
  Senders senders_5_0;
  std::uint8_t flags;  ///< the required lower four bits; PUBLISH has its own
  Rule flags_rule;
  Rule length_rule;
};

namespace rules {

/// Index: PacketType.
inline constexpr PacketTypeRule packet_types[16] = {
    {Senders::none, Senders::none, 0, reserved_flags, malformed("2.2.3", "2.1.4")},
    {Senders::client, Senders::client, 0, reserved_flags, malformed("3.1.1", "3.1.1")},
    {Senders::server, Senders::server, 0, reserved_flags, malformed("3.2.1", "3.2.1")},
    {Senders::both, Senders::both, 0, reserved_flags, malformed("3.3.1", "3.3.1.4")},
    {Senders::both, Senders::both, 0, reserved_flags, malformed("3.4.1", "3.4.1")},
    {Senders::both, Senders::both, 0, reserved_flags, malformed("3.5.1", "3.5.1")},
    {Senders::both, Senders::both, 2, pubrel_flags, malformed("3.6.1", "3.6.1")},
    {Senders::both, Senders::both, 0, reserved_flags, malformed("3.7.1", "3.7.1")},
    {Senders::client, Senders::client, 2, subscribe_flags, malformed("3.8.1", "3.8.1")},
    {Senders::server, Senders::server, 0, reserved_flags, malformed("3.9.1", "3.9.1")},
    {Senders::client, Senders::client, 2, unsubscribe_flags, malformed("3.10.1", "3.10.1")},
    {Senders::server, Senders::server, 0, reserved_flags, malformed("3.11.1", "3.11.1")},
    {Senders::client, Senders::client, 0, reserved_flags, malformed("3.12.1", "3.12.1")},
    {Senders::server, Senders::server, 0, reserved_flags, malformed("3.13.1", "3.13.1")},
    {Senders::client, Senders::both, 0, disconnect_flags, malformed("3.14.1", "3.14.1")},
    {Senders::none, Senders::both, 0, auth_flags, malformed("", "3.15.1")},
};

}  // namespace rules

constexpr const PacketTypeRule& rule_of(PacketType type) { return rules::packet_types[std::to_underlying(type) & 0x0F]; }

}  // namespace mqttspec::wire
