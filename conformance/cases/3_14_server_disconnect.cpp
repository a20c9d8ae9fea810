#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
namespace raw = wire::raw;
using wire::PacketType;
using wire::QoS;

/// A client on whom the broker has every reason to hang up, while messages are on their way to it.
Awaitable<Ending> provoke_disconnect(Test& test, Connection client) {
  std::vector<wire::Packet> packets;
  for (std::uint16_t id = 1; id <= 5; ++id) packets.emplace_back(publish(test.topic(), "before").qos(1).packet_id(id));
  packets.emplace_back(test.connect_packet());  // a second CONNECT is a Protocol Error
  for (std::uint16_t id = 6; id <= 10; ++id) packets.emplace_back(publish(test.topic(), "behind").qos(1).packet_id(id));
  co_await client.send_together(std::move(packets));
  co_return co_await client.expect_closed();
}

wire::Connect with_session_expiry(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  return packet;
}

Awaitable<void> is_the_last_packet(Test& test) {
  auto client = co_await test.connect(with_session_expiry(test));
  co_await client.subscribe(test.topic(), QoS::at_most_once);
  const auto ending = co_await provoke_disconnect(test, client);
  const auto& arrived = client.arrived();
  const auto found = std::ranges::find(arrived, PacketType::disconnect);
  if (found == arrived.end()) test.not_applicable("the broker closes without a DISCONNECT");
  test.check(wire::is_error(ending.disconnect->reason_code), "a Reason Code of 0x80 or more", wire::describe(*ending.disconnect, v5_0),
             because("", "4.13.2"));
  test.check(found + 1 == arrived.end(), "nothing behind DISCONNECT",
             found + 1 == arrived.end() ? "" : std::string(wire::name(*(found + 1))), because("", "MQTT-3.14.4-1"));
  test.check(!ending.disconnect->properties.has(wire::PropertyId::session_expiry_interval), "DISCONNECT without Session Expiry Interval",
             wire::describe(*ending.disconnect, v5_0), because("", "MQTT-3.14.2-2"));
}

wire::Bytes publish_of_qos3(Test& test) {
  return raw::packet(PacketType::publish, 0b0110, raw::Builder().string(test.topic()).two_bytes(1).byte(0).text("x"));
}

/// No second CONNECT: for errors in a CONNECT there is CONNACK, if anything.
wire::Bytes subscribe_with_retain_handling_3(Test& test) {
  return raw::packet(PacketType::subscribe, 0b0010, raw::Builder().two_bytes(1).byte(0).string(test.topic()).byte(0b0011'0000));
}

/// Whatever has been wrong: the client is told, before its connection ends.
Awaitable<void> says_why(Test& test, wire::Bytes offence) {
  auto client = co_await test.connect();
  co_await client.send_bytes(std::move(offence));
  const auto ending = co_await client.need_closed();
  test.recommend(ending.disconnect.has_value(), "DISCONNECT with a Reason Code before the Network Connection is closed",
                 "the end of the Network Connection alone");
}

}  // namespace

std::vector<Case> server_disconnect_cases() {
  return {
      {.id = "disconnect/of-the-broker",
       .title = "A DISCONNECT from the broker tells of an error, is its last packet, and ends the connection",
       .checks =
           {{v5_0, "MQTT-3.14.4-2"}, {v5_0, "MQTT-4.13.2-1"}, {v5_0, "MQTT-3.14.4-1"}, {v5_0, "MQTT-3.14.2-1"}, {v5_0, "MQTT-3.14.2-2"}},
       .needs = {Capability::qos1},
       .run = is_the_last_packet},
      {.id = "disconnect/before-closing/malformed-packet",
       .title = "The broker says with DISCONNECT that it closes the connection over a Malformed Packet",
       .checks = {{v5_0, "4.13.1"}},
       .run = [](Test& test) { return says_why(test, publish_of_qos3(test)); }},
      {.id = "disconnect/before-closing/protocol-error",
       .title = "The broker says with DISCONNECT that it closes the connection over a Protocol Error",
       .checks = {{v5_0, "4.13.1"}},
       .run = [](Test& test) { return says_why(test, subscribe_with_retain_handling_3(test)); }},
  };
}

}  // namespace mqttspec::conformance
