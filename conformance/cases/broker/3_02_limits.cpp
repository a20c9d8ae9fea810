#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <algorithm>

namespace mqttspec::conformance {

namespace {

using namespace wire::build;
using wire::QoS;

/// A case with more messages would take too long.
constexpr std::uint32_t most_messages = 1'000;

/// A limit from CONNACK, and the client that received it. The case does not apply if CONNACK has no such limit.
struct Limited {
  Connection client;
  std::uint32_t limit;
};

Awaitable<Limited> connect_limited(Test& test, wire::PropertyKey<std::uint32_t> key) {
  auto client = co_await test.connect();
  const auto limit = client.connack().properties.get(key);
  if (!limit) test.not_applicable("CONNACK has no " + std::string(wire::name(key.id)));
  co_return Limited{std::move(client), *limit};
}

QoS above(std::uint32_t maximum_qos) { return static_cast<QoS>(maximum_qos + 1); }

Awaitable<void> publish_above_maximum_qos(Test& test) {
  auto [client, limit] = co_await connect_limited(test, wire::prop::maximum_qos);
  co_await client.send(publish(test.topic(), "x").qos(above(limit)).packet_id(1));
  co_await client.expect_closed();
}

Awaitable<void> retain_not_available(Test& test) {
  auto [client, available] = co_await connect_limited(test, wire::prop::retain_available);
  if (available != 0) test.not_applicable("retained messages are available");
  co_await client.send(publish(test.topic(), "x").retain());
  co_await client.expect_closed();
}

Awaitable<void> expect_will_refused(Test& test, wire::Will will) {
  auto packet = test.connect_packet();
  packet.will = std::move(will);
  auto client = co_await test.begin_connect(packet);
  const auto ending = co_await client.expect_closed();
  for (const auto& each : ending.before)
    if (const auto* connack = std::get_if<wire::Connack>(&each))
      test.check(wire::is_error(connack->reason_code), "CONNACK with a code of 0x80 or above, or none", wire::describe(*connack, v5_0));
}

Awaitable<void> will_above_maximum_qos(Test& test) {
  const auto [client, limit] = co_await connect_limited(test, wire::prop::maximum_qos);
  co_await expect_will_refused(test, {.topic = test.topic(), .payload = "x", .qos = above(limit)});
}

Awaitable<void> will_retain_not_available(Test& test) {
  const auto [client, available] = co_await connect_limited(test, wire::prop::retain_available);
  if (available != 0) test.not_applicable("retained messages are available");
  co_await expect_will_refused(test, {.topic = test.topic(), .payload = "x", .retain = true});
}

/// Whether a PUBREC has rejected this message.
bool is_rejected(const Connection& client, std::uint16_t id) {
  const auto answers = client.waiting(wire::PacketType::pubrec);
  return std::ranges::any_of(answers, [id](const wire::Packet& packet) {
    const auto& pubrec = std::get<wire::Pubrec>(packet);
    return pubrec.packet_id.value() == id && wire::is_error(pubrec.reason_code);
  });
}

/// 3.3.4 requires the Server to disconnect, in a sentence without a number. A Server that only rejects the excess enforces its limit, too.
Awaitable<void> more_than_receive_maximum(Test& test) {
  auto [client, limit] = co_await connect_limited(test, wire::prop::receive_maximum);
  if (limit > most_messages) test.not_applicable("the Receive Maximum is too large to reach");
  for (std::uint32_t id = 1; id <= limit + 1; ++id)
    co_await client.send(publish(test.topic(), "never released").qos(2).packet_id(static_cast<std::uint16_t>(id)));
  co_await client.send(wire::Pingreq{});
  co_await client.has_come(wire::PacketType::pingresp);
  if (!is_rejected(client, static_cast<std::uint16_t>(limit + 1))) co_await client.expect_closed();
}

Awaitable<void> topic_alias_above_maximum(Test& test) {
  auto client = co_await test.connect();
  const auto maximum = client.connack().properties.get(wire::prop::topic_alias_maximum).value_or(0);
  if (maximum == 65'535) test.not_applicable("every Topic Alias is allowed");
  co_await client.send(publish(test.topic(), "x").property(wire::prop::topic_alias, maximum + 1));
  co_await client.expect_closed();
}

Awaitable<void> highest_topic_alias(Test& test) {
  auto [client, limit] = co_await connect_limited(test, wire::prop::topic_alias_maximum);
  if (limit == 0) test.not_applicable("the broker does not accept Topic Aliases");
  auto subscriber = co_await test.connect();
  co_await establish(test, subscriber, client, test.topic(), QoS::at_least_once);
  co_await client.send(publish(test.topic(), "first").qos(1).packet_id(1).property(wire::prop::topic_alias, limit));
  co_await client.send(publish("", "second").qos(1).packet_id(2).property(wire::prop::topic_alias, limit));
  co_await subscriber.expect<wire::Publish>(payload("first"), topic_name(test.topic()));
  co_await subscriber.expect<wire::Publish>(payload("second"), topic_name(test.topic()));
}

Awaitable<void> topic_alias_ends_with_connection(Test& test) {
  auto client = co_await connect_kept(test);
  if (client.connack().properties.get(wire::prop::topic_alias_maximum).value_or(0) == 0)
    test.not_applicable("the broker does not accept Topic Aliases");
  co_await client.publish(publish(test.topic(), "x").qos(1).property(wire::prop::topic_alias, 1));
  co_await leave(client);
  auto again = co_await resume_kept(test);
  co_await again.send(publish("", "of an earlier connection").qos(1).packet_id(1).property(wire::prop::topic_alias, 1));
  co_await again.expect_closed();
}

}  // namespace

std::vector<Case> limit_cases() {
  return {
      {.id = "limits/publish-above-maximum-qos",
       .title = "The broker closes the Network Connection on a PUBLISH above its Maximum QoS",
       .checks = {{v5_0, "3.2.2.3.4"}, {v5_0, "MQTT-4.13.1-1"}},
       .run = publish_above_maximum_qos},
      {.id = "limits/will-above-maximum-qos",
       .title = "A CONNECT with a Will QoS above the broker's Maximum QoS is refused",
       .checks = {{v5_0, "MQTT-3.2.2-12"}},
       .run = will_above_maximum_qos},
      {.id = "limits/retain-not-available",
       .title = "The broker closes the Network Connection on a PUBLISH with RETAIN 1 if its Retain Available is 0",
       .checks = {{v5_0, "3.2.2.3.5"}, {v5_0, "MQTT-4.13.1-1"}},
       .run = retain_not_available},
      {.id = "limits/will-retain-not-available",
       .title = "A CONNECT with Will Retain 1 is refused if the broker's Retain Available is 0",
       .checks = {{v5_0, "MQTT-3.2.2-13"}},
       .run = will_retain_not_available},
      {.id = "limits/receive-maximum",
       .title = "A QoS 2 PUBLISH that exceeds the broker's Receive Maximum is rejected, or the broker closes the Network Connection",
       .checks = {{v5_0, "3.3.4"}},
       .needs = {Capability::qos2},
       .run = more_than_receive_maximum},
      {.id = "limits/topic-alias-above-maximum",
       .title = "The broker closes the Network Connection on a Topic Alias above its Topic Alias Maximum",
       .checks = {{v5_0, "3.3.2.3.4"}, {v5_0, "MQTT-4.13.1-1"}},
       .run = topic_alias_above_maximum},
      {.id = "limits/highest-topic-alias",
       .title = "A Topic Alias equal to the broker's Topic Alias Maximum is accepted",
       .checks = {{v5_0, "MQTT-3.3.2-12"}},
       .needs = {Capability::qos1},
       .run = highest_topic_alias},
      {.id = "limits/topic-alias-ends-with-connection",
       .title = "A Topic Alias is not valid on the next connection of its Session",
       .checks = {{v5_0, "MQTT-3.3.2-7"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = topic_alias_ends_with_connection},
  };
}

}  // namespace mqttspec::conformance
