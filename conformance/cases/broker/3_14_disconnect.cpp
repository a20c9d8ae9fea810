#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

namespace mqttspec::conformance {
namespace {

using wire::QoS;

/// A client with a Will, and a subscriber to its topic.
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

Awaitable<void> reserved_flags(Test& test) {
  auto [watching, client] = co_await connect_with_will(test, "invalid DISCONNECT");
  co_await client.send_bytes(wire::raw::with_flags(wire::encode(wire::Disconnect{}, test.version()), 0x01));
  co_await client.expect_closed();
  co_await watching.expect<wire::Publish>(payload("invalid DISCONNECT"), because("MQTT-3.1.2-8", "MQTT-3.1.2-8"));
}

/// Only code 0x00 deletes the Will, whether or not the broker treats the packet as malformed.
Awaitable<void> wrong_code(Test& test, std::uint8_t code) {
  auto [watching, client] = co_await connect_with_will(test, "invalid Reason Code");
  co_await client.send_bytes(wire::raw::packet(wire::PacketType::disconnect, 0, wire::raw::Builder().byte(code)));
  co_await client.expect_closed();
  co_await watching.expect<wire::Publish>(payload("invalid Reason Code"), because("", "MQTT-3.1.2-8"));
}
Awaitable<void> undefined_code(Test& test) { return wrong_code(test, 0x7F); }
/// 0x8E Session taken over.
Awaitable<void> server_code(Test& test) { return wrong_code(test, 0x8E); }

/// The DISCONNECT is not valid, so the Will Message is published.
Awaitable<void> session_expiry_raised_from_0(Test& test) {
  auto [watching, client] = co_await connect_with_will(test, "invalid DISCONNECT");
  wire::Disconnect packet;
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  co_await client.send(packet);
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(ending.disconnect->reason_code == wire::ReasonCode::protocol_error, "DISCONNECT 0x82 Protocol error, or none",
               wire::describe(*ending.disconnect, v5_0));
  co_await watching.expect<wire::Publish>(payload("invalid DISCONNECT"));
}

/// A recommendation only: the client is required to close (3.14.4).
Awaitable<void> broker_closes(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(wire::Disconnect{});
  (void)co_await client.has_come(wire::PacketType::disconnect);
  test.recommend(!client.is_open(), "the broker closes the Network Connection after DISCONNECT", "it stayed open");
}

}  // namespace

std::vector<Case> disconnect_cases() {
  return {
      {.id = "disconnect/broker-closes",
       .title = "The broker closes the Network Connection after DISCONNECT if the client does not",
       .checks = {{v3_1_1, "3.14.4"}, {v5_0, "3.14.4"}},
       .run = broker_closes},
      {.id = "disconnect/reserved-flags",
       .title = "The broker closes the Network Connection on a DISCONNECT with reserved flags set, and publishes the Will Message",
       .checks = {{v3_1_1, "MQTT-3.14.1-1"}, {v5_0, "MQTT-3.14.1-1"}},
       .needs = {Capability::qos1},
       .run = reserved_flags},
      {.id = "disconnect/undefined-reason-code",
       .title = "The Will Message is published after a DISCONNECT with an undefined Reason Code",
       .checks = {{v5_0, "MQTT-3.14.2-1"}, {v5_0, "MQTT-4.13.1-1"}},
       .needs = {Capability::qos1},
       .run = undefined_code},
      {.id = "disconnect/server-reason-code",
       .title = "The Will Message is published after a DISCONNECT with a Reason Code that only servers may use",
       .checks = {{v5_0, "MQTT-3.14.2-1"}, {v5_0, "MQTT-4.13.1-1"}},
       .needs = {Capability::qos1},
       .run = server_code},
      {.id = "disconnect/session-expiry-raised-from-0",
       .title = "The broker closes the Network Connection on a DISCONNECT that raises a Session Expiry Interval of 0",
       .checks = {{v5_0, "3.14.2.2.2"}},
       .needs = {Capability::qos1},
       .run = session_expiry_raised_from_0},
  };
}

}  // namespace mqttspec::conformance
