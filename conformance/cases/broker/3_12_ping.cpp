#include "conformance/cases/broker/sections.hpp"
#include "conformance/harness/test.hpp"

namespace mqttspec::conformance {
namespace {

Awaitable<void> answered(Test& test) {
  auto client = co_await test.connect();
  co_await client.expect_alive();
}

Awaitable<void> each_answered(Test& test) {
  constexpr int count = 5;
  auto client = co_await test.connect();
  co_await client.send_together(std::vector<wire::Packet>(count, wire::Pingreq{}));
  for (int i = 0; i < count; ++i) co_await client.expect<wire::Pingresp>();
}

}  // namespace

std::vector<Case> ping_cases() {
  return {
      {.id = "ping/answered",
       .title = "PINGREQ is answered with PINGRESP",
       .checks = {{v3_1_1, "MQTT-3.12.4-1"}, {v5_0, "MQTT-3.12.4-1"}},
       .run = answered},
      {.id = "ping/each-answered",
       .title = "Five PINGREQ packets sent together are answered with five PINGRESP packets",
       .checks = {{v3_1_1, "MQTT-3.12.4-1"}, {v5_0, "MQTT-3.12.4-1"}},
       .run = each_answered},
  };
}

}  // namespace mqttspec::conformance
