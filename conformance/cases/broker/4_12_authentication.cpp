#include "conformance/cases/explained.hpp"
#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
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

/// What a client says in an exchange of SCRAM-SHA-256, with a password of its own.
scram::Client scram_client(Test& test, std::string password) {
  const auto nonce = fmt::format("{:016x}", test.random()());
  return {test.credentials().user_name, std::move(password), nonce};
}
scram::Client scram_client(Test& test) { return scram_client(test, test.credentials().password); }

std::string wrong_password(Test& test) { return test.credentials().password + " is not it"; }

Auth auth(ReasonCode code, std::string data, std::string_view method = scram::method) {
  Auth packet{.reason_code = code};
  packet.properties.set(prop::authentication_method, std::string(method)).set(prop::authentication_data, std::move(data));
  return packet;
}

std::string data_of(const Auth& packet) { return packet.properties.get(prop::authentication_data).value_or(""); }

bool keeps_to_method(const wire::Properties& properties) { return properties.get(prop::authentication_method) == scram::method; }

/// Goes on where the server has asked: a step of SCRAM itself, which is not MQTT's.
std::string reply(Test& test, scram::Client& client, const Auth& challenge) {
  auto answer = client.reply(data_of(challenge));
  if (!answer) test.set_up_failed("the server's Authentication Data is no SCRAM-SHA-256: " + answer.error());
  return *std::move(answer);
}

wire::Connect scram_packet(Test& test, const scram::Client& client) {
  auto packet = test.connect_packet();
  packet.user_name.reset();
  packet.password.reset();
  packet.properties.set(prop::authentication_method, std::string(scram::method)).set(prop::authentication_data, client.first());
  return packet;
}

/// Sends the CONNECT. The case does not apply where the broker does not offer the method.
Awaitable<Connection> begin(Test& test, wire::Connect packet) {
  auto client = co_await test.begin_connect(std::move(packet));
  if (co_await client.has_come(wire::PacketType::auth)) co_return client;
  const auto answers = client.waiting(wire::PacketType::connack);
  if (answers.empty() && client.is_open()) test.set_up_failed("CONNECT with an Authentication Method is not answered");
  test.not_applicable("the broker does not offer SCRAM-SHA-256: " +
                      (answers.empty() ? "it closes the connection" : wire::describe(answers.front(), v5_0)));
}

/// Connects by SCRAM-SHA-256 as a step.
Awaitable<Connection> connect_by_scram(Test& test) {
  auto eva = scram_client(test);
  auto client = co_await begin(test, scram_packet(test, eva));
  const auto challenge = co_await client.need<Auth>(code(ReasonCode::continue_authentication));
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, eva, challenge)));
  co_await client.need<wire::Connack>(code(ReasonCode::success));
  co_return client;
}

Awaitable<void> expect_refused(Test& test, Connection client) {
  const auto ending = co_await client.expect_closed();
  for (const auto& each : ending.before)
    if (const auto* connack = std::get_if<wire::Connack>(&each))
      test.check(wire::is_error(connack->reason_code), "a CONNACK that refuses, if any", wire::describe(*connack, v5_0));
}

// ---- Ahead of CONNACK

Awaitable<void> exchange(Test& test) {
  auto eva = scram_client(test);
  auto client = co_await begin(test, scram_packet(test, eva));
  const auto challenge = co_await client.expect<Auth>(code(ReasonCode::continue_authentication));
  test.check(keeps_to_method(challenge.properties), "AUTH with the Authentication Method of CONNECT", wire::describe(challenge, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, eva, challenge)));
  const auto connack = co_await client.need<wire::Connack>(code(ReasonCode::success));
  test.check(keeps_to_method(connack.properties), "CONNACK with the Authentication Method of CONNECT", wire::describe(connack, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.fence();
}

Awaitable<void> wrong_password_is_refused(Test& test) {
  auto eva = scram_client(test, wrong_password(test));
  auto client = co_await begin(test, scram_packet(test, eva));
  const auto challenge = co_await client.need<Auth>(code(ReasonCode::continue_authentication));
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, eva, challenge)));
  co_await expect_refused(test, client);
}

/// What a client must not send while the server waits for its AUTH.
enum class OutOfPlace : std::uint8_t { publish, second_connect, other_code, other_method };

Awaitable<void> out_of_place_is_refused(Test& test, OutOfPlace what) {
  auto eva = scram_client(test);
  const auto connect = scram_packet(test, eva);
  auto client = co_await begin(test, connect);
  const auto challenge = co_await client.need<Auth>(code(ReasonCode::continue_authentication));
  const auto data = reply(test, eva, challenge);
  switch (what) {
    case OutOfPlace::publish: co_await client.send(wire::Publish{.topic = test.topic(), .payload = "too early"}); break;
    case OutOfPlace::second_connect: co_await client.send(connect); break;
    case OutOfPlace::other_code: co_await client.send(auth(ReasonCode::reauthenticate, data)); break;
    case OutOfPlace::other_method: co_await client.send(auth(ReasonCode::continue_authentication, data, "SCRAM-SHA-1")); break;
  }
  // A broker that passes over it has to be asked on: it goes on with the answer that it was waiting for.
  co_await test.pass_time(test.settle());
  for (const auto& packet : client.waiting(wire::PacketType::connack))
    test.check(wire::is_error(std::get<wire::Connack>(packet).reason_code), "a CONNACK that refuses, if any", wire::describe(packet, v5_0));
  if (client.is_open()) co_await client.send(auth(ReasonCode::continue_authentication, data));
  co_await expect_refused(test, client);
}

constexpr Explanations of_auth = {because("", "MQTT-3.15.2-2"), because("", "MQTT-3.15.2-3")};

/// Learns from one exchange how large an AUTH is that explains nothing, and leaves the next one a few bytes more.
Awaitable<void> auth_fits(Test& test) {
  constexpr std::uint32_t room = 8;
  const auto eva = scram_client(test);
  auto packet = scram_packet(test, eva);
  auto client = co_await begin(test, packet);
  auto plain = co_await client.need<Auth>();
  co_await client.drop();
  plain.properties.remove(wire::PropertyId::reason_string).remove(wire::PropertyId::user_property);
  const auto limit = static_cast<std::uint32_t>(wire::encoded_size(plain, v5_0)) + room;
  packet.properties.set(prop::maximum_packet_size, limit);
  auto small = co_await begin(test, packet);
  check_explained(test, co_await small.need<Auth>(), limit, of_auth);
}

// ---- Re-authentication

/// Begins it, with a password of its own. @return the AUTH that answers the first message; the case does not apply where it is refused
Awaitable<Auth> begin_again(Test& test, Connection client, scram::Client& eva) {
  co_await client.send(auth(ReasonCode::reauthenticate, eva.first()));
  if (!co_await client.has_come(wire::PacketType::auth) && !client.is_open())
    test.not_applicable("the broker does not take a re-authentication: it ends the connection");
  co_return co_await client.expect<Auth>(code(ReasonCode::continue_authentication));
}

Awaitable<void> reauthenticated(Test& test) {
  auto client = co_await connect_by_scram(test);
  auto eva = scram_client(test);
  const auto challenge = co_await begin_again(test, client, eva);
  test.check(keeps_to_method(challenge.properties), "AUTH with the Authentication Method of CONNECT", wire::describe(challenge, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.expect_alive();  // other packets go on meanwhile
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, eva, challenge)));
  const auto last = co_await client.expect<Auth>(code(ReasonCode::success));
  test.check(keeps_to_method(last.properties), "AUTH with the Authentication Method of CONNECT", wire::describe(last, v5_0),
             because("", "MQTT-4.12.0-5"));
  co_await client.expect_alive();
}

Awaitable<void> reauthentication_fails(Test& test) {
  auto client = co_await connect_by_scram(test);
  auto eva = scram_client(test, wrong_password(test));
  const auto challenge = co_await begin_again(test, client, eva);
  co_await client.send(auth(ReasonCode::continue_authentication, reply(test, eva, challenge)));
  const auto ending = co_await client.expect_closed();
  if (ending.disconnect)
    test.check(wire::is_error(ending.disconnect->reason_code), "a DISCONNECT that tells of an error",
               wire::describe(*ending.disconnect, v5_0));
}

Awaitable<void> method_changed(Test& test) {
  auto client = co_await connect_by_scram(test);
  const auto eva = scram_client(test);
  co_await client.send(auth(ReasonCode::reauthenticate, eva.first(), "SCRAM-SHA-1"));
  co_await client.expect_closed();
}

// ---- Without an Authentication Method

Awaitable<void> unasked_by_the_server(Test& test) {
  auto client = co_await test.begin_connect(test.connect_packet());
  const auto connack = co_await client.need<wire::Connack>(code(ReasonCode::success));
  test.check(!connack.properties.has(wire::PropertyId::authentication_method), "CONNACK without Authentication Method",
             wire::describe(connack, v5_0));
  co_await client.fence();
  test.check(client.waiting(wire::PacketType::auth).empty(), "no AUTH", "AUTH");
}

Awaitable<void> unasked_by_the_client(Test& test) {
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
      test.not_applicable("the broker lets in a client with a wrong password; where it must not, a --profile with [credentials] says so");
    test.check(!is_accepted, "a CONNACK that refuses", wire::describe(connack, test.version()));
    test.check(!connack.session_present, "Session Present 0", "Session Present 1", because("MQTT-3.2.2-4", "MQTT-3.2.2-6"));
  }
  co_await client.expect_closed(because("MQTT-3.2.2-5", "MQTT-3.1.4-2"));
}

}  // namespace

std::vector<Case> authentication_cases() {
  std::vector<Case> cases = {
      {.id = "authentication/wrong-password",
       .title = "A client with a wrong password is refused, and its connection closed",
       .checks = {{v3_1_1, "3.1.4"}, {v3_1_1, "MQTT-3.2.2-4"}, {v3_1_1, "MQTT-3.2.2-5"}, {v5_0, "MQTT-3.1.4-2"}, {v5_0, "MQTT-3.2.2-6"}},
       .run = wrong_password_of_connect},
      {.id = "authentication/scram",
       .title = "SCRAM-SHA-256: AUTH 0x18 asks for more, and every packet keeps to the Authentication Method",
       .checks = {{v5_0, "MQTT-4.12.0-2"}, {v5_0, "MQTT-4.12.0-5"}, {v5_0, "MQTT-3.15.1-1"}, {v5_0, "MQTT-3.15.2-1"}},
       .run = exchange},
      {.id = "authentication/scram-wrong-password",
       .title = "SCRAM-SHA-256 with a wrong password ends the connection",
       .checks = {{v5_0, "MQTT-4.12.0-4"}},
       .run = wrong_password_is_refused},
      {.id = "explanation/auth-fits",
       .title = "AUTH explains itself only as far as the client's Maximum Packet Size allows",
       .checks = {{v5_0, "MQTT-3.15.2-2"}, {v5_0, "MQTT-3.15.2-3"}},
       .run = auth_fits},
      {.id = "authentication/again",
       .title = "A client that authenticates again is answered, and served meanwhile",
       .checks = {{v5_0, "4.12.1"}, {v5_0, "MQTT-4.12.0-5"}},
       .run = reauthenticated},
      {.id = "authentication/again-with-wrong-password",
       .title = "A re-authentication that fails ends the connection",
       .checks = {{v5_0, "MQTT-4.12.1-2"}},
       .run = reauthentication_fails},
      {.id = "authentication/again-with-other-method",
       .title = "A re-authentication by another Authentication Method than CONNECT's ends the connection",
       .checks = {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-4.12.1-1"}},
       .run = method_changed},
      {.id = "authentication/none-where-none-was-asked",
       .title = "A client without Authentication Method gets neither AUTH nor one in CONNACK",
       .checks = {{v5_0, "MQTT-4.12.0-6"}},
       .run = unasked_by_the_server},
      {.id = "authentication/auth-of-a-client-without-method",
       .title = "The connection is closed on an AUTH of a client whose CONNECT had no Authentication Method",
       .checks = {{v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-4.12.0-7"}},
       .run = unasked_by_the_client},
  };
  struct Row {
    std::string_view id;
    std::string_view what;
    OutOfPlace packet;
    Check check;
  };
  constexpr Row rows[] = {
      {"publish", "a PUBLISH", OutOfPlace::publish, {v5_0, "MQTT-3.1.2-30"}},
      {"connect", "a second CONNECT", OutOfPlace::second_connect, {v5_0, "MQTT-3.1.0-2"}},
      {"code", "an AUTH with Reason Code 0x19", OutOfPlace::other_code, {v5_0, "MQTT-4.12.0-3"}},
      {"method", "an AUTH with another Authentication Method", OutOfPlace::other_method, {v5_0, "MQTT-4.12.0-5"}},
  };
  for (const auto& row : rows)
    cases.push_back({.id = fmt::format("authentication/out-of-place-{}", row.id),
                     .title = fmt::format("The connection is closed on {} where the server waits for AUTH 0x18", row.what),
                     .checks = {{v5_0, "MQTT-4.13.1-1"}, row.check},
                     .run = [what = row.packet](Test& test) { return out_of_place_is_refused(test, what); }});
  return cases;
}

}  // namespace mqttspec::conformance
