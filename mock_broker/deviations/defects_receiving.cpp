// Broken at taking messages from Clients: acknowledgements (3.4 to 3.7), QoS 1 and 2 (4.3), limits (4.9).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"

#include <map>
#include <utility>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::Puback;
using wire::Pubcomp;
using wire::Publish;
using wire::Pubrec;
using wire::Pubrel;
using wire::QoS;
using wire::ReasonCode;

/// Drops every second packet of a type on a connection.
template <class P>
class DropsEverySecond final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    if (std::holds_alternative<P>(packet) && ++count_[peer.connection] % 2 == 0) return outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }

 private:
  std::map<ConnectionId, int> count_;
};

template <class P>
constexpr auto with_other_packet_id = changing_sent<P, [](P& p) { p.packet_id = other(p.packet_id); }>;

template <class From, class To>
constexpr auto in_place_of = replacing_sent<From, [](From& p) {
  Outgoing outgoing;
  outgoing.emplace_back(To{.packet_id = p.packet_id});
  return outgoing;
}>;

template <class P>
constexpr auto with_undefined_code = changing_sent<P, [](P& p) { p.reason_code = ReasonCode{0x42}; }>;

constexpr Defect table[] = {
    // ---- QoS 1
    {.id = "qos1/no-puback",
     .requirement = {"MQTT-4.3.2-2", "MQTT-4.3.2-4"},
     .summary = "A QoS 1 PUBLISH is not acknowledged",
     .make_interceptor = dropping_sent<Puback>},
    {.id = "qos1/every-second-puback-missing",
     .requirement = {"MQTT-4.3.2-2", "MQTT-4.3.2-4"},
     .summary = "Every second QoS 1 PUBLISH is not acknowledged",
     .make_interceptor = making<DropsEverySecond<Puback>>},
    {.id = "qos1/puback-with-other-packet-identifier",
     .requirement = {"MQTT-2.3.1-6", "MQTT-2.2.1-5"},
     .summary = "PUBACK has another Packet Identifier than its PUBLISH",
     .make_interceptor = with_other_packet_id<Puback>},
    {.id = "qos1/two-pubacks",
     .requirement = {"4.3.2", "4.3.2"},
     .summary = "A QoS 1 PUBLISH is acknowledged twice",
     .make_interceptor = sending_twice<Puback>},
    {.id = "qos1/pubrec-in-place-of-puback",
     .requirement = {"MQTT-3.3.4-1", "MQTT-3.3.4-1"},
     .summary = "A QoS 1 PUBLISH is answered with PUBREC",
     .make_interceptor = in_place_of<Puback, Pubrec>},
    {.id = "qos1/packet-identifier-not-free-after-puback",
     .requirement = {"MQTT-4.3.2-2", "MQTT-4.3.2-5"},
     .summary = "A new QoS 1 message with a Packet Identifier that was used before is taken for a duplicate",
     .apply = [](Behaviour& b) { b.qos1_packet_id_is_free_after_puback = false; }},
    {.id = "qos1/dup-goes-unanswered",
     .requirement = {"MQTT-4.3.2-2", "MQTT-4.3.2-4"},
     .summary = "A QoS 1 PUBLISH with DUP 1 is passed over",
     .make_interceptor = changing_received<wire::Publish, [](wire::Publish& p) { return p.qos != wire::QoS::at_least_once || !p.dup; }>},
    {.id = "qos1/dup-is-dropped",
     .requirement = {"MQTT-4.3.2-2", "MQTT-4.3.2-5"},
     .summary = "A QoS 1 PUBLISH with DUP is acknowledged and dropped",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             if (p.qos == QoS::at_least_once && p.dup) p.topic = "mqttspec/dropped";
                                           }>},
    {.id = "qos1/puback-with-undefined-code",
     .requirement = {"", "MQTT-3.4.2-1"},
     .summary = "PUBACK has a Reason Code that the standard does not define for it",
     .make_interceptor = with_undefined_code<Puback>},
    {.id = "qos1/puback-with-flags",
     .requirement = {"MQTT-2.2.2-1", "MQTT-2.1.3-1"},
     .summary = "PUBACK has reserved flags set",
     .make_interceptor = changing_bytes<Puback, [](wire::Bytes& bytes) { bytes.at(0) |= 0x02; }>},

    // ---- QoS 2
    {.id = "qos2/no-pubrec",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-8"},
     .summary = "A QoS 2 PUBLISH is not answered",
     .make_interceptor = dropping_sent<Pubrec>},
    {.id = "qos2/pubrec-with-other-packet-identifier",
     .requirement = {"MQTT-2.3.1-6", "MQTT-2.2.1-5"},
     .summary = "PUBREC has another Packet Identifier than its PUBLISH",
     .make_interceptor = with_other_packet_id<Pubrec>},
    {.id = "qos2/two-pubrecs",
     .requirement = {"4.3.3", "4.3.3"},
     .summary = "A QoS 2 PUBLISH is answered with two PUBREC packets",
     .make_interceptor = sending_twice<Pubrec>},
    {.id = "qos2/puback-in-place-of-pubrec",
     .requirement = {"MQTT-3.3.4-1", "MQTT-3.3.4-1"},
     .summary = "A QoS 2 PUBLISH is answered with PUBACK",
     .make_interceptor = in_place_of<Pubrec, Puback>},
    {.id = "qos2/no-pubcomp",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-11"},
     .summary = "PUBREL is not answered",
     .make_interceptor = dropping_sent<Pubcomp>},
    {.id = "qos2/every-second-pubcomp-missing",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-11"},
     .summary = "Every second PUBREL is not answered",
     .make_interceptor = making<DropsEverySecond<Pubcomp>>},
    {.id = "qos2/pubcomp-with-other-packet-identifier",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-11"},
     .summary = "PUBCOMP has another Packet Identifier than its PUBREL",
     .make_interceptor = with_other_packet_id<Pubcomp>},
    {.id = "qos2/two-pubcomps",
     .requirement = {"4.3.3", "4.3.3"},
     .summary = "PUBREL is answered with two PUBCOMP packets",
     .make_interceptor = sending_twice<Pubcomp>},
    {.id = "qos2/puback-in-place-of-pubcomp",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-11"},
     .summary = "PUBREL is answered with PUBACK",
     .make_interceptor = in_place_of<Pubcomp, Puback>},
    {.id = "qos2/delivers-resent-publish-again",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-10"},
     .summary = "A QoS 2 PUBLISH sent again before PUBREL is delivered again",
     .apply = [](Behaviour& b) { b.recognises_qos2_duplicate = false; }},
    {.id = "qos2/resent-publish-recognised-by-dup-alone",
     .requirement = {"MQTT-4.3.3-2", "4.3.3"},
     .summary = "A QoS 2 PUBLISH with DUP is taken for a duplicate, also when it is the first that comes",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             if (p.qos == QoS::exactly_once && p.dup) p.topic = "mqttspec/dropped";
                                           }>},
    {.id = "qos2/packet-identifier-not-free-after-pubcomp",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-12"},
     .summary = "A new QoS 2 message with a Packet Identifier that was used before is taken for a duplicate",
     .apply = [](Behaviour& b) { b.qos2_packet_id_is_free_after_pubcomp = false; }},
    {.id = "qos2/packet-identifier-not-free-after-refusal",
     .requirement = {"", "MQTT-4.3.3-9"},
     .summary = "A QoS 2 PUBLISH with the Packet Identifier of one that was refused is taken for that one",
     .apply = [](Behaviour& b) { b.refused_qos2_packet_id_is_free = false; },
     .configure = [](Configuration& c) { c.publish_denied = {"$mqttspec/#"}; }},
    {.id = "qos2/delivered-as-qos1",
     .requirement = {"MQTT-3.8.4-6", "MQTT-3.8.4-8"},
     .summary = "QoS 2 messages are delivered with QoS 1",
     .apply = [](Behaviour& b) { b.granted_at_most = QoS::at_least_once; },
     .make_interceptor = changing_sent<wire::Suback,
                                       [](wire::Suback& p) {
                                         for (ReasonCode& code : p.reason_codes)
                                           if (code == ReasonCode::granted_qos_1) code = ReasonCode::granted_qos_2;
                                       }>},
    {.id = "qos2/pubrec-with-undefined-code",
     .requirement = {"", "MQTT-3.5.2-1"},
     .summary = "PUBREC has a Reason Code that the standard does not define for it",
     .make_interceptor = with_undefined_code<Pubrec>},
    {.id = "qos2/pubcomp-with-undefined-code",
     .requirement = {"", "MQTT-3.7.2-1"},
     .summary = "PUBCOMP has a Reason Code that the standard does not define for it",
     .make_interceptor = with_undefined_code<Pubcomp>},

    // ---- PUBREL for messages to Clients
    {.id = "qos2/no-pubcomp-for-expired-message",
     .requirement = {"", "MQTT-4.3.3-13"},
     .summary = "PUBREL is not answered when its message has expired",
     .apply = [](Behaviour& b) { b.completes_expired_qos2 = false; }},
    {.id = "pubcomp/missing-for-unknown-pubrel",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-11"},
     .summary = "A PUBREL with a Packet Identifier that is not in use, such as one sent again, goes unanswered",
     .apply = [](Behaviour& b) { b.answers_unknown_pubrel = false; }},
    {.id = "pubrel/missing",
     .requirement = {"MQTT-4.3.3-1", "MQTT-4.3.3-4"},
     .summary = "PUBREC is not answered",
     .make_interceptor = dropping_sent<Pubrel>},
    {.id = "pubrel/with-other-packet-identifier",
     .requirement = {"MQTT-2.3.1-6", "MQTT-2.2.1-5"},
     .summary = "PUBREL has another Packet Identifier than its PUBLISH",
     .make_interceptor = with_other_packet_id<Pubrel>},
    {.id = "pubrel/pubcomp-in-its-place",
     .requirement = {"MQTT-4.3.3-1", "MQTT-4.3.3-4"},
     .summary = "PUBREC is answered with PUBCOMP",
     .make_interceptor = in_place_of<Pubrel, Pubcomp>},
    {.id = "pubrel/without-flags",
     .requirement = {"MQTT-3.6.1-1", "MQTT-3.6.1-1"},
     .summary = "PUBREL has the flags 0000",
     .make_interceptor = changing_bytes<Pubrel, [](wire::Bytes& bytes) { bytes.at(0) &= 0xF0; }>},
    {.id = "pubrel/with-undefined-code",
     .requirement = {"", "MQTT-3.6.2-1"},
     .summary = "PUBREL has a Reason Code that the standard does not define for it",
     .make_interceptor = with_undefined_code<Pubrel>},

    // ---- What CONNACK has told
    {.id = "limits/receive-maximum-not-enforced",
     .requirement = {"", "3.3.4"},
     .summary = "A Client may have more PUBLISH packets unacknowledged than Receive Maximum",
     .apply = [](Behaviour& b) { b.enforces_receive_maximum = false; }},
    {.id = "limits/maximum-qos-not-enforced",
     .requirement = {"", "3.2.2.3.4"},
     .summary = "A PUBLISH above the Maximum QoS is accepted",
     .apply = [](Behaviour& b) { b.enforces_maximum_qos = false; },
     .configure = [](Configuration& c) { c.maximum_qos = QoS::at_most_once; }},
    {.id = "limits/retain-available-not-enforced",
     .requirement = {"", "3.2.2.3.5"},
     .summary = "A retained PUBLISH is accepted where Retain Available is 0",
     .apply = [](Behaviour& b) { b.enforces_retain_available = false; },
     .configure = [](Configuration& c) { c.retain_available = false; }},
    {.id = "limits/topic-alias-maximum-not-enforced",
     .requirement = {"", "3.3.2.3.4"},
     .summary = "A Topic Alias above the Topic Alias Maximum is accepted",
     .apply = [](Behaviour& b) { b.enforces_topic_alias_maximum = false; }},
    {.id = "topic-alias/kept-beyond-the-connection",
     .requirement = {"", "MQTT-3.3.2-7"},
     .summary = "Topic Aliases of an earlier connection of the Session still count",
     .apply = [](Behaviour& b) { b.forgets_topic_aliases = false; }},
    {.id = "topic-alias/one-for-all",
     .requirement = {"", "3.3.2.3.4"},
     .summary = "All Topic Aliases of a connection are taken for one",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             const auto alias = p.properties.get(wire::prop::topic_alias);
                                             if (alias && *alias != 0 && *alias < Configuration().topic_alias_maximum)
                                               p.properties.set(wire::prop::topic_alias, 1);
                                           }>},
    {.id = "topic-alias/first-topic-stays",
     .requirement = {"", "3.3.2.3.4"},
     .summary = "A Topic Alias that is given to another topic goes on standing for the first one",
     .apply = [](Behaviour& b) { b.remaps_topic_aliases = false; }},
    {.id = "limits/receive-maximum-overstated",
     .requirement = {"", "3.2.2.3.3"},
     .summary = "CONNACK tells a Receive Maximum that is one more than is accepted",
     .make_interceptor = changing_sent<wire::Connack,
                                       [](wire::Connack& p) {
                                         if (const auto told = p.properties.get(wire::prop::receive_maximum))
                                           p.properties.set(wire::prop::receive_maximum, *told + 1);
                                       }>},
    {.id = "topic-alias/highest-refused",
     .requirement = {"", "MQTT-3.3.2-12"},
     .summary = "A Topic Alias that equals the Topic Alias Maximum is refused",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             const auto alias = p.properties.get(wire::prop::topic_alias);
                                             if (alias && *alias == Configuration().topic_alias_maximum)
                                               p.properties.set(wire::prop::topic_alias, 65'535);
                                           }>},
};

}  // namespace

std::span<const Defect> receiving() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
