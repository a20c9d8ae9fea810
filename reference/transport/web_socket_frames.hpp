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

/// The frames of RFC 6455, section 5, without I/O. Beast's websocket::stream hides the frames, which section 6 of MQTT is about, and its
/// reads cannot be cancelled without losing the connection.
namespace mqttspec::transport {

using Mask = std::array<std::uint8_t, 4>;

/// Clients mask their frames, servers do not (5.1).
enum class Masking : std::uint8_t { masked, unmasked };

/// RFC 6455, section 7.4.1.
namespace close_code {
constexpr std::uint16_t normal = 1000;
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t unsupported_data = 1003;
constexpr std::uint16_t policy_violation = 1008;
}  // namespace close_code

/// Data frames in a row that may be empty. RFC 6455 sets no limit, but a peer that sends nothing else costs time and never sends a packet.
constexpr std::size_t most_empty_frames = 1'000;

struct FrameViolation {
  std::uint16_t code = close_code::protocol_error;
  std::string_view explanation;
};

/// Splits the bytes of a peer into frames. Keeps only the header of a frame and the payload of a control frame (at most 125 bytes). The
/// payload of a data frame is passed on as it arrives, however long the frame is.
class FrameReader {
 public:
  struct NeedsMore {};
  /// The header of a frame was received.
  struct Begun {
    FrameType type;
    std::uint64_t length;
  };
  /// Payload of a text or binary frame, or of its continuation.
  struct Data {
    std::size_t count;  ///< bytes copied to `into`
  };
  /// A whole control frame.
  struct Control {
    FrameType type;
    std::span<const std::uint8_t> payload;  ///< until the next call
  };
  using Event = std::variant<NeedsMore, Begun, Data, Control>;

  explicit FrameReader(Masking expected) : expected_(expected) {}

  /// @param input is shortened by the bytes that were read  @param into must not be empty
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
  bool in_message_ = false;  ///< the last data frame was not the final one of its message
  std::uint64_t left_ = 0;
  std::size_t empty_frames_ = 0;  ///< data frames since the last one with a payload
  Mask mask_{};
  std::size_t mask_at_ = 0;
  std::array<std::uint8_t, 125> control_{};
  std::size_t control_size_ = 0;
};

enum class Fin : std::uint8_t { more_follows, last };

/// Appends a frame. @param mask for the frames of a client
void append_frame(std::vector<std::uint8_t>& out, Fin fin, FrameType type, std::span<const std::uint8_t> payload, std::optional<Mask> mask);

}  // namespace mqttspec::transport
