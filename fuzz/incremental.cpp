// However a stream is cut, the Decoder gives the same packets and the same violation as whole packets do; and it keeps no more than it may.
// The input: version and direction, the Maximum Packet Size, how to cut; then the stream.

#include "fuzz/target.hpp"
#include "reference/wire/decoder.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace mqttspec::fuzz {
namespace {

/// Is read before it is known how long the packet is.
constexpr std::uint32_t longest_fixed_header = 5;

/// Everything that came out of a stream.
struct Outcome {
  std::vector<wire::Packet> packets;
  std::vector<std::optional<wire::Remark>> remarks;
  std::vector<std::optional<wire::Violation>> violations;  ///< of packets that could be read
  std::optional<wire::Violation> violation;
};

bool same(const std::optional<wire::Remark>& one, const std::optional<wire::Remark>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->clause == other->clause && one->offset == other->offset && one->explanation == other->explanation;
}

bool same(const std::optional<wire::Violation>& one, const std::optional<wire::Violation>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->rule == other->rule && one->clause == other->clause && one->offset == other->offset && one->explanation == other->explanation;
}

void check_same(const Outcome& one, const Outcome& other) {
  check(one.packets == other.packets, "other packets come out of a stream that is cut otherwise");
  check(std::ranges::equal(one.remarks, other.remarks, [](const auto& a, const auto& b) { return same(a, b); }), "the remarks differ");
  check(std::ranges::equal(one.violations, other.violations, [](const auto& a, const auto& b) { return same(a, b); }),
        "the violations in packets differ");
  check(same(one.violation, other.violation), "the violation differs where the stream is cut otherwise");
}

void note(Outcome& outcome, const wire::Decoded& decoded) {
  outcome.packets.push_back(wire::to_owned(decoded.packet));
  outcome.remarks.push_back(decoded.remark);
  outcome.violations.push_back(decoded.violation);
}

/// Any size for 0, else one from 2 bytes up.
std::uint32_t maximum_packet_size(std::uint8_t option) {
  if (option == 0) return wire::maximum_packet_size;
  return option < 0x80 ? 1u + option : (option - 0x7Fu) * 1'000;
}

/// Feeds pieces of random lengths, most of them short.
Outcome in_pieces(wire::ByteView stream, const wire::DecodeContext& context, unsigned seed) {
  Outcome outcome;
  wire::Decoder decoder(context);
  std::mt19937 random(seed);
  while (!stream.empty() && !outcome.violation) {
    wire::ByteView piece = take(stream, seed == 0 ? 1 : 1 + random() % (1u << random() % 12));
    while (!piece.empty() && !outcome.violation) {
      const std::size_t before = piece.size();
      const auto next = decoder.next(piece);
      check(decoder.buffered() <= std::max(context.maximum_packet_size, longest_fixed_header),
            "the Decoder keeps more than the Maximum Packet Size");
      if (!next)
        outcome.violation = next.error();
      else if (*next)
        note(outcome, **next);
      else
        check(piece.empty(), "the Decoder wants more, and has not taken all");
      check(outcome.violation || piece.size() < before, "the Decoder takes nothing");
    }
  }
  if (outcome.violation) {
    wire::ByteView more = stream;
    const auto next = decoder.next(more);
    check(!next && same(next.error(), outcome.violation), "a broken stream goes on");
  }
  return outcome;
}

/// Decodes packet by packet; what is left unfinished at the end is in `rest`.
Outcome whole(wire::ByteView stream, wire::DecodeContext context, wire::ByteView& rest) {
  Outcome outcome;
  while (!stream.empty() && !outcome.violation) {
    const wire::ByteView before = stream;
    const wire::ByteView packet = take_frame(stream);
    const auto decoded = wire::decode_view(packet, context);
    if (!decoded) {
      rest = before;
      outcome.violation = decoded.error();
    } else {
      note(outcome, *decoded);
      const auto* connect = std::get_if<wire::view::Connect>(&decoded->packet);
      if (connect != nullptr && context.from == wire::Direction::client_to_server) context.version = connect->version;
    }
  }
  return outcome;
}

/// The last packet may only be unfinished; then whole packets have an error where a stream has none yet.
void check_end(const Outcome& pieces, Outcome& packets, wire::ByteView rest) {
  if (!packets.violation || pieces.violation) return;
  wire::ByteView stream = rest;
  const bool is_whole = take_frame(stream).size() < rest.size();
  check(!is_whole && packets.violation->offset <= rest.size(), "a stream goes on behind a packet that is wrong");
  packets.violation.reset();
}

}  // namespace

void incremental(wire::ByteView input) {
  wire::DecodeContext context = context_of(take_byte(input));
  context.maximum_packet_size = maximum_packet_size(take_byte(input));
  const unsigned seed = take_byte(input);

  const Outcome cut = in_pieces(input, context, seed);
  check_same(cut, in_pieces(input, context, seed + 1));
  wire::ByteView rest;
  Outcome packets = whole(input, context, rest);
  check_end(cut, packets, rest);
  check_same(cut, packets);
}

}  // namespace mqttspec::fuzz
