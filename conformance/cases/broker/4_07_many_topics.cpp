// Random Topic Filters and Topic Names (4.7), compared with a second implementation of matching in this file; very long and very short
// Topic Names.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <set>
#include <span>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

// ---- Matching (4.7.1 to 4.7.3), independent of reference/topic

std::vector<std::string> levels_of(std::string_view text) {
  std::vector<std::string> levels;
  for (const auto level : std::views::split(text, '/')) levels.emplace_back(std::string_view(level));
  return levels;
}

using Levels = std::span<const std::string>;

bool levels_match(Levels filter, Levels name) {
  if (filter.empty()) return name.empty();
  if (filter.front() == "#") return true;  // also matches the parent level: "sport/#" has been compared up to "sport"
  if (name.empty()) return false;
  if (filter.front() != "+" && filter.front() != name.front()) return false;
  return levels_match(filter.subspan(1), name.subspan(1));
}

bool should_match(std::string_view filter, std::string_view name) {
  if (name.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) return false;
  return levels_match(levels_of(filter), levels_of(name));
}

// ---- Random names and filters

struct Alphabet {
  std::string_view id;
  std::string_view title;  ///< of the levels: "Topic Names of …"
  std::vector<std::string> levels;
  spec::Requirement requirement;
};

std::vector<Alphabet> alphabets() {
  constexpr spec::Requirement any = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"};
  constexpr spec::Requirement literal = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"};
  return {
      {"letters", "a few letters", {"a", "b", "ab"}, any},
      {"empty-levels", "letters and empty levels", {"", "a", ""}, any},
      {"case-and-spaces", "letters that differ in case and spaces", {"a", "A", "a ", " a", " "}, literal},
      {"beyond-ascii", "letters beyond ASCII", {"\u00E4", "a\u0308", "\u00C4", "\uFEFF", "\uFEFFa", "\U0001F600", "\u6771"}, literal},
      {"signs", "characters without a meaning in MQTT", {"$", "$a", ".", "..", "*", "?", "a.b", "%2F", "\\"}, literal},
  };
}

constexpr std::size_t most_levels = 4;
constexpr std::size_t filter_count = 6;
constexpr std::size_t name_count = 20;

class Draw {
 public:
  Draw(Test& test, const Alphabet& alphabet) : test_(test), alphabet_(alphabet) {}

  /// A Topic Name below test.topic("x").
  std::string name() { return draw(0); }
  /// A Topic Filter below it; about a third of its levels are wildcards.
  std::string filter() { return draw(33); }

 private:
  std::uint64_t below(std::uint64_t limit) { return test_.random()() % limit; }

  std::string draw(std::uint64_t percent_of_wildcards) {
    std::string text = test_.topic("x");
    const auto count = 1 + below(most_levels);
    for (std::uint64_t i = 0; i < count; ++i) {
      text += '/';
      if (below(100) >= percent_of_wildcards) {
        text += alphabet_.levels.at(below(alphabet_.levels.size()));
      } else if (below(2) == 0) {
        text += '+';
      } else {
        return text + '#';
      }
    }
    return text;
  }

  Test& test_;
  const Alphabet& alphabet_;
};

template <class Make>
std::vector<std::string> different(std::size_t count, Make make) {
  std::vector<std::string> found;
  for (std::size_t tries = 0; found.size() < count && tries < 20 * count; ++tries)
    if (auto text = make(); std::ranges::find(found, text) == found.end()) found.push_back(std::move(text));
  return found;
}

/// Receives messages until every matching one has arrived, then checks that no others arrive.
Awaitable<void> expect_matching(Test& test, Connection subscriber, const std::string& filter, const std::vector<std::string>& names,
                                const std::string& sentinel) {
  std::set<std::string> missing;
  std::ranges::copy_if(names, std::inserter(missing, missing.end()), [&](const std::string& name) { return should_match(filter, name); });
  const auto take = [&](const wire::Publish& message) {
    if (message.topic == sentinel) return;
    test.check(should_match(filter, message.topic), fmt::format("only messages that match {}", wire::quote(filter)),
               wire::describe(message, test.version()));
    missing.erase(message.topic);
  };
  while (!missing.empty()) {
    test.check(co_await subscriber.has_come(wire::PacketType::publish),
               fmt::format("PUBLISH with topic {}, which matches {}", wire::quote(*missing.begin()), wire::quote(filter)), "none",
               because("MQTT-4.5.0-1", "MQTT-4.5.0-1"));
    take(co_await subscriber.need<wire::Publish>());
  }
  for (const auto& message : co_await receive_remaining(test, subscriber)) take(message);
}

Awaitable<void> live(Test& test, const Alphabet& alphabet) {
  Draw draw(test, alphabet);
  const auto filters = different(filter_count, [&] { return draw.filter(); });
  const auto names = different(name_count, [&] { return draw.name(); });
  const auto sentinel = test.topic("sentinel");
  auto publisher = co_await test.connect();
  std::vector<Connection> subscribers;
  for (const auto& filter : filters) {
    subscribers.push_back(co_await test.connect());
    co_await subscribers.back().subscribe(
        {{.topic_filter = filter, .maximum_qos = QoS::at_least_once}, {.topic_filter = sentinel, .maximum_qos = QoS::at_least_once}});
  }
  for (auto& subscriber : subscribers) co_await warm_up(test, subscriber, publisher, sentinel, QoS::at_least_once);
  for (const auto& name : names) co_await publisher.publish(publish(name, "x").qos(1));
  for (std::size_t i = 0; i < filters.size(); ++i) co_await expect_matching(test, subscribers[i], filters[i], names, sentinel);
}

Awaitable<void> retained_messages(Test& test, const Alphabet& alphabet) {
  Draw draw(test, alphabet);
  const auto filters = different(filter_count, [&] { return draw.filter(); });
  const auto names = different(name_count, [&] { return draw.name(); });
  auto publisher = co_await test.connect();
  for (const auto& name : names) co_await publisher.publish(publish(name, "x").qos(1).retain());
  co_await publisher.fence();
  for (const auto& filter : filters) {
    auto subscriber = co_await test.connect();
    co_await subscriber.subscribe(filter, QoS::at_least_once);
    co_await expect_matching(test, subscriber, filter, names, "");
    co_await subscriber.disconnect();
  }
}

// ---- Short and long Topic Names

/// Other clients may use this topic, so only the message of this case counts.
Awaitable<void> one_character(Test& test) {
  auto client = co_await test.connect();
  co_await client.subscribe("Q", QoS::at_least_once);
  const auto text = test.client_id();
  co_await client.publish(publish("Q", text).qos(1));
  if (!co_await client.has_come(wire::PacketType::publish)) co_await client.publish(publish("Q", text).qos(1));
  auto message = co_await client.expect<wire::Publish>();
  while (message.payload != text) message = co_await client.expect<wire::Publish>();
  test.check(message.topic == "Q", "PUBLISH with topic \"Q\"", wire::describe(message, test.version()));
}

/// A broker may reject packets of this size, but what it accepts it must deliver unchanged.
Awaitable<void> long_name(Test& test, std::size_t size) {
  auto name = test.topic("long/");
  while (name.size() < size) name += static_cast<char>('a' + name.size() % 26);
  auto other = name;
  other.back() = '_';
  const auto text = fmt::format("a Topic Name of {} bytes", size);
  const auto evidence = fmt::format("the broker does not accept {}", text);
  auto publisher = co_await test.connect();
  constexpr std::uint32_t around = 100;  // bytes
  if (publisher.connack().properties.get(wire::prop::maximum_packet_size).value_or(0xFFFF'FFFF) < size + around)
    test.not_applicable(evidence);
  auto subscriber = co_await test.connect();
  co_await subscriber.send(subscribe(7, {{.topic_filter = name, .maximum_qos = QoS::at_least_once},
                                         {.topic_filter = test.topic("sentinel"), .maximum_qos = QoS::at_least_once}}));
  if (!co_await subscriber.has_come(wire::PacketType::suback)) test.not_applicable(evidence);
  if (std::ranges::any_of((co_await subscriber.need<wire::Suback>()).reason_codes, wire::is_error)) test.not_applicable(evidence);
  co_await warm_up(test, subscriber, publisher, test.topic("sentinel"), QoS::at_least_once);
  std::uint16_t id = 10;
  for (const auto& topic : {other, name}) {
    co_await publisher.send(publish(topic, topic == name ? text : "another topic").qos(1).packet_id(++id));
    if (!co_await publisher.has_come(wire::PacketType::puback)) test.not_applicable(evidence);
    if (wire::is_error((co_await publisher.need<wire::Puback>()).reason_code)) test.not_applicable(evidence);
  }
  const auto message = co_await subscriber.expect<wire::Publish>(payload(text));
  test.check(message.topic == name, fmt::format("PUBLISH with the same topic of {} bytes", size), wire::describe(message, test.version()));
}

}  // namespace

std::vector<Case> many_topic_cases() {
  std::vector<Case> cases;
  for (auto& alphabet : alphabets()) {
    const std::vector<Check> checks = {
        {v3_1_1, alphabet.requirement.v3_1_1}, {v3_1_1, "MQTT-4.7.1-3"}, {v5_0, alphabet.requirement.v5_0}, {v5_0, "MQTT-4.7.1-2"}};
    cases.push_back(
        {.id = fmt::format("topics/random/{}/live", alphabet.id),
         .title = fmt::format("Messages with random Topic Names of {} are delivered to matching Topic Filters only", alphabet.title),
         .checks = checks,
         .needs = {Capability::qos1, Capability::wildcards},
         .run = [alphabet](Test& test) { return live(test, alphabet); }});
    cases.push_back(
        {.id = fmt::format("topics/random/{}/retained", alphabet.id),
         .title = fmt::format("Retained messages with random Topic Names of {} are sent to matching Topic Filters only", alphabet.title),
         .checks = checks,
         .needs = {Capability::qos1, Capability::wildcards, Capability::retained},
         .run = [alphabet](Test& test) { return retained_messages(test, alphabet); }});
  }
  cases.push_back({.id = "topics/name-of-1-character",
                   .title = "A message to a Topic Name of one character is delivered",
                   .checks = {{v3_1_1, "MQTT-4.7.3-1"}, {v5_0, "MQTT-4.7.3-1"}},
                   .needs = {Capability::qos1},
                   .company = Company::exclusive,
                   .run = one_character});
  for (const std::size_t size : {1'025U, 32'768U, 65'535U})
    cases.push_back({.id = fmt::format("topics/name-of-{}-bytes", size),
                     .title = fmt::format("A Topic Name of {} bytes is matched and delivered up to its last byte", size),
                     .checks = {{v3_1_1, "MQTT-3.3.2-3"}, {v3_1_1, "MQTT-4.7.3-3"}, {v5_0, "MQTT-3.3.2-3"}, {v5_0, "MQTT-4.7.3-3"}},
                     .needs = {Capability::qos1},
                     .run = [size](Test& test) { return long_name(test, size); }});
  return cases;
}

}  // namespace mqttspec::conformance
