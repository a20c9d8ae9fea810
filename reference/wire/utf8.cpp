#include "reference/wire/utf8.hpp"

#include "reference/wire/plain_text.hpp"

namespace mqttspec::wire {
namespace {

struct Character {
  std::uint32_t code_point;
  std::size_t size;  ///< in bytes; 0: no well-formed character begins here
};

constexpr Character ill_formed{0, 0};

/// The character at the front of text that is not empty (table 3-7 of the Unicode standard: the second byte's range depends on the first).
Character first_character(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const auto continues = [&](std::size_t at) { return (byte(at) & 0xC0) == 0x80; };

  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xC2) return ill_formed;
  if (first < 0xE0) {
    if (text.size() < 2 || !continues(1)) return ill_formed;
    return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  }
  if (first < 0xF0) {
    if (text.size() < 3 || !continues(1) || !continues(2)) return ill_formed;
    const std::uint32_t code_point = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    const bool overlong = code_point < 0x800;
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    return overlong || surrogate ? ill_formed : Character{code_point, 3};
  }
  if (first < 0xF5) {
    if (text.size() < 4 || !continues(1) || !continues(2) || !continues(3)) return ill_formed;
    const std::uint32_t code_point = (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    return code_point < 0x10000 || code_point > 0x10FFFF ? ill_formed : Character{code_point, 4};
  }
  return ill_formed;
}

bool is_control(std::uint32_t code_point) { return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F); }

bool is_non_character(std::uint32_t code_point) {
  return (code_point >= 0xFDD0 && code_point <= 0xFDEF) || (code_point & 0xFFFE) == 0xFFFE;
}

/// How many of the bytes from `at` on are in whole blocks of ASCII for which `odd` finds nothing.
template <class Odd>
std::size_t plain_run(std::string_view text, std::size_t at, Odd odd) {
  const std::size_t start = at;
  const char* data = text.data();
  for (; at + 64 <= text.size(); at += 64) {
    const char* block = data + at;
    if (plain::any(odd(plain::load(block)) | odd(plain::load(block + 16)) | odd(plain::load(block + 32)) | odd(plain::load(block + 48))))
      break;
  }
  for (; at + 16 <= text.size(); at += 16) {
    if (plain::any(odd(plain::load(data + at)))) break;
  }
  return at - start;
}

}  // namespace

Utf8Result check_utf8(std::string_view text) {
  Utf8Result result;
  std::size_t at = 0;
  while (at < text.size()) {
    at += plain_run(text, at, plain::odd);
    // One block by characters, then blocks again.
    const std::size_t pause = at + 16;
    while (at < text.size() && at < pause) {
      const Character character = first_character(text.substr(at));
      if (character.size == 0) {
        result.error = {Utf8Finding::ill_formed, at};
        return result;
      }
      if (character.code_point == 0) {
        result.error = {Utf8Finding::null_character, at};
        return result;
      }
      if (!result.remark) {
        if (is_control(character.code_point)) result.remark = {Utf8Finding::control_character, at};
        if (is_non_character(character.code_point)) result.remark = {Utf8Finding::non_character, at};
      }
      at += character.size;
    }
  }
  return result;
}

std::optional<std::size_t> find_ill_formed_utf8(std::string_view text) {
  const auto not_ascii = [](plain::Block block) { return block < 0; };
  std::size_t at = 0;
  while (at < text.size()) {
    at += plain_run(text, at, not_ascii);
    const std::size_t pause = at + 16;
    while (at < text.size() && at < pause) {
      const Character character = first_character(text.substr(at));
      if (character.size == 0) return at;
      at += character.size;
    }
  }
  return std::nullopt;
}

}  // namespace mqttspec::wire
