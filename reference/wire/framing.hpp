#pragma once

#include "reference/wire/decoder.hpp"

#include <cstdint>
#include <optional>

/// Where packets begin and end, for the decoder of one packet and the one of a stream.
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

/// Becomes a PacketView in the place where it is needed, without one being moved there.
struct Undecided {
  operator PacketView() const { return PacketView(std::in_place_type<view::Pingreq>); }
};

/// Decodes `decoded.bytes`, which begin with this Remaining Length, into the rest of it.
/// @param violation empty; receives what is wrong, and then `decoded` means nothing
void decode_into(Decoded& decoded, const RemainingLength& length, const DecodeContext& context, std::optional<Violation>& violation);

/// What is wrong already with the first bytes of a packet, one or more.
std::optional<Violation> check_beginning(ByteView bytes, const DecodeContext& context);

}  // namespace mqttspec::wire
