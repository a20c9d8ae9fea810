#pragma once

#include "reference/transport/web_socket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

/// The frames of RFC 6455, section 5, without I/O. Beast's websocket::stream hides them, which section 6 of MQTT is about, and a read of it
/// cannot be cancelled without losing the connection.
namespace mqttspec::transport {

using Mask = std::array<std::uint8_t, 4>;

/// Clients mask what they send, servers do not (5.1).
enum class Masking : std::uint8_t { masked, unmasked };

/// RFC 6455, section 7.4.1.
namespace close_code {
constexpr std::uint16_t normal = 1000;
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t unsupported_data = 1003;
}  // namespace close_code

struct FrameViolation {
  std::uint16_t code = close_code::protocol_error;
  std::string_view explanation;
};

/// Cuts what a peer sends into frames. Holds a frame's header and the payload of a control frame (125 bytes at most), nothing else: however
/// long a frame says that it is, its payload is handed on as it comes.
class FrameReader {
 public:
  struct NeedsMore {};
  /// The header of a frame has come.
  struct Begun {
    FrameType type;
    std::uint64_t length;
  };
  /// Payload of a text or binary frame, or of its continuation.
  struct Data {
    std::size_t count;  ///< bytes put into `into`
  };
  /// A whole control frame.
  struct Control {
    FrameType type;
    std::span<const std::uint8_t> payload;  ///< until the next call
  };
  using Event = std::variant<NeedsMore, Begun, Data, Control>;

  explicit FrameReader(Masking expected) : expected_(expected) {}

  /// @param input what is taken is cut off its front  @param into is not empty
  std::expected<Event, FrameViolation> next(std::span<const std::uint8_t>& input, std::span<std::uint8_t> into);

 private:
  bool is_masked() const { return (head_[1] & 0x80) != 0; }
  std::size_t head_length() const;
  FrameType type() const { return static_cast<FrameType>(head_[0] & 0x0F); }
  bool is_final() const { return (head_[0] & 0x80) != 0; }
  std::optional<FrameViolation> check_start() const;
  std::expected<Event, FrameViolation> begin();
  std::size_t take(std::span<const std::uint8_t>& input, std::span<std::uint8_t> into);
  std::optional<Control> take_control(std::span<const std::uint8_t>& input);

  Masking expected_;
  std::array<std::uint8_t, 14> head_{};
  std::size_t head_size_ = 0;
  bool in_payload_ = false;
  bool in_message_ = false;  ///< the last data frame was not its message's final one
  std::uint64_t left_ = 0;
  Mask mask_{};
  std::size_t mask_at_ = 0;
  std::array<std::uint8_t, 125> control_{};
  std::size_t control_size_ = 0;
};

enum class Fin : std::uint8_t { more_follows, last };

/// Appends a frame. @param mask for what a client sends
void append_frame(std::vector<std::uint8_t>& out, Fin fin, FrameType type, std::span<const std::uint8_t> payload, std::optional<Mask> mask);

}  // namespace mqttspec::transport
