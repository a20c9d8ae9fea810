#pragma once

#include "reference/wire/packet.hpp"
#include "reference/wire/types.hpp"

#include <cstdint>
#include <initializer_list>
#include <string_view>

/// Builds bytes that may be wrong in any way: the harness sends them, the codec's tests feed on them.
namespace mqttspec::wire::raw {

/// Remaining Length that a packet claims.
struct RemainingLength {
  std::uint32_t value;
  int width = 0;  ///< bytes to write it in (1..5), padded with non-minimal continuation; 0: as many as it needs
};

/// Appends fields one after another.
class Builder {
 public:
  Builder& byte(std::uint8_t value);
  Builder& bytes(ByteView values);
  Builder& bytes(std::initializer_list<std::uint8_t> values);
  Builder& two_bytes(std::uint16_t value);
  Builder& four_bytes(std::uint32_t value);
  /// @param width 0: as many bytes as it needs; else exactly so many (1..5), non-minimal if need be
  Builder& variable_byte_integer(std::uint32_t value, int width = 0);
  /// Two-byte length and data. @throws std::length_error beyond 65,535
  Builder& string(std::string_view text);
  /// A length that need not be true, and data.
  Builder& string(std::uint16_t claimed_length, std::string_view text);
  Builder& text(std::string_view text);  ///< without a length
  /// Property Length and the properties. `content` is built with a Builder of its own.
  Builder& properties(const Builder& content);
  Builder& property(PropertyId id);  ///< the identifier alone; its value follows by the calls above
  const Bytes& data() const { return data_; }

 private:
  Bytes data_;
};

/// A packet: first byte from type and flags (0..15), the true Remaining Length, and the rest.
Bytes packet(PacketType type, std::uint8_t flags, const Builder& rest);
/// The same with a first byte and a claimed length of one's own.
Bytes packet(std::uint8_t first_byte, RemainingLength claimed, const Builder& rest);

/// A valid packet with its lower four bits of the first byte replaced.
Bytes with_flags(Bytes packet, std::uint8_t flags);
/// The first `count` bytes.
Bytes truncated(Bytes packet, std::size_t count);
/// Remaining Length made to fit after bytes were appended to the end.
Bytes with_trailing(Bytes packet, ByteView extra);
/// One byte replaced. @throws std::out_of_range
Bytes with_byte(Bytes packet, std::size_t offset, std::uint8_t value);

}  // namespace mqttspec::wire::raw
