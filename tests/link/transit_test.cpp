#include "reference/link/transit.hpp"

#include "reference/wire/build.hpp"

#include <gtest/gtest.h>

namespace mqttspec::link {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;

constexpr TimePoint start{1h};

/// Right after CONNACK.
Transit accepted() {
  Transit transit;
  transit.client_sent(wire::Connect{.clean_start = true}, start);
  transit.server_sent(wire::Connack{}, start);
  return transit;
}

wire::Suback suback(std::uint16_t id) { return {.packet_id = wire::PacketId(id), .reason_codes = {wire::ReasonCode::granted_qos_0}}; }

TEST(Transit, ProvesNothingBeforeConnack) {
  Transit transit;
  transit.server_sent(publish("t", "x").qos(1).packet_id(1), start);
  transit.client_sent(puback(1), start);
  EXPECT_FALSE(transit.client_has_connack(start + 1h));
}

TEST(Transit, IsNotProvedByPacketsThatMayHaveBeenPipelined) {
  Transit transit = accepted();
  transit.client_sent(publish("t", "x").qos(1).packet_id(1), start);
  transit.client_sent(subscribe(2, "t"), start);
  transit.client_sent(wire::Pingreq{}, start);
  EXPECT_FALSE(transit.client_has_connack(start + 1s));
}

TEST(Transit, EndsAfterTheLongestTime) {
  EXPECT_FALSE(accepted().client_has_connack(start + usual_transit - 1ms));
  EXPECT_TRUE(accepted().client_has_connack(start + usual_transit));
}

TEST(Transit, IsProvedByAnAcknowledgementOfALaterMessage) {
  for (const wire::Packet& answer : {wire::Packet(puback(1)), wire::Packet(pubrec(1))}) {
    Transit transit = accepted();
    transit.server_sent(publish("t", "x").qos(1).packet_id(1), start);
    transit.client_sent(answer, start);
    EXPECT_TRUE(transit.client_has_connack(start));
  }
}

TEST(Transit, IsNotProvedByAnAcknowledgementOfAnEarlierConnection) {
  Transit transit;
  transit.client_sent(wire::Connect{.clean_start = false}, start);
  transit.server_sent(wire::Connack{}, start);
  transit.server_sent(publish("t", "x").qos(1).packet_id(2), start);
  transit.client_sent(puback(2), start);
  EXPECT_FALSE(transit.client_has_connack(start));
}

TEST(Transit, IsProvedByPubrelInAnswerToPubrec) {
  Transit transit = accepted();
  transit.client_sent(publish("t", "x").qos(2).packet_id(1), start);
  transit.client_sent(pubrel(1), start);
  EXPECT_FALSE(transit.client_has_connack(start));
  transit.server_sent(pubrec(1), start);
  transit.client_sent(pubrel(1), start);
  EXPECT_TRUE(transit.client_has_connack(start));
}

TEST(Transit, IsProvedByAPacketIdentifierThatAnAnswerHasSetFree) {
  Transit transit = accepted();
  transit.client_sent(subscribe(1, "t"), start);
  transit.server_sent(suback(1), start);
  transit.client_sent(unsubscribe(2, {"t"}), start);
  EXPECT_FALSE(transit.client_has_connack(start));
  transit.client_sent(unsubscribe(1, {"t"}), start);
  EXPECT_TRUE(transit.client_has_connack(start));
}

TEST(Transit, IsProvedByAnAnswerToAuth) {
  Transit transit = accepted();
  transit.client_sent(wire::Auth{.reason_code = wire::ReasonCode::reauthenticate}, start);
  EXPECT_FALSE(transit.client_has_connack(start));
  transit.server_sent(wire::Auth{.reason_code = wire::ReasonCode::continue_authentication}, start);
  transit.client_sent(wire::Auth{.reason_code = wire::ReasonCode::continue_authentication}, start);
  EXPECT_TRUE(transit.client_has_connack(start));
}

}  // namespace
}  // namespace mqttspec::link
