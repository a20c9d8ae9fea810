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

TEST(Coverage, NamesWhatConcernsServersAndIsNotCovered) {
  const std::vector<CoveredStatement> statements = {{.version = v5, .statement = of_servers}, {.version = v5, .statement = of_clients}};
  const std::string text = render_text(statements);
  EXPECT_THAT(text, HasSubstr("MQTT 5.0: 0 of 2 statements are covered by a case or a rule of conduct, 0 of the 1 that concern servers."));
  EXPECT_THAT(text, HasSubstr("  MQTT-1.0.0-1    must not    Server does a | b\n"));
  EXPECT_THAT(text, Not(HasSubstr("MQTT-1.0.0-2")));
}

TEST(Coverage, CountsARuleOfConductAsWellAsACase) {
  const std::vector<CoveredStatement> statements = {{.version = v5, .statement = of_servers, .rules = {"server/a"}},
                                                    {.version = v5, .statement = of_servers, .cases = {"a/b"}}};
  EXPECT_THAT(render_text(statements), HasSubstr("2 of 2 statements are covered"));
}

TEST(Coverage, SaysOfClientStatementsWhyNothingStandsForThem) {
  EXPECT_EQ((CoveredStatement{.version = v5, .statement = of_clients}.why_not()), "it is about clients");
  EXPECT_EQ((CoveredStatement{.version = v5, .statement = of_clients, .rules = {"client/a"}}.why_not()), "");
  EXPECT_EQ((CoveredStatement{.version = v5, .statement = of_servers}.why_not()), "");
}

TEST(Coverage, WritesAMarkdownTableThatABarDoesNotBreak) {
  const std::vector<CoveredStatement> statements = {{.version = v5, .statement = of_servers, .cases = {"a/b", "a/c"}, .defects = {"d/e"}}};
  EXPECT_THAT(render_markdown(statements),
              HasSubstr("| MQTT-1.0.0-1 | server | must not | Server does a \\| b | `a/b` `a/c` |  | `d/e` |\n"));
}

}  // namespace
}  // namespace mqttspec::conformance::report
