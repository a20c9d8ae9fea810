#include "reference/wire/decoder_rules.hpp"

#include "tests/wire/malformed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mqttspec::wire::testing {
namespace {

TEST(DecoderRules, HaveOneIdEach) {
  std::set<std::string_view> ids;
  for (const Rule& rule : decoder_rules) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_TRUE(rule.id.starts_with("codec/")) << rule.id;
  }
}

TEST(DecoderRules, ListEveryStatementThatTheDecoderFindsBroken) {
  for (const auto table : {malformed_framing(), malformed_fixed_headers(), malformed_connects(), malformed_publishes(),
                           malformed_acknowledgements(), malformed_subscriptions(), malformed_properties(), malformed_strings()})
    for (const Malformed& row : table) {
      if (!row.clause.starts_with("MQTT-")) continue;
      const auto names_it = [&](const Rule& rule) { return rule.requirement.in(row.version).text() == row.clause; };
      EXPECT_TRUE(std::ranges::any_of(decoder_rules, names_it)) << row.clause << ": " << row.name;
    }
}

}  // namespace
}  // namespace mqttspec::wire::testing
