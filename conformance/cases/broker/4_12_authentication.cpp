#include "conformance/cases/broker/diagnostics.hpp"
#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/scram/scram.hpp"
#include "reference/wire/raw.hpp"

#include <fmt/format.h>

#include <optional>

namespace mqttspec::conformance {
namespace {

using wire::Auth;
using wire::ReasonCode;
namespace prop = wire::prop;

/// The client side of a SCRAM-SHA-256 exchange with this password.
scram::Client scram_client(Test& test, std::string password) {
  const auto nonce = fmt::format("{:016x}", test.random()());
  return {test.credentials().user_name, std::move(password), nonce};
}
scram::Client scram_client(Test& test) { return scram_client(test, test.credentials().password); }

std::string wrong_password(Test& test) { return test.credentials().password + " (wrong)"; }

Auth auth(ReasonCode code, std::string data, std::string_view method = scram::method) {
  Auth packet{.reason_code = code};
  packet.properties.set(prop::authentication_method, std::string(method)).set(prop::authentication_data, std::move(data));
  return packet;
}

std::string data_of(const Auth& packet) { return packet.properties.get(prop::authentication_data).value_or(""); }

bool has_method(const wire::Properties& properties) { return properties.get(prop::authentication_method) == scram::method; }

/// The Authentication Data that answers the server. This is a step, since SCRAM is not part of MQTT.
std::string reply(Test& test, scram::Client& client, const Auth& challenge) {
  auto answer = client.reply(data_of(challenge));
  if (!answer) test.set_up_failed("the server's Authentication Data is not SCRAM-SHA-256: " + answer.error());
  return *std::move(answer);
}

wire::Connect scram_packet(Test& test, const scram::Client& client) {
  auto packet = test.connect_packet();
  packet.user_name.reset();
  packet.password.reset();
  packet.properties.set(prop::authentication_method, std::string(scram::method)).set(prop::authentication_data, client.first());
  return packet;
}

/// Sends the CONNECT. The case does not apply if the broker does not support the method.
Awaitable<Connection> begin(Test& test, wire::Connect packet) {
  auto client = co_await test.begin_connect(std::move(packet));
  if (co_await client.has_come(wire::PacketType::auth)) co_return client;
  const auto answers = client.waiting(wire::PacketType::connack);
  if (answers.empty() && client.is_open()) test.set_up_failed("a CONNECT with an Authentication Method was not answered");
  test.not_applicable("the broker does not support SCRAM-SHA-256: " +
                      (answers.empty() ? "it closes the Network Connection" : wire::describe(answers.front(), v5_0)));
}

/// Connects by SCRAM-SHA-256 as a step.
Awaitable<Connection> connect_by_scram(Test& test) {
  auto client_side = scram_client(test);
  auto client = co_await begin(test, scram_packet(test, client_side));
  const auto challenge = co_await client.need<Auth>(code(ReasonCode::continue_authentication));
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, client_side, challenge)));
  co_await client.need<wire::Connack>(code(ReasonCode::success));
  co_return client;
}

Awaitable<void> expect_refused(Test& test, Connection client) {
  const auto ending = co_await client.expect_closed();
  for (const auto& each : ending.before)
    if (const auto* connack = std::get_if<wire::Connack>(&each))
      test.check(wire::is_error(connack->reason_code), "CONNACK with a code of 0x80 or above, or none", wire::describe(*connack, v5_0));
}

// ---- Before CONNACK

Awaitable<void> exchange(Test& test) {
  auto client_side = scram_client(test);
  auto client = co_await begin(test, scram_packet(test, client_side));
  const auto challenge = co_await client.expect<Auth>(code(ReasonCode::continue_authentication));
  test.check(has_method(challenge.properties), "AUTH with the Authentication Method of CONNECT", wire::describe(challenge, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, client_side, challenge)));
  const auto connack = co_await client.need<wire::Connack>(code(ReasonCode::success));
  test.check(has_method(connack.properties), "CONNACK with the Authentication Method of CONNECT", wire::describe(connack, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.fence();
}

Awaitable<void> wrong_password_is_refused(Test& test) {
  auto client_side = scram_client(test, wrong_password(test));
  auto client = co_await begin(test, scram_packet(test, client_side));
  const auto challenge = co_await client.need<Auth>(code(ReasonCode::continue_authentication));
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, client_side, challenge)));
  co_await expect_refused(test, client);
}

/// A packet that a client must not send while the server waits for its AUTH.
enum class Instead : std::uint8_t { publish, second_connect, other_code, other_method };

Awaitable<void> instead_of_auth(Test& test, Instead what) {
  auto client_side = scram_client(test);
  const auto connect = scram_packet(test, client_side);
  auto client = co_await begin(test, connect);
  const auto challenge = co_await client.need<Auth>(code(ReasonCode::continue_authentication));
  const auto data = reply(test, client_side, challenge);
  switch (what) {
    case Instead::publish: co_await client.send(wire::Publish{.topic = test.topic(), .payload = "too early"}); break;
    case Instead::second_connect: co_await client.send(connect); break;
    case Instead::other_code: co_await client.send(auth(ReasonCode::reauthenticate, data)); break;
    case Instead::other_method: co_await client.send(auth(ReasonCode::continue_authentication, data, "SCRAM-SHA-1")); break;
  }
  // If the broker ignored the packet, it continues with the answer for which it is waiting.
  co_await test.pass_time(test.settle());
  for (const auto& packet : client.waiting(wire::PacketType::connack))
    test.check(wire::is_error(std::get<wire::Connack>(packet).reason_code), "CONNACK with a code of 0x80 or above, or none",
               wire::describe(packet, v5_0));
  if (client.is_open()) co_await client.send(auth(ReasonCode::continue_authentication, data));
  co_await expect_refused(test, client);
}

constexpr Diagnostics of_auth = {because("", "MQTT-3.15.2-2"), because("", "MQTT-3.15.2-3")};

/// Measures an AUTH without diagnostics in a first exchange, and limits the second one to a few bytes more.
Awaitable<void> auth_fits(Test& test) {
  constexpr std::uint32_t room = 8;
  const auto client_side = scram_client(test);
  auto packet = scram_packet(test, client_side);
  auto client = co_await begin(test, packet);
  auto plain = co_await client.need<Auth>();
  co_await client.drop();
  plain.properties.remove(wire::PropertyId::reason_string).remove(wire::PropertyId::user_property);
  const auto limit = static_cast<std::uint32_t>(wire::encoded_size(plain, v5_0)) + room;
  packet.properties.set(prop::maximum_packet_size, limit);
  auto small = co_await begin(test, packet);
  check_diagnostics(test, co_await small.need<Auth>(), limit, of_auth);
}

// ---- Re-authentication

/// Starts a re-authentication. @return the AUTH that answers the first message; the case does not apply if the broker refuses it
Awaitable<Auth> begin_reauthentication(Test& test, Connection client, scram::Client& client_side) {
  co_await client.send(auth(ReasonCode::reauthenticate, client_side.first()));
  if (!co_await client.has_come(wire::PacketType::auth) && !client.is_open())
    test.not_applicable("the broker does not support re-authentication: it closes the Network Connection");
  co_return co_await client.expect<Auth>(code(ReasonCode::continue_authentication));
}

Awaitable<void> reauthenticated(Test& test) {
  auto client = co_await connect_by_scram(test);
  auto client_side = scram_client(test);
  const auto challenge = co_await begin_reauthentication(test, client, client_side);
  test.check(has_method(challenge.properties), "AUTH with the Authentication Method of CONNECT", wire::describe(challenge, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.expect_alive();  // other packets are answered meanwhile
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, client_side, challenge)));
  const auto last = co_await client.expect<Auth>(code(ReasonCode::success));
  test.check(has_method(last.properties), "AUTH with the Authentication Method of CONNECT", wire::describe(last, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.expect_alive();
}

Awaitable<void> reauthentication_fails(Test& test) {
  auto client = co_await connect_by_scram(test);
  auto client_side = scram_client(test, wrong_password(test));
  const auto challenge = co_await begin_reauthentication(test, client, client_side);
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, client_side, challenge)));
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(wire::is_error(ending.disconnect->reason_code), "DISCONNECT with a Reason Code of 0x80 or above",
               wire::describe(*ending.disconnect, v5_0));
}

Awaitable<void> method_changed(Test& test) {
  auto client = co_await connect_by_scram(test);
  const auto client_side = scram_client(test);
  co_await client.send(auth(ReasonCode::reauthenticate, client_side.first(), "SCRAM-SHA-1"));
  co_await client.expect_closed();
}

// ---- Without an Authentication Method

Awaitable<void> not_used_by_broker(Test& test) {
  auto client = co_await test.begin_connect(test.connect_packet());
  const auto connack = co_await client.need<wire::Connack>(code(ReasonCode::success));
  test.check(!connack.properties.has(wire::PropertyId::authentication_method), "CONNACK without Authentication Method",
             wire::describe(connack, v5_0));
  co_await client.fence();
  test.check(client.waiting(wire::PacketType::auth).empty(), "no AUTH", "AUTH");
}

Awaitable<void> auth_without_method(Test& test) {
  auto client = co_await test.connect();
  co_await client.send(auth(ReasonCode::reauthenticate, "x", "mqttspec no such method"));
  co_await client.expect_closed();
}

// ---- Without enhanced authentication

Awaitable<void> wrong_password_of_connect(Test& test) {
  auto packet = test.connect_packet();
  (void)test.credentials();
  packet.password = wrong_password(test);
  auto client = co_await test.begin_connect(packet);
  if (co_await client.has_come(wire::PacketType::connack)) {
    const auto connack = co_await client.need<wire::Connack>();
    const bool is_accepted = connack.reason_code == ReasonCode::success;
    if (is_accepted && !test.profile().passwords_are_checked)
      test.not_applicable("the broker accepts a wrong password, and the profile does not say that passwords are checked");
    test.check(!is_accepted, "CONNACK that refuses the connection", wire::describe(connack, test.version()));
    test.check(!connack.session_present, "Session Present 0", "Session Present 1", because("MQTT-3.2.2-4", "MQTT-3.2.2-6"));
  }
  co_await client.expect_closed(because("MQTT-3.2.2-5", "MQTT-3.1.4-2"));
}

}  // namespace

std::vector<Case> authentication_cases() {
  std::vector<Case> cases = {
      {.id = "authentication/wrong-password",
       .title = "A CONNECT with a wrong password is refused, and the broker closes the Network Connection",
       .checks = {{v3_1_1, "3.1.4"}, {v3_1_1, "MQTT-3.2.2-4"}, {v3_1_1, "MQTT-3.2.2-5"}, {v5_0, "MQTT-3.1.4-2"}, {v5_0, "MQTT-3.2.2-6"}},
       .run = wrong_password_of_connect},
      {.id = "authentication/scram",
       .title = "The broker uses AUTH 0x18 and the Authentication Method of the client in a SCRAM-SHA-256 exchange",
       .checks = {{v5_0, "MQTT-4.12.0-2"}, {v5_0, "MQTT-4.12.0-5"}, {v5_0, "MQTT-3.15.1-1"}, {v5_0, "MQTT-3.15.2-1"}},
       .run = exchange},
      {.id = "authentication/scram-wrong-password",
       .title = "The broker closes the Network Connection after SCRAM-SHA-256 with a wrong password",
       .checks = {{v5_0, "MQTT-4.12.0-4"}},
       .run = wrong_password_is_refused},
      {.id = "diagnostics/auth-fits-maximum-packet-size",
       .title = "AUTH omits a Reason String and User Properties that would exceed the client's Maximum Packet Size",
       .checks = {{v5_0, "MQTT-3.15.2-2"}, {v5_0, "MQTT-3.15.2-3"}},
       .run = auth_fits},
      {.id = "authentication/re-authentication",
       .title = "A re-authentication is answered, and other packets of the client meanwhile",
       .checks = {{v5_0, "4.12.1"}, {v5_0, "MQTT-4.12.0-5"}},
       .run = reauthenticated},
      {.id = "authentication/re-authentication-with-wrong-password",
       .title = "The broker closes the Network Connection if a re-authentication fails",
       .checks = {{v5_0, "MQTT-4.12.1-2"}},
       .run = reauthentication_fails},
      {.id = "authentication/re-authentication-with-other-method",
       .title = "The broker closes the Network Connection on a re-authentication with another Authentication Method",
       .checks = {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-4.12.1-1"}},
       .run = method_changed},
      {.id = "authentication/not-used-without-method",
       .title = "The broker sends neither AUTH nor an Authentication Method to a client whose CONNECT has none",
       .checks = {{v5_0, "MQTT-4.12.0-6"}},
       .run = not_used_by_broker},
      {.id = "authentication/auth-without-method",
       .title = "The broker closes the Network Connection on an AUTH with an Authentication Method if the CONNECT had none",
       .checks = {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-4.12.0-7"}},
       .run = auth_without_method},
  };
  struct Row {
    std::string_view id;
    std::string_view what;
    Instead packet;
    Check check;
  };
  constexpr Row rows[] = {
      {"publish", "a PUBLISH", Instead::publish, {v5_0, "MQTT-3.1.2-30"}},
      {"second-connect", "a second CONNECT", Instead::second_connect, {v5_0, "MQTT-3.1.0-2"}},
      {"other-code", "an AUTH with Reason Code 0x19", Instead::other_code, {v5_0, "MQTT-4.12.0-3"}},
      {"other-method", "an AUTH with another Authentication Method", Instead::other_method, {v5_0, "MQTT-4.12.0-5"}},
  };
  for (const auto& row : rows)
    cases.push_back({.id = fmt::format("authentication/instead-of-auth/{}", row.id),
                     .title = fmt::format("The broker closes the Network Connection on {} while it waits for AUTH 0x18", row.what),
                     .checks = {{v5_0, "MQTT-4.13.1-1"}, row.check},
                     .run = [what = row.packet](Test& test) { return instead_of_auth(test, what); }});
  return cases;
}

}  // namespace mqttspec::conformance
