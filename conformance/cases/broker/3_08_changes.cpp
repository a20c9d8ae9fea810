// Subscriptions that are made again with other options (3.8.3.1, 3.8.4), Retain Handling between Sessions, and SUBSCRIBE with many filters.

#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
using wire::RetainHandling;

enum class Option : std::uint8_t { no_local, retain_as_published };

struct Change {
  std::string_view id;
  std::string_view title;
  Option option;
  bool after;  ///< before it was the other way round
  Check check;
};

constexpr Change changes[] = {
    {"no-local-set", "No Local can be set by making a subscription again", Option::no_local, true, {v5_0, "MQTT-3.8.4-3"}},
    {"no-local-cleared", "No Local can be cleared by making a subscription again", Option::no_local, false, {v5_0, "MQTT-3.8.4-3"}},
    {"retain-as-published-set",
     "Retain As Published can be set by making a subscription again",
     Option::retain_as_published,
     true,
     {v5_0, "MQTT-3.8.4-3"}},
    {"retain-as-published-cleared",
     "Retain As Published can be cleared by making a subscription again",
     Option::retain_as_published,
     false,
     {v5_0, "MQTT-3.8.4-3"}},
};

wire::Subscription subscription_with(Test& test, Option option, bool set) {
  return {.topic_filter = test.topic(),
          .maximum_qos = QoS::at_least_once,
          .no_local = option == Option::no_local && set,
          .retain_as_published = option == Option::retain_as_published && set,
          .retain_handling = RetainHandling::do_not_send};
}

/// Whether the option shows in how a message comes.
Awaitable<bool> is_in_effect(Test& test, Connection client, Connection other, Option option, int turn) {
  const auto own = fmt::format("own {}", turn);
  const auto last = fmt::format("of another client {}", turn);
  if (option == Option::no_local) co_await client.publish(publish(test.topic(), own).qos(1));
  const auto message = publish(test.topic(), last).qos(1);
  co_await other.publish(option == Option::retain_as_published ? message.retain() : message);
  bool own_came = false;
  auto next = co_await client.need<wire::Publish>();
  for (; next.payload != last; next = co_await client.need<wire::Publish>()) own_came = own_came || next.payload == own;
  co_return option == Option::no_local ? !own_came : next.retain;
}

/// A changed subscription may take effect a little after its SUBACK, as a new one may: it is tried several times.
Awaitable<void> option_is_replaced(Test& test, const Change& row) {
  auto client = co_await test.connect();
  auto other = co_await test.connect();
  co_await establish(test, client, other, subscription_with(test, row.option, !row.after));
  co_await client.subscribe(std::vector{subscription_with(test, row.option, row.after)});
  constexpr int tries = 10;
  for (int turn = 1; turn <= tries; ++turn)
    if (co_await is_in_effect(test, client, other, row.option, turn) == row.after) co_return;
  test.check(false, "the options of the subscription that was made last", "ten messages came as the options before would have it");
}

// ---- Retain Handling and Sessions

enum class Between : std::uint8_t { unsubscribed, resumed, afresh };

struct Handling {
  std::string_view id;
  std::string_view title;
  Between between;
  RetainHandling option;
  bool sent;
  Check check;
};

constexpr Handling handlings[] = {
    {"1-after-unsubscribing",
     "Retain Handling 1 has retained messages sent for a subscription that was ended before",
     Between::unsubscribed,
     RetainHandling::send_if_new,
     true,
     {v5_0, "MQTT-3.3.1-10"}},
    {"1-in-resumed-session",
     "Retain Handling 1 has no retained messages sent for a subscription of a resumed Session",
     Between::resumed,
     RetainHandling::send_if_new,
     false,
     {v5_0, "MQTT-3.3.1-10"}},
    {"1-after-clean-start",
     "Retain Handling 1 has retained messages sent for a subscription made anew after a clean start",
     Between::afresh,
     RetainHandling::send_if_new,
     true,
     {v5_0, "MQTT-3.3.1-10"}},
    {"0-in-resumed-session",
     "Retain Handling 0 has retained messages sent when a subscription of a resumed Session is made again",
     Between::resumed,
     RetainHandling::send,
     true,
     {v5_0, "MQTT-3.3.1-9"}},
    {"2-in-resumed-session",
     "Retain Handling 2 has no retained messages sent when a subscription of a resumed Session is made again",
     Between::resumed,
     RetainHandling::do_not_send,
     false,
     {v5_0, "MQTT-3.3.1-11"}},
};

Awaitable<void> retain_handling(Test& test, const Handling& row) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), "kept").qos(1).retain());
  co_await publisher.fence();
  auto client = co_await connect_kept(test);
  co_await client.subscribe(test.topic(), QoS::at_least_once);
  co_await client.need<wire::Publish>(payload("kept"));
  co_await client.fence();
  if (row.between == Between::unsubscribed) {
    co_await client.unsubscribe({test.topic()});
  } else {
    co_await leave(client);
    client = row.between == Between::resumed ? co_await resume_kept(test) : co_await start_afresh(test);
    co_await client.fence();
    // A retained message may come again when the Session is resumed: nothing forbids it.
    (void)co_await whatever_comes(test, client);
  }
  co_await client.subscribe(
      std::vector{wire::Subscription{.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .retain_handling = row.option}});
  if (row.sent)
    co_await client.expect<wire::Publish>(payload("kept"), retained());
  else
    co_await client.expect_nothing_more();
}

/// RETAIN of what a new subscription brings is 1 with the option and without (3.8.3.1).
Awaitable<void> retained_with_option(Test& test) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), "kept").qos(1).retain());
  auto client = co_await test.connect();
  co_await client.subscribe(
      std::vector{wire::Subscription{.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .retain_as_published = true}});
  co_await client.expect<wire::Publish>(payload("kept"), retained());
}

Awaitable<void> many_retained(Test& test) {
  constexpr int count = 100;
  auto publisher = co_await test.connect();
  std::set<std::string> missing;
  // Several at a time, but no more than the broker takes.
  const auto window = std::min<std::uint32_t>(publisher.connack().properties.get(wire::prop::receive_maximum).value_or(10), 10);
  std::vector<wire::Packet> batch;
  for (int i = 1; i <= count; ++i) {
    const auto topic = test.topic(fmt::format("{}/{}", i % 10, i));
    missing.insert(topic);
    batch.emplace_back(publish(topic, "kept").qos(1).packet_id(publisher.next_packet_id()).retain());
    if (batch.size() < window && i < count) continue;
    const auto acknowledgements = batch.size();
    co_await publisher.send_together(std::exchange(batch, {}));
    for (std::size_t acknowledged = 0; acknowledged < acknowledgements; ++acknowledged) co_await publisher.need<wire::Puback>();
  }
  auto client = co_await test.connect();
  co_await client.subscribe(test.topic("+/+"), QoS::at_least_once);
  while (!missing.empty()) {
    const auto message = co_await client.expect<wire::Publish>(retained());
    test.check(message.dup || missing.contains(message.topic), "each retained message once", wire::describe(message, test.version()));
    missing.erase(message.topic);
  }
  co_await client.expect_nothing_more();
}

// ---- One filter of many that is wrong

Awaitable<void> one_wrong_filter(Test& test) {
  constexpr std::size_t count = 50;
  constexpr std::size_t wrong = 30;
  std::vector<wire::Subscription> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({.topic_filter = test.topic(i == wrong ? "a/#/b" : std::to_string(i)), .maximum_qos = QoS::at_least_once});
  auto client = co_await test.connect();
  co_await client.send(subscribe(7, all));
  const auto answer = co_await expect_or_end<wire::Suback>(client);
  if (!answer) co_return;
  const auto words = wire::describe(*answer, test.version());
  test.check(answer->reason_codes.size() == count, "a SUBACK with 50 codes", words, because("MQTT-3.8.4-5", "MQTT-3.8.4-6"));
  test.check(wire::is_error(answer->reason_codes[wrong]), "an error for the Topic Filter that is wrong", words);
}

}  // namespace

std::vector<Case> subscription_change_cases() {
  std::vector<Case> cases;
  for (const Change& row : changes)
    cases.push_back(
        {.id = fmt::format("subscribe/again/{}", row.id),
         .title = std::string(row.title),
         .checks = {row.check},
         .needs = row.option == Option::no_local ? std::vector{Capability::qos1} : std::vector{Capability::qos1, Capability::retained},
         .run = [row](Test& test) { return option_is_replaced(test, row); }});
  for (const Handling& row : handlings)
    cases.push_back({.id = fmt::format("retained/handling-{}", row.id),
                     .title = std::string(row.title),
                     .checks = {row.check},
                     .needs = {Capability::retained, Capability::qos1, Capability::sessions},
                     .run = [row](Test& test) { return retain_handling(test, row); }});
  cases.push_back({.id = "retained/sent-with-retain-1-as-published-or-not",
                   .title = "A retained message is sent to a new subscription with Retain As Published with RETAIN 1",
                   .checks = {{v5_0, "3.3.1.3"}, {v5_0, "3.8.3.1"}},
                   .needs = {Capability::retained, Capability::qos1},
                   .run = retained_with_option});
  cases.push_back({.id = "retained/many",
                   .title = "A new subscription gets each of a hundred retained messages, once",
                   .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v5_0, "MQTT-3.3.1-9"}},
                   .needs = {Capability::retained, Capability::qos1, Capability::wildcards},
                   .run = many_retained});
  cases.push_back({.id = "subscribe/one-wrong-filter-of-fifty",
                   .title = "A Topic Filter that is wrong is refused among 49 that are right, or the connection closed",
                   .checks = {{v3_1_1, "MQTT-4.7.1-2"}, {v5_0, "MQTT-4.7.1-1"}},
                   .run = one_wrong_filter});
  return cases;
}

}  // namespace mqttspec::conformance
