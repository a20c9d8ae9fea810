#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
using wire::RetainHandling;

/// Stores a retained message, or removes one: with QoS 1, since a broker need not keep one with QoS 0. @return the publisher, still
/// connected
Awaitable<Connection> retain(Test& test, std::string topic, std::string text, QoS level = QoS::at_least_once) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(std::move(topic), std::move(text)).qos(level).retain());
  co_await publisher.fence();
  // No acknowledgement shows that it is stored.
  if (level == QoS::at_most_once) co_await test.pass_time(test.settle());
  co_return publisher;
}

// ---- Storing and sending

Awaitable<void> sent_to_new_subscription(Test& test) {
  co_await retain(test, test.topic(), "kept");
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("kept"), topic_name(test.topic()));
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> sent_with_retain_1(Test& test) {
  co_await retain(test, test.topic(), "kept");
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("kept"), retained(), not_dup());
}

Awaitable<void> sent_to_every_new_subscriber(Test& test) {
  co_await retain(test, test.topic(), "kept");
  for (int i = 0; i < 3; ++i) {
    auto subscriber = co_await test.connect();
    co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
    co_await subscriber.expect<wire::Publish>(payload("kept"));
  }
}

/// The message is sent with its own QoS or that of the subscription, whichever is lower.
Awaitable<void> keeps_qos(Test& test, QoS published, QoS granted) {
  co_await retain(test, test.topic(), "kept", published);
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), granted);
  const auto lower = std::min(published, granted);
  if (lower == QoS::at_most_once) co_await skip_if_lost(test, subscriber);
  co_await subscriber.expect<wire::Publish>(payload("kept"), qos(lower));
  // A QoS 1 message may be delivered twice to a subscription with QoS 0.
  if (published == QoS::exactly_once && granted == QoS::at_most_once) co_await subscriber.expect_nothing_more(because("4.3.1", "4.3.1"));
}

Awaitable<void> sent_again_after_resubscribing(Test& test) {
  co_await retain(test, test.topic(), "kept");
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.need<wire::Publish>(payload("kept"));
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("kept"), retained());
}

/// The retained messages of these topics must arrive, in any order, and no others.
Awaitable<void> expect_all(Test& test, Connection subscriber, std::set<std::string> topics) {
  while (!topics.empty()) {
    const auto message = co_await subscriber.expect<wire::Publish>(retained());
    test.check(topics.erase(message.topic) == 1, "one retained message of each matching topic", wire::describe(message, test.version()));
  }
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> wildcards_get_all(Test& test) {
  std::set<std::string> topics;
  for (const auto* suffix : {"a", "a/b", "a/b/c", "b", "b//c"}) {
    topics.insert(test.topic(suffix));
    co_await retain(test, test.topic(suffix), suffix);
  }
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic("#"), QoS::at_least_once);
  co_await expect_all(test, subscriber, topics);
}

Awaitable<void> wildcards_get_matching(Test& test) {
  for (const auto* suffix : {"a", "a/b", "a/c", "a/b/c", "b/b"}) co_await retain(test, test.topic(suffix), suffix);
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic("a/+"), QoS::at_least_once);
  co_await expect_all(test, subscriber, {test.topic("a/b"), test.topic("a/c")});
}

Awaitable<void> sent_for_each_filter(Test& test) {
  std::vector<wire::Subscription> subscriptions;
  std::set<std::string> topics;
  for (const auto* suffix : {"a", "b", "c"}) {
    subscriptions.push_back({.topic_filter = test.topic(suffix), .maximum_qos = QoS::at_least_once});
    topics.insert(test.topic(suffix));
    co_await retain(test, test.topic(suffix), suffix);
  }
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(subscriptions);
  co_await expect_all(test, subscriber, topics);
}

Awaitable<void> outlives_its_publisher(Test& test) {
  co_await leave(co_await retain(test, test.topic(), "kept"));
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("kept"));
}

// ---- Replacing and removing

Awaitable<void> replaced(Test& test) {
  co_await retain(test, test.topic(), "old");
  co_await retain(test, test.topic(), "new");
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("new"));
  co_await subscriber.expect_nothing_more();
}

/// A publisher replaces the retained message again and again while a client subscribes. Whenever the broker adds the subscription, the
/// client must receive the message that was retained at that time, and every later one.
Awaitable<void> replaced_while_subscribing(Test& test) {
  if (test.subscription_lag().count() > 0) test.not_applicable("subscriptions take effect after their SUBACK");
  auto publisher = co_await retain(test, test.topic(), "0");
  const int half = std::min<int>(10, publisher.connack().properties.get(wire::prop::receive_maximum).value_or(20) / 2);
  if (half < 2) test.not_applicable("the broker's Receive Maximum does not allow several messages at a time");
  const auto batch = [&](int first) {
    std::vector<wire::Packet> packets;
    for (int i = first; i < first + half; ++i)
      packets.emplace_back(publish(test.topic(), std::to_string(i)).qos(1).packet_id(static_cast<std::uint16_t>(i)).retain());
    return packets;
  };
  auto subscriber = co_await test.connect();
  co_await publisher.send_together(batch(1));
  co_await subscriber.send(subscribe(1, test.topic(), QoS::at_least_once));
  co_await publisher.send_together(batch(half + 1));
  co_await subscriber.need<wire::Suback>();
  std::set<int> received;
  bool has_retained = false;
  while (!received.contains(2 * half)) {
    const auto message = co_await subscriber.expect<wire::Publish>();
    received.insert(std::atoi(message.payload.c_str()));
    has_retained = has_retained || message.retain;
  }
  // The broker may look up the retained message so late that it is the last one.
  if (!has_retained) co_await subscriber.expect<wire::Publish>(retained());
  test.check(static_cast<int>(received.size()) == 2 * half - *received.begin() + 1,
             "the retained message and every message that replaced it",
             fmt::format("{} messages of number {} to {}", received.size(), *received.begin(), 2 * half));
}

/// The broker need not retain the new message, since it has QoS 0, but must discard the old one.
Awaitable<void> replaced_by_qos0(Test& test) {
  co_await retain(test, test.topic(), "old");
  co_await retain(test, test.topic(), "new", QoS::at_most_once);
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  for (const auto& message : co_await receive_remaining(test, subscriber))
    test.check(message.payload == "new", "the new retained message, or none", wire::describe(message, test.version()));
}

Awaitable<void> removed_by_empty_payload(Test& test, QoS level) {
  co_await retain(test, test.topic(), "kept");
  co_await retain(test, test.topic(), "", level);
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> empty_payload_is_forwarded(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "").qos(1).retain());
  co_await subscriber.expect<wire::Publish>(payload(""), topic_name(test.topic()));
}

Awaitable<void> empty_payload_is_not_stored(Test& test) {
  co_await retain(test, test.topic(), "");
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> stored_again_after_removal(Test& test) {
  co_await retain(test, test.topic(), "first");
  co_await retain(test, test.topic(), "");
  co_await retain(test, test.topic(), "second");
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("second"));
}

Awaitable<void> not_stored_without_retain(Test& test, QoS level) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), "passing").qos(level));
  co_await publisher.fence();
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> unchanged_without_retain(Test& test, std::string_view text) {
  co_await retain(test, test.topic(), "kept");
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), std::string(text)).qos(1));
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect<wire::Publish>(payload("kept"));
  co_await subscriber.expect_nothing_more();
}

// ---- RETAIN of forwarded messages

Awaitable<void> forwarded_with_retain_0(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "live").qos(1).retain());
  co_await subscriber.expect<wire::Publish>(payload("live"), not_retained());
}

Awaitable<void> forwarded_as_published(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher,
                     wire::Subscription{.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .retain_as_published = true});
  co_await publisher.publish(publish(test.topic(), "with RETAIN 1").qos(1).retain());
  co_await subscriber.expect<wire::Publish>(payload("with RETAIN 1"), retained());
  co_await publisher.publish(publish(test.topic(), "with RETAIN 0").qos(1));
  co_await subscriber.expect<wire::Publish>(payload("with RETAIN 0"), not_retained());
}

// ---- Retain Handling of 5.0

enum class Before : std::uint8_t { new_subscription, existing_subscription };
enum class Sent : bool { no, yes };

struct Handling {
  std::string_view id;
  std::string_view title;
  RetainHandling option;
  Before before;
  Sent sent;
  Check check;
};

constexpr Handling handlings[] = {
    {"0/new-subscription",
     "With Retain Handling 0 retained messages are sent for a new subscription",
     RetainHandling::send,
     Before::new_subscription,
     Sent::yes,
     {v5_0, "MQTT-3.3.1-9"}},
    {"0/existing-subscription",
     "With Retain Handling 0 retained messages are sent for an existing subscription",
     RetainHandling::send,
     Before::existing_subscription,
     Sent::yes,
     {v5_0, "MQTT-3.3.1-9"}},
    {"1/new-subscription",
     "With Retain Handling 1 retained messages are sent for a new subscription",
     RetainHandling::send_if_new,
     Before::new_subscription,
     Sent::yes,
     {v5_0, "MQTT-3.3.1-10"}},
    {"1/existing-subscription",
     "With Retain Handling 1 no retained messages are sent for an existing subscription",
     RetainHandling::send_if_new,
     Before::existing_subscription,
     Sent::no,
     {v5_0, "MQTT-3.3.1-10"}},
    {"2/new-subscription",
     "With Retain Handling 2 no retained messages are sent for a new subscription",
     RetainHandling::do_not_send,
     Before::new_subscription,
     Sent::no,
     {v5_0, "MQTT-3.3.1-11"}},
    {"2/existing-subscription",
     "With Retain Handling 2 no retained messages are sent for an existing subscription",
     RetainHandling::do_not_send,
     Before::existing_subscription,
     Sent::no,
     {v5_0, "MQTT-3.3.1-11"}},
};

Awaitable<void> retain_handling(Test& test, const Handling& row) {
  co_await retain(test, test.topic(), "kept");
  auto subscriber = co_await test.connect();
  if (row.before == Before::existing_subscription) {
    co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
    co_await subscriber.need<wire::Publish>(payload("kept"));
  }
  co_await subscriber.subscribe(
      std::vector{wire::Subscription{.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .retain_handling = row.option}});
  if (row.sent == Sent::yes) co_await subscriber.expect<wire::Publish>(payload("kept"), retained());
  co_await subscriber.expect_nothing_more();
}

std::vector<Capability> needed_for(QoS level) {
  return {Capability::retained, level == QoS::exactly_once ? Capability::qos2 : Capability::qos1};
}

std::vector<Case> single_cases() {
  const std::vector needed = {Capability::retained, Capability::qos1};
  const std::vector needed_with_wildcards = {Capability::retained, Capability::qos1, Capability::wildcards};
  return {
      {.id = "retained/sent-to-new-subscription",
       .title = "The retained message is sent once to a new subscription",
       .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v3_1_1, "MQTT-3.3.1-5"}, {v5_0, "MQTT-3.3.1-9"}, {v5_0, "MQTT-3.3.1-5"}},
       .needs = needed,
       .run = sent_to_new_subscription},
      {.id = "retained/sent-with-retain-1",
       .title = "A retained message is sent to a new subscription with RETAIN 1",
       .checks = {{v3_1_1, "MQTT-3.3.1-8"}, {v5_0, "3.3.1.3"}, {v5_0, "3.8.3.1"}},
       .needs = needed,
       .run = sent_with_retain_1},
      {.id = "retained/sent-to-every-new-subscriber",
       .title = "The retained message is sent to each new subscriber",
       .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v3_1_1, "MQTT-3.3.1-5"}, {v5_0, "MQTT-3.3.1-9"}, {v5_0, "MQTT-3.3.1-5"}},
       .needs = needed,
       .run = sent_to_every_new_subscriber},
      {.id = "retained/sent-again-after-resubscribing",
       .title = "The retained message is sent again when a client repeats its subscription",
       .checks = {{v3_1_1, "MQTT-3.8.4-3"}, {v5_0, "MQTT-3.8.4-4"}, {v5_0, "MQTT-3.3.1-9"}},
       .needs = needed,
       .run = sent_again_after_resubscribing},
      {.id = "retained/wildcard-gets-all",
       .title = "The retained message of each matching topic is sent once to a new subscription with #",
       .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v5_0, "MQTT-3.3.1-9"}},
       .needs = needed_with_wildcards,
       .run = wildcards_get_all},
      {.id = "retained/wildcard-gets-only-matching",
       .title = "Only retained messages of matching topics are sent to a new subscription with +",
       .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v3_1_1, "MQTT-3.3.2-3"}, {v5_0, "MQTT-3.3.1-9"}, {v5_0, "MQTT-3.3.2-3"}},
       .needs = needed_with_wildcards,
       .run = wildcards_get_matching},
      {.id = "retained/sent-for-each-filter",
       .title = "The retained message of each Topic Filter in one SUBSCRIBE is sent",
       .checks = {{v3_1_1, "MQTT-3.8.4-4"}, {v3_1_1, "MQTT-3.3.1-6"}, {v5_0, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.3.1-9"}},
       .needs = needed,
       .run = sent_for_each_filter},
      {.id = "retained/outlives-its-publisher",
       .title = "A retained message is kept when the Session of its publisher ends",
       .checks = {{v3_1_1, "MQTT-3.3.1-5"}, {v5_0, "MQTT-3.3.1-5"}, {v5_0, "4.1"}},
       .needs = needed,
       .run = outlives_its_publisher},
      {.id = "retained/replaced",
       .title = "A new retained message replaces the old one",
       .checks = {{v3_1_1, "MQTT-3.3.1-5"}, {v3_1_1, "MQTT-3.3.1-6"}, {v5_0, "MQTT-3.3.1-5"}},
       .needs = needed,
       .run = replaced},
      {.id = "retained/replaced-while-subscribing",
       .title = "A client that subscribes while the retained message changes gets the current one and all later messages",
       .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v5_0, "MQTT-3.3.1-9"}},
       .needs = needed,
       .run = replaced_while_subscribing},
      {.id = "retained/replaced-by-qos0",
       .title = "A QoS 0 message with RETAIN 1 replaces or removes the retained message",
       .checks = {{v3_1_1, "MQTT-3.3.1-7"}, {v5_0, "MQTT-3.3.1-5"}},
       .needs = needed,
       .run = replaced_by_qos0},
      {.id = "retained/empty-payload-is-forwarded",
       .title = "A message with RETAIN 1 and an empty payload is delivered to existing subscriptions",
       .checks = {{v3_1_1, "MQTT-3.3.1-10"}, {v5_0, "MQTT-3.3.1-6"}},
       .needs = needed,
       .run = empty_payload_is_forwarded},
      {.id = "retained/empty-payload-is-not-stored",
       .title = "A message with RETAIN 1 and an empty payload is not retained",
       .checks = {{v3_1_1, "MQTT-3.3.1-11"}, {v5_0, "MQTT-3.3.1-7"}},
       .needs = needed,
       .run = empty_payload_is_not_stored},
      {.id = "retained/stored-again-after-removal",
       .title = "A message can be retained after the retained message of its topic was removed",
       .checks = {{v3_1_1, "MQTT-3.3.1-5"}, {v5_0, "MQTT-3.3.1-5"}},
       .needs = needed,
       .run = stored_again_after_removal},
      {.id = "retained/not-replaced-without-retain",
       .title = "A message with RETAIN 0 does not replace the retained message",
       .checks = {{v3_1_1, "MQTT-3.3.1-12"}, {v5_0, "MQTT-3.3.1-8"}},
       .needs = needed,
       .run = [](Test& test) { return unchanged_without_retain(test, "passing"); }},
      {.id = "retained/not-removed-without-retain",
       .title = "A message with RETAIN 0 and an empty payload does not remove the retained message",
       .checks = {{v3_1_1, "MQTT-3.3.1-12"}, {v5_0, "MQTT-3.3.1-8"}},
       .needs = needed,
       .run = [](Test& test) { return unchanged_without_retain(test, ""); }},
      {.id = "retained/forwarded-with-retain-0",
       .title = "A message with RETAIN 1 is forwarded to an existing subscription with RETAIN 0",
       .checks = {{v3_1_1, "MQTT-3.3.1-9"}, {v5_0, "MQTT-3.3.1-12"}},
       .needs = needed,
       .run = forwarded_with_retain_0},
      {.id = "retained/forwarded-as-published",
       .title = "With Retain As Published a message is forwarded with the RETAIN flag of its publisher",
       .checks = {{v5_0, "MQTT-3.3.1-13"}},
       .needs = needed,
       .run = forwarded_as_published},
  };
}

}  // namespace

std::vector<Case> retained_cases() {
  auto cases = single_cases();
  for (const auto level : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once}) {
    cases.push_back({.id = fmt::format("retained/removed-by-empty-payload/qos{}", wire::number(level)),
                     .title = fmt::format("The retained message is removed by a QoS {} message with RETAIN 1 and an empty payload",
                                          wire::number(level)),
                     .checks = {{v3_1_1, "MQTT-3.3.1-10"}, {v5_0, "MQTT-3.3.1-6"}},
                     .needs = needed_for(level),
                     .run = [level](Test& test) { return removed_by_empty_payload(test, level); }});
    cases.push_back({.id = fmt::format("retained/not-stored-without-retain/qos{}", wire::number(level)),
                     .title = fmt::format("A QoS {} message with RETAIN 0 is not retained", wire::number(level)),
                     .checks = {{v3_1_1, "MQTT-3.3.1-12"}, {v5_0, "MQTT-3.3.1-8"}},
                     .needs = needed_for(level),
                     .run = [level](Test& test) { return not_stored_without_retain(test, level); }});
  }
  for (const auto published : {QoS::at_least_once, QoS::exactly_once})
    for (const auto granted : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once})
      cases.push_back({.id = fmt::format("retained/published-qos{}-granted-qos{}", wire::number(published), wire::number(granted)),
                       .title = fmt::format("A QoS {} retained message is sent to a new subscription with QoS {} at QoS {}",
                                            wire::number(published), wire::number(granted), wire::number(std::min(published, granted))),
                       .checks = {{v3_1_1, "MQTT-3.8.4-6"}, {v3_1_1, "MQTT-3.3.1-5"}, {v5_0, "MQTT-3.8.4-8"}, {v5_0, "MQTT-3.3.1-5"}},
                       .needs = {Capability::retained, Capability::qos2},
                       .run = [published, granted](Test& test) { return keeps_qos(test, published, granted); }});
  for (const Handling& row : handlings)
    cases.push_back({.id = fmt::format("retained/retain-handling-{}", row.id),
                     .title = std::string(row.title),
                     .checks = {row.check},
                     .needs = {Capability::retained, Capability::qos1},
                     .run = [row](Test& test) { return retain_handling(test, row); }});
  return cases;
}

}  // namespace mqttspec::conformance
