#include "reference/wire/raw.hpp"

#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/notation.hpp"

#include <gtest/gtest.h>

namespace mqttspec::wire::raw {
namespace {

TEST(RawBuilder, AppendsFieldsInOrder) {
  const Builder built = Builder().byte(1).bytes({2, 3}).bytes(Bytes{4}).two_bytes(0x0506).four_bytes(0x0708090A).string("hi").text("!");
  EXPECT_EQ(hex(built.data()), "01 02 03 04 05 06 07 08 09 0a 00 02 68 69 21");
}

TEST(RawBuilder, WritesVariableByteIntegersInAnyWidth) {
  EXPECT_EQ(hex(Builder().variable_byte_integer(0).data()), "00");
  EXPECT_EQ(hex(Builder().variable_byte_integer(128).data()), "80 01");
  EXPECT_EQ(hex(Builder().variable_byte_integer(268'435'455).data()), "ff ff ff 7f");
  EXPECT_EQ(hex(Builder().variable_byte_integer(268'435'456).data()), "80 80 80 80 01");
  EXPECT_EQ(hex(Builder().variable_byte_integer(1, 4).data()), "81 80 80 00");
  EXPECT_EQ(hex(Builder().variable_byte_integer(0, 5).data()), "80 80 80 80 00");
  EXPECT_THROW(Builder().variable_byte_integer(128, 1), std::invalid_argument);
  EXPECT_THROW(Builder().variable_byte_integer(0, 6), std::invalid_argument);
}

TEST(RawBuilder, ClaimsLengthsThatAreNotTrue) {
  EXPECT_EQ(hex(Builder().string(9, "a").data()), "00 09 61");
  EXPECT_THROW(Builder().string(std::string(65'536, 'x')), std::length_error);
}

TEST(RawBuilder, WritesPropertiesWithTheirLength) {
  const Builder content = Builder().property(PropertyId::topic_alias).two_bytes(0).property(PropertyId::content_type).string("t");
  EXPECT_EQ(hex(Builder().properties(content).data()), "07 23 00 00 03 00 01 74");
}

TEST(RawBuilder, RefusesWidthsThatNoIntegerHas) {
  EXPECT_THROW(Builder().variable_byte_integer(1, -1), std::invalid_argument);
  EXPECT_THROW(Builder().variable_byte_integer(1, 6), std::invalid_argument);
  EXPECT_THROW(Builder().variable_byte_integer(128, 1), std::invalid_argument);
}

TEST(Notation, HasBytesStringsAndLengths) {
  EXPECT_EQ(hex(read_notation("10 {00\n\"ab\" 'c'} ff")), "10 06 00 00 02 61 62 63 ff");
  EXPECT_EQ(read_notation("30 * '" + std::string(200, 'x') + "'").size(), 203u);
  EXPECT_THROW(read_notation("1g"), std::invalid_argument);
}

TEST(RawPacket, HasTheTrueRemainingLengthOrTheClaimedOne) {
  EXPECT_EQ(hex(packet(PacketType::pubrel, 3, Builder().two_bytes(0))), "63 02 00 00");
  EXPECT_EQ(hex(packet(0xC0, RemainingLength{5}, Builder())), "c0 05");
  EXPECT_EQ(hex(packet(0x00, RemainingLength{0, 3}, Builder().byte(7))), "00 80 80 00 07");
  EXPECT_THROW(packet(PacketType::pubrel, 16, Builder()), std::invalid_argument);
}

TEST(RawPacket, IsMadeFromAValidOneByOneChange) {
  const Bytes puback = encode(Puback{.packet_id = PacketId(1)}, ProtocolVersion::v5_0);
  EXPECT_EQ(hex(with_flags(puback, 5)), "45 02 00 01");
  EXPECT_EQ(hex(truncated(puback, 3)), "40 02 00");
  EXPECT_EQ(hex(truncated(puback, 30)), "40 02 00 01");
  EXPECT_EQ(hex(with_trailing(puback, Bytes{9, 8})), "40 04 00 01 09 08");
  EXPECT_EQ(hex(with_byte(puback, 3, 0)), "40 02 00 00");
  EXPECT_THROW(with_byte(puback, 4, 0), std::out_of_range);
  const Bytes publish = encode(Publish{.topic = "t", .payload = std::string(200, 'x')}, ProtocolVersion::v3_1_1);
  EXPECT_EQ(with_trailing(publish, Bytes{9}).size(), publish.size() + 1);
}

TEST(RawPacket, GrowsItsRemainingLengthWithTrailingBytes) {
  const Bytes publish = encode(Publish{.topic = "t", .payload = std::string(124, 'x')}, ProtocolVersion::v3_1_1);
  const Bytes longer = with_trailing(publish, Bytes{1});
  EXPECT_EQ(hex(ByteView(longer).first(3)), "30 80 01");
  EXPECT_EQ(longer.size(), publish.size() + 2);
}

}  // namespace
}  // namespace mqttspec::wire::raw
