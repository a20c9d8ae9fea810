#include "reference/conduct/packet_size.hpp"

#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <variant>

namespace mqttspec::conduct {
namespace {

using wire::PacketType;
using wire::PropertyId;

constexpr auto v5_0 = spec::ProtocolVersion::v5_0;

/// Packets whose Reason String and User Properties are left away where they make the packet too large.
struct Optional {
  PacketType type;
  spec::Clause reason_string;
  spec::Clause user_properties;
};
constexpr auto optional_properties = std::to_array<Optional>({
    {PacketType::connack, {v5_0, "MQTT-3.2.2-19"}, {v5_0, "MQTT-3.2.2-20"}},
    {PacketType::puback, {v5_0, "MQTT-3.4.2-2"}, {v5_0, "MQTT-3.4.2-3"}},
    {PacketType::pubrec, {v5_0, "MQTT-3.5.2-2"}, {v5_0, "MQTT-3.5.2-3"}},
    {PacketType::pubrel, {v5_0, "MQTT-3.6.2-2"}, {v5_0, "MQTT-3.6.2-3"}},
    {PacketType::pubcomp, {v5_0, "MQTT-3.7.2-2"}, {v5_0, "MQTT-3.7.2-3"}},
    {PacketType::suback, {v5_0, "MQTT-3.9.2-1"}, {v5_0, "MQTT-3.9.2-2"}},
    {PacketType::unsuback, {v5_0, "MQTT-3.11.2-1"}, {v5_0, "MQTT-3.11.2-2"}},
    {PacketType::disconnect, {v5_0, "MQTT-3.14.2-3"}, {v5_0, "MQTT-3.14.2-4"}},
    {PacketType::auth, {v5_0, "MQTT-3.15.2-2"}, {v5_0, "MQTT-3.15.2-3"}},
});

/// The statement about the packet's Reason String or User Properties; empty if it has none of them that could be left away.
spec::Clause statement_of(const wire::Packet& packet) {
  const auto found = std::ranges::find(optional_properties, type_of(packet), &Optional::type);
  if (found == optional_properties.end()) return {};
  return std::visit(
      [&](const auto& p) -> spec::Clause {
        if constexpr (requires { p.properties; }) {
          if (p.properties.has(PropertyId::reason_string)) return found->reason_string;
          if (p.properties.has(PropertyId::user_property)) return found->user_properties;
        }
        return {};
      },
      packet);
}

}  // namespace

void judge_packet_size(const wire::Packet& packet, std::uint32_t maximum, const PacketSizeRules& rules, Report& report) {
  const std::size_t size = wire::encoded_size(packet, report.version());
  if (size <= maximum) return;
  const std::string came = std::string(wire::name(type_of(packet))) + " of " + std::to_string(size) + " bytes came";
  const std::string limit = ", and the receiver's Maximum Packet Size is " + std::to_string(maximum);
  const spec::Clause statement = statement_of(packet);
  if (statement.empty())
    report.violate(rules.packet_too_large, came + limit + ".");
  else
    report.violate(rules.problem_information_too_large, statement,
                   came + limit + "; its Reason String or User Properties could have been left away.");
}

}  // namespace mqttspec::conduct
