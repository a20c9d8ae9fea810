// Broken at connecting (3.1, 3.2), Keep Alive (3.1.2.10) and PINGREQ (3.12).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"

#include <map>
#include <string>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::Connack;
using wire::Connect;
using wire::Pingresp;
using wire::PropertyId;
using wire::ReasonCode;
namespace prop = wire::prop;
namespace return_code = wire::return_code;

/// No limit for CONNECT closes what a broken broker leaves open.
void stay_open(Configuration& configuration) { configuration.connect_timeout = {}; }

bool is_accepted(const Connack& connack) { return connack.reason_code == ReasonCode::success; }

Outgoing in_front(const wire::Packet& first, const wire::Packet& second) {
  Outgoing outgoing;
  outgoing.emplace_back(first);
  outgoing.emplace_back(second);
  return outgoing;
}

/// Answers the first PINGREQ of a connection only.
class AnswersOnePingreq final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    if (std::holds_alternative<Pingresp>(packet) && ++answers_[peer.connection] > 1) return outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }

 private:
  std::map<ConnectionId, int> answers_;
};

/// A server of 5.0 may answer an unknown level in the form of 5.0.
void without_version_5(Configuration& c) { c.versions.erase(spec::ProtocolVersion::v5_0); }

void with_credentials(Configuration& c) { c.users = {{"mqttspec", "secret"}}; }

constexpr Defect table[] = {
    {.id = "connect/first-packet-not-connect-tolerated",
     .requirement = {"MQTT-3.1.0-1", "MQTT-3.1.0-1"},
     .summary = "Packets in front of CONNECT are passed over",
     .apply = [](Behaviour& b) { b.requires_connect_first = false; }},
    {.id = "connect/second-connect-tolerated",
     .requirement = {"MQTT-3.1.0-2", "MQTT-3.1.0-2"},
     .summary = "A second CONNECT is passed over",
     .apply = [](Behaviour& b) { b.refuses_second_connect = false; }},
    {.id = "connect/unsupported-level-closed-silently",
     .requirement = {"MQTT-3.1.2-2", ""},
     .summary = "An unknown Protocol Level is answered by closing alone",
     .make_interceptor = changing_sent<Connack, [](Connack& p) { return p.reason_code != return_code::unacceptable_protocol_version; }>,
     .configure = without_version_5},
    {.id = "connect/unsupported-level-wrong-code",
     .requirement = {"MQTT-3.1.2-2", ""},
     .summary = "An unknown Protocol Level is answered with return code 5",
     .make_interceptor = changing_sent<Connack,
                                       [](Connack& p) {
                                         if (p.reason_code == return_code::unacceptable_protocol_version)
                                           p.reason_code = return_code::not_authorized;
                                       }>,
     .configure = without_version_5},
    {.id = "connect/malformed-answered",
     .requirement = {"MQTT-3.1.4-1", ""},
     .summary = "A malformed CONNECT is answered with a CONNACK",
     .apply = [](Behaviour& b) { b.answers_malformed_connect_always = true; }},
    {.id = "connect/malformed-left-open",
     .requirement = {"MQTT-3.1.4-1", "MQTT-3.1.4-1"},
     .summary = "After a malformed CONNECT the connection stays open",
     .apply = [](Behaviour& b) { b.closes_after_malformed_connect = false; },
     .configure = stay_open},

    // ---- Client Identifiers
    {.id = "client-id/empty-with-kept-session-accepted",
     .requirement = {"MQTT-3.1.3-8", ""},
     .summary = "An empty Client Identifier is accepted without Clean Session",
     .apply = [](Behaviour& b) { b.checks_empty_client_id = false; }},
    {.id = "client-id/empty-with-kept-session-closed-silently",
     .requirement = {"MQTT-3.1.3-8", ""},
     .summary = "An empty Client Identifier without Clean Session is answered by closing alone",
     .make_interceptor = changing_sent<Connack, [](Connack& p) { return p.reason_code != return_code::identifier_rejected; }>},
    {.id = "client-id/empty-with-kept-session-wrong-code",
     .requirement = {"MQTT-3.1.3-8", ""},
     .summary = "An empty Client Identifier without Clean Session is answered with return code 3",
     .make_interceptor = changing_sent<Connack,
                                       [](Connack& p) {
                                         if (p.reason_code == return_code::identifier_rejected)
                                           p.reason_code = return_code::server_unavailable;
                                       }>},
    {.id = "client-id/rejected-with-other-code",
     .requirement = {"MQTT-3.1.3-9", ""},
     .summary = "A Client Identifier of more than 23 bytes is rejected with return code 3",
     .make_interceptor = changing_sent<Connack,
                                       [](Connack& p) {
                                         if (p.reason_code == return_code::identifier_rejected)
                                           p.reason_code = return_code::server_unavailable;
                                       }>,
     .configure = [](Configuration& c) { c.maximum_client_id_length = 23; }},
    {.id = "client-id/rejected-and-left-open",
     .requirement = {"", "MQTT-3.1.3-8"},
     .summary = "A Client Identifier of more than 23 bytes is rejected, and the connection stays open",
     .apply = [](Behaviour& b) { b.closes_after_refusal = false; },
     .configure = [](Configuration& c) { c.maximum_client_id_length = 23; }},
    {.id = "client-id/empty-ones-are-one-client",
     .requirement = {"MQTT-3.1.3-6", "MQTT-3.1.3-6"},
     .summary = "Every Client without Client Identifier is given the same one",
     .apply = [](Behaviour& b) { b.assigns_unique_client_ids = false; }},
    {.id = "client-id/assigned-not-told",
     .requirement = {"", "MQTT-3.1.3-7"},
     .summary = "CONNACK does not tell the Assigned Client Identifier",
     .make_interceptor = changing_sent<Connack, [](Connack& p) { p.properties.remove(PropertyId::assigned_client_identifier); }>},
    {.id = "client-id/23-bytes-refused",
     .requirement = {"MQTT-3.1.3-5", "MQTT-3.1.3-5"},
     .summary = "Client Identifiers of 23 bytes are refused",
     .apply = [](Behaviour& b) { b.client_id_bytes_allowed = 22; }},
    {.id = "client-id/one-byte-unanswered",
     .requirement = {"MQTT-3.1.3-5", "MQTT-3.1.3-5"},
     .summary = "A CONNECT with a Client Identifier of one byte is passed over",
     .make_interceptor = changing_received<Connect, [](Connect& p) { return p.client_id.size() != 1; }>},
    {.id = "client-id/capital-z-unanswered",
     .requirement = {"MQTT-3.1.3-5", "MQTT-3.1.3-5"},
     .summary = "A CONNECT with a Client Identifier that has the letter Z is passed over",
     .make_interceptor = changing_received<Connect, [](Connect& p) { return !p.client_id.contains('Z'); }>},
    {.id = "client-id/case-ignored",
     .requirement = {"MQTT-3.1.3-2", "MQTT-3.1.3-2"},
     .summary = "Client Identifiers that differ in case alone are one Client",
     .apply = [](Behaviour& b) { b.distinguishes_client_id_case = false; }},
    {.id = "client-id/cut-to-22-bytes",
     .requirement = {"MQTT-3.1.3-2", "MQTT-3.1.3-2"},
     .summary = "Client Identifiers that begin with the same 22 bytes are one Client",
     .apply = [](Behaviour& b) { b.client_id_bytes_used = 22; }},

    // ---- Who may connect
    {.id = "connect/wrong-password-accepted",
     .requirement = {"3.1.4", "MQTT-3.1.4-2"},
     .summary = "Any User Name and Password will do",
     .apply = [](Behaviour& b) { b.checks_credentials = false; },
     .configure = with_credentials},
    {.id = "connect/unknown-authentication-method-accepted",
     .requirement = {"", "MQTT-4.12.0-1"},
     .summary = "A CONNECT with an unknown Authentication Method is accepted without authentication",
     .apply = [](Behaviour& b) { b.refuses_unknown_authentication_method = false; }},
    {.id = "connect/will-qos-above-maximum-accepted",
     .requirement = {"", "MQTT-3.2.2-12"},
     .summary = "A Will above the Maximum QoS is accepted",
     .make_interceptor = changing_received<Connect,
                                           [](Connect& p) {
                                             if (p.will) p.will->qos = wire::QoS::at_most_once;
                                           }>,
     .configure = [](Configuration& c) { c.maximum_qos = wire::QoS::at_most_once; }},
    {.id = "connect/retained-will-accepted-although-not-available",
     .requirement = {"", "MQTT-3.2.2-13"},
     .summary = "A retained Will is accepted where Retain Available is 0",
     .make_interceptor = changing_received<Connect,
                                           [](Connect& p) {
                                             if (p.will) p.will->retain = false;
                                           }>,
     .configure = [](Configuration& c) { c.retain_available = false; }},

    // ---- The same Client Identifier twice
    {.id = "takeover/both-clients-stay",
     .requirement = {"MQTT-3.1.4-2", "MQTT-3.1.4-3"},
     .summary = "A Client that connects with the Client Identifier of a connected one leaves that connected",
     .apply = [](Behaviour& b) { b.takeover = Takeover::both_stay; }},
    {.id = "takeover/new-client-goes",
     .requirement = {"MQTT-3.1.4-2", "MQTT-3.1.4-3"},
     .summary = "A Client that connects with the Client Identifier of a connected one is turned away",
     .apply = [](Behaviour& b) { b.takeover = Takeover::new_client_goes; }},
    {.id = "takeover/wrong-reason-code",
     .requirement = {"", "MQTT-3.1.4-3"},
     .summary = "The Client whose Session is taken over gets DISCONNECT 0x80",
     .make_interceptor = changing_sent<wire::Disconnect,
                                       [](wire::Disconnect& p) {
                                         if (p.reason_code == ReasonCode::session_taken_over) p.reason_code = ReasonCode::unspecified_error;
                                       }>},

    // ---- CONNACK
    {.id = "connack/missing",
     .requirement = {"MQTT-3.1.4-4", "MQTT-3.1.4-5"},
     .summary = "No CONNACK for a CONNECT that is accepted",
     .make_interceptor = changing_sent<Connack, [](Connack& p) { return !is_accepted(p); }>},
    {.id = "connack/not-first",
     .requirement = {"MQTT-3.2.0-1", "MQTT-3.2.0-1"},
     .summary = "A PINGRESP comes in front of CONNACK",
     .make_interceptor = replacing_sent<Connack, [](Connack& p) { return in_front(Pingresp{}, p); }>},
    {.id = "connack/twice",
     .requirement = {"", "MQTT-3.2.0-2"},
     .summary = "CONNACK comes twice",
     .make_interceptor = sending_twice<Connack>},
    {.id = "connack/session-present-after-clean-start",
     .requirement = {"MQTT-3.2.2-1", "MQTT-3.2.2-2"},
     .summary = "Session Present is 1 although a clean start was asked for",
     .apply = [](Behaviour& b) { b.session_present = SessionPresent::also_after_clean_start; }},
    {.id = "connack/session-present-missing",
     .requirement = {"MQTT-3.2.2-2", "MQTT-3.2.2-3"},
     .summary = "Session Present is 0 although the Session goes on",
     .apply = [](Behaviour& b) { b.session_present = SessionPresent::never; }},
    {.id = "connack/session-present-without-session",
     .requirement = {"MQTT-3.2.2-3", "MQTT-3.2.2-3"},
     .summary = "Session Present is 1 although there was no Session",
     .apply = [](Behaviour& b) { b.session_present = SessionPresent::also_without_session; }},
    {.id = "connack/session-present-on-refusal",
     .requirement = {"MQTT-3.2.2-4", "MQTT-3.2.2-6"},
     .summary = "Session Present is 1 in a CONNACK that refuses",
     .make_interceptor = changing_sent<Connack, [](Connack& p) { p.session_present = p.session_present || !is_accepted(p); }>},
    {.id = "connack/refused-connection-stays-open",
     .requirement = {"MQTT-3.2.2-5", "MQTT-3.2.2-7"},
     .summary = "A connection stays open after a CONNACK that refuses",
     .apply = [](Behaviour& b) { b.closes_after_refusal = false; },
     .configure = stay_open},
    {.id = "connack/refused-client-may-publish",
     .requirement = {"MQTT-3.1.4-5", "MQTT-3.1.4-6"},
     .summary = "A PUBLISH behind a CONNECT that is refused is processed",
     .apply = [](Behaviour& b) { b.processes_after_refusal = true; }},
    {.id = "connack/refused-client-is-answered",
     .requirement = {"MQTT-3.1.4-5", "MQTT-3.1.4-6"},
     .summary = "Packets behind a CONNECT that is refused are answered",
     .apply = [](Behaviour& b) { b.answers_after_refusal = true; }},
    {.id = "connect/packets-behind-it-lost",
     .requirement = {"3.1.4", "3.1.4"},
     .summary = "What follows CONNECT before its CONNACK is passed over",
     .apply = [](Behaviour& b) { b.serves_pipelined = false; }},
    {.id = "connack/reserved-flags-set",
     .requirement = {"3.2.2.1", "MQTT-3.2.2-1"},
     .summary = "A reserved bit of the Connect Acknowledge Flags is set",
     .make_interceptor = changing_bytes<Connack, [](wire::Bytes& bytes) { bytes.at(2) |= 0x80; }>},
    {.id = "connack/undefined-code",
     .requirement = {"3.2.2.3", "MQTT-3.2.2-8"},
     .summary = "CONNACK refuses with a code that the standard does not define",
     .make_interceptor = changing_bytes<Connack,
                                        [](wire::Bytes& bytes) {
                                          if (bytes.at(3) != 0) bytes[3] = 0xB0;
                                        }>},
    {.id = "connack/fixed-header-flags-set",
     .requirement = {"MQTT-2.2.2-1", "MQTT-2.1.3-1"},
     .summary = "CONNACK's fixed header has a reserved flag set",
     .make_interceptor = changing_bytes<Connack, [](wire::Bytes& bytes) { bytes.at(0) |= 0x01; }>},
    {.id = "connack/maximum-qos-not-told",
     .requirement = {"", "MQTT-3.2.2-9"},
     .summary = "QoS 2 is not supported, and CONNACK does not say so",
     .make_interceptor = changing_sent<Connack, [](Connack& p) { p.properties.remove(PropertyId::maximum_qos); }>,
     .configure = [](Configuration& c) { c.maximum_qos = wire::QoS::at_least_once; }},
    {.id = "connack/response-information-unasked",
     .requirement = {"", "MQTT-3.1.2-28"},
     .summary = "CONNACK carries Response Information that was not asked for",
     .apply = [](Behaviour& b) { b.heeds_request_response_information = false; },
     .configure = [](Configuration& c) { c.response_information = "response/"; }},
    {.id = "connack/topic-alias-maximum-overstated",
     .requirement = {"", "MQTT-3.3.2-12"},
     .summary = "CONNACK promises more Topic Aliases than are accepted",
     .make_interceptor = changing_sent<Connack,
                                       [](Connack& p) {
                                         if (is_accepted(p)) p.properties.set(prop::topic_alias_maximum, 20);
                                       }>},
    {.id = "connack/authentication-method-unasked",
     .requirement = {"", "MQTT-4.12.0-6"},
     .summary = "CONNACK carries an Authentication Method although CONNECT had none",
     .make_interceptor = changing_sent<Connack,
                                       [](Connack& p) {
                                         if (is_accepted(p)) p.properties.set(prop::authentication_method, "PLAIN");
                                       }>},
    {.id = "connack/disconnect-before",
     .requirement = {"", "MQTT-3.14.0-1"},
     .summary = "A CONNACK that refuses comes behind a DISCONNECT",
     .make_interceptor = replacing_sent<Connack,
                                        [](Connack& p) {
                                          if (!is_accepted(p))
                                            return in_front(wire::Disconnect{.reason_code = ReasonCode::unspecified_error}, p);
                                          Outgoing outgoing;
                                          outgoing.emplace_back(p);
                                          return outgoing;
                                        }>},

    // ---- Keep Alive
    {.id = "keep-alive/not-enforced",
     .requirement = {"MQTT-3.1.2-24", "MQTT-3.1.2-22"},
     .summary = "A silent Client stays connected",
     .apply = [](Behaviour& b) { b.enforces_keep_alive = false; }},
    {.id = "keep-alive/ten-times-too-late",
     .requirement = {"MQTT-3.1.2-24", "MQTT-3.1.2-22"},
     .summary = "A silent Client is disconnected after 15 Keep Alives",
     .apply = [](Behaviour& b) { b.keep_alive_factor = 15; }},
    {.id = "keep-alive/too-early",
     .requirement = {"3.1.2.10", "3.1.2.10"},
     .summary = "A Client is disconnected after half a Keep Alive of silence",
     .apply = [](Behaviour& b) { b.keep_alive_factor = 0.5; }},
    {.id = "keep-alive/pingreq-does-not-count",
     .requirement = {"3.1.2.10", "3.1.2.10"},
     .summary = "A Client that sends PINGREQ alone is disconnected",
     .apply = [](Behaviour& b) { b.pingreq_is_sign_of_life = false; }},
    {.id = "keep-alive/publish-does-not-count",
     .requirement = {"3.1.2.10", "3.1.2.10"},
     .summary = "A Client that sends PUBLISH alone is disconnected",
     .apply = [](Behaviour& b) { b.publish_is_sign_of_life = false; }},
    {.id = "keep-alive/server-value-not-told",
     .requirement = {"", "MQTT-3.1.2-22"},
     .summary = "Every Client has a Keep Alive of 1 second, and is not told",
     .apply = [](Behaviour& b) { b.silent_keep_alive = std::uint16_t{1}; }},

    // ---- PINGREQ
    {.id = "ping/no-pingresp",
     .requirement = {"MQTT-3.12.4-1", "MQTT-3.12.4-1"},
     .summary = "PINGREQ is not answered",
     .make_interceptor = dropping_sent<Pingresp>},
    {.id = "ping/only-the-first-pingresp",
     .requirement = {"MQTT-3.12.4-1", "MQTT-3.12.4-1"},
     .summary = "Only the first PINGREQ of a connection is answered",
     .make_interceptor = making<AnswersOnePingreq>},
    {.id = "ping/two-pingresps",
     .requirement = {"3.13", "3.13"},
     .summary = "PINGREQ is answered twice",
     .make_interceptor = sending_twice<Pingresp>},
    {.id = "ping/pingresp-with-flags",
     .requirement = {"MQTT-2.2.2-1", "MQTT-2.1.3-1"},
     .summary = "PINGRESP has a reserved flag set",
     .make_interceptor = changing_bytes<Pingresp, [](wire::Bytes& bytes) { bytes.at(0) |= 0x02; }>},
    {.id = "ping/pingresp-with-body",
     .requirement = {"3.13.1", "3.13.1"},
     .summary = "PINGRESP has a byte behind its fixed header",
     .make_interceptor = changing_bytes<Pingresp,
                                        [](wire::Bytes& bytes) {
                                          bytes.at(1) = 1;
                                          bytes.push_back(0);
                                        }>},
};

}  // namespace

std::span<const Defect> connecting() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
