#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::PacketType;
using wire::QoS;

/// Makes the broker close the Network Connection of a client while it delivers messages to it.
Awaitable<Ending> trigger_disconnect(Test& test, Connection client) {
  std::vector<wire::Packet> packets;
  for (std::uint16_t id = 1; id <= 5; ++id) packets.emplace_back(publish(test.topic(), "before").qos(1).packet_id(id));
  packets.emplace_back(test.connect_packet());  // a second CONNECT is a Protocol Error
  for (std::uint16_t id = 6; id <= 10; ++id) packets.emplace_back(publish(test.topic(), "after").qos(1).packet_id(id));
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
  const auto ending = co_await trigger_disconnect(test, client);
  const auto& arrived = client.arrived();
  const auto found = std::ranges::find(arrived, PacketType::disconnect);
  if (found == arrived.end()) test.not_applicable("the broker closes without a DISCONNECT");
  test.check(wire::is_error(ending.disconnect->reason_code), "DISCONNECT with a Reason Code of 0x80 or above",
             wire::describe(*ending.disconnect, v5_0), because("", "4.13.2"));
  test.check(found + 1 == arrived.end(), "nothing after DISCONNECT",
             found + 1 == arrived.end() ? "" : std::string(wire::name(*(found + 1))), because("", "MQTT-3.14.4-1"));
  test.check(!ending.disconnect->properties.has(wire::PropertyId::session_expiry_interval), "DISCONNECT without Session Expiry Interval",
             wire::describe(*ending.disconnect, v5_0), because("", "MQTT-3.14.2-2"));
}

}  // namespace

std::vector<Case> server_disconnect_cases() {
  return {
      {.id = "disconnect/from-broker",
       .title = "A DISCONNECT from the broker has an error code, is its last packet, and is followed by closing the Network Connection",
       .checks =
           {{v5_0, "MQTT-3.14.4-2"}, {v5_0, "MQTT-4.13.2-1"}, {v5_0, "MQTT-3.14.4-1"}, {v5_0, "MQTT-3.14.2-1"}, {v5_0, "MQTT-3.14.2-2"}},
       .needs = {Capability::qos1},
       .run = is_the_last_packet},
  };
}

}  // namespace mqttspec::conformance
