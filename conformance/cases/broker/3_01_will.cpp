#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

wire::Connect with_will(Test& test, QoS qos, bool retain = false) {
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic("will"), .payload = "gone", .qos = qos, .retain = retain};
  return packet;
}

Awaitable<Connection> watcher(Test& test, QoS qos) {
  auto connection = co_await test.connect();
  co_await establish(test, connection, connection, test.topic("will"), qos);
  co_return connection;
}

/// A number of seconds that suffices to reconnect, also if the broker answers slowly.
Awaitable<std::uint32_t> time_to_reconnect(Test& test) {
  const auto began = test.now();
  (void)co_await test.connect();
  co_return 1 + static_cast<std::uint32_t>(2 * std::chrono::ceil<std::chrono::seconds>(test.now() - began).count());
}

Awaitable<void> published_when_dropped(Test& test, QoS level) {
  auto watching = co_await watcher(test, level);
  auto client = co_await test.connect(with_will(test, level));
  co_await client.drop();
  co_await watching.expect<wire::Publish>(topic_name(test.topic("will")), payload("gone"), qos(level));
  co_await watching.expect_nothing_more(because("MQTT-3.1.2-10", "MQTT-3.1.2-10"));
}

Awaitable<void> published_after_protocol_error(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto client = co_await test.connect(with_will(test, QoS::at_least_once));
  co_await client.send(test.connect_packet());
  co_await client.need_closed();
  co_await watching.expect<wire::Publish>(payload("gone"));
}

Awaitable<void> published_after_malformed_packet(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto client = co_await test.connect(with_will(test, QoS::at_least_once));
  co_await client.send_bytes(wire::raw::with_flags(wire::encode(wire::build::pubrel(1), test.version()), 0x00));
  co_await client.need_closed();
  co_await watching.expect<wire::Publish>(payload("gone"));
}

Awaitable<void> published_at_takeover(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  const auto packet = with_will(test, QoS::at_least_once);
  auto client = co_await test.connect(packet);
  auto successor = packet;
  successor.will.reset();
  (void)co_await test.connect(successor);
  co_await client.need_closed();
  co_await watching.expect<wire::Publish>(payload("gone"));
}

/// Publishes a message that must be the next one: a Will Message that is already on its way would arrive first.
Awaitable<void> expect_only_later(Test& test, Connection watching) {
  auto later = co_await test.connect();
  co_await later.publish(publish(test.topic("will"), "later").qos(1));
  co_await watching.expect<wire::Publish>(payload("later"));
  co_await watching.expect_nothing_more();
}

Awaitable<void> not_after_disconnect(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto client = co_await test.connect(with_will(test, QoS::at_least_once));
  co_await leave(client);
  co_await expect_only_later(test, watching);
}

/// The same client connects without a Will and loses its connection: only a message published later is delivered.
Awaitable<void> expect_no_will_of_a_second_connection(Test& test, Connection watching, wire::Connect packet) {
  packet.will.reset();
  auto again = co_await test.connect(std::move(packet));
  co_await again.drop();
  co_await expect_only_later(test, watching);
}

Awaitable<void> not_from_earlier_connection(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  const auto packet = with_will(test, QoS::at_least_once);
  auto client = co_await test.connect(packet);
  co_await leave(client);
  co_await expect_no_will_of_a_second_connection(test, watching, packet);
}

/// The Will of the first connection has been published, so the broker must have removed it.
Awaitable<void> not_published_twice(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = test.kept_session_packet(test.client_id("kept"));
  packet.will = wire::Will{.topic = test.topic("will"), .payload = "gone", .qos = QoS::at_least_once};
  auto client = co_await test.connect(packet);
  co_await client.drop();
  co_await watching.need<wire::Publish>(payload("gone"));
  co_await expect_no_will_of_a_second_connection(test, watching, packet);
}

Awaitable<void> retained_or_not(Test& test, bool retain) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto client = co_await test.connect(with_will(test, QoS::at_least_once, retain));
  co_await client.drop();
  co_await watching.need<wire::Publish>(payload("gone"));
  auto late = co_await test.connect();
  co_await late.subscribe(test.topic("will"), QoS::at_least_once);
  if (retain)
    co_await late.expect<wire::Publish>(payload("gone"), retained());
  else
    co_await late.expect_nothing_more();
}

Awaitable<void> kept_for_later(Test& test) { return retained_or_not(test, true); }
Awaitable<void> not_kept_for_later(Test& test) { return retained_or_not(test, false); }

Awaitable<void> disconnect_with_will(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto client = co_await test.connect(with_will(test, QoS::at_least_once));
  co_await client.disconnect({.reason_code = wire::ReasonCode::disconnect_with_will_message});
  co_await watching.expect<wire::Publish>(payload("gone"));
}

Awaitable<void> delayed(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  packet.will->properties.set(wire::prop::will_delay_interval, 2);
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  auto client = co_await test.connect(packet);
  const auto dropped = test.now();
  co_await client.drop();
  const auto early = [&] {
    return "the Will Message after " + std::to_string(std::chrono::duration<double>(test.now() - dropped).count()) + " s";
  };
  co_await test.pass_time(1s);
  if (!watching.waiting(wire::PacketType::publish).empty() && test.now() - dropped < 1900ms)
    test.check(false, "no Will Message before the Will Delay Interval of 2 s has passed", early());
  co_await test.pass_time(1200ms);
  co_await watching.expect<wire::Publish>(payload("gone"));
}

Awaitable<void> not_published_after_reconnecting(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  const auto delay = co_await time_to_reconnect(test);
  packet.will->properties.set(wire::prop::will_delay_interval, delay);
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  packet.clean_start = false;
  auto client = co_await test.connect(packet);
  const auto dropped = test.now();
  co_await client.drop();
  auto successor = packet;
  successor.will.reset();
  auto again = co_await test.connect(successor);
  if (test.now() - dropped > std::chrono::seconds(delay) - 100ms)
    test.set_up_failed("reconnecting took longer than the Will Delay Interval");
  co_await test.pass_time(std::chrono::seconds(delay) + 500ms);
  co_await watching.expect_nothing_more();
}

Awaitable<void> published_when_session_ends(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  packet.will->properties.set(wire::prop::will_delay_interval, 600);
  packet.properties.set(wire::prop::session_expiry_interval, 1);
  auto client = co_await test.connect(packet);
  co_await client.drop();
  co_await test.pass_time(1s);
  co_await watching.expect<wire::Publish>(payload("gone"));
}

Awaitable<void> user_properties_in_order(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  const std::vector<wire::StringPair> pairs = {{"b", "1"}, {"a", "2"}, {"b", "3"}, {"a", "2"}, {"", ""}};
  for (const auto& pair : pairs) packet.will->properties.add(wire::prop::user_property, pair);
  auto client = co_await test.connect(packet);
  co_await client.drop();
  const auto message = co_await watching.need<wire::Publish>(payload("gone"));
  test.check(message.properties.all(wire::prop::user_property) == pairs, "the User Properties of the Will in their original order",
             wire::describe(message, v5_0));
}

Awaitable<void> empty_payload(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  packet.will->payload.clear();
  auto client = co_await test.connect(packet);
  co_await client.drop();
  co_await watching.expect<wire::Publish>(topic_name(test.topic("will")), payload(""));
}

/// The Will Message must have this property.
template <class Value>
Awaitable<void> has_will_property(Test& test, wire::PropertyKey<Value> key, Value value) {
  Connection watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  packet.will->properties.set(key, value);
  auto client = co_await test.connect(packet);
  co_await client.drop();
  const auto message = co_await watching.need<wire::Publish>(payload("gone"));
  test.check(message.properties.get(key) == value, fmt::format("the Will Message with its {}", wire::name(key.id)),
             wire::describe(message, v5_0));
}

/// The interval starts when the Will Message is published, so it may have become shorter on delivery, but not longer.
Awaitable<void> has_will_expiry(Test& test) {
  constexpr std::uint32_t interval = 600;  // seconds
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = with_will(test, QoS::at_least_once);
  packet.will->properties.set(wire::prop::message_expiry_interval, interval);
  auto client = co_await test.connect(packet);
  co_await client.drop();
  const auto message = co_await watching.need<wire::Publish>(payload("gone"));
  const auto left = message.properties.get(wire::prop::message_expiry_interval);
  test.check(left && *left <= interval && *left > interval / 2,
             "the Will Message with a Message Expiry Interval of at most 600 s and more than 300 s", wire::describe(message, v5_0));
}

std::vector<Case> will_property_cases() {
  const auto one = [](std::string id, std::string name, Check check, std::function<Awaitable<void>(Test&)> run) {
    return Case{.id = "will/" + id,
                .title = "The Will Message is published with its " + name,
                .checks = {check},
                .needs = {Capability::qos1},
                .run = std::move(run)};
  };
  return {
      one("payload-format-indicator", "Payload Format Indicator", {v5_0, "3.1.3.2.3"},
          [](Test& test) { return has_will_property<std::uint32_t>(test, wire::prop::payload_format_indicator, 1); }),
      one("message-expiry-interval", "Message Expiry Interval", {v5_0, "3.1.3.2.4"}, has_will_expiry),
      one("content-type", "Content Type", {v5_0, "3.1.3.2.5"},
          [](Test& test) { return has_will_property<std::string>(test, wire::prop::content_type, "Text/Plain; ü"); }),
      one("response-topic", "Response Topic", {v5_0, "3.1.3.2.6"},
          [](Test& test) { return has_will_property<std::string>(test, wire::prop::response_topic, test.topic("Answer/")); }),
      one("correlation-data", "Correlation Data", {v5_0, "3.1.3.2.7"},
          [](Test& test) { return has_will_property(test, wire::prop::correlation_data, std::string("\0\xFF\x31", 3)); }),
  };
}

}  // namespace

std::vector<Case> will_cases() {
  std::vector<Case> cases;
  for (const auto level : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once})
    cases.push_back(
        {.id = "will/published-when-connection-is-lost/qos" + std::to_string(wire::number(level)),
         .title = "A QoS " + std::to_string(wire::number(level)) + " Will Message is published once when the connection is lost",
         .checks = {{v3_1_1, "MQTT-3.1.2-8"},
                    {v3_1_1, "MQTT-3.1.2-9"},
                    {v3_1_1, "MQTT-3.1.2-10"},
                    {v5_0, "MQTT-3.1.2-8"},
                    {v5_0, "MQTT-3.1.2-7"},
                    {v5_0, "MQTT-3.1.2-10"},
                    {v5_0, "3.1.2.6"}},
         .needs = level == QoS::at_most_once ? std::vector<Capability>{} : std::vector{Capability::qos2},
         .run = [level](Test& test) { return published_when_dropped(test, level); }});
  const std::vector<Case> others = {
      {.id = "will/published-after-malformed-packet",
       .title = "The Will Message is published when the broker closes the Network Connection because of a Malformed Packet",
       .checks = {{v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .run = published_after_malformed_packet},
      {.id = "will/published-after-protocol-error",
       .title = "The Will Message is published when the broker closes the Network Connection because of a second CONNECT",
       .checks = {{v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .run = published_after_protocol_error},
      {.id = "will/published-at-takeover",
       .title = "A Will Message without delay is published when another connection takes over the Client Identifier",
       .checks = {{v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .run = published_at_takeover},
      {.id = "will/not-published-after-disconnect",
       .title = "The Will Message is not published after DISCONNECT",
       .checks = {{v3_1_1, "MQTT-3.14.4-3"}, {v3_1_1, "MQTT-3.1.2-10"}, {v5_0, "MQTT-3.14.4-3"}, {v5_0, "MQTT-3.1.2-10"}},
       .needs = {Capability::qos1},
       .run = not_after_disconnect},
      {.id = "will/not-published-for-next-connection",
       .title = "No Will Message is published for a connection without a Will, even if the client's last connection had one",
       .checks = {{v3_1_1, "MQTT-3.1.2-12"}, {v3_1_1, "MQTT-3.1.2-10"}, {v5_0, "MQTT-3.1.2-10"}},
       .needs = {Capability::qos1},
       .run = not_from_earlier_connection},
      {.id = "will/not-published-twice",
       .title = "A published Will Message is not published again when the next connection of the Session, without a Will, is lost",
       .checks = {{v3_1_1, "MQTT-3.1.2-10"}, {v3_1_1, "MQTT-3.1.2-12"}, {v5_0, "MQTT-3.1.2-10"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = not_published_twice},
      {.id = "will/retained",
       .title = "A Will Message with Will Retain 1 is published as a retained message",
       .checks = {{v3_1_1, "MQTT-3.1.2-17"}, {v5_0, "MQTT-3.1.2-15"}},
       .needs = {Capability::qos1, Capability::retained},
       .run = kept_for_later},
      {.id = "will/not-retained",
       .title = "A Will Message with Will Retain 0 is not retained",
       .checks = {{v3_1_1, "MQTT-3.1.2-16"}, {v5_0, "MQTT-3.1.2-14"}},
       .needs = {Capability::qos1},
       .run = not_kept_for_later},
      {.id = "will/disconnect-with-will",
       .title = "The Will Message is published after DISCONNECT with Reason Code 0x04",
       .checks = {{v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .run = disconnect_with_will},
      {.id = "will/delayed",
       .title = "The Will Message is published after its Will Delay Interval, not earlier",
       .checks = {{v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = delayed},
      {.id = "will/not-published-after-reconnecting",
       .title = "The Will Message is not published if the client reconnects within the Will Delay Interval",
       .checks = {{v5_0, "MQTT-3.1.3-9"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = not_published_after_reconnecting},
      {.id = "will/published-when-session-ends",
       .title = "A Will Message whose delay is longer than the Session is published when the Session ends",
       .checks = {{v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = published_when_session_ends},
      {.id = "will/empty-payload",
       .title = "A Will Message with an empty payload is published",
       .checks = {{v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .run = empty_payload},
      {.id = "will/user-properties-in-order",
       .title = "The User Properties of the Will Message are published in their original order",
       .checks = {{v5_0, "MQTT-3.1.3-10"}, {v5_0, "3.1.3.2.8"}},
       .needs = {Capability::qos1},
       .run = user_properties_in_order},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  auto properties = will_property_cases();
  cases.insert(cases.end(), properties.begin(), properties.end());
  return cases;
}

}  // namespace mqttspec::conformance
