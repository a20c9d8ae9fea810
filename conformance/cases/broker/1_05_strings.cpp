#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/raw.hpp"

#include <fmt/format.h>

#include <functional>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::PacketType;
namespace raw = wire::raw;

/// Bytes that no UTF-8 Encoded String may contain.
struct BadText {
  std::string_view id;
  std::string_view what;
  std::string_view bytes;
  Check in_3_1_1;
  Check in_5_0;
};

constexpr BadText bad_texts[] = {
    {"stray-continuation-byte", "a continuation byte without a lead byte", "a\x80", {v3_1_1, "MQTT-1.5.3-1"}, {v5_0, "MQTT-1.5.4-1"}},
    {"overlong", "an overlong encoding", "a\xC0\xAF", {v3_1_1, "MQTT-1.5.3-1"}, {v5_0, "MQTT-1.5.4-1"}},
    {"surrogate", "a surrogate code point", "a\xED\xA0\x80", {v3_1_1, "MQTT-1.5.3-1"}, {v5_0, "MQTT-1.5.4-1"}},
    {"beyond-unicode", "a code point beyond U+10FFFF", "a\xF4\x90\x80\x80", {v3_1_1, "MQTT-1.5.3-1"}, {v5_0, "MQTT-1.5.4-1"}},
    {"truncated", "a truncated character", "a\xE2\x82", {v3_1_1, "MQTT-1.5.3-1"}, {v5_0, "MQTT-1.5.4-1"}},
    {"null-character", "U+0000", std::string_view("a\0b", 3), {v3_1_1, "MQTT-1.5.3-2"}, {v5_0, "MQTT-1.5.4-2"}},
};

/// A packet that contains such a string.
struct Carrier {
  std::string_view id;
  std::string_view what;
  wire::Bytes (*build)(ProtocolVersion version, const std::string& text);
};

wire::Bytes in_publish_topic(ProtocolVersion version, const std::string& text) {
  raw::Builder rest;
  rest.string(text);
  if (version == v5_0) rest.properties({});
  return raw::packet(PacketType::publish, 0, rest.text("x"));
}

wire::Bytes in_subscribe_filter(ProtocolVersion version, const std::string& text) {
  raw::Builder rest;
  rest.two_bytes(1);
  if (version == v5_0) rest.properties({});
  return raw::packet(PacketType::subscribe, 0x02, rest.string(text).byte(0));
}

wire::Bytes in_unsubscribe_filter(ProtocolVersion version, const std::string& text) {
  raw::Builder rest;
  rest.two_bytes(1);
  if (version == v5_0) rest.properties({});
  return raw::packet(PacketType::unsubscribe, 0x02, rest.string(text));
}

constexpr Carrier carriers[] = {
    {"publish-topic", "the Topic Name of a PUBLISH", in_publish_topic},
    {"subscribe-filter", "a Topic Filter of a SUBSCRIBE", in_subscribe_filter},
    {"unsubscribe-filter", "a Topic Filter of an UNSUBSCRIBE", in_unsubscribe_filter},
};

Awaitable<void> closes_the_connection(Test& test, const BadText& text, const Carrier& carrier) {
  auto client = co_await test.connect();
  co_await client.send_bytes(carrier.build(test.version(), test.topic(text.bytes)));
  co_await client.expect_closed();
}

/// The statement that requires UTF-8 in this packet.
std::vector<Check> checks_of_carrier(const Carrier& carrier) {
  if (carrier.id == "publish-topic") return {{v3_1_1, "MQTT-3.3.2-1"}, {v5_0, "MQTT-3.3.2-1"}};
  if (carrier.id == "subscribe-filter") return {{v3_1_1, "MQTT-3.8.3-1"}, {v5_0, "MQTT-3.8.3-1"}};
  return {{v3_1_1, "MQTT-3.10.3-1"}, {v5_0, "MQTT-3.10.3-1"}};
}

Awaitable<void> arrives_unaltered(Test& test, std::string level) {
  const auto topic = test.topic(level);
  auto client = co_await test.connect();
  co_await client.subscribe(topic, wire::QoS::at_least_once);
  const auto got = co_await expect_delivery(test, {client}, client, publish(topic, "x").qos(1));
  test.check(got.front().topic == topic, "topic " + wire::quote(topic), wire::describe(got.front(), test.version()));
}

Awaitable<void> byte_order_mark(Test& test) {
  return arrives_unaltered(test,
                           "\xEF\xBB\xBF"
                           "starts with a byte order mark");
}

Awaitable<void> byte_order_mark_is_significant(Test& test) {
  auto client = co_await test.connect();
  co_await establish(test, client, client, test.topic("mark"), wire::QoS::at_least_once);
  co_await client.publish(publish(test.topic("\xEF\xBB\xBF"
                                             "mark"),
                                  "another topic")
                              .qos(1));
  co_await client.publish(publish(test.topic("mark"), "this topic").qos(1));
  co_await client.expect<wire::Publish>(payload("this topic"));
}

/// Two Client Identifiers that differ only in U+FEFF belong to two clients. A broker need not accept such characters.
Awaitable<void> byte_order_mark_in_client_id(Test& test) {
  auto packet = test.connect_packet();
  packet.client_id = test.client_id("m");
  auto first = co_await test.connect(packet);
  packet.client_id.insert(0, "\xEF\xBB\xBF");
  auto second = co_await test.begin_connect(packet);
  if (!co_await second.has_come(PacketType::connack)) test.not_applicable("the broker refuses a Client Identifier with U+FEFF");
  if ((co_await second.need<wire::Connack>()).reason_code != wire::ReasonCode::success)
    test.not_applicable("the broker refuses a Client Identifier with U+FEFF");
  co_await second.fence();
  co_await first.expect_alive();
}

}  // namespace

std::vector<Case> string_cases() {
  std::vector<Case> cases;
  for (const auto& carrier : carriers)
    for (const auto& text : bad_texts) {
      // In 3.1.1 the same statement requires the receiver to close the Network Connection; in 5.0 it is a separate one.
      std::vector<Check> checks = {text.in_3_1_1, {v5_0, "MQTT-4.13.1-1"}, text.in_5_0};
      const auto own = checks_of_carrier(carrier);
      checks.insert(checks.end(), own.begin(), own.end());
      if (text.id == "null-character") {
        checks.push_back({v3_1_1, "MQTT-4.7.3-2"});
        checks.push_back({v5_0, "MQTT-4.7.3-2"});
      }
      cases.push_back({.id = "utf8/" + std::string(carrier.id) + "/" + std::string(text.id),
                       .title = fmt::format("The broker closes the Network Connection if {} contains {}", carrier.what, text.what),
                       .checks = std::move(checks),
                       .run = [&text, &carrier](Test& test) { return closes_the_connection(test, text, carrier); }});
    }
  cases.push_back({.id = "utf8/byte-order-mark-is-kept",
                   .title = "U+FEFF at the start of a topic level is delivered unchanged",
                   .checks = {{v3_1_1, "MQTT-1.5.3-3"}, {v5_0, "MQTT-1.5.4-3"}},
                   .needs = {Capability::qos1},
                   .run = byte_order_mark});
  cases.push_back({.id = "utf8/byte-order-mark-is-significant",
                   .title = "Topic Names that differ only in U+FEFF are different topics",
                   .checks = {{v3_1_1, "MQTT-1.5.3-3"}, {v3_1_1, "MQTT-4.7.3-4"}, {v5_0, "MQTT-1.5.4-3"}, {v5_0, "MQTT-4.7.3-4"}},
                   .needs = {Capability::qos1},
                   .run = byte_order_mark_is_significant});
  cases.push_back({.id = "utf8/byte-order-mark-in-client-id-is-significant",
                   .title = "Client Identifiers that differ only in U+FEFF belong to different clients",
                   .checks = {{v3_1_1, "MQTT-1.5.3-3"}, {v5_0, "MQTT-1.5.4-3"}},
                   .run = byte_order_mark_in_client_id});
  return cases;
}

}  // namespace mqttspec::conformance
