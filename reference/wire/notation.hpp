#pragma once

#include "reference/wire/types.hpp"

#include <cctype>
#include <stdexcept>
#include <string_view>

/// A short way to write packets down, for tables of bytes that are wrong in one place:
///
///     30 * "a/b" {23 0001} 'hello'
///
/// Hexadecimal digits are bytes, in pairs. "text" has its two-byte length in front, 'text' has not. {...} has its length in front as a
/// Variable Byte Integer, as properties have; * stands for the same length of all that follows, as Remaining Length does.
namespace mqttspec::wire::raw {

class Notation {
 public:
  explicit Notation(std::string_view text) : text_(text) {}

  Bytes read() { return read_until('\0'); }

 private:
  static void append_length(Bytes& to, std::size_t length) {
    for (; length >= 0x80; length >>= 7) to.push_back(static_cast<std::uint8_t>(0x80 | (length & 0x7F)));
    to.push_back(static_cast<std::uint8_t>(length));
  }

  static void append(Bytes& to, const Bytes& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

  Bytes read_until(char end) {
    Bytes bytes;
    while (at_ < text_.size() && text_[at_] != end) {
      const char c = text_[at_++];
      if (c == ' ' || c == '\n') continue;
      if (c == '*' || c == '{') {
        const Bytes content = read_until(c == '{' ? '}' : end);
        append_length(bytes, content.size());
        append(bytes, content);
        if (c == '{') ++at_;
      } else if (c == '"' || c == '\'') {
        const std::size_t close = text_.find(c, at_);
        const std::string_view content = text_.substr(at_, close - at_);
        if (c == '"') bytes.push_back(static_cast<std::uint8_t>(content.size() >> 8));
        if (c == '"') bytes.push_back(static_cast<std::uint8_t>(content.size() & 0xFF));
        bytes.insert(bytes.end(), content.begin(), content.end());
        at_ = close + 1;
      } else {
        bytes.push_back(static_cast<std::uint8_t>(digit(c) << 4 | digit(text_.at(at_++))));
      }
    }
    return bytes;
  }

  static unsigned digit(char c) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) throw std::invalid_argument("not a hexadecimal digit in a packet's notation");
    return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

inline Bytes read_notation(std::string_view notation) { return Notation(notation).read(); }

}  // namespace mqttspec::wire::raw
