#include "reference/topic/topic.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"

#include <gtest/gtest.h>

namespace mqttspec::wire {
namespace {

bool is_accepted(const std::string& filter) {
  const Bytes packet = encode(Subscribe{.packet_id = PacketId(1), .subscriptions = {{.topic_filter = filter}}}, ProtocolVersion::v5_0);
  return decode(packet, {.from = Direction::client_to_server}).has_value();
}

/// All strings of so many characters out of an alphabet.
std::vector<std::string> strings(std::string_view alphabet, std::size_t size) {
  std::vector<std::string> all{""};
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<std::string> longer;
    for (const auto& each : all)
      for (const char character : alphabet) longer.push_back(each + character);
    all = std::move(longer);
  }
  return all;
}

/// The decoder has a fast path for filters of 16 to 64 bytes, which it checks in blocks. It must agree with the topic layer.
TEST(Filters, AreJudgedAlikeAtEverySizeAndPlace) {
  const auto pieces = strings("a/+#$", 4);
  for (const std::size_t filling : {0u, 11u, 12u, 13u, 27u, 28u, 44u, 59u, 60u, 61u, 100u}) {
    const std::string around(filling, 'x');
    for (const auto& piece : pieces) {
      for (const auto& filter : {piece + around, around + piece, around.substr(filling / 2) + piece + around.substr((filling + 1) / 2)}) {
        const bool expected = !topic::check_filter_or_shared(filter).has_value();
        ASSERT_EQ(is_accepted(filter), expected) << filter;
      }
    }
  }
}

/// The fast path does not check share names, so no Shared Subscription may take it.
TEST(Filters, OfSharedSubscriptionsAreJudgedAlikeAtEverySize) {
  for (const std::size_t filling : {0u, 1u, 8u, 9u, 25u, 56u, 57u, 90u}) {
    const std::string around(filling, 'x');
    for (const auto& piece : strings("g/+", 3)) {
      for (const auto& filter : {"$share/" + piece + around, "$share" + around + piece, "$share/" + around + piece}) {
        const bool expected = !topic::check_filter_or_shared(filter).has_value();
        ASSERT_EQ(is_accepted(filter), expected) << filter;
      }
    }
  }
}

TEST(Filters, WithControlCharactersAreAcceptedWithARemark) {
  for (const std::size_t at : {0u, 7u, 15u, 16u, 40u}) {
    std::string filter(41, 'x');
    filter[at] = '\x01';
    const Bytes packet = encode(Subscribe{.packet_id = PacketId(1), .subscriptions = {{.topic_filter = filter}}}, ProtocolVersion::v5_0);
    const auto decoded = decode_view(packet, {.from = Direction::client_to_server});
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(decoded->remark.has_value()) << at;
  }
}

}  // namespace
}  // namespace mqttspec::wire
