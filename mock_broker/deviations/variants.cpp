#include "mock_broker/deviations/variants.hpp"

#include "mock_broker/deviations/mutations.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using namespace std::chrono_literals;
using mutations::changing_sent;
using wire::QoS;

/// Writes a Reason Code of success out where it may be left away.
template <wire::Spelling How>
class SpellsOut final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer&, wire::Packet packet) override {
    std::visit(
        [](auto& p) {
          if constexpr (requires { p.spelling; }) p.spelling = How;
        },
        packet);
    Outgoing outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }
};

/// Remembers the Maximum Packet Size of every Client, for what may be added where there is room.
class HeedsPacketSize : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    if (const auto* connect = std::get_if<wire::Connect>(&packet)) {
      const bool is_wanted = connect->properties.get(wire::prop::request_problem_information).value_or(1) != 0;
      // A second CONNECT changes nothing.
      limits_.try_emplace(peer.connection, connect->properties.get(wire::prop::maximum_packet_size).value_or(wire::maximum_packet_size),
                          is_wanted);
    }
    std::vector<wire::Packet> packets;
    packets.push_back(std::move(packet));
    return packets;
  }

 protected:
  /// One of the two, as the Client can take it.
  Outgoing with_addition(const Peer& peer, wire::Packet plain, wire::Packet added) const {
    const auto limit = limits_.find(peer.connection);
    const bool fits = limit == limits_.end() || wire::encoded_size(added, peer.version) <= limit->second.packet_size;
    Outgoing outgoing;
    outgoing.emplace_back(fits ? std::move(added) : std::move(plain));
    return outgoing;
  }
  bool wants_explanations(const Peer& peer) const {
    const auto limit = limits_.find(peer.connection);
    return peer.version == spec::ProtocolVersion::v5_0 && limit != limits_.end() && limit->second.wants_explanations;
  }

 private:
  struct Limit {
    std::uint32_t packet_size = wire::maximum_packet_size;
    bool wants_explanations = true;
  };
  std::map<ConnectionId, Limit> limits_;
};

/// Adds a User Property to packets of one type.
template <class P>
class AddsUserProperty final : public HeedsPacketSize {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    wire::Packet added = packet;
    if (auto* const changed = std::get_if<P>(&added)) changed->properties.add(wire::prop::user_property, {"broker", "mock"});
    return with_addition(peer, std::move(packet), std::move(added));
  }
};

/// Explains every answer by a Reason String.
class ExplainsEverything final : public HeedsPacketSize {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    wire::Packet added = packet;
    if (wants_explanations(peer)) std::visit([](auto& p) { explain(p); }, added);
    return with_addition(peer, std::move(packet), std::move(added));
  }

 private:
  template <class P>
  static void explain(P& packet) {
    constexpr auto type = P::type;
    constexpr bool is_answer = type == wire::PacketType::connack || type == wire::PacketType::puback || type == wire::PacketType::pubrec ||
                               type == wire::PacketType::pubrel || type == wire::PacketType::pubcomp || type == wire::PacketType::suback ||
                               type == wire::PacketType::unsuback || type == wire::PacketType::disconnect || type == wire::PacketType::auth;
    if constexpr (is_answer) packet.properties.set(wire::prop::reason_string, "explained as the standard allows");
  }
};

/// Sends every message of QoS 1 and 2 and every PUBREL a second time at once. 5.0 does not allow it [MQTT-4.4.0-1].
class ResendsAtOnce final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    outgoing.emplace_back(packet);
    auto* message = std::get_if<wire::Publish>(&packet);
    const bool is_repeated = std::holds_alternative<wire::Pubrel>(packet) || (message && message->qos != QoS::at_most_once);
    if (peer.version == spec::ProtocolVersion::v5_0 || !is_repeated) return outgoing;
    if (message) message->dup = true;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }
};

constexpr Variant all[] = {
    // ---- Messages to overlapping subscriptions
    {.id = "overlap/copy-per-subscription",
     .section = "3.3.4",
     .summary = "A message that matches several subscriptions of a Client is sent once for each",
     .apply = [](Configuration&, Behaviour& b) { b.overlapping = Overlapping::copy_per_subscription; }},

    // ---- Errors
    {.id = "errors/malformed-connect-unanswered",
     .section = "3.1.4",
     .summary = "A malformed CONNECT is not answered with a CONNACK",
     .apply = [](Configuration&, Behaviour& b) { b.answers_malformed_connect = false; }},
    {.id = "errors/no-reason-strings",
     .section = "3.2.2.3.9",
     .summary = "No packet carries a Reason String",
     .apply = [](Configuration&, Behaviour& b) { b.gives_reason_strings = false; }},
    {.id = "errors/unsupported-subscription-in-suback",
     .section = "3.2.2.3.11",
     .summary = "Wildcards are not offered, and the SUBACK says so",
     .apply =
         [](Configuration& c, Behaviour& b) {
           c.wildcard_subscription_available = false;
           b.unsupported_subscription = Unsupported::suback;
         }},

    // ---- QoS
    {.id = "qos/granted-at-most-1",
     .section = "3.8.4",
     .summary = "Subscriptions are granted QoS 1 at most",
     .apply = [](Configuration&, Behaviour& b) { b.granted_at_most = QoS::at_least_once; }},
    {.id = "qos/granted-at-most-0",
     .section = "3.8.4",
     .summary = "Subscriptions are granted QoS 0 only",
     .apply = [](Configuration&, Behaviour& b) { b.granted_at_most = QoS::at_most_once; }},
    {.id = "qos/maximum-1",
     .section = "3.2.2.3.4",
     .summary = "Maximum QoS is 1",
     .apply = [](Configuration& c, Behaviour&) { c.maximum_qos = QoS::at_least_once; }},
    {.id = "qos/maximum-0",
     .section = "3.2.2.3.4",
     .summary = "Maximum QoS is 0",
     .apply = [](Configuration& c, Behaviour&) { c.maximum_qos = QoS::at_most_once; }},
    {.id = "qos2/onward-with-pubrel",
     .section = "4.3.3",
     .summary = "A QoS 2 message goes onward when its PUBREL has come",
     .apply = [](Configuration&, Behaviour& b) { b.qos2_delivery = Qos2Delivery::on_pubrel; }},
    {.id = "qos2/unknown-pubrel-is-success",
     .section = "3.7.2.1",
     .summary = "PUBREL with an unknown Packet Identifier is answered with 0x00",
     .apply = [](Configuration&, Behaviour& b) { b.reports_unknown_pubrel = false; }},
    {.id = "qos2/pubrec-repeated",
     .section = "4.4",
     .summary = "A Session that is resumed begins with PUBREC for the QoS 2 messages that wait for PUBREL",
     .apply = [](Configuration&, Behaviour& b) { b.repeats_pubrec_when_resumed = true; }},
    {.id = "qos2/pubrel-after-refusal",
     .section = "4.3.3",
     .summary = "A PUBREC that refuses is answered with PUBREL",
     .apply = [](Configuration&, Behaviour& b) { b.after_refusal = AfterRefusal::pubrel; }},
    {.id = "qos1/lowered-messages-twice",
     .section = "3.8.4",
     .summary = "A QoS 1 message comes twice to a subscription that was granted QoS 0",
     .apply = [](Configuration&, Behaviour& b) { b.duplicates_lowered_qos1 = true; }},

    // ---- Acknowledgements
    {.id = "acknowledgements/no-matching-subscribers",
     .section = "3.4.2.1",
     .summary = "PUBACK and PUBREC say 0x10 where nobody has subscribed",
     .apply = [](Configuration&, Behaviour& b) { b.reports_no_matching_subscribers = true; }},
    {.id = "acknowledgements/with-reason-code",
     .section = "3.4.2.1",
     .summary = "Reason Code 0x00 is written out",
     .make_interceptor = mutations::making<SpellsOut<wire::Spelling::with_reason_code>>},
    {.id = "acknowledgements/with-property-length",
     .section = "3.4.2.2",
     .summary = "Reason Code 0x00 and a Property Length of 0 are written out",
     .make_interceptor = mutations::making<SpellsOut<wire::Spelling::with_properties>>},
    {.id = "resend/at-once",
     .section = "4.4",
     .summary = "Before 5.0 messages of QoS 1 and 2 and PUBREL are sent a second time at once",
     .make_interceptor = mutations::making<ResendsAtOnce>},
    {.id = "acknowledgements/late",
     .section = "4.3.2",
     .summary = "Everything that the broker sends comes 3 seconds late",
     .apply = [](Configuration&, Behaviour& b) { b.answer_delay = 3s; }},
    {.id = "acknowledgements/a-little-late",
     .section = "4.3.2",
     .summary = "Everything that the broker sends comes 200 milliseconds late",
     .apply = [](Configuration&, Behaviour& b) { b.answer_delay = 200ms; }},

    {.id = "acknowledgements/unauthorized-is-success",
     .section = "3.3.5",
     .summary = "A message that its Client may not publish is acknowledged with 0x00 and dropped",
     .apply = [](Configuration&, Behaviour& b) { b.reports_unauthorized_publish = false; }},

    // ---- Subscriptions
    {.id = "subscribe/retained-before-suback",
     .section = "3.8.4",
     .summary = "Retained messages come before the SUBACK",
     .apply = [](Configuration&, Behaviour& b) { b.retained_before_suback = true; }},
    {.id = "subscribe/takes-effect-late",
     .section = "3.8.4",
     .summary = "A subscription takes effect 50 milliseconds after its SUBACK, as in a cluster",
     .apply = [](Configuration&, Behaviour& b) { b.subscription_delay = 50ms; }},
    {.id = "subscribe/takes-effect-much-later",
     .section = "3.8.4",
     .summary = "A subscription takes effect a second after its SUBACK",
     .apply = [](Configuration&, Behaviour& b) { b.subscription_delay = 1s; }},
    {.id = "subscribe/no-wildcards",
     .section = "3.2.2.3.11",
     .summary = "Wildcard subscriptions are not available",
     .apply = [](Configuration& c, Behaviour&) { c.wildcard_subscription_available = false; }},
    {.id = "subscribe/no-shared",
     .section = "3.2.2.3.13",
     .summary = "Shared Subscriptions are not available",
     .apply = [](Configuration& c, Behaviour&) { c.shared_subscription_available = false; }},
    {.id = "subscribe/no-identifiers",
     .section = "3.2.2.3.12",
     .summary = "Subscription Identifiers are not available",
     .apply = [](Configuration& c, Behaviour&) { c.subscription_identifier_available = false; }},
    {.id = "shared/always-the-first",
     .section = "4.8.2",
     .summary = "The first member of a Shared Subscription gets every message",
     .apply = [](Configuration&, Behaviour& b) { b.share_choice = ShareChoice::first; }},
    {.id = "shared/always-the-last",
     .section = "4.8.2",
     .summary = "The last member of a Shared Subscription gets every message",
     .apply = [](Configuration&, Behaviour& b) { b.share_choice = ShareChoice::last; }},

    {.id = "shared/members-that-are-away-too",
     .section = "4.8.2",
     .summary = "Members that are away get messages in turn, as those that are there do",
     .apply = [](Configuration&, Behaviour& b) { b.prefers_connected_share_members = false; }},
    {.id = "shared/not-handed-over",
     .section = "4.8.2",
     .summary = "Messages of a Session that has ended do not go to another member of its Shared Subscription",
     .apply = [](Configuration&, Behaviour& b) { b.hands_over_shared_messages = false; }},

    // ---- Retained messages
    {.id = "retained/not-available",
     .section = "3.2.2.3.5",
     .summary = "Retained messages are not available in 5.0",
     .apply = [](Configuration& c, Behaviour&) { c.retain_available = false; }},
    {.id = "retained/qos0-is-discarded",
     .section = "3.3.1.3",
     .summary = "Retained messages of QoS 0 are not kept",
     .apply = [](Configuration&, Behaviour& b) { b.retains_qos0 = false; }},

    // ---- Sessions
    {.id = "session/queues-qos0",
     .section = "4.1",
     .summary = "QoS 0 messages are kept for Clients that are away",
     .apply = [](Configuration&, Behaviour& b) { b.queues_qos0 = true; }},
    {.id = "session/expiry-lowered",
     .section = "3.2.2.3.2",
     .summary = "Session Expiry Interval is lowered to an hour",
     .apply = [](Configuration& c, Behaviour&) { c.maximum_session_expiry_interval = 3'600; }},
    {.id = "session/one-in-flight",
     .section = "4.6",
     .summary = "One message of QoS 1 or 2 at a time is in flight",
     .apply = [](Configuration& c, Behaviour&) { c.maximum_in_flight = 1; }},

    // ---- Limits and capabilities
    {.id = "limits/server-keep-alive",
     .section = "3.2.2.3.14",
     .summary = "Every 5.0 Client gets a Server Keep Alive of 30 seconds",
     .apply = [](Configuration& c, Behaviour&) { c.server_keep_alive = 30; }},
    {.id = "limits/keep-alive-without-grace",
     .section = "3.1.2.10",
     .summary = "A Client that is silent for one Keep Alive is disconnected",
     .apply = [](Configuration&, Behaviour& b) { b.keep_alive_factor = 1; }},
    {.id = "limits/receive-maximum-1",
     .section = "3.2.2.3.3",
     .summary = "Receive Maximum is 1",
     .apply = [](Configuration& c, Behaviour&) { c.receive_maximum = 1; }},
    {.id = "limits/receive-maximum-not-told",
     .section = "3.2.2.3.3",
     .summary = "Receive Maximum is the default of 65,535",
     .apply = [](Configuration& c, Behaviour&) { c.receive_maximum = 65'535; }},
    {.id = "limits/small-packets",
     .section = "3.2.2.3.6",
     .summary = "Maximum Packet Size is 8 KiB",
     .apply = [](Configuration& c, Behaviour&) { c.maximum_packet_size = 8'192; }},
    {.id = "limits/client-id-of-23",
     .section = "3.1.3.1",
     .summary = "Client Identifiers of more than 23 bytes are refused",
     .apply = [](Configuration& c, Behaviour&) { c.maximum_client_id_length = 23; }},
    {.id = "limits/no-topic-aliases-taken",
     .section = "3.2.2.3.8",
     .summary = "Clients may not use Topic Aliases",
     .apply = [](Configuration& c, Behaviour&) { c.topic_alias_maximum = 0; }},
    {.id = "limits/no-topic-aliases-used",
     .section = "3.3.2.3.4",
     .summary = "The broker uses no Topic Aliases",
     .apply = [](Configuration&, Behaviour& b) { b.uses_topic_aliases = false; }},
    {.id = "limits/no-dollar-topics",
     .section = "4.7.2",
     .summary = "Messages of Clients to topics that begin with $ are refused",
     .apply = [](Configuration&, Behaviour& b) { b.refuses_dollar_topics = true; }},
    {.id = "limits/payload-format-checked",
     .section = "3.3.2.3.2",
     .summary = "A payload that is not the UTF-8 that it claims to be is refused with 0x99",
     .apply = [](Configuration&, Behaviour& b) { b.checks_payload_format = true; }},

    // ---- Trimmings
    {.id = "properties/user-property-in-connack",
     .section = "3.2.2.3.10",
     .summary = "CONNACK carries a User Property",
     .make_interceptor = mutations::making<AddsUserProperty<wire::Connack>>},
    {.id = "properties/reason-string-in-every-answer",
     .section = "3.4.2.2.2",
     .summary = "Every answer has a Reason String",
     .make_interceptor = mutations::making<ExplainsEverything>},
    {.id = "properties/user-property-in-disconnect",
     .section = "3.14.2.2.4",
     .summary = "DISCONNECT carries a User Property",
     .make_interceptor = mutations::making<AddsUserProperty<wire::Disconnect>>},
    {.id = "properties/defaults-told",
     .section = "3.2.2.3",
     .summary = "CONNACK also tells capabilities that are as the standard's defaults",
     .make_interceptor = changing_sent<wire::Connack,
                                       [](wire::Connack& p) {
                                         if (wire::is_error(p.reason_code)) return;
                                         const auto tell = [&p](wire::PropertyKey<std::uint32_t> key) {
                                           if (!p.properties.has(key.id)) p.properties.set(key, 1);
                                         };
                                         tell(wire::prop::retain_available);
                                         tell(wire::prop::wildcard_subscription_available);
                                         tell(wire::prop::subscription_identifier_available);
                                         tell(wire::prop::shared_subscription_available);
                                       }>},
    {.id = "system/no-topics",
     .section = "4.7.2",
     .summary = "There are no $SYS topics",
     .apply = [](Configuration& c, Behaviour&) { c.system_topics = false; }},
};

}  // namespace

std::span<const Variant> variants() { return all; }

const Variant* find_variant(std::string_view id) {
  const auto found = std::ranges::find(all, id, &Variant::id);
  return found == std::end(all) ? nullptr : found;
}

}  // namespace mqttspec::mock_broker
