// The table of cases as a whole: what cases have in common, whatever they test.
#include "conformance/cases/cases.hpp"
#include "conformance/cases/broker/sections.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance {
namespace {

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

class CaseTable : public ::testing::Test {
 protected:
  std::vector<Case> cases = all_cases();
};

TEST(CaseSections, AreInTheOrderOfTheStandard) {
  std::string_view last = "1";
  for (const Section& section : broker_sections) {
    EXPECT_LE(numbers_of(last), numbers_of(section.number)) << section.number << " after " << last;
    last = section.number;
  }
}

TEST(CaseSections, AllHaveCases) {
  for (const Section& section : broker_sections) EXPECT_FALSE(section.cases().empty()) << section.number;
}

TEST(CaseSections, AreListedOnce) {
  std::set<std::vector<Case> (*)()> seen;
  for (const Section& section : broker_sections) EXPECT_TRUE(seen.insert(section.cases).second) << section.number;
}

TEST_F(CaseTable, HasEveryIdOnce) {
  std::set<std::string> seen;
  for (const Case& each : cases) EXPECT_TRUE(seen.insert(each.id).second) << each.id;
}

// Users write ids in patterns and baselines: no spaces, no quoting.
TEST_F(CaseTable, HasIdsOfLowerCaseWordsBelowASection) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '/'; };
  for (const Case& each : cases) {
    EXPECT_TRUE(std::ranges::all_of(each.id, is_plain)) << each.id;
    EXPECT_TRUE(each.id.contains('/')) << each.id;
    for (const auto* const gap : {"//", "--", "/-", "-/"}) EXPECT_FALSE(each.id.contains(gap)) << each.id;
    EXPECT_FALSE(each.id.starts_with('/') || each.id.ends_with('/')) << each.id;
  }
}

TEST_F(CaseTable, HasTitlesThatAreOneSentenceWithoutAFullStop) {
  constexpr std::size_t longest = 250;  // bytes
  for (const Case& each : cases) {
    ASSERT_FALSE(each.title.empty()) << each.id;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(each.title.front())) != 0) << each.id << ": " << each.title;
    EXPECT_FALSE(each.title.ends_with('.') || each.title.contains(". ")) << each.id << ": " << each.title;
    EXPECT_FALSE(each.title.contains('\n') || each.title.contains("  ")) << each.id << ": " << each.title;
    EXPECT_LE(each.title.size(), longest) << each.id << ": " << each.title;
  }
}

TEST_F(CaseTable, HasNoTitleTwice) {
  std::set<std::string> seen;
  for (const Case& each : cases) EXPECT_TRUE(seen.insert(each.title).second) << each.id << ": " << each.title;
}

TEST_F(CaseTable, HasChecksForEveryCase) {
  for (const Case& each : cases) {
    EXPECT_FALSE(each.checks.empty()) << each.id;
    for (const Check& check : each.checks) EXPECT_FALSE(check.clause.empty()) << each.id;
    EXPECT_TRUE(each.run) << each.id;
  }
}

// MQTT 3.1 has no numbered statements.
TEST_F(CaseTable, HasOnlyVersionsWithNumberedStatements) {
  for (const Case& each : cases)
    for (const Check& check : each.checks) EXPECT_TRUE(check.version == v3_1_1 || check.version == v5_0) << each.id;
}

}  // namespace
}  // namespace mqttspec::conformance
