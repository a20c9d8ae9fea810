#pragma once

#include "reference/spec/catalogue.hpp"
#include "reference/wire/reason_code.hpp"

#include <cstddef>
#include <string>

namespace mqttspec::wire {

/// How a packet is wrong (5.0, 1.2 and 4.13).
enum class ViolationKind : std::uint8_t {
  malformed,       ///< it cannot be parsed
  protocol_error,  ///< it can be parsed and must not have been sent so
  too_large,       ///< longer than the receiver's Maximum Packet Size
  unsupported,     ///< a Protocol Name or Protocol Level that is none of 3.1, 3.1.1, 5.0
};

/// What is wrong with the bytes of one packet.
struct Violation {
  ViolationKind kind = ViolationKind::malformed;
  spec::Clause clause;                                    ///< the statement, or the section where it has no number
  ReasonCode reason_code = ReasonCode::malformed_packet;  ///< what a 5.0 receiver answers with
  std::size_t offset = 0;                                 ///< of the offending byte, counted from the packet's first byte
  std::string explanation;                                ///< one sentence for people
};

}  // namespace mqttspec::wire
