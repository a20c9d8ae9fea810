#include "conformance/report/coverage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mqttspec::conformance::report {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr spec::Statement of_servers{"MQTT-1.0.0-1", "1", "One", spec::Role::server, spec::Level::must_not, "Server does a | b"};
constexpr spec::Statement of_clients{"MQTT-1.0.0-2", "1", "One", spec::Role::client, spec::Level::should, "Client does c"};
constexpr auto v5 = spec::ProtocolVersion::v5_0;

TEST(Coverage, NamesWhatIsNotCovered) {
  const std::vector<CoveredStatement> statements = {{.version = v5, .statement = of_servers},
                                                    {.version = v5, .statement = of_clients, .rules = {"client/c"}}};
  const std::string text = render_text(statements);
  EXPECT_THAT(text,
              HasSubstr("MQTT 5.0: 1 of 2 statements are covered, 0 of them by cases that provoke them; of the 1 that concern servers 0 "
                        "are covered. 0 cannot be seen in any packet."));
  EXPECT_THAT(text, HasSubstr("  MQTT-1.0.0-1    server must not    Server does a | b\n"));
  EXPECT_THAT(text, Not(HasSubstr("MQTT-1.0.0-2")));
}

TEST(Coverage, CountsARuleOfConductAndOneOfTheCodecAsWellAsACase) {
  const std::vector<CoveredStatement> statements = {{.version = v5, .statement = of_servers, .rules = {"server/a"}},
                                                    {.version = v5, .statement = of_servers, .codec = {"codec/a"}},
                                                    {.version = v5, .statement = of_servers, .cases = {"a/b"}}};
  EXPECT_THAT(render_text(statements), HasSubstr("3 of 3 statements are covered, 1 of them by cases"));
}

TEST(Coverage, SaysWhyNoPacketShowsAStatement) {
  const spec::Statement* const too_long = spec::find(v5, "MQTT-4.7.3-3");
  ASSERT_NE(too_long, nullptr);
  EXPECT_THAT(std::string((CoveredStatement{.version = v5, .statement = *too_long}.why_not())), HasSubstr("65,535"));
  EXPECT_EQ((CoveredStatement{.version = v5, .statement = *too_long, .cases = {"a/b"}}.why_not()), "");
  EXPECT_EQ((CoveredStatement{.version = v5, .statement = of_servers}.why_not()), "");
}

TEST(Coverage, WritesAMarkdownTableForEachSectionThatABarDoesNotBreak) {
  const std::vector<CoveredStatement> statements = {{.version = v5, .statement = of_servers, .cases = {"a/b", "a/c"}, .defects = {"d/e"}}};
  const std::string text = render_markdown(statements);
  EXPECT_THAT(text, HasSubstr("\n### 1 One\n"));
  EXPECT_THAT(text, HasSubstr("| MQTT-1.0.0-1 | server | must not | Server does a \\| b | `a/b` `a/c` |  |  | `d/e` |\n"));
}

TEST(Coverage, FoldsALargeFamilyOfCases) {
  const std::vector<CoveredStatement> statements = {
      {.version = v5, .statement = of_servers, .cases = {"a/1", "a/2", "b/1", "a/3", "a/4", "a/5", "a/6"}}};
  EXPECT_THAT(render_markdown(statements), HasSubstr("| `a/*` (6) `b/1` |"));
}

}  // namespace
}  // namespace mqttspec::conformance::report
