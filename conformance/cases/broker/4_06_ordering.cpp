#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

constexpr int publisher_count = 3;
constexpr int messages_each = 20;

std::vector<std::string> numbered(int publisher) {
  std::vector<std::string> texts;
  for (int i = 1; i <= messages_each; ++i) texts.push_back(fmt::format("{}:{}", publisher, i));
  return texts;
}

/// A missing message is not an error of ordering.
consteval because lost() { return {"MQTT-4.5.0-1", "MQTT-4.5.0-1"}; }

/// Checks that the numbers of each publisher increase.
class Order {
 public:
  explicit Order(Test& test) : test_(test) {}

  void take(const wire::Publish& message) {
    if (is_warm_up(message)) return;
    const auto separator = message.payload.find(':');
    const auto publisher = message.payload.substr(0, separator);
    const int number = to_number(message.payload.substr(separator + 1));
    auto& seen = seen_[publisher];
    if (message.dup && seen.contains(number)) return;  // allowed by "at least once"
    const int last = seen.empty() ? 0 : *seen.rbegin();
    test_.check(number > last, fmt::format("message {}:{} or a later one of this publisher", publisher, last + 1),
                wire::describe(message, test_.version()));
    seen.insert(number);
    ++count_;
  }
  int count() const { return count_; }

 private:
  int to_number(const std::string& text) const {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
      test_.set_up_failed("received a message that this case did not publish: " + wire::quote(text));
    return number;
  }

  Test& test_;
  std::map<std::string, std::set<int>> seen_;  // by publisher
  int count_ = 0;
};

Awaitable<void> one_topic_in_order(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_pair(test, level);
  for (int i = 1; i <= publisher_count; ++i) co_await publish_all(test, i == 1 ? publisher : co_await test.connect(), numbered(i), level);
  Order order(test);
  while (order.count() < publisher_count * messages_each) order.take(co_await subscriber.expect<wire::Publish>(qos(level), lost()));
}

/// QoS 0 messages may be lost; those that are delivered must be in order.
Awaitable<void> one_topic_in_order_at_qos0(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_most_once);
  for (int i = 1; i <= publisher_count; ++i) {
    auto other = co_await test.connect();
    co_await publish_all(test, other, numbered(i), QoS::at_most_once);
    co_await other.fence();
  }
  Order order(test);
  for (const auto& message : co_await receive_remaining(test, subscriber)) order.take(message);
  if (order.count() < 2) test.not_applicable("fewer than two of the QoS 0 messages were delivered");
}

/// The packets of the publishers are interleaved: each publishes a few messages in turn.
Awaitable<void> publishers_in_turn(Test& test, QoS level) {
  auto [subscriber, first] = co_await connect_pair(test, level);
  std::vector<Connection> publishers = {first};
  while (publishers.size() < publisher_count) publishers.push_back(co_await test.connect());
  constexpr std::size_t piece = 5;
  for (std::size_t begin = 0; begin < messages_each; begin += piece)
    for (int i = 1; i <= publisher_count; ++i) {
      const auto all = numbered(i);
      const auto from = all.begin() + static_cast<std::ptrdiff_t>(begin);
      co_await publish_all(test, publishers[static_cast<std::size_t>(i - 1)], {from, from + piece}, level);
    }
  Order order(test);
  while (order.count() < publisher_count * messages_each) order.take(co_await subscriber.expect<wire::Publish>(qos(level), lost()));
}

Awaitable<void> queued_in_order(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  co_await leave(subscriber);
  co_await publish_all(test, publisher, numbered(1), level);
  auto again = co_await resume_kept(test);
  Order order(test);
  while (order.count() < messages_each) order.take(co_await again.expect<wire::Publish>(qos(level), lost()));
}

constexpr int thousand = 1'000;
constexpr int portion = 100;  ///< messages that may be queued for the subscriber at a time, since queues are limited

std::vector<std::string> portion_of(int publisher, int first) {
  std::vector<std::string> texts;
  for (int i = first; i < first + portion; ++i) texts.push_back(fmt::format("{}:{}", publisher, i));
  return texts;
}

Awaitable<void> many_in_order(Test& test, QoS level, int total, int publishers) {
  auto [subscriber, first] = co_await connect_pair(test, level);
  std::vector<Connection> sources = {first};
  while (static_cast<int>(sources.size()) < publishers) sources.push_back(co_await test.connect());
  Order order(test);
  int sent = 0;
  for (int begin = 1; sent < total; begin += portion)
    for (int i = 0; i < publishers; ++i) {
      auto& source = sources[static_cast<std::size_t>(i)];
      co_await publish_all(test, source, portion_of(i + 1, begin), level);
      sent += portion;
      if (level == QoS::at_most_once) {
        co_await source.fence();
        co_await subscriber.fence();
      } else {
        while (order.count() < sent) order.take(co_await subscriber.expect<wire::Publish>(qos(level), lost()));
      }
    }
  for (const auto& message : co_await receive_remaining(test, subscriber)) order.take(message);
  if (order.count() < 2) test.not_applicable("fewer than two of the QoS 0 messages were delivered");
}

Awaitable<void> pubrels_in_order(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::exactly_once);
  subscriber.acknowledge(Acknowledging::by_hand);
  constexpr int count = 5;
  for (int i = 0; i < count; ++i) co_await publisher.publish(publish(test.topic(), fmt::format("message {}", i)).qos(2));
  std::vector<std::uint16_t> ids;
  std::vector<wire::Packet> received;
  for (int i = 0; i < count; ++i) {
    if (i > 0 && !co_await subscriber.has_come(wire::PacketType::publish)) break;
    const auto message = co_await subscriber.need<wire::Publish>(qos(2));
    ids.push_back(message.packet_id->value());
    received.emplace_back(pubrec(ids.back()));
  }
  if (ids.size() < 2) test.not_applicable("the broker sends a message only after the last one is acknowledged");
  co_await subscriber.send_together(std::move(received));
  for (const auto id : ids) co_await subscriber.expect<wire::Pubrel>(packet_id(id));
}

std::vector<Check> order_checks() {
  return {{v3_1_1, "MQTT-4.6.0-6"}, {v3_1_1, "MQTT-4.6.0-5"}, {v5_0, "MQTT-4.6.0-5"}, {v5_0, "MQTT-4.6.0-6"}};
}

std::vector<Check> thousand_checks() {
  auto checks = order_checks();
  checks.insert(checks.end(), {{v3_1_1, "MQTT-4.5.0-1"}, {v5_0, "MQTT-4.5.0-1"}});
  return checks;
}

}  // namespace

std::vector<Case> ordering_cases() {
  std::vector<Case> cases = {
      {.id = "order/one-topic/qos0",
       .title = "QoS 0 messages of one client to one topic are delivered in the order in which they were sent",
       .checks = order_checks(),
       .run = one_topic_in_order_at_qos0},
      {.id = "order/pubrels",
       .title = "The broker sends its PUBREL packets in the order of the PUBREC packets",
       .checks = {{v3_1_1, "MQTT-4.6.0-6"}, {v3_1_1, "MQTT-4.6.0-4"}},
       .needs = {Capability::qos2},
       .run = pubrels_in_order},
  };
  for (const auto level : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once}) {
    const int number = wire::number(level);
    cases.push_back({.id = fmt::format("order/thousand-messages/qos{}", number),
                     .title = fmt::format("A thousand QoS {} messages are delivered {}in order", number,
                                          level == QoS::exactly_once    ? "exactly once and "
                                          : level == QoS::at_least_once ? "completely and "
                                                                        : "at most once and "),
                     .checks = level == QoS::at_most_once ? order_checks() : thousand_checks(),
                     .needs = level == QoS::at_most_once    ? std::vector<Capability>{}
                              : level == QoS::at_least_once ? std::vector{Capability::qos1}
                                                            : std::vector{Capability::qos2},
                     .pace = Pace::by_the_clock,
                     .run = [level](Test& test) { return many_in_order(test, level, thousand, 1); }});
  }
  for (const auto level : {QoS::at_least_once, QoS::exactly_once}) {
    const auto needed = level == QoS::exactly_once ? Capability::qos2 : Capability::qos1;
    const int number = wire::number(level);
    cases.push_back(
        {.id = fmt::format("order/one-topic/qos{}", number),
         .title = fmt::format("QoS {} messages of one client to one topic are delivered in the order in which they were sent", number),
         .checks = order_checks(),
         .needs = {needed},
         .run = [level](Test& test) { return one_topic_in_order(test, level); }});
    cases.push_back(
        {.id = fmt::format("order/several-publishers/qos{}", number),
         .title = fmt::format("Interleaved QoS {} messages of several clients are delivered in the order of each client", number),
         .checks = order_checks(),
         .needs = {needed},
         .run = [level](Test& test) { return publishers_in_turn(test, level); }});
    cases.push_back(
        {.id = fmt::format("order/hundred-messages-of-each-client/qos{}", number),
         .title = fmt::format("A hundred QoS {} messages of each of three clients are delivered completely and in the order of each client",
                              number),
         .checks = thousand_checks(),
         .needs = {needed},
         .run = [level](Test& test) { return many_in_order(test, level, publisher_count * portion, publisher_count); }});
    cases.push_back({.id = fmt::format("order/queued/qos{}", number),
                     .title = fmt::format("Queued QoS {} messages are delivered in the order in which they were sent", number),
                     .checks = order_checks(),
                     .needs = {needed, Capability::sessions},
                     .run = [level](Test& test) { return queued_in_order(test, level); }});
  }
  return cases;
}

}  // namespace mqttspec::conformance
