#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <set>

namespace mqttspec::conformance {

namespace {

using namespace wire::build;
using wire::QoS;

constexpr std::array all_levels = {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once};

// ---- QoS 0

Awaitable<void> qos0_delivery(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "at most once"));
  co_await skip_if_lost(test, subscriber);
  co_await subscriber.expect<wire::Publish>(payload("at most once"), qos(0), not_dup());
  co_await subscriber.expect_nothing_more(because("4.3.1", "4.3.1"));
}

// ---- QoS 1

Awaitable<void> qos1_is_acknowledged(Test& test) {
  auto publisher = co_await test.connect();
  for (const auto id : distinct_packet_ids) {
    co_await publisher.send(publish(test.topic(), "at least once").qos(1).packet_id(id));
    co_await publisher.expect<wire::Puback>(packet_id(id));
  }
  co_await publisher.fence();
  test.check(publisher.waiting(wire::PacketType::puback).empty(), "one PUBACK for each PUBLISH", "a second PUBACK",
             because("4.3.2", "4.3.2"));
}

Awaitable<void> qos1_in_flight_together(Test& test) {
  auto publisher = co_await test.connect();
  const auto receive_maximum = publisher.connack().properties.get(wire::prop::receive_maximum).value_or(10);
  const auto count = static_cast<std::uint16_t>(std::min<std::uint32_t>(receive_maximum, 10));
  std::vector<wire::Packet> messages;
  std::set<std::uint16_t> outstanding;
  for (std::uint16_t id = 1; id <= count; ++id) {
    messages.emplace_back(publish(test.topic(), fmt::format("message {}", id)).qos(1).packet_id(id));
    outstanding.insert(id);
  }
  co_await publisher.send_together(std::move(messages));
  while (!outstanding.empty()) {
    const auto answer = co_await publisher.expect<wire::Puback>();
    test.check(outstanding.erase(answer.packet_id.value()) == 1, "one PUBACK for each Packet Identifier in flight",
               wire::describe(answer, test.version()));
  }
}

Awaitable<void> qos1_reaches_subscriber(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await expect_delivery(test, {subscriber}, publisher, publish(test.topic(), "at least once").qos(1));
}

Awaitable<void> qos1_first_delivery(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "at least once").qos(1));
  co_await subscriber.expect<wire::Publish>(payload("at least once"), qos(1), not_dup());
}

/// A message that reuses the Packet Identifier of an acknowledged one.
struct Reuse {
  std::string_view id;
  std::string_view words;  ///< continues "A QoS 1 PUBLISH "
  bool dup;
  std::string_view second_payload;
};

constexpr Reuse reuses[] = {
    {"other-payload", "with another payload", false, "second"},
    {"same-payload", "with the same payload", false, "first"},
    {"dup-and-other-payload", "with DUP 1 and another payload", true, "second"},
    {"dup-and-same-payload", "with DUP 1 and the same payload", true, "first"},
};

Awaitable<void> qos1_packet_id_is_free(Test& test, const Reuse& row) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "first").qos(1).packet_id(10));
  co_await subscriber.need<wire::Publish>(payload("first"));
  const auto second = publish(test.topic(), std::string(row.second_payload)).qos(1).packet_id(10);
  co_await publisher.send(row.dup ? second.dup() : second);
  co_await publisher.expect<wire::Puback>(packet_id(10));
  co_await subscriber.expect<wire::Publish>(payload(std::string(row.second_payload)));
}

Awaitable<void> qos1_resent_after_reconnect(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_kept(test);
  co_await establish(test, subscriber, publisher, test.topic(), QoS::at_least_once);
  const auto message = publish(test.topic(), "resent").qos(1).packet_id(10);
  co_await publisher.send(message);
  co_await publisher.drop();
  auto again = co_await resume_kept(test);
  co_await again.send(message.dup());
  co_await again.expect<wire::Puback>(packet_id(10));
  co_await subscriber.expect<wire::Publish>(payload("resent"));
}

Awaitable<void> packet_ids_are_unique(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_pair(test, level);
  subscriber.acknowledge(Acknowledging::by_hand);
  constexpr int count = 5;
  for (int i = 0; i < count; ++i) co_await publisher.publish(publish(test.topic(), fmt::format("message {}", i)).qos(level));
  std::set<std::uint16_t> in_flight;
  for (int i = 0; i < count; ++i) {
    // A broker may limit its unacknowledged messages to any number.
    if (i > 0 && !co_await subscriber.has_come(wire::PacketType::publish)) break;
    const auto message = co_await subscriber.need<wire::Publish>(qos(level));
    test.check(in_flight.insert(message.packet_id->value()).second, "a Packet Identifier that is not in use",
               wire::describe(message, test.version()));
  }
  if (in_flight.size() < 2) test.not_applicable("the broker sends a message only after the last one is acknowledged");
}

// ---- QoS of deliveries

Awaitable<void> lower_qos_applies(Test& test, QoS published, QoS granted) {
  auto [subscriber, publisher] = co_await connect_pair(test, granted);
  co_await publisher.publish(publish(test.topic(), "message").qos(published));
  const auto lower = std::min(published, granted);
  if (lower == QoS::at_most_once) co_await skip_if_lost(test, subscriber);
  co_await subscriber.expect<wire::Publish>(payload("message"), qos(lower));
  // A QoS 1 message may be delivered twice to a subscription with QoS 0.
  if (published == QoS::at_most_once) co_await subscriber.expect_nothing_more(because("4.3.1", "4.3.1"));
}

}  // namespace

std::vector<Case> qos_cases() {
  std::vector<Case> cases = {
      {.id = "qos0/delivered-with-qos0-and-dup-0",
       .title = "A QoS 0 message is delivered at most once, with QoS 0 and DUP 0",
       .checks = {{v3_1_1, "MQTT-4.3.1-1"},
                  {v3_1_1, "MQTT-3.3.1-2"},
                  {v3_1_1, "4.3.1"},
                  {v5_0, "MQTT-4.3.1-1"},
                  {v5_0, "MQTT-3.3.1-2"},
                  {v5_0, "4.3.1"}},
       .run = qos0_delivery},
      {.id = "qos1/publish-is-acknowledged",
       .title = "A QoS 1 PUBLISH is answered with a PUBACK that has the same Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.3.2-2"},
                  {v3_1_1, "MQTT-2.3.1-6"},
                  {v3_1_1, "MQTT-3.3.4-1"},
                  {v3_1_1, "MQTT-2.2.2-1"},
                  {v3_1_1, "4.3.2"},
                  {v5_0, "MQTT-4.3.2-4"},
                  {v5_0, "MQTT-2.2.1-5"},
                  {v5_0, "MQTT-3.3.4-1"},
                  {v5_0, "MQTT-3.4.2-1"},
                  {v5_0, "MQTT-2.1.3-1"},
                  {v5_0, "4.3.2"}},
       .needs = {Capability::qos1},
       .run = qos1_is_acknowledged},
      {.id = "qos1/many-in-flight-are-acknowledged",
       .title = "Each of several QoS 1 PUBLISH packets in flight is answered with a PUBACK",
       .checks = {{v3_1_1, "MQTT-4.3.2-2"}, {v3_1_1, "MQTT-2.3.1-6"}, {v5_0, "MQTT-4.3.2-4"}, {v5_0, "MQTT-2.2.1-5"}},
       .needs = {Capability::qos1},
       .run = qos1_in_flight_together},
      {.id = "qos1/message-is-delivered",
       .title = "An acknowledged QoS 1 message is delivered to a subscriber with a Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.5.0-1"}, {v3_1_1, "MQTT-2.3.1-1"}, {v5_0, "MQTT-4.5.0-1"}, {v5_0, "MQTT-2.2.1-4"}},
       .needs = {Capability::qos1},
       .run = qos1_reaches_subscriber},
      {.id = "qos1/first-delivery-has-dup-0",
       .title = "The first delivery of a QoS 1 message has QoS 1 and DUP 0",
       .checks = {{v3_1_1, "MQTT-4.3.2-1"}, {v3_1_1, "MQTT-3.3.1-3"}, {v5_0, "MQTT-4.3.2-2"}, {v5_0, "MQTT-3.3.1-3"}},
       .needs = {Capability::qos1},
       .run = qos1_first_delivery},
      {.id = "qos1/resent-after-reconnect-is-acknowledged",
       .title = "A QoS 1 PUBLISH that the client resends after reconnecting is acknowledged and delivered",
       .checks = {{v3_1_1, "MQTT-4.3.2-2"}, {v5_0, "MQTT-4.3.2-4"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = qos1_resent_after_reconnect},
      {.id = "qos1/packet-ids-in-flight-are-unique",
       .title = "QoS 1 messages in flight to one client have different Packet Identifiers",
       .checks = {{v3_1_1, "MQTT-4.3.2-1"}, {v3_1_1, "MQTT-2.3.1-4"}, {v5_0, "MQTT-4.3.2-1"}, {v5_0, "MQTT-2.2.1-4"}},
       .needs = {Capability::qos1},
       .run = [](Test& test) { return packet_ids_are_unique(test, QoS::at_least_once); }},
      {.id = "qos2/packet-ids-in-flight-are-unique",
       .title = "QoS 2 messages in flight to one client have different Packet Identifiers",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"}, {v3_1_1, "MQTT-2.3.1-4"}, {v5_0, "MQTT-4.3.3-1"}, {v5_0, "MQTT-2.2.1-4"}},
       .needs = {Capability::qos2},
       .run = [](Test& test) { return packet_ids_are_unique(test, QoS::exactly_once); }},
  };
  for (const Reuse& row : reuses)
    cases.push_back({.id = fmt::format("qos1/packet-id-is-free-after-puback/{}", row.id),
                     .title = fmt::format("A QoS 1 PUBLISH {} is a new message after the PUBACK with its Packet Identifier", row.words),
                     .checks = {{v3_1_1, "MQTT-4.3.2-2"}, {v5_0, "MQTT-4.3.2-5"}},
                     .needs = {Capability::qos1},
                     .run = [row](Test& test) { return qos1_packet_id_is_free(test, row); }});
  for (const auto published : all_levels)
    for (const auto granted : all_levels)
      cases.push_back({.id = fmt::format("qos/published-qos{}-granted-qos{}", wire::number(published), wire::number(granted)),
                       .title = fmt::format("A QoS {} message is delivered to a subscription with QoS {} at QoS {}",
                                            wire::number(published), wire::number(granted), wire::number(std::min(published, granted))),
                       .checks = {{v3_1_1, "MQTT-3.8.4-6"}, {v5_0, "MQTT-3.8.4-8"}},
                       .needs = {Capability::qos1, Capability::qos2},
                       .run = [published, granted](Test& test) { return lower_qos_applies(test, published, granted); }});
  return cases;
}

}  // namespace mqttspec::conformance
