#include "reference/wire/decoder.hpp"
#include "reference/wire/framing.hpp"

#include <algorithm>

namespace mqttspec::wire {

std::expected<std::optional<Decoded>, Violation> Decoder::next(ByteView& input) {
  if (broken_) return std::unexpected(*broken_);
  if (delivered_) {
    buffer_.clear();
    delivered_ = false;
  }
  if (input.empty()) return std::nullopt;

  if (buffer_.empty()) {
    const RemainingLength length = read_remaining_length(input);
    const std::size_t size = length.packet_size();
    if (length.state == RemainingLength::State::complete && size <= input.size()) [[likely]] {
      const ByteView packet = input.first(size);
      input = input.subspan(size);
      return decode_packet(packet);
    }
  }

  // A packet in pieces: its header byte by byte, for it tells how many belong to the packet; then what there is of the rest.
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
    return decode_packet(buffer_);
  }
  if (auto violation = check_beginning(buffer_, context_)) {
    broken_ = std::move(violation);
    return std::unexpected(*broken_);
  }
  return std::nullopt;
}

std::expected<std::optional<Decoded>, Violation> Decoder::decode_packet(ByteView packet) {
  std::expected<std::optional<Decoded>, Violation> result(std::in_place, std::in_place, Undecided{}, packet, std::nullopt);
  Decoded& decoded = **result;
  if (auto violation = decode_into(decoded, context_)) [[unlikely]] {
    broken_ = std::move(violation);
    result = std::unexpected(*broken_);
  } else if (const auto* connect = std::get_if<view::Connect>(&decoded.packet)) {
    context_.version = connect->version;
  }
  return result;
}

void Decoder::buffer(ByteView& input, std::size_t count) {
  const ByteView bytes = input.first(std::min(count, input.size()));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  input = input.subspan(bytes.size());
}

}  // namespace mqttspec::wire
