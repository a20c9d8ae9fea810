// Broken at sending messages to Clients: QoS (3.8.4), DUP (3.3.1.1), Packet Identifiers (2.2.1), resending (4.4), order (4.6), flow control
// (4.9).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"

#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using namespace std::chrono_literals;
using wire::Publish;
using wire::QoS;
namespace prop = wire::prop;

/// A message of QoS 1 or 2, and once more.
Outgoing message_and_duplicate(Publish& publish) {
  Outgoing outgoing;
  outgoing.emplace_back(publish);
  if (publish.qos == QoS::at_most_once) return outgoing;
  publish.dup = true;
  outgoing.emplace_back(publish);
  return outgoing;
}

template <class P>
constexpr auto with_reason_string = changing_sent<P, [](P& p, const Peer& peer) {
  if (peer.version == spec::ProtocolVersion::v5_0) p.properties.set(prop::reason_string, "done");
}>;

constexpr int many_messages = 700;

/// Loses the first message behind many on a connection.
class LosesOneMessage final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    if (std::holds_alternative<Publish>(packet) && ++count_[peer.connection] == many_messages + 1) return outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }

 private:
  std::map<ConnectionId, int> count_;
};

/// Swaps two messages behind many on a connection.
class SwapsLatePair final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    const bool is_message = std::holds_alternative<Publish>(packet);
    const int count = is_message ? ++count_[peer.connection] : 0;
    if (count == many_messages + 1) {
      kept_[peer.connection] = std::move(packet);
      return outgoing;
    }
    outgoing.emplace_back(std::move(packet));
    if (count == many_messages + 2) outgoing.emplace_back(kept_[peer.connection]);
    return outgoing;
  }

 private:
  std::map<ConnectionId, int> count_;
  std::map<ConnectionId, wire::Packet> kept_;
};

/// Reads Receive Maximum as a signed number.
class TakesLargeWindowsForNone final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    const auto* connect = std::get_if<wire::Connect>(&packet);
    if (connect && connect->properties.get(prop::receive_maximum).value_or(0) > 0x7FFF) negative_.insert(peer.connection);
    return {std::move(packet)};
  }
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    const auto* message = std::get_if<Publish>(&packet);
    if (message && message->qos != QoS::at_most_once && negative_.contains(peer.connection)) return outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }

 private:
  std::set<ConnectionId> negative_;
};

constexpr Defect table[] = {
    // ---- QoS of what is delivered
    {.id = "qos/not-lowered",
     .requirement = {"MQTT-3.8.4-6", "MQTT-3.8.4-8"},
     .summary = "Messages are delivered with the QoS of their PUBLISH, whatever was granted",
     .apply = [](Behaviour& b) { b.delivered_qos = DeliveredQos::as_published; }},
    {.id = "qos/raised",
     .requirement = {"MQTT-3.8.4-6", "MQTT-3.8.4-8"},
     .summary = "Messages are delivered with the QoS that was granted, whatever they came with",
     .apply = [](Behaviour& b) { b.delivered_qos = DeliveredQos::as_granted; }},
    {.id = "qos/always-0",
     .requirement = {"MQTT-3.8.4-6", "MQTT-3.8.4-8"},
     .summary = "Every message is delivered with QoS 0",
     .apply = [](Behaviour& b) { b.delivered_qos = DeliveredQos::at_most_once; }},
    {.id = "qos/lowest-of-overlapping-subscriptions",
     .requirement = {"MQTT-3.3.5-1", "MQTT-3.3.4-2"},
     .summary = "A message for overlapping subscriptions is delivered with the lowest of their QoS",
     .apply = [](Behaviour& b) { b.overlapping_qos = OverlappingQos::lowest; }},

    // ---- Who gets it
    {.id = "deliver/first-subscriber-only",
     .requirement = {"MQTT-4.5.0-1", "MQTT-4.5.0-1"},
     .summary = "Of several Clients that have subscribed only one gets a message",
     .apply = [](Behaviour& b) { b.delivers_to_every_session = false; }},
    {.id = "deliver/not-to-publisher",
     .requirement = {"MQTT-4.5.0-1", "MQTT-4.5.0-1"},
     .summary = "A Client does not get its own messages",
     .apply = [](Behaviour& b) { b.delivers_to_publisher = false; }},
    {.id = "deliver/nothing",
     .requirement = {"MQTT-4.5.0-1", "MQTT-4.5.0-1"},
     .summary = "Messages reach nobody",
     .make_interceptor = dropping_sent<Publish>},
    {.id = "deliver/not-after-seven-hundred",
     .requirement = {"MQTT-4.5.0-1", "MQTT-4.5.0-1"},
     .summary = "The 701st message of a connection is lost",
     .make_interceptor = making<LosesOneMessage>},
    {.id = "deliver/qos0-twice",
     .requirement = {"4.3.1", "4.3.1"},
     .summary = "QoS 0 messages are delivered twice",
     .make_interceptor = replacing_sent<Publish,
                                        [](Publish& p) {
                                          Outgoing outgoing;
                                          outgoing.emplace_back(p);
                                          if (p.qos == QoS::at_most_once) outgoing.emplace_back(p);
                                          return outgoing;
                                        }>},
    {.id = "deliver/no-empty-payload",
     .requirement = {"3.3.3", "3.3.3"},
     .summary = "Messages with an empty payload are not delivered",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { return !p.payload.empty(); }>},

    // ---- DUP
    {.id = "dup/copied-from-publisher",
     .requirement = {"MQTT-3.3.1-3", "MQTT-3.3.1-3"},
     .summary = "DUP of a PUBLISH that came is sent on to subscribers",
     .apply = [](Behaviour& b) { b.clears_dup = false; }},
    {.id = "dup/set-on-qos0",
     .requirement = {"MQTT-3.3.1-2", "MQTT-3.3.1-2"},
     .summary = "QoS 0 messages are sent with DUP",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.dup = p.dup || p.qos == QoS::at_most_once; }>},
    {.id = "dup/set-on-first-qos1",
     .requirement = {"MQTT-4.3.2-1", "MQTT-4.3.2-2"},
     .summary = "QoS 1 messages are sent with DUP the first time",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.dup = p.dup || p.qos == QoS::at_least_once; }>},
    {.id = "dup/set-on-first-qos2",
     .requirement = {"MQTT-4.3.3-1", "MQTT-4.3.3-2"},
     .summary = "QoS 2 messages are sent with DUP the first time",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.dup = p.dup || p.qos == QoS::exactly_once; }>},
    {.id = "dup/missing-on-resent",
     .requirement = {"MQTT-3.3.1-1", "MQTT-3.3.1-1"},
     .summary = "Messages are sent again without DUP",
     .apply = [](Behaviour& b) { b.resends_with_dup = false; }},

    // ---- Packet Identifiers
    {.id = "packet-identifier/in-use",
     .requirement = {"MQTT-2.3.1-4", "MQTT-2.2.1-4"},
     .summary = "Every message has the Packet Identifier 1, also while that is in use",
     .apply = [](Behaviour& b) { b.packet_ids = ServerPacketIds::always_one; }},
    {.id = "packet-identifier/zero",
     .requirement = {"MQTT-2.3.1-1", "MQTT-2.2.1-4"},
     .summary = "Messages have the Packet Identifier 0",
     .make_interceptor = changing_bytes<Publish,
                                        [](wire::Bytes& bytes) {
                                          if ((bytes.at(0) & 0x06) == 0) return;
                                          std::size_t topic = 1;
                                          while ((bytes.at(topic) & 0x80) != 0) ++topic;
                                          ++topic;
                                          const std::size_t id =
                                              topic + 2 + (static_cast<std::size_t>(bytes.at(topic)) << 8 | bytes.at(topic + 1));
                                          bytes.at(id) = 0;
                                          bytes.at(id + 1) = 0;
                                        }>},

    // ---- Sending again
    {.id = "resend/no-publish",
     .requirement = {"MQTT-4.4.0-1", "MQTT-4.4.0-1"},
     .summary = "Unacknowledged PUBLISH packets are not sent again",
     .apply = [](Behaviour& b) { b.resends_publish = false; }},
    {.id = "resend/no-pubrel",
     .requirement = {"MQTT-4.4.0-1", "MQTT-4.4.0-1"},
     .summary = "Unacknowledged PUBREL packets are not sent again",
     .apply = [](Behaviour& b) { b.resends_pubrel = false; }},
    {.id = "resend/other-packet-identifier",
     .requirement = {"MQTT-4.4.0-1", "MQTT-4.4.0-1"},
     .summary = "PUBLISH packets are sent again with another Packet Identifier",
     .apply = [](Behaviour& b) { b.resends_with_same_packet_id = false; }},
    {.id = "resend/other-qos",
     .requirement = {"MQTT-4.4.0-1", "MQTT-4.4.0-1"},
     .summary = "QoS 2 messages are sent again with QoS 1",
     .make_interceptor = changing_sent<Publish,
                                       [](Publish& p) {
                                         if (p.dup && p.qos == wire::QoS::exactly_once) p.qos = wire::QoS::at_least_once;
                                       }>},
    {.id = "resend/in-reverse-order",
     .requirement = {"MQTT-4.6.0-6", "MQTT-4.6.0-5"},
     .summary = "PUBLISH packets are sent again in the reverse order",
     .apply = [](Behaviour& b) { b.resends_in_order = false; }},
    {.id = "resend/publish-in-place-of-pubrel",
     .requirement = {"MQTT-4.3.3-1", "MQTT-4.3.3-6"},
     .summary = "After PUBREL was sent, a new connection begins with the PUBLISH again",
     .apply = [](Behaviour& b) { b.resends_publish_after_pubrel = true; }},
    {.id = "resend/acknowledged-publish",
     .requirement = {"MQTT-4.3.2-1", "MQTT-4.3.2-3"},
     .summary = "QoS 1 messages are sent again although they were acknowledged",
     .apply = [](Behaviour& b) { b.resends_acknowledged = true; }},
    {.id = "resend/on-the-same-connection",
     .requirement = {"", "MQTT-4.4.0-1"},
     .summary = "Unacknowledged messages are sent again every 2 seconds",
     .apply = [](Behaviour& b) { b.resends_after = 2s; }},
    {.id = "resend/at-once",
     .requirement = {"", "MQTT-4.4.0-1"},  // 3.1.1 leaves it to the sender when else it resends
     .summary = "Every QoS 1 and QoS 2 message is sent twice, the second time with DUP",
     .make_interceptor = replacing_sent<Publish, [](Publish& p) { return message_and_duplicate(p); }>},

    // ---- Order
    {.id = "order/queue-newest-first",
     .requirement = {"MQTT-4.6.0-6", "MQTT-4.6.0-5"},
     .summary = "Queued messages are sent in the reverse order",
     .apply = [](Behaviour& b) { b.sends_in_order = false; }},
    {.id = "order/late-pair-swapped",
     .requirement = {"MQTT-4.6.0-6", "MQTT-4.6.0-5"},
     .summary = "The 701st message of a connection comes behind the 702nd",
     .make_interceptor = making<SwapsLatePair>},
    {.id = "order/pairs-swapped",
     .requirement = {"MQTT-4.6.0-6", "MQTT-4.6.0-5"},
     .summary = "A message waits for the next packet, and comes behind it where that is a message too",
     .make_interceptor = making<SwapsPairs<Publish>>},

    // ---- Flow control and limits of the Client (5.0)
    {.id = "flow/receive-maximum-ignored",
     .requirement = {"", "MQTT-3.3.4-9"},
     .summary = "More messages are in flight than the Client's Receive Maximum",
     .apply = [](Behaviour& b) { b.heeds_receive_maximum = false; }},
    {.id = "flow/one-message-too-many",
     .requirement = {"", "MQTT-4.9.0-2"},
     .summary = "One message more than the Client's Receive Maximum is in flight",
     .apply = [](Behaviour& b) { b.send_quota_beyond = 1; }},
    {.id = "flow/send-quota-is-zero",
     .requirement = {"", "MQTT-4.9.0-1"},
     .summary = "A Client with Receive Maximum 1 gets no messages above QoS 0",
     .apply = [](Behaviour& b) { b.send_quota_beyond = -1; }},
    {.id = "flow/answers-wait-for-acknowledgements-of-messages",
     .requirement = {"", "MQTT-3.3.4-10"},
     .summary = "No packet goes to a Client that has Receive Maximum messages to acknowledge",
     .apply = [](Behaviour& b) { b.quota_blocks_only_publish = false; }},
    {.id = "flow/pubrec-frees-a-place",
     .requirement = {"", "MQTT-3.3.4-9"},
     .summary = "A QoS 2 message counts for Receive Maximum up to its PUBREC only",
     .apply = [](Behaviour& b) { b.released_uses_quota = false; }},
    {.id = "flow/refused-message-keeps-its-place",
     .requirement = {"", "MQTT-4.4.0-2"},
     .summary = "A message that the Client refuses stays unacknowledged: it uses up Receive Maximum, and is sent again",
     .apply = [](Behaviour& b) { b.after_refusal = AfterRefusal::stays; }},
    {.id = "flow/large-receive-maximum-taken-for-negative",
     .requirement = {"", "3.1.2.11.3"},
     .summary = "A Client with a Receive Maximum above 32,767 gets no messages of QoS 1 and 2",
     .make_interceptor = making<TakesLargeWindowsForNone>},
    {.id = "flow/maximum-packet-size-less-one",
     .requirement = {"", "3.1.2.11.4"},
     .summary = "A message whose packet has exactly the Client's Maximum Packet Size is not sent",
     .make_interceptor = changing_received<wire::Connect,
                                           [](wire::Connect& p) {
                                             if (const auto size = p.properties.get(prop::maximum_packet_size); size && *size > 1)
                                               p.properties.set(prop::maximum_packet_size, *size - 1);
                                           }>},
    {.id = "flow/answers-wait-for-acknowledgements",
     .requirement = {"", "MQTT-4.9.0-3"},
     .summary = "Nothing is answered while Receive Maximum is used up",
     .apply = [](Behaviour& b) { b.quota_blocks_only_publish = false; }},
    {.id = "flow/maximum-packet-size-ignored",
     .requirement = {"", "MQTT-3.1.2-24"},
     .summary = "Packets are sent that are larger than the Client's Maximum Packet Size",
     .apply = [](Behaviour& b) { b.heeds_maximum_packet_size = false; }},
    {.id = "flow/oversized-message-blocks",
     .requirement = {"", "MQTT-3.1.2-25"},
     .summary = "A message that is too large for the Client uses up its Receive Maximum for ever",
     .apply = [](Behaviour& b) { b.oversized_message_counts_as_sent = false; }},
    {.id = "topic-alias/above-maximum",
     .requirement = {"", "MQTT-3.1.2-26"},
     .summary = "More Topic Aliases are used than the Client allows",
     .apply = [](Behaviour& b) { b.heeds_topic_alias_maximum = false; }},
    {.id = "topic-alias/above-maximum-in-publish",
     .requirement = {"", "MQTT-3.3.2-11"},
     .summary = "Topic Aliases begin above the maximum that the Client allows",
     .make_interceptor = changing_sent<Publish,
                                       [](Publish& p) {
                                         if (const auto alias = p.properties.get(prop::topic_alias))
                                           p.properties.set(prop::topic_alias, *alias + 100);
                                       }>},
    {.id = "topic-alias/used-where-none-is-allowed",
     .requirement = {"", "MQTT-3.1.2-27"},
     .summary = "Topic Aliases are used towards Clients that have allowed none",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.properties.set(prop::topic_alias, 1); }>},
    {.id = "topic-alias/zero",
     .requirement = {"", "MQTT-3.3.2-8"},
     .summary = "Topic Alias 0 is used",
     .make_interceptor = changing_sent<Publish,
                                       [](Publish& p, const Peer& peer) {
                                         if (peer.version == spec::ProtocolVersion::v5_0 &&
                                             !p.properties.has(wire::PropertyId::topic_alias))
                                           p.properties.set(prop::topic_alias, 0);
                                       }>},
    {.id = "problem-information/sent-unwanted",
     .requirement = {"", "MQTT-3.1.2-29"},
     .summary = "Reason Strings are sent where Request Problem Information is 0",
     .apply = [](Behaviour& b) { b.heeds_request_problem_information = false; },
     .make_interceptor = changing_sent<wire::Suback, [](wire::Suback& p) { p.properties.set(prop::reason_string, "done"); }>},
    {.id = "problem-information/in-puback",
     .requirement = {"", "MQTT-3.1.2-29"},
     .summary = "Every PUBACK has a Reason String",
     .make_interceptor = with_reason_string<wire::Puback>},
    {.id = "problem-information/in-pubrec",
     .requirement = {"", "MQTT-3.1.2-29"},
     .summary = "Every PUBREC has a Reason String",
     .make_interceptor = with_reason_string<wire::Pubrec>},
    {.id = "problem-information/in-pubcomp",
     .requirement = {"", "MQTT-3.1.2-29"},
     .summary = "Every PUBCOMP has a Reason String",
     .make_interceptor = with_reason_string<wire::Pubcomp>},
    {.id = "problem-information/in-unsuback",
     .requirement = {"", "MQTT-3.1.2-29"},
     .summary = "Every UNSUBACK has a Reason String",
     .make_interceptor = with_reason_string<wire::Unsuback>},
};

}  // namespace

std::span<const Defect> delivering() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
