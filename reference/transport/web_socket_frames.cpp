#include "reference/transport/web_socket_frames.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mqttspec::transport {
namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;
constexpr std::size_t longest_control = 125;

bool is_control(FrameType type) { return type >= FrameType::close; }

bool is_known(FrameType type) { return type <= FrameType::binary || (type >= FrameType::close && type <= FrameType::pong); }

/// @return the number of bytes of the extended length
std::size_t extra_length_bytes(std::uint8_t length) {
  if (length == length_in_8_bytes) return 8;
  return length == length_in_2_bytes ? 2 : 0;
}

std::uint64_t read_number(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = number << 8 | byte;
  return number;
}

void append_number(std::vector<std::uint8_t>& out, std::uint64_t number, unsigned bytes) {
  for (unsigned shift = bytes * 8; shift > 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> (shift - 8)));
}

/// Masks or unmasks, eight bytes at a time. @param from index in the mask for the first byte
void apply_mask(std::span<std::uint8_t> bytes, const Mask& mask, std::size_t from) {
  std::array<std::uint8_t, 8> pattern{};
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = mask[(from + i) % mask.size()];
  const auto key = std::bit_cast<std::uint64_t>(pattern);
  std::size_t done = 0;
  for (; done + sizeof key <= bytes.size(); done += sizeof key) {
    std::uint64_t word = 0;
    std::memcpy(&word, &bytes[done], sizeof word);
    word ^= key;
    std::memcpy(&bytes[done], &word, sizeof word);
  }
  for (std::size_t i = 0; done < bytes.size(); ++i, ++done) bytes[done] ^= pattern[i];
}

std::unexpected<FrameViolation> wrong(std::string_view explanation) {
  return std::unexpected(FrameViolation{.code = close_code::protocol_error, .explanation = explanation});
}

}  // namespace

std::size_t FrameReader::head_length() const {
  if (head_size_ < 2) return 2;
  return 2 + extra_length_bytes(head_[1] & 0x7F) + (is_masked() ? 4 : 0);
}

/// Checks the first two bytes, so that a peer that does not use WebSocket is detected at once.
std::optional<FrameViolation> FrameReader::check_start() const {
  const auto violation = [](std::string_view explanation) { return FrameViolation{.explanation = explanation}; };
  if ((head_[0] & reserved_bits) != 0) return violation("a WebSocket frame has reserved bits set");
  if (!is_known(type())) return violation("a WebSocket frame has a reserved opcode");
  if (is_masked() != (expected_ == Masking::masked)) {
    return violation(is_masked() ? "a WebSocket frame from a server is masked" : "a WebSocket frame from a client is not masked");
  }
  if (is_control(type())) {
    if (!is_final()) return violation("a WebSocket control frame is fragmented");
    if ((head_[1] & 0x7F) > longest_control) return violation("a WebSocket control frame has more than 125 bytes");
  } else if ((type() == FrameType::continuation) != in_message_) {
    return violation(in_message_ ? "a WebSocket message begins inside another"
                                 : "a WebSocket continuation frame has no message to continue");
  }
  return std::nullopt;
}

std::expected<FrameReader::Event, FrameViolation> FrameReader::begin() {
  const std::uint8_t short_length = head_[1] & 0x7F;
  const auto extra = extra_length_bytes(short_length);
  left_ = extra == 0 ? short_length : read_number(std::span(head_).subspan(2, extra));
  if (left_ >> 63 != 0) return wrong("the length of a WebSocket frame has its highest bit set");
  if (extra == 2 && left_ < length_in_2_bytes) return wrong("the length of a WebSocket frame is not encoded in the shortest form");
  if (extra == 8 && left_ <= 0xFFFF) return wrong("the length of a WebSocket frame is not encoded in the shortest form");
  if (is_masked()) std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + extra), mask_.size(), mask_.begin());
  mask_at_ = control_size_ = head_size_ = 0;
  in_payload_ = true;
  if (!is_control(type())) {
    in_message_ = !is_final();
    empty_frames_ = left_ == 0 ? empty_frames_ + 1 : 0;
    if (empty_frames_ > most_empty_frames) {
      return std::unexpected(
          FrameViolation{.code = close_code::policy_violation, .explanation = "too many WebSocket frames without payload in a row"});
    }
  }
  return Begun{.type = type(), .length = left_};
}

std::size_t FrameReader::take(std::span<const std::uint8_t>& input, std::span<std::uint8_t> into) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, std::min(input.size(), into.size())));
  std::copy_n(input.begin(), count, into.begin());
  if (is_masked()) {
    apply_mask(into.first(count), mask_, mask_at_);
    mask_at_ = (mask_at_ + count) % mask_.size();
  }
  input = input.subspan(count);
  left_ -= count;
  return count;
}

std::optional<FrameReader::Control> FrameReader::take_control(std::span<const std::uint8_t>& input) {
  control_size_ += take(input, std::span(control_).subspan(control_size_));
  if (left_ > 0) return std::nullopt;
  in_payload_ = false;
  return Control{.type = type(), .payload = std::span(control_).first(control_size_)};
}

std::expected<FrameReader::Event, FrameViolation> FrameReader::next(std::span<const std::uint8_t>& input, std::span<std::uint8_t> into) {
  while (true) {
    if (in_payload_ && is_control(type())) {
      if (const auto control = take_control(input)) return *control;
      return NeedsMore{};
    }
    if (in_payload_ && left_ > 0) {
      if (input.empty()) return NeedsMore{};
      return Data{take(input, into)};
    }
    in_payload_ = false;
    if (input.empty()) return NeedsMore{};
    head_[head_size_++] = input.front();
    input = input.subspan(1);
    if (head_size_ == 2) {
      if (const auto violation = check_start()) return std::unexpected(*violation);
    }
    if (head_size_ == head_length()) return begin();
  }
}

void append_frame(std::vector<std::uint8_t>& out, Fin fin, FrameType type, std::span<const std::uint8_t> payload,
                  std::optional<Mask> mask) {
  out.push_back(static_cast<std::uint8_t>((fin == Fin::last ? fin_bit : 0) | static_cast<std::uint8_t>(type)));
  const std::uint8_t masked = mask ? mask_bit : 0;
  if (payload.size() < length_in_2_bytes) {
    out.push_back(static_cast<std::uint8_t>(masked | payload.size()));
  } else if (payload.size() <= 0xFFFF) {
    out.push_back(masked | length_in_2_bytes);
    append_number(out, payload.size(), 2);
  } else {
    out.push_back(masked | length_in_8_bytes);
    append_number(out, payload.size(), 8);
  }
  if (mask) out.insert(out.end(), mask->begin(), mask->end());
  const auto start = out.size();
  out.insert(out.end(), payload.begin(), payload.end());
  if (mask) apply_mask(std::span(out).subspan(start), *mask, 0);
}

}  // namespace mqttspec::transport
