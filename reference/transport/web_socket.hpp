#pragma once

#include "reference/transport/runtime.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <string>

namespace mqttspec::transport {

/// RFC 6455, section 5.2. The numbers are those of the standard.
enum class FrameType : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The frames, which section 6 of MQTT is about and a Stream hides. Stream::write() sends each message in one binary frame.
class WebSocketControl {
 public:
  virtual ~WebSocketControl() = default;
  /// The WebSocket subprotocol in the server's answer; "" if there is none.
  virtual const std::string& subprotocol() const = 0;
  /// Sends one message with each piece in its own frame: the first of the given type, the others continuations. The pieces must live until
  /// it returns. Counts as a write. @pre type is text or binary, and there is at least one piece (std::invalid_argument)
  virtual Awaitable<std::expected<void, Error>> write_message(FrameType type, std::span<const std::span<const std::uint8_t>> pieces) = 0;
  /// The number of frames of this type of which the header was received.
  virtual std::uint64_t frames_received(FrameType type) const = 0;
};

}  // namespace mqttspec::transport
