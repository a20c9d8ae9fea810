#include "reference/wire/describe.hpp"

#include "reference/wire/utf8.hpp"
#include "tests/wire/packets.hpp"

#include <gtest/gtest.h>

namespace mqttspec::wire::testing {
namespace {

constexpr auto v3_1_1 = ProtocolVersion::v3_1_1;
constexpr auto v5_0 = ProtocolVersion::v5_0;
constexpr PacketId id{10};

struct Described {
  Packet packet;
  ProtocolVersion version;
  std::string_view text;
};

TEST(Describe, ShowsEveryFieldOnOneLine) {
  const std::vector<Described> table = {
      {Connect{.client_id = "c", .keep_alive = 60, .properties = Properties().add(prop::receive_maximum, 5)}, v5_0,
       R"(CONNECT MQTT 5.0, client identifier "c", Clean Start 1, Keep Alive 60, Receive Maximum 5)"},
      {Connect{.version = v3_1_1,
               .clean_start = false,
               .will = Will{.topic = "w", .payload = "bye", .qos = QoS::at_least_once, .retain = true},
               .user_name = "u",
               .password = "secret"},
       v3_1_1,
       R"(CONNECT MQTT 3.1.1, client identifier "", Clean Session 0, Keep Alive 0, user name "u", password (6 bytes), )"
       R"(will topic "w", will QoS 1, will RETAIN, will payload "bye" (3 bytes))"},
      {Connack{.session_present = true}, v5_0, "CONNACK 0x00 Success, Session Present 1"},
      {Connack{.reason_code = return_code::not_authorized}, v3_1_1, "CONNACK 0x05 Connection Refused, not authorized, Session Present 0"},
      {Publish{.topic = "a/b", .payload = "once", .qos = QoS::exactly_once, .dup = true, .packet_id = id}, v5_0,
       R"(PUBLISH topic="a/b" QoS 2, packet identifier 10, DUP, payload "once" (4 bytes))"},
      {Publish{.topic = "a",
               .payload = std::string("\x00\xff", 2),
               .retain = true,
               .properties = Properties().add(prop::user_property, {"n", "v"})},
       v5_0, R"(PUBLISH topic="a" QoS 0, RETAIN, payload 0x00ff (2 bytes), User Property "n"="v")"},
      {Puback{.packet_id = id}, v3_1_1, "PUBACK packet identifier 10"},
      {Pubrec{.packet_id = id, .reason_code = ReasonCode::no_matching_subscribers}, v5_0,
       "PUBREC packet identifier 10, 0x10 No matching subscribers"},
      {Subscribe{.packet_id = id,
                 .subscriptions = {{.topic_filter = "a/#", .maximum_qos = QoS::at_least_once, .no_local = true},
                                   {.topic_filter = "b", .retain_as_published = true, .retain_handling = RetainHandling::do_not_send}}},
       v5_0, R"(SUBSCRIBE packet identifier 10, ["a/#" QoS 1 No Local, "b" QoS 0 Retain As Published Retain Handling 2])"},
      {Suback{.packet_id = id, .reason_codes = {ReasonCode::granted_qos_0, ReasonCode::topic_filter_invalid}}, v5_0,
       "SUBACK packet identifier 10, [0x00 Granted QoS 0, 0x8F Topic Filter invalid]"},
      {Unsubscribe{.packet_id = id, .topic_filters = {"a", "b"}}, v5_0, R"(UNSUBSCRIBE packet identifier 10, ["a", "b"])"},
      {Unsuback{.packet_id = id}, v3_1_1, "UNSUBACK packet identifier 10"},
      {Pingreq{}, v5_0, "PINGREQ"},
      {Pingresp{}, v5_0, "PINGRESP"},
      {Disconnect{}, v3_1_1, "DISCONNECT"},
      {Disconnect{.reason_code = ReasonCode::session_taken_over, .properties = Properties().add(prop::reason_string, "elsewhere")}, v5_0,
       R"(DISCONNECT 0x8E Session taken over, Reason String "elsewhere")"},
      {Auth{.reason_code = ReasonCode::continue_authentication, .properties = Properties().add(prop::authentication_method, "m")}, v5_0,
       R"(AUTH 0x18 Continue authentication, Authentication Method "m")"},
  };
  for (const Described& row : table) EXPECT_EQ(describe(row.packet, row.version), row.text);
}

TEST(Describe, KeepsToOneLineOfValidUtf8WhateverThePacketHolds) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string odd(3, static_cast<char>(byte));
    const std::string text = describe(Publish{.topic = odd, .payload = odd}, v5_0);
    const auto result = check_utf8(text);
    EXPECT_FALSE(result.error || result.remark) << byte;
  }
}

TEST(Describe, NamesEverySampleByItsType) {
  for (const Sample& sample : samples_5_0()) EXPECT_TRUE(describe(sample.packet, v5_0).starts_with(name(type_of(sample.packet))));
}

TEST(Describe, CutsLongLists) {
  const std::string text = describe(Suback{.packet_id = id, .reason_codes = std::vector<ReasonCode>(20, ReasonCode::granted_qos_1)}, v5_0);
  EXPECT_TRUE(text.ends_with("0x01 Granted QoS 1, … 20 in all]")) << text;
  const Unsubscribe unsubscribe{.packet_id = id, .topic_filters = std::vector<std::string>(17, "a/b")};
  EXPECT_TRUE(describe(unsubscribe, v5_0).ends_with("\"a/b\", … 17 in all]"));
  const Subscribe subscribe{.packet_id = id, .subscriptions = std::vector<Subscription>(17, {.topic_filter = "a"})};
  EXPECT_TRUE(describe(subscribe, v5_0).ends_with("\"a\" QoS 0, … 17 in all]"));
}

TEST(Describe, ShowsTheNumberOfAPropertyThatTheStandardDoesNotDefine) {
  const Publish publish{.topic = "t", .properties = Properties({{PropertyId{0x7E}, std::uint32_t{5}}})};
  EXPECT_TRUE(describe(publish, v5_0).ends_with("unknown property 126 5")) << describe(publish, v5_0);
}

TEST(Quote, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(quote("hello", 5), "\"hello\"");
  EXPECT_EQ(quote("hello!", 5), "\"hello\"… (6 bytes)");
  EXPECT_EQ(quote("aüb", 2), "\"a\"… (4 bytes)");
  EXPECT_EQ(quote(""), "\"\"");
}

TEST(Quote, EscapesQuotesAndShowsBytesThatDoNotPrint) {
  EXPECT_EQ(quote("say \"hi\" \\"), R"("say \"hi\" \\")");
  EXPECT_EQ(quote("a\nb"), "0x610a62");
  EXPECT_EQ(quote(std::string(10, '\xFF'), 8), "0xffffffff… (10 bytes)");
}

TEST(Hex, SeparatesBytesAndCutsLongOnes) {
  EXPECT_EQ(hex(Bytes{0x10, 0x1F, 0x00, 0xA4}), "10 1f 00 a4");
  EXPECT_EQ(hex(Bytes{1, 2, 3}, 2), "01 02 … (3 bytes)");
  EXPECT_EQ(hex({}), "");
}

}  // namespace
}  // namespace mqttspec::wire::testing
