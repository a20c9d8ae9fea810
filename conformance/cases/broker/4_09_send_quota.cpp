#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <string>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
namespace prop = wire::prop;

/// A subscriber that takes so many messages at a time and acknowledges by hand, and who publishes.
Awaitable<Pair> connect_with_receive_maximum(Test& test, std::uint16_t receive_maximum, QoS level) {
  auto packet = test.connect_packet();
  packet.properties.set(prop::receive_maximum, receive_maximum);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), level);
  // With QoS 0, which no Receive Maximum holds back.
  co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_most_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

/// Each message but the first waits for the acknowledgement of the one before.
Awaitable<void> one_at_a_time(Test& test) {
  constexpr int count = 3;
  auto [subscriber, publisher] = co_await connect_with_receive_maximum(test, 1, QoS::at_least_once);
  for (int i = 1; i <= count; ++i) co_await publisher.publish(publish(test.topic(), std::to_string(i)).qos(1));
  for (int i = 1; i <= count; ++i) {
    const auto message = co_await subscriber.expect<wire::Publish>(payload(std::to_string(i)), because("", "MQTT-4.9.0-1"));
    co_await test.pass_time(test.settle());
    test.check(subscriber.waiting(wire::PacketType::publish).empty(), "no second message before the first is acknowledged",
               "a message more than Receive Maximum 1 allows", because("", "MQTT-4.9.0-2"));
    if (!message.packet_id) test.set_up_failed("the message came with QoS 0");
    co_await subscriber.send(puback(message.packet_id->value()));
  }
}

/// PUBREC does not free the place of a QoS 2 message, PUBCOMP does.
Awaitable<void> pubcomp_frees_the_place(Test& test) {
  auto [subscriber, publisher] = co_await connect_with_receive_maximum(test, 1, QoS::exactly_once);
  for (const char* const text : {"1", "2"}) co_await publisher.publish(publish(test.topic(), text).qos(2));
  const auto first = co_await subscriber.need<wire::Publish>(payload("1"), qos(2));
  const auto id = first.packet_id->value();
  co_await subscriber.send(pubrec(id));
  co_await subscriber.need<wire::Pubrel>(packet_id(id));
  co_await test.pass_time(test.settle());
  test.check(subscriber.waiting(wire::PacketType::publish).empty(), "no second message before PUBCOMP",
             "a message more than Receive Maximum 1 allows");
  co_await subscriber.send(pubcomp(id));
  co_await subscriber.expect<wire::Publish>(payload("2"));
}

/// Everything but PUBLISH goes on while the client owes an acknowledgement.
Awaitable<void> other_packets_go_on(Test& test) {
  auto [client, publisher] = co_await connect_with_receive_maximum(test, 1, QoS::at_least_once);
  for (const char* const text : {"1", "2"}) co_await publisher.publish(publish(test.topic(), text).qos(1));
  co_await client.need<wire::Publish>(payload("1"));
  co_await client.send(publish(test.topic("other"), "x").qos(1).packet_id(1));
  co_await client.expect<wire::Puback>(packet_id(1));
  co_await client.send(publish(test.topic("other"), "x").qos(2).packet_id(2));
  co_await client.expect<wire::Pubrec>(packet_id(2));
  co_await client.send(pubrel(2));
  co_await client.expect<wire::Pubcomp>(packet_id(2));
  co_await client.send_together({subscribe(3, test.topic("third")), unsubscribe(4, {test.topic("third")}), wire::Pingreq{}});
  co_await client.expect<wire::Suback>(packet_id(3));
  co_await client.expect<wire::Unsuback>(packet_id(4));
  co_await client.expect<wire::Pingresp>();
}

// ---- Topic Aliases of the broker

/// Publishes to several topics, several times, to a client with this Topic Alias Maximum. What the aliases stand for is a rule of conduct.
Awaitable<void> topic_aliases(Test& test, std::uint32_t maximum, because reason) {
  auto packet = test.connect_packet();
  if (maximum > 0) packet.properties.set(prop::topic_alias_maximum, maximum);
  auto client = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await client.subscribe(test.topic("#"), QoS::at_least_once);
  co_await warm_up(test, client, publisher, test.topic("0"), QoS::at_least_once);
  for (int i = 0; i < 12; ++i) {
    const auto text = std::to_string(i % 4);
    co_await publisher.publish(publish(test.topic(text), text).qos(1));
    const auto message = co_await client.need<wire::Publish>(payload(text));
    const auto alias = message.properties.get(prop::topic_alias);
    test.check(!alias || *alias <= maximum, maximum == 0 ? "no Topic Alias" : fmt::format("a Topic Alias up to {}, if any", maximum),
               wire::describe(message, v5_0), reason);
  }
}

}  // namespace

std::vector<Case> send_quota_cases() {
  return {
      {.id = "flow/one-message-at-a-time",
       .title = "A client with Receive Maximum 1 gets one message, and the next when it has acknowledged that",
       .checks = {{v5_0, "MQTT-4.9.0-1"}, {v5_0, "MQTT-4.9.0-2"}},
       .needs = {Capability::qos1},
       .run = one_at_a_time},
      {.id = "flow/pubcomp-frees-the-place",
       .title = "A QoS 2 message counts against Receive Maximum until its PUBCOMP",
       .checks = {{v5_0, "MQTT-4.9.0-2"}},
       .needs = {Capability::qos2},
       .run = pubcomp_frees_the_place},
      {.id = "flow/every-other-packet-goes-on",
       .title = "A client that has Receive Maximum messages to acknowledge gets every other packet",
       .checks = {{v5_0, "MQTT-3.3.4-10"}, {v5_0, "MQTT-4.9.0-3"}},
       .needs = {Capability::qos2},
       .run = other_packets_go_on},
      {.id = "topic-alias/up-to-the-maximum",
       .title = "The broker uses no Topic Alias above the client's Topic Alias Maximum",
       .checks = {{v5_0, "MQTT-3.3.2-11"}, {v5_0, "MQTT-3.1.2-26"}},
       .needs = {Capability::qos1, Capability::wildcards},
       .run = [](Test& test) { return topic_aliases(test, 2, because("", "MQTT-3.3.2-11")); }},
      {.id = "topic-alias/none-where-none-is-allowed",
       .title = "The broker uses no Topic Alias where the client has set no Topic Alias Maximum",
       .checks = {{v5_0, "MQTT-3.1.2-27"}},
       .needs = {Capability::qos1, Capability::wildcards},
       .run = [](Test& test) { return topic_aliases(test, 0, because("", "MQTT-3.1.2-27")); }},
  };
}

}  // namespace mqttspec::conformance
