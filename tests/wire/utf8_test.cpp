#include "reference/wire/utf8.hpp"

#include "reference/wire/plain_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mqttspec::wire {
namespace {

/// UTF-8 of any number up to 0x1FFFFF, also of those that are not characters.
std::string encoded(std::uint32_t code_point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](int shift) { return byte(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xC0 | code_point >> 6), tail(0)};
  if (code_point < 0x10000) return {byte(0xE0 | code_point >> 12), tail(6), tail(0)};
  return {byte(0xF0 | code_point >> 18), tail(12), tail(6), tail(0)};
}

std::optional<Utf8Finding> error_in(std::string_view text) {
  const auto result = check_utf8(text);
  return result.error ? std::optional(result.error->finding) : std::nullopt;
}

std::optional<Utf8Finding> remark_in(std::string_view text) {
  const auto result = check_utf8(text);
  return result.remark ? std::optional(result.remark->finding) : std::nullopt;
}

TEST(Utf8, JudgesEveryCodePointByItself) {
  for (std::uint32_t code_point = 0; code_point <= 0x1FFFFF; ++code_point) {
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    const bool control = (code_point >= 1 && code_point <= 0x1F) || (code_point >= 0x7F && code_point <= 0x9F);
    const bool non_character = (code_point >= 0xFDD0 && code_point <= 0xFDEF) || code_point % 0x10000 >= 0xFFFE;
    const auto result = check_utf8(encoded(code_point));

    if (code_point == 0) {
      ASSERT_EQ(result.error->finding, Utf8Finding::null_character);
    } else if (surrogate || code_point > 0x10FFFF) {
      ASSERT_TRUE(result.error) << std::hex << code_point;
      ASSERT_EQ(result.error->finding, Utf8Finding::ill_formed) << std::hex << code_point;
    } else {
      ASSERT_FALSE(result.error) << std::hex << code_point;
      ASSERT_EQ(result.remark.has_value(), control || non_character) << std::hex << code_point;
      if (control) {
        ASSERT_EQ(result.remark->finding, Utf8Finding::control_character);
      }
      if (non_character) {
        ASSERT_EQ(result.remark->finding, Utf8Finding::non_character);
      }
    }
  }
}

TEST(Utf8, RefusesOverlongForms) {
  EXPECT_EQ(error_in("\xC0\x80"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xC1\xBF"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xE0\x80\x80"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xE0\x9F\xBF"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xF0\x80\x80\x80"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xF0\x8F\xBF\xBF"), Utf8Finding::ill_formed);
}

TEST(Utf8, RefusesStrayAndMissingContinuations) {
  EXPECT_EQ(error_in("\x80"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xBF"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xC3"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xC3("), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xE2\x82"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xE2(\xA1"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xE2\x82("), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xF0\x9F\x98"), Utf8Finding::ill_formed);
  EXPECT_EQ(error_in("\xF0\x9F\x98("), Utf8Finding::ill_formed);
  for (int byte = 0xF5; byte <= 0xFF; ++byte)
    EXPECT_EQ(error_in(std::string(1, static_cast<char>(byte)) + "\x80\x80\x80"), Utf8Finding::ill_formed);
}

TEST(Utf8, AcceptsOrdinaryText) {
  for (const char* text : {"", "a", "plain", "Grüße", "日本語", "😀", "A\xF0\xAA\x9B\x94",
                           "\xEF\xBB\xBF"
                           "bom"}) {
    EXPECT_FALSE(error_in(text)) << text;
    EXPECT_FALSE(remark_in(text)) << text;
  }
}

TEST(Utf8, FindsABadByteWhereverItStands) {
  for (std::size_t size = 1; size <= 200; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\xFF';
      ASSERT_EQ(check_utf8(text).error->offset, at) << size;
      ASSERT_FALSE(plain::is_plain(text));
      text[at] = '\0';
      ASSERT_EQ(check_utf8(text).error->finding, Utf8Finding::null_character);
      ASSERT_EQ(check_utf8(text).error->offset, at) << size;
      text[at] = '\x1F';
      ASSERT_EQ(check_utf8(text).remark->offset, at) << size;
      ASSERT_FALSE(plain::is_plain(text));
      text[at] = '\x7F';
      ASSERT_EQ(check_utf8(text).remark->offset, at) << size;
      ASSERT_FALSE(plain::is_plain(text));
      text[at] = '+';
      ASSERT_FALSE(check_utf8(text).remark);
      ASSERT_TRUE(plain::is_plain(text));
      ASSERT_FALSE(plain::is_plain_name(text)) << size << ' ' << at;
      text[at] = '#';
      ASSERT_FALSE(plain::is_plain_name(text)) << size << ' ' << at;
      text[at] = '~';
      ASSERT_TRUE(plain::is_plain_name(text)) << size << ' ' << at;
    }
  }
}

TEST(Utf8, AcceptsCharactersAcrossBlockBoundaries) {
  for (std::size_t before = 0; before <= 130; ++before) {
    for (const char* character : {"ü", "€", "😀"}) {
      const std::string text = std::string(before, 'x') + character + std::string(70, 'y');
      ASSERT_FALSE(error_in(text)) << before << character;
      const std::string cut = std::string(before, 'x') + std::string(character, 1) + std::string(70, 'y');
      ASSERT_EQ(check_utf8(cut).error->offset, before);
    }
  }
}

TEST(Utf8, RemarksOnlyWhatStandsBeforeTheError) {
  const auto result = check_utf8("a\x01\x02\xFF\x03");
  EXPECT_EQ(result.remark->offset, 1u);
  EXPECT_EQ(result.error->offset, 3u);
  EXPECT_FALSE(check_utf8("a\xFF\x01").remark);
}

TEST(Utf8, InPayloadsMayHoldNull) {
  EXPECT_FALSE(find_ill_formed_utf8(std::string_view("a\0b", 3)));
  EXPECT_FALSE(find_ill_formed_utf8(""));
  EXPECT_FALSE(find_ill_formed_utf8(std::string(100, '\n') + "ü"));
  EXPECT_EQ(find_ill_formed_utf8(std::string(100, 'x') + "\xFF"), 100u);
  EXPECT_EQ(find_ill_formed_utf8("ü\xC3"), 2u);
}

}  // namespace
}  // namespace mqttspec::wire
