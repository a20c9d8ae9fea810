#include "reference/wire/decoder.hpp"
#include "reference/wire/framing.hpp"

#include <algorithm>

namespace mqttspec::wire {

[[gnu::always_inline]] inline std::expected<std::optional<Decoded>, Violation> Decoder::decode_packet(ByteView packet,
                                                                                                      const RemainingLength& length) {
  std::expected<std::optional<Decoded>, Violation> result(std::in_place, std::in_place, Undecided{}, packet, std::nullopt);
  Decoded& decoded = **result;
  decode_into(decoded, length, context_, broken_);
  if (broken_) [[unlikely]]
    result = std::unexpected(*broken_);
  else if (const auto* connect = std::get_if<view::Connect>(&decoded.packet)) [[unlikely]]
    context_.version = connect->version;
  return result;
}

std::expected<std::optional<Decoded>, Violation> Decoder::next(ByteView& input) {
  if (delivered_) [[unlikely]] {
    buffer_.clear();
    delivered_ = false;
  }
  if (buffer_.empty() && !broken_) [[likely]] {
    const RemainingLength length = read_remaining_length(input);
    const std::size_t size = length.packet_size();
    if (length.state == RemainingLength::State::complete && size <= input.size()) [[likely]] {
      const ByteView packet = input.first(size);
      input = input.subspan(size);
      return decode_packet(packet, length);
    }
  }
  return next_in_pieces(input);
}

/// A packet in pieces: its header byte by byte, for it tells how many belong to the packet; then what there is of the rest.
std::expected<std::optional<Decoded>, Violation> Decoder::next_in_pieces(ByteView& input) {
  if (broken_) return std::unexpected(*broken_);
  if (input.empty()) return std::nullopt;
  RemainingLength length = read_remaining_length(buffer_);
  while (length.state == RemainingLength::State::incomplete && !input.empty()) {
    buffer(input, 1);
    length = read_remaining_length(buffer_);
  }
  const bool complete = length.state == RemainingLength::State::complete;
  const bool fits = complete && length.packet_size() <= context_.maximum_packet_size;
  if (fits && buffer_.size() <= length.packet_size()) buffer(input, length.packet_size() - buffer_.size());
  if (complete && buffer_.size() == length.packet_size()) {
    delivered_ = true;
    return decode_packet(buffer_, length);
  }
  broken_ = check_beginning(buffer_, context_);
  if (broken_) return std::unexpected(*broken_);
  return std::nullopt;
}

void Decoder::buffer(ByteView& input, std::size_t count) {
  const ByteView bytes = input.first(std::min(count, input.size()));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  input = input.subspan(bytes.size());
}

}  // namespace mqttspec::wire
