#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace mqttspec::conformance {

namespace {

using namespace std::string_view_literals;
using namespace wire::build;
using wire::QoS;

// ---- Invalid Topic Filters

struct InvalidFilter {
  std::string_view id;
  std::string_view filter;  ///< the part after test.topic("")
  spec::Requirement requirement;
};

constexpr spec::Requirement hash_at_end = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"};
constexpr spec::Requirement plus_alone = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"};
constexpr spec::Requirement no_null = {"MQTT-4.7.3-2", "MQTT-4.7.3-2"};

constexpr InvalidFilter invalid_filters[] = {
    {"hash-after-word", "sport/tennis#", hash_at_end},
    {"hash-not-last", "sport/tennis/#/ranking", hash_at_end},
    {"hash-before-separator", "sport/#/", hash_at_end},
    {"hash-before-word", "sport/#tennis", hash_at_end},
    {"hash-twice", "sport/##", hash_at_end},
    {"hash-twice-as-level", "sport/#/#", hash_at_end},
    {"hash-after-plus", "sport/+#", hash_at_end},
    {"hash-and-plus", "sport/#/+", hash_at_end},
    {"plus-after-word", "sport+", plus_alone},
    {"plus-before-word", "sport/+tennis", plus_alone},
    {"plus-in-word", "sport/ten+nis/player1", plus_alone},
    {"plus-twice", "sport/++", plus_alone},
    {"plus-at-end-of-level", "sport/tennis+/player1", plus_alone},
    {"null-character", "sport/ten\0nis"sv, no_null},
};

struct InvalidShare {
  std::string_view id;
  std::string_view filter;
  Check check;
};

constexpr InvalidShare invalid_shares[] = {
    {"name-empty", "$share//mqttspec/t", {v5_0, "MQTT-4.8.2-1"}},       {"name-with-plus", "$share/a+b/mqttspec/t", {v5_0, "MQTT-4.8.2-2"}},
    {"name-with-hash", "$share/a#/mqttspec/t", {v5_0, "MQTT-4.8.2-2"}}, {"filter-missing", "$share/mqttspec", {v5_0, "MQTT-4.8.2-2"}},
    {"filter-empty", "$share/mqttspec/", {v5_0, "MQTT-4.8.2-2"}},
};

/// The broker may reject the subscription in SUBACK, or close the Network Connection with or without DISCONNECT.
Awaitable<void> filter_is_rejected(Test& test, std::string filter) {
  auto client = co_await test.connect();
  co_await client.send(subscribe(7, filter, QoS::at_least_once));
  const auto answer = co_await expect_or_closed<wire::Suback>(client);
  if (!answer) co_return;
  const bool rejected = answer->reason_codes.size() == 1 && wire::is_error(answer->reason_codes.front());
  test.check(rejected, fmt::format("the broker rejects the Topic Filter {} or closes the Network Connection", wire::quote(filter)),
             wire::describe(*answer, test.version()));
}

// ---- Invalid Topic Names

struct InvalidName {
  std::string_view id;
  std::string_view name;  ///< the part after test.topic("")
  std::vector<Check> checks;
};

std::vector<InvalidName> invalid_names() {
  const std::vector<Check> no_wildcard = {
      {v3_1_1, "MQTT-3.3.2-2"}, {v3_1_1, "MQTT-4.7.1-1"}, {v5_0, "MQTT-3.3.2-2"}, {v5_0, "MQTT-4.7.0-1"}};
  return {
      {"plus", "a/+", no_wildcard},
      {"hash", "a/#", no_wildcard},
      {"plus-in-word", "a/b+c", no_wildcard},
      {"hash-in-middle", "a/#/b", no_wildcard},
      {"null-character", "a/b\0c"sv, {{v3_1_1, "MQTT-4.7.3-2"}, {v3_1_1, "MQTT-1.5.3-2"}, {v5_0, "MQTT-4.7.3-2"}, {v5_0, "MQTT-1.5.4-2"}}},
  };
}

/// In 3.1.1 the broker can only close the Network Connection (4.8). In 5.0 it may also reject the message by a PUBACK with an error code,
/// such as 0x90, since the standard does not say that the name makes the packet malformed. The message must not be delivered.
Awaitable<void> name_is_rejected(Test& test, std::string name) {
  auto watcher = co_await test.connect();
  auto bystander = co_await test.connect();
  co_await establish(test, watcher, bystander, {.topic_filter = test.topic("#"), .maximum_qos = QoS::at_least_once}, test.topic("warm"));
  auto client = co_await test.connect();
  co_await client.send(publish(name, "invalid").qos(1).packet_id(10));
  if (test.is_v5()) {
    const auto answer = co_await expect_or_closed<wire::Puback>(client);
    if (answer)
      test.check(wire::is_error(answer->reason_code),
                 "PUBACK with a Reason Code of 0x80 or above, or the broker closes the Network Connection", wire::describe(*answer, v5_0));
  } else {
    co_await client.expect_closed();
  }
  co_await watcher.expect_nothing_more();
}

// ---- Topic Names that start with $

/// Publishes to a topic that starts with $. The case does not apply if the broker reserves such topics, that is, if it rejects the message
/// or does not deliver it to a subscription to the same Topic Name.
Awaitable<void> publish_dollar(Test& test, const std::string& name) {
  auto witness = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await witness.subscribe({{.topic_filter = name, .maximum_qos = QoS::at_least_once},
                              {.topic_filter = test.topic("witness"), .maximum_qos = QoS::at_least_once}});
  co_await warm_up(test, witness, publisher, test.topic("witness"), QoS::at_least_once);
  co_await publisher.send(publish(name, "dollar").qos(1).packet_id(10));
  if (!co_await publisher.has_come(wire::PacketType::puback)) test.not_applicable("the broker did not acknowledge a message to a $ topic");
  const auto answer = co_await publisher.need<wire::Puback>(packet_id(10));
  if (wire::is_error(answer.reason_code)) test.not_applicable("the broker rejected a message to a $ topic");
  if (!co_await witness.has_come(wire::PacketType::publish))
    test.not_applicable("the broker does not deliver messages of clients to $ topics");
  co_await witness.need<wire::Publish>(topic_name(name));
}

struct Dollar {
  std::string_view id;
  std::string_view filter;  ///< ~ is replaced by a level that is unique to the case
  std::string_view name;
  Company company;
};

constexpr Dollar unmatched_dollars[] = {
    {"hash", "#", "$mqttspec/~", Company::exclusive},
    {"plus-with-level", "+/~", "$mqttspec/~", Company::any},
    {"plus-with-hash", "+/~/#", "$mqttspec/~/a/b", Company::any},
    {"plus-alone", "+", "$~", Company::exclusive},
    {"plus-twice", "+/+", "$mqttspec/~", Company::exclusive},
};

constexpr Dollar matched_dollars[] = {
    {"literal-with-hash", "$mqttspec/~/#", "$mqttspec/~/a/b", Company::any},
    {"literal-with-plus", "$mqttspec/~/+", "$mqttspec/~/a", Company::any},
};

std::string with_level(std::string_view text, std::string_view level) {
  std::string filled(text);
  if (const auto sign = filled.find('~'); sign != std::string::npos) filled.replace(sign, 1, level);
  return filled;
}

std::string fill_in(Test& test, std::string_view text) { return with_level(text, test.client_id()); }
/// For titles: "$mqttspec/x".
std::string shown(std::string_view text) { return wire::quote(with_level(text, "x")); }

/// Subscribes to the Topic Filter of the row, and publishes to its Topic Name. @return the subscriber
Awaitable<Connection> subscribe_and_publish(Test& test, const Dollar& row, std::string name) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe({{.topic_filter = fill_in(test, row.filter), .maximum_qos = QoS::at_least_once},
                                 {.topic_filter = test.topic("sentinel"), .maximum_qos = QoS::at_least_once}});
  co_await warm_up(test, subscriber, publisher, test.topic("sentinel"), QoS::at_least_once);
  co_await publish_dollar(test, name);
  co_return subscriber;
}

Awaitable<void> dollar_is_unmatched(Test& test, const Dollar& row) {
  const auto name = fill_in(test, row.name);
  auto subscriber = co_await subscribe_and_publish(test, row, name);
  for (const auto& message : co_await receive_remaining(test, subscriber))
    test.check(message.topic != name, fmt::format("no message with topic {}", wire::quote(name)), wire::describe(message, test.version()));
}

Awaitable<void> dollar_is_matched(Test& test, const Dollar& row) {
  const auto name = fill_in(test, row.name);
  auto subscriber = co_await subscribe_and_publish(test, row, name);
  co_await subscriber.expect<wire::Publish>(topic_name(name));
}

/// Many brokers publish retained messages about themselves below $SYS.
Awaitable<void> system_topics_are_unmatched(Test& test, std::string filter) {
  auto witness = co_await test.connect();
  co_await witness.subscribe("$SYS/#", QoS::at_most_once);
  if (!co_await witness.has_come(wire::PacketType::publish)) test.not_applicable("the broker has no retained messages below $SYS");
  auto client = co_await test.connect();
  co_await client.subscribe(std::move(filter), QoS::at_most_once);
  for (const auto& message : co_await receive_remaining(test, client))
    test.check(!message.topic.starts_with("$"), "no message with a topic that starts with $", wire::describe(message, test.version()));
}

std::vector<Case> invalid_filter_cases() {
  std::vector<Case> cases;
  for (const InvalidFilter& row : invalid_filters)
    cases.push_back({.id = fmt::format("topics/invalid-filter/{}", row.id),
                     .title = fmt::format("A subscription to {} is rejected", wire::quote(row.filter)),
                     .checks = {{v3_1_1, row.requirement.v3_1_1}, {v5_0, row.requirement.v5_0}},
                     .run = [row](Test& test) { return filter_is_rejected(test, test.topic(row.filter)); }});
  cases.push_back({.id = "topics/invalid-filter/empty",
                   .title = "A subscription to an empty Topic Filter is rejected",
                   .checks = {{v3_1_1, "MQTT-4.7.3-1"}, {v5_0, "MQTT-4.7.3-1"}},
                   .run = [](Test& test) { return filter_is_rejected(test, ""); }});
  for (const InvalidShare& row : invalid_shares)
    cases.push_back({.id = fmt::format("topics/invalid-share/{}", row.id),
                     .title = fmt::format("A subscription to {} is rejected", wire::quote(row.filter)),
                     .checks = {row.check},
                     .needs = {Capability::shared_subscriptions},
                     .run = [row](Test& test) { return filter_is_rejected(test, std::string(row.filter)); }});
  return cases;
}

std::vector<Case> dollar_cases() {
  std::vector<Case> cases;
  for (const Dollar& row : unmatched_dollars)
    cases.push_back({.id = fmt::format("topics/dollar/not-matched-by-{}", row.id),
                     .title = fmt::format("The Topic Filter {} does not match the Topic Name {}", shown(row.filter), shown(row.name)),
                     .checks = {{v3_1_1, "MQTT-4.7.2-1"}, {v5_0, "MQTT-4.7.2-1"}},
                     .needs = {Capability::qos1, Capability::wildcards},
                     .company = row.company,
                     .run = [row](Test& test) { return dollar_is_unmatched(test, row); }});
  for (const Dollar& row : matched_dollars)
    cases.push_back({.id = fmt::format("topics/dollar/matched-by-{}", row.id),
                     .title = fmt::format("The Topic Filter {} matches the Topic Name {}", shown(row.filter), shown(row.name)),
                     .checks = {{v3_1_1, "4.7.2"}, {v5_0, "4.7.2"}},
                     .needs = {Capability::qos1, Capability::wildcards},
                     .company = row.company,
                     .run = [row](Test& test) { return dollar_is_matched(test, row); }});
  for (const auto& [id, filter] : {std::pair{"hash", "#"}, std::pair{"plus", "+/#"}})
    cases.push_back({.id = fmt::format("topics/dollar/system-topics-not-matched-by-{}", id),
                     .title = fmt::format("The Topic Filter \"{}\" does not match the topics of the broker below $SYS", filter),
                     .checks = {{v3_1_1, "MQTT-4.7.2-1"}, {v5_0, "MQTT-4.7.2-1"}},
                     .needs = {Capability::wildcards, Capability::retained},
                     .company = Company::exclusive,
                     .run = [wildcard = std::string(filter)](Test& test) { return system_topics_are_unmatched(test, wildcard); }});
  return cases;
}

}  // namespace

std::vector<Case> topic_rule_cases() {
  auto cases = invalid_filter_cases();
  for (const InvalidName& row : invalid_names())
    cases.push_back({.id = fmt::format("topics/invalid-name/{}", row.id),
                     .title = fmt::format("A PUBLISH to {} is rejected and not delivered", wire::quote(row.name)),
                     .checks = row.checks,
                     .needs = {Capability::qos1, Capability::wildcards},
                     .run = [row](Test& test) { return name_is_rejected(test, test.topic(row.name)); }});
  auto dollars = dollar_cases();
  cases.insert(cases.end(), dollars.begin(), dollars.end());
  return cases;
}

}  // namespace mqttspec::conformance
