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
using wire::ReasonCode;

/// A broker that sends again without a new connection does so after some seconds: 5 have been seen.
constexpr auto long_enough_to_send_again = 6s;

/// A subscriber that has been sent one message and has not acknowledged it.
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

/// The same one step further: PUBREL has come and is not answered.
Awaitable<Unacknowledged> leave_unreleased(Test& test) {
  auto state = co_await leave_unacknowledged(test, QoS::exactly_once);
  co_await state.subscriber.send(pubrec(state.id));
  co_await state.subscriber.need<wire::Pubrel>(packet_id(state.id));
  co_return state;
}

void check_resent(Test& test, const wire::Publish& message, std::uint16_t id) {
  test.check(message.packet_id == wire::PacketId(id), fmt::format("the original packet identifier {}", id),
             wire::describe(message, test.version()));
  test.check(message.dup, "PUBLISH with DUP 1", wire::describe(message, test.version()), because("MQTT-3.3.1-1", "MQTT-3.3.1-1"));
}

void check_none_waiting(Test& test, const Connection& connection, wire::PacketType type, std::string expected) {
  const auto found = connection.waiting(type);
  if (!found.empty()) test.check(false, std::move(expected), wire::describe(found.front(), test.version()));
}

// ---- What must be sent again

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
  check_none_waiting(test, last, wire::PacketType::pubrel, "no PUBREL for an exchange that is complete");
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

/// Three messages of which some may be in flight, and two that are published while the subscriber is away.
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

// ---- What must not be sent again

Awaitable<void> acknowledged_is_not_resent(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  co_await publisher.publish(publish(test.topic(), "acknowledged").qos(level));
  co_await subscriber.need<wire::Publish>(payload("acknowledged"), qos(level));
  if (level == QoS::exactly_once) co_await subscriber.need<wire::Pubrel>();
  co_await subscriber.fence();
  co_await subscriber.drop();
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.expect_nothing_more();
  check_none_waiting(test, again, wire::PacketType::pubrel, "no PUBREL for an exchange that is complete");
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

/// A PUBREL for it, which brokers in use send, is none of the PUBLISH: no statement forbids it, and the answer to it is PUBCOMP 0x92.
Awaitable<void> refused_is_not_resent(Test& test, QoS level) {
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

Awaitable<void> publish_is_not_resent_without_reconnecting(Test& test, QoS level) {
  auto state = co_await leave_unacknowledged(test, level);
  co_await test.pass_time(long_enough_to_send_again);
  co_await state.subscriber.expect_nothing_more();
}

Awaitable<void> pubrel_is_not_resent_without_reconnecting(Test& test) {
  auto state = co_await leave_unreleased(test);
  co_await test.pass_time(long_enough_to_send_again);
  co_await state.subscriber.fence();
  check_none_waiting(test, state.subscriber, wire::PacketType::pubrel, "no PUBREL a second time on the same Network Connection");
}

Capability capability_for(QoS level) { return level == QoS::exactly_once ? Capability::qos2 : Capability::qos1; }

/// What a case of one QoS and its twin of another share.
struct Family {
  std::string_view id;
  std::string_view title;  ///< continues "… a QoS 1 message", {} is the QoS
  std::vector<Check> checks_qos1;
  std::vector<Check> checks_qos2;
  Awaitable<void> (*run)(Test&, QoS);
  Pace pace = Pace::quick;
};

std::vector<Family> families() {
  return {
      {"resend/publish-after-reconnect",
       "An unacknowledged QoS {} PUBLISH is sent again, with its Packet Identifier and DUP 1, when the client reconnects",
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.3.2-3"}},
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.3.3-3"}},
       publish_is_resent},
      {"resend/publish-at-takeover",
       "An unacknowledged QoS {} PUBLISH is sent again when the client comes by another connection while the first one stands",
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}},
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-3.3.1-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-3.3.1-1"}},
       publish_is_resent_at_takeover},
      {"resend/publish-each-time",
       "A QoS {} PUBLISH is sent again at each reconnection until it is acknowledged",
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.2-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.2-3"}},
       {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-3"}},
       publish_is_resent_each_time},
      {"resend/in-original-order",
       "QoS {} messages are sent again in their original order, and before those that were published later",
       {{v3_1_1, "MQTT-4.6.0-6"}, {v3_1_1, "MQTT-4.6.0-1"}, {v3_1_1, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.6.0-5"}, {v5_0, "MQTT-4.4.0-1"}},
       {{v3_1_1, "MQTT-4.6.0-6"}, {v3_1_1, "MQTT-4.6.0-1"}, {v3_1_1, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.6.0-5"}, {v5_0, "MQTT-4.4.0-1"}},
       original_order},
      {"resend/not-what-was-acknowledged",
       "A QoS {} message that was acknowledged is not sent again",
       {{v3_1_1, "MQTT-4.3.2-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.2-3"}},
       {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-3"}, {v5_0, "MQTT-4.3.3-5"}},
       acknowledged_is_not_resent},
      {"resend/not-what-was-refused",
       "A QoS {} message that the subscriber refused with a Reason Code of 0x80 or above is not sent again",
       {{v5_0, "MQTT-4.4.0-2"}},
       {{v5_0, "MQTT-4.4.0-2"}},
       refused_is_not_resent},
      {"resend/publish-not-without-reconnecting",
       "A QoS {} PUBLISH is not sent again on the same Network Connection",
       {{v5_0, "MQTT-4.4.0-1"}},
       {{v5_0, "MQTT-4.4.0-1"}},
       publish_is_not_resent_without_reconnecting,
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
       .title = "An unacknowledged PUBREL is sent again, with its Packet Identifier, when the client reconnects",
       .checks = {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-5"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = pubrel_is_resent},
      {.id = "resend/no-publish-after-pubrel",
       .title = "A PUBLISH is not sent again once its PUBREL was, also after reconnecting",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.3.3-6"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = publish_is_not_resent_after_pubrel},
      {.id = "resend/exchange-completes-after-reconnect",
       .title = "A QoS 2 exchange that a lost connection broke off is completed on the next one",
       .checks = {{v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.3.3-4"}, {v5_0, "MQTT-4.3.3-5"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = resent_exchange_completes},
      {.id = "resend/only-unacknowledged",
       .title = "Of several QoS 1 messages those are sent again that were not acknowledged, and no others",
       .checks = {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.2-1"}, {v5_0, "MQTT-4.4.0-1"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = only_unacknowledged_are_resent},
      {.id = "resend/pubrel-not-without-reconnecting",
       .title = "A PUBREL is not sent again on the same Network Connection",
       .checks = {{v5_0, "MQTT-4.4.0-1"}},
       .needs = {Capability::qos2, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = pubrel_is_not_resent_without_reconnecting},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
