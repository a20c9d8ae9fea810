// The catalogue of statements, and the types that refer to it.
#include "reference/spec/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
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

/// Consecutive statements of one section: "MQTT-<section>-<first>" to "MQTT-<section>-<last>".
struct Range {
  std::string_view section;
  int first;
  int last;
};

// The standard has no MQTT-3.1.2-7, and it spells MQTT-3-8.3-4 like this.
constexpr Range ranges_3_1_1[] = {
    {"1.5.3", 1, 3},  {"2.2.2", 1, 2},  {"2.3.1", 1, 7},  {"3.1.0", 1, 2},  {"3.1.2", 1, 6},  {"3.1.2", 8, 24}, {"3.1.3", 1, 11},
    {"3.1.4", 1, 5},  {"3.2.0", 1, 1},  {"3.2.2", 1, 6},  {"3.3.1", 1, 12}, {"3.3.2", 1, 3},  {"3.3.4", 1, 1},  {"3.3.5", 1, 2},
    {"3.6.1", 1, 1},  {"3.8.1", 1, 1},  {"3.8.3", 1, 3},  {"3-8.3", 4, 4},  {"3.8.4", 1, 6},  {"3.9.3", 1, 2},  {"3.10.1", 1, 1},
    {"3.10.3", 1, 2}, {"3.10.4", 1, 6}, {"3.12.4", 1, 1}, {"3.14.1", 1, 1}, {"3.14.4", 1, 3}, {"4.1.0", 1, 2},  {"4.3.1", 1, 1},
    {"4.3.2", 1, 2},  {"4.3.3", 1, 2},  {"4.4.0", 1, 1},  {"4.5.0", 1, 2},  {"4.6.0", 1, 6},  {"4.7.1", 1, 3},  {"4.7.2", 1, 1},
    {"4.7.3", 1, 4},  {"4.8.0", 1, 2},  {"6.0.0", 1, 4},  {"7.0.0", 1, 2},  {"7.1.1", 1, 1},  {"7.1.2", 1, 1}};
// The standard has no MQTT-2.2.1-1.
constexpr Range ranges_5_0[] = {
    {"1.5.4", 1, 3},  {"1.5.5", 1, 1},  {"1.5.7", 1, 1},  {"2.1.3", 1, 1},  {"2.2.1", 2, 6},  {"2.2.2", 1, 1},  {"3.1.0", 1, 2},
    {"3.1.2", 1, 30}, {"3.1.3", 1, 12}, {"3.1.4", 1, 6},  {"3.2.0", 1, 2},  {"3.2.2", 1, 22}, {"3.3.1", 1, 13}, {"3.3.2", 1, 20},
    {"3.3.4", 1, 10}, {"3.4.2", 1, 3},  {"3.5.2", 1, 3},  {"3.6.1", 1, 1},  {"3.6.2", 1, 3},  {"3.7.2", 1, 3},  {"3.8.1", 1, 1},
    {"3.8.3", 1, 5},  {"3.8.4", 1, 8},  {"3.9.2", 1, 2},  {"3.9.3", 1, 2},  {"3.10.1", 1, 1}, {"3.10.3", 1, 2}, {"3.10.4", 1, 6},
    {"3.11.2", 1, 2}, {"3.11.3", 1, 2}, {"3.12.4", 1, 1}, {"3.14.0", 1, 1}, {"3.14.1", 1, 1}, {"3.14.2", 1, 4}, {"3.14.4", 1, 3},
    {"3.15.1", 1, 1}, {"3.15.2", 1, 3}, {"4.1.0", 1, 2},  {"4.2", 1, 1},    {"4.3.1", 1, 1},  {"4.3.2", 1, 5},  {"4.3.3", 1, 13},
    {"4.4.0", 1, 2},  {"4.5.0", 1, 2},  {"4.6.0", 1, 6},  {"4.7.0", 1, 1},  {"4.7.1", 1, 2},  {"4.7.2", 1, 1},  {"4.7.3", 1, 4},
    {"4.8.2", 1, 6},  {"4.9.0", 1, 3},  {"4.12.0", 1, 7}, {"4.12.1", 1, 2}, {"4.13.1", 1, 1}, {"4.13.2", 1, 1}, {"6.0.0", 1, 4}};

std::vector<std::string> ids_of(std::span<const Range> ranges) {
  std::vector<std::string> ids;
  for (const Range& range : ranges)
    for (int number = range.first; number <= range.last; ++number)
      ids.push_back("MQTT-" + std::string(range.section) + '-' + std::to_string(number));
  return ids;
}

std::vector<std::string> ids_of(std::span<const Statement> statements) {
  std::vector<std::string> ids;
  for (const Statement& statement : statements) ids.emplace_back(statement.id);
  return ids;
}

TEST(CatalogueIds, AreThe140OfMqtt311) {
  EXPECT_EQ(ids_of(statements(ProtocolVersion::v3_1_1)), ids_of(ranges_3_1_1));
  EXPECT_EQ(statements(ProtocolVersion::v3_1_1).size(), 140u);
}

TEST(CatalogueIds, AreThe251OfMqtt5) {
  EXPECT_EQ(ids_of(statements(ProtocolVersion::v5_0)), ids_of(ranges_5_0));
  EXPECT_EQ(statements(ProtocolVersion::v5_0).size(), 251u);
}

TEST(CatalogueIds, OfMqtt31AreThoseOf311) {
  EXPECT_EQ(statements(ProtocolVersion::v3_1).data(), statements(ProtocolVersion::v3_1_1).data());
}

TEST_P(Catalogue, HasEveryIdOnce) {
  std::set<std::string_view> seen;
  for (const Statement& statement : all) EXPECT_TRUE(seen.insert(statement.id).second) << statement.id;
}

TEST_P(Catalogue, HasIdsThatNameTheirSection) {
  for (const Statement& statement : all) {
    ASSERT_TRUE(statement.id.starts_with("MQTT-")) << statement.id;
    if (statement.id == "MQTT-3-8.3-4") continue;  // of section 3.8.3: the standard's spelling
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

TEST_P(Catalogue, StatesEveryRequirementInOneLine) {
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

// A wrong id in the source does not compile; these tests show what is accepted.
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

TEST(Clause, HasASectionAlsoWhereTheIdIsMisspelled) {
  EXPECT_EQ(Clause(ProtocolVersion::v5_0, "MQTT-3.3.1-2").section(), "3.3.1");
  EXPECT_EQ(Clause(ProtocolVersion::v5_0, "3.1.2.11").section(), "3.1.2.11");
  EXPECT_EQ(Clause(ProtocolVersion::v3_1_1, "MQTT-3-8.3-4").section(), "3.8.3");
  EXPECT_EQ(Clause().section(), "");
}

TEST(Clause, IsParsedFromItsText) {
  for (const ProtocolVersion version : {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0})
    for (const Statement& statement : statements(version)) {
      const std::string text(statement.id);  // gone before the clause is
      const auto clause = Clause::parse(version, text);
      ASSERT_TRUE(clause) << text;
      EXPECT_EQ(clause->text().data(), statement.id.data()) << text;
      EXPECT_EQ(clause->section(), statement.section) << text;
    }
  EXPECT_EQ(Clause::parse(ProtocolVersion::v5_0, "3.1.2.11"), Clause(ProtocolVersion::v5_0, "3.1.2.11"));
  EXPECT_EQ(Clause::parse(ProtocolVersion::v5_0, ""), Clause());
}

TEST(Clause, IsNotParsedFromAnythingElse) {
  EXPECT_EQ(Clause::parse(ProtocolVersion::v5_0, "MQTT-3-8.3-4"), std::nullopt);
  EXPECT_EQ(Clause::parse(ProtocolVersion::v3_1_1, "MQTT-3.1.2-7"), std::nullopt);
  for (const auto* const text : {"MQTT-", "MQTT-3.8.3-44", "3.1.2x", " 3.1", "nonsense"})
    EXPECT_EQ(Clause::parse(ProtocolVersion::v5_0, text), std::nullopt) << text;
}

TEST(Clause, IsEqualToOneWithTheSameText) {
  constexpr Clause one(ProtocolVersion::v5_0, "MQTT-3.3.1-2");
  constexpr Clause other(ProtocolVersion::v5_0, "MQTT-3.3.1-3");
  EXPECT_EQ(one, Clause(ProtocolVersion::v3_1_1, "MQTT-3.3.1-2"));
  EXPECT_NE(one, other);
}

TEST(Requirement, HasAClauseInEachVersion) {
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
