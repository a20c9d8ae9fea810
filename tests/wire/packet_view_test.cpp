#include "reference/wire/packet_view.hpp"

#include "reference/wire/decoder.hpp"
#include "tests/wire/notation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mqttspec::wire::testing {
namespace {

constexpr DecodeContext from_client{.from = Direction::client_to_server};
constexpr DecodeContext from_server{.from = Direction::server_to_client};

TEST(PropertiesView, GivesTheFirstValueOfAPropertyAndNothingForOthers) {
  const Bytes packet = bytes(R"(30 * "t" {01 01 0b 05 0b 06 26 "a" "1" 26 "b" "2"} 'payload')");
  const auto decoded = decode_view(packet, from_server);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().explanation;
  const auto& properties = std::get<view::Publish>(decoded->packet).properties;

  EXPECT_EQ(properties.get(prop::subscription_identifier), 5u);
  EXPECT_EQ(properties.get(prop::user_property), (view::StringPair{"a", "1"}));
  EXPECT_EQ(properties.get(prop::content_type), std::nullopt);
  EXPECT_EQ(properties.all(prop::subscription_identifier), (std::vector<std::uint32_t>{5, 6}));
  EXPECT_EQ(properties.all(prop::user_property), (std::vector<view::StringPair>{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(properties.all(prop::content_type).empty());
  EXPECT_EQ(properties.bytes().size(), 20u);
}

TEST(PropertiesView, IsARangeInTheOrderOfThePacket) {
  const Bytes packet = bytes(R"(30 * "t" {23 0102 01 00})");
  const auto decoded = decode_view(packet, from_client);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().explanation;
  auto at = std::get<view::Publish>(decoded->packet).properties.begin();
  EXPECT_EQ((*at++).id, PropertyId::topic_alias);
  EXPECT_EQ((*at++).id, PropertyId::payload_format_indicator);
  EXPECT_EQ(at, std::get<view::Publish>(decoded->packet).properties.end());
}

TEST(Entries, AreARangeOfWhatTheyCount) {
  const Bytes packet = bytes(R"(82 * 0001 {} "a" 00 "b/#" 2e)");
  const auto decoded = decode_view(packet, from_client);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().explanation;
  const auto& subscriptions = std::get<view::Subscribe>(decoded->packet).subscriptions;
  ASSERT_EQ(subscriptions.size(), 2u);
  EXPECT_FALSE(subscriptions.empty());
  auto at = subscriptions.begin();
  EXPECT_EQ((*at++).topic_filter, "a");
  const view::Subscription second = *at++;
  EXPECT_EQ(second.topic_filter, "b/#");
  EXPECT_EQ(second.maximum_qos, QoS::exactly_once);
  EXPECT_TRUE(second.no_local);
  EXPECT_TRUE(second.retain_as_published);
  EXPECT_EQ(second.retain_handling, RetainHandling::do_not_send);
  EXPECT_EQ(at, subscriptions.end());
}

TEST(PacketId, IsNever0) {
  EXPECT_THROW(PacketId(0), std::invalid_argument);
  EXPECT_EQ(PacketId(1).value(), 1);
  EXPECT_LT(PacketId(1), PacketId(2));
}

}  // namespace
}  // namespace mqttspec::wire::testing
