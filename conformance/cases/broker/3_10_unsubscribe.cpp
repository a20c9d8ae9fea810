#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

// ---- UNSUBACK

Awaitable<void> unsuback_has_packet_id(Test& test) {
  auto client = co_await test.connect();
  for (const auto id : distinct_packet_ids) {
    co_await client.subscribe(test.topic(), QoS::at_most_once);
    co_await client.send(unsubscribe(id, {test.topic()}));
    co_await client.expect<wire::Unsuback>(packet_id(id));
  }
}

Awaitable<void> without_subscription(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(unsubscribe(7, {test.topic()}));
  co_await client.expect<wire::Unsuback>(packet_id(7));
}

Awaitable<void> second_time(Test& test) {
  auto client = co_await test.connect();
  co_await client.subscribe(test.topic(), QoS::at_most_once);
  co_await client.unsubscribe({test.topic()});
  co_await client.send(unsubscribe(7, {test.topic()}));
  co_await client.expect<wire::Unsuback>(packet_id(7));
}

// ---- Effect on delivery

Awaitable<void> ends_delivery(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_pair(test, level);
  co_await subscriber.unsubscribe({test.topic()});
  co_await publisher.publish(publish(test.topic(), "too late").qos(level));
  co_await publisher.fence();
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> wildcard_ends_delivery(Test& test, std::string_view filter) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, {.topic_filter = test.topic(filter), .maximum_qos = QoS::at_least_once}, test.topic("a"));
  co_await subscriber.unsubscribe({test.topic(filter)});
  co_await publisher.publish(publish(test.topic("a"), "too late").qos(1));
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> keeps_other_subscriptions(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, test.topic("a"), QoS::at_least_once);
  co_await establish(test, subscriber, publisher, test.topic("b"), QoS::at_least_once);
  co_await subscriber.unsubscribe({test.topic("a")});
  co_await publisher.publish(publish(test.topic("a"), "too late").qos(1));
  co_await publisher.publish(publish(test.topic("b"), "still wanted").qos(1));
  co_await subscriber.expect<wire::Publish>(payload("still wanted"), topic_name(test.topic("b")));
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> keeps_subscriptions_of_other_clients(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  auto other = co_await test.connect();
  co_await other.subscribe(test.topic(), QoS::at_least_once);
  co_await other.unsubscribe({test.topic()});
  co_await publisher.publish(publish(test.topic(), "still wanted").qos(1));
  co_await subscriber.expect<wire::Publish>(payload("still wanted"));
}

/// A subscription that UNSUBSCRIBE with a similar, but different, Topic Filter must not delete.
struct Similar {
  std::string_view id;
  std::string_view title;
  std::string_view subscribed;
  std::string_view unsubscribed;
  std::string_view name;  ///< still delivered
  bool needs_wildcards;
};

constexpr Similar similar_filters[] = {
    {"plus-keeps-name", "Unsubscribing from a/+ does not delete the subscription to a/b", "a/b", "a/+", "a/b", false},
    {"hash-keeps-name", "Unsubscribing from a/# does not delete the subscription to a/b", "a/b", "a/#", "a/b", false},
    {"name-keeps-plus", "Unsubscribing from a/b does not delete the subscription to a/+", "a/+", "a/b", "a/b", true},
    {"name-keeps-hash", "Unsubscribing from a/b does not delete the subscription to a/#", "a/#", "a/b", "a/b", true},
    {"plus-keeps-hash", "Unsubscribing from a/+ does not delete the subscription to a/#", "a/#", "a/+", "a/b", true},
    {"other-case", "Unsubscribing from A/B does not delete the subscription to a/b", "a/b", "A/B", "a/b", false},
    {"trailing-level", "Unsubscribing from a/b/ does not delete the subscription to a/b", "a/b", "a/b/", "a/b", false},
    {"prefix", "Unsubscribing from a does not delete the subscription to a/b", "a/b", "a", "a/b", false},
};

Awaitable<void> compared_exactly(Test& test, const Similar& row) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, {.topic_filter = test.topic(row.subscribed), .maximum_qos = QoS::at_least_once},
                     test.topic(row.name));
  co_await subscriber.unsubscribe({test.topic(row.unsubscribed)});
  co_await publisher.publish(publish(test.topic(row.name), "still wanted").qos(1));
  co_await subscriber.expect<wire::Publish>(payload("still wanted"));
}

Awaitable<void> several_filters(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  for (const auto* name : {"a", "b", "c", "d"}) co_await establish(test, subscriber, publisher, test.topic(name), QoS::at_least_once);
  co_await subscriber.send(unsubscribe(7, {test.topic("a"), test.topic("b"), test.topic("c")}));
  co_await subscriber.expect<wire::Unsuback>(packet_id(7));
  for (const auto* name : {"a", "b", "c", "d"}) co_await publisher.publish(publish(test.topic(name), name).qos(1));
  co_await subscriber.expect<wire::Publish>(payload("d"));
  co_await subscriber.expect_nothing_more();
  test.check(subscriber.waiting(wire::PacketType::unsuback).empty(), "one UNSUBACK", "a second UNSUBACK");
}

Awaitable<void> subscribing_again(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.unsubscribe({test.topic()});
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await expect_delivery(test, {subscriber}, publisher, publish(test.topic(), "wanted again").qos(1));
}

Awaitable<void> not_restored_with_session(Test& test) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, QoS::at_least_once);
  co_await subscriber.unsubscribe({test.topic()});
  co_await leave(subscriber);
  co_await publisher.publish(publish(test.topic(), "too late").qos(1));
  auto again = co_await resume_kept(test);
  co_await again.expect_nothing_more();
}

// ---- Deliveries in progress

Awaitable<void> qos2_exchange_continues(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "begun").qos(2));
  const auto message = co_await subscriber.need<wire::Publish>(payload("begun"), qos(2));
  co_await subscriber.unsubscribe({test.topic()});
  co_await subscriber.send(pubrec(message.packet_id->value()));
  co_await subscriber.expect<wire::Pubrel>(packet_id(message.packet_id->value()));
}

Awaitable<void> delivery_is_completed(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "begun").qos(level));
  co_await subscriber.need<wire::Publish>(payload("begun"), qos(level));
  co_await subscriber.unsubscribe({test.topic()});
  co_await subscriber.drop();
  auto again = co_await resume_kept(test);
  co_await again.expect<wire::Publish>(payload("begun"));
}

// ---- Reason Codes of 5.0

/// The codes for a subscribed Topic Filter and for another one. 0x00 for both is accepted, since no numbered statement requires 0x11.
Awaitable<void> codes_in_order(Test& test) {
  auto client = co_await test.connect();
  for (const bool subscribed_first : {true, false}) {
    co_await client.subscribe(test.topic("a"), QoS::at_most_once);
    const auto filters = subscribed_first ? std::vector{test.topic("a"), test.topic("b")} : std::vector{test.topic("b"), test.topic("a")};
    const auto id = client.next_packet_id();
    co_await client.send(unsubscribe(id, filters));
    const auto answer = co_await client.expect<wire::Unsuback>(packet_id(id), code_count(2));
    const auto of_subscribed = answer.reason_codes[subscribed_first ? 0 : 1];
    test.check(
        of_subscribed != ReasonCode::no_subscription_existed,
        fmt::format("UNSUBACK codes in the order of the Topic Filters (the {} was subscribed)", subscribed_first ? "first" : "second"),
        wire::describe(answer, test.version()));
  }
}

Awaitable<void> codes_are_defined(Test& test) {
  auto client = co_await test.connect();
  co_await client.subscribe(test.topic("a"), QoS::at_most_once);
  co_await client.send(unsubscribe(7, {test.topic("a"), test.topic("b"), test.topic("c")}));
  const auto answer = co_await client.expect<wire::Unsuback>(packet_id(7), code_count(3));
  for (const auto each : answer.reason_codes)
    test.check(wire::is_allowed(each, wire::PacketType::unsuback, test.version(), wire::Direction::server_to_client),
               "codes that are defined for UNSUBACK", wire::describe(answer, test.version()));
}

std::vector<Case> single_cases() {
  return {
      {.id = "unsubscribe/unsuback-has-packet-id",
       .title = "An UNSUBSCRIBE is answered with an UNSUBACK that has the same Packet Identifier",
       .checks =
           {{v3_1_1, "MQTT-3.10.4-4"}, {v3_1_1, "MQTT-2.3.1-7"}, {v5_0, "MQTT-3.10.4-4"}, {v5_0, "MQTT-3.10.4-5"}, {v5_0, "MQTT-2.2.1-6"}},
       .run = unsuback_has_packet_id},
      {.id = "unsubscribe/without-subscription-is-answered",
       .title = "An UNSUBSCRIBE is answered if the client was never subscribed to the Topic Filter",
       .checks = {{v3_1_1, "MQTT-3.10.4-5"}, {v5_0, "MQTT-3.10.4-5"}},
       .run = without_subscription},
      {.id = "unsubscribe/second-time-is-answered",
       .title = "A second UNSUBSCRIBE from the same Topic Filter is answered",
       .checks = {{v3_1_1, "MQTT-3.10.4-5"}, {v5_0, "MQTT-3.10.4-5"}},
       .run = second_time},
      {.id = "unsubscribe/keeps-other-subscriptions",
       .title = "UNSUBSCRIBE does not delete other subscriptions of the client",
       .checks = {{v3_1_1, "MQTT-3.10.4-1"}, {v5_0, "MQTT-3.10.4-1"}},
       .needs = {Capability::qos1},
       .run = keeps_other_subscriptions},
      {.id = "unsubscribe/keeps-subscriptions-of-other-clients",
       .title = "UNSUBSCRIBE does not delete subscriptions of other clients to the same Topic Filter",
       .checks = {{v3_1_1, "MQTT-3.10.4-1"}, {v5_0, "MQTT-3.10.4-1"}},
       .needs = {Capability::qos1},
       .run = keeps_subscriptions_of_other_clients},
      {.id = "unsubscribe/several-filters",
       .title = "Several Topic Filters in one UNSUBSCRIBE are all unsubscribed, and answered with one UNSUBACK",
       .checks = {{v3_1_1, "MQTT-3.10.4-6"}, {v5_0, "MQTT-3.10.4-6"}},
       .needs = {Capability::qos1},
       .run = several_filters},
      {.id = "unsubscribe/subscribing-again",
       .title = "A client can subscribe again after UNSUBSCRIBE",
       .checks =
           {{v3_1_1, "MQTT-4.5.0-1"}, {v3_1_1, "MQTT-3.10.4-1"}, {v3_1_1, "MQTT-3.8.4-3"}, {v5_0, "MQTT-4.5.0-1"}, {v5_0, "MQTT-3.10.4-1"}},
       .needs = {Capability::qos1},
       .run = subscribing_again},
      {.id = "unsubscribe/not-restored-with-session",
       .title = "A deleted subscription is not restored when the Session is resumed",
       .checks = {{v3_1_1, "MQTT-3.10.4-2"}, {v3_1_1, "MQTT-3.10.4-1"}, {v5_0, "MQTT-3.10.4-2"}, {v5_0, "MQTT-3.10.4-1"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = not_restored_with_session},
      {.id = "unsubscribe/qos2-exchange-continues",
       .title = "A QoS 2 exchange in progress continues after UNSUBSCRIBE",
       .checks = {{v3_1_1, "MQTT-3.10.4-3"}, {v5_0, "MQTT-3.10.4-3"}},
       .needs = {Capability::qos2},
       .run = qos2_exchange_continues},
      {.id = "unsubscribe/codes-in-order",
       .title = "UNSUBACK has one Reason Code for each Topic Filter, in the same order",
       .checks = {{v5_0, "MQTT-3.11.3-1"}, {v5_0, "MQTT-3.11.3-2"}, {v5_0, "3.11.3"}},
       .run = codes_in_order},
      {.id = "unsubscribe/codes-are-defined",
       .title = "UNSUBACK has only Reason Codes that are defined for it",
       .checks = {{v5_0, "MQTT-3.11.3-2"}},
       .run = codes_are_defined},
  };
}

}  // namespace

std::vector<Case> unsubscribe_cases() {
  auto cases = single_cases();
  for (const auto level : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once})
    cases.push_back({.id = fmt::format("unsubscribe/ends-delivery/qos{}", wire::number(level)),
                     .title = fmt::format("No new QoS {} message is delivered after UNSUBACK", wire::number(level)),
                     .checks = {{v3_1_1, "MQTT-3.10.4-2"}, {v3_1_1, "MQTT-3.10.4-1"}, {v5_0, "MQTT-3.10.4-2"}, {v5_0, "MQTT-3.10.4-1"}},
                     .needs = {level == QoS::exactly_once ? Capability::qos2 : Capability::qos1},
                     .run = [level](Test& test) { return ends_delivery(test, level); }});
  for (const auto& [id, filter] : {std::pair{"plus", "+"}, std::pair{"hash", "#"}})
    cases.push_back({.id = fmt::format("unsubscribe/ends-delivery/{}", id),
                     .title = fmt::format("No new message is delivered after UNSUBACK for a Topic Filter with {}", filter),
                     .checks = {{v3_1_1, "MQTT-3.10.4-1"}, {v3_1_1, "MQTT-3.10.4-2"}, {v5_0, "MQTT-3.10.4-1"}, {v5_0, "MQTT-3.10.4-2"}},
                     .needs = {Capability::qos1, Capability::wildcards},
                     .run = [wildcard = filter](Test& test) { return wildcard_ends_delivery(test, wildcard); }});
  for (const Similar& row : similar_filters)
    cases.push_back({.id = fmt::format("unsubscribe/exact-comparison/{}", row.id),
                     .title = std::string(row.title),
                     .checks = {{v3_1_1, "MQTT-3.10.4-1"}, {v5_0, "MQTT-3.10.4-1"}},
                     .needs = row.needs_wildcards ? std::vector{Capability::qos1, Capability::wildcards} : std::vector{Capability::qos1},
                     .run = [row](Test& test) { return compared_exactly(test, row); }});
  for (const auto level : {QoS::at_least_once, QoS::exactly_once})
    cases.push_back({.id = fmt::format("unsubscribe/delivery-in-progress-is-completed/qos{}", wire::number(level)),
                     .title = fmt::format("A QoS {} message that was in flight at UNSUBSCRIBE is resent when the client reconnects",
                                          wire::number(level)),
                     .checks = {{v3_1_1, "MQTT-3.10.4-3"}, {v5_0, "MQTT-3.10.4-3"}},
                     .needs = {level == QoS::exactly_once ? Capability::qos2 : Capability::qos1, Capability::sessions},
                     .run = [level](Test& test) { return delivery_is_completed(test, level); }});
  return cases;
}

}  // namespace mqttspec::conformance
