#include "conformance/cases/broker/sections.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>
#include <functional>

namespace mqttspec::conformance {
namespace {

namespace raw = wire::raw;
using wire::PropertyId;

/// Bits of the Connect Flags (3.1.2.3).
enum Flag : std::uint8_t {
  reserved = 0x01,
  clean = 0x02,
  will = 0x04,
  will_qos_1 = 0x08,
  will_qos_3 = 0x18,
  will_retain = 0x20,
  password = 0x40,
  user_name = 0x80
};

/// The variable header up to the properties of 5.0.
raw::Builder header_without_properties(ProtocolVersion version, unsigned flags) {
  raw::Builder rest;
  rest.string("MQTT").byte(static_cast<std::uint8_t>(version)).byte(static_cast<std::uint8_t>(flags)).two_bytes(0);
  return rest;
}

/// The variable header up to the payload. @param properties content of the properties of 5.0
raw::Builder header(ProtocolVersion version, unsigned flags, const raw::Builder& properties = {}) {
  auto rest = header_without_properties(version, flags);
  if (version == v5_0) rest.properties(properties);
  return rest;
}

/// Appends empty Will Properties in 5.0.
raw::Builder& will_properties(raw::Builder& payload, ProtocolVersion version) { return version == v5_0 ? payload.properties({}) : payload; }

wire::Bytes connect(const raw::Builder& rest) { return raw::packet(wire::PacketType::connect, 0, rest); }

/// A CONNECT that breaks one rule.
struct Malformed {
  std::string_view id;
  std::string_view title;
  std::vector<Check> checks;  ///< in addition to the statement that servers validate CONNECT
  std::function<wire::Bytes(ProtocolVersion, const std::string& client_id)> build;
  /// The rule is not in section 3.1, so a CONNACK that refuses the connection is allowed in 3.1.1, too (MQTT-3.1.4-1, 3.2.2.3).
  bool may_be_answered = false;
};

std::vector<Malformed> malformed_connects() {
  return {
      {"reserved-connect-flag",
       "with the reserved Connect Flag set",
       {{v3_1_1, "MQTT-3.1.2-3"}, {v3_1_1, "MQTT-3.2.2-6"}, {v5_0, "MQTT-3.1.2-3"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean | reserved).string(id)); }},
      {"fixed-header-flags",
       "with flags in its fixed header",
       {{v3_1_1, "MQTT-2.2.2-2"}, {v3_1_1, "MQTT-2.2.2-1"}, {v5_0, "MQTT-2.1.3-1"}},
       [](ProtocolVersion version, const std::string& id) { return raw::with_flags(connect(header(version, clean).string(id)), 0x02); }},
      {"will-qos-3",
       "with Will QoS 3",
       {{v3_1_1, "MQTT-3.1.2-14"}, {v5_0, "MQTT-3.1.2-12"}},
       [](ProtocolVersion version, const std::string& id) {
         auto rest = header(version, clean | will | will_qos_3).string(id);
         return connect(will_properties(rest, version).string("mqttspec/will").string("x"));
       }},
      {"will-qos-without-will",
       "with Will Flag 0 and Will QoS 1",
       {{v3_1_1, "MQTT-3.1.2-13"}, {v3_1_1, "MQTT-3.1.2-11"}, {v5_0, "MQTT-3.1.2-11"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean | will_qos_1).string(id)); }},
      {"will-retain-without-will",
       "with Will Flag 0 and Will Retain 1",
       {{v3_1_1, "MQTT-3.1.2-15"}, {v3_1_1, "MQTT-3.1.2-11"}, {v5_0, "MQTT-3.1.2-13"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean | will_retain).string(id)); }},
      {"will-missing",
       "with Will Flag 1 but no Will Message",
       {{v3_1_1, "MQTT-3.1.2-9"}, {v5_0, "MQTT-3.1.2-9"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean | will).string(id)); }},
      {"will-without-flag",
       "with Will Flag 0 but a Will Message",
       {{v3_1_1, "MQTT-3.1.2-11"}, {v5_0, "3.1.3"}},
       [](ProtocolVersion version, const std::string& id) {
         auto rest = header(version, clean).string(id);
         return connect(will_properties(rest, version).string("mqttspec/will").string("x"));
       }},
      {"user-name-missing",
       "with User Name Flag 1 but no User Name",
       {{v3_1_1, "MQTT-3.1.2-19"}, {v5_0, "MQTT-3.1.2-17"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean | user_name).string(id)); }},
      {"user-name-without-flag",
       "with User Name Flag 0 but a User Name",
       {{v3_1_1, "MQTT-3.1.2-18"}, {v5_0, "MQTT-3.1.2-16"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean).string(id).string("user")); }},
      {"password-missing",
       "with Password Flag 1 but no Password",
       {{v3_1_1, "MQTT-3.1.2-21"}, {v5_0, "MQTT-3.1.2-19"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean | user_name | password).string(id).string("user"));
       }},
      {"password-without-flag",
       "with Password Flag 0 but a Password",
       {{v3_1_1, "MQTT-3.1.2-20"}, {v5_0, "MQTT-3.1.2-18"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean | user_name).string(id).string("guest").string("secret"));
       }},
      {"password-without-user-name",
       "with a Password but without a User Name",
       {{v3_1_1, "MQTT-3.1.2-22"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean | password).string(id).string("secret"));
       }},
      {"client-id-missing",
       "without a Client Identifier",
       {{v3_1_1, "MQTT-3.1.3-3"}, {v3_1_1, "MQTT-3.1.3-1"}, {v5_0, "MQTT-3.1.3-3"}, {v5_0, "MQTT-3.1.3-1"}},
       [](ProtocolVersion version, const std::string&) { return connect(header(version, clean)); }},
      {"client-id-not-utf8",
       "whose Client Identifier is not UTF-8",
       {{v3_1_1, "MQTT-3.1.3-4"}, {v3_1_1, "MQTT-1.5.3-1"}, {v5_0, "MQTT-3.1.3-4"}, {v5_0, "MQTT-1.5.4-1"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean).string(id + "\xC3\x28")); }},
      {"client-id-with-null-character",
       "whose Client Identifier contains U+0000",
       {{v3_1_1, "MQTT-1.5.3-2"}, {v5_0, "MQTT-1.5.4-2"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean).string(id + std::string(1, '\0'))); }},
      {"will-topic-not-utf8",
       "whose Will Topic is not UTF-8",
       {{v3_1_1, "MQTT-3.1.3-10"}, {v5_0, "MQTT-3.1.3-11"}},
       [](ProtocolVersion version, const std::string& id) {
         auto rest = header(version, clean | will).string(id);
         return connect(will_properties(rest, version).string("mqttspec/\xED\xA0\x80").string("x"));
       }},
      {"user-name-not-utf8",
       "whose User Name is not UTF-8",
       {{v3_1_1, "MQTT-3.1.3-11"}, {v5_0, "MQTT-3.1.3-12"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean | user_name).string(id).string("user\xFF"));
       }},
      {"session-expiry-interval-twice",
       "with two Session Expiry Intervals",
       {{v5_0, "3.1.2.11.2"}},
       [](ProtocolVersion version, const std::string& id) {
         raw::Builder twice;
         twice.property(PropertyId::session_expiry_interval).four_bytes(0).property(PropertyId::session_expiry_interval).four_bytes(0);
         return connect(header(version, clean, twice).string(id));
       }},
      {"with-topic-alias",
       "with a Topic Alias, which belongs to PUBLISH",
       {{v5_0, "2.2.2.2"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean, raw::Builder().property(PropertyId::topic_alias).two_bytes(1)).string(id));
       }},
      {"receive-maximum-0",
       "with Receive Maximum 0",
       {{v5_0, "3.1.2.11.3"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean, raw::Builder().property(PropertyId::receive_maximum).two_bytes(0)).string(id));
       }},
      {"maximum-packet-size-0",
       "with Maximum Packet Size 0",
       {{v5_0, "3.1.2.11.4"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean, raw::Builder().property(PropertyId::maximum_packet_size).four_bytes(0)).string(id));
       }},
      {"request-problem-information-2",
       "with Request Problem Information 2",
       {{v5_0, "3.1.2.11.7"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean, raw::Builder().property(PropertyId::request_problem_information).byte(2)).string(id));
       }},
      {"request-response-information-2",
       "with Request Response Information 2",
       {{v5_0, "3.1.2.11.6"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean, raw::Builder().property(PropertyId::request_response_information).byte(2)).string(id));
       }},
      {"authentication-method-twice",
       "with two Authentication Methods",
       {{v5_0, "3.1.2.11.9"}},
       [](ProtocolVersion version, const std::string& id) {
         raw::Builder twice;
         for (int i = 0; i < 2; ++i) twice.property(PropertyId::authentication_method).string("method");
         return connect(header(version, clean, twice).string(id));
       }},
      {"properties-truncated",
       "whose properties extend past the end of the packet",
       {{v5_0, "2.2.2.1"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header_without_properties(version, clean).variable_byte_integer(100).string(id));
       }},
      {"property-length-missing",
       "that ends before its Property Length",
       {{v5_0, "MQTT-2.2.2-1"}},
       [](ProtocolVersion version, const std::string&) { return connect(header_without_properties(version, clean)); }},
      {"client-id-truncated",
       "whose Client Identifier extends past the end of the packet",
       {{v3_1_1, "1.5.3"}, {v5_0, "1.5.4"}},
       [](ProtocolVersion version, const std::string& id) { return connect(header(version, clean).string(100, id)); }},
      {"will-topic-empty",
       "with an empty Will Topic",
       {{v3_1_1, "MQTT-4.7.3-1"}, {v5_0, "MQTT-4.7.3-1"}},
       [](ProtocolVersion version, const std::string& id) {
         auto rest = header(version, clean | will).string(id);
         return connect(will_properties(rest, version).string("").string("x"));
       }},
      {"will-topic-with-wildcard",
       "with a wildcard in its Will Topic",
       {{v3_1_1, "MQTT-4.7.1-1"}, {v5_0, "MQTT-4.7.0-1"}},
       [](ProtocolVersion version, const std::string& id) {
         auto rest = header(version, clean | will).string(id);
         return connect(will_properties(rest, version).string("mqttspec/+/will").string("x"));
       },
       true},
      {"will-delay-interval-twice",
       "with two Will Delay Intervals",
       {{v5_0, "3.1.3.2.2"}},
       [](ProtocolVersion version, const std::string& id) {
         raw::Builder twice;
         for (int i = 0; i < 2; ++i) twice.property(PropertyId::will_delay_interval).four_bytes(1);
         return connect(header(version, clean | will).string(id).properties(twice).string("mqttspec/will").string("x"));
       }},
      {"authentication-data-without-method",
       "with Authentication Data but no Authentication Method",
       {{v5_0, "3.1.2.11.10"}},
       [](ProtocolVersion version, const std::string& id) {
         return connect(header(version, clean, raw::Builder().property(PropertyId::authentication_data).string("x")).string(id));
       }},
  };
}

Awaitable<void> closes_the_connection(Test& test, const Malformed& row) {
  auto client = co_await test.open();
  co_await client.send_bytes(row.build(test.version(), test.client_id("bad")));
  if (!test.is_v5() && !row.may_be_answered) {
    co_await client.expect_closed_without(wire::PacketType::connack);
    co_return;
  }
  const auto ending = co_await client.expect_closed();
  const bool accepted = std::ranges::any_of(ending.before, [](const wire::Packet& packet) {
    const auto* connack = std::get_if<wire::Connack>(&packet);
    return connack != nullptr && connack->reason_code == wire::ReasonCode::success;
  });
  test.check(!accepted, "the broker refuses the CONNECT", "CONNACK 0x00 Success");
}

}  // namespace

std::vector<Case> malformed_connect_cases() {
  std::vector<Case> cases;
  for (auto& row : malformed_connects()) {
    // One statement requires the server to close; the others are the rules that the CONNECT breaks.
    std::vector<Check> checks;
    const auto named = [&](ProtocolVersion version) { return std::ranges::find(row.checks, version, &Check::version) != row.checks.end(); };
    if (named(v3_1_1)) checks.push_back({v3_1_1, "MQTT-3.1.4-1"});
    if (named(v5_0)) checks.push_back({v5_0, "MQTT-3.1.4-1"});
    checks.insert(checks.end(), row.checks.begin(), row.checks.end());
    cases.push_back({.id = "connect/malformed/" + std::string(row.id),
                     .title = "The broker closes the Network Connection on a CONNECT " + std::string(row.title),
                     .checks = std::move(checks),
                     .run = [row](Test& test) { return closes_the_connection(test, row); }});
  }
  return cases;
}

}  // namespace mqttspec::conformance
