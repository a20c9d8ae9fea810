#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

constexpr std::uint16_t most_in_flight = 2;

/// A subscriber that takes two messages at a time, and acknowledges by hand from now on.
Awaitable<Pair> connect_limited(Test& test, std::optional<std::uint32_t> maximum_packet_size = {}) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::receive_maximum, most_in_flight);
  if (maximum_packet_size) packet.properties.set(wire::prop::maximum_packet_size, *maximum_packet_size);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, test.topic(), QoS::at_least_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

/// Publishes one message more than may be in flight. @return those that have come
Awaitable<std::vector<wire::Publish>> use_up(Test& test, Pair pair) {
  for (int i = 1; i <= most_in_flight + 1; ++i) co_await pair.publisher.publish(publish(test.topic(), std::to_string(i)).qos(1));
  std::vector<wire::Publish> came = {co_await pair.subscriber.need<wire::Publish>(payload("1"), qos(1))};
  co_await test.pass_time(test.settle());
  while (!pair.subscriber.waiting(wire::PacketType::publish).empty()) came.push_back(co_await pair.subscriber.need<wire::Publish>(qos(1)));
  co_return came;
}

Awaitable<void> receive_maximum(Test& test) {
  auto pair = co_await connect_limited(test);
  const auto came = co_await use_up(test, pair);
  test.check(came.size() <= most_in_flight, "at most 2 messages in flight, as Receive Maximum says",
             std::to_string(came.size()) + " messages without a PUBACK");
  for (const auto& message : came) co_await pair.subscriber.send(puback(message.packet_id->value()));
  co_await pair.subscriber.expect<wire::Publish>(payload(std::to_string(came.size() + 1)));
}

Awaitable<void> others_go_on(Test& test) {
  auto pair = co_await connect_limited(test);
  (void)co_await use_up(test, pair);
  const auto id = pair.subscriber.next_packet_id();
  co_await pair.subscriber.send(subscribe(id, test.topic("other"), QoS::at_most_once));
  co_await pair.subscriber.expect<wire::Suback>(packet_id(id));
  co_await pair.subscriber.expect_alive();
}

constexpr std::uint32_t small_packets = 300;  // bytes

Awaitable<void> publish_too_large(Test& test, Connection publisher) {
  co_await publisher.publish(publish(test.topic(), std::string(1'000, 'x')).qos(1));
}

Awaitable<void> maximum_packet_size(Test& test) {
  auto pair = co_await connect_limited(test, small_packets);
  co_await publish_too_large(test, pair.publisher);
  co_await pair.subscriber.expect_nothing_more();
}

Awaitable<void> too_large_counts_as_sent(Test& test) {
  auto pair = co_await connect_limited(test, small_packets);
  for (int i = 0; i < most_in_flight; ++i) co_await publish_too_large(test, pair.publisher);
  co_await pair.publisher.publish(publish(test.topic(), "small").qos(1));
  co_await pair.subscriber.expect<wire::Publish>(payload("small"));
}

Awaitable<void> no_problem_information(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::request_problem_information, 0);
  auto client = co_await test.connect(packet);
  co_await client.send(subscribe(1, test.topic(), QoS::at_most_once));
  const auto suback = co_await client.need<wire::Suback>(packet_id(1));
  const bool is_bare = !suback.properties.has(wire::PropertyId::reason_string) && !suback.properties.has(wire::PropertyId::user_property);
  test.check(is_bare, "SUBACK without Reason String and User Property", wire::describe(suback, v5_0));
}

// ---- Message expiry

Awaitable<void> expired_is_not_delivered(Test& test) {
  auto pair = co_await connect_kept_pair(test, QoS::at_least_once);
  co_await leave(pair.subscriber);
  co_await pair.publisher.publish(expiring(test, "expired", short_expiry));
  co_await pair.publisher.publish(expiring(test, "still good", long_expiry));
  co_await test.pass_time(past_short_expiry);
  auto again = co_await resume_kept(test);
  if (!co_await again.has_come(wire::PacketType::publish)) test.set_up_failed("no message came, not even the one that is still good");
  co_await again.expect<wire::Publish>(payload("still good"));
  co_await again.expect_nothing_more();
}

Awaitable<void> expired_is_not_retained(Test& test) {
  auto publisher = co_await test.connect();
  auto message = expiring(test, "expired", short_expiry);
  message.retain = true;
  co_await publisher.publish(message);
  co_await test.pass_time(past_short_expiry);
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> counted_down(Test& test) {
  auto pair = co_await connect_kept_pair(test, QoS::at_least_once);
  co_await leave(pair.subscriber);
  co_await pair.publisher.publish(expiring(test, "waits", long_expiry));
  co_await test.pass_time(3s);
  auto again = co_await resume_kept(test);
  const auto message = co_await again.need<wire::Publish>(payload("waits"));
  const auto left = message.properties.get(wire::prop::message_expiry_interval);
  // A clock of whole seconds may have ticked two times.
  test.check(left && *left <= long_expiry - 2, "a Message Expiry Interval of 597 s, at most 598 s", wire::describe(message, v5_0));
}

Awaitable<void> in_flight_does_not_expire(Test& test) {
  auto pair = co_await connect_kept_pair(test, QoS::exactly_once);
  pair.subscriber.acknowledge(Acknowledging::by_hand);
  co_await pair.publisher.publish(expiring(test, "in flight", short_expiry, QoS::exactly_once));
  if (!co_await pair.subscriber.has_come(wire::PacketType::publish)) test.not_applicable("the message had expired before it was sent");
  co_await pair.subscriber.need<wire::Publish>(payload("in flight"));
  co_await pair.subscriber.drop();
  co_await test.pass_time(about_short_expiry);
  auto again = co_await resume_kept(test);
  co_await again.expect<wire::Publish>(payload("in flight"));
}

}  // namespace

std::vector<Case> flow_control_cases() {
  return {
      {.id = "flow/receive-maximum",
       .title = "No more messages are in flight than the client's Receive Maximum",
       .checks = {{v5_0, "MQTT-3.3.4-9"}},
       .needs = {Capability::qos1},
       .run = receive_maximum},
      {.id = "flow/only-publish-waits",
       .title = "A broker that may send no more PUBLISH packets answers all the same",
       .checks = {{v5_0, "MQTT-4.9.0-3"}},
       .needs = {Capability::qos1},
       .run = others_go_on},
      {.id = "flow/maximum-packet-size",
       .title = "No packet is sent that is larger than the client's Maximum Packet Size",
       .checks = {{v5_0, "MQTT-3.1.2-24"}},
       .needs = {Capability::qos1},
       .run = maximum_packet_size},
      {.id = "flow/too-large-counts-as-sent",
       .title = "A message that is too large for the client does not keep others back",
       .checks = {{v5_0, "MQTT-3.1.2-25"}},
       .needs = {Capability::qos1},
       .run = too_large_counts_as_sent},
      {.id = "flow/no-problem-information",
       .title = "With Request Problem Information 0 there are no Reason Strings in a SUBACK",
       .checks = {{v5_0, "MQTT-3.1.2-29"}},
       .run = no_problem_information},
      {.id = "expiry/expired-message-is-not-delivered",
       .title = "A message that has expired while it waited for its subscriber is not delivered",
       .checks = {{v5_0, "MQTT-3.3.2-5"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = expired_is_not_delivered},
      {.id = "expiry/expired-retained-message-is-gone",
       .title = "A retained message that has expired is not delivered to new subscribers",
       .checks = {{v5_0, "MQTT-3.3.2-5"}},
       .needs = {Capability::qos1, Capability::retained},
       .pace = Pace::by_the_clock,
       .run = expired_is_not_retained},
      {.id = "expiry/counted-down",
       .title = "The Message Expiry Interval is less by the time that the message has waited",
       .checks = {{v5_0, "MQTT-3.3.2-6"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = counted_down},
      {.id = "expiry/not-in-flight",
       .title = "A QoS 2 message that has been sent does not expire any more",
       .checks = {{v5_0, "MQTT-4.3.3-7"}},
       .needs = {Capability::qos2, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = in_flight_does_not_expire},
  };
}

}  // namespace mqttspec::conformance
