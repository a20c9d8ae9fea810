// Repeated subscriptions with other options (3.8.3.1, 3.8.4), Retain Handling across Sessions, and SUBSCRIBE with many Topic Filters.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
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
  bool after;  ///< the option of the second subscription; the first has the opposite
  Check check;
};

constexpr Change changes[] = {
    {"no-local-set", "A repeated subscription can set No Local", Option::no_local, true, {v5_0, "MQTT-3.8.4-3"}},
    {"no-local-cleared", "A repeated subscription can clear No Local", Option::no_local, false, {v5_0, "MQTT-3.8.4-3"}},
    {"retain-as-published-set",
     "A repeated subscription can set Retain As Published",
     Option::retain_as_published,
     true,
     {v5_0, "MQTT-3.8.4-3"}},
    {"retain-as-published-cleared",
     "A repeated subscription can clear Retain As Published",
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

/// Whether the broker delivers a message according to the option.
Awaitable<bool> is_in_effect(Test& test, Connection client, Connection other, Option option, int turn) {
  const auto own = fmt::format("own {}", turn);
  const auto last = fmt::format("other {}", turn);
  if (option == Option::no_local) co_await client.publish(publish(test.topic(), own).qos(1));
  const auto message = publish(test.topic(), last).qos(1);
  co_await other.publish(option == Option::retain_as_published ? message.retain() : message);
  bool has_own = false;
  auto next = co_await client.need<wire::Publish>();
  for (; next.payload != last; next = co_await client.need<wire::Publish>()) has_own = has_own || next.payload == own;
  co_return option == Option::no_local ? !has_own : next.retain;
}

/// A changed subscription may take effect after its SUBACK, like a new one, so several messages are tried.
Awaitable<void> option_is_replaced(Test& test, const Change& row) {
  auto client = co_await test.connect();
  auto other = co_await test.connect();
  co_await establish(test, client, other, subscription_with(test, row.option, !row.after));
  co_await client.subscribe(std::vector{subscription_with(test, row.option, row.after)});
  constexpr int tries = 10;
  for (int turn = 1; turn <= tries; ++turn)
    if (co_await is_in_effect(test, client, other, row.option, turn) == row.after) co_return;
  test.check(false, "delivery according to the options of the last SUBSCRIBE", "ten messages delivered according to the previous options");
}

// ---- Retain Handling and Sessions

enum class Between : std::uint8_t { unsubscribed, resumed, clean_start };

struct Handling {
  std::string_view id;
  std::string_view title;
  Between between;
  RetainHandling option;
  bool sent;
  Check check;
};

constexpr Handling handlings[] = {
    {"1/after-unsubscribing",
     "With Retain Handling 1 retained messages are sent for a subscription made after UNSUBSCRIBE",
     Between::unsubscribed,
     RetainHandling::send_if_new,
     true,
     {v5_0, "MQTT-3.3.1-10"}},
    {"1/in-resumed-session",
     "With Retain Handling 1 no retained messages are sent for an existing subscription of a resumed Session",
     Between::resumed,
     RetainHandling::send_if_new,
     false,
     {v5_0, "MQTT-3.3.1-10"}},
    {"1/after-clean-start",
     "With Retain Handling 1 retained messages are sent for a subscription made after a clean start",
     Between::clean_start,
     RetainHandling::send_if_new,
     true,
     {v5_0, "MQTT-3.3.1-10"}},
    {"0/in-resumed-session",
     "With Retain Handling 0 retained messages are sent for an existing subscription of a resumed Session",
     Between::resumed,
     RetainHandling::send,
     true,
     {v5_0, "MQTT-3.3.1-9"}},
    {"2/in-resumed-session",
     "With Retain Handling 2 no retained messages are sent for an existing subscription of a resumed Session",
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
    client = row.between == Between::resumed ? co_await resume_kept(test) : co_await start_clean(test);
    co_await client.fence();
    // The retained message may be sent again when the Session is resumed: no statement forbids it.
    (void)co_await receive_remaining(test, client);
  }
  co_await client.subscribe(
      std::vector{wire::Subscription{.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .retain_handling = row.option}});
  if (row.sent)
    co_await client.expect<wire::Publish>(payload("kept"), retained());
  else
    co_await client.expect_nothing_more();
}

/// A retained message sent for a new subscription has RETAIN 1, with or without the option (3.8.3.1).
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
  // Several at a time, but no more than the broker accepts.
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
    test.check(message.dup || missing.contains(message.topic), "one copy of each retained message",
               wire::describe(message, test.version()));
    missing.erase(message.topic);
  }
  co_await client.expect_nothing_more();
}

// ---- One invalid Topic Filter among many

Awaitable<void> one_invalid_filter(Test& test) {
  constexpr std::size_t count = 50;
  constexpr std::size_t invalid = 30;
  std::vector<wire::Subscription> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({.topic_filter = test.topic(i == invalid ? "a/#/b" : std::to_string(i)), .maximum_qos = QoS::at_least_once});
  auto client = co_await test.connect();
  co_await client.send(subscribe(7, all));
  const auto answer = co_await expect_or_closed<wire::Suback>(client);
  if (!answer) co_return;
  const auto words = wire::describe(*answer, test.version());
  test.check(answer->reason_codes.size() == count, "SUBACK with 50 codes", words, because("MQTT-3.8.4-5", "MQTT-3.8.4-6"));
  test.check(wire::is_error(answer->reason_codes[invalid]), "SUBACK with a code of 0x80 or above for the invalid Topic Filter", words);
}

}  // namespace

std::vector<Case> subscription_change_cases() {
  std::vector<Case> cases;
  for (const Change& row : changes)
    cases.push_back(
        {.id = fmt::format("subscribe/repeated/{}", row.id),
         .title = std::string(row.title),
         .checks = {row.check},
         .needs = row.option == Option::no_local ? std::vector{Capability::qos1} : std::vector{Capability::qos1, Capability::retained},
         .run = [row](Test& test) { return option_is_replaced(test, row); }});
  for (const Handling& row : handlings)
    cases.push_back({.id = fmt::format("retained/retain-handling-{}", row.id),
                     .title = std::string(row.title),
                     .checks = {row.check},
                     .needs = {Capability::retained, Capability::qos1, Capability::sessions},
                     .run = [row](Test& test) { return retain_handling(test, row); }});
  cases.push_back({.id = "retained/sent-with-retain-1/retain-as-published",
                   .title = "A retained message is sent with RETAIN 1 to a new subscription with Retain As Published",
                   .checks = {{v5_0, "3.3.1.3"}, {v5_0, "3.8.3.1"}},
                   .needs = {Capability::retained, Capability::qos1},
                   .run = retained_with_option});
  cases.push_back({.id = "retained/many",
                   .title = "A hundred retained messages are each sent once to a new subscription",
                   .checks = {{v3_1_1, "MQTT-3.3.1-6"}, {v5_0, "MQTT-3.3.1-9"}},
                   .needs = {Capability::retained, Capability::qos1, Capability::wildcards},
                   .run = many_retained});
  cases.push_back({.id = "subscribe/one-invalid-filter-of-fifty",
                   .title = "One invalid Topic Filter among fifty is rejected, or the broker closes the Network Connection",
                   .checks = {{v3_1_1, "MQTT-4.7.1-2"}, {v5_0, "MQTT-4.7.1-1"}},
                   .run = one_invalid_filter});
  return cases;
}

}  // namespace mqttspec::conformance
