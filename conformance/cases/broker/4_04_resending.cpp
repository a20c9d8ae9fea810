#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

/// Brokers that resend on the same connection do so after a few seconds; the longest observed is 5 s.
constexpr auto long_enough_to_resend = 6s;

/// A subscriber that has received one message and has not acknowledged it.
struct Unacknowledged {
  Connection subscriber;
  Connection publisher;
  std::uint16_t id;
};

Awaitable<Unacknowledged> leave_unacknowledged(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "unacknowledged").qos(level));
  const auto message = co_await subscriber.need<wire::Publish>(payload("unacknowledged"), qos(level));
  co_return Unacknowledged{std::move(subscriber), std::move(publisher), message.packet_id->value()};
}

/// The same one step later: PUBREL has been received and not answered.
Awaitable<Unacknowledged> leave_unreleased(Test& test) {
  auto state = co_await leave_unacknowledged(test, QoS::exactly_once);
  co_await state.subscriber.send(pubrec(state.id));
  co_await state.subscriber.need<wire::Pubrel>(packet_id(state.id));
  co_return state;
}

void check_resent(Test& test, const wire::Publish& message, std::uint16_t id) {
  test.check(message.packet_id == wire::PacketId(id), fmt::format("PUBLISH with the original packet identifier {}", id),
             wire::describe(message, test.version()));
  test.check(message.dup, "PUBLISH with DUP 1", wire::describe(message, test.version()), because("MQTT-3.3.1-1", "MQTT-3.3.1-1"));
}

void check_none_waiting(Test& test, const Connection& connection, wire::PacketType type, std::string expected) {
  const auto found = connection.waiting(type);
  if (!found.empty()) test.check(false, std::move(expected), wire::describe(found.front(), test.version()));
}

// ---- Packets that must be resent

Awaitable<void> publish_is_resent(Test& test, QoS level) {
  auto state = co_await leave_unacknowledged(test, level);
  co_await state.subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  check_resent(test, co_await again.expect<wire::Publish>(payload("unacknowledged"), qos(level)), state.id);
}

Awaitable<void> publish_is_resent_at_takeover(Test& test, QoS level) {
  auto state = co_await leave_unacknowledged(test, level);
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  check_resent(test, co_await again.expect<wire::Publish>(payload("unacknowledged"), qos(level)), state.id);
}

Awaitable<void> publish_is_resent_each_time(Test& test, QoS level) {
  auto state = co_await leave_unacknowledged(test, level);
  co_await state.subscriber.drop();
  for (int round = 1; round <= 3; ++round) {
    auto again = co_await resume_kept(test, Acknowledging::by_hand);
    check_resent(test, co_await again.expect<wire::Publish>(payload("unacknowledged"), qos(level)), state.id);
    co_await again.drop();
  }
}

Awaitable<void> resent_exchange_completes(Test& test) {
  auto state = co_await leave_unacknowledged(test, QoS::exactly_once);
  co_await state.subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.need<wire::Publish>(payload("unacknowledged"), packet_id(state.id));
  co_await again.send(pubrec(state.id));
  co_await again.expect<wire::Pubrel>(packet_id(state.id), because("MQTT-4.3.3-1", "MQTT-4.3.3-4"));
  co_await again.send(pubcomp(state.id));
  co_await again.fence();
  co_await again.drop();
  auto last = co_await resume_kept(test);
  co_await last.expect_nothing_more();
  check_none_waiting(test, last, wire::PacketType::pubrel, "no PUBREL for a completed exchange");
}

Awaitable<void> pubrel_is_resent(Test& test) {
  auto state = co_await leave_unreleased(test);
  co_await state.subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.expect<wire::Pubrel>(packet_id(state.id));
}

Awaitable<void> publish_is_not_resent_after_pubrel(Test& test) {
  auto state = co_await leave_unreleased(test);
  co_await state.subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.expect_nothing_more();
}

/// Three messages, of which at least one is in flight, and two that are published while the subscriber is disconnected.
Awaitable<void> original_order(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  subscriber.acknowledge(Acknowledging::by_hand);
  for (const auto* text : {"1", "2", "3"}) co_await publisher.publish(publish(test.topic(), text).qos(level));
  co_await subscriber.need<wire::Publish>(payload("1"), qos(level));
  co_await subscriber.fence();
  co_await leave(subscriber);
  for (const auto* text : {"4", "5"}) co_await publisher.publish(publish(test.topic(), text).qos(level));
  auto again = co_await resume_kept(test);
  for (const auto* text : {"1", "2", "3", "4", "5"}) co_await again.expect<wire::Publish>(payload(text), qos(level));
}

// ---- Packets that must not be resent

Awaitable<void> acknowledged_is_not_resent(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  co_await publisher.publish(publish(test.topic(), "acknowledged").qos(level));
  co_await subscriber.need<wire::Publish>(payload("acknowledged"), qos(level));
  if (level == QoS::exactly_once) co_await subscriber.need<wire::Pubrel>();
  co_await subscriber.fence();
  co_await subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.expect_nothing_more();
  check_none_waiting(test, again, wire::PacketType::pubrel, "no PUBREL for a completed exchange");
}

Awaitable<void> only_unacknowledged_are_resent(Test& test) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, QoS::at_least_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  for (const auto* text : {"first", "second", "third"}) co_await publisher.publish(publish(test.topic(), text).qos(1));
  const auto first = co_await subscriber.need<wire::Publish>(payload("first"), qos(1));
  co_await subscriber.send(puback(first.packet_id->value()));
  co_await subscriber.need<wire::Publish>(payload("second"));
  co_await subscriber.fence();
  co_await subscriber.drop();
  auto again = co_await resume_kept(test);
  co_await again.expect<wire::Publish>(payload("second"));
  co_await again.expect<wire::Publish>(payload("third"));
  co_await again.expect_nothing_more(because("MQTT-4.3.2-1", "MQTT-4.4.0-1"));
}

/// Some brokers send a PUBREL for the message. No statement forbids that, and the client answers it with PUBCOMP 0x92.
Awaitable<void> rejected_is_not_resent(Test& test, QoS level) {
  auto state = co_await leave_unacknowledged(test, level);
  if (level == QoS::at_least_once)
    co_await state.subscriber.send(puback(state.id, ReasonCode::implementation_specific_error));
  else
    co_await state.subscriber.send(pubrec(state.id, ReasonCode::implementation_specific_error));
  co_await state.subscriber.fence();
  co_await state.subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.expect_nothing_more();
}

Awaitable<void> publish_is_only_resent_after_reconnect(Test& test, QoS level) {
  auto state = co_await leave_unacknowledged(test, level);
  co_await test.pass_time(long_enough_to_resend);
  co_await state.subscriber.expect_nothing_more();
}

Awaitable<void> pubrel_is_only_resent_after_reconnect(Test& test) {
  auto state = co_await leave_unreleased(test);
  co_await test.pass_time(long_enough_to_resend);
  co_await state.subscriber.fence();
  check_none_waiting(test, state.subscriber, wire::PacketType::pubrel, "no second PUBREL on the same Network Connection");
}

Capability capability_for(QoS level) { return level == QoS::exactly_once ? Capability::qos2 : Capability::qos1; }

/// A case for QoS 1 and the same case for QoS 2.
struct Family {
  std::string_view id;
  std::string_view title;  ///< {} is the QoS
  std::vector<Check> checks_qos1;
  std::vector<Check> checks_qos2;
  Awaitable<void> (*run)(Test&, QoS);
  Pace pace = Pace::quick;
};

std::vector<Family> families() {
  return {
      {"resend/publish-after-reconnect",
       "An unacknowledged QoS {} PUBLISH is resent with its Packet Identifier and DUP 1 when the client reconnects",
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.3.2-3"}},
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.3.3-3"}},
       publish_is_resent},
      {"resend/publish-at-takeover",
       "An unacknowledged QoS {} PUBLISH is resent when the client opens a second connection while the first one is open",
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}},
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}},
       publish_is_resent_at_takeover},
      {"resend/publish-at-each-reconnect",
       "An unacknowledged QoS {} PUBLISH is resent at each reconnection",
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.2-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.2-3"}},
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-3"}},
       publish_is_resent_each_time},
      {"resend/in-original-order",
       "Unacknowledged QoS {} messages are resent in their original order, before later messages",
       {{v3_1_1, "MQTT-4.6.0-6"}, {v3_1_1, "MQTT-4.6.0-1"}, {v3_1_1, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.6.0-5"}, {v5_0, "MQTT-4.4.0-1"}},
       {{v3_1_1, "MQTT-4.6.0-6"}, {v3_1_1, "MQTT-4.6.0-1"}, {v3_1_1, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.6.0-5"}, {v5_0, "MQTT-4.4.0-1"}},
       original_order},
      {"resend/not-after-acknowledgement",
       "An acknowledged QoS {} message is not resent",
       {{v3_1_1, "MQTT-4.3.2-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.2-3"}},
       {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-3"}, {v5_0, "MQTT-4.3.3-5"}},
       acknowledged_is_not_resent},
      {"resend/not-after-rejection",
       "A QoS {} message that the subscriber rejected with a Reason Code of 0x80 or above is not resent",
       {{v5_0, "MQTT-4.4.0-2"}},
       {{v5_0, "MQTT-4.4.0-2"}},
       rejected_is_not_resent},
      {"resend/publish-only-after-reconnect",
       "A QoS {} PUBLISH is not resent on the same Network Connection",
       {{v5_0, "MQTT-4.4.0-1"}},
       {{v5_0, "MQTT-4.4.0-1"}},
       publish_is_only_resent_after_reconnect,
       Pace::by_the_clock},
  };
}

}  // namespace

std::vector<Case> resending_cases() {
  std::vector<Case> cases;
  for (const Family& family : families())
    for (const auto level : {QoS::at_least_once, QoS::exactly_once})
      cases.push_back({.id = fmt::format("{}/qos{}", family.id, wire::number(level)),
                       .title = fmt::format(fmt::runtime(family.title), wire::number(level)),
                       .checks = level == QoS::at_least_once ? family.checks_qos1 : family.checks_qos2,
                       .needs = {capability_for(level), Capability::sessions},
                       .pace = family.pace,
                       .run = [run = family.run, level](Test& test) { return run(test, level); }});
  const std::vector<Case> others = {
      {.id = "resend/pubrel-after-reconnect",
       .title = "An unacknowledged PUBREL is resent with its Packet Identifier when the client reconnects",
       .checks = {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-5"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = pubrel_is_resent},
      {.id = "resend/no-publish-after-pubrel",
       .title = "A PUBLISH is not resent after its PUBREL, even when the client reconnects",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.3.3-6"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = publish_is_not_resent_after_pubrel},
      {.id = "resend/exchange-is-completed-after-reconnect",
       .title = "A QoS 2 exchange that a lost connection interrupted is completed on the next connection",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.3.3-4"}, {v5_0, "MQTT-4.3.3-5"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = resent_exchange_completes},
      {.id = "resend/only-unacknowledged",
       .title = "Only the unacknowledged ones of several QoS 1 messages are resent",
       .checks = {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.2-1"}, {v5_0, "MQTT-4.4.0-1"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = only_unacknowledged_are_resent},
      {.id = "resend/pubrel-only-after-reconnect",
       .title = "A PUBREL is not resent on the same Network Connection",
       .checks = {{v5_0, "MQTT-4.4.0-1"}},
       .needs = {Capability::qos2, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = pubrel_is_only_resent_after_reconnect},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
