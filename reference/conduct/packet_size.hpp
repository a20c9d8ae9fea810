#pragma once

#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstdint>

namespace mqttspec::conduct {

/// Which rules the sender of a large packet is judged by.
struct PacketSizeRules {
  RuleRef packet_too_large;
  RuleRef problem_information_too_large;
};

/// Maximum Packet Size of the other end (5.0). Where a Reason String or User Properties make a packet too large that could go without them,
/// the finding names the packet's own statement.
void judge_packet_size(const wire::Packet& packet, std::uint32_t maximum, const PacketSizeRules& rules, Report& report);

}  // namespace mqttspec::conduct
