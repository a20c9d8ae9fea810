#include "conformance/cases/broker/malformed.hpp"
#include "conformance/cases/broker/sections.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <functional>
#include <optional>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::PacketType;
namespace raw = wire::raw;

constexpr auto malformed_topic = "mqttspec/malformed";
constexpr auto shared_topic = "$share/mqttspec/malformed";

/// A packet that a connected client must not send.
struct Malformed {
  std::string_view id;
  std::string_view title;     ///< continues "The broker closes the Network Connection on …"
  std::vector<Check> checks;  ///< the versions of these are the versions of the case
  wire::Bytes (*build)(ProtocolVersion version);
  std::vector<Capability> needs = {};
};

wire::Bytes with_flags(const wire::Packet& packet, ProtocolVersion version, std::uint8_t flags) {
  return raw::with_flags(wire::encode(packet, version), flags);
}

raw::Builder after_packet_id(ProtocolVersion version, std::uint16_t id) {
  raw::Builder rest;
  rest.two_bytes(id);
  if (version == v5_0) rest.properties({});
  return rest;
}

wire::Bytes publish_with_flags(ProtocolVersion version, std::uint8_t flags, std::optional<std::uint16_t> id) {
  raw::Builder rest;
  rest.string(malformed_topic);
  if (id) rest.two_bytes(*id);
  if (version == v5_0) rest.properties({});
  return raw::packet(PacketType::publish, flags, rest.text("x"));
}

wire::Bytes subscribe_with_options(ProtocolVersion version, std::string_view filter, std::uint8_t options) {
  return raw::packet(PacketType::subscribe, 0x02, after_packet_id(version, 1).string(filter).byte(options));
}

std::vector<Malformed> malformed_packets() {
  return {
      {"reserved-type-0",
       "a packet of reserved type 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion) { return raw::packet(0x00, {0}, {}); }},
      {"reserved-type-15",
       "a packet of type 15, which is reserved in 3.1.1",
       {{v3_1_1, "MQTT-4.8.0-1"}},
       [](ProtocolVersion) { return raw::packet(0xF0, {0}, {}); }},
      {"remaining-length-of-five-bytes",
       "a Remaining Length of more than four bytes",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion) { return wire::Bytes{0xC0, 0x80, 0x80, 0x80, 0x80, 0x01}; }},
      {"pingreq-flags",
       "a PINGREQ with reserved flags set",
       {{v3_1_1, "MQTT-2.2.2-2"}, {v3_1_1, "MQTT-2.2.2-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.1.3-1"}},
       [](ProtocolVersion version) { return with_flags(wire::Pingreq{}, version, 0x02); }},
      {"puback-flags",
       "a PUBACK with reserved flags set",
       {{v3_1_1, "MQTT-2.2.2-2"}, {v3_1_1, "MQTT-2.2.2-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.1.3-1"}},
       [](ProtocolVersion version) { return with_flags(wire::Puback{.packet_id = wire::PacketId(1)}, version, 0x02); }},
      {"pubrec-flags",
       "a PUBREC with reserved flags set",
       {{v3_1_1, "MQTT-2.2.2-2"}, {v3_1_1, "MQTT-2.2.2-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.1.3-1"}},
       [](ProtocolVersion version) { return with_flags(wire::Pubrec{.packet_id = wire::PacketId(1)}, version, 0x02); }},
      {"pubcomp-flags",
       "a PUBCOMP with reserved flags set",
       {{v3_1_1, "MQTT-2.2.2-2"}, {v3_1_1, "MQTT-2.2.2-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.1.3-1"}},
       [](ProtocolVersion version) { return with_flags(wire::Pubcomp{.packet_id = wire::PacketId(1)}, version, 0x02); }},
      {"pubrel-flags",
       "a PUBREL without the flags 0010",
       {{v3_1_1, "MQTT-3.6.1-1"}, {v5_0, "MQTT-3.6.1-1"}},
       [](ProtocolVersion version) { return with_flags(pubrel(1), version, 0x00); }},
      {"subscribe-flags",
       "a SUBSCRIBE without the flags 0010",
       {{v3_1_1, "MQTT-3.8.1-1"}, {v5_0, "MQTT-3.8.1-1"}},
       [](ProtocolVersion version) { return with_flags(subscribe(1, malformed_topic), version, 0x00); }},
      {"unsubscribe-flags",
       "an UNSUBSCRIBE without the flags 0010",
       {{v3_1_1, "MQTT-3.10.1-1"}, {v5_0, "MQTT-3.10.1-1"}},
       [](ProtocolVersion version) { return with_flags(unsubscribe(1, {malformed_topic}), version, 0x00); }},
      {"publish-qos-3",
       "a PUBLISH with QoS 3",
       {{v3_1_1, "MQTT-3.3.1-4"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.3.1-4"}},
       [](ProtocolVersion version) { return publish_with_flags(version, 0x06, 1); }},
      {"publish-dup-on-qos-0",
       "a QoS 0 PUBLISH with DUP 1",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.3.1-2"}},
       [](ProtocolVersion version) { return publish_with_flags(version, 0x08, std::nullopt); }},
      {"publish-packet-id-0",
       "a QoS 1 PUBLISH with Packet Identifier 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-2.3.1-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.2.1-3"}},
       [](ProtocolVersion version) { return publish_with_flags(version, 0x02, std::uint16_t{0}); }},
      {"subscribe-packet-id-0",
       "a SUBSCRIBE with Packet Identifier 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-2.3.1-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.2.1-3"}},
       [](ProtocolVersion version) {
         return raw::packet(PacketType::subscribe, 0x02, after_packet_id(version, 0).string(malformed_topic).byte(0));
       }},
      {"unsubscribe-packet-id-0",
       "an UNSUBSCRIBE with Packet Identifier 0",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-2.3.1-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-2.2.1-3"}},
       [](ProtocolVersion version) {
         return raw::packet(PacketType::unsubscribe, 0x02, after_packet_id(version, 0).string(malformed_topic));
       }},
      {"subscribe-without-filter",
       "a SUBSCRIBE without a Topic Filter",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.8.3-3"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.8.3-2"}},
       [](ProtocolVersion version) { return raw::packet(PacketType::subscribe, 0x02, after_packet_id(version, 1)); }},
      {"unsubscribe-without-filter",
       "an UNSUBSCRIBE without a Topic Filter",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.10.3-2"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.10.3-2"}},
       [](ProtocolVersion version) { return raw::packet(PacketType::unsubscribe, 0x02, after_packet_id(version, 1)); }},
      {"subscribe-qos-3",
       "a SUBSCRIBE that requests QoS 3",
       {{v3_1_1, "MQTT-3-8.3-4"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.8.3.1"}},
       [](ProtocolVersion version) { return subscribe_with_options(version, malformed_topic, 3); }},
      {"subscribe-reserved-bits",
       "a SUBSCRIBE with a reserved bit set after the Topic Filter",
       {{v3_1_1, "MQTT-3-8.3-4"}, {v5_0, "MQTT-3.8.3-5"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion version) { return subscribe_with_options(version, malformed_topic, 0x40); }},
      {"subscribe-retain-handling-3",
       "a SUBSCRIBE with Retain Handling 3",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.8.3.1"}},
       [](ProtocolVersion version) { return subscribe_with_options(version, malformed_topic, 0x30); }},
      {"publish-empty-topic",
       "a PUBLISH with an empty Topic Name and no Topic Alias",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-4.7.3-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-4.7.3-1"}},
       [](ProtocolVersion version) { return wire::encode(publish("", "x"), version); }},
      {"publish-topic-alias-0",
       "a PUBLISH with Topic Alias 0",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.3.2-8"}},
       [](ProtocolVersion version) { return wire::encode(publish(malformed_topic, "x").property(wire::prop::topic_alias, 0), version); }},
      {"publish-content-type-twice",
       "a PUBLISH with two Content Types",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.2"}},
       [](ProtocolVersion) {
         raw::Builder twice;
         for (int i = 0; i < 2; ++i) twice.property(wire::PropertyId::content_type).string("text");
         return raw::packet(PacketType::publish, 0, raw::Builder().string(malformed_topic).properties(twice).text("x"));
       }},
      {"subscribe-no-local-on-shared-subscription",
       "a SUBSCRIBE with No Local on a Shared Subscription",
       {{v5_0, "MQTT-3.8.3-4"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion version) { return subscribe_with_options(version, shared_topic, 0x04); },
       {Capability::shared_subscriptions}},
      {"subscribe-subscription-identifier-twice",
       "a SUBSCRIBE with two Subscription Identifiers",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "2.2.2.2"}, {v5_0, "3.8.2.1.2"}},
       [](ProtocolVersion) {
         raw::Builder twice;
         for (std::uint32_t i = 1; i <= 2; ++i) twice.property(wire::PropertyId::subscription_identifier).variable_byte_integer(i);
         return raw::packet(PacketType::subscribe, 0x02, raw::Builder().two_bytes(1).properties(twice).string(malformed_topic).byte(0));
       }},
      {"publish-with-subscription-identifier",
       "a PUBLISH with a Subscription Identifier, which only a server sends",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.3.4-6"}},
       [](ProtocolVersion version) {
         return wire::encode(publish(malformed_topic, "x").property(wire::prop::subscription_identifier, 1), version);
       }},
      {"subscribe-subscription-identifier-0",
       "a SUBSCRIBE with Subscription Identifier 0",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "3.8.2.1.2"}},
       [](ProtocolVersion version) {
         auto packet = subscribe(1, malformed_topic);
         packet.properties.set(wire::prop::subscription_identifier, 0);
         return wire::encode(packet, version);
       }},
      {"connack-from-client",
       "a CONNACK, which only a server sends",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion version) { return wire::encode(wire::Connack{}, version); }},
      {"suback-from-client",
       "a SUBACK, which only a server sends",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion version) {
         return wire::encode(wire::Suback{.packet_id = wire::PacketId(1), .reason_codes = {wire::ReasonCode::granted_qos_0}}, version);
       }},
      {"pingresp-from-client",
       "a PINGRESP, which only a server sends",
       {{v3_1_1, "MQTT-4.8.0-1"}, {v5_0, "MQTT-4.13.1-1"}},
       [](ProtocolVersion version) { return wire::encode(wire::Pingresp{}, version); }},
      {"auth-without-authentication-method",
       "an AUTH if the CONNECT had no Authentication Method",
       {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-4.12.0-7"}},
       [](ProtocolVersion version) { return wire::encode(wire::Auth{.reason_code = wire::ReasonCode::reauthenticate}, version); }},
  };
}

/// After any error the broker sends DISCONNECT before it closes the Network Connection.
Awaitable<void> sends_disconnect(Test& test, wire::Bytes malformed) {
  auto client = co_await test.connect();
  co_await client.send_bytes(std::move(malformed));
  const auto ending = co_await client.need_closed();
  test.recommend(ending.disconnect.has_value(), "DISCONNECT with a Reason Code before the broker closes the Network Connection",
                 "no DISCONNECT before the Network Connection was closed");
}
Awaitable<void> disconnect_after_malformed_packet(Test& test) { return sends_disconnect(test, publish_with_flags(v5_0, 0x06, 1)); }
/// Not a second CONNECT, since errors in a CONNECT may be reported by CONNACK instead.
Awaitable<void> disconnect_after_protocol_error(Test& test) {
  return sends_disconnect(test, subscribe_with_options(v5_0, malformed_topic, 0x30));
}

}  // namespace

std::vector<Case> malformed_packet_cases() {
  std::vector<Case> cases;
  for (auto& row : malformed_packets())
    cases.push_back({.id = "malformed/" + std::string(row.id),
                     .title = "The broker closes the Network Connection on " + std::string(row.title),
                     .checks = row.checks,
                     .needs = row.needs,
                     .run = [row](Test& test) { return ends_the_connection(test, row.build(test.version())); }});
  cases.push_back({.id = "disconnect/sent-before-closing/malformed-packet",
                   .title = "The broker sends DISCONNECT before it closes the Network Connection because of a Malformed Packet",
                   .checks = {{v5_0, "4.13.1"}},
                   .run = disconnect_after_malformed_packet});
  cases.push_back({.id = "disconnect/sent-before-closing/protocol-error",
                   .title = "The broker sends DISCONNECT before it closes the Network Connection because of a Protocol Error",
                   .checks = {{v5_0, "4.13.1"}},
                   .run = disconnect_after_protocol_error});
  return cases;
}

}  // namespace mqttspec::conformance
