#include "conformance/report/console.hpp"

#include "conformance/report/text.hpp"
#include "tests/report/sample.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace mqttspec::conformance::report {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

RunResult run_of(std::vector<CaseResult> cases) {
  RunResult run = sample();
  run.capabilities.clear();
  run.cases = std::move(cases);
  summarise(run);
  return run;
}

TEST(ConsoleReport, GivesASectionWithOnlyPassesOneLine) {
  RunResult run = sample();
  run.cases.resize(2);
  run.capabilities.clear();
  summarise(run);
  EXPECT_EQ(render_console(run, {.columns = 80}), R"(mqttspec 0.1.0  mqtt://127.0.0.1:1883  seed 42
Delivery takes 0.3 ms (0.2 ms to 1.1 ms); settle time 60 ms

MQTT 3.1.1
    3     MQTT Control Packets
  ✓ 3.1   CONNECT – Client requests a connection to a Server ·········· 2 passed

2 cases in 1.50 s: 2 passed
)");
}

TEST(ConsoleReport, TellsWhatFailedWithItsEvidence) {
  EXPECT_EQ(render_console(sample(), {.columns = 80}), R"(mqttspec 0.1.0  mqtt://127.0.0.1:1883  seed 42
Delivery takes 0.3 ms (0.2 ms to 1.1 ms); settle time 60 ms

MQTT 3.1.1
    3     MQTT Control Packets
  ✓ 3.1   CONNECT – Client requests a connection to a Server ·········· 2 passed
  ✗ 3.2   CONNACK – Acknowledge connection request ···················· 1 failed
      ✗ connack/session-present  MQTT-3.2.2-1
        Session Present is 0 after a clean session
        fail: Session Present was 1

MQTT 5.0
    4     Operational behavior
  ✓ 4.3   Quality of Service levels and protoc… ··· 1 passed (1 slow), 1 skipped
      ✓ qos1/slow  MQTT-4.3.2-1
        What a conforming broker does
        slow: PUBACK took 5.1 s
      – qos2/skipped  MQTT-4.3.3-10
        What a conforming broker does
        skip: needs QoS 2: CONNACK says Maximum QoS 1

What the broker does not offer
  QoS 2 (MQTT 5.0): CONNACK says Maximum QoS 1

Evidence

1) connack/session-present  MQTT 3.1.1
   Session Present is 0 after a clean session
   fail: Session Present was 1

   MQTT-3.2.2-1  Session Present is 0 in a CONNACK that accepts CleanSession 1
     expected  CONNACK with Session Present 0
     got       CONNACK with Session Present 1

      +0.0000 s  #1 mabc1  · opened
      +0.0001 s  #1 mabc1  → CONNECT client identifier "mabc1"
      +1.2346 s  #1 mabc1  ← CONNACK Session Present, accepted
      +1.3000 s            · a remark

Broken in MQTT 3.1.1: MQTT-3.2.2-1
5 cases in 1.50 s: 3 passed (1 slow), 1 failed, 1 skipped
)");
}

TEST(ConsoleReport, ShowsWhenQuietOnlyWhatDidNotPass) {
  const std::string text = render_console(sample(), {.detail = Detail::quiet});
  EXPECT_THAT(text, HasSubstr("connack/session-present"));
  EXPECT_THAT(text, HasSubstr("qos2/skipped"));
  EXPECT_THAT(text, Not(HasSubstr("seed")));
  EXPECT_THAT(text, Not(HasSubstr("3.1   CONNECT")));
  EXPECT_THAT(text, Not(HasSubstr("qos1/slow")));
}

TEST(ConsoleReport, ShowsWhenQuietNothingButTheSummaryOfAPlainSuccess) {
  RunResult run = sample();
  run.cases.resize(2);
  summarise(run);
  EXPECT_EQ(render_console(run, {.detail = Detail::quiet}), "2 cases in 1.50 s: 2 passed\n");
}

TEST(ConsoleReport, ShowsWhenVerboseEveryCaseAndTheBytes) {
  const std::string text = render_console(sample(), {.detail = Detail::verbose});
  EXPECT_THAT(text, HasSubstr("      ✓ connect/once  MQTT-3.1.0-2\n"));
  EXPECT_THAT(text, HasSubstr("← CONNACK Session Present, accepted\n                             20 02 01 00\n"));
}

TEST(ConsoleReport, ShowsBothRunsOfAFlakyCase) {
  const std::string text = render_console(run_of({flaky()}), {});
  EXPECT_THAT(text, HasSubstr("   The run that failed:\n      +0.0000 s"));
  EXPECT_THAT(text, HasSubstr("   The run that passed, alone and with longer limits:\n      +0.0000 s"));
  EXPECT_THAT(text, HasSubstr("1 case in 1.50 s: 1 flaky\n"));
}

TEST(ConsoleReport, LeavesOutTheMiddleOfALongTraceUnlessVerbose) {
  CaseResult result = failed();
  std::vector<TraceLine> lines;
  for (int i = 0; i < 100; ++i) lines.push_back(line(std::chrono::microseconds(i), 1, TraceLine::Kind::event, fmt::format("line {}.", i)));
  result.trace = Trace(std::move(lines));
  const RunResult run = run_of({result});
  const std::string text = render_console(run, {});
  EXPECT_THAT(text, HasSubstr("line 19.\n     … 40 lines left out here; --verbose and --json show them\n"));
  EXPECT_THAT(text, Not(HasSubstr("line 59.")));
  EXPECT_THAT(text, HasSubstr("line 60."));
  EXPECT_THAT(render_console(run, {.detail = Detail::verbose}), HasSubstr("line 59."));
}

TEST(ConsoleReport, NamesTheSectionWhereARequirementHasNoNumber) {
  CaseResult result = failed();
  result.clauses = {spec::Clause(ProtocolVersion::v3_1_1, "3.1.2.10")};
  result.blames.front().clause = result.clauses.front();
  EXPECT_THAT(render_console(run_of({result}), {}), HasSubstr("   section 3.1.2.10  the standard gives this requirement no number\n"));
}

TEST(ConsoleReport, OrdersSectionsByNumberAndNotByLetters) {
  constexpr auto v5 = ProtocolVersion::v5_0;
  const std::string text = render_console(
      run_of({passed(v5, "x/1", spec::Clause(v5, "MQTT-3.10.1-1")), passed(v5, "x/2", spec::Clause(v5, "MQTT-3.9.3-1"))}), {});
  EXPECT_LT(text.find("3.9 "), text.find("3.10 "));
}

TEST(ConsoleReport, TellsWhichWaitsFollowFromTheBroker) {
  using namespace std::chrono_literals;
  RunResult run = sample();
  run.timing = judge_timing({2ms, 2ms}, 400ms, {}, 30s);
  EXPECT_THAT(render_console(run, {.columns = 200}),
              HasSubstr("Delivery takes 2 ms (2 ms to 2 ms); subscriptions take effect up to 400 ms after SUBACK; settle time 800 ms\n"));
  run.timing = judge_timing({}, {}, 1'500ms, 30s);
  EXPECT_THAT(render_console(run, {}), HasSubstr("No delivery could be timed; settle time 1.5 s, as given\n"));
}

TEST(ConsoleReport, TellsWhatIsLeftBehind) {
  RunResult run = sample();
  EXPECT_THAT(render_console(run, {}), Not(HasSubstr("Left behind")));
  run.left_behind = {{.kind = "retained message", .name = "mqttspec/a\x1b", .case_id = "retained/kept"}};
  EXPECT_THAT(render_console(run, {}), HasSubstr("  retained message mqttspec/a\\x1b of retained/kept (MQTT 5.0)\n"));
}

TEST(ConsoleReport, SaysThatARunWasBrokenOff) {
  RunResult run = sample();
  run.broken_off = "the broker has died";
  EXPECT_THAT(render_console(run, {}), EndsWith("The run was broken off: the broker has died\n"));
}

TEST(ConsoleReport, LetsNoControlCharacterOfABrokerReachTheTerminal) {
  CaseResult result = failed();
  const std::string evil = "\x1b]0;owned\a\r\u009b2J\u202e";
  result.message = evil;
  result.blames.front().got = evil;
  result.trace = changed(result.trace, [&](auto& lines) { lines.front().text = lines.front().client = evil; });
  RunResult run = run_of({result});
  run.capabilities = {{.name = "x", .version = ProtocolVersion::v5_0, .available = false, .evidence = evil}};
  run.broken_off = evil;
  const std::string text = render_console(run, {.detail = Detail::verbose});
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(c);
  EXPECT_THAT(text, Not(HasSubstr("\u009b")));
  EXPECT_THAT(text, Not(HasSubstr("\u202e")));
}

TEST(ConsoleReport, StaysWithinItsColumns) {
  CaseResult result = failed();
  const std::string lengthy =
      "a sentence that goes on and on so that no terminal could ever hold all of it in one single line of text, truly";
  result.title = result.message = result.blames.front().got = lengthy;
  result.trace = changed(result.trace, [&](auto& lines) {
    lines[1].text = lengthy;
    lines[1].bytes.assign(600, 0x55);
  });
  const RunResult run = run_of({result});
  for (const std::size_t columns : {60u, 80u, 100u, 120u}) {
    std::istringstream lines(render_console(run, {.detail = Detail::verbose, .columns = columns}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width(line), columns) << line;
  }
}

TEST(ConsoleReport, ColoursWithoutChangingTheText) {
  const std::string coloured = render_console(sample(), {.colour = Colour::on});
  std::string bare;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      bare += coloured[i];
    }
  }
  EXPECT_NE(coloured, bare);
  EXPECT_EQ(bare, render_console(sample(), {}));
}

/// What is known of the broker of sample(): one case that fails, and one that was to fail and is skipped.
const Baseline& known() {
  static const Baseline baseline{
      .heading = {},
      .known = {{.version = ProtocolVersion::v3_1_1, .id = "connack/session-present", .why = "it is said to be kept"},
                {.version = ProtocolVersion::v5_0, .id = "qos2/skipped", .why = "not shown"}}};
  return baseline;
}

TEST(ConsoleReport, TellsOnlyTheReasonOfWhatTheBaselineExpects) {
  const std::string text = render_console(sample(), {}, known());
  EXPECT_THAT(text, HasSubstr("connack/session-present"));
  EXPECT_THAT(text, HasSubstr("        known fail: it is said to be kept\n"));
  EXPECT_THAT(text, Not(HasSubstr("Evidence")));
  EXPECT_THAT(text, Not(HasSubstr("not shown")));
  EXPECT_THAT(text, HasSubstr("1 failed"));
}

TEST(ConsoleReport, LeavesOutWhenQuietWhatTheBaselineExpects) {
  const std::string text = render_console(sample(), {.detail = Detail::quiet}, known());
  EXPECT_THAT(text, Not(HasSubstr("connack/session-present")));
  EXPECT_THAT(text, HasSubstr("qos2/skipped"));
}

TEST(ConsoleReport, ShowsWhenVerboseTheEvidenceOfWhatTheBaselineExpects) {
  EXPECT_THAT(render_console(sample(), {.detail = Detail::verbose}, known()), HasSubstr("1) connack/session-present"));
}

TEST(Comparison, ListsWhatDiffers) {
  const std::vector<Unexpected> unexpected = {{ProtocolVersion::v5_0, "x/1", Verdict::pass, Verdict::fail},
                                              {ProtocolVersion::v3_1_1, "x/2", Verdict::fail, std::nullopt}};
  EXPECT_EQ(render_comparison(unexpected, "broker.toml", {}), R"(2 differences against the baseline broker.toml:
  MQTT 5.0    x/1: expected: pass; got: fail
  MQTT 3.1.1  x/2: expected: fail; got: nothing (it is not among the results)
)");
}

TEST(Comparison, SaysThatNothingDiffers) { EXPECT_EQ(render_comparison({}, "broker.toml", {}), "As the baseline expects (broker.toml)\n"); }

TEST(List, HasALineForEachCaseAndVersion) {
  const RunResult run = sample();
  EXPECT_THAT(render_list(run.cases, {}), HasSubstr("3.1.1  connack/session-present  Session Present is 0 after a clean session\n"
                                                    "5.0    qos1/slow                What a conforming broker does\n"));
}

}  // namespace
}  // namespace mqttspec::conformance::report
