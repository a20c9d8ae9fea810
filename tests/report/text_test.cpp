#include "conformance/report/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mqttspec::conformance::report {
namespace {

using testing::ElementsAre;

TEST(Printable, LeavesWhatPrintsAsItIs) { EXPECT_EQ(printable("a/b ü € 😀 – …"), "a/b ü € 😀 – …"); }

TEST(Printable, EscapesWhatCommandsATerminal) {
  EXPECT_EQ(printable("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(printable("bell\a"), "bell\\x07");
  EXPECT_EQ(printable("\r\n\t\x7f"), "\\x0d\\n\\x09\\x7f");
  EXPECT_EQ(printable("\u009b31m"), "\\u{9b}31m");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, EscapesWhatReordersOrBreaksALine) {
  EXPECT_EQ(printable("\u202egnp"), "\\u{202e}gnp");
  EXPECT_EQ(printable("a\u2028b"), "a\\u{2028}b");
  EXPECT_EQ(printable("\u2066\u200f"), "\\u{2066}\\u{200f}");
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xff\xfe"
                      "b"),
            "a\\xff\\xfeb");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc3\x1b"), "\\xc3\\x1b");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one two three", 100), ElementsAre("one two three"));
}

TEST(Wrap, BreaksInsideAWordThatIsLongerThanALine) { EXPECT_THAT(wrap("abcdefgh ij", 3), ElementsAre("abc", "def", "gh", "ij")); }

TEST(Wrap, CountsCharactersAndNotBytes) { EXPECT_THAT(wrap("üüü üüü", 3), ElementsAre("üüü", "üüü")); }

TEST(Wrap, GivesOneEmptyLineForNothing) { EXPECT_THAT(wrap("", 10), ElementsAre("")); }

TEST(Fit, FillsUpAndCuts) {
  EXPECT_EQ(fit("ü", 3), "ü  ");
  EXPECT_EQ(fit("üüüü", 3), "üü…");
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(fit("abc", 0), "");
}

}  // namespace
}  // namespace mqttspec::conformance::report
