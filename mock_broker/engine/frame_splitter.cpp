#include "mock_broker/engine/frame_splitter.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

constexpr std::size_t longest_fixed_header = 5;

struct Header {
  enum class State : std::uint8_t { unfinished, whole, endless } state;
  std::size_t packet_size = 0;
};

Header read_header(wire::ByteView bytes) {
  std::size_t remaining = 0;
  for (std::size_t at = 1; at < longest_fixed_header; ++at) {
    if (at >= bytes.size()) return {Header::State::unfinished};
    remaining |= static_cast<std::size_t>(bytes[at] & 0x7F) << (7 * (at - 1));
    if ((bytes[at] & 0x80) == 0) return {Header::State::whole, at + 1 + remaining};
  }
  return {Header::State::endless};
}

}  // namespace

std::optional<FrameSplitter::Frame> FrameSplitter::next(wire::ByteView& input) {
  const auto take = [&](std::size_t count) {
    count = std::min(count, input.size());
    buffer_.insert(buffer_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(count));
    input = input.subspan(count);
  };

  while (!input.empty()) {
    const Header before = read_header(buffer_);
    take(before.state == Header::State::whole ? before.packet_size - buffer_.size() : 1);
    const Header header = read_header(buffer_);
    if (header.state == Header::State::unfinished) continue;
    const bool too_large = header.packet_size > maximum_packet_size_;
    if (header.state == Header::State::endless || too_large || buffer_.size() == header.packet_size)
      return Frame{std::exchange(buffer_, {}), too_large};
  }
  return std::nullopt;
}

}  // namespace mqttspec::mock_broker
