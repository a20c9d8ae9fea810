#include "fuzz/history.hpp"

#include <utility>

namespace mqttspec::fuzz {

std::optional<Event> take_event(wire::ByteView& input) {
  if (input.empty()) return std::nullopt;
  const unsigned byte = take_byte(input);
  Event event{.slot = byte & 3, .what = static_cast<Event::What>(byte >> 2 & 7), .argument = byte >> 5};
  if (event.has_packet()) event.data = take_frame(input);
  if (event.what == Event::What::raw_bytes) {
    const std::size_t count = take_byte(input);
    event.data = take(input, count);
  }
  return event;
}

std::uint8_t first_byte(const Event& event) {
  return static_cast<std::uint8_t>(event.slot | unsigned{std::to_underlying(event.what)} << 2 | event.argument << 5);
}

}  // namespace mqttspec::fuzz
