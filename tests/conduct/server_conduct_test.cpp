#include "reference/wire/decoder.hpp"
#include "tests/conduct/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Histories that are legal though they look odd, and violations that show only in a longer history.
namespace mqttspec::conduct::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace prop = wire::prop;

using ServerConductTolerates = Tolerates<ServerExchange>;
INSTANTIATE_TEST_SUITE_P(Versions, ServerConductTolerates, ::testing::Values(v3, v5), version_name);

// Subscriptions

TEST_P(ServerConductTolerates, MessagesAheadOfTheSuback) {
  exchange.connected().client(subscribe(1, "a", QoS::exactly_once)).server(publish("a", "kept").retain());
  exchange.server(publish("a", "live").qos(2).packet_id(1)).server(suback(1, {ReasonCode::granted_qos_1}));
}

TEST_P(ServerConductTolerates, MessagesQueuedUnderAHigherQosThatWasReplaced) {
  exchange.connected().subscribed("a", 2).subscribed("a", 0, 2).server(publish("a", "x").qos(2).packet_id(1));
}

TEST_P(ServerConductTolerates, MessagesBehindTheUnsuback) {
  exchange.connected().subscribed("a").client(unsubscribe(2, {"a"})).server(exchange.unsuback(2));
  exchange.server(publish("a", "x").qos(1).packet_id(1));
}

TEST_P(ServerConductTolerates, RetainedMessagesBehindLiveOnes) {
  exchange.connected().subscribed("a").server(publish("a", "live")).server(publish("a", "kept").retain());
}

TEST_P(ServerConductTolerates, ARetainedMessageForEverySubscribe) {
  exchange.connected().subscribed("a").server(publish("a", "x").retain()).subscribed("a", 2, 2).server(publish("a", "y").retain());
}

TEST_P(ServerConductTolerates, OneCopyForEachOverlappingSubscriptionOrOneForAll) {
  exchange.connected().subscribed("a/b", 1).subscribed("a/#", 2, 2);
  exchange.server(publish("a/b", "x").qos(1).packet_id(1)).server(publish("a/b", "x").qos(2).packet_id(2));
  exchange.server(publish("a/b", "y").qos(2).packet_id(3));
}

TEST_P(ServerConductTolerates, ALowerQosThanRequestedAndMessagesBelowIt) {
  exchange.connected()
      .client(subscribe(1, "a", QoS::exactly_once))
      .server(suback(1, {ReasonCode::granted_qos_1}))
      .server(publish("a", "x"));
}

TEST_P(ServerConductTolerates, SubacksInAnotherOrderThanTheSubscribes) {
  exchange.connected().client(subscribe(1, "a")).client(subscribe(2, "b"));
  exchange.server(suback(2, {ReasonCode::success})).server(suback(1, {ReasonCode::success}));
}

TEST_P(ServerConductTolerates, WhateverAnUnknownDollarFilterMayMean) {
  exchange.connected().subscribed("$delayed/5/a").server(publish("a", "x"));
}

// Packet Identifiers and acknowledgements

TEST_P(ServerConductTolerates, AnIdentifierReusedAsSoonAsItsAcknowledgementIsSent) {
  exchange.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).client(puback(1));
  exchange.server(publish("a", "x").qos(1).packet_id(1)).client(puback(1)).server(publish("a", "y").qos(2).packet_id(1));
}

TEST_P(ServerConductTolerates, TheSameIdentifierInBothDirections) {
  exchange.connected().subscribed("a").client(publish("b", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(1));
  exchange.server(puback(1)).client(puback(1));
}

TEST_P(ServerConductTolerates, AnAcknowledgementForEveryPublishThatTheClientSentAgain) {
  const auto message = publish("a", "x").qos(2).packet_id(1);
  exchange.connected_kept().client(message).resumes().client(message.dup()).server(pubrec(1)).server(pubrec(1));
  exchange.client(pubrel(1)).server(pubcomp(1));
}

TEST_P(ServerConductTolerates, AcknowledgementsOnTheNextConnectionWithoutResending) {
  exchange.connected_kept().client(publish("a", "x").qos(1).packet_id(1)).resumes().server(puback(1));
}

TEST_P(ServerConductTolerates, PubcompForAnUnknownPubrel) {
  exchange.connected().client(pubrel(9)).server(pubcomp(9, exchange.v5() ? ReasonCode::packet_identifier_not_found : ReasonCode::success));
}

TEST_P(ServerConductTolerates, AcknowledgementsOutOfOrder) {
  exchange.connected().client(publish("a", "x").qos(1).packet_id(1)).client(publish("a", "y").qos(1).packet_id(2));
  exchange.server(puback(2)).server(puback(1));
}

TEST_P(ServerConductTolerates, EverythingFromAClientThatSendsMoreAheadOfConnackThanIsKept) {
  exchange.client(exchange.connect());
  for (std::size_t sent = 0; sent <= most_early_packets; ++sent) exchange.client(wire::Pingreq{});
  exchange.server(connack());
  for (std::size_t sent = 0; sent <= most_early_packets + 1; ++sent) exchange.server(wire::Pingresp{});
}

TEST_P(ServerConductTolerates, AnswersToWhatWasSentAheadOfConnack) {
  exchange.client(exchange.connect()).client(subscribe(1, "a")).client(publish("b", "x").qos(1).packet_id(2)).client(wire::Pingreq{});
  exchange.server(connack()).server(wire::Pingresp{}).server(puback(2)).server(suback(1, {ReasonCode::success})).server(publish("a", "x"));
}

TEST_P(ServerConductTolerates, AnythingAboutAnIdentifierThatTheClientAcknowledgedUnasked) {
  exchange.connected().subscribed("a").client(puback(1)).server(publish("a", "x").qos(1).packet_id(1));
  exchange.server(publish("a", "y").qos(1).packet_id(1));
}

// Sending again

TEST_P(ServerConductTolerates, ResendingAfterTheSessionWasResumed) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  const auto y = publish("a", "y").qos(2).packet_id(2);
  const auto z = publish("a", "z").qos(2).packet_id(3);
  exchange.connected_kept().subscribed("a").server(x).server(y).server(z).client(pubrec(3)).server(pubrel(3));
  exchange.resumes().server(x.dup()).server(y.dup()).server(pubrel(3)).client(puback(1)).client(pubrec(2)).client(pubcomp(3));
  exchange.server(pubrel(2)).client(pubcomp(2)).server(publish("a", "new").qos(1).packet_id(1));
}

TEST_P(ServerConductTolerates, ResendingWhereTheAcknowledgementMayBeLost) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  const auto y = publish("a", "y").qos(2).packet_id(2);
  exchange.connected_kept().subscribed("a").server(x).server(y).client(puback(1)).client(pubrec(2)).resumes().server(x.dup()).server(
      y.dup());
}

TEST_P(ServerConductTolerates, PubrelAgainWhereThePubcompMayBeLost) {
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)).server(pubrel(1));
  exchange.client(pubcomp(1)).resumes().server(pubrel(1)).client(pubcomp(1)).server(publish("a", "y").qos(1).packet_id(1));
}

TEST_P(ServerConductTolerates, AFirstDeliveryWithDupWhereTheOneBeforeMayBeLost) {
  exchange.connected_kept().subscribed("a").resumes().server(publish("a", "x").qos(1).packet_id(5).dup());
}

TEST_P(ServerConductTolerates, ANewMessageUnderAnIdentifierThatWasAcknowledgedBeforeTheLoss) {
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).client(puback(1));
  exchange.resumes().server(publish("a", "y").qos(1).packet_id(1));
}

TEST_P(ServerConductTolerates, EarlyAcknowledgementsThatCrossTheResending) {
  const auto x = publish("a", "x").qos(2).packet_id(1);
  exchange.connected_kept().subscribed("a").server(x).resumes().client(pubrec(1)).server(x.dup()).server(pubrel(1));
}

TEST_P(ServerConductTolerates, ResendingSomeMessagesAndNotThoseInAnUnknownOrder) {
  const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(1).packet_id(2);
  exchange.connected_kept().subscribed("a").resumes().server(x.dup()).server(y).resumes().server(y.dup()).server(x.dup());
}

TEST_P(ServerConductTolerates, WhateverASessionFromBeforeTheTestBrings) {
  exchange.client(exchange.connect_kept()).server(resumed()).server(publish("old", "x").qos(2).packet_id(7).dup().retain());
  exchange.server(pubrel(8)).server(puback(9)).server(suback(3, {ReasonCode::success}));
}

// Sessions

TEST_P(ServerConductTolerates, ALostSessionAfterAMinute) {
  exchange.connected_kept().client_closes().after(61s).next_connection().client(exchange.connect_kept()).server(connack());
}

TEST_P(ServerConductTolerates, ALostSessionAfterTheServerEndedTheConnection) {
  exchange.connected_kept().server_closes().next_connection().client(exchange.connect_kept()).server(connack());
}

TEST_P(ServerConductTolerates, ALostSessionAfterARefusedConnectionThatWantedANewOne) {
  exchange.connected_kept().client_closes().next_connection().client(exchange.connect());
  exchange.server(connack(static_cast<ReasonCode>(exchange.v5() ? 0x88 : 3))).server_closes();
  exchange.next_connection().client(exchange.connect_kept()).server(connack());
}

TEST_P(ServerConductTolerates, APresentSessionWhileTheServerMayNotKnowThatItEnded) {
  wire::Connect again = exchange.connect();
  again.clean_start = false;
  exchange.connected().client_closes().next_connection().client(again).server(resumed());
}

TEST_P(ServerConductTolerates, AnotherUsersSessionNotBeingFound) {
  wire::Connect again = exchange.connect_kept();
  again.user_name = "other";
  exchange.connected_kept().client_closes().next_connection().client(again).server(connack());
}

TEST_P(ServerConductTolerates, WhatArrivesOnAConnectionThatWasTakenOver) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  exchange.connected_kept().subscribed("a").server(publish("a", "w").qos(2).packet_id(2));
  auto second = exchange.another();
  second.client(second.connect_kept());
  exchange.server(x);
  second.server(resumed()).server(x.dup());
  exchange.client(puback(1)).client(pubrec(2)).server(publish("a", "y").qos(1).packet_id(3));
  if (exchange.v5()) exchange.server(disconnect(ReasonCode::session_taken_over));
  exchange.server_closes();
  second.server(publish("a", "w").qos(2).packet_id(2).dup()).server(publish("a", "y").qos(1).packet_id(3).dup());
  EXPECT_THAT(second.broken(), IsEmpty());
}

TEST_P(ServerConductTolerates, EitherSessionPresentWhenTwoConnectsRace) {
  auto second = exchange.another();
  exchange.client(exchange.connect_kept());
  second.client(second.connect_kept());
  second.server(connack());
  exchange.server(connack());
  exchange.client_closes();
  second.client_closes();
  auto third = exchange.another();
  third.client(third.connect_kept()).server(connack());
  EXPECT_THAT(second.broken(), IsEmpty());
  EXPECT_THAT(third.broken(), IsEmpty());
}

TEST_P(ServerConductTolerates, ASessionThatARacingConnectionHasChanged) {
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).client_closes().next_connection();
  auto second = exchange.another();
  exchange.client(exchange.connect_kept());
  second.client(second.connect_kept()).server(resumed()).server(publish("a", "x").qos(1).packet_id(1).dup()).client(puback(1));
  exchange.server(resumed()).server(publish("a", "y").qos(1).packet_id(1));
  EXPECT_THAT(second.broken(), IsEmpty());
}

// A client that misbehaves

TEST_P(ServerConductTolerates, AlmostEverythingAfterTheClientMisbehaved) {
  exchange.connected().other_end_misbehaves().server(publish("b", "x").qos(1).packet_id(1)).server(publish("b", "y").qos(1).packet_id(1));
  exchange.server(puback(3)).server(suback(4, {})).server(wire::Pingresp{}).server_closes();
}

TEST_P(ServerConductTolerates, ARefusalOfBytesThatAreNoConnect) {
  exchange.other_end_misbehaves().server(connack(static_cast<ReasonCode>(exchange.v5() ? 0x81 : 1))).server_closes();
}

TEST_P(ServerConductTolerates, WhatFollowsASecondConnect) {
  exchange.connected().client(exchange.connect()).server(puback(3)).server_closes();
}

TEST_P(ServerConductTolerates, ASessionLostAfterTheClientMisbehaved) {
  exchange.connected_kept().other_end_misbehaves().client_closes().next_connection().client(exchange.connect_kept()).server(connack());
}

// One version only

TEST(ServerConduct, ToleratesResendingOnTheSameConnectionIn311) {
  const auto x = publish("a", "x").qos(1).packet_id(1);
  const auto y = publish("a", "y").qos(2).packet_id(2);
  ServerExchange exchange(v3);
  exchange.connected().subscribed("a").server(x).server(x.dup()).client(puback(1)).server(x.dup()).client(puback(1)).client(puback(1));
  exchange.server(publish("a", "z").qos(1).packet_id(1)).server(y).client(pubrec(2)).server(y.dup()).server(pubrel(2)).server(pubrel(2));
  exchange.client(pubrec(2)).client(pubcomp(2)).server(pubrel(2)).client(pubcomp(2));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesPubrelsAndResendingInAnyOrderIn50) {
  const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(1).packet_id(2);
  ServerExchange exchange(v5);
  exchange.connected_kept().subscribed("a").server(x).server(y).resumes().server(y.dup()).server(x.dup());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesSharedSubscriptionsOf311AsWhateverTheyAre) {
  ServerExchange exchange(v3);
  exchange.connected().subscribed("$share/group/a", 1).server(publish("a", "x").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesDupOnASharedMessageThatAnotherClientHadBeenSent) {
  ServerExchange exchange(v5);
  exchange.connected().subscribed("$share/group/a", 1).server(publish("a", "x").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesRetainOnLiveMessagesThatAreRetainedAsPublished) {
  ServerExchange exchange(v5);
  exchange.connected().client(subscribe(1, {{.topic_filter = "a", .retain_as_published = true}}));
  exchange.server(publish("a", "x").retain()).server(publish("a", "y").retain());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesAnyQuotaThatStrayAcknowledgementsMayHaveGiven) {
  ServerExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::receive_maximum, 1)).server(connack()).subscribed("a").client(puback(9));
  exchange.server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(2));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesAMessageThatBecameTooLargeBeingDroppedOnResumption) {
  ServerExchange exchange(v5);
  exchange.connected_kept().subscribed("a").server(publish("a", "a long message").qos(1).packet_id(1)).client_closes().next_connection();
  exchange.client(with(exchange.connect_kept(), prop::maximum_packet_size, 12)).server(resumed());
  exchange.server(publish("a", "b").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesSessionsThatEndWithAShortExpiry) {
  ServerExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::session_expiry_interval, 2)).server(connack()).client_closes().after(1s).next_connection();
  exchange.client(exchange.connect_kept()).server(connack());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesALostSessionWhoseExpiryTheServerLowered) {
  ServerExchange exchange(v5);
  exchange.client(exchange.connect_kept()).server(with(connack(), prop::session_expiry_interval, 0)).client_closes().next_connection();
  exchange.client(exchange.connect_kept()).server(connack());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesALostSessionAfterDisconnectSetItsExpiryToZero) {
  ServerExchange exchange(v5);
  exchange.connected_kept().client(with(disconnect(), prop::session_expiry_interval, 0)).server_closes().next_connection();
  exchange.client(exchange.connect_kept()).server(connack());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesALostSessionAfterADisconnectBeforeConnackSetItsExpiryToZero) {
  ServerExchange exchange(v5);
  exchange.client(exchange.connect_kept()).client(with(disconnect(), prop::session_expiry_interval, 0)).server(connack());
  exchange.server_closes().next_connection().client(exchange.connect_kept()).server(connack());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesAKeepAliveTimeoutAfterOneKeepAliveAndLess) {
  for (const auto silence : {9'500ms, 10'000ms, 15'000ms}) {
    ServerExchange exchange(v5);
    wire::Connect connect = exchange.connect();
    connect.keep_alive = 10;
    exchange.client(connect).server(connack()).after(silence).server(disconnect(ReasonCode::keep_alive_timeout));
    EXPECT_THAT(exchange.broken(), IsEmpty()) << silence.count() << " ms";
  }
}

TEST(ServerConduct, ToleratesSessionPresentZeroFrom31WhichHasNone) {
  ServerExchange exchange(ProtocolVersion::v3_1);
  exchange.connected_kept().subscribed("a").client_closes().next_connection().client(exchange.connect_kept()).server(connack());
  exchange.server(publish("a", "x").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST_P(ServerConductTolerates, ADeliveryWithDupOfWhatWasFirstSentBeforeTheLoss) {
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).client(puback(1)).resumes();
  exchange.server(publish("a", "y").qos(1).packet_id(1).dup());
}

TEST(ServerConduct, ToleratesThatARefusingPubrecFreesTheQuota) {
  ServerExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::receive_maximum, 1)).server(connack()).subscribed("a");
  exchange.server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1, ReasonCode::quota_exceeded));
  exchange.server(publish("a", "y").qos(2).packet_id(2));
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.client(pubrec(2)).server(publish("a", "z").qos(2).packet_id(3));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/receive-maximum-exceeded"));
}

// What only a longer history shows

TEST(ServerConduct, RejectsAnotherMessageThatReplacesOneSentAgainAfterTheLoss) {
  ServerExchange exchange(v5);
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).client(puback(1)).resumes();
  exchange.server(publish("a", "y").qos(1).packet_id(1).dup()).server(publish("a", "z").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/packet-identifier-in-use"));
}

TEST(ServerConduct, RejectsAResentMessageWithAnotherTopic) {
  ServerExchange exchange(v5);
  exchange.connected_kept().subscribed("+").server(publish("a", "x").qos(1).packet_id(1)).resumes();
  exchange.server(publish("b", "x").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), ElementsAre("server/packet-identifier-in-use"));
}

TEST(ServerConduct, RejectsASecondPubrelAfterOnePubrec) {
  ServerExchange before(v5), after(v5), allowed(v5);
  for (ServerExchange* exchange : {&before, &after, &allowed})
    exchange->connected().subscribed("a").server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1));
  EXPECT_THAT(before.server(pubrel(1)).server(pubrel(1)).broken(), ElementsAre("server/resent-on-same-connection"));
  EXPECT_THAT(after.server(pubrel(1)).client(pubcomp(1)).server(pubrel(1)).broken(), ElementsAre("server/resent-on-same-connection"));
  EXPECT_THAT(allowed.client(pubrec(1)).server(pubrel(1)).server(pubrel(1)).broken(), IsEmpty());
}

TEST(ServerConduct, CountsUserPropertiesInThePacketSize) {
  ServerExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::maximum_packet_size, 15)).server(connack());
  exchange.client(publish("a", "x").qos(1).packet_id(1)).server(with(puback(1), prop::user_property, {"name", "value"}));
  ASSERT_THAT(exchange.broken(), ElementsAre("server/problem-information-too-large"));
  EXPECT_EQ(exchange.findings()[0].clause.text(), "MQTT-3.4.2-3");
}

TEST(ServerConduct, RejectsADollarTopicThatOnlyASingleLevelWildcardMatches) {
  ServerExchange exchange(v5);
  exchange.connected().subscribed("+/uptime").server(publish("$SYS/uptime", "1"));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/wildcard-matched-dollar-topic"));
}

TEST(ServerConduct, RejectsResponseInformationThatWasDeclined) {
  ServerExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::request_response_information, 0)).server(with(connack(), prop::response_information, "r"));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/unwanted-response-information"));
}

TEST(ServerConduct, KeepsOneEntryForAFilterThatIsSubscribedAgainAndAgain) {
  ServerExchange exchange(v5);
  exchange.connected();
  for (int i = 0; i < 2'000; ++i) exchange.subscribed("a", i % 3).server(publish("a", std::to_string(i)).retain());
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.server(publish("b", "x"));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/topic-not-subscribed"));
}

TEST(ServerConduct, JudgesLessStrictlyWhereSubscriptionsTakeTooMuchMemory) {
  ServerExchange exchange(v5);
  exchange.connected();
  for (int i = 0; i < 10'000; ++i) {
    const std::string filter = "response/" + std::to_string(i);
    exchange.subscribed(filter, 1).client(unsubscribe(2, {filter})).server(exchange.unsuback(2));
  }
  exchange.subscribed("kept", 1).server(publish("response/1", "late")).server(publish("elsewhere", "x"));
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.server(publish("response/9999", "x").qos(2).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/qos-above-granted"));
}

TEST(ServerConduct, ToleratesAnswersToMoreRequestsThanAreKept) {
  ServerExchange exchange(v5);
  exchange.connected();
  for (std::uint16_t id = 1; id <= 3'000; ++id)
    exchange.client(subscribe(id, "a" + std::to_string(id))).client(unsubscribe(static_cast<std::uint16_t>(10'000 + id), {"b"}));
  for (std::uint16_t id = 3'000; id > 0; --id)
    exchange.server(suback(id, {ReasonCode::success})).server(exchange.unsuback(static_cast<std::uint16_t>(10'000 + id)));
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.server(suback(1, {ReasonCode::success})).server(exchange.unsuback(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/suback-without-subscribe", "server/unsuback-without-unsubscribe"));
}

TEST(ServerConduct, RejectsAMessageThatReusesAnIdentifierWhilePubrelIsUnanswered) {
  ServerExchange exchange(v5);
  exchange.connected().subscribed("a").server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)).server(pubrel(1));
  exchange.server(publish("a", "y").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/packet-identifier-in-use"));
}

TEST(ServerConduct, RejectsAnotherMessageInPlaceOfTheOneToBeResent) {
  ServerExchange exchange(v3);
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).resumes();
  exchange.server(publish("a", "y").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), ElementsAre("server/packet-identifier-in-use"));
}

TEST(ServerConduct, RejectsDupThatWasCopiedFromThePublisher) {
  ServerExchange exchange(v3);
  exchange.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).client(puback(1));
  exchange.server(publish("a", "y").qos(1).packet_id(1).dup());
  EXPECT_THAT(exchange.broken(), ElementsAre("server/dup-on-first-delivery"));
}

TEST(ServerConduct, RejectsASecondPubackForOnePublish) {
  ServerExchange exchange(v3);
  exchange.connected().client(publish("a", "x").qos(1).packet_id(1)).server(puback(1)).server(puback(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/puback-without-publish"));
}

TEST(ServerConduct, RejectsASecondPubrecForOnePublishIn50AndBehindPubcompIn311) {
  ServerExchange newer(v5);
  newer.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).server(pubrec(1));
  EXPECT_THAT(newer.broken(), ElementsAre("server/pubrec-without-publish"));
  ServerExchange older(v3);
  older.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).server(pubrec(1)).client(pubrel(1)).server(pubcomp(1));
  EXPECT_THAT(older.broken(), IsEmpty());
  older.server(pubrec(1));
  EXPECT_THAT(older.broken(), ElementsAre("server/pubrec-without-publish"));
}

TEST(ServerConduct, AllowsAPubrecToBeRepeatedOnceOnEachNewConnection) {
  ServerExchange exchange(v5);
  exchange.connected_kept().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).resumes().server(pubrec(1));
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.server(pubrec(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/pubrec-without-publish"));
}

TEST(ServerConduct, RejectsMessagesOfASessionThatCleanStartHasEnded) {
  ServerExchange exchange(v5);
  exchange.connected_kept().subscribed("a").client_closes().next_connection().connected().server(publish("a", "x"));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/topic-not-subscribed"));
}

TEST(ServerConduct, RejectsMessagesForASubscriptionThatWasRefused) {
  ServerExchange exchange(v3);
  exchange.connected().client(subscribe(1, "a")).server(suback(1, {wire::return_code::subscription_failed})).server(publish("a", "x"));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/topic-not-subscribed"));
}

TEST(ServerConduct, RejectsRetainedMessagesThatRetainHandlingRefused) {
  ServerExchange exchange(v5);
  exchange.connected().client(subscribe(1, {{.topic_filter = "a", .retain_handling = wire::RetainHandling::do_not_send}}));
  exchange.server(publish("a", "x").retain());
  EXPECT_THAT(exchange.broken(), ElementsAre("server/retain-on-live-message"));
}

TEST(ServerConduct, RejectsALostSessionOnTakeover) {
  ServerExchange exchange(v5);
  exchange.connected_kept();
  auto second = exchange.another();
  second.client(second.connect_kept()).server(connack());
  EXPECT_THAT(second.broken(), ElementsAre("server/session-lost"));
}

TEST(ServerConduct, RejectsDisconnectAheadOfConnackWhateverTheClientSent) {
  ServerExchange exchange(v5);
  exchange.other_end_misbehaves().server(disconnect(ReasonCode::malformed_packet));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/disconnect-before-connack"));
}

TEST(ServerConduct, LeavesAPacketIdentifier0ToTheDecoder) {
  ServerExchange exchange(v5);
  exchange.connected().server(wire::Puback{.packet_id = wire::PacketId::zero()}).server(wire::Pubrel{.packet_id = wire::PacketId::zero()});
  EXPECT_TRUE(exchange.broken().empty());
}

TEST(ServerConduct, ReportsTheClauseOfTheConnectionsVersion) {
  ServerExchange older(v3), newer(v5);
  older.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(1));
  newer.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(1));
  EXPECT_EQ(older.findings().at(0).clause.text(), "MQTT-2.3.1-4");
  EXPECT_EQ(newer.findings().at(0).clause.text(), "MQTT-2.2.1-4");
}

/// A PINGRESP whose fixed header breaks a rule: readable, or not.
wire::Violation violation_in(std::initializer_list<std::uint8_t> bytes) {
  return wire::decode(wire::Bytes(bytes), {.from = wire::Direction::server_to_client}).error();
}
const wire::Violation with_flags = violation_in({0xD1, 0x00});
const wire::Violation reserved_type = violation_in({0x00, 0x00});

TEST(ServerConduct, ReportsWhatTheDecoderFindsAndGoesOn) {
  const auto violation = [&](auto& conduct, TimePoint now) { return conduct.server_sent_violation(with_flags, now); };
  ServerExchange exchange(v5);
  exchange.connected().call(violation).server(connack());
  EXPECT_THAT(exchange.broken(), ElementsAre("codec/reserved-flags", "server/second-connack"));
  EXPECT_EQ(exchange.findings()[0].clause.text(), "MQTT-2.1.3-1");
}

TEST(ServerConduct, ReportsOneUnreadablePacketAndJudgesNothingAfterIt) {
  const auto malformed = [&](auto& conduct, TimePoint now) { return conduct.server_sent_malformed(reserved_type, now); };
  const auto violation = [&](auto& conduct, TimePoint now) { return conduct.server_sent_violation(with_flags, now); };
  ServerExchange exchange(v5);
  exchange.connected().call(malformed).call(malformed).call(violation).server(connack());
  EXPECT_THAT(exchange.broken(), ElementsAre("codec/reserved-type"));
}

}  // namespace
}  // namespace mqttspec::conduct::testing
