#pragma once

#include "reference/topic/topic.hpp"
#include "reference/wire/types.hpp"
#include "reference/wire/violation.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace mqttspec::wire {

/// Every rule by which the decoder judges the bytes of one packet. "Malformed" and "protocol error" are as 5.0 calls them (1.2); where it
/// does not say, an error in a packet that can be parsed is a protocol error.
///
/// A rule whose clause depends on the packet or the property (bytes after the last field, a property that is repeated) has the general
/// section here, and its violations the particular one.
inline constexpr auto decoder_rules = [] {
  using enum ViolationKind;
  using enum Readability;
  using topic::requirement_of;
  using enum topic::Fault;
  return std::to_array<Rule>({
      // Fixed header
      {"codec/reserved-type", {"2.2.1", "2.1.2"}, malformed, unreadable, "the packet type is not a reserved one"},
      {"codec/wrong-sender", {"2.2.1", "2.1.2"}, protocol_error, readable, "the packet type is one that its sender may send"},
      {"codec/reserved-flags",
       {"MQTT-2.2.2-1", "MQTT-2.1.3-1"},
       malformed,
       readable,
       "reserved flags in the fixed header have the prescribed values"},
      {"codec/pubrel-flags", {"MQTT-3.6.1-1", "MQTT-3.6.1-1"}, malformed, readable, "the fixed-header flags of PUBREL are 0010"},
      {"codec/subscribe-flags", {"MQTT-3.8.1-1", "MQTT-3.8.1-1"}, malformed, readable, "the fixed-header flags of SUBSCRIBE are 0010"},
      {"codec/unsubscribe-flags",
       {"MQTT-3.10.1-1", "MQTT-3.10.1-1"},
       malformed,
       readable,
       "the fixed-header flags of UNSUBSCRIBE are 0010"},
      {"codec/disconnect-flags", {"MQTT-3.14.1-1", "MQTT-3.14.1-1"}, malformed, readable, "the fixed-header flags of DISCONNECT are 0000"},
      {"codec/auth-flags", {"", "MQTT-3.15.1-1"}, malformed, readable, "the fixed-header flags of AUTH are 0000"},
      {"codec/integer-too-long", {"2.2.3", "1.5.5"}, malformed, unreadable, "a Variable Byte Integer has at most four bytes"},
      {"codec/integer-not-minimal", {"", "MQTT-1.5.5-1"}, malformed, readable, "a Variable Byte Integer has no more bytes than it needs"},
      {"codec/packet-cut-short", {"2.2.3", "2.1.4"}, malformed, unreadable, "the packet has as many bytes as its Remaining Length says"},
      {"codec/bytes-after-packet", {"2.2.3", "2.1.4"}, malformed, unreadable, "no bytes follow the end that the Remaining Length sets"},
      {"codec/field-missing", {"2.2.3", "2.1.4"}, malformed, unreadable, "the packet does not end before its last field"},
      {"codec/bytes-after-last-field", {"2.2.3", "2.1.4"}, malformed, readable, "the packet ends with its last field"},
      {"codec/client-packet-too-large", {"", "MQTT-3.2.2-15"}, too_large, unreadable, "no packet exceeds the server's Maximum Packet Size"},
      {"codec/server-packet-too-large", {"", "MQTT-3.1.2-24"}, too_large, unreadable, "no packet exceeds the client's Maximum Packet Size"},

      // Strings and binary data
      {"codec/string-cut-short", {"1.5.3", "1.5.4"}, malformed, unreadable, "a string is not longer than what is left of its packet"},
      {"codec/string-ill-formed", {"MQTT-1.5.3-1", "MQTT-1.5.4-1"}, malformed, readable, "a string is well-formed UTF-8"},
      {"codec/string-with-null", {"MQTT-1.5.3-2", "MQTT-1.5.4-2"}, malformed, readable, "a string does not contain U+0000"},
      {"codec/string-pair-ill-formed",
       {"", "MQTT-1.5.7-1"},
       malformed,
       readable,
       "both strings of a String Pair are well-formed UTF-8 without U+0000"},
      {"codec/binary-cut-short", {"3.1.3", "1.5.6"}, malformed, unreadable, "binary data is not longer than what is left of its packet"},

      // Properties
      {"codec/property-length-missing", {"", "MQTT-2.2.2-1"}, malformed, readable, "a packet without properties has the Property Length 0"},
      {"codec/property-length-too-large", {"", "2.2.2.1"}, malformed, unreadable, "the properties end within the packet"},
      {"codec/property-cut-short", {"", "2.2.2.1"}, malformed, unreadable, "each property ends within the Property Length"},
      {"codec/property-identifier-not-minimal",
       {"", "MQTT-1.5.5-1"},
       malformed,
       unreadable,
       "a property identifier has no more bytes than it needs"},
      {"codec/property-unknown", {"", "2.2.2.2"}, malformed, unreadable, "each property identifier is one that the standard defines"},
      {"codec/property-misplaced", {"", "2.2.2.2"}, malformed, readable, "each property is one that its packet may have"},
      {"codec/property-repeated", {"", "2.2.2.2"}, protocol_error, readable, "no property is repeated but those that may be"},
      {"codec/property-value-forbidden", {"", "2.2.2.2"}, protocol_error, readable, "the value of each property is in its range"},
      {"codec/subscription-identifier-from-client",
       {"", "MQTT-3.3.4-6"},
       protocol_error,
       readable,
       "a PUBLISH from a client has no Subscription Identifier"},
      {"codec/session-expiry-from-server",
       {"", "MQTT-3.14.2-2"},
       protocol_error,
       readable,
       "a DISCONNECT from the server has no Session Expiry Interval"},
      {"codec/topic-alias-0", {"", "MQTT-3.3.2-8"}, protocol_error, readable, "a Topic Alias is not 0", ReasonCode::topic_alias_invalid},
      {"codec/response-topic-wildcard", {"", "MQTT-3.3.2-14"}, protocol_error, readable, "a Response Topic contains no wildcard"},
      {"codec/authentication-data-alone",
       {"", "3.1.2.11.10"},
       protocol_error,
       readable,
       "CONNECT has no Authentication Data without an Authentication Method"},
      {"codec/authentication-method-missing", {"", "3.15.2.2.2"}, protocol_error, readable, "AUTH has an Authentication Method"},

      // CONNECT
      {"codec/protocol-name", {"MQTT-3.1.2-1", "MQTT-3.1.2-1"}, unsupported, unreadable, "the Protocol Name is MQTT (or MQIsdp in 3.1)"},
      {"codec/protocol-level",
       {"MQTT-3.1.2-2", "MQTT-3.1.2-2"},
       unsupported,
       unreadable,
       "the Protocol Level is that of a supported version"},
      {"codec/connect-reserved-flag", {"MQTT-3.1.2-3", "MQTT-3.1.2-3"}, malformed, readable, "bit 0 of the Connect Flags is 0"},
      {"codec/will-qos-3", {"MQTT-3.1.2-14", "MQTT-3.1.2-12"}, malformed, unreadable, "the Will QoS is 0, 1 or 2"},
      {"codec/will-qos-without-will",
       {"MQTT-3.1.2-13", "MQTT-3.1.2-11"},
       protocol_error,
       readable,
       "the Will QoS is 0 where the Will Flag is 0"},
      {"codec/will-retain-without-will",
       {"MQTT-3.1.2-15", "MQTT-3.1.2-13"},
       protocol_error,
       readable,
       "Will Retain is 0 where the Will Flag is 0"},
      {"codec/password-without-user-name",
       {"MQTT-3.1.2-22", ""},
       protocol_error,
       readable,
       "the Password Flag is 0 where the User Name Flag is 0"},
      {"codec/client-identifier-missing", {"MQTT-3.1.3-3", "MQTT-3.1.3-3"}, malformed, unreadable, "CONNECT has a Client Identifier"},
      {"codec/will-missing",
       {"MQTT-3.1.2-9", "MQTT-3.1.2-9"},
       malformed,
       unreadable,
       "CONNECT has the Will fields that its Will Flag announces"},
      {"codec/user-name-missing",
       {"MQTT-3.1.2-19", "MQTT-3.1.2-17"},
       malformed,
       unreadable,
       "CONNECT has the User Name that its User Name Flag announces"},
      {"codec/password-missing",
       {"MQTT-3.1.2-21", "MQTT-3.1.2-19"},
       malformed,
       unreadable,
       "CONNECT has the Password that its Password Flag announces"},

      // CONNACK
      {"codec/connack-reserved-flags",
       {"3.2.2.1", "MQTT-3.2.2-1"},
       malformed,
       readable,
       "bits 7 to 1 of the Connect Acknowledge Flags are 0"},
      {"codec/session-present-with-error",
       {"MQTT-3.2.2-4", "MQTT-3.2.2-6"},
       protocol_error,
       readable,
       "Session Present is 0 where the connection is refused"},

      // Topic Names and Topic Filters
      {"codec/topic-name-missing", {"MQTT-3.3.2-1", "MQTT-3.3.2-1"}, malformed, unreadable, "PUBLISH has a Topic Name field"},
      {"codec/topic-name-empty", requirement_of(empty), protocol_error, readable,
       "a Topic Name is not empty unless a Topic Alias replaces it"},
      {"codec/topic-name-wildcard", requirement_of(wildcard_in_name), protocol_error, readable, "a Topic Name contains no wildcard"},
      {"codec/publish-topic-wildcard",
       {"MQTT-3.3.2-2", "MQTT-3.3.2-2"},
       protocol_error,
       readable,
       "the Topic Name of PUBLISH contains no wildcard"},
      {"codec/topic-filter-empty", requirement_of(empty), protocol_error, readable, "a Topic Filter is not empty"},
      {"codec/wildcard-hash-misplaced", requirement_of(hash_misplaced), protocol_error, readable,
       "the wildcard # is alone in the last level of its Topic Filter"},
      {"codec/wildcard-plus-misplaced", requirement_of(plus_misplaced), protocol_error, readable,
       "the wildcard + is alone in its level of the Topic Filter"},
      {"codec/share-name-empty", requirement_of(share_name_empty), protocol_error, readable, "a ShareName is at least one character long"},
      {"codec/share-name-and-filter", requirement_of(share_name_or_filter_wrong), protocol_error, readable,
       "a ShareName has no wildcard, and is followed by / and a Topic Filter"},

      // PUBLISH
      {"codec/publish-qos-3", {"MQTT-3.3.1-4", "MQTT-3.3.1-4"}, malformed, unreadable, "the QoS of PUBLISH is 0, 1 or 2"},
      {"codec/dup-on-qos-0", {"MQTT-3.3.1-2", "MQTT-3.3.1-2"}, malformed, readable, "DUP is 0 in a PUBLISH of QoS 0"},

      // Packet Identifiers
      {"codec/client-packet-identifier-0",
       {"MQTT-2.3.1-1", "MQTT-2.2.1-3"},
       protocol_error,
       readable,
       "the Packet Identifier of a client's PUBLISH, SUBSCRIBE or UNSUBSCRIBE is not 0"},
      {"codec/server-packet-identifier-0",
       {"MQTT-2.3.1-1", "MQTT-2.2.1-4"},
       protocol_error,
       readable,
       "the Packet Identifier of the server's PUBLISH is not 0"},
      {"codec/publish-acknowledgement-identifier-0",
       {"MQTT-2.3.1-6", "MQTT-2.2.1-5"},
       protocol_error,
       readable,
       "PUBACK, PUBREC, PUBREL and PUBCOMP repeat a Packet Identifier, which is never 0"},
      {"codec/subscription-acknowledgement-identifier-0",
       {"MQTT-2.3.1-7", "MQTT-2.2.1-6"},
       protocol_error,
       readable,
       "SUBACK and UNSUBACK repeat a Packet Identifier, which is never 0"},

      // SUBSCRIBE and UNSUBSCRIBE
      {"codec/no-subscription", {"MQTT-3.8.3-3", "MQTT-3.8.3-2"}, protocol_error, readable, "SUBSCRIBE has at least one Topic Filter"},
      {"codec/subscription-options-missing",
       {"3.8.3", "3.8.3.1"},
       malformed,
       unreadable,
       "each Topic Filter of SUBSCRIBE has its options byte"},
      {"codec/subscription-qos-3", {"MQTT-3-8.3-4", "3.8.3.1"}, protocol_error, unreadable, "the QoS that SUBSCRIBE requests is 0, 1 or 2"},
      {"codec/subscription-reserved-bits",
       {"MQTT-3-8.3-4", "MQTT-3.8.3-5"},
       malformed,
       readable,
       "reserved bits in the options of a Subscription are 0"},
      {"codec/retain-handling-3", {"", "3.8.3.1"}, protocol_error, unreadable, "Retain Handling is 0, 1 or 2"},
      {"codec/no-local-on-shared", {"", "MQTT-3.8.3-4"}, protocol_error, readable, "No Local is 0 for a Shared Subscription"},
      {"codec/no-topic-filter", {"MQTT-3.10.3-2", "MQTT-3.10.3-2"}, protocol_error, readable, "UNSUBSCRIBE has at least one Topic Filter"},

      // Reason Codes
      {"codec/connack-code", {"3.2.2.3", "MQTT-3.2.2-8"}, protocol_error, readable, "the code of CONNACK is one that is defined for it"},
      {"codec/puback-code", {"", "MQTT-3.4.2-1"}, protocol_error, readable, "the Reason Code of PUBACK is one that is defined for it"},
      {"codec/pubrec-code", {"", "MQTT-3.5.2-1"}, protocol_error, readable, "the Reason Code of PUBREC is one that is defined for it"},
      {"codec/pubrel-code", {"", "MQTT-3.6.2-1"}, protocol_error, readable, "the Reason Code of PUBREL is one that is defined for it"},
      {"codec/pubcomp-code", {"", "MQTT-3.7.2-1"}, protocol_error, readable, "the Reason Code of PUBCOMP is one that is defined for it"},
      {"codec/suback-code",
       {"MQTT-3.9.3-2", "MQTT-3.9.3-2"},
       protocol_error,
       readable,
       "each code of SUBACK is one that is defined for it"},
      {"codec/unsuback-code",
       {"", "MQTT-3.11.3-2"},
       protocol_error,
       readable,
       "each Reason Code of UNSUBACK is one that is defined for it"},
      {"codec/disconnect-code",
       {"", "MQTT-3.14.2-1"},
       protocol_error,
       readable,
       "the Reason Code of DISCONNECT is one that its sender may use"},
      {"codec/auth-code", {"", "MQTT-3.15.2-1"}, protocol_error, readable, "the Reason Code of AUTH is one that its sender may use"},
      {"codec/no-suback-code", {"MQTT-3.8.4-5", "MQTT-3.8.4-6"}, protocol_error, readable, "SUBACK has at least one code"},
      {"codec/no-unsuback-code", {"", "2.4"}, protocol_error, readable, "UNSUBACK has at least one Reason Code"},
  });
}();

/// Names a rule where it is applied: `violate("codec/dup-on-qos-0", ...)`. An id that is not in the table does not compile.
class RuleRef {
 public:
  consteval RuleRef(const char* id) : rule_(find(id)) {}  // NOLINT(google-explicit-constructor): an id is a reference
  constexpr const Rule& operator*() const { return *rule_; }
  constexpr const Rule* operator->() const { return rule_; }

 private:
  static consteval const Rule* find(std::string_view id) {
    for (const Rule& rule : decoder_rules)
      if (rule.id == id) return &rule;
    throw "no such rule in decoder_rules.hpp";
  }

  const Rule* rule_;
};

/// Who may send a packet.
enum class Senders : std::uint8_t { none = 0, client = 1, server = 2, both = 3 };

/// What tables 2-1 and 2-2 say about a packet type.
struct PacketTypeRule {
  Senders senders_3_1_1;
  Senders senders_5_0;
  std::uint8_t flags;  ///< the required lower four bits; PUBLISH has its own
  RuleRef flags_rule;
  spec::Requirement layout;  ///< where the fields are defined: the clause for a Remaining Length that does not fit them
};

/// Index: PacketType.
inline constexpr PacketTypeRule packet_type_rules[16] = {
    {Senders::none, Senders::none, 0, "codec/reserved-flags", {"2.2.3", "2.1.4"}},
    {Senders::client, Senders::client, 0, "codec/reserved-flags", {"3.1.1", "3.1.1"}},
    {Senders::server, Senders::server, 0, "codec/reserved-flags", {"3.2.1", "3.2.1"}},
    {Senders::both, Senders::both, 0, "codec/reserved-flags", {"3.3.1", "3.3.1.4"}},
    {Senders::both, Senders::both, 0, "codec/reserved-flags", {"3.4.1", "3.4.1"}},
    {Senders::both, Senders::both, 0, "codec/reserved-flags", {"3.5.1", "3.5.1"}},
    {Senders::both, Senders::both, 2, "codec/pubrel-flags", {"3.6.1", "3.6.1"}},
    {Senders::both, Senders::both, 0, "codec/reserved-flags", {"3.7.1", "3.7.1"}},
    {Senders::client, Senders::client, 2, "codec/subscribe-flags", {"3.8.1", "3.8.1"}},
    {Senders::server, Senders::server, 0, "codec/reserved-flags", {"3.9.1", "3.9.1"}},
    {Senders::client, Senders::client, 2, "codec/unsubscribe-flags", {"3.10.1", "3.10.1"}},
    {Senders::server, Senders::server, 0, "codec/reserved-flags", {"3.11.1", "3.11.1"}},
    {Senders::client, Senders::client, 0, "codec/reserved-flags", {"3.12.1", "3.12.1"}},
    {Senders::server, Senders::server, 0, "codec/reserved-flags", {"3.13.1", "3.13.1"}},
    {Senders::client, Senders::both, 0, "codec/disconnect-flags", {"3.14.1", "3.14.1"}},
    {Senders::none, Senders::both, 0, "codec/auth-flags", {"", "3.15.1"}},
};

constexpr const PacketTypeRule& rule_of(PacketType type) { return packet_type_rules[std::to_underlying(type) & 0x0F]; }

}  // namespace mqttspec::wire
