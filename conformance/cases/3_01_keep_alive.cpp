#include "conformance/cases/sections.hpp"
#include "conformance/harness/test.hpp"

#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;

/// Brokers look at the clock from time to time; one in wide use does every five seconds.
constexpr auto clock_tick = 7s;

/// Connects with a keep alive, unless the broker replaces it by one that takes too long to wait for.
Awaitable<Connection> connect_with_keep_alive(Test& test, wire::Connect packet, std::uint16_t seconds) {
  test.allow(clock_tick);
  packet.keep_alive = seconds;
  auto client = co_await test.connect(std::move(packet));
  const auto chosen = client.connack().properties.get(wire::prop::server_keep_alive);
  if (chosen && *chosen != seconds) test.not_applicable("the broker chose a Server Keep Alive of " + std::to_string(*chosen) + " s");
  co_return client;
}

Awaitable<void> silent_client(Test& test) {
  auto client = co_await connect_with_keep_alive(test, test.connect_packet(), 1);
  co_await test.pass_time(1500ms);
  co_await client.expect_closed();
}

Awaitable<void> silent_client_will(Test& test) {
  auto watcher = co_await test.connect();
  co_await watcher.subscribe(test.topic(), wire::QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic(), .payload = "silent", .qos = wire::QoS::at_least_once};
  auto client = co_await connect_with_keep_alive(test, std::move(packet), 1);
  co_await test.pass_time(1500ms);
  co_await client.need_closed();
  co_await watcher.expect<wire::Publish>(payload("silent"));
}

/// Waits until `pause` after the client last sent something. Where a slow answer, or a slow machine, has used up one and a half keep alive
/// periods, the broker may close, and the case proves nothing.
Awaitable<void> pause_since(Test& test, transport::TimePoint sent, transport::Duration pause) {
  constexpr auto limit = 1400ms;
  if (test.now() < sent + pause) co_await test.pass_time(sent + pause - test.now());
  if (test.now() - sent >= limit) test.set_up_failed("an answer came too late, or this machine was too busy, to send in time");
}

Awaitable<void> not_closed_early(Test& test) {
  auto sent = test.now();
  auto client = co_await connect_with_keep_alive(test, test.connect_packet(), 1);
  for (int i = 0; i < 2; ++i) {
    co_await pause_since(test, sent, 1100ms);
    sent = test.now();
    co_await client.expect_alive();
  }
}

Awaitable<void> any_packet_counts(Test& test) {
  auto sent = test.now();
  auto client = co_await connect_with_keep_alive(test, test.connect_packet(), 1);
  for (int i = 0; i < 3; ++i) {
    co_await pause_since(test, sent, 800ms);
    sent = test.now();
    co_await client.send(publish(test.topic(), "still here"));
  }
  co_await client.expect_alive();
}

}  // namespace

std::vector<Case> keep_alive_cases() {
  return {
      {.id = "keep-alive/silent-client-is-disconnected",
       .title = "A client that is silent for one and a half keep alive periods is disconnected",
       .checks = {{v3_1_1, "MQTT-3.1.2-24"}, {v5_0, "MQTT-3.1.2-22"}, {v5_0, "MQTT-3.2.2-22"}},
       .pace = Pace::by_the_clock,
       .run = silent_client},
      {.id = "keep-alive/will-of-a-silent-client",
       .title = "The Will of a client that fell silent is published, as after a failure of the network",
       .checks = {{v3_1_1, "MQTT-3.1.2-24"}, {v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-22"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .pace = Pace::by_the_clock,
       .run = silent_client_will},
      {.id = "keep-alive/not-closed-early",
       .title = "A client that sends within one and a half keep alive periods stays connected",
       .checks = {{v3_1_1, "3.1.2.10"}, {v5_0, "3.1.2.10"}},
       .pace = Pace::by_the_clock,
       .run = not_closed_early},
      {.id = "keep-alive/any-packet-counts",
       .title = "Every packet, not only PINGREQ, keeps the connection alive",
       .checks = {{v3_1_1, "3.1.2.10"}, {v5_0, "3.1.2.10"}},
       .pace = Pace::by_the_clock,
       .run = any_packet_counts},
  };
}

}  // namespace mqttspec::conformance
