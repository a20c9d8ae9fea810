// Broken at enhanced authentication (4.12), and at what its users may do (3.3.5, 4.3).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::Auth;
using wire::Connack;
using wire::PropertyId;
using wire::ReasonCode;
namespace prop = wire::prop;

void with_users(Configuration& c) { c.users = {{"mqttspec", "secret"}}; }
void with_forbidden_topics(Configuration& c) {
  c.publish_denied = {"mqttspec/forbidden/publish"};
  c.subscribe_denied = {"mqttspec/forbidden/subscribe"};
}

/// Never answers a PUBLISH that may not be made. It knows the topic by its name.
class ForgetsForbiddenPublish final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer&, wire::Packet packet) override {
    const auto* publish = std::get_if<wire::Publish>(&packet);
    if (publish != nullptr && publish->topic == "mqttspec/forbidden/publish") return {};
    std::vector<wire::Packet> packets;
    packets.push_back(std::move(packet));
    return packets;
  }
};

constexpr Defect table[] = {
    // ---- Authentication
    {.id = "authentication/failed-left-open",
     .requirement = {"", "MQTT-4.12.0-4"},
     .summary = "A Client whose authentication has failed is neither answered nor closed",
     .apply = [](Behaviour& b) { b.closes_after_failed_authentication = false; },
     .configure = with_users},
    {.id = "authentication/failed-reauthentication-left-open",
     .requirement = {"", "MQTT-4.12.1-2"},
     .summary = "A Client whose re-authentication has failed stays connected",
     .apply = [](Behaviour& b) { b.closes_after_failed_reauthentication = false; },
     .configure = with_users},
    {.id = "authentication/method-may-change",
     .requirement = {"", "MQTT-4.12.1-1"},
     .summary = "AUTH with another Authentication Method than CONNECT's is accepted",
     .apply = [](Behaviour& b) { b.checks_authentication_method = false; },
     .configure = with_users},
    {.id = "authentication/code-not-checked",
     .requirement = {"", "MQTT-4.12.0-3"},
     .summary = "The Reason Code of AUTH is not looked at",
     .apply = [](Behaviour& b) { b.checks_code_of_auth = false; },
     .configure = with_users},
    {.id = "authentication/other-packets-tolerated",
     .requirement = {"", "MQTT-3.1.2-30"},
     .summary = "Packets other than AUTH ahead of CONNACK are passed over",
     .apply = [](Behaviour& b) { b.refuses_packets_during_authentication = false; },
     .configure = with_users},
    {.id = "authentication/unknown-method-refused-with-other-code",
     .requirement = {"", "4.12"},
     .summary = "An unknown Authentication Method is refused with 0x97 Quota exceeded",
     .make_interceptor = changing_sent<Connack,
                                       [](Connack& p) {
                                         if (p.reason_code == ReasonCode::bad_authentication_method)
                                           p.reason_code = ReasonCode::quota_exceeded;
                                       }>},
    {.id = "authentication/unasked-auth-tolerated",
     .requirement = {"", "MQTT-4.12.0-7"},
     .summary = "AUTH of a Client without Authentication Method is passed over",
     .apply = [](Behaviour& b) { b.refuses_unasked_auth = false; }},
    {.id = "authentication/reauthentication-unanswered",
     .requirement = {"", "4.12.1"},
     .summary = "A re-authentication is not answered",
     .make_interceptor = changing_received<Auth, [](const Auth& p) { return p.reason_code != ReasonCode::reauthenticate; }>,
     .configure = with_users},
    {.id = "authentication/auth-ahead-of-connack-with-success",
     .requirement = {"", "MQTT-4.12.0-2"},
     .summary = "AUTH that asks for more carries Reason Code 0x00",
     .make_interceptor = changing_sent<Auth, [](Auth& p) { p.reason_code = ReasonCode::success; }>,
     .configure = with_users},
    {.id = "authentication/auth-with-other-method",
     .requirement = {"", "MQTT-4.12.0-5"},
     .summary = "AUTH of the server has another Authentication Method than CONNECT",
     .make_interceptor = changing_sent<Auth, [](Auth& p) { p.properties.set(prop::authentication_method, "PLAIN"); }>,
     .configure = with_users},
    {.id = "authentication/connack-without-method",
     .requirement = {"", "MQTT-4.12.0-5"},
     .summary = "CONNACK that ends an authentication lacks its Authentication Method",
     .make_interceptor =
         changing_sent<Connack,
                       [](Connack& p) { p.properties.remove(PropertyId::authentication_method).remove(PropertyId::authentication_data); }>,
     .configure = with_users},
    {.id = "authentication/auth-with-undefined-code",
     .requirement = {"", "MQTT-3.15.2-1"},
     .summary = "AUTH has a Reason Code that the standard does not define",
     .make_interceptor = changing_bytes<Auth,
                                        [](wire::Bytes& bytes) {
                                          std::size_t last_of_length = 1;
                                          while ((bytes.at(last_of_length) & 0x80) != 0) ++last_of_length;
                                          bytes.at(last_of_length + 1) = 0x42;
                                        }>,
     .configure = with_users},
    {.id = "authentication/auth-with-flags",
     .requirement = {"", "MQTT-3.15.1-1"},
     .summary = "AUTH has a reserved flag set",
     .make_interceptor = changing_bytes<Auth, [](wire::Bytes& bytes) { bytes.at(0) |= 0x02; }>,
     .configure = with_users},
    {.id = "connack/wrong-password-left-open",
     .requirement = {"MQTT-3.2.2-5", "MQTT-3.1.4-2"},
     .summary = "A Client with a wrong password is refused, and its connection stays open",
     .apply = [](Behaviour& b) { b.closes_after_refusal = false; },
     .configure = with_users},

    // ---- Authorization
    {.id = "authorization/forbidden-publish-unanswered",
     .requirement = {"MQTT-3.3.5-2", "MQTT-3.3.4-1"},
     .summary = "A PUBLISH that its Client may not make is neither acknowledged nor answered by closing",
     .make_interceptor = making<ForgetsForbiddenPublish>,
     .configure = with_forbidden_topics},
    {.id = "authorization/forbidden-publish-with-other-code",
     .requirement = {"", "3.4.2.1"},
     .summary = "A PUBLISH that its Client may not make is answered with 0x99 Payload format invalid",
     .make_interceptor = changing_sent<wire::Puback,
                                       [](wire::Puback& p) {
                                         if (p.reason_code == ReasonCode::not_authorized)
                                           p.reason_code = ReasonCode::payload_format_invalid;
                                       }>,
     .configure = with_forbidden_topics},
    {.id = "authorization/forbidden-filter-has-no-code",
     .requirement = {"MQTT-3.8.4-5", "MQTT-3.8.4-6"},
     .summary = "SUBACK has no code for a Topic Filter that is refused",
     .make_interceptor = changing_sent<wire::Suback,
                                       [](wire::Suback& p) {
                                         const auto granted = static_cast<std::size_t>(
                                             std::ranges::count_if(p.reason_codes, [](ReasonCode code) { return !wire::is_error(code); }));
                                         if (granted > 0)
                                           std::erase_if(p.reason_codes, [](ReasonCode code) { return wire::is_error(code); });
                                       }>,
     .configure = with_forbidden_topics},
    {.id = "authorization/refused-packet-identifier-stays-in-use",
     .requirement = {"", "MQTT-4.3.3-9"},
     .summary = "The Packet Identifier of a QoS 2 PUBLISH that was refused is not free: the next message with it is lost",
     .apply = [](Behaviour& b) { b.refused_qos2_packet_id_is_free = false; },
     .configure = with_forbidden_topics},
};

}  // namespace

std::span<const Defect> authenticating() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
