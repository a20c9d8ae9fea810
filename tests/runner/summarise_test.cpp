#include "conformance/runner/results.hpp"

#include "tests/runner/case_factory.hpp"

#include <gtest/gtest.h>

namespace mqttspec::conformance {
namespace {

constexpr spec::Clause a(v5_0, "MQTT-3.1.2-2");
constexpr spec::Clause b(v5_0, "MQTT-3.1.2-24");
constexpr spec::Clause c(v5_0, "MQTT-3.10.4-1");
constexpr spec::Clause section(v5_0, "3.1.2");

const StatementResult& find(const RunResult& result, spec::Clause clause) {
  const auto found = std::ranges::find(result.statements, clause, &StatementResult::clause);
  EXPECT_NE(found, result.statements.end()) << clause.text();
  return *found;
}

CaseResult with_blames(CaseResult result, std::vector<Blame> blames) {
  result.blames = std::move(blames);
  return result;
}

TEST(Summarise, CountsCasesByVerdict) {
  const RunResult result =
      run_with({result_of(v3_1_1, "x/1", Verdict::pass), result_of(v5_0, "x/1", Verdict::pass), result_of(v5_0, "x/2", Verdict::skip)});
  EXPECT_EQ(result.summary[Verdict::pass], 2);
  EXPECT_EQ(result.summary[Verdict::skip], 1);
  EXPECT_EQ(result.summary[Verdict::fail], 0);
  EXPECT_EQ(result.summary.total(), 3);
}

TEST(Summarise, StartsAnewWhenItIsCalledAgain) {
  RunResult result = run_with({result_of(v5_0, "x/1", Verdict::pass, {a})});
  summarise(result);
  EXPECT_EQ(result.summary.total(), 1);
  EXPECT_EQ(result.statements.size(), 1u);
}

TEST(Summarise, GivesAStatementTheWorstVerdictOfItsCases) {
  const RunResult result = run_with({result_of(v5_0, "x/1", Verdict::skip, {a}), result_of(v5_0, "x/2", Verdict::pass, {a})});
  EXPECT_EQ(find(result, a).verdict, Verdict::pass);
  EXPECT_EQ(find(result, a).cases, (std::vector<std::string>{"x/1", "x/2"}));
}

TEST(Summarise, PutsStatementsInTheOrderOfTheStandardAndVersions) {
  const RunResult result = run_with({result_of(v5_0, "x/1", Verdict::pass, {c, b, a, section}),
                                     result_of(v3_1_1, "x/1", Verdict::pass, {spec::Clause(v3_1_1, "MQTT-4.7.1-1")})});
  std::vector<std::string_view> ids;
  for (const StatementResult& statement : result.statements) ids.push_back(statement.clause.text());
  EXPECT_EQ(ids, (std::vector<std::string_view>{"MQTT-4.7.1-1", "3.1.2", "MQTT-3.1.2-2", "MQTT-3.1.2-24", "MQTT-3.10.4-1"}));
}

TEST(Summarise, KeepsTheSameIdOfTwoVersionsApart) {
  const RunResult result = run_with(
      {result_of(v3_1_1, "x/1", Verdict::fail, {spec::Clause(v3_1_1, "MQTT-3.1.2-2")}), result_of(v5_0, "x/1", Verdict::pass, {a})});
  ASSERT_EQ(result.statements.size(), 2u);
  EXPECT_EQ(result.statements[0].verdict, Verdict::fail);
  EXPECT_EQ(result.statements[1].verdict, Verdict::pass);
}

TEST(Summarise, BlamesOnlyTheStatementThatIsBroken) {
  const RunResult result = run_with({with_blames(result_of(v5_0, "x/1", Verdict::fail, {a, b}), {blame(Verdict::fail, a)})});
  EXPECT_EQ(find(result, a).verdict, Verdict::fail);
  EXPECT_EQ(find(result, b).verdict, Verdict::inconclusive);
}

TEST(Summarise, BlamesAStatementThatTheCaseDidNotSetOutToCheck) {
  const RunResult result = run_with({with_blames(result_of(v5_0, "x/1", Verdict::fail, {a}), {blame(Verdict::fail, c)})});
  EXPECT_EQ(find(result, c).verdict, Verdict::fail);
  EXPECT_EQ(find(result, c).cases, std::vector<std::string>{"x/1"});
}

TEST(Summarise, LetsTheOthersPassAfterAWarn) {
  const RunResult result = run_with({with_blames(result_of(v5_0, "x/1", Verdict::warn, {a, b}), {blame(Verdict::warn, a)})});
  EXPECT_EQ(find(result, a).verdict, Verdict::warn);
  EXPECT_EQ(find(result, b).verdict, Verdict::pass);
}

TEST(Summarise, CallsAStatementFlakyThatAFlakyCaseBlames) {
  const RunResult result = run_with({with_blames(result_of(v5_0, "x/1", Verdict::flaky, {a}), {blame(Verdict::fail, a)})});
  EXPECT_EQ(find(result, a).verdict, Verdict::flaky);
}

}  // namespace
}  // namespace mqttspec::conformance
