// The catalogue of statements, and the types that refer to it.
#include "reference/spec/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqttspec::spec {
namespace {

class Catalogue : public ::testing::TestWithParam<ProtocolVersion> {
 protected:
  std::span<const Statement> all = statements(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Spec, Catalogue, ::testing::Values(ProtocolVersion::v3_1_1, ProtocolVersion::v5_0),
                         [](const auto& info) { return info.param == ProtocolVersion::v5_0 ? "V5" : "V3_1_1"; });

/// "MQTT-3.1.2-24" → {"3.1.2", 24}
std::pair<std::string, int> parts_of(std::string_view id) {
  const auto dash = id.rfind('-');
  return {std::string(id.substr(5, dash - 5)), std::stoi(std::string(id.substr(dash + 1)))};
}

std::vector<int> numbers_of(std::string_view section) {
  std::vector<int> numbers(1);
  for (const char c : section) {
    if (c == '.')
      numbers.push_back(0);
    else
      numbers.back() = numbers.back() * 10 + (c - '0');
  }
  return numbers;
}

TEST(CatalogueSizes, AreThoseOfTheStandards) {
  EXPECT_EQ(statements(ProtocolVersion::v3_1_1).size(), 139u);
  EXPECT_EQ(statements(ProtocolVersion::v5_0).size(), 251u);
}

TEST(CatalogueSizes, GiveMqtt31TheStatementsOf311) {
  EXPECT_EQ(statements(ProtocolVersion::v3_1).data(), statements(ProtocolVersion::v3_1_1).data());
}

TEST_P(Catalogue, HasEveryIdOnce) {
  std::set<std::string_view> seen;
  for (const Statement& statement : all) EXPECT_TRUE(seen.insert(statement.id).second) << statement.id;
}

TEST_P(Catalogue, HasIdsThatNameTheirSection) {
  for (const Statement& statement : all) {
    ASSERT_TRUE(statement.id.starts_with("MQTT-")) << statement.id;
    const auto [section, number] = parts_of(statement.id);
    EXPECT_EQ(section, statement.section) << statement.id;
    EXPECT_GE(number, 1) << statement.id;
  }
}

TEST_P(Catalogue, KeepsTheOrderOfSections) {
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_LE(numbers_of(all[i - 1].section), numbers_of(all[i].section)) << all[i - 1].id << " before " << all[i].id;
}

TEST_P(Catalogue, GivesASectionOneTitle) {
  std::set<std::pair<std::string_view, std::string_view>> titles;
  std::set<std::string_view> sections;
  for (const Statement& statement : all) {
    EXPECT_FALSE(statement.section_title.empty()) << statement.id;
    titles.emplace(statement.section, statement.section_title);
    sections.insert(statement.section);
  }
  EXPECT_EQ(titles.size(), sections.size());
}

TEST_P(Catalogue, SaysEveryRequirementInOneLine) {
  constexpr std::size_t longest = 200;
  for (const Statement& statement : all) {
    const auto text = statement.requirement;
    EXPECT_FALSE(text.empty()) << statement.id;
    EXPECT_LE(text.size(), longest) << statement.id;
    const bool is_plain = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
    EXPECT_TRUE(is_plain) << statement.id;
    EXPECT_FALSE(text.starts_with(' ') || text.ends_with(' ') || text.ends_with('.')) << statement.id;
  }
}

TEST_P(Catalogue, FindsEachOfItsStatementsAndNoOther) {
  for (const Statement& statement : all) EXPECT_EQ(find(GetParam(), statement.id), &statement);
  for (const auto* const unknown : {"", "MQTT-", "MQTT-3.1.2", "MQTT-3.1.2-240", "mqtt-3.1.2-24", "3.1.2"})
    EXPECT_EQ(find(GetParam(), unknown), nullptr) << unknown;
}

TEST_P(Catalogue, HasStatementsForBothRoles) {
  for (const Role role : {Role::client, Role::server, Role::both})
    EXPECT_NE(std::ranges::find(all, role, &Statement::role), all.end()) << static_cast<int>(role);
}

TEST(ProtocolVersionName, IsThatOfTheCommandLine) {
  EXPECT_EQ(name(ProtocolVersion::v3_1), "3.1");
  EXPECT_EQ(name(ProtocolVersion::v3_1_1), "3.1.1");
  EXPECT_EQ(name(ProtocolVersion::v5_0), "5.0");
}

// A wrong id does not compile; what follows shows what a right one is. (Each line that is refused was tried.)
TEST(Clause, IsAStatementASectionOrNothing) {
  constexpr Clause statement(ProtocolVersion::v5_0, "MQTT-3.3.1-2");
  constexpr Clause section(ProtocolVersion::v5_0, "3.1.2.11");
  constexpr Clause nothing;
  static_assert(statement.is_statement() && !statement.empty());
  static_assert(!section.is_statement() && !section.empty());
  static_assert(!nothing.is_statement() && nothing.empty());
  EXPECT_EQ(statement.text(), "MQTT-3.3.1-2");
  EXPECT_EQ(section.text(), "3.1.2.11");
  EXPECT_EQ(nothing, Clause(ProtocolVersion::v3_1_1, ""));
}

TEST(Clause, IsEqualToOneWithTheSameText) {
  constexpr Clause one(ProtocolVersion::v5_0, "MQTT-3.3.1-2");
  constexpr Clause other(ProtocolVersion::v5_0, "MQTT-3.3.1-3");
  EXPECT_EQ(one, Clause(ProtocolVersion::v3_1_1, "MQTT-3.3.1-2"));
  EXPECT_NE(one, other);
}

TEST(Requirement, KnowsWhereEachVersionStatesIt) {
  constexpr Requirement requirement("MQTT-4.3.3-2", "MQTT-4.3.3-10");
  EXPECT_EQ(requirement.in(ProtocolVersion::v3_1_1).text(), "MQTT-4.3.3-2");
  EXPECT_EQ(requirement.in(ProtocolVersion::v5_0).text(), "MQTT-4.3.3-10");
  EXPECT_EQ(requirement.in(ProtocolVersion::v3_1), requirement.v3_1_1);
}

TEST(Requirement, IsEmptyInAVersionThatDoesNotStateIt) {
  constexpr Requirement only_in_5("", "MQTT-3.1.2-24");
  EXPECT_TRUE(only_in_5.in(ProtocolVersion::v3_1_1).empty());
  EXPECT_FALSE(only_in_5.in(ProtocolVersion::v5_0).empty());
}

}  // namespace
}  // namespace mqttspec::spec
