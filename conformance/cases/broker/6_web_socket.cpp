#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"

#include <string>
#include <vector>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using transport::FrameType;
using wire::QoS;

/// Connects over WebSocket as a step.
Awaitable<Connection> connect_web_socket(Test& test) {
  auto client = co_await test.open_web_socket();
  co_await client.send(test.connect_packet());
  co_await client.need<wire::Connack>(code(wire::ReasonCode::success));
  co_return client;
}

wire::Bytes encoded(Test& test, const std::vector<wire::Packet>& packets) {
  wire::Bytes bytes;
  for (const auto& packet : packets) wire::encode(packet, test.version(), bytes);
  return bytes;
}

Awaitable<void> binary_frames_are_sent(Test& test) {
  auto client = co_await test.open_web_socket();
  co_await client.send_together({test.connect_packet(), wire::Pingreq{}});
  co_await client.has_come(wire::PacketType::pingresp);
  test.check(client.web_socket().frames_received(FrameType::text) == 0, "only WebSocket binary frames", "a text frame");
  co_await client.need<wire::Connack>(code(wire::ReasonCode::success));
}

/// The PUBLISH consists of ASCII characters, so it is valid UTF-8 and a valid text frame for WebSocket itself.
Awaitable<void> closed_on_text_frame(Test& test) {
  auto client = co_await connect_web_socket(test);
  co_await client.send_message(FrameType::text, {encoded(test, {publish(test.topic(), "text")})});
  co_await client.expect_closed();
}

/// Each byte of the packet is a separate binary message.
Awaitable<void> packet_in_many_messages(Test& test) {
  auto client = co_await connect_web_socket(test);
  for (const auto byte : encoded(test, {publish(test.topic(), "in parts").qos(1).packet_id(7)}))
    co_await client.send_message(FrameType::binary, {{byte}});
  co_await client.expect<wire::Puback>(packet_id(7));
}

/// One message in three frames, none of which is a whole packet.
Awaitable<void> packet_in_many_frames(Test& test) {
  auto client = co_await connect_web_socket(test);
  const auto bytes = encoded(test, {publish(test.topic(), "in parts").qos(1).packet_id(7), wire::Pingreq{}});
  const auto first = bytes.begin() + 3;
  const auto second = bytes.end() - 3;
  co_await client.send_message(FrameType::binary, {{bytes.begin(), first}, {first, second}, {second, bytes.end()}});
  co_await client.expect<wire::Puback>(packet_id(7));
  co_await client.expect<wire::Pingresp>();
}

Awaitable<void> many_packets_in_one_frame(Test& test) {
  auto client = co_await test.open_web_socket();
  co_await client.send_message(FrameType::binary, {encoded(test, {test.connect_packet(), subscribe(1, test.topic(), QoS::at_most_once),
                                                                  publish(test.topic(), "x").qos(1).packet_id(2), wire::Pingreq{}})});
  co_await client.need<wire::Connack>(code(wire::ReasonCode::success));
  co_await client.expect<wire::Suback>(packet_id(1));
  co_await client.expect<wire::Puback>(packet_id(2));
  co_await client.expect<wire::Pingresp>();
}

/// One and a half packets, then the other half and another packet.
Awaitable<void> frames_end_within_packets(Test& test) {
  auto client = co_await connect_web_socket(test);
  const auto bytes = encoded(test, {wire::Pingreq{}, publish(test.topic(), "x").qos(1).packet_id(2), subscribe(3, test.topic())});
  const auto half = bytes.begin() + 9;
  co_await client.send_message(FrameType::binary, {{bytes.begin(), half}});
  co_await client.send_message(FrameType::binary, {{half, bytes.end()}});
  co_await client.expect<wire::Pingresp>();
  co_await client.expect<wire::Puback>(packet_id(2));
  co_await client.expect<wire::Suback>(packet_id(3));
}

Awaitable<void> subprotocol_is_mqtt(Test& test, std::string offered) {
  const auto client = co_await test.open_web_socket(std::move(offered));
  const auto& chosen = client.web_socket().subprotocol();
  test.check(chosen == "mqtt", "the WebSocket Subprotocol \"mqtt\"", chosen.empty() ? "none" : wire::quote(chosen));
}

}  // namespace

std::vector<Case> web_socket_cases() {
  const std::vector<Check> binary = {{v3_1_1, "MQTT-6.0.0-1"}, {v5_0, "MQTT-6.0.0-1"}};
  const std::vector<Check> cut = {{v3_1_1, "MQTT-6.0.0-2"}, {v5_0, "MQTT-6.0.0-2"}};
  const std::vector<Check> subprotocol = {{v3_1_1, "MQTT-6.0.0-4"}, {v5_0, "MQTT-6.0.0-4"}};
  return {
      {.id = "websocket/binary-frames-are-sent",
       .title = "The broker sends MQTT packets in WebSocket binary frames",
       .checks = binary,
       .run = binary_frames_are_sent},
      {.id = "websocket/closed-on-text-frame",
       .title = "The broker closes the Network Connection on a WebSocket text frame",
       .checks = binary,
       .run = closed_on_text_frame},
      {.id = "websocket/packet-in-many-messages",
       .title = "A packet in many WebSocket messages is processed",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = packet_in_many_messages},
      {.id = "websocket/packet-in-many-frames",
       .title = "A packet in several frames of one WebSocket message is processed",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = packet_in_many_frames},
      {.id = "websocket/many-packets-in-one-frame",
       .title = "Several packets in one WebSocket frame are processed",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = many_packets_in_one_frame},
      {.id = "websocket/frames-end-within-packets",
       .title = "Packets are processed if a WebSocket frame ends within a packet",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = frames_end_within_packets},
      {.id = "websocket/subprotocol",
       .title = "The broker selects the WebSocket Subprotocol \"mqtt\"",
       .checks = subprotocol,
       .run = [](Test& test) { return subprotocol_is_mqtt(test, "mqtt"); }},
      {.id = "websocket/subprotocol-of-several",
       .title = "The broker selects \"mqtt\" from several WebSocket Subprotocols",
       .checks = subprotocol,
       .run = [](Test& test) { return subprotocol_is_mqtt(test, "mqttspec-unknown, mqtt"); }},
  };
}

}  // namespace mqttspec::conformance
