// Enhanced authentication (4.12).

#include "mock_broker/scram_authenticator.hpp"
#include "reference/scram/scram.hpp"
#include "tests/mock_broker/client.hpp"

namespace mqttspec::mock_broker::testing {
namespace {

using wire::Auth;
using wire::Connack;
using wire::Disconnect;

const std::string method(scram::method);

Auth auth(ReasonCode code, const std::string& by, const std::optional<std::string>& data = std::nullopt) {
  Auth packet{.reason_code = code};
  packet.properties.set(prop::authentication_method, by);
  if (data) packet.properties.set(prop::authentication_data, *data);
  return packet;
}

ConnectOptions scram_options(const std::optional<std::string>& data) {
  ConnectOptions options{.properties = wire::Properties().set(prop::authentication_method, method)};
  if (data) options.properties.set(prop::authentication_data, *data);
  return options;
}

/// A broker with one user, who authenticates with SCRAM-SHA-256 or not at all.
class EngineAuthentication : public ::testing::Test {
 protected:
  static Configuration guarded() {
    return {.users = {{"eva", "secret"}}, .authenticators = {scram_authenticator({{"eva", "secret"}})}, .anonymous_allowed = false};
  }

  Client begun(const std::optional<std::string>& data) { return connecting(broker, v5_0, scram_options(data)); }
  /// A client that has proved who it is, and has its CONNACK.
  Client authenticated() {
    Client client = begun(eva.first());
    client.send(auth(ReasonCode::continue_authentication, method, reply_to(client.received_only<Auth>())));
    EXPECT_EQ(client.received_only<Connack>().reason_code, ReasonCode::success);
    return client;
  }
  std::string reply_to(const Auth& challenge) {
    EXPECT_EQ(challenge.reason_code, ReasonCode::continue_authentication);
    EXPECT_EQ(challenge.properties.get(prop::authentication_method), method);
    const auto reply = eva.reply(challenge.properties.get(prop::authentication_data).value_or(""));
    EXPECT_TRUE(reply) << reply.error();
    return reply.value_or("");
  }
  static void expect_refused(Client& client, ReasonCode code) {
    EXPECT_EQ(client.received_only<Connack>().reason_code, code);
    EXPECT_TRUE(client.is_closed());
  }
  static void expect_disconnected(Client& client, ReasonCode code) {
    EXPECT_EQ(client.received_only<Disconnect>().reason_code, code);
    EXPECT_TRUE(client.is_closed());
  }

  TestBroker broker{guarded()};
  scram::Client eva{"eva", "secret"};
};

TEST_F(EngineAuthentication, AcceptsAClientThatKnowsThePasswordAndShowsThatItKnowsItToo) {
  Client client = begun(eva.first());
  client.send(auth(ReasonCode::continue_authentication, method, reply_to(client.received_only<Auth>())));
  const auto connack = client.received_only<Connack>();
  EXPECT_EQ(connack.reason_code, ReasonCode::success);
  EXPECT_EQ(connack.properties.get(prop::authentication_method), method);
  EXPECT_TRUE(eva.check(connack.properties.get(prop::authentication_data).value_or("")));
  EXPECT_THAT(client.subscribe("a").reason_codes, ::testing::ElementsAre(ReasonCode::granted_qos_0));
  EXPECT_THAT(broker.engine.violations(), ::testing::IsEmpty());
}

TEST_F(EngineAuthentication, AsksAClientThatHasSaidNothingToBegin) {
  Client client = begun(std::nullopt);
  EXPECT_FALSE(client.received_only<Auth>().properties.has(wire::PropertyId::authentication_data));
  client.send(auth(ReasonCode::continue_authentication, method, eva.first()));
  client.send(auth(ReasonCode::continue_authentication, method, reply_to(client.received_only<Auth>())));
  EXPECT_EQ(client.received_only<Connack>().reason_code, ReasonCode::success);
}

TEST_F(EngineAuthentication, RefusesAWrongPasswordAndAnUnknownUser) {
  for (const char* name : {"eva", "adam"}) {
    eva = scram::Client(name, "guess");
    Client client = begun(eva.first());
    client.send(auth(ReasonCode::continue_authentication, method, reply_to(client.received_only<Auth>())));
    expect_refused(client, ReasonCode::not_authorized);
  }
}

TEST_F(EngineAuthentication, RefusesDataThatIsNoneOfTheMethod) {
  Client client = begun("nonsense");
  expect_refused(client, ReasonCode::not_authorized);
}

TEST_F(EngineAuthentication, RefusesAnotherNonce) {
  Client client = begun(eva.first());
  std::string reply = reply_to(client.received_only<Auth>());
  const auto nonce_at = reply.find(",r=") + 3;
  reply[nonce_at] = reply[nonce_at] == 'A' ? 'B' : 'A';
  client.send(auth(ReasonCode::continue_authentication, method, reply));
  expect_refused(client, ReasonCode::not_authorized);
}

TEST_F(EngineAuthentication, RefusesAMethodThatItDoesNotKnow) {
  auto client = connecting(broker, v5_0, {.properties = wire::Properties().set(prop::authentication_method, "SCRAM-MD5")});
  expect_refused(client, ReasonCode::bad_authentication_method);
}

TEST_F(EngineAuthentication, TakesNothingButAuthBeforeItsEnd) {
  for (const wire::Packet& packet :
       {wire::Packet(wire::Pingreq{}), wire::Packet(publish("a", "x")), wire::Packet(connect_packet(v5_0, {}))}) {
    Client client = begun(eva.first());
    client.received();
    client.send(packet);
    expect_refused(client, ReasonCode::protocol_error);
  }
}

TEST_F(EngineAuthentication, TakesAnAuthThatDoesNotContinueForAProtocolError) {
  Client client = begun(eva.first());
  client.received();
  client.send(auth(ReasonCode::reauthenticate, method));
  expect_refused(client, ReasonCode::protocol_error);
}

TEST_F(EngineAuthentication, RefusesAnotherMethodHalfWay) {
  Client client = begun(eva.first());
  client.received();
  client.send(auth(ReasonCode::continue_authentication, "PLAIN", "x"));
  expect_refused(client, ReasonCode::bad_authentication_method);
}

TEST_F(EngineAuthentication, IsGivenUpByDisconnectAndByTime) {
  Client leaving = begun(eva.first());
  leaving.received();
  leaving.send(Disconnect{});
  EXPECT_TRUE(leaving.is_closed());
  Client slow = begun(eva.first());
  slow.received();
  broker.pass(31s);
  EXPECT_TRUE(slow.is_closed());
  EXPECT_TRUE(slow.received().empty());
}

TEST_F(EngineAuthentication, AnswersMalformedPacketsBeforeItsEnd) {
  Client client = begun(eva.first());
  client.received();
  client.send_bytes({0xF1, 0x00});
  expect_refused(client, ReasonCode::malformed_packet);
}

TEST_F(EngineAuthentication, LeavesAConnectedClientAloneUntilItsEnd) {
  Client existing = authenticated();
  Client other = begun("n,,n=eva,r=guess");
  EXPECT_FALSE(existing.is_closed());
  other.send(auth(ReasonCode::continue_authentication, method, "c=biws,r=guess,p=AAAA"));
  EXPECT_FALSE(existing.is_closed());
}

TEST_F(EngineAuthentication, IsNotAskedOfUsersWithAPassword) {
  connected(broker, v5_0, {.user_name = "eva", .password = "secret"});
  connected(broker, v3_1_1, {.client_id = "old", .user_name = "eva", .password = "secret"});
}

// ---------------------------------------------------------------------------------------------------------------- re-authentication

TEST_F(EngineAuthentication, CanBeRepeatedWhileOtherPacketsGoOn) {
  Client client = authenticated();
  eva = scram::Client("eva", "secret");
  client.send(auth(ReasonCode::reauthenticate, method, eva.first()));
  const std::string reply = reply_to(client.received_only<Auth>());
  client.send(wire::Pingreq{});
  client.received_only<wire::Pingresp>();
  client.send(auth(ReasonCode::continue_authentication, method, reply));
  const auto end = client.received_only<Auth>();
  EXPECT_EQ(end.reason_code, ReasonCode::success);
  EXPECT_EQ(end.properties.get(prop::authentication_method), method);
  EXPECT_TRUE(eva.check(end.properties.get(prop::authentication_data).value_or("")));
  EXPECT_FALSE(client.is_closed());
  EXPECT_THAT(broker.engine.violations(), ::testing::IsEmpty());
}

TEST_F(EngineAuthentication, EndsTheConnectionWhenItsRepetitionFails) {
  Client client = authenticated();
  eva = scram::Client("eva", "guess");
  client.send(auth(ReasonCode::reauthenticate, method, eva.first()));
  client.send(auth(ReasonCode::continue_authentication, method, reply_to(client.received_only<Auth>())));
  expect_disconnected(client, ReasonCode::not_authorized);
}

TEST_F(EngineAuthentication, IsNotRepeatedWithAnotherMethod) {
  Client client = authenticated();
  client.send(auth(ReasonCode::reauthenticate, "PLAIN", "x"));
  expect_disconnected(client, ReasonCode::bad_authentication_method);
}

TEST_F(EngineAuthentication, TakesAnAuthOutOfSequenceForAProtocolError) {
  Client unasked = authenticated();
  unasked.send(auth(ReasonCode::continue_authentication, method, "x"));
  expect_disconnected(unasked, ReasonCode::protocol_error);

  Client twice = authenticated();
  twice.send(auth(ReasonCode::reauthenticate, method, eva.first()));
  twice.received();
  twice.send(auth(ReasonCode::reauthenticate, method, eva.first()));
  expect_disconnected(twice, ReasonCode::protocol_error);

  Client without = connected(broker, v5_0, {.user_name = "eva", .password = "secret"});
  without.send(auth(ReasonCode::reauthenticate, method, eva.first()));
  expect_disconnected(without, ReasonCode::protocol_error);
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
