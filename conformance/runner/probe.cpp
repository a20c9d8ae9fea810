#include "conformance/runner/probe.hpp"

#include "reference/wire/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <functional>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;

constexpr int most_deliveries = 20;
constexpr int most_subscriptions = 4;
/// Measuring ends after so long, having measured once at least.
constexpr transport::Duration time_to_measure = 1s;

/// CONNACK 0x01 as a server that knows nothing of 5.0 writes it (3.1.2.2 and 3.2 of 3.1.1): to a reader of 5.0 it is malformed.
constexpr std::array<std::uint8_t, 4> connack_of_3_1_1 = {0x20, 0x02, 0x00, 0x01};

bool is_refusal_of_3_1_1(const TraceLine& line) {
  return line.kind == TraceLine::Kind::received && std::ranges::equal(line.bytes, connack_of_3_1_1);
}

/// A capability that CONNACK of 5.0 can deny (3.2.2.3).
struct Announced {
  Capability capability;
  std::string_view name;
  wire::PropertyKey<std::uint32_t> property;
  std::uint32_t needed;  ///< smallest value that grants it
};
constexpr std::array announced = {
    Announced{Capability::qos1, "QoS 1", wire::prop::maximum_qos, 1},
    Announced{Capability::qos2, "QoS 2", wire::prop::maximum_qos, 2},
    Announced{Capability::retained, "retained messages", wire::prop::retain_available, 1},
    Announced{Capability::wildcards, "wildcard subscriptions", wire::prop::wildcard_subscription_available, 1},
    Announced{Capability::subscription_identifiers, "subscription identifiers", wire::prop::subscription_identifier_available, 1},
    Announced{Capability::shared_subscriptions, "shared subscriptions", wire::prop::shared_subscription_available, 1},
};

void read_capabilities(Probe& found, const wire::Connack& connack) {
  for (const auto& each : announced) {
    const auto value = connack.properties.get(each.property);
    const bool available = !value || *value >= each.needed;
    found.capabilities.push_back({.name = std::string(each.name),
                                  .version = v5_0,
                                  .available = available,
                                  .evidence = value
                                                  ? fmt::format("CONNACK says {} {}", wire::name(each.property.id), *value)
                                                  : fmt::format("CONNACK does not deny it ({} is absent)", wire::name(each.property.id))});
    if (!available) found.lacking.push_back(each.capability);
  }
}

Awaitable<Connection> connect(Test& test, Probe& found) {
  auto connection = co_await test.open();
  found.reached = std::max(found.reached, Milestone::network_connection);
  co_await connection.send(test.connect_packet());
  const auto connack = co_await connection.need<wire::Connack>();
  const auto words = wire::describe(connack.reason_code, wire::PacketType::connack, test.version());
  if (connack.reason_code == wire::ReasonCode::success) {
    found.reached = std::max(found.reached, Milestone::connack);
    found.evidence = "CONNACK " + words;
    if (test.is_v5() && found.capabilities.empty()) read_capabilities(found, connack);
    co_return connection;
  }
  const bool unsupported = connack.reason_code == wire::ReasonCode::unsupported_protocol_version ||
                           connack.reason_code == wire::return_code::unacceptable_protocol_version;
  found.answer = unsupported ? Probe::Answer::unsupported : Probe::Answer::refused;
  found.evidence = fmt::format("CONNECT for MQTT {} was answered with CONNACK {}", spec::name(test.version()), words);
  test.not_applicable(found.evidence);
}

Awaitable<void> subscribe(Probe& found, Connection subscriber, std::string topic) {
  const auto id = subscriber.next_packet_id();
  co_await subscriber.send(wire::build::subscribe(id, topic));
  co_await subscriber.need<wire::Suback>(packet_id(id));
  found.reached = std::max(found.reached, Milestone::suback);
}

/// Publishes until a message comes through. @return which of the messages came first, counted from 1
Awaitable<std::size_t> first_to_come(Test& test, Connection subscriber, Connection publisher, std::string topic,
                                     std::vector<transport::TimePoint>& sent) {
  const auto deadline = test.now() + test.timeout();
  const auto is_there = [&] {
    return std::ranges::any_of(subscriber.waiting(wire::PacketType::publish),
                               [&](const wire::Packet& packet) { return std::get<wire::Publish>(packet).topic == topic; });
  };
  for (transport::Duration pause = 1ms; !is_there() && test.now() < deadline; pause = std::min(pause * 2, test.timeout() / 8)) {
    sent.push_back(test.now());
    co_await publisher.send(wire::build::publish(topic, fmt::to_string(sent.size())));
    co_await test.pass_time(pause);
  }
  auto first = co_await subscriber.need<wire::Publish>();
  while (first.topic != topic) first = co_await subscriber.need<wire::Publish>();
  std::size_t number = 0;
  std::from_chars(first.payload.data(), first.payload.data() + first.payload.size(), number);
  co_return number;
}

Awaitable<void> wait_until_flowing(Test& test, Probe& found, Connection subscriber, Connection publisher, std::string topic) {
  const auto subscribed = test.now();
  std::vector<transport::TimePoint> sent;
  const auto number = co_await first_to_come(test, subscriber, publisher, std::move(topic), sent);
  // When that one was sent the subscription had taken effect, and when the one before was sent it had not.
  if (number > 1 && number <= sent.size()) found.subscription_lag = std::max(found.subscription_lag, sent[number - 1] - subscribed);
  found.reached = Milestone::delivery;
}

Awaitable<void> measure_deliveries(Test& test, Probe& found, Connection subscriber, Connection publisher, std::string topic) {
  const auto end = test.now() + time_to_measure;
  for (int i = 0; i < most_deliveries && (i == 0 || test.now() < end); ++i) {
    const auto words = fmt::format("probe {}", i);
    const auto sent = test.now();
    co_await publisher.send(wire::build::publish(topic, words));
    while ((co_await subscriber.need<wire::Publish>()).payload != words) {
    }
    found.deliveries.push_back(test.now() - sent);
  }
}

Awaitable<void> exchange_up_to(Test& test, Probe& found, Milestone enough) {
  if (enough <= Milestone::network_connection) {
    co_await test.open();
    found.reached = Milestone::network_connection;
    co_return;
  }
  auto subscriber = co_await connect(test, found);
  if (found.reached >= enough) co_return;
  co_await subscribe(found, subscriber, test.topic());
  if (found.reached >= enough) co_return;
  auto publisher = co_await connect(test, found);
  co_await wait_until_flowing(test, found, subscriber, publisher, test.topic());
}

Awaitable<void> exchange_and_measure(Test& test, Probe& found) {
  auto subscriber = co_await connect(test, found);
  auto publisher = co_await connect(test, found);
  const auto end = test.now() + time_to_measure;
  for (int i = 0; i < most_subscriptions && (i == 0 || test.now() < end); ++i) {
    const auto topic = test.topic(fmt::to_string(i));
    co_await subscribe(found, subscriber, topic);
    co_await wait_until_flowing(test, found, subscriber, publisher, topic);
  }
  found.answer = Probe::Answer::served;
  co_await measure_deliveries(test, found, subscriber, publisher, test.topic("0"));
}

Awaitable<Probe> run(Environment environment, std::function<Awaitable<void>(Test&, Probe&)> exchange) {
  Probe found;
  const Case subject{.id = "probe", .title = "", .checks = {}, .run = [&](Test& test) { return exchange(test, found); }};
  const bool is_5 = environment.version == v5_0;
  Test test(subject, std::move(environment));
  const auto outcome = co_await test.run();
  found.late = outcome.late;
  found.received = outcome.received;
  if (found.answer == Probe::Answer::unserved) found.evidence = outcome.message;
  const bool was_silent = std::ranges::find(outcome.trace, TraceLine::Kind::received, &TraceLine::kind) == outcome.trace.end();
  found.closed_on_connect = found.reached == Milestone::network_connection && was_silent && !outcome.late;
  if (is_5 && std::ranges::any_of(outcome.trace, is_refusal_of_3_1_1)) {
    found.answer = Probe::Answer::unsupported;
    found.evidence = "CONNECT for MQTT 5.0 was answered with CONNACK 0x01 as MQTT 3.1.1 writes it";
  }
  co_return found;
}

}  // namespace

Awaitable<Probe> probe(Environment environment) { return run(std::move(environment), exchange_and_measure); }

Awaitable<Probe> probe_up_to(Environment environment, Milestone enough) {
  auto found = co_await run(std::move(environment), [enough](Test& test, Probe& so_far) { return exchange_up_to(test, so_far, enough); });
  if (found.answer == Probe::Answer::unserved && found.reached >= enough) found.answer = Probe::Answer::served;
  co_return found;
}

}  // namespace mqttspec::conformance
