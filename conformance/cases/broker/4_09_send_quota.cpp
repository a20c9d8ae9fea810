#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <string>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
namespace prop = wire::prop;

/// A subscriber with this Receive Maximum that acknowledges by hand, and a publisher.
Awaitable<Pair> connect_with_receive_maximum(Test& test, std::uint16_t receive_maximum, QoS level) {
  auto packet = test.connect_packet();
  packet.properties.set(prop::receive_maximum, receive_maximum);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), level);
  // With QoS 0, to which Receive Maximum does not apply.
  co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_most_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

/// Each message except the first waits for the acknowledgement of the last one.
Awaitable<void> one_at_a_time(Test& test) {
  constexpr int count = 3;
  auto [subscriber, publisher] = co_await connect_with_receive_maximum(test, 1, QoS::at_least_once);
  for (int i = 1; i <= count; ++i) co_await publisher.publish(publish(test.topic(), std::to_string(i)).qos(1));
  for (int i = 1; i <= count; ++i) {
    const auto message = co_await subscriber.expect<wire::Publish>(payload(std::to_string(i)), because("", "MQTT-4.9.0-1"));
    co_await test.pass_time(test.settle());
    test.check(subscriber.waiting(wire::PacketType::publish).empty(), "no second message before the first one is acknowledged",
               "a second message, which exceeds Receive Maximum 1", because("", "MQTT-4.9.0-2"));
    if (!message.packet_id) test.set_up_failed("the message was delivered with QoS 0");
    co_await subscriber.send(puback(message.packet_id->value()));
  }
}

/// PUBREC does not increase the send quota, PUBCOMP does.
Awaitable<void> pubcomp_counts(Test& test) {
  auto [subscriber, publisher] = co_await connect_with_receive_maximum(test, 1, QoS::exactly_once);
  for (const char* const text : {"1", "2"}) co_await publisher.publish(publish(test.topic(), text).qos(2));
  const auto first = co_await subscriber.need<wire::Publish>(payload("1"), qos(2));
  const auto id = first.packet_id->value();
  co_await subscriber.send(pubrec(id));
  co_await subscriber.need<wire::Pubrel>(packet_id(id));
  co_await test.pass_time(test.settle());
  test.check(subscriber.waiting(wire::PacketType::publish).empty(), "no second message before PUBCOMP",
             "a second message, which exceeds Receive Maximum 1");
  co_await subscriber.send(pubcomp(id));
  co_await subscriber.expect<wire::Publish>(payload("2"));
}

/// Every packet other than PUBLISH is answered while the client owes an acknowledgement.
Awaitable<void> other_packets_continue(Test& test) {
  auto [client, publisher] = co_await connect_with_receive_maximum(test, 1, QoS::at_least_once);
  for (const char* const text : {"1", "2"}) co_await publisher.publish(publish(test.topic(), text).qos(1));
  co_await client.need<wire::Publish>(payload("1"));
  co_await client.send(publish(test.topic("other"), "x").qos(1).packet_id(1));
  co_await client.expect<wire::Puback>(packet_id(1));
  co_await client.send(publish(test.topic("other"), "x").qos(2).packet_id(2));
  co_await client.expect<wire::Pubrec>(packet_id(2));
  co_await client.send(pubrel(2));
  co_await client.expect<wire::Pubcomp>(packet_id(2));
  co_await client.send_together({subscribe(3, test.topic("third")), unsubscribe(4, {test.topic("third")}), wire::Pingreq{}});
  co_await client.expect<wire::Suback>(packet_id(3));
  co_await client.expect<wire::Unsuback>(packet_id(4));
  co_await client.expect<wire::Pingresp>();
}

}  // namespace

std::vector<Case> send_quota_cases() {
  return {
      {.id = "flow/one-message-at-a-time",
       .title = "A client with Receive Maximum 1 gets each message after it has acknowledged the last one",
       .checks = {{v5_0, "MQTT-4.9.0-1"}, {v5_0, "MQTT-4.9.0-2"}},
       .needs = {Capability::qos1},
       .run = one_at_a_time},
      {.id = "flow/pubcomp-increases-send-quota",
       .title = "A QoS 2 message counts towards Receive Maximum until PUBCOMP",
       .checks = {{v5_0, "MQTT-4.9.0-2"}},
       .needs = {Capability::qos2},
       .run = pubcomp_counts},
      {.id = "flow/other-packets-are-answered",
       .title = "A broker that has reached the client's Receive Maximum answers every packet of the client",
       .checks = {{v5_0, "MQTT-3.3.4-10"}, {v5_0, "MQTT-4.9.0-3"}},
       .needs = {Capability::qos2},
       .run = other_packets_continue},
  };
}

}  // namespace mqttspec::conformance
