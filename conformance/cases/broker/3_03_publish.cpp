#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

// ---- DUP

Awaitable<void> dup_is_not_forwarded(Test& test, QoS level) {
  auto [subscriber, publisher] = co_await connect_pair(test, level);
  co_await publisher.publish(publish(test.topic(), "sent with DUP 1").qos(level).dup());
  co_await subscriber.expect<wire::Publish>(payload("sent with DUP 1"), not_dup());
}

// ---- Delivery

Awaitable<void> every_subscriber(Test& test) {
  auto publisher = co_await test.connect();
  std::vector<Connection> subscribers;
  while (subscribers.size() < 3) {
    subscribers.push_back(co_await test.connect());
    co_await subscribers.back().subscribe(test.topic(), QoS::at_least_once);
  }
  co_await expect_delivery(test, subscribers, publisher, publish(test.topic(), "for all").qos(1));
}

Awaitable<void> reaches_publisher(Test& test) {
  auto client = co_await test.connect();
  co_await client.subscribe(test.topic(), QoS::at_least_once);
  co_await expect_delivery(test, {client}, client, publish(test.topic(), "for myself").qos(1));
}

Awaitable<void> no_other_messages(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  co_await publisher.publish(publish(test.topic("other"), "for others").qos(1));
  co_await publisher.publish(publish(test.topic(), "for the subscriber").qos(1));
  co_await subscriber.expect<wire::Publish>(payload("for the subscriber"), topic_name(test.topic()));
  co_await subscriber.expect_nothing_more();
}

Awaitable<void> topic_name_is_unchanged(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  co_await subscriber.subscribe(test.topic("#"), QoS::at_least_once);
  const auto name = test.topic("a/b c/ü");
  const auto messages = co_await expect_delivery(test, {subscriber}, publisher, publish(name, "named").qos(1));
  test.check(messages.front().topic == name, fmt::format("PUBLISH with topic {}", wire::quote(name)),
             wire::describe(messages.front(), test.version()));
}

struct Overlap {
  std::string_view id;
  std::string_view order;
  std::array<std::pair<std::string_view, QoS>, 3> filters;  ///< in the order of subscribing
};

constexpr Overlap overlaps[] = {
    {"rising", "rising", {{{"#", QoS::at_most_once}, {"+", QoS::at_least_once}, {"t", QoS::exactly_once}}}},
    {"falling", "falling", {{{"#", QoS::exactly_once}, {"+", QoS::at_least_once}, {"t", QoS::at_most_once}}}},
};

/// The broker may send one copy with the highest QoS, or one copy for each subscription with its QoS: one of them has the highest.
Awaitable<void> highest_qos_of_overlapping(Test& test, const Overlap& row) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await test.connect();
  std::vector<wire::Subscription> subscriptions;
  for (const auto& [filter, level] : row.filters) subscriptions.push_back({.topic_filter = test.topic(filter), .maximum_qos = level});
  co_await subscriber.subscribe(subscriptions);
  co_await warm_up(test, subscriber, publisher, test.topic(), QoS::at_least_once);
  (void)co_await receive_remaining(test, subscriber);  // further copies of the warm-up messages
  co_await publisher.publish(publish(test.topic(), "overlapping").qos(2));
  auto message = co_await subscriber.expect<wire::Publish>(payload("overlapping"));
  for (std::size_t further = 1; further < row.filters.size() && message.qos != QoS::exactly_once; ++further) {
    const auto last = wire::describe(message, test.version());
    test.check(co_await subscriber.has_come(wire::PacketType::publish), "a copy with QoS 2, the highest of the matching subscriptions",
               last);
    message = co_await subscriber.expect<wire::Publish>(payload("overlapping"));
  }
  test.check(message.qos == QoS::exactly_once, "a copy with QoS 2, the highest of the matching subscriptions",
             wire::describe(message, test.version()));
}

// ---- Payload

std::string all_bytes() {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  return bytes;
}

struct Content {
  std::string_view id;
  std::string_view words;
  std::string (*build)();
};

constexpr Content contents[] = {
    {"empty", "An empty payload", [] { return std::string(); }},
    {"every-byte", "A payload with every byte value", [] { return all_bytes(); }},
    {"not-utf8", "A payload that is not UTF-8", [] { return std::string("\xC0\xAF\xED\xA0\x80\xFF"); }},
    {"large", "A payload of 100,000 bytes",
     [] {
       std::string text;
       while (text.size() < 100'000) text += all_bytes();
       return text.substr(0, 100'000);
     }},
};

Awaitable<void> payload_is_unchanged(Test& test, const Content& row) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  const auto content = row.build();
  constexpr std::size_t around_payload = 200;
  const auto limit = publisher.connack().properties.get(wire::prop::maximum_packet_size);
  if (limit && *limit < content.size() + around_payload)
    test.not_applicable(fmt::format("the broker accepts packets of at most {} bytes", *limit));
  co_await publisher.send(publish(test.topic(), content).qos(1).packet_id(10));
  // In 3.1.1 a broker cannot reject a large packet in any other way.
  if (!co_await publisher.has_come(wire::PacketType::puback) && !publisher.is_open())
    test.not_applicable(fmt::format("the broker closes the Network Connection on a payload of {} bytes", content.size()));
  const auto answer = co_await publisher.need<wire::Puback>(packet_id(10));
  if (wire::is_error(answer.reason_code)) test.not_applicable("the broker rejects the message: " + wire::describe(answer, test.version()));
  co_await subscriber.expect<wire::Publish>(payload(content));
}

// ---- Properties of 5.0

/// Properties of a message that a broker must forward unchanged.
struct Forwarded {
  std::string_view id;
  std::string_view title;
  Check check;
  wire::Properties (*build)();
};

std::vector<Forwarded> forwarded_properties() {
  using namespace wire::prop;
  return {
      {"payload-format-indicator",
       "Payload Format Indicator",
       {v5_0, "MQTT-3.3.2-4"},
       [] { return wire::Properties().add(payload_format_indicator, 1); }},
      {"response-topic",
       "Response Topic",
       {v5_0, "MQTT-3.3.2-15"},
       [] { return wire::Properties().add(response_topic, "Answers//to me/ü/"); }},
      {"correlation-data",
       "Correlation Data with every byte value",
       {v5_0, "MQTT-3.3.2-16"},
       [] { return wire::Properties().add(correlation_data, all_bytes()); }},
      {"content-type",
       "Content Type",
       {v5_0, "MQTT-3.3.2-20"},
       [] { return wire::Properties().add(content_type, " Text/Plain; charset=\"UTF-8\"; ü "); }},
      {"user-properties",
       "User Properties",
       {v5_0, "MQTT-3.3.2-17"},
       [] {
         return wire::Properties()
             .add(user_property, {"name", "value"})
             .add(user_property, {"name", "other"})
             .add(user_property, {"", ""})
             .add(user_property, {" Name", "Value "})
             .add(user_property, {"ü", "\uFEFF€"});
       }},
      {"hundred-user-properties",
       "hundred User Properties",
       {v5_0, "MQTT-3.3.2-17"},
       [] {
         wire::Properties properties;
         for (int i = 0; i < 100; ++i) properties.add(user_property, {fmt::format("name {}", i % 7), fmt::format("value {}", i)});
         return properties;
       }},
      {"user-properties-in-order",
       "User Properties in their original order, including equal ones",
       {v5_0, "MQTT-3.3.2-18"},
       [] {
         wire::Properties properties;
         for (const auto& pair : std::vector<wire::StringPair>{{"b", "1"}, {"a", "2"}, {"c", "3"}, {"a", "2"}, {"b", "1"}, {"a", ""}})
           properties.add(user_property, pair);
         return properties;
       }},
  };
}

/// How a message reaches its subscriber.
enum class Path : std::uint8_t { immediate, retained, queued };

struct PathRow {
  Path path;
  std::string_view id;     ///< of a case: "publish/" + id + "/" + property
  std::string_view words;  ///< "A … message is delivered with its …"
  std::vector<Capability> needs;
};

std::vector<PathRow> paths() {
  return {{Path::immediate, "forwards", "", {Capability::qos1}},
          {Path::retained, "forwards-retained", "retained ", {Capability::qos1, Capability::retained}},
          {Path::queued, "forwards-queued", "queued ", {Capability::qos1, Capability::sessions}}};
}

/// Publishes a message that reaches a subscriber on this path. @return the subscriber
Awaitable<Connection> send_on_path(Test& test, Path path, wire::Publish message) {
  if (path == Path::retained) {
    auto publisher = co_await test.connect();
    message.retain = true;
    co_await publisher.publish(message);
    auto subscriber = co_await test.connect();
    co_await subscriber.subscribe(test.topic(), QoS::at_least_once);
    co_return subscriber;
  }
  auto [subscriber, publisher] =
      path == Path::queued ? co_await connect_kept_pair(test, QoS::at_least_once) : co_await connect_pair(test, QoS::at_least_once);
  if (path == Path::queued) co_await leave(subscriber);
  co_await publisher.publish(message);
  if (path == Path::queued) co_return co_await resume_kept(test);
  co_return subscriber;
}

/// The properties that also occur in `kinds`, in their order.
std::vector<wire::Property> of_kinds(const wire::Properties& all, const wire::Properties& kinds) {
  std::vector<wire::Property> found;
  std::ranges::copy_if(all.items(), std::back_inserter(found), [&](const wire::Property& property) { return kinds.has(property.id); });
  return found;
}

/// A broker may add User Properties: those that were sent must be among the received ones, in their order.
bool contains_in_order(const std::vector<wire::Property>& received, std::span<const wire::Property> sent) {
  auto next = sent.begin();
  for (const auto& property : received)
    if (next != sent.end() && property == *next) ++next;
  return next == sent.end();
}

Awaitable<void> properties_are_forwarded(Test& test, const Forwarded& row, Path path) {
  wire::Publish sent = publish(test.topic(), "with properties").qos(1);
  sent.properties = row.build();
  auto subscriber = co_await send_on_path(test, path, sent);
  const auto message = co_await subscriber.expect<wire::Publish>(payload("with properties"), because("", "MQTT-4.5.0-1"));
  test.check(contains_in_order(of_kinds(message.properties, sent.properties), sent.properties.items()),
             "the properties of " + wire::describe(sent, test.version()), wire::describe(message, test.version()));
}

Awaitable<void> message_expiry_is_forwarded(Test& test) {
  auto [subscriber, publisher] = co_await connect_pair(test, QoS::at_least_once);
  constexpr std::uint32_t expiry = 600;
  co_await publisher.publish(publish(test.topic(), "expires").qos(1).property(wire::prop::message_expiry_interval, expiry));
  const auto message = co_await subscriber.expect<wire::Publish>(payload("expires"), has_property(wire::prop::message_expiry_interval));
  const auto left = message.properties.get(wire::prop::message_expiry_interval).value_or(0);
  test.check(left <= expiry && left + 60 >= expiry, "a Message Expiry Interval of 600 s minus the time that the message waited",
             wire::describe(message, test.version()));
}

}  // namespace

std::vector<Case> publish_cases() {
  std::vector<Case> cases = {
      {.id = "publish/dup-is-not-forwarded/qos1",
       .title = "DUP 1 in a QoS 1 PUBLISH is not forwarded to subscribers",
       .checks = {{v3_1_1, "MQTT-3.3.1-3"}, {v5_0, "MQTT-3.3.1-3"}},
       .needs = {Capability::qos1},
       .run = [](Test& test) { return dup_is_not_forwarded(test, QoS::at_least_once); }},
      {.id = "publish/dup-is-not-forwarded/qos2",
       .title = "DUP 1 in a QoS 2 PUBLISH is not forwarded to subscribers",
       .checks = {{v3_1_1, "MQTT-3.3.1-3"}, {v5_0, "MQTT-3.3.1-3"}},
       .needs = {Capability::qos2},
       .run = [](Test& test) { return dup_is_not_forwarded(test, QoS::exactly_once); }},
      {.id = "publish/reaches-every-subscriber",
       .title = "A message is delivered to every client with a matching subscription",
       .checks = {{v3_1_1, "MQTT-4.5.0-1"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .run = every_subscriber},
      {.id = "publish/reaches-publisher",
       .title = "A message is delivered to its publisher if it has a matching subscription",
       .checks = {{v3_1_1, "MQTT-4.5.0-1"}, {v5_0, "MQTT-4.5.0-1"}},
       .needs = {Capability::qos1},
       .run = reaches_publisher},
      {.id = "publish/reaches-no-other-client",
       .title = "A message is not delivered to a client without a matching subscription",
       .checks = {{v3_1_1, "MQTT-3.3.2-3"}, {v5_0, "MQTT-3.3.2-3"}},
       .needs = {Capability::qos1},
       .run = no_other_messages},
      {.id = "publish/topic-name-is-unchanged",
       .title = "A message is delivered with the Topic Name to which it was published",
       .checks = {{v3_1_1, "MQTT-3.3.2-3"},
                  {v3_1_1, "MQTT-3.3.2-2"},
                  {v3_1_1, "MQTT-4.7.3-4"},
                  {v5_0, "MQTT-3.3.2-3"},
                  {v5_0, "MQTT-3.3.2-2"},
                  {v5_0, "MQTT-4.7.3-4"}},
       .needs = {Capability::qos1, Capability::wildcards},
       .run = topic_name_is_unchanged},
      {.id = "publish/message-expiry-is-forwarded",
       .title = "A message is delivered with its Message Expiry Interval minus the time that it waited",
       .checks = {{v5_0, "MQTT-3.3.2-6"}},
       .needs = {Capability::qos1},
       .run = message_expiry_is_forwarded},
  };
  for (const Overlap& row : overlaps)
    cases.push_back(
        {.id = fmt::format("publish/highest-qos-of-overlapping/{}", row.id),
         .title = fmt::format("A message for overlapping subscriptions, made in {} order of QoS, is delivered with the highest", row.order),
         .checks = {{v3_1_1, "MQTT-3.3.5-1"}, {v5_0, "MQTT-3.3.4-2"}},
         .needs = {Capability::qos2, Capability::wildcards},
         .run = [row](Test& test) { return highest_qos_of_overlapping(test, row); }});
  for (const Content& row : contents)
    cases.push_back({.id = fmt::format("publish/payload-is-unchanged/{}", row.id),
                     .title = fmt::format("{} is delivered unchanged", row.words),
                     .checks = {{v3_1_1, "3.3.3"}, {v5_0, "3.3.3"}},
                     .needs = {Capability::qos1},
                     .run = [row](Test& test) { return payload_is_unchanged(test, row); }});
  for (const PathRow& way : paths())
    for (const Forwarded& row : forwarded_properties())
      cases.push_back({.id = fmt::format("publish/{}/{}", way.id, row.id),
                       .title = fmt::format("A {}message is delivered with its {}", way.words, row.title),
                       .checks = {row.check},
                       .needs = way.needs,
                       .run = [row, path = way.path](Test& test) { return properties_are_forwarded(test, row, path); }});
  return cases;
}

}  // namespace mqttspec::conformance
