#pragma once

#include "reference/transport/runtime.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <string>

namespace mqttspec::transport {

/// RFC 6455, section 5.2. The numbers are those of the standard.
enum class FrameType : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// What section 6 of MQTT is about, and a Stream hides. Stream::write() sends binary frames, each a message of its own.
class WebSocketControl {
 public:
  virtual ~WebSocketControl() = default;
  /// The WebSocket Subprotocol that the server has answered, as it stands there; "" when it answered none.
  virtual const std::string& subprotocol() const = 0;
  /// Sends one message, each piece of it as a frame of its own: the first of the given type, the others continuations.
  /// The pieces must live until it returns; it counts as a write. @pre type is text or binary, and there is a piece (std::invalid_argument)
  virtual Awaitable<std::expected<void, Error>> write_message(FrameType type, std::span<const std::span<const std::uint8_t>> pieces) = 0;
  /// How many frames of this type have begun to come.
  virtual std::uint64_t frames_received(FrameType type) const = 0;
};

}  // namespace mqttspec::transport
