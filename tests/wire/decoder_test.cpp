#include "reference/wire/decoder.hpp"

#include "reference/wire/encoder.hpp"
#include "tests/wire/notation.hpp"
#include "tests/wire/packets.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mqttspec::wire::testing {
namespace {

constexpr DecodeContext from_client{.from = Direction::client_to_server};
constexpr DecodeContext from_server{.from = Direction::server_to_client};
constexpr DecodeContext from_client_3_1_1{.from = Direction::client_to_server, .version = ProtocolVersion::v3_1_1};
constexpr DecodeContext from_client_3_1{.from = Direction::client_to_server, .version = ProtocolVersion::v3_1};
constexpr DecodeContext from_server_3_1{.from = Direction::server_to_client, .version = ProtocolVersion::v3_1};

/// All samples that the direction may send, one after another.
struct Stream {
  std::vector<Packet> packets;
  Bytes bytes;
};

Stream stream_of(ProtocolVersion version, Direction from) {
  Stream stream;
  for (const Sample& sample : samples(version)) {
    if (sample.from != from) continue;
    stream.packets.push_back(sample.packet);
    encode(sample.packet, version, stream.bytes);
  }
  return stream;
}

/// Feeds pieces whose sizes `cut` chooses, and collects what comes out.
template <class Cut>
std::vector<Packet> decode_in_pieces(Decoder& decoder, ByteView all, Cut cut) {
  std::vector<Packet> packets;
  while (!all.empty()) {
    const Bytes piece(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(cut(), all.size())));
    all = all.subspan(piece.size());
    ByteView input(piece);
    while (!input.empty()) {
      const auto next = decoder.next(input);
      EXPECT_TRUE(next.has_value()) << next.error().explanation;
      if (!next) return packets;
      if (*next) packets.push_back(to_owned((*next)->packet));
    }
  }
  return packets;
}

TEST(Decoder, FindsEveryPacketHoweverTheStreamIsCut) {
  for (const auto version : {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0}) {
    for (const auto from : {Direction::client_to_server, Direction::server_to_client}) {
      const Stream stream = stream_of(version, from);
      for (std::size_t size = 1; size <= stream.bytes.size(); size += size < 20 ? 1 : 37) {
        Decoder decoder({.from = from, .version = version});
        EXPECT_TRUE(decode_in_pieces(decoder, stream.bytes, [size] { return size; }) == stream.packets) << size;
        EXPECT_EQ(decoder.buffered(), 0u);
      }
    }
  }
}

TEST(Decoder, FindsEveryPacketWhenCutAtRandom) {
  std::mt19937 random(1);
  const Stream stream = stream_of(ProtocolVersion::v5_0, Direction::server_to_client);
  for (int round = 0; round < 200; ++round) {
    Decoder decoder(from_server);
    EXPECT_TRUE(decode_in_pieces(decoder, stream.bytes, [&] { return std::size_t{1} + random() % 40; }) == stream.packets);
  }
}

TEST(Decoder, SplitsAtEveryPlaceOfEveryPacket) {
  for (const Sample& sample : samples_5_0()) {
    const Bytes packet = encode(sample.packet, ProtocolVersion::v5_0);
    for (std::size_t at = 0; at <= packet.size(); ++at) {
      Decoder decoder({.from = sample.from});
      ByteView first = ByteView(packet).first(at);
      ByteView second = ByteView(packet).subspan(at);
      auto next = decoder.next(first);
      ASSERT_TRUE(next.has_value());
      EXPECT_TRUE(first.empty());
      if (at < packet.size()) {
        EXPECT_FALSE(next->has_value());
        EXPECT_EQ(decoder.buffered(), at);
        next = decoder.next(second);
      }
      ASSERT_TRUE(next.has_value() && next->has_value());
      EXPECT_TRUE(to_owned((*next)->packet) == sample.packet);
      EXPECT_EQ(Bytes((*next)->bytes.begin(), (*next)->bytes.end()), packet);
      EXPECT_EQ(decoder.buffered(), 0u);
    }
  }
}

TEST(Decoder, TakesOnePacketAtATimeFromItsInput) {
  const Bytes stream = bytes("c0 00 c0 00");
  ByteView input(stream);
  Decoder decoder(from_client);
  ASSERT_TRUE(decoder.next(input).value().has_value());
  EXPECT_EQ(input.size(), 2u);
  ASSERT_TRUE(decoder.next(input).value().has_value());
  EXPECT_TRUE(input.empty());
  EXPECT_FALSE(decoder.next(input).value().has_value());
}

TEST(Decoder, LearnsTheVersionFromConnect) {
  const Bytes stream = bytes(R"(10 0d "MQTT" 04 02 0000 "a"  30 * "t" 'payload')");
  ByteView input(stream);
  Decoder decoder(from_client);
  ASSERT_TRUE(decoder.next(input).has_value());
  EXPECT_EQ(decoder.context().version, ProtocolVersion::v3_1_1);
  const auto publish = decoder.next(input);
  ASSERT_TRUE(publish.has_value());
  EXPECT_EQ(std::get<view::Publish>((*publish)->packet).payload, "payload");
}

TEST(Decoder, JudgesAConnectInPiecesByItsOwnVersion) {
  const Bytes connect = bytes(R"(10 8d 00 "MQTT" 04 02 0000 "a")");
  Decoder decoder(from_client);
  const std::vector<Packet> packets = decode_in_pieces(decoder, connect, [] { return std::size_t{1}; });
  EXPECT_EQ(packets.size(), 1u);
}

TEST(Decoder, NamesTheClauseOfTheConnectsOwnVersion) {
  const auto decoded = decode(bytes(R"(11 * "MQTT" 04 02 0000 "a")"), from_client);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().clause.text(), "MQTT-2.2.2-1");
}

TEST(Decoder, JudgesAConnectFromTheServerByTheConnectionsVersionHoweverItIsCut) {
  const Bytes packet = encode(Connect{.version = ProtocolVersion::v3_1_1, .client_id = "c"}, ProtocolVersion::v3_1_1);
  Decoder decoder(from_server);
  ByteView first_byte(packet.data(), 1);
  ByteView rest = ByteView(packet).subspan(1);
  ASSERT_TRUE(decoder.next(first_byte).has_value());
  const auto in_pieces = decoder.next(rest);
  const auto whole = decode_view(packet, from_server);
  ASSERT_TRUE(in_pieces.has_value() && *in_pieces && whole.has_value());
  ASSERT_TRUE((*in_pieces)->violation && whole->violation);
  EXPECT_EQ((*in_pieces)->violation->rule->id, "codec/wrong-sender");
  EXPECT_EQ((*in_pieces)->violation->clause.text(), "2.1.2");
  EXPECT_EQ((*in_pieces)->violation->clause, whole->violation->clause);
  EXPECT_EQ(decoder.context().version, ProtocolVersion::v5_0);
}

TEST(Decoder, JudgesATooLargeConnectWithWrongFlagsAlikeHoweverItIsCut) {
  const DecodeContext context{.from = Direction::client_to_server, .maximum_packet_size = 19};
  Bytes packet(20, 0x12);
  Decoder decoder(context);
  ByteView header(packet.data(), 2);
  const auto in_pieces = decoder.next(header);
  const auto whole = decode_view(packet, context);
  ASSERT_FALSE(in_pieces.has_value());
  ASSERT_FALSE(whole.has_value());
  EXPECT_EQ(in_pieces.error().clause, whole.error().clause);
}

TEST(Decoder, StaysBrokenAfterAViolation) {
  const Bytes stream = bytes("00 00 c0 00");
  ByteView input(stream);
  Decoder decoder(from_client);
  const auto first = decoder.next(input);
  ASSERT_FALSE(first.has_value());
  const auto second = decoder.next(input);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().clause, first.error().clause);
  EXPECT_EQ(second.error().explanation, first.error().explanation);
}

TEST(Decoder, RefusesATooLargePacketBeforeItsBody) {
  const Bytes header = bytes("30 c8 01");
  ByteView input(header);
  Decoder decoder({.from = Direction::client_to_server, .maximum_packet_size = 202});
  const auto next = decoder.next(input);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().kind(), ViolationKind::too_large);
  EXPECT_EQ(next.error().reason_code(), ReasonCode::packet_too_large);
}

TEST(Decoder, KeepsNothingOfATooLargePacketButItsFixedHeader) {
  Decoder decoder({.from = Direction::client_to_server, .maximum_packet_size = 202});
  const Bytes packet = encode(Publish{.topic = "t", .payload = std::string(1'000, 'x')}, ProtocolVersion::v3_1_1);
  ByteView most(packet.data(), 900);
  EXPECT_FALSE(decoder.next(most).has_value());
  EXPECT_EQ(decoder.buffered(), 3u);
}

TEST(Decoder, AcceptsAPacketOfExactlyTheMaximumPacketSize) {
  const Bytes packet = encode(Publish{.topic = "t", .payload = std::string(196, 'x')}, ProtocolVersion::v5_0);
  ASSERT_EQ(packet.size(), 203u);
  EXPECT_TRUE(decode_view(packet, {.from = Direction::client_to_server, .maximum_packet_size = 203}).has_value());
  EXPECT_FALSE(decode_view(packet, {.from = Direction::client_to_server, .maximum_packet_size = 202}).has_value());
}

TEST(Decoder, TakesANewLimitAndVersionWhileItRuns) {
  Decoder decoder(from_server);
  decoder.set_version(ProtocolVersion::v3_1_1);
  decoder.set_maximum_packet_size(10);
  EXPECT_EQ(decoder.context().version, ProtocolVersion::v3_1_1);
  EXPECT_EQ(decoder.context().maximum_packet_size, 10u);
}

TEST(Decoder, Accepts3_1_1RemainingLengthsThatAreNotMinimal) {
  EXPECT_TRUE(decode_view(bytes("c0 80 00"), from_client_3_1_1).has_value());
  EXPECT_TRUE(decode_view(bytes("40 82 80 80 00 0001"), from_client_3_1_1).has_value());
}

TEST(Decoder, AcceptsShareFiltersAsOrdinaryOnesIn3_1_1) {
  EXPECT_TRUE(decode_view(bytes(R"(82 * 0001 "$share//+" 00)"), from_client_3_1_1).has_value());
  EXPECT_TRUE(decode_view(bytes(R"(82 * 0001 "$share" 00)"), from_client_3_1_1).has_value());
  EXPECT_TRUE(decode_view(bytes(R"(82 * 0001 {} "$shared/x" 04)"), from_client).has_value());
}

TEST(Decoder, LeavesAnEmptyClientIdentifierToTheServer) {
  EXPECT_TRUE(decode_view(bytes(R"(10 * "MQTT" 04 00 0000 "")"), from_client_3_1_1).has_value());
  EXPECT_TRUE(decode_view(bytes(R"(10 * "MQIsdp" 03 00 0000 "")"), from_client_3_1).has_value());
  EXPECT_TRUE(decode_view(bytes(R"(10 * "MQTT" 05 00 0000 {} "")"), from_client).has_value());
}

TEST(Decoder, AllowsIn3_1WhatLaterVersionsForbid) {
  EXPECT_TRUE(decode_view(bytes("6a * 0001"), from_client_3_1).has_value()) << "PUBREL with DUP";
  EXPECT_TRUE(decode_view(bytes(R"(8a * 0001 "a" 00)"), from_client_3_1).has_value()) << "SUBSCRIBE with DUP";
  EXPECT_TRUE(decode_view(bytes(R"(aa * 0001 "a")"), from_client_3_1).has_value()) << "UNSUBSCRIBE with DUP";
  EXPECT_TRUE(decode_view(bytes("20 * 05 00"), from_server_3_1).has_value()) << "CONNACK's unused byte";
  const auto connect = decode_view(bytes(R"(10 * "MQIsdp" 03 c2 0000 "a")"), from_client_3_1);
  ASSERT_TRUE(connect.has_value()) << "flags of a User Name and a Password that are absent";
  EXPECT_FALSE(std::get<view::Connect>(connect->packet).user_name);
}

TEST(Decoder, RemarksControlCharactersAndNonCharacters) {
  const auto control = decode_view(bytes(R"(30 * 0003 'a' 01 'b' {})"), from_client);
  ASSERT_TRUE(control.has_value() && control->remark);
  EXPECT_EQ(control->remark->clause.text(), "1.5.4");
  EXPECT_EQ(control->remark->offset, 5u);

  const auto non_character = decode_view(bytes(R"(30 * 0003 ef bf bf)"), from_client_3_1_1);
  ASSERT_TRUE(non_character.has_value() && non_character->remark);
  EXPECT_EQ(non_character->remark->clause.text(), "1.5.3");
  EXPECT_EQ(non_character->remark->offset, 4u);

  EXPECT_FALSE(decode_view(bytes(R"(30 * "a" {} 01)"), from_client)->remark) << "a payload is free";
}

/// Every field that is a UTF-8 Encoded String; ~ stands for what is unwise.
TEST(Decoder, RemarksUnwiseCharactersInEveryString) {
  struct Row {
    const DecodeContext& context;
    std::string_view packet;
  };
  const Row rows[] = {
      {from_client, R"(10 * "MQTT" 05 02 0000 {} "a~")"},
      {from_client, R"(10 * "MQTT" 05 06 0000 {} "a" {} "w~" "")"},
      {from_client, R"(10 * "MQTT" 05 82 0000 {} "a" "~u")"},
      {from_client, R"(10 * "MQTT" 05 02 0000 {15 "m~"} "a")"},
      {from_client, R"(10 * "MQTT" 05 06 0000 {} "a" {08 "r~"} "w" "")"},
      {from_client, R"(10 * "MQTT" 05 06 0000 {} "a" {03 "~"} "w" "")"},
      {from_client, R"(30 * "t~" {})"},
      {from_client, R"(30 * "t" {08 "~r"})"},
      {from_client, R"(30 * "t" {03 "c~"})"},
      {from_client, R"(30 * "t" {26 "n~" "v"})"},
      {from_client, R"(30 * "t" {26 "n" "v~"})"},
      {from_client, R"(82 * 0001 {} "f~" 00)"},
      {from_client, R"(82 * 0001 {} "$share/g~/f" 00)"},
      {from_client, R"(a2 * 0001 {} "~")"},
      {from_server, R"(20 * 00 00 {12 "i~"})"},
      {from_server, R"(20 * 00 00 {1a "i~"})"},
      {from_server, R"(e0 * 9d {1c "s~"})"},
      {from_server, R"(40 * 0001 80 {1f "r~"})"},
      {from_client_3_1_1, R"(10 * "MQTT" 04 02 0000 "a~")"},
      {from_client_3_1_1, R"(30 * "t~")"},
      {from_client_3_1_1, R"(82 * 0001 "f~" 00)"},
  };
  for (const std::string_view unwise :
       {"\x01", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f", "\xef\xb7\x90", "\xef\xbf\xbf", "\xf0\x9f\xbf\xbe"}) {
    for (const Row& row : rows) {
      std::string notation(row.packet);
      notation.replace(notation.find('~'), 1, unwise);
      const Bytes packet = bytes(notation);
      const auto decoded = decode_view(packet, row.context);
      ASSERT_TRUE(decoded.has_value()) << row.packet << ": " << decoded.error().explanation;
      ASSERT_TRUE(decoded->remark) << row.packet;
      const std::size_t offset = decoded->remark->offset;
      ASSERT_LE(offset + unwise.size(), packet.size());
      EXPECT_TRUE(std::equal(unwise.begin(), unwise.end(), reinterpret_cast<const char*>(packet.data()) + offset)) << row.packet;
      EXPECT_EQ(decoded->remark->clause.text(), row.context.version == ProtocolVersion::v5_0 ? "1.5.4" : "1.5.3");
    }
  }
}

TEST(Decoder, RemarksPayloadsThatAreNotUtf8AlthoughTheySaySo) {
  const auto publish = decode_view(bytes(R"(30 * "a" {01 01} 'x' ff)"), from_client);
  ASSERT_TRUE(publish.has_value() && publish->remark);
  EXPECT_EQ(publish->remark->clause.text(), "3.3.2.3.2");
  EXPECT_EQ(publish->remark->offset, 9u);
  EXPECT_FALSE(decode_view(bytes(R"(30 * "a" {01 00} ff)"), from_client)->remark);
  EXPECT_FALSE(decode_view(bytes(R"(30 * "a" {01 01} 'x' 00)"), from_client)->remark);

  const auto will = decode_view(bytes(R"(10 * "MQTT" 05 06 0000 {} "a" {01 01} "w" 0001 ff)"), from_client);
  ASSERT_TRUE(will.has_value() && will->remark);
  EXPECT_EQ(will->remark->clause.text(), "3.1.3.2.3");
}

TEST(Decoder, NamesTheFieldInItsExplanation) {
  const auto decoded = decode(bytes(R"(30 * "a/+" {})"), from_client);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().explanation, "The Topic Name contains the wildcard +");
  const auto cut = decode_view(bytes(R"(10 * "MQTT" 05 02)"), from_client);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().explanation, "The packet ends before its Keep Alive");
}

TEST(PacketView, ReadsFieldsFromThePacketsOwnBytes) {
  const Bytes packet = bytes(R"(32 * "topic" 0007 {0b 01 0b 8001 26 "n" "v"} 'payload')");
  const auto decoded = decode_view(packet, from_server);
  ASSERT_TRUE(decoded.has_value());
  const auto& publish = std::get<view::Publish>(decoded->packet);
  EXPECT_EQ(publish.topic, "topic");
  EXPECT_EQ(static_cast<const void*>(publish.topic.data()), static_cast<const void*>(packet.data() + 4));
  EXPECT_EQ(publish.packet_id->value(), 7);
  EXPECT_EQ(publish.payload, "payload");
  EXPECT_EQ(publish.properties.get(prop::subscription_identifier), 1u);
  EXPECT_EQ(publish.properties.all(prop::subscription_identifier), (std::vector<std::uint32_t>{1, 128}));
  EXPECT_EQ(publish.properties.get(prop::user_property), (view::StringPair{"n", "v"}));
  EXPECT_FALSE(publish.properties.has(PropertyId::topic_alias));
  EXPECT_FALSE(publish.properties.get(prop::topic_alias));
  EXPECT_TRUE(publish.properties.all(prop::topic_alias).empty());
  EXPECT_EQ(std::distance(publish.properties.begin(), publish.properties.end()), 3);
  EXPECT_EQ(type_of(decoded->packet), PacketType::publish);
}

TEST(PacketView, IteratesLists) {
  const Bytes packet = bytes(R"(82 * 0001 {} "a" 00 "b/#" 2d)");
  const auto decoded = decode_view(packet, from_client);
  ASSERT_TRUE(decoded.has_value());
  const auto& subscribe = std::get<view::Subscribe>(decoded->packet);
  ASSERT_EQ(subscribe.subscriptions.size(), 2u);
  auto at = subscribe.subscriptions.begin();
  EXPECT_EQ((*at++).topic_filter, "a");
  const view::Subscription second = *at;
  EXPECT_EQ(second.topic_filter, "b/#");
  EXPECT_EQ(second.maximum_qos, QoS::at_least_once);
  EXPECT_TRUE(second.no_local);
  EXPECT_TRUE(second.retain_as_published);
  EXPECT_EQ(second.retain_handling, RetainHandling::do_not_send);
  EXPECT_TRUE(++at == subscribe.subscriptions.end());
}

}  // namespace
}  // namespace mqttspec::wire::testing
