// Enhanced authentication and re-authentication (4.12, 3.15).

#include "mock_broker/engine/broker.hpp"

#include <algorithm>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using wire::ReasonCode;
using Outcome = AuthenticationStep::Outcome;
namespace prop = wire::prop;

constexpr Refusal authentication_failed{std::nullopt, ReasonCode::not_authorized, "the authentication has failed"};
constexpr Refusal other_method{std::nullopt, ReasonCode::bad_authentication_method, "the Authentication Method is not that of CONNECT"};
constexpr Refusal out_of_place{std::nullopt, ReasonCode::protocol_error, "the Client may only go on with its authentication here"};

wire::Auth auth_packet(ReasonCode code, const std::string& method, const std::optional<std::string>& data) {
  wire::Auth auth{.reason_code = code};
  auth.properties.set(prop::authentication_method, method);  // [MQTT-4.12.0-5]
  if (data) auth.properties.set(prop::authentication_data, *data);
  return auth;
}

}  // namespace

const Authenticator* Broker::authenticator_for(const wire::Connect& connect) const {
  const auto method = connect.properties.get(prop::authentication_method);
  if (!method) return nullptr;
  const auto found = std::ranges::find_if(configuration_.authenticators, [&](const auto& offered) { return offered->method() == *method; });
  return found == configuration_.authenticators.end() ? nullptr : found->get();
}

bool Broker::keeps_to_method(const Connection& connection, const wire::Auth& auth) const {
  const auto method = auth.properties.get(prop::authentication_method);
  return !behaviour_.checks_authentication_method || method == connection.authenticator->method();
}

/// CONNECT waits until its Client has proved who it is.
void Broker::begin_authentication(Connection& connection, const Authenticator& authenticator, wire::Connect connect) {
  connection.state = Connection::State::authenticating;
  connection.authenticator = &authenticator;
  connection.authentication = authenticator.begin();
  const auto data = connect.properties.get(prop::authentication_data);
  connection.connect = std::move(connect);
  go_on_authenticating(connection, data);
}

void Broker::go_on_authenticating(Connection& connection, const std::optional<std::string>& data) {
  AuthenticationStep step = connection.authentication->respond(data);
  const std::string method(connection.authenticator->method());
  switch (step.outcome) {
    case Outcome::continues:  // [MQTT-4.12.0-2]
      if (!send(connection, auth_packet(ReasonCode::continue_authentication, method, step.data))) drop(connection);
      return;
    case Outcome::failed:  // [MQTT-4.12.0-4]
      if (behaviour_.closes_after_failed_authentication) refuse(connection, authentication_failed);
      return;
    case Outcome::succeeded: break;
  }
  connection.authentication.reset();
  connection.final_authentication_data = std::move(step.data);
  wire::Connect connect = std::move(*std::exchange(connection.connect, std::nullopt));
  if (const auto refusal = reason_to_refuse(connect)) return refuse(connection, *refusal);  // the place may have been taken meanwhile
  admit(connection, connect);
}

/// Ahead of CONNACK nothing but AUTH and DISCONNECT [MQTT-3.1.2-30]; a DISCONNECT of ours has no place there yet, so CONNACK says what was
/// wrong.
void Broker::process_authenticating(Connection& connection, const wire::Packet& packet) {
  if (std::holds_alternative<wire::Disconnect>(packet)) return drop(connection);
  const auto* auth = std::get_if<wire::Auth>(&packet);
  if (!auth) {  // [MQTT-3.1.2-30]
    if (behaviour_.refuses_packets_during_authentication) refuse(connection, out_of_place);
    return;
  }
  if (auth->reason_code != ReasonCode::continue_authentication && behaviour_.checks_code_of_auth)
    return refuse(connection, out_of_place);  // [MQTT-4.12.0-3]
  if (!keeps_to_method(connection, *auth)) return refuse(connection, other_method);
  go_on_authenticating(connection, auth->properties.get(prop::authentication_data));
}

/// Re-authentication (4.12.1). Everything else goes on meanwhile.
void Broker::handle(Connection& connection, const wire::Auth& auth) {
  if (!connection.authenticator) {  // [MQTT-4.12.0-7]
    if (behaviour_.refuses_unasked_auth)
      fail(connection, ReasonCode::protocol_error, "AUTH came, and CONNECT had no Authentication Method");
    return;
  }
  const std::string method(connection.authenticator->method());
  if (!keeps_to_method(connection, auth)) return fail(connection, other_method.reason_code, other_method.reason);  // [MQTT-4.12.1-1]
  const bool is_under_way = connection.authentication != nullptr;
  const ReasonCode expected = is_under_way ? ReasonCode::continue_authentication : ReasonCode::reauthenticate;
  if (auth.reason_code != expected && behaviour_.checks_code_of_auth)
    return fail(connection, ReasonCode::protocol_error, "this AUTH is out of sequence");

  if (!is_under_way) connection.authentication = connection.authenticator->begin();
  const AuthenticationStep step = connection.authentication->respond(auth.properties.get(prop::authentication_data));
  if (step.outcome != Outcome::continues) connection.authentication.reset();
  switch (step.outcome) {
    case Outcome::continues: send(connection, auth_packet(ReasonCode::continue_authentication, method, step.data)); return;
    case Outcome::succeeded: send(connection, auth_packet(ReasonCode::success, method, step.data)); return;
    case Outcome::failed:  // [MQTT-4.12.1-2]
      if (behaviour_.closes_after_failed_reauthentication)
        fail(connection, authentication_failed.reason_code, authentication_failed.reason);
      return;
  }
}

}  // namespace mqttspec::mock_broker
