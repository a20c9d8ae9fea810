// Packets sent together with CONNECT (3.1.4): they are processed if it is accepted, and ignored if it is refused.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::PacketType;
using wire::QoS;
using wire::ReasonCode;

struct Pipelined {
  std::string_view id;
  std::string_view words;  ///< "a QoS 1 PUBLISH"
  std::vector<Capability> needs;
  std::vector<wire::Packet> (*build)(Test& test);
  std::vector<PacketType> answers;  ///< in any order
  bool publishes;                   ///< whether it publishes the message "piped" to test.topic()
};

std::vector<Pipelined> rows() {
  using enum Capability;
  return {
      {"publish-qos0",
       "a QoS 0 PUBLISH",
       {},
       [](Test& test) -> std::vector<wire::Packet> { return {publish(test.topic(), "piped")}; },
       {},
       true},
      {"publish-qos1",
       "a QoS 1 PUBLISH",
       {qos1},
       [](Test& test) -> std::vector<wire::Packet> { return {publish(test.topic(), "piped").qos(1).packet_id(1)}; },
       {PacketType::puback},
       true},
      {"publish-qos2",
       "a QoS 2 PUBLISH",
       {qos2},
       [](Test& test) -> std::vector<wire::Packet> { return {publish(test.topic(), "piped").qos(2).packet_id(1)}; },
       {PacketType::pubrec},
       false},
      {"subscribe",
       "a SUBSCRIBE",
       {},
       [](Test& test) -> std::vector<wire::Packet> { return {subscribe(1, test.topic("other"))}; },
       {PacketType::suback},
       false},
      {"unsubscribe",
       "an UNSUBSCRIBE",
       {},
       [](Test& test) -> std::vector<wire::Packet> { return {unsubscribe(1, {test.topic("other")})}; },
       {PacketType::unsuback},
       false},
      {"pingreq", "a PINGREQ", {}, [](Test&) -> std::vector<wire::Packet> { return {wire::Pingreq{}}; }, {PacketType::pingresp}, false},
      {"publish-and-disconnect",
       "a QoS 1 PUBLISH and DISCONNECT",
       {qos1},
       [](Test& test) -> std::vector<wire::Packet> { return {publish(test.topic(), "piped").qos(1).packet_id(1), wire::Disconnect{}}; },
       {},
       true},
  };
}

Awaitable<Connection> watcher(Test& test) {
  auto watching = co_await test.connect();
  co_await establish(test, watching, watching, test.topic(), QoS::at_least_once);
  co_return watching;
}

std::vector<wire::Packet> together(wire::Connect connect, std::vector<wire::Packet> packets) {
  packets.insert(packets.begin(), std::move(connect));
  return packets;
}

Awaitable<void> is_processed(Test& test, const Pipelined& row) {
  auto watching = co_await watcher(test);
  auto client = co_await test.open();
  co_await client.send_together(together(test.connect_packet(), row.build(test)));
  co_await client.expect<wire::Connack>(code(ReasonCode::success));
  for (const auto type : row.answers)
    test.check(co_await client.has_come(type), fmt::format("{} after the CONNACK", wire::name(type)), "none");
  if (!row.publishes) co_return;
  co_await watching.expect<wire::Publish>(payload("piped"));
}

Awaitable<void> is_ignored(Test& test, const Pipelined& row) {
  auto watching = co_await watcher(test);
  auto client = co_await test.open();
  co_await client.send_together(together(make_unacceptable(test, test.connect_packet()), row.build(test)));
  const auto ending = co_await need_refusal(test, client);
  for (const auto& packet : ending.before)
    test.check(std::ranges::find(row.answers, wire::type_of(packet)) == row.answers.end(), "no answer to packets after a refused CONNECT",
               wire::describe(packet, test.version()));
  co_await watching.expect_nothing_more();
}

/// The broker does not retain the message either.
Awaitable<void> retains_nothing(Test& test) {
  auto client = co_await test.open();
  co_await client.send_together(
      together(make_unacceptable(test, test.connect_packet()), {publish(test.topic(), "after a refused CONNECT").retain()}));
  co_await need_refusal(test, client);
  auto later = co_await test.connect();
  co_await later.subscribe(test.topic(), QoS::at_least_once);
  co_await later.expect_nothing_more();
}

}  // namespace

std::vector<Case> pipelined_cases() {
  std::vector<Case> cases;
  for (const auto& row : rows()) {
    // A QoS 0 message may be lost.
    if (row.id != "publish-qos0")
      cases.push_back({.id = fmt::format("connect/pipelined/{}", row.id),
                       .title = fmt::format("{} sent together with CONNECT is processed", row.words),
                       .checks = {{v3_1_1, "3.1.4"}, {v5_0, "3.1.4"}},
                       .needs = row.needs,
                       .run = [row](Test& test) { return is_processed(test, row); }});
    if (row.id == "publish-and-disconnect") continue;
    cases.push_back({.id = fmt::format("connect/refused/{}", row.id),
                     .title = fmt::format("{} sent together with a CONNECT that is refused is ignored", row.words),
                     .checks = {{v3_1_1, "MQTT-3.1.4-5"}, {v5_0, "MQTT-3.1.4-6"}},
                     .needs = row.needs,
                     .run = [row](Test& test) { return is_ignored(test, row); }});
  }
  for (auto& each : cases) each.title.front() = 'A';  // they all start with "a" or "an"
  cases.push_back({.id = "connect/refused/retained-publish",
                   .title = "A retained message sent together with a CONNECT that is refused is not stored",
                   .checks = {{v3_1_1, "MQTT-3.1.4-5"}, {v5_0, "MQTT-3.1.4-6"}},
                   .needs = {Capability::retained},
                   .run = retains_nothing});
  return cases;
}

}  // namespace mqttspec::conformance
