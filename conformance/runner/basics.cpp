#include "conformance/runner/basics.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

/// A packet that a broker must send, and the statement that says so.
struct Basic {
  wire::PacketType answer;
  spec::Requirement owner;
};

constexpr Basic basics[] = {
    {wire::PacketType::connack, {"MQTT-3.1.4-4", "MQTT-3.1.4-5"}},    {wire::PacketType::publish, {"MQTT-4.5.0-1", "MQTT-4.5.0-1"}},
    {wire::PacketType::puback, {"MQTT-4.3.2-2", "MQTT-4.3.2-4"}},     {wire::PacketType::pubrec, {"MQTT-4.3.3-2", "MQTT-4.3.3-8"}},
    {wire::PacketType::pubrel, {"MQTT-4.3.3-1", "MQTT-4.3.3-4"}},     {wire::PacketType::pubcomp, {"MQTT-4.3.3-2", "MQTT-4.3.3-11"}},
    {wire::PacketType::suback, {"MQTT-3.8.4-1", "MQTT-3.8.4-1"}},     {wire::PacketType::unsuback, {"MQTT-3.10.4-4", "MQTT-3.10.4-4"}},
    {wire::PacketType::pingresp, {"MQTT-3.12.4-1", "MQTT-3.12.4-1"}},
};

}  // namespace

std::optional<wire::PacketType> lacking_basic(const Outcome& outcome, spec::ProtocolVersion version,
                                              const std::set<wire::PacketType>& received) {
  for (const Basic& basic : basics) {
    if (received.contains(basic.answer) || !outcome.awaited_in_vain.contains(basic.answer)) continue;
    if (std::ranges::find(outcome.blames, basic.owner.in(version), &Blame::clause) == outcome.blames.end()) return basic.answer;
  }
  return std::nullopt;
}

}  // namespace mqttspec::conformance
