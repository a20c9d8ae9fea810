// Sessions (3.1.2.4, 3.1.2.11.2, 4.1), resending (4.4), Wills (3.1.2.5).

#include "tests/mock_broker/client.hpp"

namespace mqttspec::mock_broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::Connack;
using wire::Publish;
using wire::Pubrel;

class EngineSession : public BothVersions {};
INSTANTIATE_TEST_SUITE_P(Mqtt, EngineSession, ::testing::Values(v3_1_1, v5_0), version_name);

TEST_P(EngineSession, GoesOnWithItsSubscriptionsAndQueuedMessages) {
  auto subscriber = connected(kept("subscriber"));
  subscriber.subscribe("a", QoS::exactly_once);
  subscriber.vanish();
  auto publisher = connected({.client_id = "publisher"});
  publisher.send(publish("a", "zero").qos(0));
  publisher.send(publish("a", "one").qos(1).packet_id(1));
  publisher.send(publish("a", "two").qos(2).packet_id(2));

  auto again = connecting(kept("subscriber"));
  const auto packets = again.received();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_TRUE(std::get<Connack>(packets[0]).session_present);
  EXPECT_EQ(std::get<Publish>(packets[1]).payload, "one");
  EXPECT_EQ(std::get<Publish>(packets[2]).payload, "two");
  publisher.send(publish("a", "live"));
  EXPECT_THAT(again.payloads(), ElementsAre("live"));
}

TEST_P(EngineSession, EndsWithACleanStart) {
  auto subscriber = connected(kept("subscriber"));
  subscriber.subscribe("a", QoS::at_least_once);
  subscriber.vanish();
  connected({.client_id = "publisher"}).send(publish("a", "queued").qos(1).packet_id(1));

  auto clean = connecting({.client_id = "subscriber"});
  EXPECT_FALSE(clean.received_only<Connack>().session_present);
  connected({.client_id = "publisher"}).send(publish("a", "live"));
  EXPECT_THAT(clean.received(), IsEmpty());
}

TEST_P(EngineSession, OfACleanStartEndsWithItsConnection) {
  connected({.client_id = "subscriber"}).vanish();
  auto again = connecting(kept("subscriber"));
  EXPECT_FALSE(again.received_only<Connack>().session_present);
}

TEST_P(EngineSession, SendsWhatIsUnacknowledgedAgainInItsOrderWithItsPacketIdentifiersAndDup) {
  auto subscriber = connected(kept("subscriber"));
  subscriber.subscribe("a", QoS::exactly_once);
  auto publisher = connected({.client_id = "publisher"});
  for (std::uint16_t i = 1; i <= 4; ++i) publisher.send(publish("a", std::to_string(i)).qos(i == 2 ? 1 : 2).packet_id(i));
  const auto first = subscriber.received_of<Publish>();
  ASSERT_EQ(first.size(), 4u);
  subscriber.send(wire::Pubrec{.packet_id = *first[0].packet_id});
  subscriber.received_only<Pubrel>();
  subscriber.vanish();

  auto again = connecting(kept("subscriber"));
  const auto packets = again.received();
  ASSERT_EQ(packets.size(), 5u);
  EXPECT_EQ(std::get<Pubrel>(packets[1]).packet_id, *first[0].packet_id);
  for (std::size_t i = 1; i < 4; ++i) {
    auto expected = first[i];
    expected.dup = true;
    EXPECT_EQ(std::get<Publish>(packets[i + 1]), expected);
  }
}

TEST_P(EngineSession, DoesNotSendAgainWhatWasAcknowledged) {
  auto subscriber = connected(kept("subscriber"));
  subscriber.subscribe("a", QoS::exactly_once);
  auto publisher = connected({.client_id = "publisher"});
  publisher.send(publish("a", "1").qos(1).packet_id(1));
  subscriber.send(wire::Puback{.packet_id = *subscriber.received_only<Publish>().packet_id});
  publisher.send(publish("a", "2").qos(2).packet_id(2));
  const auto id = *subscriber.received_only<Publish>().packet_id;
  subscriber.send(wire::Pubrec{.packet_id = id});
  subscriber.send(wire::Pubcomp{.packet_id = id});
  subscriber.vanish();
  auto again = connecting(kept("subscriber"));
  again.received_only<Connack>();
}

TEST_P(EngineSession, RemembersWhichQos2MessagesItHasTaken) {
  auto subscriber = connected({.client_id = "subscriber"});
  subscriber.subscribe("a");
  auto publisher = connected(kept("publisher"));
  publisher.send(publish("a", "once").qos(2).packet_id(7));
  publisher.vanish();
  auto again = connected(kept("publisher"));
  again.send(publish("a", "once").qos(2).packet_id(7).dup());
  EXPECT_EQ(again.received_only<wire::Pubrec>().reason_code, ReasonCode::success);
  EXPECT_THAT(subscriber.payloads(), ElementsAre("once"));
}

TEST_P(EngineSession, IsKeptApartFromOthersByTheExactClientIdentifier) {
  connected(kept("client")).vanish();
  EXPECT_FALSE(connecting(kept("Client")).received_only<Connack>().session_present);
  EXPECT_TRUE(connecting(kept("client")).received_only<Connack>().session_present);
}

TEST(EngineSession5, ExpiresWhenItsIntervalHasPassed) {
  TestBroker broker;
  const ConnectOptions options{.clean_start = false, .properties = wire::Properties().set(prop::session_expiry_interval, 60)};
  connected(broker, v5_0, options).vanish();
  broker.pass(59s);
  auto in_time = connecting(broker, v5_0, options);
  EXPECT_TRUE(in_time.received_only<Connack>().session_present);
  in_time.vanish();
  broker.pass(60s);
  EXPECT_FALSE(connecting(broker, v5_0, options).received_only<Connack>().session_present);
}

TEST(EngineSession5, TakesANewExpiryIntervalFromDisconnect) {
  TestBroker broker;
  auto client = connected(broker, v5_0, kept("a"));
  client.send(wire::Disconnect{.properties = wire::Properties().set(prop::session_expiry_interval, 0)});
  EXPECT_FALSE(connecting(broker, v5_0, kept("a")).received_only<Connack>().session_present);
}

TEST(EngineSession5, RefusesToRaiseAnExpiryIntervalOfZero) {
  TestBroker broker;
  auto client = connected(broker, v5_0);
  client.send(wire::Disconnect{.properties = wire::Properties().set(prop::session_expiry_interval, 10)});
  EXPECT_EQ(client.received_only<wire::Disconnect>().reason_code, ReasonCode::protocol_error);
}

TEST(EngineSession5, FinishesNothingThatTheClientHasRefused) {
  TestBroker broker;
  auto subscriber = connected(broker, v5_0, kept("subscriber"));
  subscriber.subscribe("a", QoS::exactly_once);
  connected(broker, v5_0, {.client_id = "publisher"}).send(publish("a", "x").qos(2).packet_id(1));
  const auto id = *subscriber.received_only<Publish>().packet_id;
  subscriber.send(wire::Pubrec{.packet_id = id, .reason_code = ReasonCode::unspecified_error});
  EXPECT_THAT(subscriber.received(), IsEmpty());
  subscriber.vanish();
  connecting(broker, v5_0, kept("subscriber")).received_only<Connack>();
}

// ---------------------------------------------------------------------------------------------------------------- wills

class EngineWill : public BothVersions {
 protected:
  /// Somebody who gets every Will published to "will".
  Client watcher() {
    auto client = connected({.client_id = "watcher"});
    client.subscribe("will", QoS::exactly_once);
    return client;
  }
  Client with_will(ConnectOptions options = {}) {
    options.will = wire::Will{.topic = "will", .payload = "gone", .qos = QoS::at_least_once};
    return connected(std::move(options));
  }
};
INSTANTIATE_TEST_SUITE_P(Mqtt, EngineWill, ::testing::Values(v3_1_1, v5_0), version_name);

TEST_P(EngineWill, IsPublishedWhenTheConnectionBreaks) {
  auto watching = watcher();
  with_will().vanish();
  const auto will = watching.received_only<Publish>();
  EXPECT_EQ(will.payload, "gone");
  EXPECT_EQ(will.qos, QoS::at_least_once);
  EXPECT_FALSE(will.retain);
}

TEST_P(EngineWill, IsDiscardedByDisconnect) {
  auto watching = watcher();
  auto client = with_will();
  client.send(wire::Disconnect{});
  EXPECT_TRUE(client.is_closed());
  client.vanish();
  EXPECT_THAT(watching.received(), IsEmpty());
}

TEST_P(EngineWill, IsPublishedWhenKeepAliveRunsOut) {
  auto watching = watcher();
  with_will({.keep_alive = 1});
  broker.pass(2s);
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
}

TEST_P(EngineWill, IsPublishedWhenTheServerClosesBecauseOfAnError) {
  auto watching = watcher();
  with_will().send_bytes({0xF3, 0x00});
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
}

TEST_P(EngineWill, IsPublishedWhenTheSessionIsTakenOver) {
  auto watching = watcher();
  with_will();
  connected();
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
}

TEST_P(EngineWill, IsNotPublishedForTheNextConnection) {
  auto watching = watcher();
  with_will(kept("a")).send(wire::Disconnect{});
  connected(kept("a")).vanish();
  EXPECT_THAT(watching.received(), IsEmpty());
}

TEST_P(EngineWill, IsRetainedIfAskedFor) {
  connected({.will = wire::Will{.topic = "will", .payload = "gone", .retain = true}}).vanish();
  auto late = connected({.client_id = "late"});
  late.send(subscribe(1, "will"));
  EXPECT_THAT(late.payloads(), ElementsAre("gone"));
}

TEST_P(EngineWill, ReachesItsOwnSessionWhenThatIsKept) {
  auto options = kept("a");
  options.will = wire::Will{.topic = "own", .payload = "gone", .qos = QoS::at_least_once};
  auto client = connected(options);
  client.subscribe("own", QoS::at_least_once);
  client.vanish();
  EXPECT_THAT(connecting(kept("a")).payloads(), ElementsAre("gone"));
}

class EngineWill5 : public ::testing::Test {
 protected:
  EngineWill5() { watching.subscribe("will"); }

  ConnectOptions delayed(std::uint32_t delay, std::uint32_t expiry) {
    return {.clean_start = false,
            .will = wire::Will{.topic = "will", .payload = "gone", .properties = wire::Properties().set(prop::will_delay_interval, delay)},
            .properties = wire::Properties().set(prop::session_expiry_interval, expiry)};
  }
  TestBroker broker;
  Client watching = connected(broker, v5_0, {.client_id = "watcher"});
};

TEST_F(EngineWill5, WaitsForItsDelay) {
  connected(broker, v5_0, delayed(10, 100)).vanish();
  broker.pass(9s);
  EXPECT_THAT(watching.received(), IsEmpty());
  broker.pass(1s);
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
  broker.pass(1h);
  EXPECT_THAT(watching.received(), IsEmpty());
}

TEST_F(EngineWill5, DoesNotWaitBeyondTheEndOfTheSession) {
  connected(broker, v5_0, delayed(100, 10)).vanish();
  broker.pass(10s);
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
}

TEST_F(EngineWill5, IsNotPublishedIfTheClientComesBackInTime) {
  connected(broker, v5_0, delayed(10, 100)).vanish();
  broker.pass(9s);
  connected(broker, v5_0, {.clean_start = false});
  broker.pass(1h);
  EXPECT_THAT(watching.received(), IsEmpty());
}

TEST_F(EngineWill5, IsPublishedIfACleanStartEndsTheSession) {
  connected(broker, v5_0, delayed(10, 100)).vanish();
  connected(broker, v5_0);
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
}

TEST_F(EngineWill5, IsPublishedAfterDisconnectWithWillMessage) {
  auto client = connected(broker, v5_0, delayed(0, 0));
  client.send(wire::Disconnect{.reason_code = ReasonCode::disconnect_with_will_message});
  EXPECT_THAT(watching.payloads(), ElementsAre("gone"));
}

TEST_F(EngineWill5, CarriesItsPropertiesInTheirOrderAndNoDelay) {
  auto options = delayed(0, 0);
  options.will->properties = wire::Properties()
                                 .add(prop::user_property, {"b", "1"})
                                 .add(prop::user_property, {"a", "2"})
                                 .set(prop::will_delay_interval, 0)
                                 .set(prop::content_type, "text");
  connected(broker, v5_0, options).vanish();
  const auto properties = watching.received_only<Publish>().properties;
  EXPECT_THAT(properties.all(prop::user_property), ElementsAre(wire::StringPair("b", "1"), wire::StringPair("a", "2")));
  EXPECT_EQ(properties.get(prop::content_type), "text");
  EXPECT_FALSE(properties.has(wire::PropertyId::will_delay_interval));
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
