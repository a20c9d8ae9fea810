#pragma once

#include "reference/spec/catalogue.hpp"
#include "reference/wire/reason_code.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqttspec::wire {

/// How a packet is wrong, in the terms of 5.0 (1.2, 4.13).
enum class ViolationKind : std::uint8_t {
  malformed,       ///< a Malformed Packet
  protocol_error,  ///< a Protocol Error that the packet alone shows
  too_large,       ///< longer than the receiver's Maximum Packet Size
  unsupported,     ///< a Protocol Name or Protocol Level other than those of 3.1, 3.1.1 and 5.0
};

/// Whether the fields of a packet can be read although it breaks a rule. This is independent of the ViolationKind: 5.0 calls reserved
/// flags malformed, and yet every field after them is where it should be.
enum class Readability : std::uint8_t { readable, unreadable };

/// One rule that the bytes of a packet must keep. All of them are in decoder_rules.hpp.
struct Rule {
  std::string_view id;            ///< "codec/reserved-flags"
  spec::Requirement requirement;  ///< empty in a version that does not have the rule
  ViolationKind kind;
  Readability readability;
  std::string_view summary;                                  ///< what the rule requires, in one line
  std::optional<ReasonCode> own_reason_code = std::nullopt;  ///< where it is not the one for the kind

  /// The Reason Code that 5.0 gives to a receiver for its answer.
  constexpr ReasonCode reason_code() const {
    if (own_reason_code) return *own_reason_code;
    switch (kind) {
      case ViolationKind::malformed: return ReasonCode::malformed_packet;
      case ViolationKind::protocol_error: return ReasonCode::protocol_error;
      case ViolationKind::too_large: return ReasonCode::packet_too_large;
      case ViolationKind::unsupported: return ReasonCode::unsupported_protocol_version;
    }
    return ReasonCode::malformed_packet;
  }
};

/// What is wrong with the bytes of one packet.
struct Violation {
  const Rule* rule;         ///< never null; lives as long as the program
  spec::Clause clause;      ///< the statement, or the section where it has no number; may be more precise than the rule's
  std::size_t offset = 0;   ///< of the offending byte, counted from the packet's first byte
  std::string explanation;  ///< one sentence for people

  ViolationKind kind() const { return rule->kind; }
  ReasonCode reason_code() const { return rule->reason_code(); }
};

}  // namespace mqttspec::wire
