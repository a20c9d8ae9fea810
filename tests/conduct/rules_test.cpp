#include "tests/conduct/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace mqttspec::conduct::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ProtocolVersion versions[] = {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};

const Rule* find(std::span<const Rule> rules, std::string_view id) {
  const auto found = std::ranges::find(rules, id, &Rule::id);
  return found == rules.end() ? nullptr : &*found;
}

/// Every rule has examples, and they show what they should in each version that has the rule.
template <class E>
void check(std::span<const Rule> rules, const std::vector<Example<E>>& examples) {
  std::set<std::string_view> shown;
  for (const Example<E>& example : examples) {
    SCOPED_TRACE(example.rule);
    const Rule* const rule = find(rules, example.rule);
    ASSERT_NE(rule, nullptr);
    shown.insert(rule->id);
    for (const ProtocolVersion version : versions) {
      SCOPED_TRACE(spec::name(version));
      if (rule->requirement.in(version).empty()) continue;
      E keeping(version);
      example.keeps(keeping);
      EXPECT_THAT(keeping.broken(), IsEmpty());
      E breaking(version);
      example.breaks(breaking);
      EXPECT_THAT(breaking.broken(), ElementsAre(rule->id));
      for (const Finding& finding : breaking.findings()) {
        EXPECT_FALSE(finding.clause.empty());
        EXPECT_FALSE(finding.explanation.empty());
      }
    }
  }
  for (const Rule& rule : rules) EXPECT_TRUE(shown.contains(rule.id)) << "no example for " << rule.id;
}

TEST(ConductRules, EveryServerRuleIsKeptAndBrokenByItsExamples) { check(server_rules(), server_examples()); }
TEST(ConductRules, EveryClientRuleIsKeptAndBrokenByItsExamples) { check(client_rules(), client_examples()); }

TEST(ConductRules, HaveOneIdEachAndAClauseInSomeVersion) {
  std::set<std::string_view> ids;
  for (const auto rules : {server_rules(), client_rules(), decoder_rules()})
    for (const Rule& rule : rules) {
      EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
      EXPECT_FALSE(rule.requirement.v3_1_1.empty() && rule.requirement.v5_0.empty()) << rule.id;
      EXPECT_FALSE(rule.summary.empty()) << rule.id;
    }
}

TEST(ConductRules, WatchFurtherStatementsEachOnceAndBesideTheirOwn) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
  for (const FurtherStatement& further : further_statements()) {
    SCOPED_TRACE(further.rule);
    const Rule* rule = nullptr;
    for (const auto rules : {server_rules(), client_rules(), decoder_rules()})
      if (rule == nullptr) rule = find(rules, further.rule);
    ASSERT_NE(rule, nullptr);
    for (const ProtocolVersion version : versions) {
      const spec::Clause clause = further.requirement.in(version);
      if (clause.empty()) continue;
      EXPECT_TRUE(clause.is_statement()) << clause.text();
      EXPECT_NE(clause, rule->requirement.in(version)) << clause.text();
      EXPECT_TRUE(seen.insert({further.rule, spec::name(version), clause.text()}).second) << clause.text();
      EXPECT_TRUE(watches(*rule, version, clause.text()));
    }
  }
  EXPECT_FALSE(watches(server_rules().front(), ProtocolVersion::v5_0, "MQTT-4.9.0-2"));
}

TEST(ConductRules, AreOnTheSideThatTheirIdNames) {
  for (const Rule& rule : server_rules()) EXPECT_TRUE(rule.id.starts_with("server/")) << rule.id;
  for (const Rule& rule : client_rules()) EXPECT_TRUE(rule.id.starts_with("client/")) << rule.id;
}

/// Results of a run are named by what follows the slash.
TEST(ConductRules, OfServersHaveOtherNamesThanTheDecoders) {
  std::set<std::string_view> names;
  for (const auto rules : {server_rules(), decoder_rules()})
    for (const Rule& rule : rules) EXPECT_TRUE(names.insert(rule.id.substr(rule.id.find('/'))).second) << rule.id;
}

TEST(ConductRules, OfTheDecoderAreItsOwn) {
  ASSERT_EQ(decoder_rules().size(), wire::decoder_rules.size());
  for (const wire::Rule& rule : wire::decoder_rules) {
    EXPECT_EQ(rule_for(rule).id, rule.id);
    EXPECT_EQ(rule_for(rule).requirement, rule.requirement) << rule.id;
  }
}

}  // namespace
}  // namespace mqttspec::conduct::testing
