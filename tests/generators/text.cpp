#include "tests/generators/text.hpp"

#include <array>
#include <cstdint>

namespace mqttspec::generators {
namespace {

constexpr std::size_t longest = 65'535;

/// Code points from first to last.
struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Ranges around every place where the number of bytes changes or something is forbidden. Simple ones come first, and more than once.
constexpr std::array usual = {
    Range{'a', 'z'},       Range{'a', 'z'},       Range{' ', '~'},         Range{' ', '~'},           Range{0xA0, 0x7FF},
    Range{0x7F0, 0x810},   Range{0x800, 0xD7FF},  Range{0xE000, 0xFDCF},   Range{0xFDF0, 0xFFFD},     Range{0x10000, 0x1FFFD},
    Range{0xD7F0, 0xD7FF}, Range{0xE000, 0xE00F}, Range{0x10000, 0x1000F}, Range{0x10FFF0, 0x10FFFD},
};
constexpr std::array unwise = {
    Range{0x01, 0x1F}, Range{0x7F, 0x9F}, Range{0xFDD0, 0xFDEF}, Range{0xFFFE, 0xFFFF}, Range{0x1FFFE, 0x1FFFF}, Range{0x10FFFE, 0x10FFFF},
};

void append(std::string& text, std::uint32_t code_point) {
  const auto byte = [&text](std::uint32_t value) { text += static_cast<char>(value); };
  const auto continuation = [&](int shift) { byte(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) return byte(code_point);
  if (code_point < 0x800) {
    byte(0xC0 | code_point >> 6);
    return continuation(0);
  }
  if (code_point < 0x10000) {
    byte(0xE0 | code_point >> 12);
    continuation(6);
    return continuation(0);
  }
  byte(0xF0 | code_point >> 18);
  continuation(12);
  continuation(6);
  continuation(0);
}

void append_character(Choices& choices, std::string& text, std::string_view without) {
  const Range range = choices.once_in(100) ? choices.one_of(unwise) : choices.one_of(usual);
  const std::uint32_t code_point = choices.between(range.first, range.last);
  const bool allowed = code_point >= 0x80 || without.find(static_cast<char>(code_point)) == std::string_view::npos;
  append(text, allowed ? code_point : 'x');
}

/// How long something is: mostly a few, sometimes around the places where lengths take more bytes, seldom the most.
std::size_t length(Choices& choices) {
  constexpr std::array edges = {15u, 16u, 17u, 63u, 64u, 65u, 127u, 128u, 129u, 255u, 256u, 300u};
  if (choices.once_in(200)) return longest - choices.below(3);
  if (choices.once_in(20)) return choices.one_of(edges);
  return choices.below(12);
}

/// Makes `text` `size` bytes long by repeating what ends it; a character is not cut.
void stretch(std::string& text, std::size_t size) {
  if (text.size() >= size) return;
  const std::string unit = text.empty() ? "x" : text;
  while (text.size() + unit.size() <= size) text += unit;
  text.append(size - text.size(), 'x');
}

constexpr std::size_t decided_singly = 24;  ///< characters; what is longer repeats them

std::string level(Choices& choices) {
  constexpr std::array<std::string_view, 6> common = {"a", "b", "", "$SYS", "finance", "x y"};
  if (!choices.once_in(3)) return std::string(choices.one_of(common));
  return text(choices, "+#/");
}

std::string plain_filter(Choices& choices) {
  std::string filter = choices.once_in(4) ? "+" : level(choices);
  for (std::uint32_t more = choices.below(4); more > 0; --more) filter += choices.once_in(4) ? "/+" : '/' + level(choices);
  if (choices.once_in(6)) filter += "/#";
  if (choices.once_in(20)) filter = "#";
  if (filter.empty()) filter = "/";
  return filter.size() > longest / 2 ? "a/+/long" : filter;
}

}  // namespace

std::string text(Choices& choices, std::string_view without) {
  const std::size_t size = length(choices);
  std::string made;
  for (std::size_t i = 0; i < size && i < decided_singly; ++i) append_character(choices, made, without);
  if (size > decided_singly) stretch(made, size);
  return made;
}

std::string binary(Choices& choices) {
  const std::size_t size = length(choices);
  std::string made;
  for (std::size_t i = 0; i < size && i < decided_singly; ++i) made += static_cast<char>(choices.below(256));
  stretch(made, size);
  return made;
}

std::string payload(Choices& choices) {
  std::string made = choices.flag() ? binary(choices) : text(choices);
  if (choices.once_in(50)) stretch(made, choices.between(16'000, 17'000));
  if (choices.once_in(500)) stretch(made, choices.between(2'097'000, 2'097'300));
  return made;
}

std::string topic_name(Choices& choices) {
  std::string name = level(choices);
  for (std::uint32_t more = choices.below(4); more > 0 && name.size() < longest / 2; --more) name += '/' + level(choices);
  if (name.empty()) return "a";
  return name.size() > longest ? "a/long/name" : name;
}

std::string topic_filter(Choices& choices, spec::ProtocolVersion version) {
  const bool shared = version == spec::ProtocolVersion::v5_0 && choices.once_in(6);
  if (!shared) return plain_filter(choices);
  std::string share_name = text(choices, "+#/");
  if (share_name.empty() || share_name.size() > longest / 4) share_name = "group";
  return "$share/" + share_name + '/' + plain_filter(choices);
}

}  // namespace mqttspec::generators
