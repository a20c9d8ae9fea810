#pragma once

#include "reference/wire/decoder.hpp"

#include <cstddef>
#include <span>
#include <string_view>

/// Packets that are wrong in one way each, with what the decoder has to say of them. The tables are made to be extended: one row is one
/// packet.
namespace mqttspec::wire::testing {

struct Verdict {
  ViolationKind kind;
  ReasonCode reason_code;
};
inline constexpr Verdict malformed{ViolationKind::malformed, ReasonCode::malformed_packet};
inline constexpr Verdict protocol_error{ViolationKind::protocol_error, ReasonCode::protocol_error};
inline constexpr Verdict unsupported{ViolationKind::unsupported, ReasonCode::unsupported_protocol_version};
inline constexpr Verdict too_large{ViolationKind::too_large, ReasonCode::packet_too_large};
inline constexpr Verdict topic_alias_invalid{ViolationKind::protocol_error, ReasonCode::topic_alias_invalid};

inline constexpr auto v3_1 = ProtocolVersion::v3_1;
inline constexpr auto v3_1_1 = ProtocolVersion::v3_1_1;
inline constexpr auto v5_0 = ProtocolVersion::v5_0;
inline constexpr auto client = Direction::client_to_server;
inline constexpr auto server = Direction::server_to_client;

struct Malformed {
  std::string_view name;  ///< unique, words
  ProtocolVersion version;
  Direction from;
  std::string_view packet;  ///< in the notation of notation.hpp
  std::string_view clause;
  Verdict verdict;
  std::size_t offset;
  bool becomes_unreadable = false;  ///< after a violation of a rule that leaves a packet readable
};

/// What the first bytes tell already. A stream decoder waits where some of these end.
std::span<const Malformed> malformed_framing();
std::span<const Malformed> malformed_fixed_headers();
std::span<const Malformed> malformed_connects();
std::span<const Malformed> malformed_publishes();
std::span<const Malformed> malformed_acknowledgements();
std::span<const Malformed> malformed_subscriptions();
std::span<const Malformed> malformed_properties();
std::span<const Malformed> malformed_strings();

}  // namespace mqttspec::wire::testing
