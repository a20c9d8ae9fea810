#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <map>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

/// A Shared Subscription of this run to test.topic().
wire::Subscription shared(Test& test, QoS level) {
  return {.topic_filter = fmt::format("$share/{}/{}", test.client_id(), test.topic()), .maximum_qos = level};
}

/// A member that gets messages, and who publishes them.
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
    for (const auto& message : co_await whatever_comes(test, member))
      if (!is_warm_up(message)) ++copies[message.payload];
  for (const auto& [text, count] : copies)
    test.check(count == 1, fmt::format("the message {} for one member of the Shared Subscription", wire::quote(text)),
               fmt::format("it came {} times", count));
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

/// The message belongs to the member that was there when it was published.
Awaitable<void> in_flight_stays(Test& test) {
  auto group = co_await connect_group(test, QoS::exactly_once);
  group.member.acknowledge(Acknowledging::by_hand);
  co_await group.publisher.publish(publish(test.topic(), "in flight").qos(2));
  co_await group.member.need<wire::Publish>(payload("in flight"));
  auto second = co_await join(test, QoS::exactly_once);
  co_await group.member.drop();
  co_await second.expect_nothing_more();
}

Awaitable<void> refused_is_discarded(Test& test) {
  auto group = co_await connect_group(test, QoS::at_least_once);
  group.member.acknowledge(Acknowledging::by_hand);
  co_await group.publisher.publish(publish(test.topic(), "refused").qos(1));
  const auto message = co_await group.member.need<wire::Publish>(payload("refused"));
  auto second = co_await join(test, QoS::at_least_once);
  co_await group.member.send(wire::Puback{.packet_id = *message.packet_id, .reason_code = wire::ReasonCode::unspecified_error});
  co_await group.member.fence();
  co_await second.expect_nothing_more();
}

}  // namespace

std::vector<Case> shared_cases() {
  return {
      {.id = "shared/each-message-to-one-member",
       .title = "A message goes to one member of a Shared Subscription",
       .checks = {{v5_0, "4.8.2"}},
       .needs = {Capability::qos1, Capability::shared_subscriptions},
       .run = each_to_one_member},
      {.id = "shared/granted-qos",
       .title = "A member of a Shared Subscription gets messages with the QoS that it was granted at most",
       .checks = {{v5_0, "MQTT-4.8.2-3"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = granted_qos},
      {.id = "shared/no-retained-messages",
       .title = "A Shared Subscription brings no retained messages when it is made",
       .checks = {{v5_0, "4.8.2"}},
       .needs = {Capability::qos1, Capability::retained, Capability::shared_subscriptions},
       .run = no_retained_messages},
      {.id = "shared/qos2-in-flight-stays-with-its-member",
       .title = "A QoS 2 message in flight goes to no other member when the Session of its member ends",
       .checks = {{v5_0, "MQTT-4.8.2-5"}},
       .needs = {Capability::qos2, Capability::shared_subscriptions},
       .run = in_flight_stays},
      {.id = "shared/refused-message-is-discarded",
       .title = "A message that a member refuses goes to no other member",
       .checks = {{v5_0, "MQTT-4.8.2-6"}},
       .needs = {Capability::qos1, Capability::shared_subscriptions},
       .run = refused_is_discarded},
  };
}

}  // namespace mqttspec::conformance
