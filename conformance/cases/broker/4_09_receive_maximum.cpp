// Receive Maximum (4.9) of the client and of the broker, and which packets increase the send quota.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

std::vector<std::string> numbered(int count) {
  std::vector<std::string> texts;
  for (int i = 1; i <= count; ++i) texts.push_back(std::to_string(i));
  return texts;
}

/// The messages received within the settle time. The first one must arrive.
Awaitable<std::vector<wire::Publish>> receive_until_limit(Test& test, Connection subscriber, QoS level) {
  std::vector<wire::Publish> received = {co_await subscriber.need<wire::Publish>(payload("1"), qos(level))};
  co_await test.pass_time(test.settle());
  while (!subscriber.waiting(wire::PacketType::publish).empty()) received.push_back(co_await subscriber.need<wire::Publish>(qos(level)));
  co_return received;
}

Awaitable<void> receive_maximum_is_respected(Test& test, std::uint32_t size, QoS level) {
  auto [subscriber, publisher] = co_await connect_pair_with_receive_maximum(test, size, level);
  const int count = static_cast<int>(size) + 2;
  co_await publish_all(test, publisher, numbered(count), level);
  const auto received = co_await receive_until_limit(test, subscriber, level);
  test.check(received.size() <= size, fmt::format("at most {} unacknowledged messages (Receive Maximum)", size),
             fmt::format("{} unacknowledged messages", received.size()));
  for (const auto& message : received) co_await acknowledge(subscriber, message);
  for (int i = static_cast<int>(received.size()) + 1; i <= count; ++i) {
    const auto next = co_await subscriber.expect<wire::Publish>(payload(std::to_string(i)), because("MQTT-4.5.0-1", "4.9"));
    co_await acknowledge(subscriber, next);
  }
}

/// PUBREC does not increase the send quota, PUBCOMP does (4.9).
Awaitable<void> pubrec_does_not_count(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair_with_receive_maximum(test, 1, QoS::exactly_once);
  co_await publish_all(test, publisher, numbered(2), QoS::exactly_once);
  const auto first = co_await subscriber.need<wire::Publish>(payload("1"), qos(2));
  const auto id = first.packet_id->value();
  co_await subscriber.send(pubrec(id));
  co_await subscriber.need<wire::Pubrel>(packet_id(id));
  co_await subscriber.expect_nothing_more();
  co_await subscriber.send(pubcomp(id));
  co_await subscriber.expect<wire::Publish>(payload("2"), because("MQTT-4.5.0-1", "4.9"));
}

Awaitable<void> rejection_counts(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_pair_with_receive_maximum(test, 1, level);
  co_await publish_all(test, publisher, numbered(2), level);
  const auto id = (co_await subscriber.need<wire::Publish>(payload("1"), qos(level))).packet_id->value();
  constexpr auto rejected = ReasonCode::implementation_specific_error;
  if (level == QoS::at_least_once)
    co_await subscriber.send(puback(id, rejected));
  else
    co_await subscriber.send(pubrec(id, rejected));
  subscriber.acknowledge(Acknowledging::automatic);  // the broker may send PUBREL nevertheless
  co_await subscriber.expect<wire::Publish>(payload("2"));
}

/// 65,535 exceeds signed 16-bit integers; it is also the default.
Awaitable<void> largest_receive_maximum(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::receive_maximum, 65'535);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await expect_delivery(test, {subscriber}, publisher, publish(test.topic(), "first").qos(1));
  co_await subscriber.fence();
  subscriber.acknowledge(Acknowledging::by_hand);
  constexpr int count = 30;
  co_await publish_all(test, publisher, numbered(count), QoS::at_least_once);
  for (int i = 1; i <= count; ++i) co_await acknowledge(subscriber, co_await subscriber.expect<wire::Publish>(payload(std::to_string(i))));
}

/// As many messages as the Receive Maximum of the broker allows, up to 100.
Awaitable<void> broker_receive_maximum(Test& test) {
  auto publisher = co_await test.connect();
  constexpr std::uint32_t most = 100;
  const auto limit = std::min(publisher.connack().properties.get(wire::prop::receive_maximum).value_or(65'535), most);
  std::vector<wire::Packet> messages;
  std::vector<wire::Packet> releases;
  for (std::uint16_t id = 1; id <= limit; ++id) {
    messages.emplace_back(publish(test.topic(), "x").qos(2).packet_id(id));
    releases.emplace_back(pubrel(id));
  }
  for (int round = 0; round < 2; ++round) {
    co_await publisher.send_together(messages);
    for (std::uint32_t i = 0; i < limit; ++i)
      if (wire::is_error((co_await publisher.expect<wire::Pubrec>()).reason_code)) test.not_applicable("the broker rejected a message");
    co_await publisher.send_together(releases);
    for (std::uint32_t i = 0; i < limit; ++i) co_await publisher.expect<wire::Pubcomp>();
  }
}

/// A subscriber without a limit receives the message first, which shows the size of the packet.
Awaitable<void> packet_of_maximum_size(Test& test) {
  auto [unlimited, publisher] = co_await connect_pair(test, QoS::at_least_once);
  const auto message = publish(test.topic(), std::string(500, 'x')).qos(1);
  co_await publisher.publish(message);
  const auto sample = co_await unlimited.need<wire::Publish>(payload(message.packet().payload));
  const auto size = wire::encoded_size(sample, v5_0);
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::maximum_packet_size, static_cast<std::uint32_t>(size));
  auto limited = co_await test.connect(packet);
  co_await establish(test, limited, publisher, test.topic(), QoS::at_least_once);
  co_await publisher.publish(message);
  co_await limited.expect<wire::Publish>(payload(message.packet().payload));
}

}  // namespace

std::vector<Case> receive_maximum_cases() {
  std::vector<Case> cases;
  for (const auto& [size, level] : {std::pair{1U, QoS::at_least_once}, std::pair{1U, QoS::exactly_once}, std::pair{2U, QoS::exactly_once},
                                    std::pair{5U, QoS::at_least_once}})
    cases.push_back({.id = fmt::format("flow/receive-maximum-{}/qos{}", size, wire::number(level)),
                     .title = fmt::format("With Receive Maximum {} at most {} QoS {} {} in flight, and all messages are delivered", size,
                                          size, wire::number(level), size == 1 ? "message is" : "messages are"),
                     .checks = {{v5_0, "MQTT-3.3.4-9"}, {v5_0, "MQTT-4.9.0-2"}, {v5_0, "MQTT-4.9.0-1"}, {v5_0, "4.9"}},
                     .needs = {level == QoS::exactly_once ? Capability::qos2 : Capability::qos1},
                     .run = [size, level](Test& test) { return receive_maximum_is_respected(test, size, level); }});
  for (const auto level : {QoS::at_least_once, QoS::exactly_once})
    cases.push_back({.id = fmt::format("flow/rejection-increases-send-quota/qos{}", wire::number(level)),
                     .title = fmt::format("The next message is sent after the client rejects a QoS {} message", wire::number(level)),
                     .checks = {{v5_0, "4.9"}, {v5_0, "MQTT-4.4.0-2"}},
                     .needs = {level == QoS::exactly_once ? Capability::qos2 : Capability::qos1},
                     .run = [level](Test& test) { return rejection_counts(test, level); }});
  const std::vector<Case> others = {
      {.id = "flow/pubrec-does-not-increase-send-quota",
       .title = "PUBREC does not make room for another QoS 2 message",
       .checks = {{v5_0, "MQTT-3.3.4-9"}, {v5_0, "4.9"}},
       .needs = {Capability::qos2},
       .run = pubrec_does_not_count},
      {.id = "flow/receive-maximum-65535",
       .title = "Messages are delivered to a client with Receive Maximum 65,535",
       .checks = {{v5_0, "3.1.2.11.3"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .run = largest_receive_maximum},
      {.id = "flow/broker-receive-maximum",
       .title = "The broker accepts as many unreleased QoS 2 messages as its Receive Maximum, repeatedly",
       .checks = {{v5_0, "3.2.2.3.3"}, {v5_0, "MQTT-4.3.3-8"}},
       .needs = {Capability::qos2},
       .run = broker_receive_maximum},
      {.id = "flow/packet-of-maximum-size",
       .title = "A message whose packet has exactly the client's Maximum Packet Size is sent",
       .checks = {{v5_0, "3.1.2.11.4"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .run = packet_of_maximum_size},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
