#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <set>

namespace mqttspec::conformance {

namespace {

using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

// ---- The broker as receiver

Awaitable<void> publish_is_answered(Test& test) {
  auto publisher = co_await test.connect();
  for (const auto id : distinct_packet_ids) {
    co_await publisher.send(publish(test.topic(), "exactly once").qos(2).packet_id(id));
    const auto answer = co_await publisher.expect<wire::Pubrec>(packet_id(id));
    if (test.is_v5() && wire::is_error(answer.reason_code)) test.not_applicable("the broker rejected the message");
    test.check(publisher.waiting(wire::PacketType::pubrec).empty(), "one PUBREC for each PUBLISH", "a second PUBREC",
               because("4.3.3", "4.3.3"));
    co_await publisher.send(pubrel(id));
    co_await publisher.need<wire::Pubcomp>(packet_id(id));
  }
}

Awaitable<void> pubrel_is_answered(Test& test) {
  auto publisher = co_await test.connect();
  for (const auto id : distinct_packet_ids) {
    co_await publisher.send(publish(test.topic(), "exactly once").qos(2).packet_id(id));
    co_await publisher.need<wire::Pubrec>(packet_id(id),
                                          code({ReasonCode::success, ReasonCode::no_matching_subscribers}, "a successful code"));
    co_await publisher.send(pubrel(id));
    co_await publisher.expect<wire::Pubcomp>(packet_id(id), code(ReasonCode::success));
  }
  co_await publisher.fence();
  test.check(publisher.waiting(wire::PacketType::pubcomp).empty(), "one PUBCOMP for each PUBREL", "a second PUBCOMP",
             because("4.3.3", "4.3.3"));
}

Awaitable<void> delivered_once(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  co_await publisher.publish(publish(test.topic(), "once").qos(2));
  co_await subscriber.expect<wire::Publish>(payload("once"), qos(2), not_dup());
  co_await subscriber.expect_nothing_more(because("MQTT-4.3.3-2", "MQTT-4.3.3-10"));
}

template <class P>
Awaitable<void> expect_one_for_each(Test& test, Connection connection, std::set<std::uint16_t> outstanding) {
  while (!outstanding.empty()) {
    const auto answer = co_await connection.expect<P>();
    test.check(outstanding.erase(answer.packet_id.value()) == 1,
               fmt::format("one {} for each Packet Identifier in flight", wire::name(P::type)), wire::describe(answer, test.version()));
  }
}

Awaitable<void> many_in_flight(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  const auto receive_maximum = publisher.connack().properties.get(wire::prop::receive_maximum).value_or(5);
  const auto count = static_cast<std::uint16_t>(std::min<std::uint32_t>(receive_maximum, 5));
  std::vector<wire::Packet> messages;
  std::vector<wire::Packet> releases;
  std::set<std::uint16_t> ids;
  for (std::uint16_t id = 1; id <= count; ++id) {
    messages.emplace_back(publish(test.topic(), fmt::format("message {}", id)).qos(2).packet_id(id));
    releases.emplace_back(pubrel(id));
    ids.insert(id);
  }
  co_await publisher.send_together(std::move(messages));
  co_await expect_one_for_each<wire::Pubrec>(test, publisher, ids);
  co_await publisher.send_together(std::move(releases));
  co_await expect_one_for_each<wire::Pubcomp>(test, publisher, ids);
  for (std::uint16_t id = 1; id <= count; ++id) co_await subscriber.expect<wire::Publish>(payload(fmt::format("message {}", id)));
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> resent_publish(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  const auto message = publish(test.topic(), "once").qos(2).packet_id(10);
  co_await publisher.send(message);
  co_await publisher.need<wire::Pubrec>(packet_id(10));
  co_await publisher.send(message.dup());
  const auto second = co_await publisher.expect<wire::Pubrec>(packet_id(10));
  // A client of 5.0 resends only after reconnecting, so the broker may answer that the Packet Identifier is in use.
  if (!wire::is_error(second.reason_code)) {
    co_await publisher.send(pubrel(10));
    co_await publisher.expect<wire::Pubcomp>(because("MQTT-4.3.3-2", "MQTT-4.3.3-11"), packet_id(10));
    co_await subscriber.expect<wire::Publish>(payload("once"));
  } else {
    (void)co_await subscriber.has_come(wire::PacketType::publish);
    if (!subscriber.waiting(wire::PacketType::publish).empty()) co_await subscriber.need<wire::Publish>(payload("once"));
  }
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> resent_publish_after_reconnect(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_kept(test);
  co_await establish(test, subscriber, publisher, test.topic(), QoS::exactly_once);
  const auto message = publish(test.topic(), "once").qos(2).packet_id(10);
  co_await publisher.send(message);
  co_await publisher.need<wire::Pubrec>(packet_id(10));
  co_await publisher.drop();
  auto again = co_await resume_kept(test);
  co_await again.send(message.dup());
  co_await again.expect<wire::Pubrec>(packet_id(10), code({ReasonCode::success, ReasonCode::no_matching_subscribers}, "a successful code"));
  co_await again.send(pubrel(10));
  co_await again.expect<wire::Pubcomp>(because("MQTT-4.3.3-2", "MQTT-4.3.3-11"), packet_id(10));
  co_await subscriber.expect<wire::Publish>(payload("once"));
  co_await subscriber.expect_nothing_more();
}

/// The client does not wait for the PUBREC, so the broker may or may not have received the first PUBLISH. The result is the same.
Awaitable<void> resent_unanswered_publish_after_reconnect(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_kept(test);
  co_await establish(test, subscriber, publisher, test.topic(), QoS::exactly_once);
  const auto message = publish(test.topic(), "once").qos(2).packet_id(10);
  co_await publisher.send(message);
  co_await publisher.drop();
  auto again = co_await resume_kept(test);
  co_await again.send(message.dup());
  co_await again.expect<wire::Pubrec>(packet_id(10));
  co_await again.send(pubrel(10));
  co_await again.expect<wire::Pubcomp>(because("MQTT-4.3.3-2", "MQTT-4.3.3-11"), packet_id(10));
  co_await subscriber.expect<wire::Publish>(payload("once"));
  co_await subscriber.expect_nothing_more();
}

enum class Dup : bool { clear, set };

Awaitable<void> packet_id_is_free(Test& test, Dup dup_flag) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  co_await publisher.publish(publish(test.topic(), "first").qos(2).packet_id(10));
  co_await subscriber.need<wire::Publish>(payload("first"));
  const auto second = publish(test.topic(), "second").qos(2).packet_id(10);
  co_await publisher.send(dup_flag == Dup::set ? second.dup() : second);
  co_await publisher.expect<wire::Pubrec>(packet_id(10));
  co_await publisher.send(pubrel(10));
  co_await publisher.expect<wire::Pubcomp>(packet_id(10));
  co_await subscriber.expect<wire::Publish>(payload("second"));
}

/// Needs a broker that rejects a message: many do so for topics that start with $.
Awaitable<void> packet_id_is_free_after_rejection(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  co_await publisher.send(publish("$mqttspec/" + test.client_id(), "rejected").qos(2).packet_id(10));
  if (!co_await publisher.has_come(wire::PacketType::pubrec)) test.not_applicable("the broker sent no PUBREC for a message to a $ topic");
  if (!wire::is_error((co_await publisher.need<wire::Pubrec>(packet_id(10))).reason_code))
    test.not_applicable("the broker accepts messages to $ topics");
  co_await publisher.send(publish(test.topic(), "new").qos(2).packet_id(10));
  co_await publisher.expect<wire::Pubrec>(packet_id(10),
                                          code({ReasonCode::success, ReasonCode::no_matching_subscribers}, "a successful code"));
  co_await publisher.send(pubrel(10));
  co_await publisher.expect<wire::Pubcomp>(packet_id(10), code(ReasonCode::success));
  co_await subscriber.expect<wire::Publish>(payload("new"));
}

auto completed() { return code({ReasonCode::success, ReasonCode::packet_identifier_not_found}, "code 0x00 or 0x92"); }

Awaitable<void> resent_pubrel(Test& test) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), "once").qos(2).packet_id(10));
  co_await publisher.send(pubrel(10));
  co_await publisher.expect<wire::Pubcomp>(packet_id(10), completed());
}

Awaitable<void> pubrel_after_reconnect(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_kept(test);
  co_await establish(test, subscriber, publisher, test.topic(), QoS::exactly_once);
  co_await publisher.send(publish(test.topic(), "once").qos(2).packet_id(10));
  co_await publisher.need<wire::Pubrec>(packet_id(10));
  co_await publisher.drop();
  auto again = co_await resume_kept(test);
  co_await again.send(pubrel(10));
  co_await again.expect<wire::Pubcomp>(packet_id(10), completed());
  co_await subscriber.expect<wire::Publish>(payload("once"));
  co_await subscriber.expect_nothing_more(because("MQTT-4.3.3-2", "MQTT-4.3.3-10"));
}

Awaitable<void> resent_pubrel_after_reconnect(Test& test) {
  auto publisher = co_await connect_kept(test);
  co_await publisher.publish(publish(test.topic(), "once").qos(2).packet_id(10));
  co_await publisher.drop();
  auto again = co_await resume_kept(test);
  co_await again.send(pubrel(10));
  co_await again.expect<wire::Pubcomp>(packet_id(10), completed());
}

/// The standard does not say how to treat a PUBREL for a message that was never sent, so closing the Network Connection is accepted, too.
Awaitable<void> unknown_pubrel(Test& test) {
  auto publisher = co_await test.connect();
  co_await publisher.send(pubrel(77));
  const auto answer = co_await expect_or_closed<wire::Pubcomp>(publisher);
  if (!answer) co_return;
  test.check(answer->packet_id.value() == 77, "PUBCOMP with packet identifier 77", wire::describe(*answer, test.version()));
  test.check(completed().fits(*answer), "PUBCOMP with " + completed().description, wire::describe(*answer, test.version()));
}

// ---- The broker as sender

Awaitable<void> pubrec_is_answered(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "once").qos(2));
  const auto message = co_await subscriber.need<wire::Publish>(payload("once"), qos(2));
  const auto id = message.packet_id->value();
  co_await subscriber.send(pubrec(id));
  co_await subscriber.expect<wire::Pubrel>(packet_id(id), code(ReasonCode::success));
  co_await subscriber.send(pubcomp(id));
  co_await subscriber.expect_nothing_more(because("MQTT-4.3.3-1", "MQTT-4.3.3-6"));
}

Awaitable<void> pubrel_waits_for_pubrec(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "once").qos(2));
  const auto message = co_await subscriber.need<wire::Publish>(payload("once"), qos(2));
  co_await subscriber.expect_nothing_more();
  const auto early = subscriber.waiting(wire::PacketType::pubrel);
  test.check(early.empty(), "no PUBREL before the PUBREC", early.empty() ? "" : wire::describe(early.front(), test.version()));
  co_await subscriber.send(pubrec(message.packet_id->value()));
  co_await subscriber.expect<wire::Pubrel>(packet_id(message.packet_id->value()));
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

}  // namespace

std::vector<Case> qos2_cases() {
  return {
      {.id = "qos2/publish-is-answered-with-pubrec",
       .title = "A QoS 2 PUBLISH is answered with a PUBREC that has the same Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"},
                  {v3_1_1, "MQTT-2.3.1-6"},
                  {v3_1_1, "MQTT-3.3.4-1"},
                  {v3_1_1, "4.3.3"},
                  {v5_0, "MQTT-4.3.3-8"},
                  {v5_0, "MQTT-2.2.1-5"},
                  {v5_0, "MQTT-3.3.4-1"},
                  {v5_0, "MQTT-3.5.2-1"},
                  {v5_0, "4.3.3"}},
       .needs = {Capability::qos2},
       .run = publish_is_answered},
      {.id = "qos2/pubrel-is-answered-with-pubcomp",
       .title = "A PUBREL is answered with a PUBCOMP that has the same Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"},
                  {v3_1_1, "4.3.3"},
                  {v5_0, "MQTT-4.3.3-11"},
                  {v5_0, "MQTT-2.2.1-5"},
                  {v5_0, "MQTT-3.7.2-1"},
                  {v5_0, "4.3.3"}},
       .needs = {Capability::qos2},
       .run = pubrel_is_answered},
      {.id = "qos2/message-is-delivered-once",
       .title = "A QoS 2 message is delivered once, with QoS 2 and DUP 0",
       .checks = {{v3_1_1, "MQTT-4.5.0-1"},
                  {v3_1_1, "MQTT-4.3.3-1"},
                  {v3_1_1, "MQTT-4.3.3-2"},
                  {v3_1_1, "MQTT-3.3.1-4"},
                  {v5_0, "MQTT-4.5.0-1"},
                  {v5_0, "MQTT-4.3.3-2"},
                  {v5_0, "MQTT-4.3.3-10"},
                  {v5_0, "MQTT-3.3.1-4"}},
       .needs = {Capability::qos2},
       .run = delivered_once},
      {.id = "qos2/many-in-flight-are-delivered-once",
       .title = "Several QoS 2 messages in flight are each acknowledged and delivered once",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-8"}, {v5_0, "MQTT-4.3.3-11"}},
       .needs = {Capability::qos2},
       .run = many_in_flight},
      {.id = "qos2/resent-publish-is-delivered-once",
       .title = "A QoS 2 PUBLISH that is resent before PUBREL is delivered once",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-10"}},
       .needs = {Capability::qos2},
       .run = resent_publish},
      {.id = "qos2/resent-publish-after-reconnect-is-delivered-once",
       .title = "A QoS 2 PUBLISH that is resent after reconnecting is delivered once",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-10"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = resent_publish_after_reconnect},
      {.id = "qos2/resent-unanswered-publish-is-delivered-once",
       .title = "A QoS 2 PUBLISH that is resent after the connection was lost before PUBREC is delivered once",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-10"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = resent_unanswered_publish_after_reconnect},
      {.id = "qos2/packet-id-is-free-after-pubcomp",
       .title = "A QoS 2 PUBLISH is a new message after the PUBCOMP with its Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-12"}},
       .needs = {Capability::qos2},
       .run = [](Test& test) { return packet_id_is_free(test, Dup::clear); }},
      {.id = "qos2/packet-id-is-free-after-pubcomp/dup",
       .title = "A QoS 2 PUBLISH with DUP 1 is a new message after the PUBCOMP with its Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-12"}, {v5_0, "4.3.3"}},
       .needs = {Capability::qos2},
       .run = [](Test& test) { return packet_id_is_free(test, Dup::set); }},
      {.id = "qos2/packet-id-is-free-after-rejection",
       .title = "A QoS 2 PUBLISH is a new message after a PUBREC of 0x80 or above with its Packet Identifier",
       .checks = {{v5_0, "MQTT-4.3.3-9"}},
       .needs = {Capability::qos2},
       .run = packet_id_is_free_after_rejection},
      {.id = "qos2/resent-pubrel-is-answered",
       .title = "A PUBREL that is resent is answered with PUBCOMP again",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-11"}},
       .needs = {Capability::qos2},
       .run = resent_pubrel},
      {.id = "qos2/pubrel-after-reconnect-is-answered",
       .title = "A PUBREL that is sent after reconnecting is answered, and its message is delivered once",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-11"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = pubrel_after_reconnect},
      {.id = "qos2/resent-pubrel-after-reconnect-is-answered",
       .title = "A PUBREL that is resent after reconnecting is answered with PUBCOMP",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-11"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = resent_pubrel_after_reconnect},
      {.id = "qos2/unknown-pubrel-is-answered",
       .title = "A PUBREL with an unused Packet Identifier is answered with PUBCOMP, or the broker closes the Network Connection",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-11"}},
       .needs = {Capability::qos2},
       .run = unknown_pubrel},
      {.id = "qos2/pubrec-is-answered-with-pubrel",
       .title = "The broker answers a PUBREC from the subscriber with a PUBREL that has the same Packet Identifier",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"},
                  {v3_1_1, "MQTT-2.3.1-6"},
                  {v3_1_1, "MQTT-3.6.1-1"},
                  {v5_0, "MQTT-4.3.3-4"},
                  {v5_0, "MQTT-2.2.1-5"},
                  {v5_0, "MQTT-3.6.1-1"},
                  {v5_0, "MQTT-3.6.2-1"}},
       .needs = {Capability::qos2},
       .run = pubrec_is_answered},
      {.id = "qos2/pubrel-waits-for-pubrec",
       .title = "The broker does not send PUBREL before it receives PUBREC from the subscriber",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.3.3-4"}},
       .needs = {Capability::qos2},
       .run = pubrel_waits_for_pubrec},
      {.id = "qos2/pubrel-of-expired-message-is-answered",
       .title = "A PUBREL is answered if its message has expired since PUBREC",
       .checks = {{v5_0, "MQTT-4.3.3-13"}},
       .needs = {Capability::qos2},
       .pace = Pace::by_the_clock,
       .run = expired_message_is_completed},
      {.id = "qos2/pubrec-of-expired-message-is-answered",
       .title = "A PUBREC is answered with PUBREL if the message has expired since PUBLISH",
       .checks = {{v5_0, "MQTT-4.3.3-4"}, {v5_0, "MQTT-4.3.3-7"}},
       .needs = {Capability::qos2},
       .pace = Pace::by_the_clock,
       .run = expired_delivery_is_completed},
  };
}

}  // namespace mqttspec::conformance
