#include "conformance/report/json.hpp"

#include "conformance/report/tool.hpp"
#include "tests/report/sample.hpp"
#include "tests/report/schema_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace mqttspec::conformance::report {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string schema() {
  const auto repository = std::filesystem::path(__FILE__).parent_path() / "../..";
  std::ifstream in(repository / "docs/report.schema.json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string render_json(const RunResult& result) {
  std::ostringstream text;
  write_json(text, result);
  return text.str();
}

RunResult everything() {
  RunResult run = sample();
  run.cases.push_back(flaky());
  run.broken_off = "interrupted";
  run.left_behind = {{.kind = "session", .name = "mabc1kept", .case_id = "session/kept"}};
  run.under_way = {{.id = "session/kept", .version = ProtocolVersion::v3_1_1}};
  summarise(run);
  return run;
}

std::vector<std::string> keys(const std::string& text) {
  std::vector<std::string> names;
  const auto document = nlohmann::ordered_json::parse(text);
  for (const auto& [name, value] : document.items()) names.push_back(name);
  return names;
}

TEST(JsonReport, FitsTheSchema) {
  EXPECT_THAT(check_against_schema(render_json(everything()), schema()), IsEmpty());
  EXPECT_THAT(check_against_schema(render_json(RunResult{}), schema()), IsEmpty());
}

TEST(JsonReport, IsIndentedByTwoSpacesThroughout) {
  for (const auto& run : {everything(), RunResult{}}) {
    const auto text = render_json(run);
    EXPECT_EQ(text, nlohmann::ordered_json::parse(text).dump(2) + "\n");
  }
}

TEST(JsonReport, HasItsMembersInTheOrderOfTheDesign) {
  EXPECT_THAT(keys(render_json(sample())), ElementsAre("tool", "target", "started", "seconds", "seed", "capabilities", "timing", "cases",
                                                       "statements", "summary", "left_behind"));
}

TEST(JsonReport, SaysOnlyOfABrokenRunThatItWasBrokenOff) {
  EXPECT_EQ(json::parse(render_json(everything())).at("broken_off"), "interrupted");
  EXPECT_FALSE(json::parse(render_json(sample())).contains("broken_off"));
}

TEST(JsonReport, TellsHowFastTheBrokerWas) {
  const json timing = json::parse(render_json(sample())).at("timing");
  EXPECT_EQ(timing.at("deliveries"), 3);
  EXPECT_EQ(timing.at("shortest"), 0.0002);
  EXPECT_EQ(timing.at("median"), 0.0003);
  EXPECT_EQ(timing.at("longest"), 0.0011);
  EXPECT_EQ(timing.at("settle"), 0.06);
  EXPECT_EQ(timing.at("settle_is_given"), false);
}

TEST(JsonReport, TellsWhatIsLeftBehindAndWhatWasUnderWay) {
  const json report = json::parse(render_json(everything()));
  EXPECT_EQ(report.at("left_behind"), json::parse(R"([{"kind": "session", "name": "mabc1kept", "case": "session/kept", "mqtt": "5.0"}])"));
  EXPECT_EQ(report.at("under_way"), json::parse(R"([{"id": "session/kept", "mqtt": "3.1.1"}])"));
  EXPECT_THAT(json::parse(render_json(sample())).at("left_behind"), IsEmpty());
  EXPECT_FALSE(json::parse(render_json(sample())).contains("under_way"));
}

TEST(JsonReport, TellsWhoWhatAndWhen) {
  const json report = json::parse(render_json(sample()));
  EXPECT_EQ(report.at("tool"), (json{{"name", "mqttspec"}, {"version", tool_version}}));
  EXPECT_EQ(report.at("target"), "mqtt://127.0.0.1:1883");
  EXPECT_EQ(report.at("started"), "2025-01-31T12:00:00.005Z");
  EXPECT_EQ(report.at("seconds"), 1.5);
  EXPECT_EQ(report.at("seed"), 42);
  EXPECT_EQ(report.at("summary"),
            (json{{"pass", 3}, {"fail", 1}, {"warn", 0}, {"skip", 1}, {"inconclusive", 0}, {"flaky", 0}, {"error", 0}}));
}

TEST(JsonReport, HoldsTheEvidenceOfAFail) {
  const json failed_case = json::parse(render_json(sample())).at("cases").at(2);
  const json& blame = failed_case.at("blames").at(0);
  EXPECT_EQ(failed_case.at("verdict"), "fail");
  EXPECT_EQ(blame.at("statement"), "MQTT-3.2.2-1");
  EXPECT_EQ(blame.at("requirement"), spec::find(ProtocolVersion::v3_1_1, "MQTT-3.2.2-1")->requirement);
  EXPECT_EQ(failed_case.at("trace").at(2), (json{{"at", 1.234567},
                                                 {"connection", 1},
                                                 {"client", "mabc1"},
                                                 {"kind", "received"},
                                                 {"text", "CONNACK Session Present, accepted"},
                                                 {"hex", "20 02 01 00"}}));
}

TEST(JsonReport, ShowsBothRunsOfAFlakyCase) {
  const json cases = json::parse(render_json(everything())).at("cases");
  EXPECT_EQ(cases.back().at("first_trace").size(), 4u);
  EXPECT_EQ(cases.back().at("trace").size(), 2u);
  EXPECT_FALSE(cases.front().contains("first_trace"));
}

TEST(JsonReport, SurvivesTextThatIsNotUtf8) {
  RunResult run = sample();
  run.cases[2].trace = changed(run.cases[2].trace, [](auto& lines) {
    lines[0].text = "broken \xff text";
    lines[1].client = "\xc3";
  });
  const std::string text = render_json(run);
  EXPECT_THAT(text, HasSubstr("broken \xef\xbf\xbd text"));
  EXPECT_THAT(check_against_schema(text, schema()), IsEmpty());
}

TEST(JsonReport, ShowsAllBytesOfALongPacket) {
  RunResult run = sample();
  run.cases[2].trace = changed(run.cases[2].trace, [](auto& lines) { lines[1].bytes.assign(4'096, 0xab); });
  EXPECT_EQ(json::parse(render_json(run)).at("cases").at(2).at("trace").at(1).at("hex").get<std::string>().size(), 4'096u * 3 - 1);
}

TEST(SchemaCheck, FindsWhatDoesNotFit) {
  json report = json::parse(render_json(sample()));
  report.at("cases").at(0).at("verdict") = "perhaps";
  report.at("seed") = "42";
  report.erase("target");
  report["extra"] = 1;
  report.at("started") = "yesterday";
  const auto problems = check_against_schema(report.dump(), schema());
  EXPECT_EQ(problems.size(), 5u);
  EXPECT_THAT(problems, Contains(HasSubstr("/cases/0/verdict: must be one of")));
  EXPECT_THAT(problems, Contains("/: lacks \"target\""));
}

TEST(CoverageJson, ListsEveryStatementWithWhatStandsForIt) {
  CoveredStatement covered{.version = ProtocolVersion::v5_0, .statement = *spec::find(ProtocolVersion::v5_0, "MQTT-3.1.0-2")};
  covered.cases = {"connect/second-connect"};
  const json report = json::parse(report::render_json(std::span(&covered, 1)));
  const json& statement = report.at("statements").at(0);
  EXPECT_EQ(statement.at("id"), "MQTT-3.1.0-2");
  EXPECT_EQ(statement.at("mqtt"), "5.0");
  EXPECT_EQ(statement.at("role"), "server");
  EXPECT_EQ(statement.at("level"), "must");
  EXPECT_EQ(statement.at("cases"), json::array({"connect/second-connect"}));
  EXPECT_EQ(statement.at("rules"), json::array());
  EXPECT_EQ(statement.at("defects"), json::array());
  EXPECT_EQ(statement.at("why_not"), "");
}

}  // namespace
}  // namespace mqttspec::conformance::report
