#pragma once

#include "reference/wire/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/// IPv4 packets as they might have been seen on a network. mqttspec sees streams of bytes and not what carries them, so addresses, ports
/// and sequence numbers are made up: such that other programs find the streams in them again.
namespace mqttspec::conformance::report {

/// An IPv4 packet, perhaps with less of its end than it had.
struct Frame {
  wire::Bytes bytes;
  std::size_t size = 0;  ///< of the whole packet
};

/// One TCP connection between a client of its own and port 1883 of the server.
class TcpConversation {
 public:
  /// @param number 0 or more, another one for each connection
  explicit TcpConversation(std::uint32_t number);

  /// The handshake.
  std::vector<Frame> open();
  /// Data in segments of at most 32 KiB. @param size of all data, of which `bytes` is the beginning
  std::vector<Frame> data(wire::Direction from, wire::ByteView bytes, std::size_t size);
  /// Both sides end.
  std::vector<Frame> close();

 private:
  struct Side {
    std::array<std::uint8_t, 4> address;
    std::uint16_t port;
    std::uint32_t next_sequence;
  };
  Frame acknowledgement();
  Frame segment(wire::Direction from, std::uint8_t flags, wire::ByteView bytes, std::size_t size);

  Side client_;
  Side server_;
  std::uint16_t next_identification_ = 1;
};

}  // namespace mqttspec::conformance::report
