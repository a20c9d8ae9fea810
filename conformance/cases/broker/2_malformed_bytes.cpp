#include "conformance/cases/broker/malformed.hpp"
#include "conformance/cases/broker/sections.hpp"
#include "reference/wire/notation.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance {
namespace {

/// A packet that a connected client must not send, in the notation of reference/wire/notation.hpp.
struct Written {
  std::string_view id;
  std::string_view title;
  std::vector<Check> checks;
  std::string_view in_3_1_1;
  std::string_view in_5_0;
};

std::vector<Written> written_packets() {
  return {
      {"unsuback-from-client",
       "an UNSUBACK, which only a server sends",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "2.2.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.1.2"}},
       "b0 * 0001",
       "b0 * 0001 {} 00"},
      {"pingreq-with-body",
       "a PINGREQ with a byte after its fixed header",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.12.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.12.1"}},
       "c0 * 00",
       "c0 * 00"},
      {"puback-too-short",
       "a PUBACK of one byte",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.4.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.4.1"}},
       "40 * 01",
       "40 * 01"},
      {"pubrec-too-short",
       "a PUBREC of one byte",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.5.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.5.1"}},
       "50 * 01",
       "50 * 01"},
      {"pubrel-too-short",
       "a PUBREL of one byte",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.6.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.6.1"}},
       "62 * 01",
       "62 * 01"},
      {"pubcomp-too-short",
       "a PUBCOMP of one byte",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.7.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.7.1"}},
       "70 * 01",
       "70 * 01"},
      {"subscribe-empty",
       "a SUBSCRIBE with Remaining Length 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.8.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.8.1"}},
       "82 00",
       "82 00"},
      {"unsubscribe-empty",
       "an UNSUBSCRIBE with Remaining Length 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.10.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.10.1"}},
       "a2 00",
       "a2 00"},
      {"publish-empty",
       "a PUBLISH with Remaining Length 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.3.2-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.3.2-1"}},
       "30 00",
       "30 00"},
      {"publish-topic-truncated",
       "a PUBLISH whose Topic Name extends past the end of the packet",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "1.5.3"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "1.5.4"}},
       "30 * 0040 'mqttspec'",
       "30 * 0040 'mqttspec'"},
      {"subscribe-filter-truncated",
       "a SUBSCRIBE whose Topic Filter extends past the end of the packet",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "1.5.3"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "1.5.4"}},
       "82 * 0001 0040 'mqttspec'",
       "82 * 0001 {} 0040 'mqttspec'"},
      {"unsubscribe-filter-truncated",
       "an UNSUBSCRIBE whose Topic Filter extends past the end of the packet",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "1.5.3"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "1.5.4"}},
       "a2 * 0001 0040 'mqttspec'",
       "a2 * 0001 {} 0040 'mqttspec'"},
      {"publish-without-packet-id",
       "a QoS 1 PUBLISH that ends before its Packet Identifier",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.3.1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.3.1.4"}},
       R"(32 * "mqttspec/malformed")",
       R"(32 * "mqttspec/malformed")"},
      {"subscribe-without-options",
       "a SUBSCRIBE that ends directly after a Topic Filter",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "3.8.3"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.8.3.1"}},
       R"(82 * 0001 "mqttspec/malformed")",
       R"(82 * 0001 {} "mqttspec/malformed")"},
      {"publish-without-property-length",
       "a PUBLISH without a Property Length",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.2.2-1"}},
       "",
       R"(30 * "mqttspec/malformed")"},
      {"subscribe-without-property-length",
       "a SUBSCRIBE that ends before its Property Length",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.2.2-1"}},
       "",
       "82 * 0001"},
      {"publish-properties-truncated",
       "a PUBLISH whose properties extend past the end of the packet",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.1"}},
       "",
       R"(30 * "mqttspec/malformed" 40 01 01)"},
      {"publish-property-truncated",
       "a PUBLISH whose last property extends past the Property Length",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.1"}},
       "",
       R"(30 * "mqttspec/malformed" {01 01 02 0000} 00003c)"},
      {"publish-unknown-property",
       "a PUBLISH with an undefined property",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.2"}},
       "",
       R"(30 * "mqttspec/malformed" {7f 00})"},
      {"publish-with-receive-maximum",
       "a PUBLISH with a Receive Maximum, which belongs to CONNECT",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.2"}},
       "",
       R"(30 * "mqttspec/malformed" {21 0001})"},
      {"subscribe-with-content-type",
       "a SUBSCRIBE with a Content Type, which belongs to PUBLISH",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.2"}},
       "",
       R"(82 * 0001 {03 "text"} "mqttspec/malformed" 00)"},
      {"unsubscribe-with-subscription-identifier",
       "an UNSUBSCRIBE with a Subscription Identifier, which belongs to SUBSCRIBE",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.2"}},
       "",
       R"(a2 * 0001 {0b 01} "mqttspec/malformed")"},
      {"publish-payload-format-indicator-twice",
       "a PUBLISH with two Payload Format Indicators",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.3.2.3.2"}},
       "",
       R"(30 * "mqttspec/malformed" {01 01 01 01})"},
      {"publish-message-expiry-interval-twice",
       "a PUBLISH with two Message Expiry Intervals",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.3.2.3.3"}},
       "",
       R"(30 * "mqttspec/malformed" {02 0000003c 02 0000003c})"},
      {"publish-topic-alias-twice",
       "a PUBLISH with two Topic Aliases",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.3.2.3.4"}},
       "",
       R"(30 * "mqttspec/malformed" {23 0001 23 0001})"},
      {"publish-response-topic-twice",
       "a PUBLISH with two Response Topics",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.3.2.3.5"}},
       "",
       R"(30 * "mqttspec/malformed" {08 "answers" 08 "answers"})"},
      {"publish-correlation-data-twice",
       "a PUBLISH with Correlation Data twice",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.3.2.3.6"}},
       "",
       R"(30 * "mqttspec/malformed" {09 "x" 09 "x"})"},
      {"publish-response-topic-not-utf8",
       "a PUBLISH whose Response Topic is not UTF-8",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.3.2-13"}, {v5_0, "MQTT-1.5.4-1"}},
       "",
       R"(30 * "mqttspec/malformed" {08 0002 c328})"},
      {"publish-content-type-not-utf8",
       "a PUBLISH whose Content Type is not UTF-8",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.3.2-19"}, {v5_0, "MQTT-1.5.4-1"}},
       "",
       R"(30 * "mqttspec/malformed" {03 0002 c328})"},
      {"publish-user-property-name-not-utf8",
       "a PUBLISH with a User Property whose name is not UTF-8",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-1.5.7-1"}},
       "",
       R"(30 * "mqttspec/malformed" {26 0002 c328 "value"})"},
      {"publish-user-property-value-not-utf8",
       "a PUBLISH with a User Property whose value is not UTF-8",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-1.5.7-1"}},
       "",
       R"(30 * "mqttspec/malformed" {26 "name" 0002 c328})"},
      {"auth-flags", "an AUTH with reserved flags set", {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.15.1-1"}}, "", R"(f2 * 18 {15 "method"})"},
  };
}

/// Reason Codes that may report an error in a packet for which 5.0 prescribes none.
bool reports_bad_packet(wire::ReasonCode code) {
  using enum wire::ReasonCode;
  constexpr wire::ReasonCode suitable[] = {unspecified_error,
                                           malformed_packet,
                                           protocol_error,
                                           implementation_specific_error,
                                           not_authorized,
                                           topic_filter_invalid,
                                           topic_name_invalid,
                                           topic_alias_invalid,
                                           packet_too_large,
                                           payload_format_invalid,
                                           bad_authentication_method,
                                           retain_not_supported,
                                           qos_not_supported,
                                           shared_subscriptions_not_supported,
                                           subscription_identifiers_not_supported,
                                           wildcard_subscriptions_not_supported};
  return std::ranges::find(suitable, code) != std::end(suitable);
}

}  // namespace

Awaitable<void> ends_the_connection(Test& test, wire::Bytes bytes) {
  auto bystander = co_await test.connect();
  auto client = co_await test.connect();
  co_await client.send_bytes(std::move(bytes));
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(wire::is_error(ending.disconnect->reason_code), "DISCONNECT with a Reason Code of 0x80 or above",
               wire::describe(*ending.disconnect, test.version()), because("MQTT-4.8.0-1", "4.13.1"));
  co_await bystander.expect_alive(because("4.8", "4.13"));
  if (ending.disconnect)
    test.recommend(reports_bad_packet(ending.disconnect->reason_code),
                   "DISCONNECT with a Reason Code that describes the error, such as 0x81 or 0x82", wire::describe(*ending.disconnect, v5_0),
                   because("", "4.13.1"));
}

std::vector<Case> malformed_bytes_cases() {
  std::vector<Case> cases;
  for (auto& row : written_packets())
    cases.push_back({.id = "malformed/" + std::string(row.id),
                     .title = "The broker closes the Network Connection on " + std::string(row.title),
                     .checks = row.checks,
                     .run = [in_3_1_1 = wire::raw::read_notation(row.in_3_1_1), in_5_0 = wire::raw::read_notation(row.in_5_0)](Test& test) {
                       return ends_the_connection(test, test.is_v5() ? in_5_0 : in_3_1_1);
                     }});
  return cases;
}

}  // namespace mqttspec::conformance
