#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

namespace mqttspec::conformance {
namespace {

using wire::QoS;

/// A client with a Will, and one that waits for it.
struct WillPair {
  Connection watching;
  Connection client;
};

Awaitable<WillPair> connect_with_will(Test& test, std::string will) {
  auto watching = co_await test.connect();
  co_await establish(test, watching, watching, test.topic(), QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic(), .payload = std::move(will), .qos = QoS::at_least_once};
  auto client = co_await test.connect(packet);
  co_return WillPair{std::move(watching), std::move(client)};
}

Awaitable<void> reserved_bits(Test& test) {
  auto [watching, client] = co_await connect_with_will(test, "not a valid DISCONNECT");
  co_await client.send_bytes(wire::raw::with_flags(wire::encode(wire::Disconnect{}, test.version()), 0x01));
  co_await client.expect_closed();
  co_await watching.expect<wire::Publish>(payload("not a valid DISCONNECT"), because("MQTT-3.1.2-8", "MQTT-3.1.2-8"));
}

/// Whether the broker takes the packet for malformed or the code for an error: only 0x00 deletes the Will.
Awaitable<void> wrong_code(Test& test, std::uint8_t code) {
  auto [watching, client] = co_await connect_with_will(test, "no such Reason Code");
  co_await client.send_bytes(wire::raw::packet(wire::PacketType::disconnect, 0, wire::raw::Builder().byte(code)));
  co_await client.expect_closed();
  co_await watching.expect<wire::Publish>(payload("no such Reason Code"), because("", "MQTT-3.1.2-8"));
}
Awaitable<void> undefined_code(Test& test) { return wrong_code(test, 0x7F); }
/// 0x8E Session taken over.
Awaitable<void> code_of_servers(Test& test) { return wrong_code(test, 0x8E); }

/// It is no valid DISCONNECT: the Will is published.
Awaitable<void> session_expiry_raised_from_zero(Test& test) {
  auto [watching, client] = co_await connect_with_will(test, "no valid DISCONNECT");
  wire::Disconnect packet;
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  co_await client.send(packet);
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(ending.disconnect->reason_code == wire::ReasonCode::protocol_error, "DISCONNECT 0x82 Protocol Error, if any",
               wire::describe(*ending.disconnect, v5_0));
  co_await watching.expect<wire::Publish>(payload("no valid DISCONNECT"));
}

/// A recommendation only: the client itself has to close (3.14.4).
Awaitable<void> closed_by_the_broker(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(wire::Disconnect{});
  (void)co_await client.has_come(wire::PacketType::disconnect);
  test.recommend(!client.is_open(), "the broker closes the Network Connection behind DISCONNECT", "it stayed open");
}

}  // namespace

std::vector<Case> disconnect_cases() {
  return {
      {.id = "disconnect/closed-by-the-broker",
       .title = "The broker closes the connection when it gets a DISCONNECT and the client has not closed it",
       .checks = {{v3_1_1, "3.14.4"}, {v5_0, "3.14.4"}},
       .run = closed_by_the_broker},
      {.id = "disconnect/reserved-bits",
       .title = "A DISCONNECT with reserved bits set is malformed: the connection is closed and the Will published",
       .checks = {{v3_1_1, "MQTT-3.14.1-1"}, {v5_0, "MQTT-3.14.1-1"}},
       .needs = {Capability::qos1},
       .run = reserved_bits},
      {.id = "disconnect/undefined-reason-code",
       .title = "A DISCONNECT with a Reason Code that does not exist leaves the Will to be published",
       .checks = {{v5_0, "MQTT-3.14.2-1"}, {v5_0, "MQTT-4.13.1-1"}},
       .needs = {Capability::qos1},
       .run = undefined_code},
      {.id = "disconnect/reason-code-of-servers",
       .title = "A DISCONNECT with a Reason Code that only servers give leaves the Will to be published",
       .checks = {{v5_0, "MQTT-3.14.2-1"}, {v5_0, "MQTT-4.13.1-1"}},
       .needs = {Capability::qos1},
       .run = code_of_servers},
      {.id = "disconnect/session-expiry-raised-from-zero",
       .title = "A DISCONNECT that raises a Session Expiry Interval of 0 is a protocol error",
       .checks = {{v5_0, "3.14.2.2.2"}},
       .needs = {Capability::qos1},
       .run = session_expiry_raised_from_zero},
  };
}

}  // namespace mqttspec::conformance
