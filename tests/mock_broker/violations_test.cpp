// What the broker writes down of its clients.

#include "tests/mock_broker/client.hpp"

#include <algorithm>

namespace mqttspec::mock_broker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;

MATCHER_P(breaks, id, "") { return arg.rule->id == id; }
auto rule(std::string id) { return breaks(std::move(id)); }

/// Clients of one version on a broker that watches them.
class EngineViolations : public BothVersions {
 protected:
  const std::vector<ClientViolation>& violations() const { return broker.engine.violations(); }
  std::string clause(std::string of_3_1_1, std::string of_5_0) const { return version() == v5_0 ? of_5_0 : of_3_1_1; }
};
INSTANTIATE_TEST_SUITE_P(Mqtt, EngineViolations, ::testing::Values(v3_1_1, v5_0), version_name);

TEST_P(EngineViolations, AreNoneOfAClientThatKeepsTheRules) {
  auto subscriber = connected(kept("subscriber"));
  subscriber.subscribe("a/#", QoS::exactly_once);
  auto publisher = connected({.client_id = "publisher", .keep_alive = 10});
  publisher.send(publish("a/1", "x").qos(1).packet_id(1)).send(publish("a/2", "x").qos(2).packet_id(2)).send(pubrel(2));
  for (const auto& message : subscriber.received_of<wire::Publish>()) {
    const auto id = message.packet_id->value();
    subscriber.send(message.qos == QoS::at_least_once ? wire::Packet(puback(id)) : wire::Packet(pubrec(id)));
  }
  subscriber.send(pubcomp(2));
  subscriber.send(unsubscribe(3, {"a/#"})).send(wire::Pingreq{});
  subscriber.vanish();
  auto again = connected(kept("subscriber"));
  publisher.send(wire::Disconnect{});
  again.send(wire::Disconnect{});
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_P(EngineViolations, NameClientConnectionAndStatement) {
  connected({.client_id = "good"});
  auto client = connected({.client_id = "careless"});
  broker.pass(7s);
  client.send(connect_packet(version(), {.client_id = "careless"}));
  ASSERT_THAT(violations(), ElementsAre(rule("client/second-connect")));
  const ClientViolation& violation = violations().front();
  EXPECT_EQ(violation.client_id, "careless");
  EXPECT_EQ(violation.connection, 2);
  EXPECT_FALSE(violation.evidence.empty());
  EXPECT_EQ(violation.version, version());
  EXPECT_EQ(violation.clause.text(), "MQTT-3.1.0-2");
  EXPECT_EQ(violation.time, broker.now);
  EXPECT_THAT(to_string(violation), AllOf(HasSubstr("[MQTT-3.1.0-2]"), HasSubstr("careless"), HasSubstr("CONNECT came a second time")));
}

TEST_P(EngineViolations, IncludeWhatCannotBeDecoded) {
  auto client = connected();
  client.send_bytes({0x36, 0x05, 0x00, 0x01, 'a', 0x00, 0x01});  // QoS 3
  ASSERT_THAT(violations(), ElementsAre(rule("codec/publish-qos-3")));
  EXPECT_EQ(violations().front().clause.text(), clause("MQTT-3.3.1-4", "MQTT-3.3.1-4"));
}

TEST_P(EngineViolations, IncludeAnotherPacketThanConnect) {
  Client(broker, version()).send(wire::Pingreq{});
  EXPECT_THAT(violations(), ElementsAre(rule("client/packet-before-connect")));
}

TEST_P(EngineViolations, IncludeSilenceBeyondTheKeepAlive) {
  connected({.keep_alive = 10});
  broker.pass(16s);
  ASSERT_THAT(violations(), ElementsAre(rule("client/keep-alive-exceeded")));
  EXPECT_EQ(violations().front().clause.text(), clause("MQTT-3.1.2-23", "MQTT-3.1.2-20"));
}

TEST_P(EngineViolations, IncludeWhatShowsOnlyOverTwoConnections) {
  auto first = connected(kept("a"));
  first.send(publish("t", "x").qos(2).packet_id(1));
  first.vanish();
  connected(kept("a")).send(publish("t", "x").qos(2).packet_id(1));
  EXPECT_THAT(violations(), ElementsAre(rule("client/resent-without-dup")));
}

TEST_P(EngineViolations, AreBoundedAndTheFirstOnesStay) {
  TestBroker small({.maximum_violations = 2});
  for (const char* id : {"a", "b", "c"}) {
    auto client = testing::connected(small, version(), {.client_id = id});
    client.send(connect_packet(version(), {.client_id = id}));
  }
  EXPECT_THAT(small.engine.violations(), ElementsAre(Field(&ClientViolation::client_id, "a"), Field(&ClientViolation::client_id, "b")));
  small.engine.clear_violations();
  EXPECT_THAT(small.engine.violations(), IsEmpty());
}

TEST_P(EngineViolations, AreNotLookedForWhereNoneAreKept) {
  TestBroker blind({.maximum_violations = 0});
  testing::connected(blind, version()).send(connect_packet(version(), {}));
  EXPECT_THAT(blind.engine.violations(), IsEmpty());
}

TEST(EngineViolations5, HoldAClientToTheLimitsInConnackOnceItHasHadThem) {
  TestBroker broker({.maximum_qos = QoS::at_most_once, .client_transit = 0ms});
  auto client = connected(broker, v5_0);
  client.send(publish("a", "x").qos(1).packet_id(1));
  EXPECT_THAT(broker.engine.violations(), ElementsAre(rule("client/maximum-qos-exceeded")));
}

TEST(EngineViolations5, ForgiveWhatComesTogetherWithConnect) {
  TestBroker broker({.maximum_qos = QoS::at_most_once});
  wire::Bytes bytes = wire::encode(connect_packet(v5_0, {}), v5_0);
  wire::encode(publish("a", "x").qos(1).packet_id(1), v5_0, bytes);
  Client(broker, v5_0).send_bytes(bytes);
  EXPECT_THAT(broker.engine.violations(), IsEmpty());
}

TEST(EngineViolations5, IncludeAPacketThatIsTooLarge) {
  TestBroker broker({.maximum_packet_size = 100, .client_transit = 0ms});
  auto client = connected(broker, v5_0);
  client.send(publish("a", std::string(200, 'x')));
  EXPECT_THAT(broker.engine.violations(), ElementsAre(rule("codec/client-packet-too-large")));
}

TEST(EngineViolations5, CarryTheClientIdentifierThatTheBrokerHasAssigned) {
  TestBroker broker;
  auto client = connecting(broker, v5_0, {.client_id = ""});
  const auto assigned = client.received_only<wire::Connack>().properties.get(prop::assigned_client_identifier);
  client.send(connect_packet(v5_0, {}));
  ASSERT_THAT(broker.engine.violations(), SizeIs(1));
  EXPECT_EQ(broker.engine.violations().front().client_id, assigned);
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
