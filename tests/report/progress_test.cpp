#include "conformance/report/progress.hpp"

#include "conformance/report/text.hpp"
#include "tests/report/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mqttspec::conformance::report {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A progress line on a terminal that keeps all that was ever written, with a clock that is set by hand.
class ProgressLine : public testing::Test {
 protected:
  void pass_time() { now_ += std::chrono::seconds(1); }
  static CaseResult one(std::string id, Verdict verdict = Verdict::pass) {
    CaseResult result = passed(ProtocolVersion::v5_0, std::move(id), {});
    result.verdict = verdict;
    return result;
  }

  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  std::string screen_;
  Progress progress_{[this](std::string_view text) { screen_ += text; }, 80, Colour::off, [this] { return now_; }};
};

TEST_F(ProgressLine, ShowsHowManyAreDoneAndUnderWayAndFailed) {
  progress_.run_started(4);
  progress_.case_started(one("x/1"));
  progress_.case_started(one("x/2"));
  progress_.case_started(one("x/3"));
  progress_.case_finished(one("x/2", Verdict::fail));
  pass_time();
  progress_.case_finished(one("x/1"));
  EXPECT_THAT(screen_, EndsWith("\r\x1b[2K██████████░░░░░░░░░░ 2/4  1 failed  1 under way: x/3"));
}

TEST_F(ProgressLine, NamesTheCaseThatIsUnderWayLongest) {
  progress_.run_started(2);
  progress_.case_started(one("x/2"));
  pass_time();
  progress_.case_started(one("x/1"));
  EXPECT_THAT(screen_, EndsWith("0/2  2 under way: x/2, …"));
}

TEST_F(ProgressLine, IsRedrawnNotMoreOftenThanEyesCanFollow) {
  progress_.run_started(1'000);
  const std::size_t once = screen_.size();
  for (int i = 0; i < 1'000; ++i) progress_.case_finished(one("x/1"));
  EXPECT_EQ(screen_.size(), once);
}

TEST_F(ProgressLine, KeepsNoticesAboveIt) {
  progress_.run_started(2);
  progress_.notice("2 cases are run again\x1b");
  EXPECT_THAT(screen_, HasSubstr("\r\x1b[2K2 cases are run again\\x1b\n\r\x1b[2K░"));
}

TEST_F(ProgressLine, IsWipedAwayAtTheEnd) {
  progress_.run_started(2);
  progress_.clear();
  EXPECT_THAT(screen_, EndsWith("\r\x1b[2K"));
  const std::size_t before = screen_.size();
  progress_.clear();
  EXPECT_EQ(screen_.size(), before);
}

TEST_F(ProgressLine, NeverFillsTheTerminalsWidth) {
  for (std::size_t columns = 0; columns < 60; ++columns) {
    std::string shown;
    Progress narrow([&](std::string_view text) { shown = text; }, columns, Colour::off, [this] { return now_; });
    narrow.case_started(one("a-case/with-a-name-that-is-much-longer-than-the-terminal-is-wide"));
    ASSERT_THAT(shown, StartsWith("\r\x1b[2K"));
    EXPECT_LE(width(shown.substr(5)), columns == 0 ? 0 : columns - 1);
  }
}

}  // namespace
}  // namespace mqttspec::conformance::report
