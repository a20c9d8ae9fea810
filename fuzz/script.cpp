#include "fuzz/script.hpp"

#include <utility>

namespace mqttspec::fuzz {
namespace {

wire::Bytes copy(wire::ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Piece take_piece(wire::ByteView& input, const Layout& layout) {
  if (layout.kind == Layout::Kind::packets) return {.event = {}, .packet = copy(take_frame(input))};
  const wire::ByteView before = input;
  const Event event = *take_event(input);
  const std::size_t size = before.size() - input.size();
  if (event.has_packet()) return {.event = copy(before.first(1)), .packet = copy(event.data)};
  return {.event = copy(before.first(size)), .packet = {}};
}

}  // namespace

Script take_apart(wire::ByteView input, const Layout& layout) {
  Script script{.options = copy(take(input, layout.options)), .pieces = {}};
  script.options.resize(layout.options);
  while (!input.empty()) script.pieces.push_back(take_piece(input, layout));
  return script;
}

wire::Bytes put_together(const Script& script) {
  wire::Bytes input = script.options;
  for (const Piece& piece : script.pieces) {
    input.insert(input.end(), piece.event.begin(), piece.event.end());
    input.insert(input.end(), piece.packet.begin(), piece.packet.end());
  }
  return input;
}

Piece piece_of(const Layout& layout, unsigned slot, Event::What what, wire::Bytes packet) {
  Piece piece{.event = {}, .packet = std::move(packet)};
  if (layout.has_events()) piece.event.push_back(first_byte({.slot = slot, .what = what}));
  return piece;
}

}  // namespace mqttspec::fuzz
