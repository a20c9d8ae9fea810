#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
namespace prop = wire::prop;

// How the broker encodes its packets. The decoder reports what is wrong with them; a case fails if it checks the statement that is broken.

Awaitable<void> qos0_publish_has_no_packet_id(Test& test) {
  auto client = co_await test.connect();
  co_await client.subscribe(test.topic(), QoS::at_most_once);
  for (int level = 0; level <= 1; ++level) {
    const auto message = publish(test.topic(), "just this").qos(level);
    co_await client.publish(message);
    // The subscription may take effect shortly after the SUBACK.
    if (!co_await client.has_come(wire::PacketType::publish)) co_await client.publish(message);
    co_await skip_if_lost(test, client);
    // A Packet Identifier would be read as the first bytes of the payload.
    const auto delivered = co_await client.need<wire::Publish>();
    test.check(delivered.qos == QoS::at_most_once && delivered.payload == "just this", "QoS 0 and the published payload",
               wire::describe(delivered, test.version()));
  }
}

/// The payloads make the Remaining Length of the PUBLISH the largest of one byte, the smallest and the largest of two, the smallest of
/// three.
Awaitable<void> lengths_are_minimal(Test& test) {
  auto client = co_await test.connect();
  co_await establish(test, client, client, test.topic(), QoS::at_least_once);
  const auto header = 2 + test.topic().size() + 2 + 1;
  const std::size_t largest = client.connack().properties.get(prop::maximum_packet_size).value_or(wire::maximum_packet_size);
  for (const std::size_t remaining : {127U, 128U, 16'383U, 16'384U}) {
    if (remaining + 5 > largest) break;
    const std::string text(remaining - header, 'x');
    co_await client.publish(publish(test.topic(), text).qos(1));
    co_await client.expect<wire::Publish>(payload(text));
  }
}

Awaitable<void> property_length_is_present(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(subscribe(1, test.topic(), QoS::at_least_once));
  co_await client.expect<wire::Suback>(packet_id(1));
  co_await expect_delivery(test, {client}, client, publish(test.topic(), "x").qos(1));
  co_await client.send(unsubscribe(2, {test.topic()}));
  co_await client.expect<wire::Unsuback>(packet_id(2));
}

Awaitable<void> user_properties_are_utf8(Test& test) {
  const wire::StringPair pairs[] = {{"ascii", "text"}, {"umlauts: \u00E4\u00F6\u00FC", "\u20AC"}, {"", "\U0001F600"}, {"\u4E2D\u6587", ""}};
  auto client = co_await test.connect();
  co_await establish(test, client, client, test.topic(), QoS::at_least_once);
  auto message = publish(test.topic(), "x").qos(1);
  for (const auto& pair : pairs) message = message.property(prop::user_property, pair);
  co_await client.publish(message);
  const auto got = co_await client.expect<wire::Publish>();
  const auto all = got.properties.all(prop::user_property);
  test.check(std::ranges::equal(all, pairs), "the published User Properties", wire::describe(got, v5_0), because("", "MQTT-3.3.2-17"));
}

Awaitable<void> message_strings_are_valid(Test& test) {
  auto client = co_await test.connect();
  co_await establish(test, client, client, test.topic(), QoS::at_least_once);
  for (const std::string text : {"plain", "\u00C4rger/\u20AC", "\u4E2D\u6587/\U0001F600", "a/b/c d"}) {
    co_await client.publish(publish(test.topic(), "x").qos(1).property(prop::response_topic, text).property(prop::content_type, text));
    co_await client.expect<wire::Publish>(property(prop::response_topic, text), property(prop::content_type, text));
  }
}

}  // namespace

std::vector<Case> encoding_cases() {
  return {
      {.id = "encoding/qos0-publish-has-no-packet-id",
       .title = "The broker sends a QoS 0 PUBLISH without a Packet Identifier",
       .checks = {{v3_1_1, "MQTT-2.3.1-5"}, {v5_0, "MQTT-2.2.1-2"}, {v5_0, "MQTT-2.2.2-1"}},
       .needs = {Capability::qos1},
       .run = qos0_publish_has_no_packet_id},
      {.id = "encoding/lengths-are-minimal",
       .title = "The Remaining Length and the Property Length are encoded in as few bytes as possible",
       .checks = {{v5_0, "MQTT-1.5.5-1"}},
       .needs = {Capability::qos1},
       .run = lengths_are_minimal},
      {.id = "encoding/property-length-is-present",
       .title = "SUBACK, PUBLISH and UNSUBACK without properties have Property Length 0",
       .checks = {{v5_0, "MQTT-2.2.2-1"}, {v5_0, "2.2.2.1"}},
       .needs = {Capability::qos1},
       .run = property_length_is_present},
      {.id = "encoding/message-strings-are-valid",
       .title = "Response Topic and Content Type are delivered as valid UTF-8, the Response Topic without wildcards",
       .checks = {{v5_0, "MQTT-3.3.2-13"}, {v5_0, "MQTT-3.3.2-14"}, {v5_0, "MQTT-3.3.2-19"}, {v5_0, "MQTT-1.5.4-1"}},
       .needs = {Capability::qos1},
       .run = message_strings_are_valid},
      {.id = "encoding/user-properties-are-utf8",
       .title = "User Properties with names and values in several scripts are delivered as valid UTF-8",
       .checks = {{v5_0, "MQTT-1.5.7-1"}, {v5_0, "MQTT-3.3.2-17"}},
       .needs = {Capability::qos1},
       .run = user_properties_are_utf8},
  };
}

}  // namespace mqttspec::conformance
