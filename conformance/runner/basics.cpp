#include "conformance/runner/basics.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

/// A packet that a broker must send, and a statement that is broken if it never comes.
struct Basic {
  wire::PacketType answer;
  spec::Requirement owner;
};

constexpr Basic basics[] = {
    {wire::PacketType::connack, {"MQTT-3.1.4-4", "MQTT-3.1.4-5"}},
    {wire::PacketType::connack, {"MQTT-7.1.1-1", "MQTT-4.2-1"}},  // nothing shows that its transport works
    {wire::PacketType::publish, {"MQTT-4.5.0-1", "MQTT-4.5.0-1"}},
    {wire::PacketType::puback, {"MQTT-4.3.2-2", "MQTT-4.3.2-4"}},
    {wire::PacketType::pubrec, {"MQTT-4.3.3-2", "MQTT-4.3.3-8"}},
    {wire::PacketType::puback, {"", "MQTT-3.2.2-9"}},  // a QoS that is not supported, and nothing says so
    {wire::PacketType::pubrec, {"", "MQTT-3.2.2-9"}},
    {wire::PacketType::pubrel, {"MQTT-4.3.3-1", "MQTT-4.3.3-4"}},
    {wire::PacketType::pubcomp, {"MQTT-4.3.3-2", "MQTT-4.3.3-11"}},
    {wire::PacketType::suback, {"MQTT-3.8.4-1", "MQTT-3.8.4-1"}},
    {wire::PacketType::unsuback, {"MQTT-3.10.4-4", "MQTT-3.10.4-4"}},
    {wire::PacketType::pingresp, {"MQTT-3.12.4-1", "MQTT-3.12.4-1"}},
};

bool is_basic(wire::PacketType type) { return std::ranges::find(basics, type, &Basic::answer) != std::end(basics); }

bool is_owned(wire::PacketType type, spec::ProtocolVersion version, const std::vector<Blame>& blames) {
  return std::ranges::any_of(basics, [&](const Basic& basic) {
    return basic.answer == type && std::ranges::find(blames, basic.owner.in(version), &Blame::clause) != blames.end();
  });
}

}  // namespace

std::optional<wire::PacketType> lacking_basic(const Outcome& outcome, spec::ProtocolVersion version,
                                              const std::set<wire::PacketType>& received) {
  for (const auto type : outcome.awaited_in_vain)
    if (is_basic(type) && !received.contains(type) && !is_owned(type, version, outcome.blames)) return type;
  return std::nullopt;
}

}  // namespace mqttspec::conformance
