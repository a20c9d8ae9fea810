// Flow control (4.9) from both sides: windows of all sizes, and what frees a place in them.

#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

/// A subscriber that takes so many messages at a time, and acknowledges by hand from now on.
Awaitable<Pair> connect_limited(Test& test, std::uint32_t receive_maximum, QoS level) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::receive_maximum, receive_maximum);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, test.topic(), level);
  // Nothing of the warming up may be in flight.
  co_await subscriber.fence();
  subscriber.acknowledge(Acknowledging::by_hand);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> texts;
  for (int i = 1; i <= count; ++i) texts.push_back(std::to_string(i));
  return texts;
}

/// All messages that are there after the settle time. The first one must come.
Awaitable<std::vector<wire::Publish>> window_full(Test& test, Connection subscriber, QoS level) {
  std::vector<wire::Publish> came = {co_await subscriber.need<wire::Publish>(payload("1"), qos(level))};
  co_await test.pass_time(test.settle());
  while (!subscriber.waiting(wire::PacketType::publish).empty()) came.push_back(co_await subscriber.need<wire::Publish>(qos(level)));
  co_return came;
}

/// Acknowledges to the end, where there is something to acknowledge.
Awaitable<void> acknowledge(Connection subscriber, const wire::Publish& message) {
  if (!message.packet_id) co_return;
  const auto id = message.packet_id->value();
  if (message.qos == QoS::at_least_once) {
    co_await subscriber.send(puback(id));
    co_return;
  }
  co_await subscriber.send(pubrec(id));
  co_await subscriber.need<wire::Pubrel>(packet_id(id));
  co_await subscriber.send(pubcomp(id));
}

Awaitable<void> window_is_kept(Test& test, std::uint32_t size, QoS level) {
  auto [subscriber, publisher] = co_await connect_limited(test, size, level);
  const int count = static_cast<int>(size) + 2;
  co_await publish_all(test, publisher, numbered(count), level);
  const auto came = co_await window_full(test, subscriber, level);
  test.check(came.size() <= size, fmt::format("at most {} messages in flight, as Receive Maximum says", size),
             fmt::format("{} messages without an acknowledgement", came.size()));
  for (const auto& message : came) co_await acknowledge(subscriber, message);
  for (int i = static_cast<int>(came.size()) + 1; i <= count; ++i) {
    const auto next = co_await subscriber.expect<wire::Publish>(payload(std::to_string(i)), because("MQTT-4.5.0-1", "4.9"));
    co_await acknowledge(subscriber, next);
  }
}

/// A QoS 2 exchange has its place up to PUBCOMP (4.9): PUBREC alone frees none.
Awaitable<void> pubrec_frees_nothing(Test& test) {
  auto [subscriber, publisher] = co_await connect_limited(test, 1, QoS::exactly_once);
  co_await publish_all(test, publisher, numbered(2), QoS::exactly_once);
  const auto first = co_await subscriber.need<wire::Publish>(payload("1"), qos(2));
  const auto id = first.packet_id->value();
  co_await subscriber.send(pubrec(id));
  co_await subscriber.need<wire::Pubrel>(packet_id(id));
  co_await subscriber.expect_nothing_more();
  co_await subscriber.send(pubcomp(id));
  co_await subscriber.expect<wire::Publish>(payload("2"), because("MQTT-4.5.0-1", "4.9"));
}

Awaitable<void> refusal_frees(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_limited(test, 1, level);
  co_await publish_all(test, publisher, numbered(2), level);
  const auto id = (co_await subscriber.need<wire::Publish>(payload("1"), qos(level))).packet_id->value();
  constexpr auto refused = ReasonCode::implementation_specific_error;
  if (level == QoS::at_least_once)
    co_await subscriber.send(puback(id, refused));
  else
    co_await subscriber.send(pubrec(id, refused));
  subscriber.acknowledge(Acknowledging::automatic);  // a PUBREL may come all the same
  co_await subscriber.expect<wire::Publish>(payload("2"));
}

/// More than any signed number of 16 bits, and what it is when there is none.
Awaitable<void> largest_window(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::receive_maximum, 65'535);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
  co_await expect_delivery(test, {subscriber}, publisher, publish(test.topic(), "first").qos(1));
  co_await subscriber.fence();
  subscriber.acknowledge(Acknowledging::by_hand);
  constexpr int count = 30;
  co_await publish_all(test, publisher, numbered(count), QoS::at_least_once);
  for (int i = 1; i <= count; ++i) co_await acknowledge(subscriber, co_await subscriber.expect<wire::Publish>(payload(std::to_string(i))));
}

/// As many as the broker has said that it takes.
Awaitable<void> full_window_of_broker(Test& test) {
  auto publisher = co_await test.connect();
  constexpr std::uint32_t most = 100;
  const auto limit = std::min(publisher.connack().properties.get(wire::prop::receive_maximum).value_or(65'535), most);
  std::vector<wire::Packet> messages;
  std::vector<wire::Packet> releases;
  for (std::uint16_t id = 1; id <= limit; ++id) {
    messages.emplace_back(publish(test.topic(), "x").qos(2).packet_id(id));
    releases.emplace_back(pubrel(id));
  }
  for (int round = 0; round < 2; ++round) {
    co_await publisher.send_together(messages);
    for (std::uint32_t i = 0; i < limit; ++i)
      if (wire::is_error((co_await publisher.expect<wire::Pubrec>()).reason_code)) test.not_applicable("the broker refused a message");
    co_await publisher.send_together(releases);
    for (std::uint32_t i = 0; i < limit; ++i) co_await publisher.expect<wire::Pubcomp>();
  }
}

/// What a subscriber without limits gets shows how large the packet is.
Awaitable<void> packet_that_just_fits(Test& test) {
  auto [unlimited, publisher] = co_await connect_pair(test, QoS::at_least_once);
  const auto message = publish(test.topic(), std::string(500, 'x')).qos(1);
  co_await publisher.publish(message);
  const auto sample = co_await unlimited.need<wire::Publish>(payload(message.packet().payload));
  const auto size = wire::encoded_size(sample, v5_0);
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::maximum_packet_size, static_cast<std::uint32_t>(size));
  auto limited = co_await test.connect(packet);
  co_await establish(test, limited, publisher, test.topic(), QoS::at_least_once);
  co_await publisher.publish(message);
  co_await limited.expect<wire::Publish>(payload(message.packet().payload));
}

// ---- Request Problem Information

template <class P>
void check_bare(Test& test, const P& packet) {
  const bool is_bare = !packet.properties.has(wire::PropertyId::reason_string) && !packet.properties.has(wire::PropertyId::user_property);
  test.check(is_bare, fmt::format("{} without Reason String and User Property", wire::name(P::type)), wire::describe(packet, v5_0));
}

Awaitable<Connection> connect_without_problems(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::request_problem_information, 0);
  co_return co_await test.connect(packet);
}

Awaitable<void> bare_puback(Test& test) {
  auto client = co_await connect_without_problems(test);
  co_await client.send(publish(test.topic(), "x").qos(1).packet_id(1));
  check_bare(test, co_await client.need<wire::Puback>());
}
Awaitable<void> bare_pubrec(Test& test) {
  auto client = co_await connect_without_problems(test);
  co_await client.send(publish(test.topic(), "x").qos(2).packet_id(1));
  check_bare(test, co_await client.need<wire::Pubrec>());
}
/// An unknown Packet Identifier would be a reason to tell more.
Awaitable<void> bare_pubcomp(Test& test) {
  auto client = co_await connect_without_problems(test);
  co_await client.publish(publish(test.topic(), "x").qos(2).packet_id(1));
  co_await client.send(pubrel(1));
  check_bare(test, co_await client.need<wire::Pubcomp>());
}
Awaitable<void> bare_unsuback(Test& test) {
  auto client = co_await connect_without_problems(test);
  co_await client.send(unsubscribe(1, {test.topic()}));
  check_bare(test, co_await client.need<wire::Unsuback>());
}

struct Bare {
  std::string_view id;
  std::string_view name;
  std::vector<Capability> needs;
  Awaitable<void> (*run)(Test&);
};

// ---- Message expiry

Awaitable<void> expires_behind_full_window(Test& test) {
  auto [subscriber, publisher] = co_await connect_limited(test, 1, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic(), "in flight").qos(1));
  const auto first = co_await subscriber.need<wire::Publish>(payload("in flight"), qos(1));
  co_await publisher.publish(expiring(test, "expired", short_expiry));
  co_await publisher.publish(expiring(test, "still good", long_expiry));
  co_await test.pass_time(about_short_expiry);
  if (!subscriber.waiting(wire::PacketType::publish).empty()) test.set_up_failed("the window was not full");
  co_await subscriber.send(puback(first.packet_id->value()));
  const bool next = co_await subscriber.has_come(wire::PacketType::publish);
  test.check(next, "the message behind the one that has expired", "nothing");
  auto message = co_await subscriber.need<wire::Publish>();
  if (message.payload == "expired") {
    co_await acknowledge(subscriber, message);
    message = co_await subscriber.expect<wire::Publish>();
  }
  test.check(message.payload == "still good", "the message behind the one that has expired", wire::describe(message, v5_0));
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
  // A clock of whole seconds may have ticked two times.
  test.check(left && *left <= long_expiry - 2, "a Message Expiry Interval of 597 s, at most 598 s", wire::describe(message, v5_0));
}

// ---- Topic Alias

Awaitable<Connection> connect_with_aliases(Test& test, std::uint32_t needed) {
  auto publisher = co_await test.connect();
  const auto maximum = publisher.connack().properties.get(wire::prop::topic_alias_maximum).value_or(0);
  if (maximum < needed) test.not_applicable(fmt::format("the broker's Topic Alias Maximum is {}", maximum));
  co_return publisher;
}

/// A subscriber to test.topic("first"), test.topic("second") and test.topic("third").
Awaitable<Pair> connect_alias_pair(Test& test, std::uint32_t needed) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_with_aliases(test, needed);
  std::vector<wire::Subscription> all;
  for (const auto name : {"first", "second", "third"}) all.push_back({.topic_filter = test.topic(name), .maximum_qos = QoS::at_least_once});
  co_await subscriber.subscribe(all);
  co_await warm_up(test, subscriber, publisher, test.topic("first"), QoS::at_least_once);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

auto aliased(std::uint32_t alias, std::string topic, std::string text) {
  return publish(std::move(topic), std::move(text)).qos(1).property(wire::prop::topic_alias, alias);
}

/// @param names of topics, by the payload of the message that has to come with them
Awaitable<void> expect_topics(Test& test, Connection subscriber, std::map<std::string, std::string> names) {
  std::map<std::string, std::string> topics;
  while (topics.size() < names.size()) {
    const auto message = co_await subscriber.expect<wire::Publish>();
    if (!is_warm_up(message)) topics[message.payload] = message.topic;
  }
  for (const auto& [text, name] : names)
    test.check(topics[text] == test.topic(name),
               fmt::format("the message {} with topic {}", wire::quote(text), wire::quote(test.topic(name))),
               fmt::format("topic {}", wire::quote(topics[text])));
}

Awaitable<void> alias_given_anew(Test& test) {
  auto [subscriber, publisher] = co_await connect_alias_pair(test, 1);
  co_await publisher.publish(aliased(1, test.topic("first"), "given"));
  co_await publisher.publish(aliased(1, "", "used"));
  co_await publisher.publish(aliased(1, test.topic("second"), "given anew"));
  co_await publisher.publish(aliased(1, "", "used again"));
  co_await expect_topics(test, subscriber, {{"given", "first"}, {"used", "first"}, {"given anew", "second"}, {"used again", "second"}});
}

/// Two aliases of one client, and one of another client that has the same number.
Awaitable<void> several_aliases(Test& test) {
  auto [subscriber, publisher] = co_await connect_alias_pair(test, 2);
  auto other = co_await connect_with_aliases(test, 2);
  co_await publisher.publish(aliased(1, test.topic("first"), "1 given"));
  co_await publisher.publish(aliased(2, test.topic("second"), "2 given"));
  co_await other.publish(aliased(1, test.topic("third"), "other 1 given"));
  co_await publisher.publish(aliased(1, "", "1 used"));
  co_await publisher.publish(aliased(2, "", "2 used"));
  co_await other.publish(aliased(1, "", "other 1 used"));
  co_await expect_topics(test, subscriber,
                         {{"1 given", "first"},
                          {"2 given", "second"},
                          {"other 1 given", "third"},
                          {"1 used", "first"},
                          {"2 used", "second"},
                          {"other 1 used", "third"}});
}

}  // namespace

std::vector<Case> window_cases() {
  std::vector<Case> cases;
  for (const auto& [size, level] : {std::pair{1U, QoS::at_least_once}, std::pair{1U, QoS::exactly_once}, std::pair{2U, QoS::exactly_once},
                                    std::pair{5U, QoS::at_least_once}})
    cases.push_back({.id = fmt::format("flow/window-of-{}/qos{}", size, wire::number(level)),
                     .title = fmt::format("With Receive Maximum {} there are {} QoS {} messages in flight at most, and all come in the end",
                                          size, size, wire::number(level)),
                     .checks = {{v5_0, "MQTT-3.3.4-9"}, {v5_0, "MQTT-4.9.0-2"}, {v5_0, "MQTT-4.9.0-1"}, {v5_0, "4.9"}},
                     .needs = {level == QoS::exactly_once ? Capability::qos2 : Capability::qos1},
                     .run = [size, level](Test& test) { return window_is_kept(test, size, level); }});
  for (const auto level : {QoS::at_least_once, QoS::exactly_once})
    cases.push_back({.id = fmt::format("flow/refusal-frees-a-place/qos{}", wire::number(level)),
                     .title = fmt::format("A QoS {} message that the client refuses makes room for the next one", wire::number(level)),
                     .checks = {{v5_0, "4.9"}, {v5_0, "MQTT-4.4.0-2"}},
                     .needs = {level == QoS::exactly_once ? Capability::qos2 : Capability::qos1},
                     .run = [level](Test& test) { return refusal_frees(test, level); }});
  const Bare bares[] = {{"puback", "a PUBACK", {Capability::qos1}, bare_puback},
                        {"pubrec", "a PUBREC", {Capability::qos2}, bare_pubrec},
                        {"pubcomp", "a PUBCOMP", {Capability::qos2}, bare_pubcomp},
                        {"unsuback", "an UNSUBACK", {}, bare_unsuback}};
  for (const Bare& row : bares)
    cases.push_back({.id = fmt::format("flow/no-problem-information/{}", row.id),
                     .title = fmt::format("With Request Problem Information 0 there is no Reason String in {}", row.name),
                     .checks = {{v5_0, "MQTT-3.1.2-29"}},
                     .needs = row.needs,
                     .run = row.run});
  const std::vector<Case> others = {
      {.id = "flow/pubrec-frees-no-place",
       .title = "A QoS 2 message takes its place in the window until PUBCOMP",
       .checks = {{v5_0, "MQTT-3.3.4-9"}, {v5_0, "4.9"}},
       .needs = {Capability::qos2},
       .run = pubrec_frees_nothing},
      {.id = "flow/largest-window",
       .title = "With Receive Maximum 65,535 messages come",
       .checks = {{v5_0, "3.1.2.11.3"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .run = largest_window},
      {.id = "flow/full-window-of-the-broker",
       .title = "As many unreleased QoS 2 messages as the broker's Receive Maximum are accepted, again and again",
       .checks = {{v5_0, "3.2.2.3.3"}, {v5_0, "MQTT-4.3.3-8"}},
       .needs = {Capability::qos2},
       .run = full_window_of_broker},
      {.id = "flow/packet-that-just-fits",
       .title = "A message whose packet has exactly the client's Maximum Packet Size is sent",
       .checks = {{v5_0, "3.1.2.11.4"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .run = packet_that_just_fits},
      {.id = "topic-alias/several",
       .title = "Topic Aliases with different numbers, or of different connections, stand for their own topics",
       .checks = {{v5_0, "3.3.2.3.4"}, {v5_0, "MQTT-3.3.2-7"}, {v5_0, "MQTT-3.3.2-12"}},
       .needs = {Capability::qos1},
       .run = several_aliases},
      {.id = "topic-alias/given-anew",
       .title = "A Topic Alias stands for the topic that it was given last",
       .checks = {{v5_0, "3.3.2.3.4"}, {v5_0, "MQTT-3.3.2-12"}},
       .needs = {Capability::qos1},
       .run = alias_given_anew},
      {.id = "expiry/behind-a-full-window",
       .title = "A message that has expired while the window was full keeps no other back",
       .checks = {{v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .pace = Pace::by_the_clock,
       .run = expires_behind_full_window},
      {.id = "expiry/retained-is-counted-down",
       .title = "The Message Expiry Interval of a retained message is less by the time that it was kept",
       .checks = {{v5_0, "MQTT-3.3.2-6"}},
       .needs = {Capability::qos1, Capability::retained},
       .pace = Pace::by_the_clock,
       .run = retained_is_counted_down},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
