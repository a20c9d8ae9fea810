#include "fuzz/mutator.hpp"

#include "fuzz/change.hpp"
#include "fuzz/script.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

/// libFuzzer's own changes. @return the new size
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maximum);

namespace mqttspec::fuzz {
namespace {

using generators::Choices;
using wire::Direction;

/// Room that libFuzzer's changes to one packet have.
constexpr std::size_t most_added = 32;

class Mutation {
 public:
  Mutation(const Layout& layout, unsigned seed) : layout_(layout), choices_(seed) {}

  Choices& choices() { return choices_; }

  void change(Script& script) {
    for (auto left = choices_.between(1, 3); left > 0; --left) change_once(script);
  }

 private:
  void change_once(Script& script) {
    constexpr void (Mutation::* ways[])(Script&) = {
        &Mutation::change_packet, &Mutation::change_packet, &Mutation::change_packet, &Mutation::change_bytes, &Mutation::change_length,
        &Mutation::insert_packet, &Mutation::insert_packet, &Mutation::insert_event,  &Mutation::change_event, &Mutation::repeat,
        &Mutation::leave_out,     &Mutation::exchange,      &Mutation::change_options};
    (this->*choices_.one_of(ways))(script);
  }

  // ---- Whole pieces

  std::size_t place_in(const Script& script) { return choices_.below(script.pieces.size() + 1); }
  Piece* any_piece(Script& script) { return script.pieces.empty() ? nullptr : &script.pieces[choices_.below(script.pieces.size())]; }
  void insert(Script& script, Piece piece) {
    script.pieces.insert(script.pieces.begin() + static_cast<std::ptrdiff_t>(place_in(script)), std::move(piece));
  }

  void insert_packet(Script& script) {
    const unsigned slot = choices_.below(Event::slots);
    const auto what = choices_.flag() ? Event::What::server_packet : Event::What::client_packet;
    Piece piece = piece_of(layout_, slot, what, {});
    const auto context = context_for(script, piece);
    piece.packet = wire::encode(related_packet(choices_, context.version, context.from), context.version);
    insert(script, std::move(piece));
  }
  void insert_event(Script& script) {
    if (!layout_.has_events()) return insert_packet(script);
    const auto byte = static_cast<std::uint8_t>(choices_.below(256));
    const wire::Bytes one = {byte};
    wire::ByteView input = one;
    const bool brings_something = take_event(input)->has_packet();
    if (!brings_something) insert(script, {.event = one, .packet = {}});
  }
  void repeat(Script& script) {
    if (const auto* piece = any_piece(script)) insert(script, Piece(*piece));
  }
  void leave_out(Script& script) {
    if (!script.pieces.empty()) script.pieces.erase(script.pieces.begin() + choices_.below(script.pieces.size()));
  }
  void exchange(Script& script) {
    if (!script.pieces.empty()) std::swap(*any_piece(script), *any_piece(script));
  }
  void change_event(Script& script) {
    auto* piece = any_piece(script);
    if (piece != nullptr && !piece->event.empty()) flip_a_bit(piece->event[0]);
  }
  void change_options(Script& script) {
    if (!script.options.empty()) script.options[choices_.below(script.options.size())] = static_cast<std::uint8_t>(choices_.below(256));
  }

  // ---- Inside a packet

  wire::DecodeContext context_for(const Script& script, const Piece& piece) {
    wire::DecodeContext context = context_of(script.options.empty() ? std::uint8_t{0} : script.options[0]);
    if (piece.event.empty()) return context;
    wire::ByteView event = piece.event;
    const bool from_server = layout_.kind == Layout::Kind::exchange && take_event(event)->what == Event::What::server_packet;
    context.from = from_server ? Direction::server_to_client : Direction::client_to_server;
    return context;
  }

  Piece* any_packet(Script& script) {
    auto* piece = any_piece(script);
    return piece == nullptr || piece->packet.empty() ? nullptr : piece;
  }

  /// Decodes, changes, encodes. What is no packet, or no longer can be one, is changed as bytes.
  void change_packet(Script& script) {
    auto* piece = any_packet(script);
    if (piece == nullptr) return insert_packet(script);
    const auto context = context_for(script, *piece);
    auto packet = wire::decode(piece->packet, context);
    if (!packet) return change_bytes_of(*piece);
    const auto* connect = std::get_if<wire::Connect>(&*packet);
    const auto version = connect != nullptr ? connect->version : context.version;
    fuzz::change(*packet, choices_, version, context.from);
    try {
      piece->packet = wire::encode(*packet, version);
    } catch (const std::logic_error&) {
      change_bytes_of(*piece);
    }
  }

  void change_bytes(Script& script) {
    if (auto* piece = any_packet(script)) change_bytes_of(*piece);
  }
  /// Changes what stands behind the fixed header, whose length is then made to fit; or flags.
  void change_bytes_of(Piece& piece) {
    if (choices_.once_in(6)) return flip_a_bit(piece.packet[0]);
    std::size_t header = 1;
    while (header < piece.packet.size() && header < 5 && (piece.packet[header] & 0x80) != 0) ++header;
    header = std::min(header + 1, piece.packet.size());
    wire::Bytes rest(piece.packet.begin() + static_cast<std::ptrdiff_t>(header), piece.packet.end());
    const std::size_t size = rest.size();
    rest.resize(size + most_added);
    rest.resize(LLVMFuzzerMutate(rest.data(), size, rest.size()));
    piece.packet = wire::raw::packet(piece.packet[0], {.value = static_cast<std::uint32_t>(rest.size())}, wire::raw::Builder().bytes(rest));
  }
  /// The Remaining Length does not tell the truth, or takes its time.
  void change_length(Script& script) {
    auto* piece = any_packet(script);
    if (piece == nullptr || piece->packet.size() < 2 || piece->packet[1] >= 0x80) return;
    const std::uint32_t length = piece->packet[1];
    const wire::Bytes rest(piece->packet.begin() + 2, piece->packet.end());
    constexpr int widths[] = {0, 2, 3, 4, 5};
    const std::uint32_t claimed = choices_.flag() ? length : length + choices_.below(5) - std::min(length, 2u);
    piece->packet =
        wire::raw::packet(piece->packet[0], {.value = claimed, .width = choices_.one_of(widths)}, wire::raw::Builder().bytes(rest));
  }

  void flip_a_bit(std::uint8_t& byte) { byte = static_cast<std::uint8_t>(byte ^ 1u << choices_.below(8)); }

  const Layout& layout_;
  Choices choices_;
};

std::size_t put(wire::ByteView bytes, std::span<std::uint8_t> out) {
  std::ranges::copy(bytes, out.begin());
  return bytes.size();
}

/// The beginning of one and the end of the other.
std::size_t splice(wire::ByteView one, wire::ByteView other, std::span<std::uint8_t> out, Choices& choices) {
  const std::size_t room = out.size();
  const std::size_t begun = put(one.first(std::min<std::size_t>(choices.below(one.size() + 1), room)), out);
  const wire::ByteView rest = other.last(std::min<std::size_t>(choices.below(other.size() + 1), room - begun));
  return begun + put(rest, out.subspan(begun));
}

}  // namespace

std::size_t mutate(std::span<std::uint8_t> buffer, std::size_t size, const Layout& layout, unsigned seed) {
  Mutation mutation(layout, seed);
  const auto by_libfuzzer = [&] { return LLVMFuzzerMutate(buffer.data(), size, buffer.size()); };
  if (layout.kind == Layout::Kind::bytes || mutation.choices().once_in(8)) return by_libfuzzer();
  Script script = take_apart(buffer.first(size), layout);
  mutation.change(script);
  const wire::Bytes changed = put_together(script);
  return changed.size() > buffer.size() ? by_libfuzzer() : put(changed, buffer);
}

std::size_t cross_over(wire::ByteView one, wire::ByteView other, std::span<std::uint8_t> out, const Layout& layout, unsigned seed) {
  Choices choices(seed);
  if (layout.kind == Layout::Kind::bytes) return splice(one, other, out, choices);
  Script script = take_apart(one, layout);
  const Script from = take_apart(other, layout);
  if (!from.pieces.empty()) {
    const std::size_t place = choices.below(script.pieces.size() + 1);
    const std::size_t first = choices.below(from.pieces.size());
    const std::size_t count = 1 + choices.below(from.pieces.size() - first);
    const auto begin = from.pieces.begin() + static_cast<std::ptrdiff_t>(first);
    if (choices.flag()) script.pieces.resize(place);
    script.pieces.insert(script.pieces.begin() + static_cast<std::ptrdiff_t>(place), begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  const wire::Bytes crossed = put_together(script);
  return crossed.size() <= out.size() ? put(crossed, out) : splice(one, other, out, choices);
}

}  // namespace mqttspec::fuzz
