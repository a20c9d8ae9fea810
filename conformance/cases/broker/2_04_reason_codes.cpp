// Acknowledgements with Reason Codes of 5.0 (2.4) that a client must not give in them.

#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
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
  Check check;  ///< that such a packet has one of its own codes
};
constexpr Row rows[] = {{PacketType::puback, "puback", "PUBACK", {v5_0, "MQTT-3.4.2-1"}},
                        {PacketType::pubrec, "pubrec", "PUBREC", {v5_0, "MQTT-3.5.2-1"}},
                        {PacketType::pubrel, "pubrel", "PUBREL", {v5_0, "MQTT-3.6.2-1"}},
                        {PacketType::pubcomp, "pubcomp", "PUBCOMP", {v5_0, "MQTT-3.7.2-1"}}};

struct Wrong {
  std::uint8_t code;
  std::string_view id;
  std::string_view words;
};
constexpr Wrong wrongs[] = {{0x05, "undefined", "that is not defined"}, {0x8E, "of-another-packet", "that belongs to other packets"}};

/// A client of which the broker waits for an acknowledgement with this Packet Identifier.
struct Debtor {
  Connection client;
  PacketId id;
};

Awaitable<Debtor> debtor(Test& test, PacketType owed) {
  if (owed == PacketType::pubrel) {
    auto client = co_await test.connect();
    co_await client.send(publish(test.topic(), "x").qos(2).packet_id(7));
    co_await client.need<wire::Pubrec>();
    co_return Debtor{std::move(client), PacketId(7)};
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
  co_return Debtor{pair.subscriber, *message.packet_id};
}

/// Such a packet is a Protocol Error (1.2), and whoever detects one closes (4.13.1). That a broker looks at the code it need not.
Awaitable<void> is_noticed(Test& test, Row row, std::uint8_t code) {
  auto [client, id] = co_await debtor(test, row.type);
  const std::uint8_t flags = row.type == PacketType::pubrel ? 0x02 : 0x00;
  co_await client.send_bytes(raw::packet(row.type, flags, raw::Builder().two_bytes(id.value()).byte(code)));
  co_await client.send(wire::Pingreq{});
  const bool goes_on = co_await client.has_come(PacketType::pingresp);
  test.recommend(!goes_on, "the Network Connection closed over a Protocol Error", "PINGRESP to a PINGREQ that followed");
  if (goes_on) co_return;
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(wire::is_error(ending.disconnect->reason_code), "a DISCONNECT that tells of an error",
               wire::describe(*ending.disconnect, v5_0), because("", "4.13.1"));
}

}  // namespace

std::vector<Case> reason_code_cases() {
  std::vector<Case> cases;
  for (const Row& row : rows)
    for (const Wrong& wrong : wrongs)
      cases.push_back({.id = fmt::format("reason-code/{}/{}", row.id, wrong.id),
                       .title = fmt::format("A {} with a Reason Code {} should end the connection", row.name, wrong.words),
                       .checks = {row.check},
                       .needs = {row.type == PacketType::puback ? Capability::qos1 : Capability::qos2},
                       .run = [row, code = wrong.code](Test& test) { return is_noticed(test, row, code); }});
  return cases;
}

}  // namespace mqttspec::conformance
