#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;

/// Brokers look at the clock from time to time; one in wide use does every five seconds.
constexpr auto clock_tick = 7s;

/// How much later than it must a broker may close: more than any clock that has been seen ticks slowly.
constexpr auto latest = 12s;

/// A client with a keep alive of a few seconds.
struct Client {
  Connection connection;
  std::chrono::seconds keep_alive;
  transport::TimePoint sent;  ///< when its last packet went out
};

/// The shortest Keep Alive that leaves time for an answer: 1 s where the broker answers at once.
Awaitable<std::chrono::seconds> shortest_keep_alive(Test& test) {
  const auto began = test.now();
  (void)co_await test.connect();
  const auto answer = test.now() - began;
  co_return std::chrono::seconds(answer < 300ms ? 1 : 1 + 2 * std::chrono::ceil<std::chrono::seconds>(answer).count());
}

/// Connects with a keep alive, unless the broker replaces it by one that takes too long to wait for.
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
  // A keep alive of more than a second is that of a broker whose answers are late.
  const auto limit = std::chrono::duration<double>(client.keep_alive * 5 / 2 - 1s + latest);
  const auto closed_after = std::chrono::duration<double>(test.now() - client.sent);
  test.recommend(closed_after <= limit,
                 fmt::format("the Network Connection closed after one and a half times {} s, {} s at the latest", client.keep_alive.count(),
                             limit.count()),
                 fmt::format("it was closed after {:.3g} s", closed_after.count()));
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

/// The Will Delay Interval begins when the broker ends the Network Connection, and not when the silence did.
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
  // Some clocks tick once a second.
  if (!watcher.waiting(wire::PacketType::publish).empty() && test.now() - closed < 900ms)
    test.check(false, "no Will before its Will Delay Interval of 2 s is over", "the Will within a second after the broker had closed");
  co_await test.pass_time(1700ms);
  co_await watcher.expect<wire::Publish>(payload("silent"));
}

/// Waits until the client has been silent for so many percent of its keep alive period. Where a slow answer, or a slow machine, has used up
/// the period, the broker may close, and the case proves nothing.
Awaitable<void> stay_silent(Test& test, Client& client, int percent) {
  const auto pause = transport::Duration(client.keep_alive) * percent / 100;
  const auto limit = transport::Duration(client.keep_alive) * 95 / 100;
  if (test.now() < client.sent + pause) co_await test.pass_time(client.sent + pause - test.now());
  if (test.now() - client.sent >= limit) test.set_up_failed("an answer came too late, or this machine was too busy, to send in time");
  client.sent = test.now();
}

/// A server may disconnect a client that it finds inactive at any time, whatever its Keep Alive (3.1.2.10), and brokers in use do so after
/// one Keep Alive already. A client that keeps to its own duty is not inactive.
Awaitable<void> not_closed_early(Test& test) {
  auto client = co_await connect_with_keep_alive(test, test.connect_packet());
  for (int i = 0; i < 3; ++i) {
    const auto silent_since = client.sent;
    co_await stay_silent(test, client, 85);
    co_await client.connection.send(wire::Pingreq{});
    const bool answered = co_await client.connection.has_come(wire::PacketType::pingresp);
    // A machine that stands still for a moment may bring the PINGREQ to the broker too late.
    const auto too_late = silent_since + transport::Duration(client.keep_alive) * 95 / 100;
    if (!answered && !client.connection.is_open() && test.now() >= too_late)
      test.set_up_failed("the PINGREQ may have come too late: this machine was too busy");
    co_await client.connection.expect<wire::Pingresp>();
  }
}

/// Short against a keep alive period.
constexpr transport::Duration longest_look = std::chrono::milliseconds(200);

Awaitable<void> any_packet_counts(Test& test) {
  auto client = co_await connect_with_keep_alive(test, test.connect_packet());
  for (int i = 0; i < 3; ++i) {
    co_await stay_silent(test, client, 80);
    co_await client.connection.send(publish(test.topic(), "still here"));
    if (i > 0) continue;
    co_await test.pass_time(std::min<transport::Duration>(test.settle(), longest_look));
    if (!client.connection.is_open()) test.set_up_failed("the broker ended the Network Connection at a PUBLISH");
  }
  co_await client.connection.expect_alive();
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
      {.id = "keep-alive/delayed-will-of-a-silent-client",
       .title = "The delayed Will of a client that fell silent is published when its delay has passed since the broker closed",
       .checks = {{v5_0, "MQTT-3.1.3-9"}, {v5_0, "MQTT-3.1.2-8"}},
       .needs = {Capability::qos1},
       .pace = Pace::by_the_clock,
       .run = silent_client_delayed_will},
      {.id = "keep-alive/not-closed-early",
       .title = "A client that sends PINGREQ within its keep alive period stays connected",
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
