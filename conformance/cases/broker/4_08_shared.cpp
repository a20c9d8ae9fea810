#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <map>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

/// A Shared Subscription to test.topic(), unique to this case.
wire::Subscription shared(Test& test, QoS level) {
  return {.topic_filter = fmt::format("$share/{}/{}", test.client_id(), test.topic()), .maximum_qos = level};
}

/// A member of the Shared Subscription, and a publisher.
struct Group {
  Connection member;
  Connection publisher;
};

Awaitable<Group> connect_group(Test& test, QoS level) {
  auto publisher = co_await test.connect();
  auto member = co_await test.connect();
  co_await establish(test, member, publisher, shared(test, level), test.topic());
  co_return Group{std::move(member), std::move(publisher)};
}

Awaitable<Connection> join(Test& test, QoS level) {
  auto member = co_await test.connect();
  co_await member.subscribe(std::vector{shared(test, level)});
  co_return member;
}

Awaitable<void> each_to_one_member(Test& test) {
  auto group = co_await connect_group(test, QoS::at_least_once);
  auto second = co_await join(test, QoS::at_least_once);
  for (const auto* text : {"first", "second", "third", "fourth"}) co_await group.publisher.publish(publish(test.topic(), text).qos(1));
  std::map<std::string, int> copies;
  for (auto& member : {group.member, second})
    for (const auto& message : co_await receive_remaining(test, member))
      if (!is_warm_up(message)) ++copies[message.payload];
  for (const auto& [text, count] : copies)
    test.check(count == 1, fmt::format("one copy of {} for one member of the Shared Subscription", wire::quote(text)),
               fmt::format("{} copies", count));
}

Awaitable<void> granted_qos(Test& test) {
  auto group = co_await connect_group(test, QoS::at_least_once);
  co_await group.publisher.publish(publish(test.topic(), "QoS 2").qos(2));
  co_await group.member.expect<wire::Publish>(payload("QoS 2"), qos(QoS::at_least_once));
}

Awaitable<void> no_retained_messages(Test& test) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), "retained").qos(1).retain());
  auto member = co_await join(test, QoS::at_least_once);
  co_await member.expect_nothing_more();
}

/// The message is in flight to the only member at the time of its publication.
Awaitable<void> in_flight_stays(Test& test) {
  auto group = co_await connect_group(test, QoS::exactly_once);
  group.member.acknowledge(Acknowledging::by_hand);
  co_await group.publisher.publish(publish(test.topic(), "in flight").qos(2));
  co_await group.member.need<wire::Publish>(payload("in flight"));
  auto second = co_await join(test, QoS::exactly_once);
  co_await group.member.drop();
  co_await second.expect_nothing_more();
}

Awaitable<void> rejected_is_discarded(Test& test) {
  auto group = co_await connect_group(test, QoS::at_least_once);
  group.member.acknowledge(Acknowledging::by_hand);
  co_await group.publisher.publish(publish(test.topic(), "rejected").qos(1));
  const auto message = co_await group.member.need<wire::Publish>(payload("rejected"), qos(1));
  auto second = co_await join(test, QoS::at_least_once);
  co_await group.member.send(wire::Puback{.packet_id = *message.packet_id, .reason_code = wire::ReasonCode::unspecified_error});
  co_await group.member.fence();
  co_await second.expect_nothing_more();
}

std::vector<Case> single_shared_cases() {
  return {
      {.id = "shared/each-message-to-one-member",
       .title = "A message is delivered to one member of a Shared Subscription",
       .checks = {{v5_0, "4.8.2"}},
       .needs = {Capability::qos1, Capability::shared_subscriptions},
       .run = each_to_one_member},
      {.id = "shared/granted-qos",
       .title = "A message is delivered to a member of a Shared Subscription with at most the granted QoS",
       .checks = {{v5_0, "MQTT-4.8.2-3"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = granted_qos},
      {.id = "shared/no-retained-messages",
       .title = "No retained messages are sent for a new Shared Subscription",
       .checks = {{v5_0, "4.8.2"}},
       .needs = {Capability::qos1, Capability::retained, Capability::shared_subscriptions},
       .run = no_retained_messages},
      {.id = "shared/qos2-in-flight-is-not-redistributed",
       .title = "A QoS 2 message in flight is not sent to another member when the Session of its member ends",
       .checks = {{v5_0, "MQTT-4.8.2-5"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = in_flight_stays},
      {.id = "shared/rejected-message-is-discarded",
       .title = "A message that a member rejects is not sent to another member",
       .checks = {{v5_0, "MQTT-4.8.2-6"}},
       .needs = {Capability::qos1, Capability::shared_subscriptions},
       .run = rejected_is_discarded},
  };
}

constexpr int messages = 20;

std::vector<Copies> each_once() {
  std::vector<Copies> all;
  for (int i = 1; i <= messages; ++i) all.push_back({fmt::format("message {}", i), 1, 1});
  return all;
}

Awaitable<void> publish_each(Test& test, Connection publisher, QoS level) {
  for (int i = 1; i <= messages; ++i) co_await publisher.publish(publish(test.topic(), fmt::format("message {}", i)).qos(level));
}

/// Waits until each message has been delivered to one of the members.
Awaitable<void> expect_each_at_one(Test& test, std::vector<Connection> members) {
  std::map<std::string, int> copies;
  const auto count_all = [&] {
    int total = 0;
    for (const auto& [text, count] : copies) total += count;
    return total;
  };
  const auto deadline = test.now() + test.timeout();
  while (count_all() < messages && test.now() < deadline)
    for (auto& member : members)
      for (const auto& message : co_await receive_remaining(test, member))
        if (!is_warm_up(message)) ++copies[message.payload];
  for (const auto& row : each_once())
    test.check(copies[row.payload] == 1, fmt::format("one copy of {} for one member of the Shared Subscription", wire::quote(row.payload)),
               fmt::format("{} copies", copies[row.payload]));
}

/// With QoS 2, so that each message is delivered exactly once.
Awaitable<void> no_message_is_lost(Test& test) {
  auto group = co_await connect_group(test, QoS::exactly_once);
  auto second = co_await join(test, QoS::exactly_once);
  co_await publish_each(test, group.publisher, QoS::exactly_once);
  co_await expect_each_at_one(test, {group.member, second});
}

wire::Subscription of_group(Test& test, std::string_view name) {
  return {.topic_filter = fmt::format("$share/{}{}/{}", test.client_id(), name, test.topic()), .maximum_qos = QoS::exactly_once};
}

/// Two Shared Subscriptions and an ordinary one: each of the three gets every message.
Awaitable<void> groups_are_independent(Test& test) {
  auto publisher = co_await test.connect();
  std::vector<Connection> subscribers;
  for (const auto& subscription :
       {of_group(test, "a"), of_group(test, "b"), wire::Subscription{.topic_filter = test.topic(), .maximum_qos = QoS::exactly_once}}) {
    subscribers.push_back(co_await test.connect());
    co_await establish(test, subscribers.back(), publisher, subscription, test.topic());
  }
  for (auto& subscriber : subscribers) (void)co_await receive_remaining(test, subscriber);
  co_await publish_each(test, publisher, QoS::exactly_once);
  for (auto& subscriber : subscribers) co_await expect_copies(test, subscriber, each_once());
}

/// How a member leaves the Shared Subscription.
enum class Leaving : std::uint8_t { unsubscribes, disconnects, drops };

Awaitable<void> others_get_everything(Test& test, Leaving way) {
  auto group = co_await connect_group(test, QoS::exactly_once);
  // The Will Message of a member that loses its connection shows that the broker has noticed.
  co_await establish(test, group.publisher, group.publisher, test.topic("will"), QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic("will"), .payload = "gone", .qos = QoS::at_least_once};
  auto second = co_await test.connect(packet);
  co_await second.subscribe(std::vector{shared(test, QoS::exactly_once)});
  if (way == Leaving::unsubscribes) co_await second.unsubscribe({shared(test, QoS::exactly_once).topic_filter});
  if (way == Leaving::disconnects) co_await leave(second);
  if (way == Leaving::drops) co_await second.drop();
  if (way == Leaving::drops) {
    co_await group.publisher.need<wire::Publish>(payload("gone"));
    co_await test.pass_time(test.settle());
  }
  co_await group.member.fence();
  co_await publish_each(test, group.publisher, QoS::exactly_once);
  co_await expect_copies(test, group.member, each_once());
}

/// The Session of the member is kept, so its message is kept, too.
Awaitable<void> in_flight_is_completed(Test& test) {
  auto publisher = co_await test.connect();
  auto member = co_await connect_kept(test, Acknowledging::automatic);
  co_await establish(test, member, publisher, shared(test, QoS::exactly_once), test.topic());
  member.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "in flight").qos(2));
  co_await member.need<wire::Publish>(payload("in flight"), qos(2));
  auto second = co_await join(test, QoS::exactly_once);
  co_await member.drop();
  auto again = co_await resume_kept(test);
  const auto resent = co_await again.expect<wire::Publish>(payload("in flight"), qos(2));
  co_await again.expect<wire::Pubrel>(packet_id(resent.packet_id->value()));
  co_await second.expect_nothing_more();
}

/// Leaving a Shared Subscription does not affect an ordinary subscription of the client to the same topic.
Awaitable<void> keeps_ordinary_subscription(Test& test) {
  auto publisher = co_await test.connect();
  auto client = co_await test.connect();
  co_await establish(test, client, publisher, test.topic(), QoS::exactly_once);
  co_await client.subscribe({shared(test, QoS::exactly_once)});
  co_await client.unsubscribe({shared(test, QoS::exactly_once).topic_filter});
  co_await publisher.publish(publish(test.topic(), "for the ordinary subscription").qos(2));
  co_await client.expect<wire::Publish>(payload("for the ordinary subscription"));
  co_await client.expect_nothing_more();
}

/// A member of a Shared Subscription that has received a QoS 2 message reconnects, and must get the message again.
Awaitable<void> shared_delivery_is_completed(Test& test) {
  const wire::Subscription shared{.topic_filter = fmt::format("$share/{}/{}", test.client_id(), test.topic()),
                                  .maximum_qos = QoS::exactly_once};
  auto publisher = co_await test.connect();
  auto member = co_await connect_kept(test);
  co_await establish(test, member, publisher, shared, test.topic());
  member.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "begun").qos(2));
  co_await member.need<wire::Publish>(payload("begun"));
  auto other = co_await test.connect();
  co_await other.subscribe(std::vector{shared});
  co_await member.drop();
  auto again = co_await resume_kept(test);
  const auto resent = co_await again.expect<wire::Publish>(payload("begun"), qos(2));
  co_await again.expect<wire::Pubrel>(packet_id(resent.packet_id->value()));
  co_await other.expect_nothing_more(because("", "MQTT-4.8.2-5"));
}

struct LeavingRow {
  Leaving way;
  std::string_view id;
  std::string_view words;
};
constexpr LeavingRow leavings[] = {{Leaving::unsubscribes, "unsubscribes", "unsubscribes"},
                                   {Leaving::disconnects, "disconnects", "ends its Session with DISCONNECT"},
                                   {Leaving::drops, "loses-connection", "loses its connection and its Session"}};

}  // namespace

std::vector<Case> shared_cases() {
  auto cases = single_shared_cases();
  for (const LeavingRow& row : leavings)
    cases.push_back({.id = fmt::format("shared/member-{}", row.id),
                     .title = fmt::format("When a member of a Shared Subscription {}, the other members get every message", row.words),
                     .checks = {{v5_0, "4.8.2"}},
                     .needs = {Capability::qos2, Capability::shared_subscriptions},
                     .run = [row](Test& test) { return others_get_everything(test, row.way); }});
  const std::vector<Case> others = {
      {.id = "shared/no-message-is-lost",
       .title = "Each of twenty messages is delivered to one member of a Shared Subscription",
       .checks = {{v5_0, "4.8.2"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = no_message_is_lost},
      {.id = "shared/groups-are-independent",
       .title = "Each Shared Subscription to a topic, and each ordinary one, gets every message",
       .checks = {{v5_0, "4.8.2"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = groups_are_independent},
      {.id = "shared/leaving-keeps-ordinary-subscription",
       .title = "A client that leaves a Shared Subscription keeps its ordinary subscription to the same topic",
       .checks = {{v5_0, "4.8.2"}, {v5_0, "MQTT-3.10.4-1"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = keeps_ordinary_subscription},
      {.id = "shared/qos2-in-flight-is-completed",
       .title = "The delivery of a QoS 2 message in flight is completed when its member reconnects",
       .checks = {{v5_0, "MQTT-4.8.2-4"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions, Capability::sessions},
       .run = in_flight_is_completed},
      {.id = "shared/qos2-begun-delivery-is-completed",
       .title = "The delivery of a QoS 2 message that a member has begun to receive is completed with the same member when it reconnects",
       .checks = {{v5_0, "MQTT-4.8.2-4"}, {v5_0, "MQTT-4.8.2-5"}},
       .needs = {Capability::qos2, Capability::sessions, Capability::shared_subscriptions},
       .run = shared_delivery_is_completed},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
