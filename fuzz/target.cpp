#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace mqttspec::fuzz {

using wire::ByteView;
using wire::Direction;
using wire::ProtocolVersion;

void fail(std::string_view what) {
  std::fprintf(stderr, "\nWRONG: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

wire::DecodeContext context_of(std::uint8_t option) {
  constexpr ProtocolVersion versions[] = {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0, ProtocolVersion::v5_0};
  return {.from = (option & 4) != 0 ? Direction::server_to_client : Direction::client_to_server, .version = versions[option & 3]};
}

std::uint8_t option_of(const wire::DecodeContext& context) {
  const int version = std::to_underlying(context.version) - std::to_underlying(ProtocolVersion::v3_1);
  return static_cast<std::uint8_t>(version | (context.from == Direction::server_to_client ? 4 : 0));
}

ByteView take(ByteView& input, std::size_t count) {
  const ByteView taken = input.first(std::min(count, input.size()));
  input = input.subspan(taken.size());
  return taken;
}

std::uint8_t take_byte(ByteView& input) {
  const ByteView byte = take(input, 1);
  return byte.empty() ? std::uint8_t{0} : byte[0];
}

ByteView take_frame(ByteView& input) {
  std::size_t length = 0;
  for (std::size_t i = 1; i <= 4 && i < input.size(); ++i) {
    length |= std::size_t{input[i] & 0x7Fu} << 7 * (i - 1);
    if (input[i] < 0x80) return take(input, 1 + i + length);
  }
  return take(input, input.size());
}

}  // namespace mqttspec::fuzz
