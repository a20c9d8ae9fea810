// The Message Expiry Interval (3.3.2.3.3).

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <chrono>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

Awaitable<void> expired_is_not_delivered(Test& test) {
  auto pair = co_await connect_kept_pair(test, QoS::at_least_once);
  co_await leave(pair.subscriber);
  co_await pair.publisher.publish(expiring(test, "expired", short_expiry));
  co_await pair.publisher.publish(expiring(test, "not expired", long_expiry));
  co_await test.pass_time(past_short_expiry);
  auto again = co_await resume_kept(test);
  if (!co_await again.has_come(wire::PacketType::publish))
    test.set_up_failed("no message was delivered, not even the one that has not expired");
  co_await again.expect<wire::Publish>(payload("not expired"));
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
  // A clock of whole seconds may have advanced by 2 s.
  test.check(left && *left <= long_expiry - 2, "a Message Expiry Interval of 597 s, or 598 s", wire::describe(message, v5_0));
}

Awaitable<void> in_flight_does_not_expire(Test& test) {
  auto pair = co_await connect_kept_pair(test, QoS::exactly_once);
  pair.subscriber.acknowledge(Acknowledging::by_hand);
  co_await pair.publisher.publish(expiring(test, "in flight", short_expiry, QoS::exactly_once));
  if (!co_await pair.subscriber.has_come(wire::PacketType::publish)) test.not_applicable("the message expired before it was sent");
  co_await pair.subscriber.need<wire::Publish>(payload("in flight"));
  co_await pair.subscriber.drop();
  co_await test.pass_time(about_short_expiry);
  auto again = co_await resume_kept(test);
  co_await again.expect<wire::Publish>(payload("in flight"));
}

Awaitable<void> expires_while_waiting(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair_with_receive_maximum(test, 1, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "in flight").qos(1));
  const auto first = co_await subscriber.need<wire::Publish>(payload("in flight"), qos(1));
  co_await publisher.publish(expiring(test, "expired", short_expiry));
  co_await publisher.publish(expiring(test, "not expired", long_expiry));
  co_await test.pass_time(about_short_expiry);
  if (!subscriber.waiting(wire::PacketType::publish).empty()) test.set_up_failed("the broker exceeded the Receive Maximum");
  co_await subscriber.send(puback(first.packet_id->value()));
  const bool is_sent = co_await subscriber.has_come(wire::PacketType::publish);
  test.check(is_sent, "the message after the expired one", "none");
  auto message = co_await subscriber.need<wire::Publish>();
  if (message.payload == "expired") {
    co_await acknowledge(subscriber, message);
    message = co_await subscriber.expect<wire::Publish>();
  }
  test.check(message.payload == "not expired", "the message after the expired one", wire::describe(message, v5_0));
}

Awaitable<void> retained_is_counted_down(Test& test) {
  auto publisher = co_await test.connect();
  auto kept = expiring(test, "kept", long_expiry);
  kept.retain = true;
  co_await publisher.publish(kept);
  co_await test.pass_time(3s);
  auto subscriber = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  const auto message = co_await subscriber.need<wire::Publish>(payload("kept"));
  const auto left = message.properties.get(wire::prop::message_expiry_interval);
  // A clock of whole seconds may have advanced by 2 s.
  test.check(left && *left <= long_expiry - 2, "a Message Expiry Interval of 597 s, or 598 s", wire::describe(message, v5_0));
}

}  // namespace

std::vector<Case> message_expiry_cases() {
  return {
      {.id = "expiry/expired-message-is-not-delivered",
       .title = "A message that expires while it is queued is not delivered",
       .checks = {{v5_0, "MQTT-3.3.2-5"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = expired_is_not_delivered},
      {.id = "expiry/expired-retained-message-is-not-sent",
       .title = "An expired retained message is not sent to new subscribers",
       .checks = {{v5_0, "MQTT-3.3.2-5"}},
       .needs = {Capability::qos1, Capability::retained},
       .pace = Pace::by_the_clock,
       .run = expired_is_not_retained},
      {.id = "expiry/queued-message-is-counted-down",
       .title = "The Message Expiry Interval of a queued message is reduced by the time that it waited",
       .checks = {{v5_0, "MQTT-3.3.2-6"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = counted_down},
      {.id = "expiry/message-in-flight-does-not-expire",
       .title = "A QoS 2 message does not expire after it has been sent",
       .checks = {{v5_0, "MQTT-4.3.3-7"}},
       .needs = {Capability::qos2, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = in_flight_does_not_expire},
      {.id = "expiry/expired-message-does-not-delay-others",
       .title = "A message that expires while Receive Maximum delays it does not delay later messages",
       .checks = {{v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .pace = Pace::by_the_clock,
       .run = expires_while_waiting},
      {.id = "expiry/retained-message-is-counted-down",
       .title = "The Message Expiry Interval of a retained message is reduced by the time that it was stored",
       .checks = {{v5_0, "MQTT-3.3.2-6"}},
       .needs = {Capability::qos1, Capability::retained},
       .pace = Pace::by_the_clock,
       .run = retained_is_counted_down},
  };
}

}  // namespace mqttspec::conformance
