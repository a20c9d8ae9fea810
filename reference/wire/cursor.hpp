#pragma once

#include "reference/wire/judge.hpp"
#include "reference/wire/plain_text.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mqttspec::wire {

/// A Variable Byte Integer of several bytes.
struct LongInteger {
  std::uint32_t value = 0;
  const std::uint8_t* end = nullptr;  ///< after its last byte; nullptr if it cannot be read, which the judge knows then
};
/// Out of line, and without the Cursor, so that a Cursor can live in registers.
LongInteger read_long_integer(ByteView bytes, Judge& judge, std::string_view name);

/// Reads the fields of a packet one after another. A violation that leaves the rest readable is noted with the judge, and reading goes on.
/// After one that does not, every field is zero or empty, so that a decoder can read all fields of a packet and ask failed() at the end.
/// Anything that would act on what was read must ask before.
class Cursor {
 public:
  Cursor(ByteView bytes, Judge& judge) : at_(bytes.data()), end_(bytes.data() + bytes.size()), judge_(judge) {}

  const std::uint8_t* at() const { return at_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  /// Whether the rest of the packet cannot be read.
  bool failed() const { return failed_; }
  Judge& judge() const { return judge_; }

  /// Notes a violation, and stops reading if the rule says that the rest is unreadable.
  void violate(RuleRef rule, const std::uint8_t* at, std::initializer_list<std::string_view> explanation) {
    judge_.violate(rule, at, explanation);
    if (rule->readability == Readability::unreadable) stop();
  }
  /// Stops after a violation that the judge knows already.
  void stop() {
    failed_ = true;
    at_ = end_;
  }

  std::uint8_t byte(std::string_view name) {
    if (!fits(1, name)) return 0;
    return *at_++;
  }
  std::uint16_t two_bytes(std::string_view name) {
    if (!fits(2, name)) return 0;
    const auto value = static_cast<std::uint16_t>(at_[0] << 8 | at_[1]);
    at_ += 2;
    return value;
  }

  /// In 5.0 it must be minimal.
  std::uint32_t variable_byte_integer(std::string_view name) {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    const LongInteger integer = read_long_integer(ByteView(at_, end_), judge_, name);
    at_ = integer.end;
    if (at_ == nullptr) [[unlikely]]
      stop();
    return integer.value;
  }

  /// Binary Data.
  std::string_view binary(std::string_view name) { return prefixed(name, "codec/binary-cut-short"); }
  /// A UTF-8 Encoded String.
  std::string_view string(std::string_view name) {
    const std::string_view text = prefixed(name, "codec/string-cut-short");
    if (!plain::is_plain(text)) [[unlikely]]
      judge_.check_text(text, name);
    return text;
  }
  /// A UTF-8 Encoded String that is a Topic Name, not empty, without wildcards.
  std::string_view topic_name(std::string_view name, RuleRef wildcard) {
    const std::string_view text = prefixed(name, "codec/string-cut-short");
    if (!text.empty() && plain::is_plain_name(text)) [[likely]]
      return text;
    if (!failed_ && judge_.check_text(text, name)) judge_.check_topic_name(text, name, wildcard);
    return text;
  }
  /// Two-byte length and as many bytes.
  std::string_view prefixed(std::string_view name, RuleRef cut_short) {
    const std::uint8_t* start = at_;
    if (left() < 2) [[unlikely]] {
      end_before(name);
      return {};
    }
    const auto size = static_cast<std::size_t>(at_[0] << 8 | at_[1]);
    if (left() - 2 < size) [[unlikely]] {
      violate(cut_short, start, {"The ", name, " is longer than the rest of the packet"});
      return {};
    }
    at_ += 2 + size;
    return {reinterpret_cast<const char*>(start + 2), size};
  }

  /// All that is left.
  ByteView rest() {
    const ByteView bytes(at_, end_);
    at_ = end_;
    return bytes;
  }
  /// The next bytes. @pre left() >= size
  ByteView take(std::size_t size) {
    const ByteView bytes(at_, size);
    at_ += size;
    return bytes;
  }
  /// Nothing may follow.
  void expect_end() {
    if (at_ != end_) [[unlikely]]
      judge_.bytes_after_last_field(at_);
  }

 private:
  bool fits(std::size_t bytes, std::string_view name) {
    if (left() >= bytes) [[likely]]
      return true;
    end_before(name);
    return false;
  }
  void end_before(std::string_view name) {
    if (failed_) return;
    judge_.field_missing(name, at_);
    stop();
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  Judge& judge_;
  bool failed_ = false;
};

}  // namespace mqttspec::wire
