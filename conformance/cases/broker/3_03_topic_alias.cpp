// Topic Aliases (3.3.2.3.4), of the client and of the broker.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
namespace prop = wire::prop;

// ---- Topic Aliases of the client

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

/// @param names the topic that the message with each payload must have
Awaitable<void> expect_topics(Test& test, Connection subscriber, std::map<std::string, std::string> names) {
  std::map<std::string, std::string> topics;
  while (topics.size() < names.size()) {
    const auto message = co_await subscriber.expect<wire::Publish>();
    if (!is_warm_up(message)) topics[message.payload] = message.topic;
  }
  for (const auto& [text, name] : names)
    test.check(topics[text] == test.topic(name), fmt::format("message {} with topic {}", wire::quote(text), wire::quote(test.topic(name))),
               fmt::format("topic {}", wire::quote(topics[text])));
}

Awaitable<void> alias_reassigned(Test& test) {
  auto [subscriber, publisher] = co_await connect_alias_pair(test, 1);
  co_await publisher.publish(aliased(1, test.topic("first"), "assigned"));
  co_await publisher.publish(aliased(1, "", "used"));
  co_await publisher.publish(aliased(1, test.topic("second"), "reassigned"));
  co_await publisher.publish(aliased(1, "", "used again"));
  co_await expect_topics(test, subscriber, {{"assigned", "first"}, {"used", "first"}, {"reassigned", "second"}, {"used again", "second"}});
}

/// Two aliases of one client, and an alias of another client with the same number.
Awaitable<void> several_aliases(Test& test) {
  auto [subscriber, publisher] = co_await connect_alias_pair(test, 2);
  auto other = co_await connect_with_aliases(test, 2);
  co_await publisher.publish(aliased(1, test.topic("first"), "1 assigned"));
  co_await publisher.publish(aliased(2, test.topic("second"), "2 assigned"));
  co_await other.publish(aliased(1, test.topic("third"), "other 1 assigned"));
  co_await publisher.publish(aliased(1, "", "1 used"));
  co_await publisher.publish(aliased(2, "", "2 used"));
  co_await other.publish(aliased(1, "", "other 1 used"));
  co_await expect_topics(test, subscriber,
                         {{"1 assigned", "first"},
                          {"2 assigned", "second"},
                          {"other 1 assigned", "third"},
                          {"1 used", "first"},
                          {"2 used", "second"},
                          {"other 1 used", "third"}});
}

// ---- Topic Aliases of the broker

/// Publishes to several topics, several times, to a client with this Topic Alias Maximum. Conduct checks which topic an alias means.
Awaitable<void> topic_aliases(Test& test, std::uint32_t maximum, because reason) {
  auto packet = test.connect_packet();
  if (maximum > 0) packet.properties.set(prop::topic_alias_maximum, maximum);
  auto client = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await client.subscribe(test.topic("#"), QoS::at_least_once);
  co_await warm_up(test, client, publisher, test.topic("0"), QoS::at_least_once);
  for (int i = 0; i < 12; ++i) {
    const auto text = std::to_string(i % 4);
    co_await publisher.publish(publish(test.topic(text), text).qos(1));
    const auto message = co_await client.need<wire::Publish>(payload(text));
    const auto alias = message.properties.get(prop::topic_alias);
    test.check(!alias || *alias <= maximum, maximum == 0 ? "no Topic Alias" : fmt::format("a Topic Alias of at most {}, or none", maximum),
               wire::describe(message, v5_0), reason);
  }
}

}  // namespace

std::vector<Case> topic_alias_cases() {
  return {
      {.id = "topic-alias/several",
       .title = "Topic Aliases with different numbers, or of different connections, mean different topics",
       .checks = {{v5_0, "3.3.2.3.4"}, {v5_0, "MQTT-3.3.2-7"}, {v5_0, "MQTT-3.3.2-12"}},
       .needs = {Capability::qos1},
       .run = several_aliases},
      {.id = "topic-alias/reassigned",
       .title = "A Topic Alias means the topic to which it was assigned last",
       .checks = {{v5_0, "3.3.2.3.4"}, {v5_0, "MQTT-3.3.2-12"}},
       .needs = {Capability::qos1},
       .run = alias_reassigned},
      {.id = "topic-alias/at-most-the-maximum",
       .title = "The broker uses no Topic Alias above the client's Topic Alias Maximum",
       .checks = {{v5_0, "MQTT-3.3.2-11"}, {v5_0, "MQTT-3.1.2-26"}},
       .needs = {Capability::qos1, Capability::wildcards},
       .run = [](Test& test) { return topic_aliases(test, 2, because("", "MQTT-3.3.2-11")); }},
      {.id = "topic-alias/none-without-a-maximum",
       .title = "The broker uses no Topic Alias if the client set no Topic Alias Maximum",
       .checks = {{v5_0, "MQTT-3.1.2-27"}},
       .needs = {Capability::qos1, Capability::wildcards},
       .run = [](Test& test) { return topic_aliases(test, 0, because("", "MQTT-3.1.2-27")); }},
  };
}

}  // namespace mqttspec::conformance
