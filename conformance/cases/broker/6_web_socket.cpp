#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
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
  test.check(client.web_socket().frames_received(FrameType::text) == 0, "MQTT in WebSocket binary frames", "a text frame");
  co_await client.need<wire::Connack>(code(wire::ReasonCode::success));
}

/// The packet is a PUBLISH of letters, digits and zero bytes, so that as text it is valid UTF-8: WebSocket itself has nothing against it.
Awaitable<void> text_frame_ends_the_connection(Test& test) {
  auto client = co_await connect_web_socket(test);
  co_await client.send_message(FrameType::text, {encoded(test, {publish(test.topic(), "text")})});
  co_await client.expect_closed();
}

/// Each byte of the packet in a binary message of its own.
Awaitable<void> a_packet_in_many_messages(Test& test) {
  auto client = co_await connect_web_socket(test);
  for (const auto byte : encoded(test, {publish(test.topic(), "in pieces").qos(1).packet_id(7)}))
    co_await client.send_message(FrameType::binary, {{byte}});
  co_await client.expect<wire::Puback>(packet_id(7));
}

/// One message in three frames, none of which is a whole packet.
Awaitable<void> a_packet_in_many_frames(Test& test) {
  auto client = co_await connect_web_socket(test);
  const auto bytes = encoded(test, {publish(test.topic(), "in pieces").qos(1).packet_id(7), wire::Pingreq{}});
  const auto first = bytes.begin() + 3;
  const auto second = bytes.end() - 3;
  co_await client.send_message(FrameType::binary, {{bytes.begin(), first}, {first, second}, {second, bytes.end()}});
  co_await client.expect<wire::Puback>(packet_id(7));
  co_await client.expect<wire::Pingresp>();
}

Awaitable<void> many_packets_in_a_frame(Test& test) {
  auto client = co_await test.open_web_socket();
  co_await client.send_message(FrameType::binary, {encoded(test, {test.connect_packet(), subscribe(1, test.topic(), QoS::at_most_once),
                                                                  publish(test.topic(), "x").qos(1).packet_id(2), wire::Pingreq{}})});
  co_await client.need<wire::Connack>(code(wire::ReasonCode::success));
  co_await client.expect<wire::Suback>(packet_id(1));
  co_await client.expect<wire::Puback>(packet_id(2));
  co_await client.expect<wire::Pingresp>();
}

/// A packet and a half, then the other half and one more.
Awaitable<void> frames_cut_across_packets(Test& test) {
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
       .title = "The broker sends MQTT in WebSocket binary frames",
       .checks = binary,
       .run = binary_frames_are_sent},
      {.id = "websocket/text-frame-ends-the-connection",
       .title = "The connection is closed on a WebSocket text frame",
       .checks = binary,
       .run = text_frame_ends_the_connection},
      {.id = "websocket/packet-in-many-messages",
       .title = "A packet may be spread over WebSocket messages",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = a_packet_in_many_messages},
      {.id = "websocket/packet-in-many-frames",
       .title = "A packet may be spread over the frames of one WebSocket message",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = a_packet_in_many_frames},
      {.id = "websocket/many-packets-in-a-frame",
       .title = "A WebSocket frame may hold several packets",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = many_packets_in_a_frame},
      {.id = "websocket/frames-cut-across-packets",
       .title = "WebSocket frames may end anywhere between and within packets",
       .checks = cut,
       .needs = {Capability::qos1},
       .run = frames_cut_across_packets},
      {.id = "websocket/subprotocol",
       .title = "The broker answers the WebSocket Subprotocol \"mqtt\"",
       .checks = subprotocol,
       .run = [](Test& test) { return subprotocol_is_mqtt(test, "mqtt"); }},
      {.id = "websocket/subprotocol-of-several",
       .title = "The broker chooses \"mqtt\" among the WebSocket Subprotocols that are offered",
       .checks = subprotocol,
       .run = [](Test& test) { return subprotocol_is_mqtt(test, "mqttspec-unknown, mqtt"); }},
  };
}

}  // namespace mqttspec::conformance
