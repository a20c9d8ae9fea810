#include "conformance/report/selftest.hpp"

#include "conformance/report/json.hpp"
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
using testing::HasSubstr;
using testing::IsEmpty;

constexpr spec::Clause broken_clause{v5_0, "MQTT-3.3.1-5"};

TriedDefect defect(std::string id, std::vector<std::string> killed_by) {
  const bool is_killed = !killed_by.empty();
  return {
      .id = std::move(id), .summary = "Breaks it", .clause = broken_clause, .killed_by = std::move(killed_by), .killed_by_own = is_killed};
}

/// All is as it should be.
SelftestResult good() {
  return {.seed = 7, .cases = 1, .defects = {defect("d/killed", {"a/first"})}, .variants = {{.id = "v/free", .summary = "Is free"}}};
}

/// Everything that can be wrong.
SelftestResult bad() {
  SelftestResult result = good();
  result.defects.push_back(defect("d/lives", {}));
  result.defects.push_back(defect("d/killed-by-others", {"b/other"}));
  result.defects.back().killed_by_own = false;
  result.variants.push_back(
      {.id = "v/blamed", .summary = "Is right", .failures = {{"a/first", v3_1_1, Verdict::inconclusive, "nothing\x1b came"}}});
  result.idle_cases.push_back({.id = "a/idle", .version = v5_0});
  return result;
}

std::string schema() {
  std::ifstream in(std::filesystem::path(__FILE__).parent_path() / "../../docs/selftest.schema.json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string text(const SelftestResult& result, Detail detail = Detail::normal) { return render_selftest(result, {.detail = detail}); }

TEST(SelftestJson, FitsTheSchema) {
  EXPECT_THAT(check_against_schema(render_json(good()), schema()), IsEmpty());
  EXPECT_THAT(check_against_schema(render_json(bad()), schema()), IsEmpty());
}

TEST(SelftestJson, SaysWhatHasKilledADefect) {
  const auto one = json::parse(render_json(good())).at("defects").at(0);
  EXPECT_EQ(one.at("id"), "d/killed");
  EXPECT_EQ(one.at("mqtt"), "5.0");
  EXPECT_EQ(one.at("statement"), "MQTT-3.3.1-5");
  EXPECT_EQ(one.at("killed"), true);
  EXPECT_EQ(one.at("killed_by"), json({"a/first"}));
}

TEST(SelftestJson, SumsUp) {
  const auto summary = json::parse(render_json(bad())).at("summary");
  EXPECT_EQ(summary.at("holds"), false);
  EXPECT_EQ(summary.at("defects"), 3);
  EXPECT_EQ(summary.at("killed"), 2);
  EXPECT_EQ(summary.at("survivors"), 1);
  EXPECT_EQ(summary.at("variants_failed"), 1);
  EXPECT_EQ(summary.at("idle_cases"), 1);
  EXPECT_EQ(json::parse(render_json(good())).at("summary").at("holds"), true);
}

TEST(SelftestConsole, IsShortWhereNothingIsWrong) {
  EXPECT_EQ(text(good()),
            "1 defect, each in one version: 1 killed, 0 of them not by a case of their own statement; 0 survive\n"
            "1 variant: 1 tolerated\n"
            "1 case, each in one version: 0 kill nothing\n"
            "The suite holds: mqttspec 0.1.0, seed 7, in 0.0 s\n");
}

TEST(SelftestConsole, NamesEverythingThatIsWrong) {
  const std::string all = text(bad());
  EXPECT_THAT(all, HasSubstr("Defects that survive\n  5.0    d/lives  MQTT-3.3.1-5  Breaks it\n"));
  EXPECT_THAT(all, HasSubstr("Defects that no case of their own statement kills\n  5.0    d/killed-by-others  MQTT-3.3.1-5  Breaks it\n"
                             "           killed by b/other\n"));
  EXPECT_THAT(all, HasSubstr("Cases that kill nothing\n  5.0    a/idle\n"));
  EXPECT_THAT(all, HasSubstr("False alarms on v/blamed  Is right\n  3.1.1  a/first inconclusive: nothing\\x1b came\n"));
  EXPECT_THAT(all, HasSubstr("The suite does not hold"));
}

TEST(SelftestConsole, TellsOfEveryDefectAndVariantWhenVerbose) {
  const std::string verbose = text(bad(), Detail::verbose);
  EXPECT_THAT(verbose, HasSubstr("  5.0    d/killed  MQTT-3.3.1-5  a/first\n"));
  EXPECT_THAT(verbose, HasSubstr("  v/free  Is free: 0\n"));
}

}  // namespace
}  // namespace mqttspec::conformance::report
