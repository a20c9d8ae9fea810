#include "reference/topic/topic.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mqttspec::topic {
namespace {

using spec::ProtocolVersion;

struct Match {
  std::string_view filter;
  std::string_view name;
  bool expected;
};

// The examples of 4.7.1 and 4.7.2 come first.
constexpr Match table[] = {
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
    {"sport/#", "sport", true},
    {"#", "sport/tennis", true},
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player2", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+", "sport", true},
    {"+/tennis/#", "sport/tennis", true},
    {"+/tennis/#", "sport/tennis/player1", true},
    {"sport/+/player1", "sport/tennis/player1", true},
    {"/finance", "/finance", true},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "/finance", false},
    {"#", "$SYS/broker", false},
    {"+/monitor/Clients", "$SYS/monitor/Clients", false},
    {"$SYS/#", "$SYS/", true},
    {"$SYS/#", "$SYS/broker/load", true},
    {"$SYS/#", "$SYS", true},
    {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
    {"+/#", "$SYS/broker", false},
    {"#", "$", false},

    // Others
    {"a", "a", true},
    {"a", "b", false},
    {"a", "A", false},
    {"a", "a/", false},
    {"a/", "a", false},
    {"a/", "a/", true},
    {"a/b", "a", false},
    {"a", "a/b", false},
    {"/", "/", true},
    {"/", "//", false},
    {"+/+", "/", true},
    {"+/+", "//", false},
    {"+/+/+", "//", true},
    {"#", "/", true},
    {"#", "a", true},
    {"/#", "/", true},
    {"/#", "/a", true},
    {"/#", "a", false},
    {"a/#", "a/", true},
    {"a/#", "ab", false},
    {"a/#", "b/a", false},
    {"a/b/#", "a", false},
    {"+/#", "a", true},
    {"+/#", "/", true},
    {"a/+/c", "a/b/d", false},
    {"a/+/c", "a//c", true},
    {"a/+/+/c", "a/b/c", false},
    {"a/+/#", "a", false},
    {"a/+/#", "a/b", true},
    {"a/$x", "a/$x", true},
    {"a/+", "a/$x", true},
    {"+a", "+a", true},
    {"ä/+", "ä/ö", true},
    {"\xC3\x85", "A\xCC\x8A", false},
};

TEST(Matching, FollowsTheExamplesOfTheStandard) {
  for (const Match& row : table) EXPECT_EQ(matches(row.filter, row.name), row.expected) << row.filter << " on " << row.name;
}

struct Wrong {
  std::string_view text;
  std::string_view in_3_1_1;
  std::string_view in_5_0;
  std::size_t offset;
};

void expect_error(const std::optional<Error>& error, const Wrong& row) {
  ASSERT_TRUE(error) << row.text;
  EXPECT_EQ(error->requirement().in(ProtocolVersion::v3_1_1).text(), row.in_3_1_1) << row.text;
  EXPECT_EQ(error->requirement().in(ProtocolVersion::v5_0).text(), row.in_5_0) << row.text;
  EXPECT_EQ(error->offset, row.offset) << row.text;
  EXPECT_FALSE(error->explanation.empty());
}

TEST(TopicName, IsAnyStringWithoutWildcards) {
  for (const std::string_view name : {"a", "/", "a/b", "//", " ", "$SYS/x", "$share/g/a", "sport/tennis player1", "日本"}) {
    EXPECT_FALSE(check_name(name)) << name;
  }
  EXPECT_FALSE(check_name(std::string(65'535, 'x')));
}

TEST(TopicName, IsRefusedWithItsStatement) {
  for (const Wrong& row : {Wrong{"", "MQTT-4.7.3-1", "MQTT-4.7.3-1", 0}, Wrong{"a/+", "MQTT-4.7.1-1", "MQTT-4.7.0-1", 2},
                           Wrong{"#", "MQTT-4.7.1-1", "MQTT-4.7.0-1", 0}, Wrong{"a+b", "MQTT-4.7.1-1", "MQTT-4.7.0-1", 1},
                           Wrong{std::string_view("a\0b", 3), "MQTT-4.7.3-2", "MQTT-4.7.3-2", 1}}) {
    expect_error(check_name(row.text), row);
  }
  const std::string long_name(65'536, 'x');
  expect_error(check_name(long_name), {long_name, "MQTT-4.7.3-3", "MQTT-4.7.3-3", 65'535});
}

TEST(TopicFilter, MayHaveWildcardsThatFillALevel) {
  for (const std::string_view filter : {"a", "#", "+", "/", "a/#", "+/#", "a/+/b", "+/+/+", "/+", "/#", "$SYS/#", "$share/#", "a b"}) {
    EXPECT_FALSE(check_filter(filter)) << filter;
  }
}

TEST(TopicFilter, IsRefusedWithItsStatement) {
  for (const Wrong& row :
       {Wrong{"", "MQTT-4.7.3-1", "MQTT-4.7.3-1", 0}, Wrong{"sport/tennis#", "MQTT-4.7.1-2", "MQTT-4.7.1-1", 12},
        Wrong{"sport/tennis/#/ranking", "MQTT-4.7.1-2", "MQTT-4.7.1-1", 13}, Wrong{"#/", "MQTT-4.7.1-2", "MQTT-4.7.1-1", 0},
        Wrong{"##", "MQTT-4.7.1-2", "MQTT-4.7.1-1", 0}, Wrong{"sport+", "MQTT-4.7.1-3", "MQTT-4.7.1-2", 5},
        Wrong{"+sport", "MQTT-4.7.1-3", "MQTT-4.7.1-2", 0}, Wrong{"a/b+/c", "MQTT-4.7.1-3", "MQTT-4.7.1-2", 3},
        Wrong{"++", "MQTT-4.7.1-3", "MQTT-4.7.1-2", 0}, Wrong{"+#", "MQTT-4.7.1-3", "MQTT-4.7.1-2", 0},
        Wrong{std::string_view("a\0", 2), "MQTT-4.7.3-2", "MQTT-4.7.3-2", 1}}) {
    expect_error(check_filter(row.text), row);
    expect_error(check_filter_or_shared(row.text), row);
  }
  const std::string long_filter(65'536, 'x');
  expect_error(check_filter(long_filter), {long_filter, "MQTT-4.7.3-3", "MQTT-4.7.3-3", 65'535});
}

TEST(SharedSubscription, IsToldByItsPrefix) {
  EXPECT_TRUE(is_shared("$share/g/a"));
  EXPECT_TRUE(is_shared("$share/"));
  EXPECT_TRUE(is_shared("$share"));
  EXPECT_FALSE(is_shared("$shared/g/a"));
  EXPECT_FALSE(is_shared("$SHARE/g/a"));
  EXPECT_FALSE(is_shared("a/$share/g"));
  EXPECT_FALSE(is_shared("/$share/g/a"));
}

TEST(SharedSubscription, HasAShareNameAndAFilter) {
  struct Row {
    std::string_view text, share_name, filter;
  };
  for (const Row& row :
       {Row{"$share/consumer1/sport/tennis/+", "consumer1", "sport/tennis/+"}, Row{"$share/g//finance", "g", "/finance"},
        Row{"$share/g/#", "g", "#"}, Row{"$share/g/$SYS/x", "g", "$SYS/x"}, Row{"$share/$share/$share/g", "$share", "$share/g"}}) {
    const auto shared = parse_shared(row.text);
    ASSERT_TRUE(shared.has_value()) << row.text;
    EXPECT_EQ(shared->share_name, row.share_name);
    EXPECT_EQ(shared->filter, row.filter);
    EXPECT_FALSE(check_filter_or_shared(row.text));
  }
}

TEST(SharedSubscription, IsRefusedWithItsStatement) {
  for (const Wrong& row :
       {Wrong{"$share", "", "MQTT-4.8.2-1", 0}, Wrong{"$share/", "", "MQTT-4.8.2-1", 7}, Wrong{"$share//a", "", "MQTT-4.8.2-1", 7},
        Wrong{"$share/g", "", "MQTT-4.8.2-2", 8}, Wrong{"$share/g/", "", "MQTT-4.8.2-2", 9}, Wrong{"$share/g+/a", "", "MQTT-4.8.2-2", 8},
        Wrong{"$share/#", "", "MQTT-4.8.2-2", 7}, Wrong{"$share/g/a#", "MQTT-4.7.1-2", "MQTT-4.7.1-1", 10},
        Wrong{"$share/g/a/#/b", "MQTT-4.7.1-2", "MQTT-4.7.1-1", 11}}) {
    expect_error(check_filter_or_shared(row.text), row);
    EXPECT_FALSE(parse_shared(row.text).has_value());
  }
  EXPECT_FALSE(parse_shared("a/b").has_value());
}

}  // namespace
}  // namespace mqttspec::topic
