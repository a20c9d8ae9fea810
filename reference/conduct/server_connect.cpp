#include "reference/conduct/server_conduct.hpp"
#include "reference/wire/describe.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

/// CONNECT and CONNACK, enhanced authentication, DISCONNECT (3.1, 3.2, 3.14, 3.15, 4.12).
namespace mqttspec::conduct {

using wire::ReasonCode;

namespace {

/// How much longer a silence may be for the receiver than for the sender.
constexpr Duration keep_alive_margin = std::chrono::seconds(1);

}  // namespace

void ServerConduct::client(const wire::Connect& connect) {
  connect_ = connect;
  claim_.emplace(*sessions_, connect);
  if (client_misbehaved_) claim_->doubt();
  flow_.set_receive_maximum(connect.properties.get(wire::prop::receive_maximum).value_or(65'535));
  aliases_.set_maximum(connect.properties.get(wire::prop::topic_alias_maximum).value_or(0));
}

void ServerConduct::client(const wire::Auth& auth) {
  if (session_ && (auth.reason_code == ReasonCode::reauthenticate || reauthentications_ == 0)) ++reauthentications_;
}

void ServerConduct::client(const wire::Disconnect& disconnect) {
  client_disconnected_ = true;
  if (!claim_) return;
  if (const auto seconds = disconnect.properties.get(wire::prop::session_expiry_interval)) claim_->session_expiry_changed(*seconds);
}

void ServerConduct::server(const wire::Connack& connack, Report& report) {
  const bool refuses = connack.reason_code != ReasonCode::success;
  if (stage_ == Stage::accepted && (v5() || !client_misbehaved_))
    report.violate("server/second-connack", "CONNACK came a second time on this Network Connection.");
  if (!connect_ && !client_misbehaved_)
    report.violate("server/connack-without-connect", "CONNACK came, and the client has not sent CONNECT.");
  if (stage_ != Stage::before_connack) return;
  stage_ = refuses ? Stage::refused : Stage::accepted;
  connack_came_ = now_;
  longest_silence_ = {};
  if (connect_) {
    judge_connack_properties(connack, report);
    if (!refuses) judge_session_present(connack, report);
  }
  if (refuses || !claim_) {
    early_.clear();
    return;
  }
  const std::uint32_t own_keep_alive = connect_->keep_alive;
  keep_alive_ = std::chrono::seconds(connack.properties.get(wire::prop::server_keep_alive).value_or(own_keep_alive));
  const auto packet_maximum = connect_->properties.get(wire::prop::maximum_packet_size).value_or(wire::maximum_packet_size);
  maximum_qos_ = static_cast<int>(connack.properties.get(wire::prop::maximum_qos).value_or(2));
  client_aliases_.set_maximum(connack.properties.get(wire::prop::topic_alias_maximum).value_or(0));
  session_ = claim_->accept(connack, History::seen, packet_maximum, now_);
  if (client_misbehaved_) {
    claim_->doubt();
    session_->doubt();
  }
  for (const wire::Packet& packet : std::exchange(early_, {})) note_client_packet(packet);
}

void ServerConduct::judge_session_present(const wire::Connack& connack, Report& report) {
  if (connect_->version == spec::ProtocolVersion::v3_1) return;  // it has no Session Present
  if (connack.session_present && connect_->clean_start) {
    report.violate("server/session-present-after-clean-start", "CONNACK has Session Present 1, and the client asked for a new Session.");
  } else if (client_misbehaved_) {
    return;
  } else if (connack.session_present && connect_->client_id.empty()) {
    report.violate("server/session-present-without-session",
                   "CONNACK has Session Present 1, and the client has only now been given a Client Identifier.");
  } else if (connack.session_present && claim_->surely_ended()) {
    report.violate("server/session-present-without-session",
                   "CONNACK has Session Present 1, and the client's last Session ended together with its Network Connection, which the "
                   "server closed.");
  } else if (!connack.session_present && !connect_->clean_start && claim_->surely_existed(now_)) {
    report.violate("server/session-lost",
                   "CONNACK has Session Present 0, and the server has to keep the Session of the client's last connection.");
  }
}

void ServerConduct::judge_connack_properties(const wire::Connack& connack, Report& report) {
  if (!v5()) return;
  const bool accepts = connack.reason_code == ReasonCode::success;
  const wire::Properties& asked = connect_->properties;
  const wire::Properties& answer = connack.properties;
  if (accepts && connect_->client_id.empty() && !answer.has(wire::PropertyId::assigned_client_identifier))
    report.violate("server/assigned-client-identifier-missing",
                   "The client connected without Client Identifier, and CONNACK has no Assigned Client Identifier.");
  if (const auto assigned = answer.get(wire::prop::assigned_client_identifier);
      accepts && assigned && connect_->client_id.empty() && !client_misbehaved_ && claim_->is_taken(*assigned, now_))
    report.violate("server/assigned-client-identifier-in-use",
                   "CONNACK assigns the Client Identifier " + wire::quote(*assigned) + ", which another client has.");
  if (answer.has(wire::PropertyId::response_information) && asked.get(wire::prop::request_response_information) != 1u)
    report.violate("server/unwanted-response-information", "CONNACK has Response Information, and the client did not request it.");
  if (!asked.has(wire::PropertyId::authentication_method)) {
    if (answer.has(wire::PropertyId::authentication_method))
      report.violate("server/connack-with-unasked-authentication-method", "CONNACK has an Authentication Method, and CONNECT had none.");
  } else if (accepts || answer.has(wire::PropertyId::authentication_method)) {
    judge_authentication_method("CONNACK", answer, report);
  }
}

void ServerConduct::judge_authentication_method(std::string_view packet, const wire::Properties& properties, Report& report) {
  const auto asked = connect_->properties.get(wire::prop::authentication_method);
  const auto answered = properties.get(wire::prop::authentication_method);
  if (asked == answered) return;
  const std::string came = answered ? "has Authentication Method " + wire::quote(*answered) : "has no Authentication Method";
  report.violate("server/other-authentication-method",
                 std::string(packet) + " " + came + ", and CONNECT had " + wire::quote(asked.value_or("")) + ".");
}

void ServerConduct::server(const wire::Auth& auth, Report& report) {
  if (!connect_) return;
  if (!connect_->properties.has(wire::PropertyId::authentication_method)) {
    report.violate("server/auth-without-method", "AUTH came, and CONNECT had no Authentication Method.");
    return;
  }
  // A bare success may be shortened until no property is left (3.15.2.1).
  if (auth.reason_code != ReasonCode::success || auth.properties.has(wire::PropertyId::authentication_method))
    judge_authentication_method("AUTH", auth.properties, report);
  if (stage_ == Stage::before_connack) {
    if (auth.reason_code != ReasonCode::continue_authentication)
      report.violate("server/auth-before-connack-does-not-continue",
                     "AUTH came ahead of CONNACK with " + wire::describe(auth.reason_code, wire::PacketType::auth, version()) + ".");
    return;
  }
  if (reauthentications_ == 0 && !client_misbehaved_)
    report.violate("server/unasked-auth", "AUTH came after CONNACK, and the client had not begun to authenticate again.");
  if (auth.reason_code == ReasonCode::success && reauthentications_ > 0) --reauthentications_;
}

void ServerConduct::server(const wire::Disconnect& disconnect, Report& report) {
  if (!v5()) return;
  if (disconnect.reason_code == ReasonCode::keep_alive_timeout) judge_keep_alive_timeout(disconnect, report);
  judge_blame(disconnect, report);
  if (stage_ == Stage::accepted) stage_ = Stage::server_disconnected;
  const bool session_stays =
      disconnect.reason_code == ReasonCode::session_taken_over || disconnect.reason_code == ReasonCode::keep_alive_timeout;
  if (claim_ && !session_stays) claim_->doubt();
}

/// Whether the client did what DISCONNECT blames it for.
void ServerConduct::judge_blame(const wire::Disconnect& disconnect, Report& report) {
  if (stage_ != Stage::accepted || client_misbehaved_) return;
  if (disconnect.reason_code == ReasonCode::qos_not_supported && wire::number(highest_qos_sent_) <= maximum_qos_)
    report.violate("server/unannounced-maximum-qos",
                   "DISCONNECT came with " + wire::describe(disconnect.reason_code, wire::PacketType::disconnect, version()) +
                       ", and the client has sent nothing above QoS " + std::to_string(maximum_qos_) + ", which CONNACK allows.");
  if (disconnect.reason_code == ReasonCode::topic_alias_invalid && client_aliases_.all_valid())
    report.violate("server/topic-alias-refused", "DISCONNECT came with " +
                                                     wire::describe(disconnect.reason_code, wire::PacketType::disconnect, version()) +
                                                     ", and each Topic Alias of the client was one that CONNACK allows.");
}

/// A server may give up on a client that exceeds its Keep Alive, and need not wait for one and a half times as long (3.1.2.10). Packets of
/// the client may have been under way when it did so: the client is certain to have been heard in time only if it was never silent for
/// long.
void ServerConduct::judge_keep_alive_timeout(const wire::Disconnect& disconnect, Report& report) {
  if (stage_ != Stage::accepted || client_misbehaved_ || client_disconnected_) return;
  const Duration silence = std::max(longest_silence_, now_ - std::max(last_sent_, connack_came_));
  if (keep_alive_ > Duration::zero() && silence + keep_alive_margin > keep_alive_) return;
  const auto whole_ms = [](Duration time) { return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()); };
  report.violate("server/keep-alive-timeout-too-early",
                 "DISCONNECT came with " + wire::describe(disconnect.reason_code, wire::PacketType::disconnect, version()) +
                     ", the client was never silent for longer than " + whole_ms(silence) + " ms, and the Keep Alive is " +
                     whole_ms(keep_alive_) + " ms.");
}

}  // namespace mqttspec::conduct
