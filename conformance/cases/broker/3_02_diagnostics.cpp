#include "conformance/cases/broker/diagnostics.hpp"
#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <vector>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

constexpr Diagnostics of_connack = {because("", "MQTT-3.2.2-19"), because("", "MQTT-3.2.2-20")};
constexpr Diagnostics of_puback = {because("", "MQTT-3.4.2-2"), because("", "MQTT-3.4.2-3")};
constexpr Diagnostics of_pubrec = {because("", "MQTT-3.5.2-2"), because("", "MQTT-3.5.2-3")};
constexpr Diagnostics of_pubrel = {because("", "MQTT-3.6.2-2"), because("", "MQTT-3.6.2-3")};
constexpr Diagnostics of_pubcomp = {because("", "MQTT-3.7.2-2"), because("", "MQTT-3.7.2-3")};
constexpr Diagnostics of_suback = {because("", "MQTT-3.9.2-1"), because("", "MQTT-3.9.2-2")};
constexpr Diagnostics of_unsuback = {because("", "MQTT-3.11.2-1"), because("", "MQTT-3.11.2-2")};
constexpr Diagnostics of_disconnect = {because("", "MQTT-3.14.2-3"), because("", "MQTT-3.14.2-4")};

constexpr std::uint32_t smallest_limit = 16;  // bytes: acknowledgements without properties fit

/// A client with a small Maximum Packet Size, and that size.
struct Small {
  Connection client;
  std::uint32_t limit;
};

/// Measures a CONNACK without diagnostics on a first connection, and connects again with its size as the Maximum Packet Size.
/// @param at_least the largest other packet that the client must receive, in bytes
Awaitable<Small> connect_small(Test& test, std::uint32_t at_least = 0) {
  auto packet = test.connect_packet();
  auto first = co_await test.connect(packet);
  auto plain = first.connack();
  plain.properties.remove(wire::PropertyId::reason_string).remove(wire::PropertyId::user_property);
  const auto limit = std::max({static_cast<std::uint32_t>(wire::encoded_size(plain, v5_0)), at_least, smallest_limit});
  co_await leave(first);
  packet.properties.set(wire::prop::maximum_packet_size, limit);
  auto client = co_await test.begin_connect(packet);
  const auto connack = co_await client.need<wire::Connack>(code(wire::ReasonCode::success));
  co_return Small{std::move(client), limit};
}

Awaitable<void> connack(Test& test) {
  auto [client, limit] = co_await connect_small(test);
  check_diagnostics(test, client.connack(), limit, of_connack);
  // A refusal is more likely to have a Reason String.
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::maximum_packet_size, limit);
  auto refused = co_await test.begin_connect(make_unacceptable(test, packet));
  for (const auto& each : (co_await refused.need_closed()).before)
    if (const auto* answer = std::get_if<wire::Connack>(&each)) check_diagnostics(test, *answer, limit, of_connack);
}

/// Publishes to a topic of this run, and to the forbidden one if the profile names it: a refusal is more likely to have a Reason String.
template <class P>
Awaitable<void> acknowledgement(Test& test, int level, Diagnostics statements) {
  auto [client, limit] = co_await connect_small(test);
  co_await client.send(publish(test.topic(), "x").qos(level).packet_id(1));
  check_diagnostics(test, co_await client.need<P>(packet_id(1)), limit, statements);
  if (!test.profile().forbidden_publish) co_return;
  co_await client.send(publish(*test.profile().forbidden_publish, "x").qos(level).packet_id(2));
  if (co_await client.has_come(P::type)) check_diagnostics(test, co_await client.need<P>(packet_id(2)), limit, statements);
}

Awaitable<void> pubcomp(Test& test) {
  auto [client, limit] = co_await connect_small(test);
  co_await client.send(publish(test.topic(), "x").qos(2).packet_id(1));
  co_await client.need<wire::Pubrec>(packet_id(1));
  co_await client.send(pubrel(1));
  check_diagnostics(test, co_await client.need<wire::Pubcomp>(packet_id(1)), limit, of_pubcomp);
  co_await client.send(pubrel(2));  // of an unknown message
  check_diagnostics(test, co_await client.need<wire::Pubcomp>(packet_id(2)), limit, of_pubcomp);
}

Awaitable<void> broker_pubrel(Test& test) {
  const wire::Publish message = publish(test.topic(), "x").qos(2).packet_id(1);
  auto [client, limit] = co_await connect_small(test, static_cast<std::uint32_t>(wire::encoded_size(message, v5_0)));
  co_await client.subscribe(test.topic(), QoS::exactly_once);
  auto publisher = co_await test.connect();
  // The subscription may take effect shortly after the SUBACK.
  co_await publisher.publish(message);
  if (!co_await client.has_come(wire::PacketType::pubrel)) co_await publisher.publish(message);
  check_diagnostics(test, co_await client.need<wire::Pubrel>(), limit, of_pubrel);
}

Awaitable<void> suback(Test& test) {
  auto [client, limit] = co_await connect_small(test);
  co_await client.send(subscribe(1, test.topic()));
  check_diagnostics(test, co_await client.need<wire::Suback>(packet_id(1)), limit, of_suback);
  if (!test.profile().forbidden_subscribe) co_return;
  co_await client.send(subscribe(2, *test.profile().forbidden_subscribe));
  if (co_await client.has_come(wire::PacketType::suback))
    check_diagnostics(test, co_await client.need<wire::Suback>(packet_id(2)), limit, of_suback);
}

Awaitable<void> unsuback(Test& test) {
  auto [client, limit] = co_await connect_small(test);
  co_await client.send(unsubscribe(1, {test.topic("never subscribed")}));
  check_diagnostics(test, co_await client.need<wire::Unsuback>(packet_id(1)), limit, of_unsuback);
}

Awaitable<void> disconnect(Test& test) {
  auto [client, limit] = co_await connect_small(test);
  co_await client.send(test.connect_packet());
  const auto ending = co_await client.need_closed();
  if (ending.disconnect) check_diagnostics(test, *ending.disconnect, limit, of_disconnect);
}

Case fits_packet_size(std::string_view packet, const Diagnostics& statements, std::vector<Capability> needs,
                      std::function<Awaitable<void>(Test&)> run) {
  std::string id(packet);
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {.id = "diagnostics/" + id + "-fits-maximum-packet-size",
          .title = std::string(packet) + " omits a Reason String and User Properties that would exceed the client's Maximum Packet Size",
          .checks = {{v5_0, statements.reason_string.requirement.v5_0}, {v5_0, statements.user_property.requirement.v5_0}},
          .needs = std::move(needs),
          .run = std::move(run)};
}

}  // namespace

std::vector<Case> diagnostics_cases() {
  return {
      fits_packet_size("CONNACK", of_connack, {}, connack),
      fits_packet_size("PUBACK", of_puback, {Capability::qos1},
                       [](Test& test) { return acknowledgement<wire::Puback>(test, 1, of_puback); }),
      fits_packet_size("PUBREC", of_pubrec, {Capability::qos2},
                       [](Test& test) { return acknowledgement<wire::Pubrec>(test, 2, of_pubrec); }),
      fits_packet_size("PUBREL", of_pubrel, {Capability::qos2}, broker_pubrel),
      fits_packet_size("PUBCOMP", of_pubcomp, {Capability::qos2}, pubcomp),
      fits_packet_size("SUBACK", of_suback, {}, suback),
      fits_packet_size("UNSUBACK", of_unsuback, {}, unsuback),
      fits_packet_size("DISCONNECT", of_disconnect, {}, disconnect),
  };
}

}  // namespace mqttspec::conformance
