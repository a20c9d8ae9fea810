// Messages: QoS in both directions (4.3), subscriptions (3.8, 3.10), retained messages (3.3.1.3), matching (4.7).

#include "reference/wire/raw.hpp"
#include "tests/mock_broker/client.hpp"

namespace mqttspec::mock_broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::Publish;

class EngineMessages : public BothVersions {
 protected:
  Client publisher = connected({.client_id = "publisher"});
  Client subscriber = connected({.client_id = "subscriber"});
};
INSTANTIATE_TEST_SUITE_P(Mqtt, EngineMessages, ::testing::Values(v3_1_1, v5_0), version_name);

// ---------------------------------------------------------------------------------------------------------------- QoS

TEST_P(EngineMessages, OfQos1AreAcknowledged) {
  publisher.send(publish("a", "x").qos(1).packet_id(10));
  EXPECT_EQ(publisher.received_only<wire::Puback>(), puback(10));
}

TEST_P(EngineMessages, OfQos1WithAPacketIdentifierOfBeforeAreNew) {
  subscriber.subscribe("a");
  publisher.send(publish("a", "1").qos(1).packet_id(10));
  publisher.send(publish("a", "2").qos(1).packet_id(10).dup());
  EXPECT_THAT(subscriber.payloads(), ElementsAre("1", "2"));
}

TEST_P(EngineMessages, OfQos2AreDeliveredOnceHoweverOftenTheyAreSentBeforePubrel) {
  subscriber.subscribe("a", QoS::at_most_once);
  publisher.send(publish("a", "once").qos(2).packet_id(10));
  EXPECT_EQ(publisher.received_only<wire::Pubrec>(), pubrec(10));
  publisher.send(publish("a", "once").qos(2).packet_id(10).dup());
  EXPECT_EQ(publisher.received_only<wire::Pubrec>(), pubrec(10));
  publisher.send(pubrel(10));
  EXPECT_EQ(publisher.received_only<wire::Pubcomp>(), pubcomp(10));
  EXPECT_THAT(subscriber.payloads(), ElementsAre("once"));

  publisher.send(publish("a", "again").qos(2).packet_id(10));
  EXPECT_THAT(subscriber.payloads(), ElementsAre("again"));
}

TEST_P(EngineMessages, AreDeliveredWithQos2InFourSteps) {
  subscriber.subscribe("a", QoS::exactly_once);
  publisher.send(publish("a", "x").qos(2).packet_id(10));
  const auto received = subscriber.received_only<Publish>();
  EXPECT_EQ(received.qos, QoS::exactly_once);
  EXPECT_FALSE(received.dup);
  subscriber.send(wire::Pubrec{.packet_id = *received.packet_id});
  EXPECT_EQ(subscriber.received_only<wire::Pubrel>().packet_id, *received.packet_id);
  subscriber.send(wire::Pubcomp{.packet_id = *received.packet_id});
  EXPECT_THAT(subscriber.received(), IsEmpty());
}

TEST_P(EngineMessages, AnswerAnUnknownPubrel) {
  publisher.send(pubrel(99));
  const auto pubcomp = publisher.received_only<wire::Pubcomp>();
  EXPECT_EQ(pubcomp.reason_code, version() == v5_0 ? ReasonCode::packet_identifier_not_found : ReasonCode::success);
}

TEST_P(EngineMessages, AreDeliveredWithTheLowerOfPublishedAndGrantedQos) {
  for (int granted = 0; granted <= 2; ++granted)
    for (int published = 0; published <= 2; ++published) {
      auto client = connected({.client_id = "other"});
      client.subscribe("a", static_cast<QoS>(granted));
      auto message = publish("a", "x").qos(published);
      publisher.send(published == 0 ? message : message.packet_id(20));
      if (published == 2) publisher.send(pubrel(20));
      EXPECT_EQ(wire::number(client.received_only<Publish>().qos), std::min(granted, published));
    }
}

TEST_P(EngineMessages, AreSentWithoutTheDupOfThePublisher) {
  subscriber.subscribe("a", QoS::at_least_once);
  publisher.send(publish("a", "x").qos(1).packet_id(1).dup());
  EXPECT_FALSE(subscriber.received_only<Publish>().dup);
}

TEST_P(EngineMessages, KeepTheirOrder) {
  subscriber.subscribe("#", QoS::exactly_once);
  for (std::uint16_t i = 1; i <= 20; ++i) publisher.send(publish("a", std::to_string(i)).qos(i % 2 + 1).packet_id(i));
  const auto payloads = subscriber.payloads();
  ASSERT_EQ(payloads.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(payloads[i], std::to_string(i + 1));
}

TEST_P(EngineMessages, HavePacketIdentifiersThatAreNotInUse) {
  subscriber.subscribe("a", QoS::at_least_once);
  for (int i = 0; i < 3; ++i) publisher.send(publish("a", "x").qos(1).packet_id(1));
  const auto packets = subscriber.received_of<Publish>();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_NE(packets[0].packet_id, packets[1].packet_id);
  EXPECT_NE(packets[1].packet_id, packets[2].packet_id);
  EXPECT_NE(packets[0].packet_id, packets[2].packet_id);
}

TEST_P(EngineMessages, ReachThePublisherToo) {
  publisher.subscribe("a");
  publisher.send(publish("a", "echo"));
  EXPECT_THAT(publisher.payloads(), ElementsAre("echo"));
}

TEST_P(EngineMessages, ForOverlappingSubscriptionsComeOnceWithTheHighestQos) {
  subscriber.subscribe("a/#", QoS::at_most_once);
  subscriber.subscribe("a/+", QoS::exactly_once);
  subscriber.subscribe("a/b", QoS::at_least_once);
  publisher.send(publish("a/b", "x").qos(2).packet_id(1));
  EXPECT_EQ(subscriber.received_only<Publish>().qos, QoS::exactly_once);
}

TEST_P(EngineMessages, OfUnauthorizedTopicsReachNobody) {
  TestBroker guarded({.publish_denied = {"secret/#"}});
  auto watching = testing::connected(guarded, version(), {.client_id = "watcher"});
  watching.subscribe("#");
  auto sending = testing::connected(guarded, version(), {.client_id = "sender"});
  sending.send(publish("secret/a", "x").qos(1).packet_id(1));
  EXPECT_EQ(sending.received_only<wire::Puback>().reason_code, version() == v5_0 ? ReasonCode::not_authorized : ReasonCode::success);
  EXPECT_THAT(watching.payloads(), IsEmpty());
}

// ---------------------------------------------------------------------------------------------------------------- subscriptions

TEST_P(EngineMessages, AreSubscribedToWithOneCodeForEachFilter) {
  subscriber.send(subscribe(5, {{.topic_filter = "a", .maximum_qos = QoS::exactly_once},
                                {.topic_filter = "b"},
                                {.topic_filter = "c", .maximum_qos = QoS::at_least_once}}));
  const auto suback = subscriber.received_only<wire::Suback>();
  EXPECT_EQ(suback.packet_id, wire::PacketId(5));
  EXPECT_THAT(suback.reason_codes, ElementsAre(ReasonCode::granted_qos_2, ReasonCode::granted_qos_0, ReasonCode::granted_qos_1));
}

TEST_P(EngineMessages, FollowAReplacedSubscription) {
  subscriber.subscribe("a", QoS::exactly_once);
  subscriber.subscribe("a", QoS::at_most_once);
  publisher.send(publish("a", "x").qos(1).packet_id(1));
  EXPECT_EQ(subscriber.received_only<Publish>().qos, QoS::at_most_once);
}

TEST_P(EngineMessages, StopAfterUnsubscribe) {
  subscriber.subscribe("a/+");
  subscriber.subscribe("a/b");
  subscriber.send(unsubscribe(6, {"a/+", "unknown"}));
  const auto unsuback = subscriber.received_only<wire::Unsuback>();
  EXPECT_EQ(unsuback.packet_id, wire::PacketId(6));
  if (version() == v5_0) EXPECT_THAT(unsuback.reason_codes, ElementsAre(ReasonCode::success, ReasonCode::no_subscription_existed));
  publisher.send(publish("a/b", "x"));
  publisher.send(publish("a/c", "y"));
  EXPECT_THAT(subscriber.payloads(), ElementsAre("x"));
}

TEST_P(EngineMessages, InFlightAreFinishedAfterUnsubscribe) {
  subscriber.subscribe("a", QoS::exactly_once);
  publisher.send(publish("a", "x").qos(2).packet_id(1));
  const auto id = *subscriber.received_only<Publish>().packet_id;
  subscriber.send(unsubscribe(6, {"a"}));
  subscriber.received_only<wire::Unsuback>();
  subscriber.send(wire::Pubrec{.packet_id = id});
  EXPECT_EQ(subscriber.received_only<wire::Pubrel>().packet_id, id);
}

TEST_P(EngineMessages, OfDeniedTopicsAreNotGranted) {
  TestBroker guarded({.subscribe_denied = {"secret/#"}});
  auto client = testing::connected(guarded, version());
  const auto failure = version() == v5_0 ? ReasonCode::not_authorized : wire::return_code::subscription_failed;
  EXPECT_THAT(client.subscribe("secret/+").reason_codes, ElementsAre(failure));
  client.subscribe("#");
  client.send(publish("secret/a", "x"));
  EXPECT_THAT(client.payloads(), IsEmpty());
}

TEST_P(EngineMessages, ToSharedNamesAreOrdinaryBefore5) {
  subscriber.subscribe("$share/group/a");
  publisher.send(publish("$share/group/a", "to the name"));
  publisher.send(publish("a", "to the topic"));
  EXPECT_THAT(subscriber.payloads(), ElementsAre(version() == v5_0 ? "to the topic" : "to the name"));
}

struct Matching {
  const char* filter;
  const char* name;
  bool matches;
};

TEST_P(EngineMessages, ReachTheFiltersThatMatch) {
  constexpr Matching table[] = {
      {"sport/#", "sport", true},
      {"sport/#", "sport/a/b", true},
      {"#", "sport", true},
      {"#", "$SYS/x", false},
      {"+/x", "$SYS/x", false},
      {"$SYS/#", "$SYS/x", true},
      {"$SYS/+", "$SYS/x", true},
      {"sport/+", "sport", false},
      {"sport/+", "sport/", true},
      {"+/+", "/finance", true},
      {"/+", "/finance", true},
      {"+", "/finance", false},
      {"sport/+/player", "sport/a/player", true},
      {"Sport", "sport", false},
      {"a//b", "a/b", false},
      {"+", "a/b", false},
      {"a/b/#", "a", false},
      {"a", "a/b", false},
      {"a/b", "a", false},
      {"/", "/", true},
      {"#", "/", true},
      {"+/#", "a", true},
      {"a/#", "ab", false},
  };
  for (const auto& [filter, name, matches] : table) {
    TestBroker quiet({.system_topics = false});
    auto client = testing::connected(quiet, version());
    client.subscribe(filter);
    client.send(publish(name, "x"));
    EXPECT_EQ(client.payloads().size(), matches ? 1u : 0u) << filter << " and " << name;
  }
}

// ---------------------------------------------------------------------------------------------------------------- retained

TEST_P(EngineMessages, RetainedReachNewSubscriptionsWithRetain) {
  publisher.send(publish("a/b", "old").retain());
  publisher.send(publish("a/b", "new").qos(1).packet_id(1).retain());
  subscriber.send(subscribe(1, "a/+", QoS::exactly_once));
  const auto packets = subscriber.received();
  ASSERT_EQ(packets.size(), 2u);
  const auto& message = std::get<Publish>(packets[1]);
  EXPECT_EQ(message.payload, "new");
  EXPECT_EQ(message.qos, QoS::at_least_once);
  EXPECT_TRUE(message.retain);
}

TEST_P(EngineMessages, RetainedReachEstablishedSubscriptionsWithoutRetain) {
  subscriber.subscribe("a");
  publisher.send(publish("a", "live").retain());
  EXPECT_FALSE(subscriber.received_only<Publish>().retain);
}

TEST_P(EngineMessages, RetainedAreClearedByAnEmptyPayloadThatIsForwarded) {
  publisher.send(publish("a", "old").retain());
  subscriber.send(subscribe(1, "a"));
  subscriber.received();
  publisher.send(publish("a", "").retain());
  EXPECT_EQ(subscriber.received_only<Publish>().payload, "");
  auto late = connected({.client_id = "late"});
  late.subscribe("a");
}

TEST_P(EngineMessages, RetainedAreNotTouchedByMessagesWithoutRetain) {
  publisher.send(publish("a", "kept").retain());
  publisher.send(publish("a", "passing"));
  publisher.send(publish("a", ""));
  publisher.send(publish("b", "passing"));
  subscriber.send(subscribe(1, "#"));
  EXPECT_THAT(subscriber.payloads(), ElementsAre("kept"));
}

TEST_P(EngineMessages, RetainedAreSentAgainWhenASubscriptionIsReplaced) {
  publisher.send(publish("a", "x").retain());
  for (int i = 0; i < 2; ++i) {
    subscriber.send(subscribe(1, "a"));
    EXPECT_THAT(subscriber.payloads(), ElementsAre("x"));
  }
}

TEST_P(EngineMessages, RetainedOutliveTheirPublisher) {
  publisher.send(publish("a", "x").retain());
  publisher.send(wire::Disconnect{});
  subscriber.send(subscribe(1, "a"));
  EXPECT_THAT(subscriber.payloads(), ElementsAre("x"));
}

// ---------------------------------------------------------------------------------------------------------------- errors

TEST_P(EngineMessages, ThatAreInvalidEndTheConnection) {
  namespace raw = wire::raw;
  const auto properties = [&](raw::Builder builder) { return version() == v5_0 ? builder.byte(0) : builder; };
  const wire::Bytes invalid[] = {
      raw::with_flags(wire::encode(subscribe(1, "a"), version()), 0),
      raw::with_flags(wire::encode(unsubscribe(1, {"a"}), version()), 3),
      raw::with_flags(wire::encode(pubrel(1), version()), 0),
      raw::with_flags(wire::encode(wire::Pingreq{}, version()), 1),
      raw::with_flags(wire::encode(publish("a", "x").qos(2).packet_id(1), version()), 0x06),
      wire::encode(publish("a/#", "x"), version()),
      wire::encode(publish("a\xFF", "x"), version()),
      wire::encode(publish(std::string("a\0b", 3), "x"), version()),
      wire::encode(publish("", "x"), version()),
      wire::encode(subscribe(1, "a/#/b"), version()),
      wire::encode(subscribe(1, "a+"), version()),
      wire::encode(subscribe(1, ""), version()),
      raw::packet(wire::PacketType::subscribe, 2, properties(raw::Builder().two_bytes(1))),
      raw::packet(wire::PacketType::unsubscribe, 2, properties(raw::Builder().two_bytes(1))),
      raw::packet(wire::PacketType::subscribe, 2, properties(raw::Builder().two_bytes(0)).string("a").byte(0)),
      raw::packet(wire::PacketType::subscribe, 2, properties(raw::Builder().two_bytes(1)).string("a").byte(3)),
      raw::packet(wire::PacketType::connack, 0, properties(raw::Builder().two_bytes(0))),
      {0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01},
  };
  for (const auto& bytes : invalid) {
    auto client = connected({.client_id = "wrong"});
    client.send_bytes(bytes);
    EXPECT_TRUE(client.is_closed()) << wire::hex(bytes);
    if (version() == v5_0) EXPECT_TRUE(wire::is_error(client.received_only<wire::Disconnect>().reason_code)) << wire::hex(bytes);
  }
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
