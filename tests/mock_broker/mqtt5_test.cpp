// What 5.0 has beyond 3.1.1: subscription options, Shared Subscriptions, properties, flow control, Topic Aliases, limits.

#include "tests/mock_broker/client.hpp"

namespace mqttspec::mock_broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using wire::Disconnect;
using wire::Properties;
using wire::PropertyId;
using wire::Publish;
using wire::Subscription;

class Engine5 : public ::testing::Test {
 protected:
  static Client join(TestBroker& by, std::string client_id, Properties properties = {}) {
    return connected(by, v5_0, {.client_id = std::move(client_id), .properties = std::move(properties)});
  }
  Client join(std::string client_id, Properties properties = {}) { return join(broker, std::move(client_id), std::move(properties)); }

  static void expect_disconnected(Client& client, ReasonCode code) {
    EXPECT_EQ(client.received_only<Disconnect>().reason_code, code);
    EXPECT_TRUE(client.is_closed());
  }

  TestBroker broker;
  Client publisher = join("publisher");
};

// ---------------------------------------------------------------------------------------------------------------- subscription options

TEST_F(Engine5, SendsAClientNoMessageOfItsOwnWithNoLocal) {
  auto other = join("other");
  publisher.subscribe(Subscription{.topic_filter = "a", .no_local = true});
  other.subscribe(Subscription{.topic_filter = "a", .no_local = true});
  publisher.send(publish("a", "x"));
  EXPECT_THAT(publisher.received(), IsEmpty());
  EXPECT_THAT(other.payloads(), ElementsAre("x"));
}

TEST_F(Engine5, KeepsRetainWithRetainAsPublished) {
  auto subscriber = join("subscriber");
  subscriber.subscribe(Subscription{.topic_filter = "a", .retain_as_published = true});
  publisher.send(publish("a", "x").retain());
  publisher.send(publish("a", "y"));
  const auto packets = subscriber.received_of<Publish>();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_TRUE(packets[0].retain);
  EXPECT_FALSE(packets[1].retain);
}

TEST_F(Engine5, HeedsRetainHandling) {
  publisher.send(publish("a", "x").retain());
  auto subscriber = join("subscriber");
  const auto retained_with = [&](wire::RetainHandling handling) {
    subscriber.send(subscribe(1, {{.topic_filter = "a", .retain_handling = handling}}));
    return subscriber.payloads().size();
  };
  EXPECT_EQ(retained_with(wire::RetainHandling::do_not_send), 0u);
  EXPECT_EQ(retained_with(wire::RetainHandling::send_if_new), 0u);
  EXPECT_EQ(retained_with(wire::RetainHandling::send), 1u);
  subscriber.send(unsubscribe(2, {"a"}));
  subscriber.received();
  EXPECT_EQ(retained_with(wire::RetainHandling::send_if_new), 1u);
}

TEST_F(Engine5, SendsTheIdentifiersOfAllMatchingSubscriptions) {
  auto subscriber = join("subscriber");
  subscriber.subscribe({.topic_filter = "a/#"}, Properties().set(prop::subscription_identifier, 5));
  subscriber.subscribe({.topic_filter = "a/+"}, Properties().set(prop::subscription_identifier, 6));
  subscriber.subscribe({.topic_filter = "a/b"});
  publisher.send(publish("a/b", "x"));
  EXPECT_THAT(subscriber.received_only<Publish>().properties.all(prop::subscription_identifier), UnorderedElementsAre(5u, 6u));
}

// ---------------------------------------------------------------------------------------------------------------- Shared Subscriptions

TEST_F(Engine5, GivesEachMemberOfAShareItsTurn) {
  auto a = join("a");
  auto b = join("b");
  auto alone = join("alone");
  a.subscribe("$share/group/x");
  b.subscribe("$share/group/x");
  alone.subscribe("x");
  for (const char* payload : {"1", "2", "3", "4"}) publisher.send(publish("x", payload));
  EXPECT_THAT(a.payloads(), ElementsAre("1", "3"));
  EXPECT_THAT(b.payloads(), ElementsAre("2", "4"));
  EXPECT_THAT(alone.payloads(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(Engine5, PrefersMembersThatAreThere) {
  auto away = connected(broker, v5_0, kept("away"));
  away.subscribe("$share/group/x", QoS::at_least_once);
  away.vanish();
  auto there = join("there");
  there.subscribe("$share/group/x", QoS::at_least_once);
  for (std::uint16_t i = 1; i <= 3; ++i) publisher.send(publish("x", "m").qos(1).packet_id(i));
  EXPECT_EQ(there.payloads().size(), 3u);
}

TEST_F(Engine5, HandsQos1MessagesOfAnEndedSessionToAnotherMember) {
  auto leaving = join("leaving");
  leaving.subscribe("$share/group/x", QoS::at_least_once);
  publisher.send(publish("x", "m").qos(1).packet_id(1));
  auto staying = join("staying");
  staying.subscribe("$share/group/x", QoS::at_least_once);
  leaving.vanish();
  EXPECT_THAT(staying.payloads(), ElementsAre("m"));
}

TEST_F(Engine5, KeepsStartedQos2MessagesOfAnEndedSessionFromOtherMembers) {
  auto leaving = join("leaving");
  leaving.subscribe("$share/group/x", QoS::exactly_once);
  publisher.send(publish("x", "m").qos(2).packet_id(1));
  auto staying = join("staying");
  staying.subscribe("$share/group/x", QoS::exactly_once);
  leaving.vanish();
  EXPECT_THAT(staying.received(), IsEmpty());
}

TEST_F(Engine5, SendsNoRetainedMessagesToAShare) {
  publisher.send(publish("x", "old").retain());
  auto member = join("member");
  member.subscribe("$share/group/x");
}

// ---------------------------------------------------------------------------------------------------------------- properties of messages

TEST_F(Engine5, ForwardsPropertiesUnaltered) {
  auto subscriber = join("subscriber");
  subscriber.subscribe("a");
  const auto message = publish("a", "x")
                           .property(prop::payload_format_indicator, 1)
                           .property(prop::user_property, {"z", "1"})
                           .property(prop::content_type, "text/plain")
                           .property(prop::user_property, {"a", "2"})
                           .property(prop::response_topic, "answers")
                           .property(prop::correlation_data, std::string("\0\xFF", 2));
  publisher.send(message);
  EXPECT_EQ(subscriber.received_only<Publish>().properties, message.packet().properties);
}

TEST_F(Engine5, CountsMessageExpiryDownAndDropsWhatHasExpired) {
  auto subscriber = connected(broker, v5_0, kept("subscriber"));
  subscriber.subscribe("a", QoS::at_least_once);
  subscriber.vanish();
  publisher.send(publish("a", "short").qos(1).packet_id(1).property(prop::message_expiry_interval, 5));
  publisher.send(publish("a", "long").qos(1).packet_id(2).property(prop::message_expiry_interval, 100));
  publisher.send(publish("r", "short").retain().property(prop::message_expiry_interval, 5));
  broker.pass(10s);
  auto again = connecting(broker, v5_0, kept("subscriber"));
  const auto messages = again.received_of<Publish>();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload, "long");
  EXPECT_EQ(messages[0].properties.get(prop::message_expiry_interval), 90u);
  again.subscribe("r");
}

TEST_F(Engine5, SendsAMessageAgainThatHasExpiredInFlight) {
  auto subscriber = connected(broker, v5_0, kept("subscriber"));
  subscriber.subscribe("a", QoS::exactly_once);
  publisher.send(publish("a", "x").qos(2).packet_id(1).property(prop::message_expiry_interval, 5));
  subscriber.vanish();
  broker.pass(10s);
  EXPECT_EQ(connecting(broker, v5_0, kept("subscriber")).payloads().size(), 1u);
}

// ---------------------------------------------------------------------------------------------------------------- flow control

TEST_F(Engine5, KeepsWithinTheReceiveMaximumOfTheClient) {
  auto subscriber = join("subscriber", Properties().set(prop::receive_maximum, 2));
  subscriber.subscribe("a", QoS::exactly_once);
  for (std::uint16_t i = 1; i <= 4; ++i) publisher.send(publish("a", std::to_string(i)).qos(i == 1 ? 2 : 1).packet_id(i));
  publisher.send(publish("a", "zero"));
  const auto first = subscriber.received_of<Publish>();
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[2].payload, "zero");

  subscriber.send(wire::Pubrec{.packet_id = *first[0].packet_id});
  subscriber.received_only<wire::Pubrel>();  // PUBREC gives nothing back, PUBCOMP does
  subscriber.send(wire::Pubcomp{.packet_id = *first[0].packet_id});
  EXPECT_THAT(subscriber.payloads(), ElementsAre("3"));
  subscriber.send(wire::Puback{.packet_id = *first[1].packet_id});
  EXPECT_THAT(subscriber.payloads(), ElementsAre("4"));
}

TEST_F(Engine5, ResendsWithinANewSmallerReceiveMaximum) {
  auto subscriber = connected(broker, v5_0, kept("subscriber"));
  subscriber.subscribe("a", QoS::at_least_once);
  for (std::uint16_t i = 1; i <= 3; ++i) publisher.send(publish("a", std::to_string(i)).qos(1).packet_id(i));
  subscriber.vanish();
  auto options = kept("subscriber");
  options.properties.set(prop::receive_maximum, 1);
  auto again = connecting(broker, v5_0, options);
  for (const char* expected : {"1", "2", "3"}) {
    const auto messages = again.received_of<Publish>();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].payload, expected);
    EXPECT_TRUE(messages[0].dup);
    again.send(wire::Puback{.packet_id = *messages[0].packet_id});
  }
}

TEST_F(Engine5, DisconnectsAClientThatExceedsItsReceiveMaximum) {
  TestBroker strict({.receive_maximum = 2});
  auto client = join(strict, "client");
  client.send(publish("a", "").qos(2).packet_id(1)).send(publish("a", "").qos(2).packet_id(2));
  client.send(publish("a", "").qos(2).packet_id(1).dup());
  client.send(publish("a", "").qos(2).packet_id(2).dup());
  client.send(pubrel(1)).send(publish("a", "").qos(2).packet_id(3));
  EXPECT_FALSE(client.is_closed());
  client.received();
  client.send(publish("a", "").qos(2).packet_id(4));
  expect_disconnected(client, ReasonCode::receive_maximum_exceeded);
}

TEST_F(Engine5, SendsNothingLargerThanTheClientTakes) {
  auto subscriber = join("subscriber", Properties().set(prop::maximum_packet_size, 40).set(prop::receive_maximum, 1));
  subscriber.subscribe("a", QoS::at_least_once);
  publisher.send(publish("a", std::string(100, 'x')).qos(1).packet_id(1));
  publisher.send(publish("a", "small").qos(1).packet_id(2));
  EXPECT_THAT(subscriber.payloads(), ElementsAre("small"));
}

TEST_F(Engine5, RefusesWithoutConnackWhereTheClientTakesNone) {
  auto client = testing::connecting(
      broker, v5_0, {.properties = Properties().set(prop::maximum_packet_size, 1).set(prop::authentication_method, "unknown")});
  EXPECT_TRUE(client.received().empty());
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Engine5, DisconnectsAClientWhosePacketIsTooLarge) {
  TestBroker strict({.maximum_packet_size = 50});
  auto client = join(strict, "client");
  client.send(publish("a", std::string(100, 'x')));
  expect_disconnected(client, ReasonCode::packet_too_large);
}

TEST_F(Engine5, LeavesReasonStringsAwayWhereTheyAreNotWanted) {
  TestBroker guarded({.publish_denied = {"#"}});
  auto client = join(guarded, "client", Properties().set(prop::request_problem_information, 0));
  client.send(publish("a", "").qos(1).packet_id(1));
  EXPECT_TRUE(client.received_only<wire::Puback>().properties.empty());
}

// ---------------------------------------------------------------------------------------------------------------- Topic Aliases

TEST_F(Engine5, TakesTopicAliases) {
  auto subscriber = join("subscriber");
  subscriber.subscribe("#");
  publisher.send(publish("a", "1").property(prop::topic_alias, 10));
  publisher.send(publish("", "2").property(prop::topic_alias, 10));
  publisher.send(publish("b", "3").property(prop::topic_alias, 10));
  publisher.send(publish("", "4").property(prop::topic_alias, 10));
  std::vector<std::string> topics;
  for (const auto& message : subscriber.received_of<Publish>()) {
    topics.push_back(message.topic);
    EXPECT_FALSE(message.properties.has(PropertyId::topic_alias));
  }
  EXPECT_THAT(topics, ElementsAre("a", "a", "b", "b"));
}

TEST_F(Engine5, DisconnectsForTopicAliasesThatAreInvalidOrUnknown) {
  auto high = join("high");
  high.send(publish("a", "").property(prop::topic_alias, 11));
  expect_disconnected(high, ReasonCode::topic_alias_invalid);
  auto zero = join("zero");
  zero.send(publish("a", "").property(prop::topic_alias, 0));
  expect_disconnected(zero, ReasonCode::topic_alias_invalid);
  auto unknown = join("unknown");
  unknown.send(publish("", "").property(prop::topic_alias, 1));
  expect_disconnected(unknown, ReasonCode::protocol_error);
}

TEST_F(Engine5, UsesTopicAliasesWhereTheClientTakesThem) {
  auto subscriber = join("subscriber", Properties().set(prop::topic_alias_maximum, 1));
  subscriber.subscribe("#");
  for (const char* topic : {"a", "a", "b", "a"}) publisher.send(publish(topic, "x"));
  const auto messages = subscriber.received_of<Publish>();
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0].topic, "a");
  EXPECT_EQ(messages[0].properties.get(prop::topic_alias), 1u);
  EXPECT_EQ(messages[1].topic, "");
  EXPECT_EQ(messages[1].properties.get(prop::topic_alias), 1u);
  EXPECT_EQ(messages[2].topic, "b");
  EXPECT_FALSE(messages[2].properties.has(PropertyId::topic_alias));
  EXPECT_EQ(messages[3].topic, "");
}

// ---------------------------------------------------------------------------------------------------------------- what is not offered

TEST_F(Engine5, DisconnectsForWhatItDoesNotOffer) {
  TestBroker poor({.maximum_qos = QoS::at_least_once,
                   .retain_available = false,
                   .wildcard_subscription_available = false,
                   .subscription_identifier_available = false,
                   .shared_subscription_available = false});
  const auto answer_to = [&](const wire::Packet& packet) {
    auto client = join(poor, "client");
    client.send(packet);
    return client.received_only<Disconnect>().reason_code;
  };
  EXPECT_EQ(answer_to(publish("a", "").qos(2).packet_id(1)), ReasonCode::qos_not_supported);
  EXPECT_EQ(answer_to(publish("a", "").retain()), ReasonCode::retain_not_supported);
  EXPECT_EQ(answer_to(subscribe(1, "a/+")), ReasonCode::wildcard_subscriptions_not_supported);
  EXPECT_EQ(answer_to(subscribe(1, "$share/g/a")), ReasonCode::shared_subscriptions_not_supported);
  EXPECT_EQ(answer_to(wire::Subscribe{.packet_id = wire::PacketId(1),
                                      .subscriptions = {{.topic_filter = "a"}},
                                      .properties = Properties().set(prop::subscription_identifier, 1)}),
            ReasonCode::subscription_identifiers_not_supported);
  auto client = join(poor, "client");
  EXPECT_THAT(client.subscribe("a", QoS::exactly_once).reason_codes, ElementsAre(ReasonCode::granted_qos_1));
}

TEST_F(Engine5, DisconnectsForNoLocalOnAShareAndForAuthWithoutMethod) {
  auto client = join("client");
  client.send(subscribe(1, {{.topic_filter = "$share/g/a", .no_local = true}}));
  expect_disconnected(client, ReasonCode::protocol_error);
  auto other = join("other");
  other.send(wire::Auth{.reason_code = ReasonCode::reauthenticate, .properties = Properties().set(prop::authentication_method, "X")});
  expect_disconnected(other, ReasonCode::protocol_error);
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
