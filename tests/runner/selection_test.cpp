#include "conformance/runner/selection.hpp"

#include "tests/runner/case_factory.hpp"

#include <gtest/gtest.h>

namespace mqttspec::conformance {
namespace {

const Case resent = case_that_checks("qos2/resent-publish", {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-10"}});
const Case retain = case_that_checks("publish/retain", {{v5_0, "MQTT-3.3.1-5"}, {v5_0, "3.3.2.1"}});

bool selects(Selection selection, const Case& candidate, ProtocolVersion version) { return selection.selects(candidate, version); }

TEST(Glob, StarStandsForAnyRunOfCharacters) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("qos2/*", "qos2/resent-publish"));
  EXPECT_TRUE(matches_glob("*publish*once", "qos2/publish-once-and-once"));
  EXPECT_TRUE(matches_glob("a**b", "ab"));
}

TEST(Glob, MatchesTheWholeText) {
  EXPECT_FALSE(matches_glob("qos2", "qos2/resent-publish"));
  EXPECT_FALSE(matches_glob("*/resent", "qos2/resent-publish"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_FALSE(matches_glob("a*b*c", "acb"));
}

TEST(Glob, TakesManyStarsInTimeThatDoesNotExplode) { EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*a*b", std::string(5'000, 'a'))); }

TEST(Selection, SelectsEverythingWithoutPatterns) {
  EXPECT_TRUE(selects({}, resent, v3_1_1));
  EXPECT_TRUE(selects({}, resent, v5_0));
}

TEST(Selection, LeavesOutVersionsInWhichACaseDoesNotRun) { EXPECT_FALSE(selects({}, retain, v3_1_1)); }

TEST(Selection, SelectsByCaseId) {
  EXPECT_TRUE(selects({.only = {"qos2/*"}, .skip = {}}, resent, v3_1_1));
  EXPECT_FALSE(selects({.only = {"qos2/*"}, .skip = {}}, retain, v5_0));
}

TEST(Selection, SelectsByStatementOfTheVersionThatIsRun) {
  EXPECT_TRUE(selects({.only = {"MQTT-4.3.3-10"}, .skip = {}}, resent, v5_0));
  EXPECT_FALSE(selects({.only = {"MQTT-4.3.3-10"}, .skip = {}}, resent, v3_1_1));
  EXPECT_TRUE(selects({.only = {"MQTT-4.3.3-*"}, .skip = {}}, resent, v3_1_1));
}

TEST(Selection, SelectsASectionAndWhatIsBelowIt) {
  EXPECT_TRUE(selects({.only = {"v5/3.3"}, .skip = {}}, retain, v5_0));
  EXPECT_TRUE(selects({.only = {"v5/3.3.2"}, .skip = {}}, retain, v5_0));
  EXPECT_TRUE(selects({.only = {"v5/3"}, .skip = {}}, retain, v5_0));
  EXPECT_FALSE(selects({.only = {"v5/3.3.2.1.1"}, .skip = {}}, retain, v5_0));
}

TEST(Selection, DoesNotTakeASectionForAnotherThatBeginsLikeIt) {
  const Case unsuback = case_that_checks("unsuback/codes", {{v5_0, "MQTT-3.11.3-1"}});
  EXPECT_FALSE(selects({.only = {"v5/3.1"}, .skip = {}}, unsuback, v5_0));
}

TEST(Selection, TakesASectionInTheVersionOfThePatternOnly) {
  EXPECT_TRUE(selects({.only = {"v3/4.3"}, .skip = {}}, resent, v3_1_1));
  EXPECT_FALSE(selects({.only = {"v3/4.3"}, .skip = {}}, resent, v5_0));
}

TEST(Selection, TakesTheZerothPartOfASectionForTheSectionItself) {
  const Case state = case_that_checks("session/state", {{v5_0, "MQTT-4.1.0-1"}});
  EXPECT_TRUE(selects({.only = {"v5/4.1"}, .skip = {}}, state, v5_0));
}

TEST(Selection, SkipTakesAwayFromOnly) {
  const Selection selection{.only = {"qos2/*", "publish/*"}, .skip = {"MQTT-3.3.1-5"}};
  EXPECT_TRUE(selects(selection, resent, v5_0));
  EXPECT_FALSE(selects(selection, retain, v5_0));
}

}  // namespace
}  // namespace mqttspec::conformance
