#include "conformance/runner/selftest.hpp"

#include "tests/runner/case_factory.hpp"
#include "tests/runner/simulated.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>

namespace mqttspec::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Case first = case_that_checks("a/first", {{v5_0, "MQTT-3.3.1-5"}});
const Case second = case_that_checks("a/second", {{v5_0, "MQTT-4.3.3-10"}});
const std::vector<Case> both_cases = {first, second};

/// A run in which the selected cases of `verdicts` end so, and all others pass.
RunSuite suite_with(std::vector<std::pair<std::string, Verdict>> verdicts) {
  return [verdicts](const std::vector<Case>& cases, const RunOptions& options, Observer&) {
    std::vector<CaseResult> results = list_cases(cases, options);
    for (CaseResult& result : results)
      for (const auto& [id, verdict] : verdicts)
        if (result.id == id) result.verdict = verdict;
    return run_with(std::move(results));
  };
}

BrokenBroker broken(std::string id, RunSuite run, Check check = {v5_0, "MQTT-3.3.1-5"}) {
  return {.id = std::move(id), .summary = "Breaks it", .broken = {check}, .run = std::move(run)};
}

SelftestResult try_all(const std::vector<BrokenBroker>& defects, const std::vector<RightBroker>& variants, SelftestOptions options = {}) {
  Listener listener;
  return run_selftest(both_cases, defects, variants, options, listener);
}

std::vector<BrokenBroker> one_defect_for_each_case() {
  return {broken("d/one", suite_with({{"a/first", Verdict::fail}})),
          broken("d/two", suite_with({{"a/second", Verdict::fail}}), {v5_0, "MQTT-4.3.3-10"})};
}

TEST(Selftest, HoldsWhenEachDefectIsKilledAndEachCaseKills) {
  const SelftestResult result = try_all(one_defect_for_each_case(), {{.id = "v/right", .summary = "", .run = suite_with({})}});
  EXPECT_TRUE(result.holds());
  EXPECT_EQ(result.cases, 2);
  EXPECT_THAT(result.idle_cases, IsEmpty());
}

TEST(Selftest, DoesNotHoldWhenOnlyCasesOfOtherStatementsKillADefect) {
  std::vector<BrokenBroker> defects = one_defect_for_each_case();
  defects.push_back(broken("d/misplaced", suite_with({{"a/second", Verdict::fail}})));
  const SelftestResult result = try_all(defects, {});
  EXPECT_TRUE(result.defects[0].killed_by_own);
  EXPECT_THAT(result.defects[2].killed_by, ElementsAre("a/second"));
  EXPECT_FALSE(result.defects[2].killed_by_own);
  EXPECT_FALSE(result.holds());
}

TEST(Selftest, RunsTheCasesOfTheStatementFirstAndTheOthersOnlyIfTheyLetItLive) {
  std::vector<std::size_t> cases_run;
  const auto counting = [&](RunSuite run) {
    return [&cases_run, run](const std::vector<Case>& cases, const RunOptions& options, Observer& observer) {
      RunResult result = run(cases, options, observer);
      cases_run.push_back(result.cases.size());
      return result;
    };
  };
  const SelftestOptions chosen{.complete = false};
  try_all({broken("d/killed", counting(suite_with({{"a/first", Verdict::fail}})))}, {}, chosen);
  EXPECT_THAT(cases_run, ElementsAre(1));
  cases_run.clear();
  try_all({broken("d/lives", counting(suite_with({})))}, {}, chosen);
  EXPECT_THAT(cases_run, ElementsAre(1, 2));
}

TEST(Selftest, TakesWarnAndFlakyForKillsButNeitherInconclusiveNorError) {
  for (const Verdict verdict : {Verdict::fail, Verdict::warn, Verdict::flaky})
    EXPECT_TRUE(try_all({broken("d/one", suite_with({{"a/first", verdict}}))}, {}).defects[0].is_killed());
  for (const Verdict verdict : {Verdict::pass, Verdict::skip, Verdict::inconclusive, Verdict::error})
    EXPECT_FALSE(try_all({broken("d/one", suite_with({{"a/first", verdict}}))}, {}).defects[0].is_killed());
}

TEST(Selftest, TakesEveryVerdictButPassAndSkipForAFalseAlarm) {
  for (const Verdict verdict : all_verdicts) {
    const SelftestResult result =
        try_all({}, {{.id = "v/right", .summary = "", .run = suite_with({{"a/first", verdict}})}}, {.complete = false});
    EXPECT_EQ(result.holds(), verdict == Verdict::pass || verdict == Verdict::skip) << name(verdict);
  }
}

TEST(Selftest, TakesARunThatWasBrokenOffForAFalseAlarm) {
  const auto broken_off = [](const std::vector<Case>&, const RunOptions&, Observer&) {
    RunResult result;
    result.broken_off = "gone";
    return result;
  };
  const SelftestResult result = try_all({}, {{.id = "v/right", .summary = "", .run = broken_off}}, {.complete = false});
  ASSERT_EQ(result.variants[0].failures.size(), 1U);
  EXPECT_EQ(result.variants[0].failures[0].message, "gone");
  EXPECT_FALSE(result.holds());
}

TEST(Selftest, DoesNotHoldWhenADefectSurvives) {
  std::vector<BrokenBroker> defects = one_defect_for_each_case();
  defects.push_back(broken("d/lives", suite_with({})));
  EXPECT_FALSE(try_all(defects, {}).holds());
}

TEST(Selftest, RunsACaseThatHasKilledNothingOnAllDefectsBeforeItIsCalledIdle) {
  // The first case is enough to kill it, so the second one gets its turn only then.
  const auto defect = broken("d/one", suite_with({{"a/first", Verdict::fail}, {"a/second", Verdict::fail}}));
  const SelftestResult result = try_all({defect}, {});
  EXPECT_THAT(result.defects[0].killed_by, ElementsAre("a/first", "a/second"));
  EXPECT_TRUE(result.holds());
}

TEST(Selftest, NamesCasesThatKillNothing) {
  const SelftestResult result = try_all({broken("d/one", suite_with({{"a/first", Verdict::fail}}))}, {});
  ASSERT_EQ(result.idle_cases.size(), 1U);
  EXPECT_EQ(result.idle_cases[0].id, "a/second");
  EXPECT_FALSE(result.holds());
}

TEST(Selftest, LooksForIdleCasesOnlyWhenAllDefectsAreTried) {
  EXPECT_TRUE(try_all({broken("d/one", suite_with({{"a/first", Verdict::fail}}))}, {}, {.complete = false}).holds());
}

TEST(Selftest, FindsTheSameWithManyJobsAsWithOne) {
  std::vector<BrokenBroker> defects;
  for (int i = 0; i < 50; ++i)
    defects.push_back(broken("d/" + std::to_string(i), suite_with({{i % 3 == 0 ? "a/first" : "a/second", Verdict::fail}})));
  const SelftestResult alone = try_all(defects, {}, {.jobs = 1});
  const SelftestResult together = try_all(defects, {}, {.jobs = 8});
  ASSERT_EQ(alone.defects.size(), together.defects.size());
  for (std::size_t i = 0; i < alone.defects.size(); ++i) {
    EXPECT_EQ(alone.defects[i].id, together.defects[i].id);
    EXPECT_EQ(alone.defects[i].killed_by, together.defects[i].killed_by);
  }
}

TEST(Selftest, TellsHowItGoesOn) {
  Listener listener;
  const std::vector<RightBroker> variants = {{.id = "v/right", .summary = "", .run = suite_with({})}};
  run_selftest(both_cases, one_defect_for_each_case(), variants, {.jobs = 1}, listener);
  EXPECT_EQ(listener.total_, 3);
  EXPECT_THAT(listener.finished_, ElementsAre("v/right", "d/one", "d/two"));
}

TEST(Selftest, PassesExceptionsOn) {
  const auto failing = [](const std::vector<Case>&, const RunOptions&, Observer&) -> RunResult { throw std::runtime_error("no port"); };
  EXPECT_THROW(try_all({broken("d/one", failing)}, {}, {.jobs = 2}), std::runtime_error);
}

}  // namespace
}  // namespace mqttspec::conformance
