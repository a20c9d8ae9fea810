#include "conformance/runner/probe.hpp"

#include "reference/wire/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mqttspec::conformance {
namespace {

constexpr int probe_messages = 5;

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

Awaitable<void> connect(Test& test, Probe& found, std::optional<Connection>& connection) {
  connection = co_await test.begin_connect(test.connect_packet());
  const auto connack = co_await connection->need<wire::Connack>();
  const auto words = wire::describe(connack.reason_code, wire::PacketType::connack, test.version());
  if (connack.reason_code == wire::ReasonCode::success) {
    found.evidence = "CONNACK " + words;
    if (test.is_v5()) read_capabilities(found, connack);
    co_return;
  }
  const bool unsupported = connack.reason_code == wire::ReasonCode::unsupported_protocol_version ||
                           connack.reason_code == wire::return_code::unacceptable_protocol_version;
  found.answer = unsupported ? Probe::Answer::unsupported : Probe::Answer::refused;
  found.evidence = fmt::format("CONNECT for MQTT {} was answered with CONNACK {}", spec::name(test.version()), words);
  test.not_applicable(found.evidence);
}

Awaitable<void> exchange(Test& test, Probe& found) {
  std::optional<Connection> connection;
  co_await connect(test, found, connection);
  const auto id = connection->next_packet_id();
  co_await connection->send(wire::build::subscribe(id, test.topic()));
  co_await connection->need<wire::Suback>(packet_id(id));
  for (int i = 0; i < probe_messages; ++i) {
    const auto sent = test.now();
    co_await connection->send(wire::build::publish(test.topic(), fmt::format("probe {}", i)));
    co_await connection->need<wire::Publish>();
    found.latency = std::max(found.latency, test.now() - sent);
  }
  found.answer = Probe::Answer::served;
}

}  // namespace

Awaitable<Probe> probe(Environment environment) {
  Probe found;
  const Case subject{.id = "probe", .title = "", .checks = {}, .run = [&found](Test& test) { return exchange(test, found); }};
  const bool is_5 = environment.version == v5_0;
  Test test(subject, std::move(environment));
  const auto outcome = co_await test.run();
  found.late = outcome.late;
  if (found.answer == Probe::Answer::unserved) found.evidence = outcome.message;
  if (is_5 && std::ranges::any_of(outcome.trace, is_refusal_of_3_1_1)) {
    found.answer = Probe::Answer::unsupported;
    found.evidence = "CONNECT for MQTT 5.0 was answered with CONNACK 0x01 as MQTT 3.1.1 writes it";
  }
  co_return found;
}

}  // namespace mqttspec::conformance
