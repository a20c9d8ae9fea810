#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/utf8.hpp"
#include "tests/wire/malformed.hpp"
#include "tests/wire/notation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

/// What the decoder reads of packets that break a rule.
namespace mqttspec::wire::testing {
namespace {

constexpr DecodeContext from_client{.from = client};
constexpr DecodeContext from_server{.from = server};
constexpr DecodeContext from_server_3_1_1{.from = server, .version = v3_1_1};

/// Decodes a packet that breaks this rule and can be read.
Packet read(std::string_view notation, std::string_view rule, const DecodeContext& context) {
  const Bytes packet = bytes(notation);
  const auto decoded = decode_view(packet, context);
  if (!decoded) throw std::runtime_error("unreadable: " + decoded.error().explanation);
  if (!decoded->violation) throw std::runtime_error("no violation");
  EXPECT_EQ(decoded->violation->rule->id, rule);
  return to_owned(decoded->packet);
}

template <class P>
P read_as(std::string_view notation, std::string_view rule, const DecodeContext& context) {
  return std::get<P>(read(notation, rule, context));
}

TEST(ReadablePacket, KeepsItsFieldsWhenReservedFlagsAreSet) {
  EXPECT_EQ(read("42 * 000a", "codec/reserved-flags", from_server), Packet(Puback{PacketId(10)}));
  EXPECT_EQ(read("60 * 000a", "codec/pubrel-flags", from_server), Packet(Pubrel{PacketId(10)}));
  EXPECT_EQ(read("20 * 83 00 {}", "codec/connack-reserved-flags", from_server), Packet(Connack{.session_present = true}));
  EXPECT_EQ(read(R"(10 * "MQTT" 05 03 0000 {} "a")", "codec/connect-reserved-flag", from_client), Packet(Connect{.client_id = "a"}));
}

TEST(ReadablePacket, KeepsItsFieldsWhenItsSenderIsWrong) {
  const Subscribe expected{.packet_id = PacketId(1), .subscriptions = {{.topic_filter = "a", .maximum_qos = QoS::at_least_once}}};
  EXPECT_EQ(read(R"(82 * 0001 {} "a" 01)", "codec/wrong-sender", from_server), Packet(expected));
  EXPECT_EQ(read("d0 00", "codec/wrong-sender", from_client), Packet(Pingresp{}));
  EXPECT_EQ(read("e0 00", "codec/wrong-sender", from_server_3_1_1), Packet(Disconnect{}));
}

TEST(ReadablePacket, HasAnIntegerThatIsNotMinimal) {
  EXPECT_EQ(read("40 82 00 0001", "codec/integer-not-minimal", from_client), Packet(Puback{PacketId(1)}));
  const auto publish = read_as<Publish>(R"(30 * "a" 83 00 0b 81 00 'x')", "codec/integer-not-minimal", from_server);
  EXPECT_EQ(publish.payload, "x");
  EXPECT_EQ(publish.properties.get(prop::subscription_identifier), 1u);
}

TEST(ReadablePacket, HasThePacketIdentifier0) {
  EXPECT_EQ(read_as<Puback>("40 * 0000", "codec/publish-acknowledgement-identifier-0", from_server).packet_id, PacketId::zero());
  EXPECT_EQ(read_as<Publish>(R"(32 * "a" 0000 {})", "codec/server-packet-identifier-0", from_server).packet_id, PacketId::zero());
  EXPECT_EQ(read_as<Publish>(R"(32 * "a" 0000 {})", "codec/client-packet-identifier-0", from_client).packet_id, PacketId::zero());
  EXPECT_EQ(read_as<Suback>("90 * 0000 {} 00", "codec/subscription-acknowledgement-identifier-0", from_server).packet_id, PacketId::zero());
  EXPECT_TRUE(PacketId::zero().is_zero());
  EXPECT_FALSE(PacketId(1).is_zero());
}

TEST(ReadablePacket, HasAReasonCodeThatIsNotDefinedForIt) {
  EXPECT_EQ(number(read_as<Puback>("40 * 0001 7f", "codec/puback-code", from_server).reason_code), 0x7F);
  EXPECT_EQ(number(read_as<Connack>("20 * 00 7f {}", "codec/connack-code", from_server).reason_code), 0x7F);
  EXPECT_EQ(number(read_as<Connack>("20 * 00 06", "codec/connack-code", from_server_3_1_1).reason_code), 6);
  const auto suback = read_as<Suback>("90 * 0001 {} 7f 01 7e", "codec/suback-code", from_server);
  EXPECT_EQ(suback.reason_codes, (std::vector{ReasonCode{0x7F}, ReasonCode::granted_qos_1, ReasonCode{0x7E}}));
  EXPECT_EQ(read_as<Disconnect>("e0 * 04", "codec/disconnect-code", from_server).reason_code, ReasonCode::disconnect_with_will_message);
}

TEST(ReadablePacket, HasTheFirstValueOfARepeatedProperty) {
  const auto connack = read_as<Connack>("20 * 00 00 {21 0005 24 01 21 0007}", "codec/property-repeated", from_server);
  EXPECT_EQ(connack.properties.get(prop::receive_maximum), 5u);
  EXPECT_EQ(connack.properties.get(prop::maximum_qos), 1u);
  EXPECT_EQ(connack.properties.items().size(), 3u);

  const Bytes packet = bytes("20 * 00 00 {21 0005 24 01 21 0007}");
  const auto view = decode_view(packet, from_server);
  EXPECT_EQ(std::get<view::Connack>(view->packet).properties.get(prop::receive_maximum), 5u);
}

TEST(ReadablePacket, HasPropertiesThatAreMisplacedOrOutOfRange) {
  const auto puback = read_as<Puback>(R"(40 * 0001 00 {23 0005 1f "r"})", "codec/property-misplaced", from_server);
  EXPECT_EQ(puback.properties.get(prop::topic_alias), 5u);
  EXPECT_EQ(puback.properties.get(prop::reason_string), "r");
  const auto connack = read_as<Connack>("20 * 00 00 {24 02 21 0000}", "codec/property-value-forbidden", from_server);
  EXPECT_EQ(connack.properties.get(prop::maximum_qos), 2u);
  EXPECT_EQ(connack.properties.get(prop::receive_maximum), 0u);
  EXPECT_EQ(read_as<Publish>(R"(30 * "a" {23 0000})", "codec/topic-alias-0", from_server).properties.get(prop::topic_alias), 0u);
}

TEST(ReadablePacket, HasIllFormedStrings) {
  const auto publish = read_as<Publish>(R"(30 * 0002 'a' ff {1f 0001 c0 03 "text"} 'x')", "codec/string-ill-formed", from_server);
  EXPECT_EQ(publish.topic, "a\xFF");
  EXPECT_EQ(publish.properties.get(prop::content_type), "text");
  EXPECT_EQ(publish.payload, "x");
  const std::string line = describe(publish, v5_0);
  EXPECT_TRUE(is_valid_utf8(line)) << line;
  EXPECT_NE(line.find("topic=0x61ff"), line.npos) << line;

  const auto pair = read_as<Puback>(R"(40 * 0001 00 {26 0001 00 "v"})", "codec/string-pair-ill-formed", from_server);
  EXPECT_EQ(pair.properties.get(prop::user_property)->second, "v");
  EXPECT_TRUE(is_valid_utf8(describe(pair, v5_0)));
}

TEST(ReadablePacket, HasATopicNameThatIsEmptyOrHasWildcards) {
  EXPECT_EQ(read_as<Publish>(R"(30 * "" {} 'x')", "codec/topic-name-empty", from_server).payload, "x");
  EXPECT_EQ(read_as<Publish>(R"(30 * "a/#" {} 'x')", "codec/publish-topic-wildcard", from_server).topic, "a/#");
  EXPECT_EQ(read_as<Publish>(R"(39 * "a" {} 'x')", "codec/dup-on-qos-0", from_server),
            (Publish{.topic = "a", .payload = "x", .retain = true, .dup = true}));
}

TEST(ReadablePacket, HasTopicFiltersThatAreWrong) {
  const auto subscribe = read_as<Subscribe>(R"(82 * 0001 {} "a#" 01 "" 00 "$share//b" 02)", "codec/wildcard-hash-misplaced", from_client);
  ASSERT_EQ(subscribe.subscriptions.size(), 3u);
  EXPECT_EQ(subscribe.subscriptions[2].topic_filter, "$share//b");
  EXPECT_EQ(subscribe.subscriptions[2].maximum_qos, QoS::exactly_once);
  EXPECT_TRUE(read_as<Unsubscribe>("a2 * 0001 {}", "codec/no-topic-filter", from_client).topic_filters.empty());
}

TEST(ReadablePacket, IgnoresReservedBitsOfItsSubscriptions) {
  const auto newer = read_as<Subscribe>(R"(82 * 0001 {} "a" c5)", "codec/subscription-reserved-bits", from_client);
  EXPECT_EQ(newer.subscriptions[0], (Subscription{.topic_filter = "a", .maximum_qos = QoS::at_least_once, .no_local = true}));
  const auto older = read_as<Subscribe>(R"(82 * 0001 "a" fd)", "codec/subscription-reserved-bits", {.from = client, .version = v3_1_1});
  EXPECT_EQ(older.subscriptions[0], (Subscription{.topic_filter = "a", .maximum_qos = QoS::at_least_once}));
}

TEST(ReadablePacket, IgnoresBytesAfterItsLastField) {
  EXPECT_EQ(read("40 * 0001 00", "codec/bytes-after-last-field", from_server_3_1_1), Packet(Puback{PacketId(1)}));
  EXPECT_EQ(read("d0 * 00", "codec/bytes-after-last-field", from_server), Packet(Pingresp{}));
  EXPECT_EQ(read("c0 * 00", "codec/bytes-after-last-field", from_client), Packet(Pingreq{}));
}

TEST(ReadablePacket, HasNoPropertiesWithoutAPropertyLength) {
  EXPECT_EQ(read("20 * 01 00", "codec/property-length-missing", from_server), Packet(Connack{.session_present = true}));
}

TEST(ReadablePacket, ReportsItsFirstViolationOnly) {
  const auto publish = read_as<Publish>(R"(38 * "a/+" {01 02 23 0000} 'x')", "codec/dup-on-qos-0", from_server);
  EXPECT_EQ(publish.properties.get(prop::payload_format_indicator), 2u);
}

TEST(UnreadablePacket, IsReportedByItsFirstViolation) {
  const auto decoded = decode_view(bytes("42 * 00"), from_server);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().rule->id, "codec/reserved-flags");
}

TEST(Decoder, GoesOnAfterAPacketThatBreaksARule) {
  const Bytes stream = bytes("42 02 000a  d0 00");
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{4}}) {
    Decoder decoder(from_server);
    ByteView begin = ByteView(stream).first(first);
    ByteView rest = ByteView(stream).subspan(first);
    auto next = decoder.next(begin);
    if (next && !*next) next = decoder.next(rest);
    ASSERT_TRUE(next && *next) << first;
    EXPECT_EQ(to_owned((*next)->packet), Packet(Puback{PacketId(10)}));
    ASSERT_TRUE((*next)->violation.has_value());
    EXPECT_EQ((*next)->violation->rule->id, "codec/reserved-flags");
    const auto after = decoder.next(rest);
    ASSERT_TRUE(after && *after) << first;
    EXPECT_EQ(to_owned((*after)->packet), Packet(Pingresp{}));
    EXPECT_FALSE((*after)->violation.has_value());
  }
}

TEST(Decoder, TakesTheVersionOfAConnectThatBreaksARule) {
  const Bytes connect = bytes(R"(10 * "MQTT" 04 03 0000 "a")");
  Decoder decoder(from_client);
  ByteView input(connect);
  ASSERT_TRUE(decoder.next(input).value()->violation.has_value());
  EXPECT_EQ(decoder.context().version, v3_1_1);
}

TEST(StrictDecoding, TakesAnyViolationForAnError) {
  const auto decoded = decode(bytes("42 * 000a"), from_server);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().rule->id, "codec/reserved-flags");
  EXPECT_TRUE(decode(bytes("40 * 000a"), from_server).has_value());
}

}  // namespace
}  // namespace mqttspec::wire::testing
