#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

wire::Subscription at(std::string filter, QoS level) { return {.topic_filter = std::move(filter), .maximum_qos = level}; }

// ---- SUBACK

Awaitable<void> suback_has_packet_id(Test& test) {
  auto client = co_await test.connect();
  for (const auto id : distinct_packet_ids) {
    co_await client.send(subscribe(id, test.topic(), QoS::at_least_once));
    co_await client.expect<wire::Suback>(packet_id(id));
  }
}

Awaitable<void> suback_for_each(Test& test) {
  auto client = co_await test.connect();
  std::vector<wire::Packet> requests;
  std::set<std::uint16_t> outstanding;
  for (std::uint16_t id = 1; id <= 5; ++id) {
    requests.emplace_back(subscribe(id, test.topic(std::to_string(id)), QoS::at_most_once));
    outstanding.insert(id);
  }
  co_await client.send_together(std::move(requests));
  while (!outstanding.empty()) {
    const auto answer = co_await client.expect<wire::Suback>();
    test.check(outstanding.erase(answer.packet_id.value()) == 1, "one SUBACK for each SUBSCRIBE", wire::describe(answer, test.version()));
  }
}

/// Whether a code may answer a request for this QoS: an error, or a QoS that is not higher.
bool may_answer(ReasonCode granted, QoS requested) { return wire::is_error(granted) || wire::number(granted) <= wire::number(requested); }

Awaitable<void> one_code_for_each_filter(Test& test) {
  constexpr std::array requested = {QoS::exactly_once, QoS::at_most_once, QoS::at_least_once, QoS::at_most_once,
                                    QoS::at_most_once, QoS::exactly_once, QoS::at_least_once};
  std::vector<wire::Subscription> subscriptions;
  for (std::size_t i = 0; i < requested.size(); ++i) subscriptions.push_back(at(test.topic(std::to_string(i)), requested[i]));
  auto client = co_await test.connect();
  co_await client.send(subscribe(7, subscriptions));
  const auto answer = co_await client.expect<wire::Suback>(packet_id(7), code_count(requested.size()));
  for (std::size_t i = 0; i < requested.size(); ++i)
    test.check(may_answer(answer.reason_codes[i], requested[i]),
               "SUBACK codes in the order of the Topic Filters (at most QoS 2, 0, 1, 0, 0, 2, 1)", wire::describe(answer, test.version()),
               because("MQTT-3.9.3-1", "MQTT-3.9.3-1"));
  co_await client.fence();
  test.check(client.waiting(wire::PacketType::suback).empty(), "one SUBACK", "a second SUBACK", because("MQTT-3.8.4-4", "MQTT-3.8.4-5"));
}

Awaitable<void> grants_at_most(Test& test, QoS requested) {
  auto client = co_await test.connect();
  co_await client.send(subscribe(7, test.topic(), requested));
  const auto answer = co_await client.expect<wire::Suback>(packet_id(7), code_count(1));
  test.check(may_answer(answer.reason_codes[0], requested),
             fmt::format("SUBACK that grants at most QoS {}, or an error code", wire::number(requested)),
             wire::describe(answer, test.version()));
}

/// Messages must be delivered with exactly the QoS that SUBACK grants.
Awaitable<void> granted_qos_is_used(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  const std::vector topics = {test.topic("first"), test.topic("middle"), test.topic("last")};
  std::vector<wire::Subscription> subscriptions;
  for (const auto& topic : topics) subscriptions.push_back(at(topic, QoS::exactly_once));
  co_await subscriber.send(subscribe(7, subscriptions));
  const auto answer = co_await subscriber.expect<wire::Suback>(packet_id(7), code_count(topics.size()));
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (wire::is_error(answer.reason_codes[i])) test.not_applicable("the broker rejected the subscription");
    const auto granted = std::min(wire::number(answer.reason_codes[i]), std::uint8_t{2});
    co_await warm_up(test, subscriber, publisher, topics[i], static_cast<QoS>(granted));
    co_await publisher.publish(publish(topics[i], "message").qos(2));
    co_await skip_if_lost(test, subscriber);
    co_await subscriber.expect<wire::Publish>(topic_name(topics[i]), payload("message"), qos(granted));
  }
}

Awaitable<void> fifty_filters(Test& test) {
  constexpr int count = 50;
  std::vector<wire::Subscription> subscriptions;
  for (int i = 0; i < count; ++i) subscriptions.push_back(at(test.topic(std::to_string(i)), QoS::at_least_once));
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.send(subscribe(7, subscriptions));
  const auto answer = co_await subscriber.expect<wire::Suback>(packet_id(7), code_count(count));
  if (std::ranges::any_of(answer.reason_codes, wire::is_error)) test.not_applicable("the broker rejected at least one of 50 subscriptions");
  co_await warm_up(test, subscriber, publisher, test.topic("0"), QoS::at_least_once);
  std::string last;
  for (const int i : {0, 24, 49}) {
    const auto topic = test.topic(std::to_string(i));
    co_await publisher.publish(publish(topic, std::to_string(i)).qos(1));
    // A QoS 1 message may be delivered more than once.
    auto message = co_await subscriber.expect<wire::Publish>();
    while (message.topic == last) message = co_await subscriber.expect<wire::Publish>();
    test.check(message.topic == topic, "topic " + wire::quote(topic), wire::describe(message, test.version()));
    last = topic;
  }
}

// ---- Several Topic Filters, and repeated ones

Awaitable<void> several_filters(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(
      {at(test.topic("a"), QoS::at_least_once), at(test.topic("b"), QoS::exactly_once), at(test.topic("c"), QoS::at_least_once)});
  co_await warm_up(test, subscriber, publisher, test.topic("a"), QoS::at_least_once);
  for (const auto& [name, level] :
       {std::pair{"a", QoS::at_least_once}, std::pair{"b", QoS::exactly_once}, std::pair{"c", QoS::at_least_once}}) {
    co_await publisher.publish(publish(test.topic(name), name).qos(2));
    co_await subscriber.expect<wire::Publish>(payload(name), topic_name(test.topic(name)), qos(level));
  }
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> same_filter_twice(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe({at(test.topic(), QoS::at_least_once), at(test.topic(), QoS::exactly_once)});
  co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_least_once);
  (void)co_await receive_remaining(test, subscriber);
  co_await publisher.publish(publish(test.topic(), "once").qos(2));
  co_await subscriber.expect<wire::Publish>(payload("once"), qos(2));
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> replaced_is_one_subscription(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  co_await subscriber.subscribe(test.topic(), QoS::exactly_once);
  co_await publisher.publish(publish(test.topic(), "once").qos(2));
  co_await subscriber.expect<wire::Publish>(payload("once"));
  co_await subscriber.expect_nothing_more();
}

struct QosChange {
  QoS before;
  QoS after;
};

constexpr QosChange qos_changes[] = {{QoS::at_most_once, QoS::exactly_once},
                                     {QoS::at_least_once, QoS::exactly_once},
                                     {QoS::exactly_once, QoS::at_least_once},
                                     {QoS::exactly_once, QoS::at_most_once}};

/// A changed subscription may take effect after its SUBACK, like a new one, so messages are sent until one is delivered with the new QoS.
Awaitable<void> replaced_with_other_qos(Test& test, const QosChange& row) {
  auto [subscriber, publisher] = co_await connect_pair(test, row.before);
  co_await subscriber.subscribe(test.topic(), row.after);
  constexpr int tries = 10;
  for (int i = 1; i < tries; ++i) {
    const auto text = fmt::format("message {}", i);
    co_await publisher.publish(publish(test.topic(), text).qos(2));
    if (row.after == QoS::at_most_once) co_await skip_if_lost(test, subscriber);
    const auto message = co_await subscriber.expect<wire::Publish>(payload(text));
    if (message.qos == row.after) break;
  }
  co_await publisher.publish(publish(test.topic(), "last").qos(2));
  if (row.after == QoS::at_most_once) co_await skip_if_lost(test, subscriber);
  co_await subscriber.expect<wire::Publish>(payload("last"), qos(row.after));
}

/// The client repeats its subscription while messages are published.
Awaitable<void> replacing_loses_no_message(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  constexpr int count = 20;
  for (int i = 1; i <= count; ++i) {
    co_await subscriber.send(subscribe(subscriber.next_packet_id(), test.topic(), QoS::exactly_once));
    co_await publisher.publish(publish(test.topic(), std::to_string(i)).qos(2));
  }
  for (int i = 1; i <= count; ++i) co_await subscriber.expect<wire::Publish>(payload(std::to_string(i)));
}

/// In 3.1.1 a Server need not support wildcards, but then must reject such Topic Filters.
Awaitable<void> wildcard_works_or_is_rejected(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(subscribe(1, test.topic("+"), QoS::at_least_once));
  const auto suback = co_await client.need<wire::Suback>(packet_id(1), code_count(1));
  if (wire::is_error(suback.reason_codes.front())) co_return;
  (void)co_await expect_delivery(test, {client}, client, publish(test.topic("any"), "x").qos(1));
}

// ---- Options and identifiers of 5.0

Awaitable<void> no_local(Test& test) {
  auto client = co_await test.connect();
  auto other = co_await test.connect();
  co_await establish(test, client, other, {.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .no_local = true});
  co_await client.publish(publish(test.topic(), "my own").qos(1));
  co_await client.expect_nothing_more();
  co_await other.publish(publish(test.topic(), "from another client").qos(1));
  co_await client.expect<wire::Publish>(payload("from another client"), because("MQTT-4.5.0-1", "MQTT-4.5.0-1"));
}

wire::Properties with_identifier(std::uint32_t identifier) {
  return wire::Properties().set(wire::prop::subscription_identifier, identifier);
}

std::vector<std::uint32_t> identifiers(const wire::Publish& message) { return message.properties.all(wire::prop::subscription_identifier); }

void check_identifiers(Test& test, const wire::Publish& message, const std::vector<std::uint32_t>& expected) {
  const auto words = expected.empty() ? "no Subscription Identifier" : fmt::format("only Subscription Identifier {}", expected.front());
  test.check(identifiers(message) == expected, words, wire::describe(message, test.version()));
}

Awaitable<void> identifier_is_returned(Test& test, std::uint32_t identifier) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe({at(test.topic(), QoS::at_least_once)}, with_identifier(identifier));
  co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "identified").qos(1));
  check_identifiers(test, co_await subscriber.expect<wire::Publish>(payload("identified")), {identifier});
}

Awaitable<void> identifier_is_replaced(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  for (const auto& expected : {std::vector<std::uint32_t>{5}, std::vector<std::uint32_t>{6}, std::vector<std::uint32_t>{}}) {
    co_await subscriber.subscribe({at(test.topic(), QoS::at_least_once)},
                                  expected.empty() ? wire::Properties() : with_identifier(expected.front()));
    co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_least_once);
    co_await publisher.publish(publish(test.topic(), "identified").qos(1));
    check_identifiers(test, co_await subscriber.expect<wire::Publish>(payload("identified")), expected);
  }
}

Awaitable<void> identifier_in_retained(Test& test) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), "kept").qos(1).retain());
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe({at(test.topic(), QoS::at_least_once)}, with_identifier(5));
  check_identifiers(test, co_await subscriber.expect<wire::Publish>(payload("kept")), {5});
}

/// The broker may send one copy with both identifiers, or two copies with one each.
Awaitable<void> identifiers_of_overlapping(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe({at(test.topic("+"), QoS::at_least_once)}, with_identifier(5));
  co_await subscriber.subscribe({at(test.topic(), QoS::at_least_once)}, with_identifier(6));
  co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_least_once);
  (void)co_await receive_remaining(test, subscriber);
  co_await publisher.publish(publish(test.topic(), "identified").qos(1));
  const auto first = co_await subscriber.expect<wire::Publish>(payload("identified"));
  auto found = identifiers(first);
  if (found.size() == 1) {
    const auto second = co_await subscriber.expect<wire::Publish>(payload("identified"), because("MQTT-3.3.5-1", "MQTT-3.3.4-4"));
    const auto further = identifiers(second);
    found.insert(found.end(), further.begin(), further.end());
  }
  std::ranges::sort(found);
  test.check(found == std::vector<std::uint32_t>{5, 6}, "Subscription Identifiers 5 and 6, in one copy or in two",
             fmt::format("{} Subscription Identifiers; first copy: {}", found.size(), wire::describe(first, test.version())));
}

std::vector<Case> suback_cases() {
  return {
      {.id = "subscribe/suback-has-packet-id",
       .title = "A SUBSCRIBE is answered with a SUBACK that has the same Packet Identifier",
       .checks = {{v3_1_1, "MQTT-3.8.4-1"},
                  {v3_1_1, "MQTT-3.8.4-2"},
                  {v3_1_1, "MQTT-2.3.1-7"},
                  {v3_1_1, "MQTT-2.2.2-1"},
                  {v5_0, "MQTT-3.8.4-1"},
                  {v5_0, "MQTT-3.8.4-2"},
                  {v5_0, "MQTT-2.2.1-6"},
                  {v5_0, "MQTT-2.1.3-1"}},
       .run = suback_has_packet_id},
      {.id = "subscribe/suback-for-each",
       .title = "Each of five SUBSCRIBE packets sent together is answered with a SUBACK",
       .checks = {{v3_1_1, "MQTT-3.8.4-2"}, {v3_1_1, "MQTT-3.8.4-1"}, {v5_0, "MQTT-3.8.4-2"}, {v5_0, "MQTT-3.8.4-1"}},
       .run = suback_for_each},
      {.id = "subscribe/one-code-for-each-filter",
       .title = "SUBACK has one code for each Topic Filter, in the same order",
       .checks = {{v3_1_1, "MQTT-3.8.4-5"},
                  {v3_1_1, "MQTT-3.9.3-1"},
                  {v3_1_1, "MQTT-3.9.3-2"},
                  {v3_1_1, "MQTT-3.8.4-4"},
                  {v5_0, "MQTT-3.8.4-6"},
                  {v5_0, "MQTT-3.9.3-1"},
                  {v5_0, "MQTT-3.9.3-2"},
                  {v5_0, "MQTT-3.8.4-5"}},
       .run = one_code_for_each_filter},
      {.id = "subscribe/granted-qos-is-used",
       .title = "Messages published with a higher QoS are delivered with the QoS that SUBACK granted",
       .checks = {{v3_1_1, "MQTT-3.8.4-5"}, {v3_1_1, "MQTT-3.8.4-6"}, {v5_0, "MQTT-3.8.4-7"}, {v5_0, "MQTT-3.8.4-8"}},
       .needs = {Capability::qos2},
       .run = granted_qos_is_used},
      {.id = "subscribe/fifty-filters",
       .title = "Fifty Topic Filters in one SUBSCRIBE create fifty subscriptions",
       .checks = {{v3_1_1, "MQTT-3.8.4-4"}, {v3_1_1, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.8.4-6"}},
       .needs = {Capability::qos1},
       .run = fifty_filters},
      {.id = "subscribe/wildcard-works-or-is-rejected",
       .title = "A subscription with a wildcard gets matching messages, or is rejected",
       .checks = {{v3_1_1, "MQTT-3.8.3-2"}},
       .needs = {Capability::qos1},
       .run = wildcard_works_or_is_rejected},
      {.id = "subscribe/several-filters",
       .title = "Each Topic Filter in one SUBSCRIBE creates a subscription with its own QoS",
       .checks = {{v3_1_1, "MQTT-3.8.4-4"}, {v5_0, "MQTT-3.8.4-5"}},
       .needs = {Capability::qos2},
       .run = several_filters},
      {.id = "subscribe/same-filter-twice",
       .title = "If a Topic Filter occurs twice in one SUBSCRIBE, the last one applies",
       .checks = {{v3_1_1, "MQTT-3.8.4-4"}, {v3_1_1, "MQTT-3.8.4-3"}, {v5_0, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.8.4-3"}},
       .needs = {Capability::qos2},
       .run = same_filter_twice},
      {.id = "subscribe/repeated/replaces-subscription",
       .title = "A repeated subscription replaces the first one: messages are delivered once",
       .checks = {{v3_1_1, "MQTT-3.8.4-3"}, {v5_0, "MQTT-3.8.4-3"}},
       .needs = {Capability::qos2},
       .run = replaced_is_one_subscription},
      {.id = "subscribe/repeated/loses-no-message",
       .title = "No message is lost while a subscription is replaced",
       .checks = {{v3_1_1, "MQTT-3.8.4-3"}, {v5_0, "MQTT-3.8.4-4"}},
       .needs = {Capability::qos2},
       .run = replacing_loses_no_message},
  };
}

std::vector<Case> option_cases() {
  const std::vector needed = {Capability::qos1, Capability::subscription_identifiers};
  return {
      {.id = "subscribe/no-local",
       .title = "A subscription with No Local gets the messages of other clients, but not those of its own client",
       .checks = {{v5_0, "MQTT-3.8.3-3"}},
       .needs = {Capability::qos1},
       .run = no_local},
      {.id = "subscription-identifier/replaced",
       .title = "A repeated subscription replaces or removes the Subscription Identifier",
       .checks = {{v5_0, "MQTT-3.8.4-3"}, {v5_0, "MQTT-3.3.4-3"}},
       .needs = needed,
       .run = identifier_is_replaced},
      {.id = "subscription-identifier/in-retained",
       .title = "A retained message is sent with the Subscription Identifier of the new subscription",
       .checks = {{v5_0, "MQTT-3.3.4-3"}},
       .needs = {Capability::qos1, Capability::retained, Capability::subscription_identifiers},
       .run = identifier_in_retained},
      {.id = "subscription-identifier/overlapping",
       .title = "A message is delivered with the Subscription Identifiers of all matching subscriptions",
       .checks = {{v5_0, "MQTT-3.3.4-3"}, {v5_0, "MQTT-3.3.4-4"}, {v5_0, "MQTT-3.3.4-5"}},
       .needs = {Capability::qos1, Capability::wildcards, Capability::subscription_identifiers},
       .run = identifiers_of_overlapping},
  };
}

}  // namespace

std::vector<Case> subscribe_cases() {
  auto cases = suback_cases();
  for (const auto requested : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once})
    cases.push_back({.id = fmt::format("subscribe/grants-at-most-qos{}", wire::number(requested)),
                     .title = fmt::format("A SUBSCRIBE that requests QoS {} is granted at most that QoS", wire::number(requested)),
                     .checks = {{v3_1_1, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.8.4-7"}},
                     .run = [requested](Test& test) { return grants_at_most(test, requested); }});
  for (const QosChange& row : qos_changes)
    cases.push_back(
        {.id = fmt::format("subscribe/repeated/qos{}-to-qos{}", wire::number(row.before), wire::number(row.after)),
         .title = fmt::format("A repeated subscription changes the QoS from {} to {}", wire::number(row.before), wire::number(row.after)),
         .checks = {{v3_1_1, "MQTT-3.8.4-3"}, {v5_0, "MQTT-3.8.4-3"}},
         .needs = {Capability::qos2},
         .run = [row](Test& test) { return replaced_with_other_qos(test, row); }});
  for (const std::uint32_t identifier : {1U, 127U, 128U, 16'384U, 268'435'455U})
    cases.push_back({.id = fmt::format("subscription-identifier/returned/{}", identifier),
                     .title = fmt::format("A message is delivered with Subscription Identifier {} of its subscription", identifier),
                     .checks = {{v5_0, "MQTT-3.3.4-3"}},
                     .needs = {Capability::qos1, Capability::subscription_identifiers},
                     .run = [identifier](Test& test) { return identifier_is_returned(test, identifier); }});
  auto options = option_cases();
  cases.insert(cases.end(), options.begin(), options.end());
  return cases;
}

}  // namespace mqttspec::conformance
