#include "conformance/runner/baseline.hpp"

#include "tests/runner/case_factory.hpp"

#include <gtest/gtest.h>

namespace mqttspec::conformance {
namespace {

bool exists(ProtocolVersion version, std::string_view id) { return id.starts_with("x/") || (id == "only/in-5" && version == v5_0); }

Baseline parsed(std::string_view text) {
  auto baseline = parse_baseline(text, "broker.toml", exists);
  EXPECT_TRUE(baseline.has_value()) << baseline.error();
  return baseline.value_or(Baseline{});
}

std::string error_of(std::string_view text) {
  const auto baseline = parse_baseline(text, "broker.toml", exists);
  return baseline ? "" : baseline.error();
}

constexpr std::string_view two_known = R"(# Known of this broker
# and explained

[[known]]
mqtt = "3.1.1"
case = "x/1"
verdict = "fail"
why = "says \"no\""

[[known]]
mqtt = "5.0"
case = "x/2"
verdict = "skip"
why = "no QoS 2"
)";

TEST(Baseline, ReadsWhatIsKnown) {
  const Baseline baseline = parsed(two_known);
  ASSERT_EQ(baseline.known.size(), 2u);
  EXPECT_EQ(baseline.known[0].version, v3_1_1);
  EXPECT_EQ(baseline.known[0].id, "x/1");
  EXPECT_EQ(baseline.known[0].verdict, Verdict::fail);
  EXPECT_EQ(baseline.known[0].why, "says \"no\"");
  EXPECT_EQ(baseline.heading, "# Known of this broker\n# and explained\n");
}

TEST(Baseline, ExpectsAVerdictOfACaseInAVersion) {
  const Baseline baseline = parsed(two_known);
  const auto expects = [&](ProtocolVersion version, Verdict verdict) {
    const KnownCase* const entry = entry_that_expects(baseline, {.id = "x/1", .version = version, .verdict = verdict});
    return entry == nullptr ? "" : entry->why;
  };
  EXPECT_EQ(expects(v3_1_1, Verdict::fail), "says \"no\"");
  EXPECT_EQ(expects(v3_1_1, Verdict::warn), "");
  EXPECT_EQ(expects(v5_0, Verdict::fail), "");
}

TEST(Baseline, WritesWhatItHasRead) { EXPECT_EQ(to_toml(parsed(two_known)), two_known); }

TEST(Baseline, WritesAnythingSoThatItCanBeReadAgain) {
  Baseline baseline{.heading = "", .known = {{v5_0, "x/1", Verdict::warn, "tab\t quote\" backslash\\ line\n bell\a ü"}}};
  EXPECT_EQ(parsed(to_toml(baseline)).known.at(0).why, baseline.known[0].why);
}

TEST(Baseline, SortsByVersionAndCase) {
  const Baseline baseline = parsed(R"(
known = [{mqtt = "5.0", case = "x/1", verdict = "fail"}, {mqtt = "3.1.1", case = "x/2", verdict = "fail"}, {mqtt = "3.1.1", case = "x/1", verdict = "fail"}]
)");
  const std::string text = to_toml(baseline);
  EXPECT_EQ(baseline.known.at(0).id, "x/1");
  EXPECT_EQ(baseline.known.at(1).id, "x/2");
  EXPECT_EQ(baseline.known.at(2).version, v5_0);
}

TEST(Baseline, EmptyFileMeansThatEverythingPasses) { EXPECT_TRUE(parsed("").known.empty()); }

TEST(Baseline, SaysWhereTheTextIsNotToml) {
  EXPECT_EQ(error_of("[[known]]\nmqtt = \n").find("broker.toml:2: this is not TOML: "), 0u) << error_of("[[known]]\nmqtt = \n");
  EXPECT_EQ(error_of("[[known]]\nmqtt = \n").find('\n'), std::string::npos);
}

TEST(Baseline, NamesCasesThatDoNotExist) {
  EXPECT_EQ(error_of("\n[[known]]\nmqtt = \"5.0\"\ncase = \"y/1\"\nverdict = \"fail\"\n"),
            "broker.toml:2: there is no case 'y/1' in MQTT 5.0");
  EXPECT_EQ(error_of("[[known]]\nmqtt = \"3.1.1\"\ncase = \"only/in-5\"\nverdict = \"fail\"\n"),
            "broker.toml:1: there is no case 'only/in-5' in MQTT 3.1.1");
}

TEST(Baseline, RejectsVerdictsThatNobodyCanExpect) {
  for (const std::string verdict : {"pass", "error", "failed", ""}) {
    EXPECT_EQ(error_of("[[known]]\nmqtt = \"5.0\"\ncase = \"x/1\"\nverdict = \"" + verdict + "\"\n"),
              "broker.toml:1: verdict is '" + verdict + "'; it must be fail, warn, skip, inconclusive or flaky");
  }
}

TEST(Baseline, RejectsWhatItDoesNotKnow) {
  EXPECT_EQ(error_of("[[knwon]]\n"), "broker.toml:1: unknown key 'knwon'; a baseline holds [[known]] tables");
  EXPECT_EQ(error_of("known = 1\n"), "broker.toml:1: 'known' must be written as [[known]] tables");
  EXPECT_EQ(error_of("[[known]]\nid = \"x/1\"\n"), "broker.toml:1: unknown key 'id'; a known case has mqtt, case, verdict and why");
  EXPECT_EQ(error_of("[[known]]\nmqtt = 5.0\n"), "broker.toml:1: 'mqtt' must be a string in quotes");
  EXPECT_EQ(error_of("[[known]]\nmqtt = \"5.0\"\n"), "broker.toml:1: 'case' is missing; a known case has mqtt, case, verdict and why");
  EXPECT_EQ(error_of("[[known]]\nmqtt = \"5\"\ncase = \"x/1\"\nverdict = \"fail\"\n"),
            "broker.toml:1: mqtt is '5'; it must be 3.1.1 or 5.0");
}

TEST(Baseline, RejectsACaseThatIsListedTwice) {
  const std::string one = "[[known]]\nmqtt = \"5.0\"\ncase = \"x/1\"\nverdict = \"fail\"\n";
  EXPECT_EQ(error_of(one + one), "broker.toml:5: case 'x/1' is listed twice");
}

TEST(Baseline, SaysThatAFileCannotBeRead) {
  const auto missing = read_baseline("/nowhere/broker.toml", exists);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error(), "cannot read /nowhere/broker.toml: No such file or directory");
  EXPECT_FALSE(read_baseline("/tmp", exists).has_value());
}

TEST(BaselineComparison, FindsNothingWhereEverythingIsAsListed) {
  const RunResult result =
      run_with({result_of(v3_1_1, "x/1", Verdict::fail), result_of(v5_0, "x/1", Verdict::pass), result_of(v5_0, "x/2", Verdict::skip)});
  EXPECT_TRUE(compare(result, parsed(two_known), Coverage::complete).empty());
}

TEST(BaselineComparison, FindsAFailThatIsNotListed) {
  const auto unexpected = compare(run_with({result_of(v5_0, "x/1", Verdict::fail)}), Baseline{}, Coverage::complete);
  ASSERT_EQ(unexpected.size(), 1u);
  EXPECT_EQ(unexpected[0].id, "x/1");
  EXPECT_EQ(unexpected[0].expected, Verdict::pass);
  EXPECT_EQ(unexpected[0].actual, Verdict::fail);
}

TEST(BaselineComparison, FindsAPassThatIsListedAsFail) {
  const auto unexpected = compare(run_with({result_of(v3_1_1, "x/1", Verdict::pass)}), parsed(two_known), Coverage::complete);
  ASSERT_EQ(unexpected.size(), 1u);
  EXPECT_EQ(unexpected[0].expected, Verdict::fail);
  EXPECT_EQ(unexpected[0].actual, Verdict::pass);
}

TEST(BaselineComparison, MissesAListedCaseOfAVersionThatWasRunInFull) {
  const RunResult only_3 = run_with({result_of(v3_1_1, "x/9", Verdict::pass)});
  const auto unexpected = compare(only_3, parsed(two_known), Coverage::complete);
  ASSERT_EQ(unexpected.size(), 1u);
  EXPECT_EQ(unexpected[0].id, "x/1");
  EXPECT_EQ(unexpected[0].actual, std::nullopt);
  EXPECT_TRUE(compare(only_3, parsed(two_known), Coverage::partial).empty());
}

TEST(BaselineComparison, LetsACaseKnownAsFlakyGoEitherWay) {
  const Baseline baseline{.heading = "", .known = {{v5_0, "x/1", Verdict::flaky, ""}}};
  for (const auto verdict : {Verdict::pass, Verdict::flaky, Verdict::fail, Verdict::skip, Verdict::inconclusive})
    EXPECT_TRUE(compare(run_with({result_of(v5_0, "x/1", verdict)}), baseline, Coverage::complete).empty()) << name(verdict);
  EXPECT_TRUE(compare(run_with({result_of(v5_0, "x/2", Verdict::pass)}), baseline, Coverage::complete).empty()) << "not there";
  for (const auto verdict : {Verdict::warn, Verdict::error})
    EXPECT_FALSE(compare(run_with({result_of(v5_0, "x/1", verdict)}), baseline, Coverage::complete).empty()) << name(verdict);
}

TEST(BaselineUpdate, KeepsTheReasonOfEntriesThatStayAndDropsWhatPasses) {
  const RunResult result =
      run_with({result_of(v3_1_1, "x/1", Verdict::warn), result_of(v5_0, "x/2", Verdict::pass), result_of(v5_0, "x/3", Verdict::fail)});
  const Baseline updated = update(parsed(two_known), result);
  ASSERT_EQ(updated.known.size(), 2u);
  EXPECT_EQ(updated.known[0].why, "says \"no\"");
  EXPECT_EQ(updated.known[0].verdict, Verdict::warn);
  EXPECT_EQ(updated.known[1].id, "x/3");
  EXPECT_EQ(updated.known[1].why, "not yet explained");
  EXPECT_EQ(updated.heading, "# Known of this broker\n# and explained\n");
}

TEST(BaselineUpdate, KeepsEntriesOfCasesThatWereNotRun) {
  const Baseline updated = update(parsed(two_known), run_with({result_of(v5_0, "x/3", Verdict::pass)}));
  EXPECT_EQ(to_toml(updated), two_known);
}

TEST(BaselineUpdate, KeepsWhatIsListedAsFlaky) {
  const Baseline baseline{.heading = "", .known = {{v5_0, "x/1", Verdict::flaky, "in a random order"}}};
  for (const auto verdict : {Verdict::pass, Verdict::fail}) {
    const Baseline updated = update(baseline, run_with({result_of(v5_0, "x/1", verdict)}));
    ASSERT_EQ(updated.known.size(), 1u);
    EXPECT_EQ(updated.known[0].verdict, Verdict::flaky);
    EXPECT_EQ(updated.known[0].why, "in a random order");
  }
}

TEST(BaselineUpdate, GivesWhatTheRunMatches) {
  const RunResult result = run_with({result_of(v5_0, "x/2", Verdict::inconclusive), result_of(v5_0, "x/1", Verdict::flaky)});
  EXPECT_TRUE(compare(result, parsed(to_toml(update(Baseline{}, result))), Coverage::complete).empty());
}

}  // namespace
}  // namespace mqttspec::conformance
