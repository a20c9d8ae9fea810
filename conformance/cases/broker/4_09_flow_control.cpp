#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

constexpr std::uint16_t most_in_flight = 2;

/// A subscriber with Receive Maximum 2 that acknowledges by hand after the warm-up, and a publisher.
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

/// Publishes one message more than may be in flight. @return those that were received
Awaitable<std::vector<wire::Publish>> reach_receive_maximum(Test& test, Pair pair) {
  for (int i = 1; i <= most_in_flight + 1; ++i) co_await pair.publisher.publish(publish(test.topic(), std::to_string(i)).qos(1));
  std::vector<wire::Publish> received = {co_await pair.subscriber.need<wire::Publish>(payload("1"), qos(1))};
  co_await test.pass_time(test.settle());
  while (!pair.subscriber.waiting(wire::PacketType::publish).empty())
    received.push_back(co_await pair.subscriber.need<wire::Publish>(qos(1)));
  co_return received;
}

Awaitable<void> receive_maximum(Test& test) {
  auto pair = co_await connect_limited(test);
  const auto received = co_await reach_receive_maximum(test, pair);
  test.check(received.size() <= most_in_flight, "at most 2 unacknowledged messages (Receive Maximum)",
             std::to_string(received.size()) + " unacknowledged messages");
  for (const auto& message : received) co_await pair.subscriber.send(puback(message.packet_id->value()));
  co_await pair.subscriber.expect<wire::Publish>(payload(std::to_string(received.size() + 1)));
}

Awaitable<void> other_packets_continue(Test& test) {
  auto pair = co_await connect_limited(test);
  (void)co_await reach_receive_maximum(test, pair);
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

}  // namespace

std::vector<Case> flow_control_cases() {
  return {
      {.id = "flow/receive-maximum",
       .title = "The number of messages in flight does not exceed the client's Receive Maximum",
       .checks = {{v5_0, "MQTT-3.3.4-9"}},
       .needs = {Capability::qos1},
       .run = receive_maximum},
      {.id = "flow/only-publish-is-delayed",
       .title = "A broker that has reached the client's Receive Maximum answers SUBSCRIBE and PINGREQ",
       .checks = {{v5_0, "MQTT-4.9.0-3"}},
       .needs = {Capability::qos1},
       .run = other_packets_continue},
      {.id = "flow/maximum-packet-size",
       .title = "No packet larger than the client's Maximum Packet Size is sent",
       .checks = {{v5_0, "MQTT-3.1.2-24"}},
       .needs = {Capability::qos1},
       .run = maximum_packet_size},
      {.id = "flow/too-large-counts-as-sent",
       .title = "A message that is too large for the client does not delay other messages",
       .checks = {{v5_0, "MQTT-3.1.2-25"}},
       .needs = {Capability::qos1},
       .run = too_large_counts_as_sent},
  };
}

}  // namespace mqttspec::conformance
