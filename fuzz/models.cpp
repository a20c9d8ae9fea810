#include "fuzz/models.hpp"

#include <algorithm>
#include <span>

namespace mqttspec::fuzz::model {
namespace {

using wire::Utf8Finding;

/// How many bytes a code point takes in UTF-8.
std::size_t size_of(std::uint32_t code_point) { return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4; }

bool is_control(std::uint32_t c) { return (c >= 0x01 && c <= 0x1F) || (c >= 0x7F && c <= 0x9F); }

bool is_non_character(std::uint32_t c) {
  if (c >= 0xFDD0 && c <= 0xFDEF) return true;
  const std::uint32_t in_plane = c % 0x10000;
  return in_plane == 0xFFFE || in_plane == 0xFFFF;
}

bool is_acceptable_length(std::string_view text) { return !text.empty() && text.size() <= 65'535; }

using Levels = std::span<const std::string_view>;

bool levels_match(Levels filter, Levels name) {
  if (filter.empty()) return name.empty();
  if (filter.front() == "#") return true;
  if (name.empty()) return false;
  if (filter.front() != "+" && filter.front() != name.front()) return false;
  return levels_match(filter.subspan(1), name.subspan(1));
}

}  // namespace

std::optional<Character> first_character(std::string_view text) {
  // Bits that mark the first byte of so many, and those left for the code point.
  constexpr struct {
    unsigned mark, mask, rest;
  } forms[] = {{0x00, 0x80, 0x7F}, {0xC0, 0xE0, 0x1F}, {0xE0, 0xF0, 0x0F}, {0xF0, 0xF8, 0x07}};

  const auto byte = [text](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
  for (std::size_t size = 1; size <= 4; ++size) {
    const auto& form = forms[size - 1];
    if ((byte(0) & form.mask) != form.mark) continue;
    if (text.size() < size) return std::nullopt;
    std::uint32_t code_point = byte(0) & form.rest;
    for (std::size_t i = 1; i < size; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
      code_point = code_point * 64 + (byte(i) & 0x3F);
    }
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (size_of(code_point) != size || is_surrogate || code_point > 0x10FFFF) return std::nullopt;
    return Character{code_point, size};
  }
  return std::nullopt;
}

wire::Utf8Result check_utf8(std::string_view text) {
  wire::Utf8Result result;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = first_character(text.substr(at));
    if (!character || character->code_point == 0) {
      result.error = {character ? Utf8Finding::null_character : Utf8Finding::ill_formed, at};
      return result;
    }
    if (!result.remark && is_control(character->code_point)) result.remark = {Utf8Finding::control_character, at};
    if (!result.remark && is_non_character(character->code_point)) result.remark = {Utf8Finding::non_character, at};
    at += character->size;
  }
  return result;
}

std::vector<std::string_view> levels(std::string_view topic) {
  std::vector<std::string_view> found;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= topic.size(); ++at) {
    if (at != topic.size() && topic[at] != '/') continue;
    found.push_back(topic.substr(start, at - start));
    start = at + 1;
  }
  return found;
}

bool is_valid_name(std::string_view name) {
  return is_acceptable_length(name) && std::ranges::none_of(name, [](char c) { return c == '\0' || c == '+' || c == '#'; });
}

bool is_valid_filter(std::string_view filter) {
  if (!is_acceptable_length(filter) || filter.contains('\0')) return false;
  const auto all = levels(filter);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].contains('+') && all[i] != "+") return false;
    if (all[i].contains('#') && (all[i] != "#" || i + 1 != all.size())) return false;
  }
  return true;
}

bool is_valid_filter_or_shared(std::string_view filter) {
  if (!is_acceptable_length(filter) || filter.contains('\0')) return false;
  const auto all = levels(filter);
  if (all.front() != "$share") return is_valid_filter(filter);
  if (all.size() < 3) return false;
  const std::string_view share_name = all[1];
  if (share_name.empty() || share_name.contains('+') || share_name.contains('#')) return false;
  return is_valid_filter(filter.substr(std::string_view("$share/").size() + share_name.size() + 1));
}

bool matches(std::string_view filter, std::string_view name) {
  const auto filter_levels = levels(filter);
  const auto name_levels = levels(name);
  const bool first_is_wildcard = filter_levels.front() == "#" || filter_levels.front() == "+";
  if (first_is_wildcard && name.starts_with('$')) return false;
  return levels_match(filter_levels, name_levels);
}

}  // namespace mqttspec::fuzz::model
