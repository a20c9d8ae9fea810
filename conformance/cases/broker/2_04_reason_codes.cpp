// Acknowledgements with Reason Codes (2.4 of 5.0) that a client must not use in them.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/raw.hpp"

#include <fmt/format.h>

#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::PacketId;
using wire::PacketType;
using wire::QoS;
namespace raw = wire::raw;

/// An acknowledgement that a client owes.
struct Row {
  PacketType type;
  std::string_view id;
  std::string_view name;
  Check check;  ///< requires one of the Reason Codes defined for the packet
};
constexpr Row rows[] = {{PacketType::puback, "puback", "PUBACK", {v5_0, "MQTT-3.4.2-1"}},
                        {PacketType::pubrec, "pubrec", "PUBREC", {v5_0, "MQTT-3.5.2-1"}},
                        {PacketType::pubrel, "pubrel", "PUBREL", {v5_0, "MQTT-3.6.2-1"}},
                        {PacketType::pubcomp, "pubcomp", "PUBCOMP", {v5_0, "MQTT-3.7.2-1"}}};

struct WrongCode {
  std::uint8_t code;
  std::string_view id;
  std::string_view words;
};
constexpr WrongCode wrong_codes[] = {{0x05, "undefined", "an undefined Reason Code"},
                                     {0x8E, "of-another-packet", "a Reason Code of another packet type"}};

/// A client that owes the broker an acknowledgement with this Packet Identifier.
struct Owing {
  Connection client;
  PacketId id;
};

Awaitable<Owing> make_client_owe(Test& test, PacketType owed) {
  if (owed == PacketType::pubrel) {
    auto client = co_await test.connect();
    co_await client.send(publish(test.topic(), "x").qos(2).packet_id(7));
    co_await client.need<wire::Pubrec>();
    co_return Owing{std::move(client), PacketId(7)};
  }
  const auto level = owed == PacketType::puback ? QoS::at_least_once : QoS::exactly_once;
  auto pair = co_await connect_pair(test, level);
  pair.subscriber.acknowledge(Acknowledging::by_hand);
  co_await pair.publisher.publish(publish(test.topic(), "x").qos(level));
  const auto message = co_await pair.subscriber.need<wire::Publish>(payload("x"), qos(level));
  if (owed == PacketType::pubcomp) {
    co_await pair.subscriber.send(pubrec(message.packet_id->value()));
    co_await pair.subscriber.need<wire::Pubrel>();
  }
  co_return Owing{pair.subscriber, *message.packet_id};
}

/// Such a packet is a Protocol Error (1.2), on which the receiver closes the Network Connection (4.13.1). The broker is not required to
/// inspect the code.
Awaitable<void> should_close(Test& test, Row row, std::uint8_t code) {
  auto [client, id] = co_await make_client_owe(test, row.type);
  const std::uint8_t flags = row.type == PacketType::pubrel ? 0x02 : 0x00;
  co_await client.send_bytes(raw::packet(row.type, flags, raw::Builder().two_bytes(id.value()).byte(code)));
  co_await client.send(wire::Pingreq{});
  const bool is_served = co_await client.has_come(PacketType::pingresp);
  test.recommend(!is_served, "the broker closes the Network Connection", "it stayed open (PINGREQ was answered)");
  if (is_served) co_return;
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(wire::is_error(ending.disconnect->reason_code), "DISCONNECT with a Reason Code of 0x80 or above",
               wire::describe(*ending.disconnect, v5_0), because("", "4.13.1"));
}

}  // namespace

std::vector<Case> reason_code_cases() {
  std::vector<Case> cases;
  for (const Row& row : rows)
    for (const WrongCode& wrong : wrong_codes)
      cases.push_back({.id = fmt::format("reason-code/{}/{}", row.id, wrong.id),
                       .title = fmt::format("The broker should close the Network Connection on a {} with {}", row.name, wrong.words),
                       .checks = {row.check},
                       .needs = {row.type == PacketType::puback ? Capability::qos1 : Capability::qos2},
                       .run = [row, code = wrong.code](Test& test) { return should_close(test, row, code); }});
  return cases;
}

}  // namespace mqttspec::conformance
