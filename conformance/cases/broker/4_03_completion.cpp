#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>
#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

/// What has been begun is seen through: Sessions as long as their connection, QoS 2 exchanges whatever happens meanwhile.

/// While time passes, and other clients come and go, a Session that ends with its connection keeps its subscription and its exchanges.
Awaitable<void> session_lasts(Test& test) {
  auto pair = co_await connect_pair(test, QoS::at_least_once);
  co_await pair.subscriber.send(publish(test.topic("exchange"), "begun").qos(2).packet_id(7));
  co_await pair.subscriber.need<wire::Pubrec>(packet_id(7));
  for (int i = 0; i < 3; ++i) {
    co_await leave(co_await test.connect());
    co_await test.pass_time(1s);
  }
  co_await pair.subscriber.send(pubrel(7));
  const auto pubcomp = co_await pair.subscriber.expect<wire::Pubcomp>(packet_id(7));
  test.check(!wire::is_error(pubcomp.reason_code), "PUBCOMP of the exchange that was begun", wire::describe(pubcomp, test.version()));
  co_await pair.publisher.publish(publish(test.topic(), "later").qos(1));
  co_await pair.subscriber.expect<wire::Publish>(payload("later"));
}

/// The message expires between PUBLISH and PUBREL.
Awaitable<void> expired_message_is_completed(Test& test) {
  auto client = co_await test.connect();
  auto message = expiring(test, "x", short_expiry, QoS::exactly_once);
  message.packet_id = wire::PacketId(7);
  co_await client.send(message);
  co_await client.need<wire::Pubrec>(packet_id(7));
  co_await test.pass_time(past_short_expiry);
  co_await client.send(pubrel(7));
  co_await client.expect<wire::Pubcomp>(packet_id(7));
}

/// The message expires between the broker's PUBLISH and the client's PUBREC.
Awaitable<void> expired_delivery_is_completed(Test& test) {
  auto pair = co_await connect_pair(test, QoS::exactly_once);
  pair.subscriber.acknowledge(Acknowledging::by_hand);
  co_await pair.publisher.publish(expiring(test, "x", short_expiry, QoS::exactly_once));
  const auto message = co_await pair.subscriber.need<wire::Publish>(payload("x"), qos(2));
  co_await test.pass_time(past_short_expiry);
  co_await pair.subscriber.send(pubrec(message.packet_id->value()));
  co_await pair.subscriber.expect<wire::Pubrel>(packet_id(message.packet_id->value()));
}

/// The member of a Shared Subscription that has got a QoS 2 message goes away and comes back: the message is its own.
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

/// 3.1.1 leaves wildcards to the Server, but for one thing: what it does not support it rejects.
Awaitable<void> wildcards_or_refusal(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(subscribe(1, test.topic("+"), QoS::at_least_once));
  const auto suback = co_await client.need<wire::Suback>(packet_id(1), code_count(1));
  if (wire::is_error(suback.reason_codes.front())) co_return;
  (void)co_await expect_delivery(test, {client}, client, publish(test.topic("any"), "x").qos(1));
}

}  // namespace

std::vector<Case> completion_cases() {
  return {
      {.id = "session/lasts-as-long-as-its-connection",
       .title = "A Session that ends with its connection keeps its subscriptions and exchanges as long as that lasts",
       .checks = {{v3_1_1, "MQTT-4.1.0-2"}, {v5_0, "MQTT-4.1.0-1"}},
       .needs = {Capability::qos2},
       .pace = Pace::by_the_clock,
       .run = session_lasts},
      {.id = "qos2/completed-when-the-message-has-expired",
       .title = "PUBREL is answered also when its message has expired meanwhile",
       .checks = {{v5_0, "MQTT-4.3.3-13"}},
       .needs = {Capability::qos2},
       .pace = Pace::by_the_clock,
       .run = expired_message_is_completed},
      {.id = "qos2/delivery-completed-when-the-message-has-expired",
       .title = "PUBREC is answered with PUBREL also when the message has expired meanwhile",
       .checks = {{v5_0, "MQTT-4.3.3-4"}, {v5_0, "MQTT-4.3.3-7"}},
       .needs = {Capability::qos2},
       .pace = Pace::by_the_clock,
       .run = expired_delivery_is_completed},
      {.id = "shared/qos2-completed-after-reconnecting",
       .title = "A QoS 2 message of a Shared Subscription is completed with its member when that comes back",
       .checks = {{v5_0, "MQTT-4.8.2-4"}, {v5_0, "MQTT-4.8.2-5"}},
       .needs = {Capability::qos2, Capability::sessions, Capability::shared_subscriptions},
       .run = shared_delivery_is_completed},
      {.id = "subscribe/wildcards-or-refusal",
       .title = "A Topic Filter with a wildcard works, or is refused",
       .checks = {{v3_1_1, "MQTT-3.8.3-2"}},
       .needs = {Capability::qos1},
       .run = wildcards_or_refusal},
  };
}

}  // namespace mqttspec::conformance
