#include "reference/wire/reason_code.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

namespace mqttspec::wire {
namespace {

constexpr auto v3_1_1 = ProtocolVersion::v3_1_1;
constexpr auto v5_0 = ProtocolVersion::v5_0;
constexpr auto client = Direction::client_to_server;
constexpr auto server = Direction::server_to_client;

/// The packets' own tables (3.2.2.2 to 3.15.2.1), written down a second time.
const std::map<std::pair<PacketType, Direction>, std::set<int>> allowed = {
    {{PacketType::connack, server},
     {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F}},
    {{PacketType::puback, server}, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
    {{PacketType::puback, client}, {0x00, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
    {{PacketType::pubrec, server}, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
    {{PacketType::pubrec, client}, {0x00, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
    {{PacketType::pubrel, server}, {0x00, 0x92}},
    {{PacketType::pubrel, client}, {0x00, 0x92}},
    {{PacketType::pubcomp, server}, {0x00, 0x92}},
    {{PacketType::pubcomp, client}, {0x00, 0x92}},
    {{PacketType::suback, server}, {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2}},
    {{PacketType::unsuback, server}, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91}},
    // 0x8C is in table 2-6 only.
    {{PacketType::disconnect, server}, {0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
                                        0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2}},
    // 0x9B is what 3.3.4 has a Client use.
    {{PacketType::disconnect, client}, {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x8C, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9B}},
    {{PacketType::auth, server}, {0x00, 0x18}},
    {{PacketType::auth, client}, {0x18, 0x19}},
};

TEST(ReasonCode, IsAllowedWhereThePacketsTableHasIt) {
  for (const auto& [packet, codes] : allowed) {
    for (int code = 0; code < 256; ++code) {
      EXPECT_EQ(is_allowed(ReasonCode(code), packet.first, v5_0, packet.second), codes.contains(code))
          << name(packet.first) << ' ' << std::hex << code << (packet.second == client ? " from a Client" : " from the Server");
    }
  }
}

TEST(ReasonCode, Of3_1_1StandsInConnackAndSubackOnly) {
  for (int code = 0; code < 256; ++code) {
    EXPECT_EQ(is_allowed(ReasonCode(code), PacketType::connack, v3_1_1, server), code <= 5) << code;
    EXPECT_EQ(is_allowed(ReasonCode(code), PacketType::suback, v3_1_1, server), code <= 2 || code == 0x80) << code;
    EXPECT_FALSE(is_allowed(ReasonCode(code), PacketType::unsuback, v3_1_1, server));
  }
}

TEST(ReasonCode, Of3_1RefusesNoSubscription) {
  for (int code = 0; code < 256; ++code) {
    EXPECT_EQ(is_allowed(ReasonCode(code), PacketType::connack, ProtocolVersion::v3_1, server), code <= 5) << code;
    EXPECT_EQ(is_allowed(ReasonCode(code), PacketType::suback, ProtocolVersion::v3_1, server), code <= 2) << code;
  }
}

TEST(ReasonCode, SaysWhetherSomethingFailed) {
  EXPECT_TRUE(is_error(ReasonCode::unspecified_error));
  EXPECT_TRUE(is_error(ReasonCode::wildcard_subscriptions_not_supported));
  EXPECT_FALSE(is_error(ReasonCode::no_matching_subscribers));
}

TEST(ReasonCode, IsNamedByItsPacket) {
  EXPECT_EQ(name(ReasonCode::success, PacketType::connack, v5_0), "Success");
  EXPECT_EQ(name(ReasonCode::success, PacketType::disconnect, v5_0), "Normal disconnection");
  EXPECT_EQ(name(ReasonCode::success, PacketType::suback, v5_0), "Granted QoS 0");
  EXPECT_EQ(name(ReasonCode::session_taken_over, PacketType::connack, v5_0), "Session taken over");
  EXPECT_EQ(name(ReasonCode{0x7F}, PacketType::connack, v5_0), "unknown");
  EXPECT_EQ(name(return_code::identifier_rejected, PacketType::connack, v3_1_1), "Connection Refused, identifier rejected");
  EXPECT_EQ(name(ReasonCode{6}, PacketType::connack, v3_1_1), "unknown");
  EXPECT_EQ(describe(ReasonCode::session_taken_over, PacketType::disconnect, v5_0), "0x8E Session taken over");
}

}  // namespace
}  // namespace mqttspec::wire
