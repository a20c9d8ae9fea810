// Broken from SUBSCRIBE to UNSUBACK (3.8 to 3.11), and Shared Subscriptions (4.8.2).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "mock_broker/engine/session.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::PropertyId;
using wire::QoS;
using wire::ReasonCode;
using wire::Suback;
using wire::Subscribe;
using wire::Unsuback;

/// Hands the options of every subscription that a Client asks for to `Change`.
template <auto Change>
constexpr auto changing_options = changing_received<Subscribe, [](Subscribe& p) {
  for (wire::Subscription& subscription : p.subscriptions) decltype(Change){}(subscription);
}>;

/// Hands `Change` each subscription that replaces one, and that one.
template <auto Change>
constexpr auto carrying_over =
    [](Behaviour& b) { b.carries_over = [](Subscription& now, const Subscription& before) { decltype(Change){}(now, before); }; };

/// Splits an acknowledgement with several codes into one for each.
template <class P>
Outgoing one_for_each_code(P& acknowledgement) {
  Outgoing outgoing;
  if (acknowledgement.reason_codes.size() < 2) outgoing.emplace_back(acknowledgement);
  if (outgoing.empty())
    for (const ReasonCode code : acknowledgement.reason_codes)
      outgoing.emplace_back(P{.packet_id = acknowledgement.packet_id, .reason_codes = {code}});
  return outgoing;
}

/// Takes an UNSUBSCRIBE from a Shared Subscription for one from its Topic Filter too, and answers only what was asked.
class LeavesOrdinaryToo final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    if (auto* unsubscribe = std::get_if<wire::Unsubscribe>(&packet)) {
      auto& filters = unsubscribe->topic_filters;
      const std::size_t asked = filters.size();
      for (std::size_t i = 0; i < asked; ++i)
        if (filters[i].starts_with("$share/")) filters.push_back(filters[i].substr(filters[i].find('/', 7) + 1));
      asked_[{peer.connection, unsubscribe->packet_id.value()}] = asked;
    }
    return {std::move(packet)};
  }

  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    if (auto* unsuback = std::get_if<Unsuback>(&packet); unsuback && !unsuback->reason_codes.empty())
      unsuback->reason_codes.resize(asked_[{peer.connection, unsuback->packet_id.value()}]);
    return Interceptor::packet_to_send(peer, std::move(packet));
  }

 private:
  std::map<std::pair<ConnectionId, std::uint16_t>, std::size_t> asked_;
};

/// Acknowledges a SUBSCRIBE for a Topic Filter that the Client has given up before, and subscribes it to another that nobody publishes to.
class SubscribesOnlyOnce final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    auto& given_up = given_up_[std::string(peer.client_id)];
    if (const auto* unsubscribe = std::get_if<wire::Unsubscribe>(&packet))
      given_up.insert(unsubscribe->topic_filters.begin(), unsubscribe->topic_filters.end());
    if (auto* subscribe = std::get_if<Subscribe>(&packet))
      for (wire::Subscription& subscription : subscribe->subscriptions)
        if (given_up.contains(subscription.topic_filter)) subscription.topic_filter += "/subscribed before";
    return {std::move(packet)};
  }

 private:
  std::map<std::string, std::set<std::string>> given_up_;
};

constexpr Defect table[] = {
    // ---- SUBACK
    {.id = "suback/missing",
     .requirement = {"MQTT-3.8.4-1", "MQTT-3.8.4-1"},
     .summary = "SUBSCRIBE is not answered",
     .make_interceptor = dropping_sent<Suback>},
    {.id = "suback/twice",
     .requirement = {"MQTT-3.8.4-4", "MQTT-3.8.4-5"},
     .summary = "SUBSCRIBE is answered twice",
     .make_interceptor = sending_twice<Suback>},
    {.id = "suback/one-for-each-filter",
     .requirement = {"MQTT-3.8.4-4", "MQTT-3.8.4-5"},
     .summary = "Each Topic Filter of a SUBSCRIBE gets a SUBACK of its own",
     .make_interceptor = replacing_sent<Suback, [](Suback& p) { return one_for_each_code(p); }>},
    {.id = "suback/other-packet-identifier",
     .requirement = {"MQTT-3.8.4-2", "MQTT-3.8.4-2"},
     .summary = "SUBACK has another Packet Identifier than its SUBSCRIBE",
     .make_interceptor = changing_sent<Suback, [](Suback& p) { p.packet_id = other(p.packet_id); }>},
    {.id = "suback/packet-identifier-always-1",
     .requirement = {"MQTT-2.3.1-7", "MQTT-2.2.1-6"},
     .summary = "SUBACK always has the Packet Identifier 1",
     .make_interceptor = changing_sent<Suback, [](Suback& p) { p.packet_id = wire::PacketId(1); }>},
    {.id = "suback/one-code-for-all",
     .requirement = {"MQTT-3.8.4-5", "MQTT-3.8.4-6"},
     .summary = "SUBACK has one code, however many Topic Filters there were",
     .make_interceptor = changing_sent<Suback, [](Suback& p) { p.reason_codes.resize(1); }>},
    {.id = "suback/one-code-too-many",
     .requirement = {"MQTT-3.8.4-5", "MQTT-3.8.4-6"},
     .summary = "SUBACK has one code more than there were Topic Filters",
     .make_interceptor = changing_sent<Suback, [](Suback& p) { p.reason_codes.push_back(ReasonCode::granted_qos_0); }>},
    {.id = "suback/codes-reversed",
     .requirement = {"MQTT-3.9.3-1", "MQTT-3.9.3-1"},
     .summary = "SUBACK has its codes in the reverse order",
     .make_interceptor = changing_sent<Suback, [](Suback& p) { std::ranges::reverse(p.reason_codes); }>},
    {.id = "suback/undefined-code",
     .requirement = {"MQTT-3.9.3-2", "MQTT-3.9.3-2"},
     .summary = "SUBACK grants QoS 3",
     .make_interceptor = changing_sent<Suback, [](Suback& p) { p.reason_codes.front() = ReasonCode{3}; }>},
    {.id = "suback/always-grants-qos-0",
     .requirement = {"MQTT-3.8.4-5", "MQTT-3.8.4-7"},
     .summary = "SUBACK shows QoS 0, although more was granted",
     .make_interceptor = changing_sent<Suback,
                                       [](Suback& p) {
                                         for (ReasonCode& code : p.reason_codes)
                                           if (!wire::is_error(code)) code = ReasonCode::granted_qos_0;
                                       }>},
    {.id = "suback/grants-more-than-asked",
     .requirement = {"MQTT-3.8.4-5", "MQTT-3.8.4-7"},
     .summary = "SUBACK grants QoS 2, whatever was asked for",
     .apply = [](Behaviour& b) { b.granted_at_least = QoS::exactly_once; }},
    {.id = "suback/fixed-header-flags-set",
     .requirement = {"MQTT-2.2.2-1", "MQTT-2.1.3-1"},
     .summary = "SUBACK has the flags of SUBSCRIBE",
     .make_interceptor = changing_bytes<Suback, [](wire::Bytes& bytes) { bytes.at(0) |= 0x02; }>},

    // ---- SUBSCRIBE
    {.id = "subscribe/only-the-first-filter",
     .requirement = {"MQTT-3.8.4-4", "MQTT-3.8.4-5"},
     .summary = "Only the first Topic Filter of a SUBSCRIBE is subscribed to",
     .apply = [](Behaviour& b) { b.handles_every_filter = false; }},
    {.id = "subscribe/identical-filter-not-replaced",
     .requirement = {"MQTT-3.8.4-3", "MQTT-3.8.4-3"},
     .summary = "A subscription to an identical Topic Filter changes nothing",
     .apply = [](Behaviour& b) { b.replaces_subscription = false; }},
    {.id = "subscribe/no-local-not-replaced",
     .requirement = {"", "MQTT-3.8.4-3"},
     .summary = "A subscription that is made again keeps its No Local",
     .apply = carrying_over<[](Subscription& now, const Subscription& before) { now.no_local = before.no_local; }>},
    {.id = "subscribe/retain-as-published-not-replaced",
     .requirement = {"", "MQTT-3.8.4-3"},
     .summary = "A subscription that is made again keeps its Retain As Published",
     .apply = carrying_over<[](Subscription& now, const Subscription& before) { now.retain_as_published = before.retain_as_published; }>},
    {.id = "subscribe/identical-filter-counts-twice",
     .requirement = {"MQTT-3.8.4-3", "MQTT-3.8.4-3"},
     .summary = "A subscription to an identical Topic Filter stands beside the first one",
     .apply =
         [](Behaviour& b) {
           b.subscription_counts_twice = true;
           b.overlapping = Overlapping::copy_per_subscription;
         }},
    {.id = "subscribe/maximum-qos-above-server-refused",
     .requirement = {"", "MQTT-3.2.2-10"},
     .summary = "A Maximum QoS of 0 is offered, and SUBSCRIBE with more is refused",
     .make_interceptor =
         changing_sent<Suback, [](Suback& p) { std::ranges::fill(p.reason_codes, ReasonCode::implementation_specific_error); }>,
     .configure = [](Configuration& c) { c.maximum_qos = QoS::at_most_once; }},
    {.id = "subscribe/no-local-ignored",
     .requirement = {"", "MQTT-3.8.3-3"},
     .summary = "A Client gets its own messages in spite of No Local",
     .apply = [](Behaviour& b) { b.heeds_no_local = false; }},
    {.id = "subscribe/retain-as-published-ignored",
     .requirement = {"", "MQTT-3.3.1-13"},
     .summary = "RETAIN is cleared in spite of Retain As Published",
     .make_interceptor = changing_options<[](wire::Subscription& s) { s.retain_as_published = false; }>},
    {.id = "subscribe/retain-handling-1-taken-for-2",
     .requirement = {"", "MQTT-3.3.1-10"},
     .summary = "Retain Handling 1 brings no retained messages",
     .make_interceptor = changing_options<[](wire::Subscription& s) {
       if (s.retain_handling == wire::RetainHandling::send_if_new) s.retain_handling = wire::RetainHandling::do_not_send;
     }>},
    {.id = "subscribe/identifier-ignored",
     .requirement = {"", "MQTT-3.3.4-3"},
     .summary = "Messages carry no Subscription Identifier",
     .make_interceptor = changing_received<Subscribe, [](Subscribe& p) { p.properties.remove(PropertyId::subscription_identifier); }>},
    {.id = "subscribe/one-identifier-of-several",
     .requirement = {"", "MQTT-3.3.4-4"},
     .summary = "A message that matches several subscriptions carries one Subscription Identifier",
     .apply = [](Behaviour& b) { b.subscription_identifiers_sent = 1; }},
    {.id = "subscribe/no-identifier-in-copies",
     .requirement = {"", "MQTT-3.3.4-5"},
     .summary = "Copies for overlapping subscriptions carry no Subscription Identifier",
     .apply =
         [](Behaviour& b) {
           b.overlapping = Overlapping::copy_per_subscription;
           b.subscription_identifiers_sent = 0;
         }},

    // ---- UNSUBSCRIBE and UNSUBACK
    {.id = "unsubscribe/ignored",
     .requirement = {"MQTT-3.10.4-2", "MQTT-3.10.4-2"},
     .summary = "UNSUBSCRIBE is acknowledged, and messages go on coming",
     .apply = [](Behaviour& b) { b.unsubscribes = false; }},
    {.id = "unsubscribe/for-good",
     .requirement = {"MQTT-3.8.4-3", "MQTT-3.10.4-1"},
     .summary = "A Client that has unsubscribed from a Topic Filter gets no messages for it when it subscribes again",
     .make_interceptor = making<SubscribesOnlyOnce>},
    {.id = "unsubscribe/only-the-first-filter",
     .requirement = {"MQTT-3.10.4-6", "MQTT-3.10.4-6"},
     .summary = "Only the first Topic Filter of an UNSUBSCRIBE is heeded",
     .apply = [](Behaviour& b) { b.unsubscribes_every_filter = false; }},
    {.id = "unsubscribe/by-matching",
     .requirement = {"MQTT-3.10.4-1", "MQTT-3.10.4-1"},
     .summary = "UNSUBSCRIBE with a wildcard ends every subscription that it matches",
     .apply = [](Behaviour& b) { b.unsubscribes_exactly = false; }},
    {.id = "unsubscribe/drops-messages-in-flight",
     .requirement = {"MQTT-3.10.4-3", "MQTT-3.10.4-3"},
     .summary = "UNSUBSCRIBE ends the delivery of messages that are in flight",
     .apply = [](Behaviour& b) { b.unsubscribe_keeps_in_flight = false; }},
    {.id = "unsuback/missing",
     .requirement = {"MQTT-3.10.4-4", "MQTT-3.10.4-4"},
     .summary = "UNSUBSCRIBE is not answered",
     .make_interceptor = dropping_sent<Unsuback>},
    {.id = "unsuback/missing-without-subscription",
     .requirement = {"MQTT-3.10.4-5", "MQTT-3.10.4-5"},
     .summary = "UNSUBSCRIBE is not answered where there was no subscription",
     .apply = [](Behaviour& b) { b.answers_unsubscribe_of_nothing = false; }},
    {.id = "unsuback/other-packet-identifier",
     .requirement = {"MQTT-3.10.4-4", "MQTT-3.10.4-5"},
     .summary = "UNSUBACK has another Packet Identifier than its UNSUBSCRIBE",
     .make_interceptor = changing_sent<Unsuback, [](Unsuback& p) { p.packet_id = other(p.packet_id); }>},
    {.id = "unsuback/twice",
     .requirement = {"MQTT-3.10.4-6", "MQTT-3.10.4-6"},
     .summary = "UNSUBSCRIBE is answered twice",
     .make_interceptor = sending_twice<Unsuback>},
    {.id = "unsuback/denies-subscription",
     .requirement = {"", "MQTT-3.10.4-1"},
     .summary = "UNSUBACK says of every Topic Filter that there was no subscription",
     .make_interceptor =
         changing_sent<Unsuback, [](Unsuback& p) { std::ranges::fill(p.reason_codes, wire::ReasonCode::no_subscription_existed); }>},
    {.id = "unsuback/codes-reversed",
     .requirement = {"", "MQTT-3.11.3-1"},
     .summary = "UNSUBACK has its codes in the reverse order",
     .make_interceptor = changing_sent<Unsuback, [](Unsuback& p) { std::ranges::reverse(p.reason_codes); }>},
    {.id = "unsuback/undefined-code",
     .requirement = {"", "MQTT-3.11.3-2"},
     .summary = "UNSUBACK has a code that the standard does not define for it",
     .make_interceptor = changing_sent<Unsuback, [](Unsuback& p) { p.reason_codes.front() = ReasonCode::granted_qos_2; }>},
    {.id = "unsuback/one-code-for-all",
     .requirement = {"", "3.11.3"},
     .summary = "UNSUBACK has one code, however many Topic Filters there were",
     .make_interceptor = changing_sent<Unsuback, [](Unsuback& p) { p.reason_codes.resize(1); }>},

    // ---- Shared Subscriptions
    {.id = "shared/everyone-gets-it",
     .requirement = {"", "4.8.2"},
     .summary = "Every member of a Shared Subscription gets every message",
     .apply = [](Behaviour& b) { b.share_choice = ShareChoice::everyone; }},
    {.id = "shared/groups-taken-for-one",
     .requirement = {"", "4.8.2"},
     .summary = "Shared Subscriptions to one Topic Filter are one group, whatever their ShareNames",
     .apply = [](Behaviour& b) { b.tells_groups_apart = false; }},
    {.id = "shared/left-members-keep-their-turn",
     .requirement = {"", "4.8.2"},
     .summary = "Messages go to members that have left, and are lost",
     .apply = [](Behaviour& b) { b.forgets_left_share_members = false; }},
    {.id = "shared/qos2-in-flight-lost",
     .requirement = {"", "MQTT-4.8.2-4"},
     .summary = "A QoS 2 message in flight is forgotten when its member reconnects",
     .apply = [](Behaviour& b) { b.completes_shared_in_flight = false; }},
    {.id = "shared/left-with-all-subscriptions-to-its-topic",
     .requirement = {"", "4.8.2"},
     .summary = "UNSUBSCRIBE from a Shared Subscription ends the ordinary subscription to the same Topic Filter too",
     .make_interceptor = making<LeavesOrdinaryToo>},
    {.id = "shared/taken-for-ordinary-filter",
     .requirement = {"", "4.8.2"},
     .summary = "Shared Subscriptions are ordinary subscriptions of their members",
     .make_interceptor = changing_options<[](wire::Subscription& s) {
       const auto shared = s.topic_filter.starts_with("$share/") ? s.topic_filter.find('/', 7) : std::string::npos;
       if (shared != std::string::npos) s.topic_filter.erase(0, shared + 1);
     }>},
    {.id = "shared/qos-ignored",
     .requirement = {"", "MQTT-4.8.2-3"},
     .summary = "Members of a Shared Subscription get messages with QoS 2, whatever was granted",
     .make_interceptor = changing_options<[](wire::Subscription& s) {
       if (s.topic_filter.starts_with("$share/")) s.maximum_qos = QoS::exactly_once;
     }>},
    {.id = "shared/retained-messages-sent",
     .requirement = {"", "4.8.2"},
     .summary = "Retained messages are sent when a Shared Subscription is made",
     .apply = [](Behaviour& b) { b.sends_retained_to_shared = true; }},
    {.id = "subscribe/unsupported-wildcards-granted",
     .requirement = {"MQTT-3.8.3-2", ""},
     .summary = "Wildcards are not supported, and subscriptions with some are granted",
     .make_interceptor = changing_sent<Suback,
                                       [](Suback& p) {
                                         for (ReasonCode& code : p.reason_codes)
                                           if (code == wire::return_code::subscription_failed) code = ReasonCode::granted_qos_1;
                                       }>,
     .configure = [](Configuration& c) { c.wildcard_subscription_available = false; }},
    {.id = "shared/qos2-handed-over",
     .requirement = {"", "MQTT-4.8.2-5"},
     .summary = "A QoS 2 message in flight goes to another member when the Session ends",
     .apply = [](Behaviour& b) { b.hands_over_started_qos2 = true; }},
    {.id = "shared/refused-message-handed-over",
     .requirement = {"", "MQTT-4.8.2-6"},
     .summary = "A message that one member refuses goes to another",
     .apply = [](Behaviour& b) { b.hands_over_refused = true; }},
};

}  // namespace

std::span<const Defect> subscribing() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
