#pragma once

#include "reference/wire/decoder.hpp"
#include "reference/wire/decoder_rules.hpp"
#include "reference/wire/judge.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

/// The fixed header: what kind of packet it is, and where it ends (2.1; 2.2 in 3.1.1).
namespace mqttspec::wire {

/// The Remaining Length, as far as it has been received (2.1.4; 2.2.3 in 3.1.1).
struct RemainingLength {
  enum class State : std::uint8_t { complete, incomplete, too_long } state;
  std::uint32_t value = 0;
  std::uint8_t width = 0;  ///< bytes
  bool minimal = true;

  std::size_t packet_size() const { return std::size_t{1} + width + value; }
};

/// @param bytes from the packet's first byte on
inline RemainingLength read_remaining_length(ByteView bytes) {
  using enum RemainingLength::State;
  if (bytes.size() > 1 && bytes[1] < 0x80) [[likely]]
    return {complete, bytes[1], 1};
  std::uint32_t value = 0;
  for (std::uint8_t i = 1; i <= 4; ++i) {
    if (i >= bytes.size()) return {incomplete};
    value |= (bytes[i] & 0x7Fu) << 7 * (i - 1);
    if (bytes[i] < 0x80) return {complete, value, i, bytes[i] != 0 || i == 1};
  }
  return {too_long};
}

namespace first_byte {

constexpr bool may_send(const PacketTypeRule& rule, Direction from, ProtocolVersion version) {
  const Senders senders = version == ProtocolVersion::v5_0 ? rule.senders_5_0 : rule.senders_3_1_1;
  const Senders sender = from == Direction::client_to_server ? Senders::client : Senders::server;
  return (std::to_underlying(senders) & std::to_underlying(sender)) != 0;
}

/// The flags of PUBLISH have rules of their own. In 3.1 a SUBSCRIBE, UNSUBSCRIBE or PUBREL that is sent again may have DUP set.
consteval bool flags_are_right(PacketType type, std::uint8_t flags, ProtocolVersion version) {
  const PacketTypeRule& rule = rule_of(type);
  if (type == PacketType::publish || flags == rule.flags) return true;
  return version == ProtocolVersion::v3_1 && rule.flags == 2 && flags == 0x0A;
}

/// A bit for each version and sender.
constexpr std::uint8_t bit_of(ProtocolVersion version, Direction from) {
  const int number = std::to_underlying(version) - std::to_underlying(ProtocolVersion::v3_1);
  return static_cast<std::uint8_t>(1 << (2 * number + std::to_underlying(from)));
}

/// The versions and senders whose packets may begin with each byte.
inline constexpr std::array<std::uint8_t, 256> right = [] {
  std::array<std::uint8_t, 256> bits{};
  for (unsigned byte = 0; byte < bits.size(); ++byte) {
    for (const auto version : {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0}) {
      for (const auto from : {Direction::client_to_server, Direction::server_to_client}) {
        const PacketType type{static_cast<std::uint8_t>(byte >> 4)};
        const bool fits = may_send(rule_of(type), from, version) && flags_are_right(type, byte & 0x0F, version);
        if (fits) bits[byte] |= bit_of(version, from);
      }
    }
  }
  return bits;
}();

constexpr bool is_right(std::uint8_t byte, ProtocolVersion version, Direction from) { return (right[byte] & bit_of(version, from)) != 0; }

}  // namespace first_byte

/// Whether a packet's fixed header needs no further check, whatever the version of a CONNECT turns out to be.
inline bool is_plain_header(ByteView packet, RemainingLength length, const DecodeContext& context) {
  return length.state == RemainingLength::State::complete && length.minimal && length.packet_size() == packet.size() &&
         packet.size() <= context.maximum_packet_size && first_byte::is_right(packet[0], context.version, context.from);
}

/// Checks the fixed header of what should be one whole packet, and gives the judge the version of a CONNECT.
void check_fixed_header(Judge& judge, RemainingLength length, const DecodeContext& context);

/// Checks the first bytes of a packet, one or more.
/// @return the first violation, if the packet cannot be read whatever follows
std::optional<Violation> check_beginning(ByteView bytes, const DecodeContext& context);

}  // namespace mqttspec::wire
