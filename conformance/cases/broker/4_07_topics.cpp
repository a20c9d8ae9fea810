#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <utility>

namespace mqttspec::conformance {

namespace {

using namespace wire::build;
using wire::QoS;

enum class Answer : std::uint8_t { match, no_match };

/// A Topic Filter, a Topic Name, and whether they match. In both, ^ is replaced by the topic of the case ("mqttspec/m1234/p"), @ by the
/// same without its first level ("/m1234/p"), and ~ by a level that is unique to the case ("m1234").
struct Pairing {
  std::string_view id;
  std::string_view filter;
  std::string_view name;
  Answer answer;
  spec::Requirement requirement;
  Company company = Company::any;
};

constexpr spec::Requirement multi_level = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"};
constexpr spec::Requirement single_level = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"};
constexpr spec::Requirement literal = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"};
constexpr spec::Requirement byte_order_mark = {"MQTT-1.5.3-3", "MQTT-1.5.4-3"};
constexpr spec::Requirement dollar = {"4.7.2", "4.7.2"};
constexpr auto yes = Answer::match;
constexpr auto no = Answer::no_match;
constexpr auto exclusive = Company::exclusive;

constexpr Pairing pairings[] = {
    // 4.7.1.2
    {"multi-level/parent", "^/sport/tennis/player1/#", "^/sport/tennis/player1", yes, multi_level},
    {"multi-level/child", "^/sport/tennis/player1/#", "^/sport/tennis/player1/ranking", yes, multi_level},
    {"multi-level/grandchild", "^/sport/tennis/player1/#", "^/sport/tennis/player1/score/wimbledon", yes, multi_level},
    {"multi-level/single-parent", "^/sport/#", "^/sport", yes, multi_level},
    {"multi-level/empty-child", "^/sport/#", "^/sport/", yes, multi_level},
    {"multi-level/deep", "^/#", "^/1/2/3/4/5/6", yes, multi_level},
    {"multi-level/longer-word", "^/sport/#", "^/sports", no, multi_level},
    {"multi-level/longer-word-and-child", "^/sport/#", "^/sports/tennis", no, multi_level},
    {"multi-level/sibling", "^/sport/tennis/#", "^/sport/football", no, multi_level},
    {"multi-level/grandparent", "^/sport/tennis/#", "^/sport", no, multi_level},
    {"multi-level/further-down", "^/sport/#", "^/a/sport/tennis", no, multi_level},
    {"multi-level/empty-level-before", "^/a//#", "^/a/", yes, multi_level},
    {"multi-level/empty-level-missing", "^/a//#", "^/a/b", no, multi_level},
    {"multi-level/name-starts-with-separator", "/~/#", "/~/finance", yes, multi_level},
    {"multi-level/dollar-inside", "^/#", "^/$SYS", yes, dollar},
    {"multi-level/alone", "#", "^/anything", yes, multi_level, exclusive},
    {"multi-level/alone-and-leading-separator", "#", "/~", yes, multi_level, exclusive},
    // 4.7.1.3
    {"single-level/last", "^/sport/tennis/+", "^/sport/tennis/player1", yes, single_level},
    {"single-level/last-other", "^/sport/tennis/+", "^/sport/tennis/player2", yes, single_level},
    {"single-level/one-level-only", "^/sport/tennis/+", "^/sport/tennis/player1/ranking", no, single_level},
    {"single-level/not-parent", "^/sport/+", "^/sport", no, single_level},
    {"single-level/empty-last", "^/sport/+", "^/sport/", yes, single_level},
    {"single-level/middle", "^/sport/+/player1", "^/sport/tennis/player1", yes, single_level},
    {"single-level/middle-missing", "^/sport/+/player1", "^/sport/player1", no, single_level},
    {"single-level/middle-of-two", "^/sport/+/player1", "^/sport/tennis/men/player1", no, single_level},
    {"single-level/middle-empty", "^/sport/+/player1", "^/sport//player1", yes, single_level},
    {"single-level/other-end", "^/sport/+/player1", "^/sport/tennis/player2", no, single_level},
    {"single-level/first", "+@/sport", "^/sport", yes, single_level},
    {"single-level/first-with-hash", "+@/tennis/#", "^/tennis/player1", yes, single_level},
    {"single-level/first-with-hash-other", "+@/tennis/#", "^/football/player1", no, single_level},
    {"single-level/two-levels", "^/+/+", "^/a/b", yes, single_level},
    {"single-level/two-empty-levels", "^/+/+", "^//", yes, single_level},
    {"single-level/two-levels-for-one", "^/+/+", "^/a", no, single_level},
    {"single-level/two-levels-for-three", "^/+/+", "^/a/b/c", no, single_level},
    {"single-level/with-hash-parent", "^/+/#", "^/a", yes, single_level},
    {"single-level/with-hash-empty", "^/+/#", "^/", yes, single_level},
    {"single-level/with-hash-missing", "^/+/#", "^", no, single_level},
    {"single-level/two-levels-with-empty-first", "^/+/+", "^//finance", yes, single_level},
    {"single-level/one-level-with-empty-first", "^/+", "^//finance", no, single_level},
    {"single-level/dollar-inside-after-plus", "+@/#", "^/$SYS", yes, dollar},
    {"single-level/leading-separator-two", "+/+", "/~", yes, single_level, exclusive},
    {"single-level/leading-separator-one", "/+", "/~", yes, single_level, exclusive},
    {"single-level/leading-separator-none", "+", "/~", no, single_level, exclusive},
    {"single-level/alone", "+", "~", yes, single_level, exclusive},
    {"single-level/dollar-inside", "^/+/Clients", "^/$SYS/Clients", yes, dollar},
    // 4.7.3
    {"exact/same", "^/sport/tennis", "^/sport/tennis", yes, literal},
    {"exact/case", "^/ACCOUNTS", "^/Accounts", no, literal},
    {"exact/case-of-non-ascii", "^/ÄÖÜ", "^/äöü", no, literal},
    {"exact/space", "^/Accounts payable", "^/Accounts payable", yes, literal},
    {"exact/space-only", "^/ ", "^/ ", yes, literal},
    {"exact/space-at-end", "^/Accounts ", "^/Accounts", no, literal},
    {"exact/space-at-start", "^/ Accounts", "^/Accounts", no, literal},
    {"exact/longer-name", "^/sport", "^/sport/tennis", no, literal},
    {"exact/longer-filter", "^/sport/tennis", "^/sport", no, literal},
    {"exact/prefix", "^/spo", "^/sport", no, literal},
    {"exact/leading-separator", "/~/finance", "/~/finance", yes, literal},
    {"exact/leading-separator-in-filter", "/~/finance", "~/finance", no, literal},
    {"exact/leading-separator-in-name", "~/finance", "/~/finance", no, literal},
    {"exact/trailing-separator", "^/finance/", "^/finance/", yes, literal},
    {"exact/trailing-separator-in-filter", "^/finance/", "^/finance", no, literal},
    {"exact/trailing-separator-in-name", "^/finance", "^/finance/", no, literal},
    {"exact/empty-level", "^/a//b", "^/a//b", yes, literal},
    {"exact/empty-level-in-filter", "^/a//b", "^/a/b", no, literal},
    {"exact/empty-level-in-name", "^/a/b", "^/a//b", no, literal},
    {"exact/separators-only", "^///", "^///", yes, literal},
    {"exact/non-ascii", "^/Straße/東京/😀", "^/Straße/東京/😀", yes, literal},
    {"exact/composed-and-decomposed", "^/caf\u00E9", "^/cafe\u0301", no, literal},
    {"exact/compatible-characters", "^/\uFF21", "^/A", no, literal},
    {"exact/ligature", "^/\uFB01n", "^/fin", no, literal},
    {"exact/zero-width-no-break-space", "^/\uFEFFa", "^/\uFEFFa", yes, byte_order_mark},
    {"exact/zero-width-no-break-space-in-filter", "^/\uFEFFa", "^/a", no, byte_order_mark},
    {"exact/zero-width-no-break-space-in-name", "^/a", "^/\uFEFFa", no, byte_order_mark},
    {"exact/starts-with-zero-width-no-break-space", "\uFEFF~/a", "\uFEFF~/a", yes, byte_order_mark},
    {"exact/filter-starts-with-zero-width-no-break-space", "\uFEFF~/a", "~/a", no, byte_order_mark},
    {"exact/name-starts-with-zero-width-no-break-space", "~/a", "\uFEFF~/a", no, byte_order_mark},
    {"exact/beyond-basic-plane", "^/\U00010000\U0010FFFD", "^/\U00010000\U0010FFFD", yes, literal},
    {"exact/full-stop-is-not-a-wildcard", "^/a.c", "^/abc", no, literal},
    {"exact/full-stop-is-not-a-separator", "^/a/b", "^/a.b", no, literal},
    {"exact/asterisk-is-not-a-wildcard", "^/a*", "^/ab", no, literal},
    {"exact/question-mark-is-not-a-wildcard", "^/a?", "^/ab", no, literal},
    {"exact/brackets-are-not-wildcards", "^/[ab]", "^/a", no, literal},
    {"exact/percent-is-not-an-escape", "^/%41", "^/A", no, literal},
    {"exact/backslash-is-not-an-escape", "^/\\A", "^/A", no, literal},
    {"exact/dots-are-not-a-path", "^/a/../b", "^/b", no, literal},
    {"exact/difference-at-end-of-long-name",
     "^/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee1",
     "^/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee2", no, literal},
    {"exact/quotation-marks", "^/'\"", "^/'\"", yes, literal},
};

/// Replaces the signs of Pairing.
std::string fill_in(std::string_view text, std::string_view topic, std::string_view without_first_level, std::string_view level) {
  std::string filled;
  for (const char c : text) {
    if (c == '^')
      filled += topic;
    else if (c == '@')
      filled += without_first_level;
    else if (c == '~')
      filled += level;
    else
      filled += c;
  }
  return filled;
}

std::string fill_in(Test& test, std::string_view text) {
  const auto topic = test.topic("p");
  return fill_in(text, topic, std::string_view(topic).substr(topic.find('/')), test.client_id());
}

/// For titles: "…/sport/#".
std::string shown(std::string_view text) { return wire::quote(fill_in(text, "…", "/…", "x")); }

/// Subscribes to the filter and to test.topic("sentinel"), and waits until messages to the latter are delivered.
Awaitable<void> subscribe_with_sentinel(Test& test, Connection subscriber, Connection publisher, std::string filter) {
  co_await subscriber.subscribe({{.topic_filter = std::move(filter), .maximum_qos = QoS::at_least_once},
                                 {.topic_filter = test.topic("sentinel"), .maximum_qos = QoS::at_least_once}});
  co_await warm_up(test, subscriber, publisher, test.topic("sentinel"), QoS::at_least_once);
}

/// Ignores other messages, which a filter such as + may match.
Awaitable<void> is_delivered(Test& test, const Pairing& row) {
  const auto name = fill_in(test, row.name);
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscribe_with_sentinel(test, subscriber, publisher, fill_in(test, row.filter));
  co_await publisher.publish(publish(name, "message").qos(1));
  auto message = co_await subscriber.expect<wire::Publish>();
  while (row.company == Company::exclusive && message.topic != name) message = co_await subscriber.expect<wire::Publish>();
  test.check(message.topic == name && message.payload == "message", fmt::format("PUBLISH with topic {}", wire::quote(name)),
             wire::describe(message, test.version()));
}

Awaitable<void> is_not_delivered(Test& test, const Pairing& row) {
  const auto name = fill_in(test, row.name);
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscribe_with_sentinel(test, subscriber, publisher, fill_in(test, row.filter));
  const auto check = [&](const wire::Publish& message) {
    test.check(message.topic != name, fmt::format("no message with topic {}", wire::quote(name)), wire::describe(message, test.version()));
  };
  co_await publisher.publish(publish(name, "message").qos(1));
  co_await publisher.publish(publish(test.topic("sentinel"), "sentinel").qos(1));
  auto message = co_await subscriber.need<wire::Publish>();
  for (; message.payload != "sentinel"; message = co_await subscriber.need<wire::Publish>()) check(message);
  for (const auto& later : co_await receive_remaining(test, subscriber)) check(later);
}

std::vector<Check> checks_of(const Pairing& row) {
  std::vector<Check> checks = {{v3_1_1, row.requirement.v3_1_1}, {v5_0, row.requirement.v5_0}};
  if (row.answer == Answer::match)
    checks.insert(checks.end(), {{v3_1_1, "MQTT-4.5.0-1"}, {v5_0, "MQTT-4.5.0-1"}});
  else
    checks.insert(checks.end(), {{v3_1_1, "MQTT-3.3.2-3"}, {v5_0, "MQTT-3.3.2-3"}});
  return checks;
}

}  // namespace

std::vector<Case> topic_cases() {
  std::vector<Case> cases;
  for (const Pairing& row : pairings) {
    const bool matches = row.answer == Answer::match;
    const bool has_wildcard = row.filter.find_first_of("+#") != std::string_view::npos;
    cases.push_back({.id = fmt::format("topics/{}", row.id),
                     .title = fmt::format("The Topic Filter {} {} the Topic Name {}", shown(row.filter),
                                          matches ? "matches" : "does not match", shown(row.name)),
                     .checks = checks_of(row),
                     .needs = has_wildcard ? std::vector{Capability::qos1, Capability::wildcards} : std::vector{Capability::qos1},
                     .company = row.company,
                     .run = [row, matches](Test& test) { return matches ? is_delivered(test, row) : is_not_delivered(test, row); }});
  }
  return cases;
}

}  // namespace mqttspec::conformance
