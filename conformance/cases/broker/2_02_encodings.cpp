#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
namespace prop = wire::prop;

/// How the broker writes its packets. What the decoder has against one of them is blamed where the case names its statement.

Awaitable<void> no_identifier_in_qos0(Test& test) {
  auto client = co_await test.connect();
  co_await client.subscribe(test.topic(), QoS::at_most_once);
  for (int level = 0; level <= 1; ++level) {
    const auto message = publish(test.topic(), "just this").qos(level);
    co_await client.publish(message);
    // The subscription may take effect a little late.
    if (!co_await client.has_come(wire::PacketType::publish)) co_await client.publish(message);
    co_await skip_if_lost(test, client);
    // An identifier would be the first bytes of the payload.
    const auto came = co_await client.need<wire::Publish>();
    test.check(came.qos == QoS::at_most_once && came.payload == "just this", "QoS 0 and the payload as it was published",
               wire::describe(came, test.version()));
  }
}

/// Payloads with which the Remaining Length of the PUBLISH takes one byte, two, and three, and is close to the next step.
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

Awaitable<void> property_length_is_there(Test& test) {
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
  test.check(std::ranges::equal(all, pairs), "the User Properties as they were published", wire::describe(got, v5_0),
             because("", "MQTT-3.3.2-17"));
}

Awaitable<void> strings_of_a_message_are_valid(Test& test) {
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
      {.id = "encoding/no-packet-identifier-in-qos0",
       .title = "A PUBLISH with QoS 0 has no Packet Identifier",
       .checks = {{v3_1_1, "MQTT-2.3.1-5"}, {v5_0, "MQTT-2.2.1-2"}, {v5_0, "MQTT-2.2.2-1"}},
       .needs = {Capability::qos1},
       .run = no_identifier_in_qos0},
      {.id = "encoding/lengths-are-minimal",
       .title = "Lengths take as few bytes as they need",
       .checks = {{v5_0, "MQTT-1.5.5-1"}},
       .needs = {Capability::qos1},
       .run = lengths_are_minimal},
      {.id = "encoding/property-length-is-there",
       .title = "SUBACK, PUBLISH and UNSUBACK without properties have a Property Length of 0",
       .checks = {{v5_0, "MQTT-2.2.2-1"}, {v5_0, "2.2.2.1"}},
       .needs = {Capability::qos1},
       .run = property_length_is_there},
      {.id = "encoding/strings-of-a-message-are-valid",
       .title = "Response Topic and Content Type of many scripts arrive as valid UTF-8, and without wildcards",
       .checks = {{v5_0, "MQTT-3.3.2-13"}, {v5_0, "MQTT-3.3.2-14"}, {v5_0, "MQTT-3.3.2-19"}, {v5_0, "MQTT-1.5.4-1"}},
       .needs = {Capability::qos1},
       .run = strings_of_a_message_are_valid},
      {.id = "encoding/user-properties-are-utf8",
       .title = "User Properties with names and values of many scripts arrive as valid UTF-8",
       .checks = {{v5_0, "MQTT-1.5.7-1"}, {v5_0, "MQTT-3.3.2-17"}},
       .needs = {Capability::qos1},
       .run = user_properties_are_utf8},
  };
}

}  // namespace mqttspec::conformance
