#include "conformance/report/text.hpp"

#include "reference/wire/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>

namespace mqttspec::conformance::report {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

/// The first character of well-formed UTF-8 and how many bytes it takes.
struct Character {
  std::uint32_t code_point;
  std::size_t length;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  std::uint32_t code_point = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code_point = code_point << 6 | (byte(i) & 0x3fu);
  return {code_point, length};
}

bool commands_terminal(std::uint32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool breaks_line = c == 0x2028 || c == 0x2029;
  const bool reorders = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return is_control || breaks_line || reorders;
}

void append_escaped(std::string& out, std::uint32_t code_point) {
  if (code_point == '\n') {
    out += "\\n";
  } else if (code_point < 0x80) {
    out += fmt::format("\\x{:02x}", code_point);
  } else {
    out += fmt::format("\\u{{{:x}}}", code_point);
  }
}

void append_printable(std::string& out, std::string_view well_formed) {
  while (!well_formed.empty()) {
    const Character character = first_character(well_formed);
    if (commands_terminal(character.code_point)) {
      append_escaped(out, character.code_point);
    } else {
      out += well_formed.substr(0, character.length);
    }
    well_formed.remove_prefix(character.length);
  }
}

/// How many bytes the first `columns` characters take.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (starts_character(text[at])) {
      if (columns == 0) break;
      --columns;
    }
    ++at;
  }
  return at;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t well_formed = wire::find_ill_formed_utf8(text).value_or(text.size());
    append_printable(out, text.substr(0, well_formed));
    text.remove_prefix(well_formed);
    if (text.empty()) break;
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
  }
  return out;
}

std::size_t width(std::string_view text) { return static_cast<std::size_t>(std::ranges::count_if(text, starts_character)); }

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (width(text) > columns) {
    const std::size_t limit = bytes_of(text, columns);
    // The space may be the first character behind the line.
    std::size_t end = text.rfind(' ', limit);
    std::size_t next = end + 1;
    if (end == std::string_view::npos || end == 0) end = next = limit;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(next);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

std::string fit(std::string_view text, std::size_t columns) {
  const std::size_t taken = width(text);
  if (taken <= columns) return std::string(text) + std::string(columns - taken, ' ');
  if (columns == 0) return "";
  return std::string(text.substr(0, bytes_of(text, columns - 1))) + "…";
}

std::string counted(int number, std::string_view noun) { return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s"); }

}  // namespace mqttspec::conformance::report
