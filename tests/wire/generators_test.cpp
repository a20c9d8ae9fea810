#include "reference/wire/describe.hpp"
#include "reference/wire/utf8.hpp"
#include "tests/generators/packets.hpp"
#include "tests/generators/text.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace mqttspec::generators {
namespace {

constexpr std::uint64_t many = 1'000;
constexpr ProtocolVersion versions[] = {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};

TEST(GeneratedPackets, AreTheSameForTheSameSeed) {
  const auto first = packets(ProtocolVersion::v5_0, 7, 200);
  const auto second = packets(ProtocolVersion::v5_0, 7, 200);
  const auto other = packets(ProtocolVersion::v5_0, 8, 200);
  const auto same = [](const Sample& a, const Sample& b) { return a.packet == b.packet; };
  EXPECT_TRUE(std::ranges::equal(first, second, same));
  EXPECT_FALSE(std::ranges::equal(first, other, same));
}

TEST(GeneratedPackets, AreOfEveryTypeThatTheSenderMaySend) {
  for (const ProtocolVersion version : versions) {
    std::map<Direction, std::set<PacketType>> made;
    for (const Sample& sample : packets(version, 1, 500)) made[sample.from].insert(type_of(sample.packet));
    for (const Direction from : {Direction::client_to_server, Direction::server_to_client}) {
      const auto types = packet_types(version, from);
      EXPECT_EQ(made[from], std::set<PacketType>(types.begin(), types.end())) << spec::name(version);
    }
  }
}

TEST(GeneratedPackets, AreTheSimplestWithoutDecisions) {
  Choices none(std::vector<std::uint32_t>{});
  const Packet simplest = packet(none, PacketType::publish, ProtocolVersion::v5_0, Direction::client_to_server);
  EXPECT_EQ(describe(simplest, ProtocolVersion::v5_0), "PUBLISH topic=\"a\" QoS 0, payload \"\" (0 bytes)");
}

/// Every property in every place where it may stand, by which the table and the generators prove each other.
TEST(GeneratedProperties, AreAllThatTheTableAllowsInAPlace) {
  for (std::uint32_t bit = 0; bit <= 15; ++bit) {
    const wire::PropertyPlace place{1u << bit};
    std::set<wire::PropertyId> made;
    std::set<wire::PropertyId> allowed;
    for (const wire::PropertyRule& rule : wire::property_rules())
      if ((rule.places & 1u << bit) != 0) allowed.insert(rule.id);
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Choices choices(seed);
      const wire::Properties some = properties(choices, place);
      for (const wire::Property& item : some.items()) made.insert(item.id);
    }
    EXPECT_EQ(made, allowed) << "place " << bit;
  }
}

TEST(GeneratedText, HasCharactersOfEveryLengthAndIsAsLongAsAStringCanBe) {
  std::set<int> widths;
  std::size_t longest = 0;
  for (std::uint64_t seed = 0; seed < many; ++seed) {
    Choices choices(seed);
    const std::string made = text(choices);
    EXPECT_TRUE(wire::is_valid_utf8(made)) << "seed " << seed;
    longest = std::max(longest, made.size());
    for (const char c : made) {
      const auto byte = static_cast<unsigned char>(c);
      widths.insert(byte < 0x80 ? 1 : byte < 0xC0 ? 0 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4);
    }
  }
  EXPECT_EQ(widths, (std::set<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(longest, 65'535u);
}

}  // namespace
}  // namespace mqttspec::generators
