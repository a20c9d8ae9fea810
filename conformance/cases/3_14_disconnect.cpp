#include "conformance/cases/sections.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

namespace mqttspec::conformance {
namespace {

using wire::QoS;

Awaitable<void> reserved_bits(Test& test) {
  auto watching = co_await test.connect();
  co_await watching.subscribe(test.topic(), QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic(), .payload = "not a valid DISCONNECT", .qos = QoS::at_least_once};
  auto client = co_await test.connect(packet);
  co_await client.send_bytes(wire::raw::with_flags(wire::encode(wire::Disconnect{}, test.version()), 0x01));
  co_await client.expect_closed();
  co_await watching.expect<wire::Publish>(payload("not a valid DISCONNECT"), because("MQTT-3.1.2-8", "MQTT-3.1.2-8"));
}

Awaitable<void> session_expiry_raised_from_zero(Test& test) {
  auto client = co_await test.connect();
  wire::Disconnect packet;
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  co_await client.send(packet);
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(ending.disconnect->reason_code == wire::ReasonCode::protocol_error, "DISCONNECT 0x82 Protocol Error, if any",
               wire::describe(*ending.disconnect, v5_0));
}

}  // namespace

std::vector<Case> disconnect_cases() {
  return {
      {.id = "disconnect/reserved-bits",
       .title = "A DISCONNECT with reserved bits set is malformed: the connection is closed and the Will published",
       .checks = {{v3_1_1, "MQTT-3.14.1-1"}, {v5_0, "MQTT-3.14.1-1"}},
       .needs = {Capability::qos1},
       .run = reserved_bits},
      {.id = "disconnect/session-expiry-raised-from-zero",
       .title = "A DISCONNECT that raises a Session Expiry Interval of 0 is a protocol error",
       .checks = {{v5_0, "3.14.2.2.2"}},
       .run = session_expiry_raised_from_zero},
  };
}

}  // namespace mqttspec::conformance
