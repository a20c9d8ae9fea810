// CONNECT and CONNACK (3.1, 3.2), Keep Alive (3.1.2.10), PINGREQ (3.12).

#include "reference/wire/raw.hpp"
#include "tests/mock_broker/client.hpp"

namespace mqttspec::mock_broker::testing {
namespace {

using wire::Connack;
using wire::Disconnect;
namespace raw = wire::raw;

class EngineConnecting : public BothVersions {
 protected:
  ReasonCode code(ReasonCode of_3_1_1, ReasonCode of_5_0) const { return version() == v5_0 ? of_5_0 : of_3_1_1; }

  /// Connects and expects to be refused with this code, and the connection to be closed.
  void expect_refused(TestBroker& by, ConnectOptions options, ReasonCode of_3_1_1, ReasonCode of_5_0) {
    auto client = testing::connecting(by, version(), std::move(options));
    const auto connack = client.received_only<Connack>();
    EXPECT_EQ(connack.reason_code, code(of_3_1_1, of_5_0));
    EXPECT_FALSE(connack.session_present);
    EXPECT_TRUE(client.is_closed());
  }

  /// A CONNECT whose bytes are changed, and what has become of the connection.
  Client connecting_with(const std::function<void(wire::Bytes&)>& change) {
    wire::Bytes bytes = wire::encode(connect_packet(version(), {}), version());
    change(bytes);
    Client client(broker, version());
    client.send_bytes(bytes);
    return client;
  }
};
INSTANTIATE_TEST_SUITE_P(Mqtt, EngineConnecting, ::testing::Values(v3_1_1, v5_0), version_name);

constexpr std::size_t level_at = 8;
constexpr std::size_t flags_at = 9;

TEST_P(EngineConnecting, AcceptsAClient) {
  auto client = connecting();
  const auto connack = client.received_only<Connack>();
  EXPECT_EQ(connack.reason_code, ReasonCode::success);
  EXPECT_FALSE(connack.session_present);
  EXPECT_FALSE(client.is_closed());
}

TEST_P(EngineConnecting, AnswersPingreq) {
  auto client = connected();
  client.send(wire::Pingreq{});
  client.received_only<wire::Pingresp>();
}

TEST_P(EngineConnecting, ClosesWithoutAnswerWhenTheFirstPacketIsNotConnect) {
  Client client(broker, version());
  client.send(wire::Pingreq{});
  EXPECT_TRUE(client.received().empty());
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, TakesASecondConnectForAProtocolError) {
  auto client = connected();
  client.send(connect_packet(version(), {}));
  if (version() == v5_0)
    EXPECT_EQ(client.received_only<Disconnect>().reason_code, ReasonCode::protocol_error);
  else
    EXPECT_TRUE(client.received().empty());
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, RefusesALevelThatItDoesNotKnowInTheFormOfTheConnect) {
  auto client = connecting_with([](wire::Bytes& bytes) { bytes[level_at] = 9; });
  EXPECT_EQ(client.received_only<Connack>().reason_code,
            code(wire::return_code::unacceptable_protocol_version, ReasonCode::unsupported_protocol_version));
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, ClosesWithoutAnswerWhenTheProtocolNameIsNotMqtt) {
  auto client = connecting_with([](wire::Bytes& bytes) { bytes[5] = 'X'; });
  EXPECT_TRUE(client.received().empty());
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, RefusesTheReservedConnectFlag) {
  auto client = connecting_with([](wire::Bytes& bytes) { bytes[flags_at] |= 0x01; });
  if (version() == v5_0)
    EXPECT_EQ(client.received_only<Connack>().reason_code, ReasonCode::malformed_packet);
  else
    EXPECT_TRUE(client.received().empty());
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, RefusesAConnectInAVersionThatItDoesNotServe) {
  TestBroker other({.versions = {version() == v5_0 ? v3_1_1 : v5_0}});
  Client client(other, version());
  client.send(connect_packet(version(), {}));
  EXPECT_EQ(client.received_bytes(), (wire::Bytes{0x20, 0x02, 0x00, 0x01}));
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, RefusesWhenItIsNotAvailable) {
  TestBroker closed({.available = false});
  expect_refused(closed, {}, wire::return_code::server_unavailable, ReasonCode::server_unavailable);
}

TEST_P(EngineConnecting, ChecksUserNameAndPassword) {
  TestBroker guarded({.users = {{"eva", "secret"}}, .anonymous_allowed = false});
  expect_refused(guarded, {.user_name = "eva", .password = "guess"}, wire::return_code::bad_user_name_or_password,
                 ReasonCode::bad_user_name_or_password);
  expect_refused(guarded, {.user_name = "adam", .password = "secret"}, wire::return_code::bad_user_name_or_password,
                 ReasonCode::bad_user_name_or_password);
  expect_refused(guarded, {}, wire::return_code::not_authorized, ReasonCode::not_authorized);
  testing::connected(guarded, version(), {.user_name = "eva", .password = "secret"});
}

TEST_P(EngineConnecting, RefusesClientsThatAreNotAuthorized) {
  TestBroker guarded({.unauthorized_clients = {"mallory"}});
  expect_refused(guarded, {.client_id = "mallory"}, wire::return_code::not_authorized, ReasonCode::not_authorized);
}

TEST_P(EngineConnecting, RefusesClientIdentifiersThatAreTooLong) {
  TestBroker strict({.maximum_client_id_length = 23});
  expect_refused(strict, {.client_id = std::string(24, 'a')}, wire::return_code::identifier_rejected,
                 ReasonCode::client_identifier_not_valid);
  testing::connected(strict, version(), {.client_id = std::string(23, 'a')});
}

TEST_P(EngineConnecting, RefusesMoreClientsThanItMayServe) {
  TestBroker small({.maximum_connections = 1});
  testing::connected(small, version(), {.client_id = "a"});
  expect_refused(small, {.client_id = "b"}, wire::return_code::server_unavailable, ReasonCode::server_busy);
  testing::connected(small, version(), {.client_id = "a"});  // takes the only place over
}

TEST_P(EngineConnecting, AssignsAClientIdentifierOfItsOwnToEachClientWithoutOne) {
  auto first = connecting({.client_id = ""});
  auto second = connecting({.client_id = ""});
  const auto one = first.received_only<Connack>();
  const auto two = second.received_only<Connack>();
  EXPECT_FALSE(first.is_closed());
  EXPECT_FALSE(second.is_closed());
  if (version() == v5_0)
    EXPECT_NE(one.properties.get(prop::assigned_client_identifier), two.properties.get(prop::assigned_client_identifier));
}

TEST(EngineConnecting3, RefusesAnEmptyClientIdentifierWithoutCleanSession) {
  TestBroker broker;
  auto client = connecting(broker, v3_1_1, {.client_id = "", .clean_start = false});
  EXPECT_EQ(client.received_only<Connack>().reason_code, wire::return_code::identifier_rejected);
  EXPECT_TRUE(client.is_closed());
}

TEST(EngineConnecting3, ServesMqtt31WithItsLimitOnClientIdentifiers) {
  TestBroker broker;
  connected(broker, v3_1, {.client_id = std::string(23, 'a')});
  auto client = connecting(broker, v3_1, {.client_id = std::string(24, 'a')});
  EXPECT_EQ(client.received_only<Connack>().reason_code, wire::return_code::identifier_rejected);
}

TEST(EngineConnecting5, RefusesAnAuthenticationMethodThatItDoesNotSupport) {
  TestBroker broker;
  auto client = connecting(broker, v5_0, {.properties = wire::Properties().set(prop::authentication_method, "SCRAM-SHA-256")});
  EXPECT_EQ(client.received_only<Connack>().reason_code, ReasonCode::bad_authentication_method);
  EXPECT_TRUE(client.is_closed());
}

TEST(EngineConnecting5, SendsClientsElsewhere) {
  TestBroker broker({.use_another_server = "mqtt://elsewhere"});
  auto client = connecting(broker, v5_0);
  const auto connack = client.received_only<Connack>();
  EXPECT_EQ(connack.reason_code, ReasonCode::use_another_server);
  EXPECT_EQ(connack.properties.get(prop::server_reference), "mqtt://elsewhere");
}

TEST(EngineConnecting5, TellsWhatItDoesNotOffer) {
  TestBroker broker({.maximum_qos = QoS::at_least_once,
                     .retain_available = false,
                     .wildcard_subscription_available = false,
                     .subscription_identifier_available = false,
                     .shared_subscription_available = false,
                     .receive_maximum = 7,
                     .topic_alias_maximum = 3,
                     .server_keep_alive = std::uint16_t{60},
                     .maximum_session_expiry_interval = 100,
                     .maximum_packet_size = 5'000});
  auto client = connecting(broker, v5_0, kept("a"));
  const auto properties = client.received_only<Connack>().properties;
  EXPECT_EQ(properties.get(prop::maximum_qos), 1u);
  EXPECT_EQ(properties.get(prop::retain_available), 0u);
  EXPECT_EQ(properties.get(prop::wildcard_subscription_available), 0u);
  EXPECT_EQ(properties.get(prop::subscription_identifier_available), 0u);
  EXPECT_EQ(properties.get(prop::shared_subscription_available), 0u);
  EXPECT_EQ(properties.get(prop::receive_maximum), 7u);
  EXPECT_EQ(properties.get(prop::topic_alias_maximum), 3u);
  EXPECT_EQ(properties.get(prop::server_keep_alive), 60u);
  EXPECT_EQ(properties.get(prop::session_expiry_interval), 100u);
  EXPECT_EQ(properties.get(prop::maximum_packet_size), 5'000u);
}

TEST(EngineConnecting5, RefusesAWillThatIsMoreThanItOffers) {
  TestBroker broker({.maximum_qos = QoS::at_least_once, .retain_available = false});
  auto high = connecting(broker, v5_0, {.will = wire::Will{.topic = "w", .payload = "", .qos = QoS::exactly_once}});
  EXPECT_EQ(high.received_only<Connack>().reason_code, ReasonCode::qos_not_supported);
  auto retained = connecting(broker, v5_0, {.will = wire::Will{.topic = "w", .payload = "", .retain = true}});
  EXPECT_EQ(retained.received_only<Connack>().reason_code, ReasonCode::retain_not_supported);
}

TEST(EngineConnecting5, ReturnsResponseInformationOnlyWhereItIsAskedFor) {
  TestBroker broker({.response_information = "answers/"});
  auto asking = connecting(broker, v5_0, {.client_id = "a", .properties = wire::Properties().set(prop::request_response_information, 1)});
  EXPECT_EQ(asking.received_only<Connack>().properties.get(prop::response_information), "answers/");
  auto silent = connecting(broker, v5_0, {.client_id = "b"});
  EXPECT_FALSE(silent.received_only<Connack>().properties.has(wire::PropertyId::response_information));
}

// ---------------------------------------------------------------------------------------------------------------- time

TEST_P(EngineConnecting, ClosesAConnectionOnWhichNoConnectComes) {
  Client client(broker, version());
  broker.pass(29s);
  EXPECT_FALSE(client.is_closed());
  broker.pass(2s);
  EXPECT_TRUE(client.is_closed());
}

TEST_P(EngineConnecting, DisconnectsAClientThatIsSilentForOneAndAHalfKeepAlives) {
  auto client = connected({.keep_alive = 10});
  broker.pass(14'999ms);
  EXPECT_FALSE(client.is_closed());
  broker.pass(1ms);
  EXPECT_TRUE(client.is_closed());
  if (version() == v5_0) EXPECT_EQ(client.received_only<Disconnect>().reason_code, ReasonCode::keep_alive_timeout);
}

TEST_P(EngineConnecting, TakesEveryPacketForASignOfLife) {
  auto client = connected({.keep_alive = 10});
  for (int i = 0; i < 3; ++i) {
    broker.pass(14s);
    client.send(wire::Pingreq{});
    broker.pass(14s);
    client.send(publish("a", ""));
  }
  EXPECT_FALSE(client.is_closed());
}

TEST_P(EngineConnecting, LetsAClientWithoutKeepAliveBeSilent) {
  auto client = connected({.keep_alive = 0});
  broker.pass(1'000h);
  EXPECT_FALSE(client.is_closed());
}

TEST(EngineConnecting5, ImposesItsServerKeepAlive) {
  TestBroker broker({.server_keep_alive = std::uint16_t{10}});
  auto client = connected(broker, v5_0, {.keep_alive = 0});
  broker.pass(15s);
  EXPECT_TRUE(client.is_closed());
}

// ---------------------------------------------------------------------------------------------------------------- takeover

TEST_P(EngineConnecting, DisconnectsTheExistingClientWhenAnotherTakesItsIdentifier) {
  auto existing = connected({.client_id = "same"});
  auto newcomer = connected({.client_id = "same"});
  EXPECT_TRUE(existing.is_closed());
  if (version() == v5_0) EXPECT_EQ(existing.received_only<Disconnect>().reason_code, ReasonCode::session_taken_over);
  newcomer.send(wire::Pingreq{});
  newcomer.received_only<wire::Pingresp>();
}

TEST_P(EngineConnecting, LeavesTheExistingClientAloneWhenTheOtherIsRefused) {
  TestBroker guarded({.users = {{"eva", "secret"}}});
  auto existing = testing::connected(guarded, version(), {.client_id = "same"});
  testing::connecting(guarded, version(), {.client_id = "same", .user_name = "eva", .password = "guess"});
  EXPECT_FALSE(existing.is_closed());
}

TEST_P(EngineConnecting, ServesBytesHoweverTheyAreCut) {
  Client client(broker, version());
  wire::Bytes bytes = wire::encode(connect_packet(version(), {}), version());
  wire::encode(wire::Pingreq{}, version(), bytes);
  for (const std::uint8_t byte : bytes) client.send_bytes({byte});
  EXPECT_EQ(client.received().size(), 2u);
}

TEST_P(EngineConnecting, NeverProcessesWhatFollowsARefusedConnect) {
  auto subscriber = connected({.client_id = "subscriber"});
  subscriber.subscribe("a");
  wire::Bytes bytes = wire::encode(connect_packet(version(), {}), version());
  bytes[level_at] = 9;
  wire::encode(publish("a", "sneaked in"), version(), bytes);
  Client(broker, version()).send_bytes(bytes);
  EXPECT_TRUE(subscriber.received().empty());
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
