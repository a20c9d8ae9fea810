#pragma once

#include "reference/wire/types.hpp"

#include <cstdint>
#include <optional>

namespace mqttspec::mock_broker {

/// Cuts a stream into whole packets by their fixed headers alone (2.1), so that an Interceptor can look at a packet before it is decoded.
/// Keeps one unfinished packet at most, and never more than the limit.
class FrameSplitter {
 public:
  struct Frame {
    /// The packet; of one that is too large, or whose Remaining Length has no end, what has come of it.
    wire::Bytes bytes;
    bool too_large = false;
  };

  explicit FrameSplitter(std::uint32_t maximum_packet_size) : maximum_packet_size_(maximum_packet_size) {}

  /// Takes bytes from the front of `input` and shortens it by what it took. @return a packet, or nothing when `input` is used up. What
  /// follows a frame that is too large or broken is not to be trusted: stop then.
  std::optional<Frame> next(wire::ByteView& input);

 private:
  std::uint32_t maximum_packet_size_;
  wire::Bytes buffer_;
};

}  // namespace mqttspec::mock_broker
