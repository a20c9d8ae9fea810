#include "tests/conduct/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Histories that are legal though they look odd, and violations that show only in a longer history.
namespace mqttspec::conduct::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace prop = wire::prop;

TEST(ClientSessions, ForgetThoseThatHaveBeenClosedForLongest) {
  ClientSessions sessions(10);
  for (int i = 0; i < 1'000; ++i) {
    const TimePoint now{std::chrono::seconds(i)};
    ClientConduct conduct(sessions, v5);
    wire::Connect connect{.version = v5, .client_id = "client" + std::to_string(i), .clean_start = false};
    connect.properties.set(prop::session_expiry_interval, 3'600);
    conduct.client_sent(connect, now);
    conduct.server_sent(wire::Connack{}, now);
    conduct.client_closed(now);
    ASSERT_LE(sessions.size(), 10u);
    ASSERT_GE(sessions.size(), std::min(5, i));
  }
  sessions.forget("client999");
  EXPECT_LT(sessions.size(), 10u);
}

using ClientConductTolerates = Tolerates<ClientExchange>;
INSTANTIATE_TEST_SUITE_P(Versions, ClientConductTolerates, ::testing::Values(v3, v5), version_name);

TEST_P(ClientConductTolerates, PacketsAheadOfConnack) {
  exchange.client(exchange.connect()).client(subscribe(1, "a")).client(publish("b", "x").qos(1).packet_id(2)).client(wire::Pingreq{});
  exchange.server(connack());
}

TEST_P(ClientConductTolerates, WhateverStateAClientBringsThatDidNotAskForANewSession) {
  exchange.client(exchange.connect_kept()).client(publish("a", "x").qos(1).packet_id(1).dup()).client(pubrel(2)).server(connack());
  exchange.client(publish("a", "y").qos(2).packet_id(3).dup()).client(puback(4)).client(pubcomp(5));
}

TEST_P(ClientConductTolerates, AnIdentifierReusedAsSoonAsItsAcknowledgementIsSent) {
  exchange.connected().client(publish("a", "x").qos(1).packet_id(1)).server(puback(1)).client(subscribe(1, "a"));
  exchange.server(suback(1, {ReasonCode::success})).client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).client(pubrel(1));
  exchange.server(pubcomp(1)).client(unsubscribe(1, {"a"}));
}

TEST_P(ClientConductTolerates, ResendingAfterTheSessionWasResumed) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  const auto y = publish("a", "y").qos(2).packet_id(2);
  exchange.connected_kept().client(x).client(y).server(pubrec(2)).client(pubrel(2)).resumes().client(x.dup()).client(pubrel(2));
}

TEST_P(ClientConductTolerates, ResendingWhereTheAcknowledgementMayBeLost) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  const auto y = publish("a", "y").qos(2).packet_id(2);
  exchange.connected_kept().client(x).client(y).server(puback(1)).server(pubrec(2)).resumes().client(x.dup()).client(y.dup());
}

TEST_P(ClientConductTolerates, AnAcknowledgementForEachOfTwoDeliveries) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  exchange.connected_kept().server(x).resumes().client(puback(1)).server(x.dup()).client(puback(1));
}

TEST_P(ClientConductTolerates, OldAcknowledgementsThatCrossTheResending) {
  const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(1).packet_id(2);
  exchange.connected_kept().server(x).server(y).resumes().server(x.dup()).server(y.dup()).client(puback(2)).client(puback(1)).client(
      puback(2));
}

TEST_P(ClientConductTolerates, AcknowledgementsOfTwoQosInAnyOrder) {
  exchange.connected().server(publish("a", "x").qos(2).packet_id(1)).server(publish("a", "y").qos(1).packet_id(2));
  exchange.client(puback(2)).client(pubrec(1));
}

TEST_P(ClientConductTolerates, ASilenceOfOneAndAHalfKeepAlives) {
  wire::Connect connect = exchange.connect();
  connect.keep_alive = 10;
  exchange.client(connect).server(connack()).after(15s).client(wire::Pingreq{});
}

TEST_P(ClientConductTolerates, ASilenceThatTheNetworkMadeLongerByLessThanASecond) {
  wire::Connect connect = exchange.connect();
  connect.keep_alive = 10;
  exchange.client(connect).server(connack()).after(15'900ms).client(wire::Pingreq{});
}

TEST_P(ClientConductTolerates, SilenceAfterDisconnectAndAfterTheEnd) {
  wire::Connect connect = exchange.connect();
  connect.keep_alive = 10;
  const auto time_passed = [](auto& conduct, TimePoint now) { return conduct.time_passed(now); };
  exchange.client(connect).server(connack()).client(disconnect()).after(1h).call(time_passed);
  exchange.next_connection().client(connect).server(connack()).server_closes().after(1h).call(time_passed);
}

TEST_P(ClientConductTolerates, AlmostEverythingAfterTheServerMisbehaved) {
  exchange.connected().other_end_misbehaves().client(puback(3)).client(pubrel(4)).client(publish("a", "x").qos(1).packet_id(1).dup());
}

TEST_P(ClientConductTolerates, WhatArrivesOnAConnectionThatTheClientHasGivenUp) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  exchange.connected_kept().client(x);
  auto second = exchange.another();
  second.client(second.connect_kept()).server(resumed()).client(x.dup());
  exchange.client(publish("a", "y").qos(1).packet_id(2));
  second.client(publish("a", "y").qos(1).packet_id(2).dup());
  EXPECT_THAT(second.broken(), IsEmpty());
}

TEST(ClientConduct, ToleratesLimitsBrokenByPacketsThatCrossedConnack) {
  ClientExchange exchange(v5);
  auto limits = with(with(connack(), prop::maximum_qos, 0), prop::receive_maximum, 1);
  limits = with(with(limits, prop::maximum_packet_size, 10), prop::retain_available, 0);
  exchange.client(exchange.connect()).client(publish("a", "x").qos(2).packet_id(1)).server(limits);
  exchange.client(publish("a", "a long message").qos(1).packet_id(2).retain());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ClientConduct, JudgesLimitsOnceTheClientHasAnsweredSomethingBehindConnack) {
  ClientExchange exchange(v5);
  exchange.client(exchange.connect()).server(with(connack(), prop::maximum_qos, 1)).server(publish("a", "x").qos(1).packet_id(1));
  exchange.client(puback(1)).client(publish("a", "x").qos(2).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("client/maximum-qos-exceeded"));
}

TEST(ClientConduct, JudgesLimitsOnceConnackIsKnownToBeRead) {
  ClientExchange exchange(v5);
  exchange.client(exchange.connect()).server(with(connack(), prop::maximum_qos, 1));
  exchange.call([](auto& conduct, TimePoint now) {
    conduct.connack_arrived(now);
    return Findings{};
  });
  exchange.client(publish("a", "x").qos(2).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("client/maximum-qos-exceeded"));
}

TEST(ClientConduct, JudgesPacketsAheadOfConnackWhenItIsSent) {
  ClientExchange exchange(v5);
  exchange.client(exchange.connect()).client(publish("a", "x").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.server(connack());
  EXPECT_THAT(exchange.broken(), ElementsAre("client/dup-on-first-qos-1"));
}

TEST(ClientConduct, ToleratesThatARefusingPubrecFreesTheQuota) {
  ClientExchange exchange(v5);
  exchange.client(exchange.connect()).server(with(connack(), prop::receive_maximum, 1)).after(1min);
  exchange.client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1, ReasonCode::quota_exceeded));
  exchange.client(publish("a", "y").qos(2).packet_id(2));
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.server(pubrec(2)).client(publish("a", "z").qos(2).packet_id(3));
  EXPECT_THAT(exchange.broken(), ElementsAre("client/receive-maximum-exceeded"));
}

TEST(ClientConduct, RejectsASecondPubrelAfterOnePubrec) {
  ClientExchange exchange(v5);
  exchange.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).client(pubrel(1)).client(pubrel(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("client/resent-on-same-connection"));
}

TEST(ClientConduct, FollowsTheServerKeepAlive) {
  ClientExchange exchange(v5);
  wire::Connect connect = exchange.connect();
  connect.keep_alive = 10;
  exchange.client(connect).server(with(connack(), prop::server_keep_alive, 100)).after(100s).client(wire::Pingreq{});
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ClientConduct, ReportsOneSilenceOnce) {
  const auto time_passed = [](auto& conduct, TimePoint now) { return conduct.time_passed(now); };
  ClientExchange exchange(v3);
  wire::Connect connect = exchange.connect();
  connect.keep_alive = 10;
  exchange.client(connect).server(connack()).after(20s).call(time_passed).after(20s).call(time_passed).client(wire::Pingreq{});
  EXPECT_THAT(exchange.broken(), ElementsAre("client/keep-alive-exceeded"));
}

TEST(ClientConduct, ToleratesASubscribeSentAgainIn311) {
  ClientExchange exchange(v3);
  exchange.connected().client(subscribe(1, "a")).client(subscribe(1, "a"));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ClientConduct, ToleratesAcknowledgementsOfWhatTheServerSentTwiceIn311) {
  const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(1).packet_id(2);
  ClientExchange exchange(v3);
  exchange.connected().server(x).server(y).server(x.dup()).client(puback(1)).client(puback(2)).client(puback(1));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ClientConduct, RejectsAPublishWithTheIdentifierOfAnOpenSubscribe) {
  ClientExchange exchange(v3);
  exchange.connected().client(subscribe(1, "a")).client(publish("a", "x").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("client/packet-identifier-in-use"));
}

TEST(ClientConduct, ToleratesReauthenticationOfSeveralSteps) {
  ClientExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::authentication_method, "M")).server(auth(ReasonCode::continue_authentication));
  exchange.server(connack()).client(auth(ReasonCode::continue_authentication)).client(auth(ReasonCode::reauthenticate));
  exchange.server(auth(ReasonCode::continue_authentication))
      .client(auth(ReasonCode::continue_authentication))
      .server(auth(ReasonCode::success));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

}  // namespace
}  // namespace mqttspec::conduct::testing
