#include "reference/wire/encoder.hpp"

#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "tests/wire/notation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mqttspec::wire::testing {
namespace {

constexpr auto v3_1 = ProtocolVersion::v3_1;
constexpr auto v3_1_1 = ProtocolVersion::v3_1_1;
constexpr auto v5_0 = ProtocolVersion::v5_0;
constexpr PacketId id{1};

struct Written {
  Packet packet;
  ProtocolVersion version;
  std::string_view bytes;
};

TEST(Encoder, WritesPacketsByteForByte) {
  const std::vector<Written> table = {
      {Connect{.version = v3_1, .client_id = "c"}, v3_1, R"(10 * "MQIsdp" 03 02 0000 "c")"},
      {Connect{.version = v3_1_1, .client_id = "c", .keep_alive = 60}, v3_1_1, R"(10 * "MQTT" 04 02 003c "c")"},
      {Connect{.client_id = "c", .clean_start = false, .properties = Properties().add(prop::receive_maximum, 5)}, v5_0,
       R"(10 * "MQTT" 05 00 0000 {21 0005} "c")"},
      {Connect{.will = Will{.topic = "w", .payload = "p", .qos = QoS::at_least_once}, .user_name = "u", .password = "s"}, v5_0,
       R"(10 * "MQTT" 05 ce 0000 {} "" {} "w" "p" "u" "s")"},
      {Connack{.session_present = true}, v3_1_1, "20 02 01 00"},
      {Connack{.reason_code = ReasonCode::banned}, v5_0, "20 03 00 8a 00"},
      {Publish{.topic = "a/b", .payload = "x"}, v3_1_1, R"(30 * "a/b" 'x')"},
      {Publish{.topic = "a/b", .payload = "x", .qos = QoS::exactly_once, .retain = true, .dup = true, .packet_id = PacketId(10)}, v5_0,
       R"(3d * "a/b" 000a {} 'x')"},
      {Puback{.packet_id = id, .reason_code = ReasonCode::not_authorized}, v3_1_1, "40 02 0001"},
      {Puback{.packet_id = id}, v5_0, "40 02 0001"},
      {Puback{.packet_id = id, .reason_code = ReasonCode::not_authorized}, v5_0, "40 03 0001 87"},
      {Puback{.packet_id = id, .spelling = Spelling::with_properties}, v5_0, "40 04 0001 00 00"},
      {Pubrel{.packet_id = id}, v5_0, "62 02 0001"},
      {Subscribe{.packet_id = id, .subscriptions = {{.topic_filter = "a", .maximum_qos = QoS::exactly_once, .no_local = true}}}, v3_1_1,
       R"(82 * 0001 "a" 02)"},
      {Subscribe{.packet_id = id, .subscriptions = {{.topic_filter = "a", .maximum_qos = QoS::exactly_once, .no_local = true}}}, v5_0,
       R"(82 * 0001 {} "a" 06)"},
      {Unsubscribe{.packet_id = id, .topic_filters = {"a"}}, v5_0, R"(a2 * 0001 {} "a")"},
      {Unsuback{.packet_id = id, .reason_codes = {ReasonCode::success}}, v3_1_1, "b0 02 0001"},
      {Unsuback{.packet_id = id, .reason_codes = {ReasonCode::success}}, v5_0, "b0 04 0001 00 00"},
      {Pingreq{}, v5_0, "c0 00"},
      {Pingresp{}, v3_1_1, "d0 00"},
      {Disconnect{.reason_code = ReasonCode::disconnect_with_will_message}, v3_1_1, "e0 00"},
      {Disconnect{}, v5_0, "e0 00"},
      {Disconnect{.reason_code = ReasonCode::disconnect_with_will_message}, v5_0, "e0 01 04"},
      {Auth{}, v5_0, "f0 00"},
      {Auth{.reason_code = ReasonCode::reauthenticate}, v5_0, "f0 02 19 00"},
  };
  for (const Written& row : table)
    EXPECT_EQ(hex(encode(row.packet, row.version)), hex(bytes(row.bytes))) << describe(row.packet, row.version);
}

TEST(Encoder, WritesConnectInItsOwnVersion) {
  EXPECT_EQ(encode(Connect{.version = v3_1_1, .client_id = "c"}, v5_0), encode(Connect{.version = v3_1_1, .client_id = "c"}, v3_1_1));
}

TEST(Encoder, WritesRemainingLengthsInTheFewestBytes) {
  const auto remaining_length = [](std::size_t payload) {
    return hex(ByteView(encode(Publish{.topic = "t", .payload = std::string(payload, 'x')}, v3_1_1)).subspan(1, 4));
  };
  EXPECT_EQ(remaining_length(124), "7f 00 01 74");
  EXPECT_EQ(remaining_length(125), "80 01 00 01");
  EXPECT_EQ(remaining_length(16'380), "ff 7f 00 01");
  EXPECT_EQ(remaining_length(16'381), "80 80 01 00");
  EXPECT_EQ(remaining_length(2'097'148), "ff ff 7f 00");
  EXPECT_EQ(remaining_length(2'097'149), "80 80 80 01");
}

TEST(Encoder, RefusesWhatTheFormatCannotCarry) {
  const std::string long_string(65'536, 'x');
  EXPECT_THROW(encode(Publish{.topic = long_string}, v5_0), std::length_error);
  EXPECT_THROW(encode(Connect{.client_id = long_string}, v5_0), std::length_error);
  EXPECT_THROW(encode(Connect{.password = long_string}, v5_0), std::length_error);
  EXPECT_THROW(encode(Subscribe{.packet_id = id, .subscriptions = {{.topic_filter = long_string}}}, v5_0), std::length_error);
  EXPECT_THROW(encode(Disconnect{.properties = Properties().add(prop::reason_string, long_string)}, v5_0), std::length_error);
  EXPECT_THROW(encode(Disconnect{.properties = Properties().add(prop::user_property, {"n", long_string})}, v5_0), std::length_error);
  EXPECT_THROW(encode(Publish{.topic = "t", .properties = Properties().add(prop::subscription_identifier, 268'435'456)}, v5_0),
               std::length_error);
  EXPECT_THROW(encode_publish_header(Publish{.topic = "t"}, 268'435'455, v5_0), std::length_error);
  EXPECT_NO_THROW(encode_publish_header(Publish{.topic = "t"}, 268'435'451, v5_0));
  EXPECT_THROW(encode(Publish{.topic = "t", .qos = QoS::at_least_once}, v5_0), std::invalid_argument);
  EXPECT_THROW(encode(Publish{.topic = "t", .packet_id = id}, v5_0), std::invalid_argument);
  EXPECT_THROW(encode(Auth{}, v3_1_1), std::invalid_argument);
  EXPECT_THROW(encode(Disconnect{.properties = Properties().add(PropertyKey<std::uint32_t>{PropertyId{0x7E}}, 1)}, v5_0),
               std::invalid_argument);
  EXPECT_THROW(encoded_size(Auth{}, v3_1_1), std::invalid_argument);
}

/// What a PropertyKey of one's own can do.
TEST(Encoder, RefusesPropertiesWithValuesOfAnotherType) {
  const std::vector<Property> wrong = {{PropertyId::payload_format_indicator, std::string("1")},
                                       {PropertyId::topic_alias, std::string("1")},
                                       {PropertyId::message_expiry_interval, StringPair{"1", "1"}},
                                       {PropertyId::subscription_identifier, std::string("1")},
                                       {PropertyId::content_type, std::uint32_t{1}},
                                       {PropertyId::correlation_data, StringPair{"1", "1"}},
                                       {PropertyId::user_property, std::string("1")}};
  for (const Property& property : wrong) {
    EXPECT_EQ(encoded_size(property), not_encodable);
    const Publish publish{.topic = "t", .properties = Properties({{PropertyId::content_type, std::string("right")}, property})};
    EXPECT_THROW(encode(publish, v5_0), std::bad_variant_access);
  }
}

TEST(Encoder, LeavesOutAsItFoundItWhenItRefuses) {
  Bytes out{1, 2, 3};
  EXPECT_THROW(encode(Auth{}, v3_1_1, out), std::invalid_argument);
  EXPECT_EQ(out.size(), 3u);
}

TEST(Encoder, IgnoresInOlderVersionsWhatTheyDoNotKnow) {
  const auto properties = Properties().add(prop::reason_string, "r");
  EXPECT_EQ(hex(encode(Puback{.packet_id = id, .reason_code = ReasonCode::not_authorized, .properties = properties}, v3_1_1)).size(), 11u);
  EXPECT_EQ(hex(encode(Pubrec{.packet_id = id, .reason_code = ReasonCode::not_authorized, .properties = properties}, v3_1_1)).size(), 11u);
  EXPECT_EQ(hex(encode(Pubrel{.packet_id = id, .properties = properties}, v3_1_1)).size(), 11u);
  EXPECT_EQ(hex(encode(Pubcomp{.packet_id = id, .properties = properties}, v3_1_1)).size(), 11u);
  EXPECT_EQ(hex(encode(Disconnect{.properties = Properties().add(prop::reason_string, "r")}, v3_1_1)), "e0 00");
  EXPECT_EQ(encode(Publish{.topic = "t", .properties = Properties().add(prop::topic_alias, 1)}, v3_1_1),
            encode(Publish{.topic = "t"}, v3_1_1));
}

TEST(Encoder, WritesAPublishHeaderThatThePayloadCompletes) {
  const Publish publish{.topic = "t", .payload = std::string(1000, 'x'), .qos = QoS::at_least_once, .packet_id = id};
  Publish without = publish;
  without.payload.clear();
  Bytes whole = encode_publish_header(without, 1000, v5_0);
  whole.insert(whole.end(), publish.payload.begin(), publish.payload.end());
  EXPECT_EQ(whole, encode(publish, v5_0));

  Bytes behind = encode(Pingreq{}, v5_0);
  encode_publish_header(publish, 1000, v5_0, behind);
  behind.insert(behind.end(), publish.payload.begin(), publish.payload.end());
  EXPECT_TRUE(std::ranges::equal(ByteView(behind).subspan(2), whole));
}

TEST(Encoder, CopiesStringsOfEveryLength) {
  for (std::size_t size = 0; size <= 200; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    const Publish publish{.topic = "t" + text, .payload = text, .properties = Properties().add(prop::content_type, text)};
    EXPECT_EQ(decode(encode(publish, v5_0), {.from = Direction::client_to_server}).value(), Packet(publish)) << size;
  }
}

}  // namespace
}  // namespace mqttspec::wire::testing
