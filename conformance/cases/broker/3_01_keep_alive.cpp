#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;

/// Brokers check for expired connections periodically; a widely used one does so every five seconds.
constexpr auto clock_tick = 7s;

/// How late a broker may close a Network Connection: more than the longest check interval observed so far.
constexpr auto latest = 12s;

/// A client with a keep alive of a few seconds.
struct Client {
  Connection connection;
  std::chrono::seconds keep_alive;
  transport::TimePoint sent;  ///< when its last packet was sent
};

/// The shortest Keep Alive that leaves time for an answer: 1 s if the broker answers immediately.
Awaitable<std::chrono::seconds> shortest_keep_alive(Test& test) {
  const auto began = test.now();
  (void)co_await test.connect();
  const auto answer = test.now() - began;
  co_return std::chrono::seconds(answer < 300ms ? 1 : 1 + 2 * std::chrono::ceil<std::chrono::seconds>(answer).count());
}

/// Connects with a Keep Alive. The case does not apply if the broker replaces it, since that would take too long.
Awaitable<Client> connect_with_keep_alive(Test& test, wire::Connect packet) {
  const auto keep_alive = co_await shortest_keep_alive(test);
  test.allow(clock_tick + keep_alive);
  packet.keep_alive = static_cast<std::uint16_t>(keep_alive.count());
  const auto sent = test.now();
  auto connection = co_await test.connect(std::move(packet));
  const auto chosen = connection.connack().properties.get(wire::prop::server_keep_alive);
  if (chosen && *chosen != keep_alive.count())
    test.not_applicable("the broker chose a Server Keep Alive of " + std::to_string(*chosen) + " s");
  co_return Client{.connection = std::move(connection), .keep_alive = keep_alive, .sent = sent};
}

Awaitable<void> silent_client(Test& test) {
  auto client = co_await connect_with_keep_alive(test, test.connect_packet());
  co_await test.pass_time(client.keep_alive * 3 / 2);
  co_await client.connection.expect_closed();
  // The Keep Alive exceeds a second only if the broker answers slowly.
  const auto limit = std::chrono::duration<double>(client.keep_alive * 5 / 2 - 1s + latest);
  const auto closed_after = std::chrono::duration<double>(test.now() - client.sent);
  test.recommend(
      closed_after <= limit,
      fmt::format("the broker closes the Network Connection after 1.5 times {} s, within {} s", client.keep_alive.count(), limit.count()),
      fmt::format("closed after {:.3g} s", closed_after.count()));
}

Awaitable<void> silent_client_will(Test& test) {
  auto watcher = co_await test.connect();
  co_await establish(test, watcher, watcher, test.topic(), wire::QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic(), .payload = "silent", .qos = wire::QoS::at_least_once};
  auto client = co_await connect_with_keep_alive(test, std::move(packet));
  co_await test.pass_time(client.keep_alive * 3 / 2);
  co_await client.connection.need_closed();
  co_await watcher.expect<wire::Publish>(payload("silent"));
}

/// The Will Delay Interval starts when the broker closes the Network Connection, not when the client becomes silent.
Awaitable<void> silent_client_delayed_will(Test& test) {
  auto watcher = co_await test.connect();
  co_await establish(test, watcher, watcher, test.topic(), wire::QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::session_expiry_interval, 60);
  packet.will = wire::Will{.topic = test.topic(), .payload = "silent", .qos = wire::QoS::at_least_once};
  packet.will->properties.set(wire::prop::will_delay_interval, 2);
  auto client = co_await connect_with_keep_alive(test, std::move(packet));
  co_await test.pass_time(client.keep_alive * 3 / 2);
  co_await client.connection.need_closed();
  const auto closed = test.now();
  co_await test.pass_time(500ms);
  // Some brokers only use whole seconds.
  if (!watcher.waiting(wire::PacketType::publish).empty() && test.now() - closed < 900ms)
    test.check(false, "no Will Message before the Will Delay Interval of 2 s has passed",
               "the Will Message less than a second after the broker closed the Network Connection");
  co_await test.pass_time(1700ms);
  co_await watcher.expect<wire::Publish>(payload("silent"));
}

/// Waits until the client has been silent for this percentage of its Keep Alive. The case is inconclusive if a slow answer or a slow
/// machine has used up the Keep Alive, since the broker may then close the Network Connection.
Awaitable<void> stay_silent(Test& test, Client& client, int percent) {
  const auto pause = transport::Duration(client.keep_alive) * percent / 100;
  const auto limit = transport::Duration(client.keep_alive) * 95 / 100;
  if (test.now() < client.sent + pause) co_await test.pass_time(client.sent + pause - test.now());
  if (test.now() - client.sent >= limit)
    test.set_up_failed("a slow answer, or a busy machine, made it too late to send the next packet within the Keep Alive");
  client.sent = test.now();
}

/// A server may disconnect a client that it considers inactive at any time, whatever its Keep Alive (3.1.2.10), and some brokers do so
/// after one Keep Alive. A client that sends a packet within each Keep Alive is not inactive.
Awaitable<void> active_client_stays_connected(Test& test) {
  auto client = co_await connect_with_keep_alive(test, test.connect_packet());
  for (int i = 0; i < 3; ++i) {
    const auto silent_since = client.sent;
    co_await stay_silent(test, client, 85);
    co_await client.connection.send(wire::Pingreq{});
    const bool is_answered = co_await client.connection.has_come(wire::PacketType::pingresp);
    // On a busy machine the PINGREQ may reach the broker too late.
    const auto too_late = silent_since + transport::Duration(client.keep_alive) * 95 / 100;
    if (!is_answered && !client.connection.is_open() && test.now() >= too_late)
      test.set_up_failed("the PINGREQ may have arrived too late because this machine was busy");
    co_await client.connection.expect<wire::Pingresp>();
  }
}

/// Short compared with a Keep Alive.
constexpr transport::Duration longest_wait = std::chrono::milliseconds(200);

Awaitable<void> any_packet_counts(Test& test) {
  auto client = co_await connect_with_keep_alive(test, test.connect_packet());
  for (int i = 0; i < 3; ++i) {
    co_await stay_silent(test, client, 80);
    co_await client.connection.send(publish(test.topic(), "still here"));
    if (i > 0) continue;
    co_await test.pass_time(std::min<transport::Duration>(test.settle(), longest_wait));
    if (!client.connection.is_open()) test.set_up_failed("the broker closed the Network Connection after a PUBLISH");
  }
  co_await client.connection.expect_alive();
}

}  // namespace

std::vector<Case> keep_alive_cases() {
  return {
      {.id = "keep-alive/silent-client-is-disconnected",
       .title = "A client that sends nothing for 1.5 times its Keep Alive is disconnected",
       .checks = {{v3_1_1, "MQTT-3.1.2-24"}, {v5_0, "MQTT-3.1.2-22"}, {v5_0, "MQTT-3.2.2-22"}},
       .pace = Pace::by_the_clock,
       .run = silent_client},
      {.id = "keep-alive/will-of-silent-client-is-published",
       .title = "The Will Message of a client that exceeds its Keep Alive is published",
       .checks = {{v3_1_1, "MQTT-3.1.2-24"}, {v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-22"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .pace = Pace::by_the_clock,
       .run = silent_client_will},
      {.id = "keep-alive/delayed-will-of-silent-client",
       .title = "The Will Delay Interval of a client that exceeds its Keep Alive starts when the broker closes the Network Connection",
       .checks = {{v5_0, "MQTT-3.1.3-9"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .pace = Pace::by_the_clock,
       .run = silent_client_delayed_will},
      {.id = "keep-alive/active-client-stays-connected",
       .title = "A client that sends PINGREQ within its Keep Alive stays connected",
       .checks = {{v3_1_1, "3.1.2.10"}, {v5_0, "3.1.2.10"}},
       .pace = Pace::by_the_clock,
       .run = active_client_stays_connected},
      {.id = "keep-alive/any-packet-counts",
       .title = "Any packet, not only PINGREQ, restarts the Keep Alive",
       .checks = {{v3_1_1, "3.1.2.10"}, {v5_0, "3.1.2.10"}},
       .pace = Pace::by_the_clock,
       .run = any_packet_counts},
  };
}

}  // namespace mqttspec::conformance
