#include "reference/topic/subscription_tree.hpp"
#include "reference/topic/topic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mqttspec::topic {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

std::vector<int> matches_in(const SubscriptionTree<int>& tree, std::string_view name) {
  std::vector<int> found;
  tree.for_each_match(name, [&](int value) { found.push_back(value); });
  return found;
}

TEST(SubscriptionTree, FindsValuesOfOneFilterInTheOrderOfAdding) {
  SubscriptionTree<int> tree;
  tree.add("a/b", 2);
  tree.add("a/b", 1);
  EXPECT_THAT(matches_in(tree, "a/b"), ElementsAre(2, 1));
}

TEST(SubscriptionTree, IsEmptyAfterTheLastFilterIsRemoved) {
  SubscriptionTree<int> tree;
  for (const auto* filter : {"a/+/c", "a/#", "+", "#", "/", "a//b"}) tree.add(filter, 1);
  for (const auto* filter : {"a/+/c", "a/#", "+", "#", "/", "a//b"}) tree.remove(filter, 1);
  EXPECT_EQ(tree.levels(), 0u);
  EXPECT_THAT(matches_in(tree, "a/b/c"), IsEmpty());
}

TEST(SubscriptionTree, LeavesOtherFiltersWhenOneIsRemoved) {
  SubscriptionTree<int> tree;
  tree.add("a", 1);
  tree.add("a/b", 2);
  tree.add("a/b", 3);
  tree.remove("a/b", 2);
  tree.remove("a/x", 2);
  EXPECT_THAT(matches_in(tree, "a/b"), ElementsAre(3));
  tree.remove("a/b", 3);
  EXPECT_THAT(matches_in(tree, "a"), ElementsAre(1));
}

TEST(SubscriptionTree, TakesWildcardsInANameLiterally) {
  SubscriptionTree<int> tree;
  tree.add("+/b", 1);
  EXPECT_THAT(matches_in(tree, "+/b"), ElementsAre(1));
}

TEST(SubscriptionTree, AgreesWithMatchesWhateverIsAddedAndRemoved) {
  std::mt19937 random(1);
  const auto text = [&](const std::vector<std::string>& levels, bool filter) {
    std::string made;
    const unsigned count = 1 + random() % 4;
    for (unsigned i = 0; i < count; ++i) made += (i > 0 ? "/" : "") + levels[random() % levels.size()];
    if (filter && random() % 4 == 0) made += "/#";
    return made;
  };
  for (int round = 0; round < 200; ++round) {
    SubscriptionTree<int> tree;
    std::vector<std::string> filters;
    for (int i = 0; i < 30; ++i) {
      filters.push_back(text({"a", "b", "", "+", "$x"}, true));
      if (filters.back() == "/") filters.back() = "#";
      tree.add(filters.back(), i);
    }
    for (int i = 0; i < 30; i += 3) tree.remove(filters[static_cast<std::size_t>(i)], i);
    const std::string name = text({"a", "b", "", "$x"}, false);
    std::vector<int> expected;
    for (int i = 0; i < 30; ++i)
      if (i % 3 != 0 && matches(filters[static_cast<std::size_t>(i)], name)) expected.push_back(i);
    EXPECT_THAT(matches_in(tree, name), UnorderedElementsAreArray(expected)) << name;
  }
}

}  // namespace
}  // namespace mqttspec::topic
