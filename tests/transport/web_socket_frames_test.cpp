#include "reference/transport/web_socket_frames.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace mqttspec::transport::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr Mask mask{0x11, 0x22, 0x33, 0x44};

std::string name(FrameType type) { return std::to_string(static_cast<int>(type)); }

/// The events that a reader reports for the bytes, in pieces of one size: "[type length]", data as characters, "(control payload)", "!code"
/// for a violation.
std::string events_of(Masking expected, const Bytes& bytes, std::size_t piece) {
  FrameReader reader(expected);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    while (true) {
      std::array<std::uint8_t, 50> into{};
      const auto event = reader.next(input, into);
      if (!event) return text + "!" + std::to_string(event.error().code);
      if (std::holds_alternative<FrameReader::NeedsMore>(*event)) break;
      if (const auto* begun = std::get_if<FrameReader::Begun>(&*event))
        text += "[" + name(begun->type) + " " + std::to_string(begun->length) + "]";
      if (const auto* data = std::get_if<FrameReader::Data>(&*event))
        text.append(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(data->count));
      if (const auto* control = std::get_if<FrameReader::Control>(&*event))
        text += "(" + std::string(control->payload.begin(), control->payload.end()) + ")";
    }
  }
  return text;
}

Bytes frame(Fin fin, FrameType type, std::string_view payload, std::optional<Mask> with = mask) {
  Bytes out;
  append_frame(out, fin, type, std::span(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()), with);
  return out;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(WebSocketFrames, AreEncodedAsInTheStandard) {
  // Examples from RFC 6455, section 5.7.
  EXPECT_EQ(frame(Fin::last, FrameType::text, "Hello", std::nullopt), (Bytes{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  EXPECT_EQ(frame(Fin::last, FrameType::text, "Hello", Mask{0x37, 0xfa, 0x21, 0x3d}),
            (Bytes{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  const auto medium = frame(Fin::last, FrameType::binary, std::string(256, 'x'), std::nullopt);
  EXPECT_EQ(Bytes(medium.begin(), medium.begin() + 4), (Bytes{0x82, 0x7E, 0x01, 0x00}));
  const auto large = frame(Fin::last, FrameType::binary, std::string(65'536, 'x'), std::nullopt);
  EXPECT_EQ(Bytes(large.begin(), large.begin() + 10), (Bytes{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(WebSocketFrames, AreReadHoweverTheyAreSegmented) {
  std::string much(300, '\0');
  std::iota(much.begin(), much.end(), '\0');
  const auto bytes = frame(Fin::more_follows, FrameType::binary, "abc") + frame(Fin::last, FrameType::ping, "hi") +
                     frame(Fin::last, FrameType::continuation, much) + frame(Fin::last, FrameType::binary, "") +
                     frame(Fin::last, FrameType::close, "");
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 1000u}) {
    EXPECT_EQ(events_of(Masking::masked, bytes, piece), "[2 3]abc[9 2](hi)[0 300]" + much + "[2 0][8 0]()") << piece;
  }
}

TEST(WebSocketFrames, AreRejectedIfTheyBreakTheStandard) {
  const auto unmasked = [](std::initializer_list<std::uint8_t> bytes) { return events_of(Masking::unmasked, bytes, 1); };
  EXPECT_EQ(unmasked({0xC2, 0x00}), "!1002") << "reserved bit";
  EXPECT_EQ(unmasked({0x83, 0x00}), "!1002") << "reserved opcode";
  EXPECT_EQ(unmasked({0x8B, 0x00}), "!1002") << "reserved control opcode";
  EXPECT_EQ(unmasked({0x82, 0x80}), "!1002") << "a server that masks";
  EXPECT_EQ(unmasked({0x09, 0x00}), "!1002") << "fragmented control frame";
  EXPECT_EQ(unmasked({0x89, 0x7E}), "!1002") << "long control frame";
  EXPECT_EQ(unmasked({0x80, 0x00}), "!1002") << "continuation of nothing";
  EXPECT_EQ(unmasked({0x02, 0x00, 0x82, 0x00}), "[2 0]!1002") << "message within a message";
  EXPECT_EQ(unmasked({0x82, 0x7E, 0x00, 0x7D}), "!1002") << "two bytes for a length that needs one";
  EXPECT_EQ(unmasked({0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}), "!1002") << "eight bytes for a length that needs two";
  EXPECT_EQ(unmasked({0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0}), "!1002") << "highest bit of a length";
  EXPECT_EQ(events_of(Masking::masked, {0x82, 0x00}, 1), "!1002") << "a client that does not mask";
}

TEST(WebSocketFrames, MayBeEmptyUpToALimitInARow) {
  constexpr std::size_t limit = 1'000;
  const auto ping = frame(Fin::last, FrameType::ping, "");
  const auto events = [](Bytes start, const Bytes& repeated, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) start = std::move(start) + repeated;
    return events_of(Masking::masked, start, 16'384);
  };
  const auto begin = frame(Fin::more_follows, FrameType::binary, "x");
  const auto empty = frame(Fin::more_follows, FrameType::continuation, "");
  EXPECT_FALSE(events(begin, empty, limit).contains('!'));
  EXPECT_TRUE(events(begin, empty, limit + 1).ends_with("!1008"));
  EXPECT_TRUE(events(begin, empty + ping, limit + 1).ends_with("!1008")) << "a ping has no payload either";
  EXPECT_TRUE(events({}, frame(Fin::last, FrameType::binary, ""), limit + 1).ends_with("!1008")) << "whole messages without payload";
  EXPECT_FALSE(events(begin, empty + frame(Fin::more_follows, FrameType::continuation, "x"), 2 * limit).contains('!'));
  EXPECT_FALSE(events({}, ping, 2 * limit).contains('!')) << "pings in a row are legal";
}

TEST(WebSocketFrames, KeepNothingOfALongFrame) {
  EXPECT_EQ(events_of(Masking::unmasked, {0x82, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 'a', 'b'}, 5),
            "[2 9223372036854775807]ab");
}

}  // namespace
}  // namespace mqttspec::transport::testing
