#include "reference/conduct/client_conduct.hpp"
#include "reference/wire/describe.hpp"

/// CONNECT and CONNACK, enhanced authentication, DISCONNECT (3.1, 3.2, 3.14, 3.15, 4.12).
namespace mqttspec::conduct {

using wire::ReasonCode;

void ClientConduct::client(const wire::Connect& connect, Report& report) {
  if (connect_) return;
  connect_ = connect;
  claim_.emplace(*sessions_, connect);
  server_aliases_.set_maximum(connect.properties.get(wire::prop::topic_alias_maximum).value_or(0));
  if (server_misbehaved_) claim_->doubt();
  if (connect.client_id.empty() && !connect.clean_start)
    report.violate("client/empty-client-identifier", "CONNECT came without Client Identifier and without Clean Session.");
}

/// The server's own record tells whether the Session is new. The client may bring an older one along unless it asked for a new Session.
void ClientConduct::server(const wire::Connack& connack) {
  if (stage_ != Stage::before_connack || !claim_) return;
  if (connack.reason_code != ReasonCode::success) {
    stage_ = Stage::refused;
    return;
  }
  stage_ = Stage::accepted;
  connack_ = connack;
  connack_sent_ = now_;
  const History when_new = connect_->clean_start ? History::seen : History::unseen;
  const auto packet_maximum = connack.properties.get(wire::prop::maximum_packet_size).value_or(wire::maximum_packet_size);
  session_ = claim_->accept(connack, when_new, packet_maximum, now_);
  if (server_misbehaved_) {
    claim_->doubt();
    session_->doubt();
  }
  flow_.set_receive_maximum(connack.properties.get(wire::prop::receive_maximum).value_or(65'535));
  aliases_.set_maximum(connack.properties.get(wire::prop::topic_alias_maximum).value_or(0));
}

void ClientConduct::server(const wire::Auth& auth) {
  if (auth.reason_code == ReasonCode::continue_authentication) ++challenges_;
}

void ClientConduct::client(const wire::Auth& auth, Report& report) {
  if (!connect_) return;
  const auto method = connect_->properties.get(wire::prop::authentication_method);
  if (!method) {
    report.violate("client/auth-without-method", "AUTH came, and CONNECT had no Authentication Method.");
    return;
  }
  const auto repeated = auth.properties.get(wire::prop::authentication_method);
  if (repeated != method)
    report.violate("client/other-authentication-method",
                   "AUTH " +
                       (repeated ? "has Authentication Method " + wire::quote(*repeated) : std::string("has no Authentication Method")) +
                       ", and CONNECT had " + wire::quote(*method) + ".");
  const bool continues = auth.reason_code == ReasonCode::continue_authentication;
  if (continues) ++responses_;
  if (server_misbehaved_) return;
  const std::string came = "AUTH came with " + wire::describe(auth.reason_code, wire::PacketType::auth, version());
  if (stage_ == Stage::before_connack && !continues) report.violate("client/auth-does-not-continue", came + " ahead of CONNACK.");
  if (stage_ == Stage::accepted && continues && responses_ > challenges_) {
    report.violate("client/unasked-auth", came + ", and no AUTH of the server waits for an answer.");
    responses_ = challenges_;
  }
}

void ClientConduct::client(const wire::Disconnect& disconnect, Report& report) {
  disconnected_ = true;
  if (!connect_) return;
  if (disconnect.reason_code == ReasonCode::topic_alias_invalid && v5() && !server_misbehaved_ && server_aliases_.all_valid())
    report.violate("client/topic-alias-refused", "DISCONNECT came with " +
                                                     wire::describe(disconnect.reason_code, wire::PacketType::disconnect, version()) +
                                                     ", and each Topic Alias of the server was one that CONNECT allows.");
  const auto seconds = disconnect.properties.get(wire::prop::session_expiry_interval);
  if (!seconds) return;
  if (claim_) claim_->session_expiry_changed(*seconds);
  if (*seconds > 0 && connect_->properties.get(wire::prop::session_expiry_interval).value_or(0) == 0)
    report.violate("client/session-expiry-raised-from-zero", "DISCONNECT came with Session Expiry Interval " + std::to_string(*seconds) +
                                                                 ", and the one of CONNECT was 0 or missing.");
}

}  // namespace mqttspec::conduct
