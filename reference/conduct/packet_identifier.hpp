#pragma once

#include "reference/wire/packet.hpp"

#include <optional>
#include <variant>

namespace mqttspec::conduct {

/// Whether the decoder has reported a packet for its Packet Identifier. It belongs to no exchange then, and is judged no further.
inline bool has_packet_identifier_0(const wire::Packet& packet) {
  return std::visit(
      [](const auto& p) {
        if constexpr (requires { p.packet_id.is_zero(); }) return p.packet_id.is_zero();
        if constexpr (requires { p.packet_id->is_zero(); }) return p.packet_id && p.packet_id->is_zero();
        return false;
      },
      packet);
}

}  // namespace mqttspec::conduct
