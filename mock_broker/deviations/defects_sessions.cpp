// Broken Sessions (3.1.2.4, 3.1.2.11.2, 4.1), Wills (3.1.2.5) and endings (3.14, 4.13).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "mock_broker/engine/session.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::Connect;
using wire::Disconnect;
using wire::PropertyId;
using wire::ReasonCode;
namespace prop = wire::prop;

/// Hands the Will of every CONNECT to `Change`.
template <auto Change>
constexpr auto changing_will = changing_received<Connect, [](Connect& p) {
  if (p.will) decltype(Change){}(*p.will);
}>;

template <PropertyId Id>
constexpr auto losing_will_property = changing_will<[](wire::Will& will) { will.properties.remove(Id); }>;

/// Hands every subscription of a Session that goes on to `Change`.
template <auto Change>
constexpr auto changing_resumed = [](Behaviour& b) { b.changes_resumed = [](Subscription& s) { decltype(Change){}(s); }; };

/// User Properties in the reverse order, the others in front.
void reverse_user_properties(wire::Properties& properties) {
  auto pairs = properties.all(prop::user_property);
  std::ranges::reverse(pairs);
  properties.remove(PropertyId::user_property);
  for (auto& pair : pairs) properties.add(prop::user_property, std::move(pair));
}

constexpr Defect table[] = {
    // ---- A Session that is kept
    {.id = "session/not-resumed",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-5"},
     .summary = "A Client that comes back gets a new Session",
     .apply = [](Behaviour& b) { b.resumes_session = false; }},
    {.id = "session/not-stored",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-23"},
     .summary = "Every Session ends with its connection",
     .apply = [](Behaviour& b) { b.stores_session = false; }},
    {.id = "session/loses-subscriptions",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-5"},
     .summary = "A Session that goes on has lost its subscriptions",
     .apply = [](Behaviour& b) { b.keeps_subscriptions = false; }},
    {.id = "session/nothing-queued",
     .requirement = {"MQTT-3.1.2-5", "MQTT-4.5.0-1"},
     .summary = "Messages for a Client that is away are dropped",
     .apply = [](Behaviour& b) { b.queues_for_disconnected = false; }},
    {.id = "session/loses-queue",
     .requirement = {"MQTT-3.1.2-5", "MQTT-3.1.2-5"},
     .summary = "Messages that were queued are lost when the Client comes back",
     .apply = [](Behaviour& b) { b.keeps_queue = false; }},
    {.id = "session/loses-in-flight",
     .requirement = {"MQTT-4.4.0-1", "MQTT-4.4.0-1"},
     .summary = "Messages in flight are forgotten when the connection breaks",
     .apply = [](Behaviour& b) { b.keeps_in_flight = false; }},
    {.id = "session/forgets-received-packet-identifiers",
     .requirement = {"MQTT-4.3.3-2", "MQTT-4.3.3-10"},
     .summary = "A QoS 2 PUBLISH sent again on a new connection is delivered again",
     .apply = [](Behaviour& b) { b.keeps_received_packet_ids = false; }},
    {.id = "session/lost-at-takeover",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-5"},
     .summary = "A Client that takes the place of its earlier connection gets a new Session",
     .apply = [](Behaviour& b) { b.takeover_keeps_session = false; }},
    {.id = "session/lost-with-its-connection",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-23"},
     .summary = "A Session is kept after DISCONNECT, and not when its connection is lost",
     .apply = [](Behaviour& b) { b.lost_connection_keeps_session = false; }},
    {.id = "session/resumed-with-qos-0",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-5"},
     .summary = "The subscriptions of a Session that goes on have QoS 0",
     .apply = changing_resumed<[](Subscription& s) { s.granted = wire::QoS::at_most_once; }>},
    {.id = "session/resumed-without-no-local",
     .requirement = {"", "MQTT-3.1.2-5"},
     .summary = "The subscriptions of a Session that goes on have lost No Local",
     .apply = changing_resumed<[](Subscription& s) { s.no_local = false; }>},
    {.id = "session/resumed-without-retain-as-published",
     .requirement = {"", "MQTT-3.1.2-5"},
     .summary = "The subscriptions of a Session that goes on have lost Retain As Published",
     .apply = changing_resumed<[](Subscription& s) { s.retain_as_published = false; }>},
    {.id = "session/resumed-without-subscription-identifiers",
     .requirement = {"", "MQTT-3.1.2-5"},
     .summary = "The subscriptions of a Session that goes on have lost their Subscription Identifiers",
     .apply = changing_resumed<[](Subscription& s) { s.identifier.reset(); }>},
    {.id = "session/resumed-without-shared-subscriptions",
     .requirement = {"", "MQTT-3.1.2-5"},
     .summary = "A Session that goes on has lost its Shared Subscriptions",
     .apply = changing_resumed<[](Subscription& s) {
       if (s.shared) s.effective_from = TimePoint::max();
     }>},
    {.id = "session/resumed-without-wildcards",
     .requirement = {"MQTT-3.1.2-4", "MQTT-3.1.2-5"},
     .summary = "A Session that goes on has lost its subscriptions with wildcards",
     .apply = changing_resumed<[](Subscription& s) {
       if (s.topic_filter.find_first_of("+#") != std::string::npos) s.effective_from = TimePoint::max();
     }>},

    // ---- A Session that is to end
    {.id = "session/clean-start-keeps-subscriptions",
     .requirement = {"MQTT-3.1.2-6", "MQTT-3.1.2-4"},
     .summary = "A clean start leaves the old subscriptions",
     .apply = [](Behaviour& b) { b.clean_start_drops_subscriptions = false; }},
    {.id = "session/clean-start-keeps-messages",
     .requirement = {"MQTT-3.1.2-6", "MQTT-3.1.2-4"},
     .summary = "A clean start leaves the old messages",
     .apply =
         [](Behaviour& b) {
           b.clean_start_drops_queue = false;
           b.clean_start_drops_in_flight = false;
           b.clean_start_drops_received_ids = false;
         }},
    {.id = "session/clean-start-keeps-queue",
     .requirement = {"MQTT-3.1.2-6", "MQTT-3.1.2-4"},
     .summary = "A clean start leaves the messages that waited",
     .apply = [](Behaviour& b) { b.clean_start_drops_queue = false; }},
    {.id = "session/clean-start-keeps-messages-in-flight",
     .requirement = {"MQTT-3.1.2-6", "MQTT-3.1.2-4"},
     .summary = "A clean start leaves the messages in flight",
     .apply = [](Behaviour& b) { b.clean_start_drops_in_flight = false; }},
    {.id = "session/clean-start-keeps-received-packet-identifiers",
     .requirement = {"MQTT-3.1.2-6", "MQTT-3.1.2-4"},
     .summary = "After a clean start a QoS 2 PUBLISH is taken for one that the Session before had received",
     .apply = [](Behaviour& b) { b.clean_start_drops_received_ids = false; }},
    {.id = "session/outlives-its-connection",
     .requirement = {"MQTT-3.1.2-6", "MQTT-4.1.0-2"},
     .summary = "A Session that is to last as long as its connection is kept",
     .apply = [](Behaviour& b) { b.clean_session_ends_with_connection = false; }},
    {.id = "session/never-expires",
     .requirement = {"", "MQTT-4.1.0-2"},
     .summary = "A Session is kept beyond its Session Expiry Interval",
     .apply = [](Behaviour& b) { b.ends_expired_session = false; }},
    {.id = "session/expiry-interval-ignored",
     .requirement = {"", "MQTT-3.1.2-23"},
     .summary = "Session Expiry Interval is taken for 0",
     .make_interceptor = changing_received<Connect, [](Connect& p) { p.properties.remove(PropertyId::session_expiry_interval); }>},
    {.id = "session/never-expiring-one-expires",
     .requirement = {"", "MQTT-3.1.2-23"},
     .summary = "A Session Expiry Interval of 0xFFFFFFFF is taken for one that has passed",
     .make_interceptor = changing_received<Connect,
                                           [](Connect& p) {
                                             if (p.properties.get(prop::session_expiry_interval) == 0xFFFF'FFFFU)
                                               p.properties.remove(PropertyId::session_expiry_interval);
                                           }>},
    {.id = "session/expiry-of-disconnect-ignored",
     .requirement = {"", "3.14.2.2.2"},
     .summary = "The Session Expiry Interval of DISCONNECT changes nothing",
     .apply = [](Behaviour& b) { b.heeds_session_expiry_of_disconnect = false; }},
    {.id = "session/expiry-raised-from-zero",
     .requirement = {"", "3.14.2.2.2"},
     .summary = "DISCONNECT can raise a Session Expiry Interval of 0",
     .apply = [](Behaviour& b) { b.refuses_raised_session_expiry = false; }},

    // ---- Wills that are not published
    {.id = "will/never-published",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "No Will is ever published",
     .apply = [](Behaviour& b) { b.publishes_will = false; }},
    {.id = "will/not-on-connection-loss",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "No Will when the Client closes the connection without DISCONNECT",
     .apply = [](Behaviour& b) { b.will_on_connection_lost = false; }},
    {.id = "will/not-on-keep-alive-timeout",
     .requirement = {"MQTT-3.1.2-24", "MQTT-3.1.2-22"},
     .summary = "No Will when Keep Alive has run out",
     .apply = [](Behaviour& b) { b.will_on_keep_alive_timeout = false; }},
    {.id = "will/not-on-protocol-error",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "No Will when the server closes the connection because of an error",
     .apply = [](Behaviour& b) { b.will_on_error = false; }},
    {.id = "will/not-on-takeover",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "No Will of a Client whose Session is taken over",
     .apply = [](Behaviour& b) { b.will_on_takeover = false; }},
    {.id = "will/not-on-disconnect-0x04",
     .requirement = {"", "MQTT-3.1.2-8"},
     .summary = "No Will after DISCONNECT 0x04",
     .apply = [](Behaviour& b) { b.disconnect_with_will_publishes = false; }},
    {.id = "will/lost-with-its-session",
     .requirement = {"", "MQTT-3.1.2-8"},
     .summary = "No Will when the Session ends while its Will Delay Interval runs",
     .apply = [](Behaviour& b) { b.session_end_publishes_will = false; }},

    // ---- Wills that are published too often or too early
    {.id = "will/published-on-disconnect",
     .requirement = {"MQTT-3.14.4-3", "MQTT-3.14.4-3"},
     .summary = "The Will is published after a DISCONNECT",
     .apply = [](Behaviour& b) { b.disconnect_deletes_will = false; }},
    {.id = "will/published-twice",
     .requirement = {"MQTT-3.1.2-10", "MQTT-3.1.2-10"},
     .summary = "The Will is published twice",
     .apply = [](Behaviour& b) { b.will_published_once = false; }},
    {.id = "will/published-for-the-next-connection",
     .requirement = {"MQTT-3.1.2-12", "MQTT-3.1.2-10"},
     .summary = "The Will of a connection is published again after the Session's next one, which had none",
     .apply = [](Behaviour& b) { b.will_replaced_by_connect = false; }},
    {.id = "will/delay-ignored",
     .requirement = {"", "MQTT-3.1.2-8"},
     .summary = "The Will is published at once, whatever its Will Delay Interval",
     .apply = [](Behaviour& b) { b.waits_will_delay = false; }},
    {.id = "will/published-despite-reconnection",
     .requirement = {"", "MQTT-3.1.3-9"},
     .summary = "The Will is published although the Client came back within its Will Delay Interval",
     .apply = [](Behaviour& b) { b.reconnection_cancels_will = false; }},
    {.id = "will/published-at-takeover-despite-delay",
     .requirement = {"", "MQTT-3.1.3-9"},
     .summary = "The Will is published when the Client takes the place of its earlier connection, whatever its Will Delay Interval",
     .apply = [](Behaviour& b) { b.waits_will_delay_at_takeover = false; }},
    {.id = "will/published-for-a-refused-connect",
     .requirement = {"MQTT-3.1.2-8", "3.1.2.5"},
     .summary = "The Will of a CONNECT that is refused is published",
     .apply = [](Behaviour& b) { b.publishes_will_of_refused = true; }},

    // ---- Wills that are altered
    {.id = "will/qos-0",
     .requirement = {"MQTT-3.1.2-9", "3.1.2.6"},
     .summary = "The Will is published with QoS 0",
     .make_interceptor = changing_will<[](wire::Will& will) { will.qos = wire::QoS::at_most_once; }>},
    {.id = "will/not-retained",
     .requirement = {"MQTT-3.1.2-17", "MQTT-3.1.2-15"},
     .summary = "A Will is never retained",
     .make_interceptor = changing_will<[](wire::Will& will) { will.retain = false; }>},
    {.id = "will/always-retained",
     .requirement = {"MQTT-3.1.2-16", "MQTT-3.1.2-14"},
     .summary = "Every Will is retained",
     .make_interceptor = changing_will<[](wire::Will& will) { will.retain = true; }>},
    {.id = "will/payload-cut",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "The last byte of the Will's payload is lost",
     .make_interceptor = changing_will<[](wire::Will& will) {
       if (!will.payload.empty()) will.payload.pop_back();
     }>},
    {.id = "will/empty-payload-dropped",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "A Will with an empty payload is not published",
     .make_interceptor = changing_received<Connect,
                                           [](Connect& p) {
                                             if (p.will && p.will->payload.empty()) p.will.reset();
                                           }>},
    {.id = "will/other-topic",
     .requirement = {"MQTT-3.1.2-8", "MQTT-3.1.2-8"},
     .summary = "The Will is published to another topic",
     .make_interceptor = changing_will<[](wire::Will& will) { will.topic += "/will"; }>},
    {.id = "will/user-properties-reversed",
     .requirement = {"", "MQTT-3.1.3-10"},
     .summary = "The Will's User Properties come in another order",
     .make_interceptor = changing_will<[](wire::Will& will) { reverse_user_properties(will.properties); }>},
    {.id = "will/user-properties-lost",
     .requirement = {"", "3.1.3.2.8"},
     .summary = "The Will is published without its User Properties",
     .make_interceptor = losing_will_property<PropertyId::user_property>},
    {.id = "will/content-type-lost",
     .requirement = {"", "3.1.3.2.5"},
     .summary = "The Will is published without its Content Type",
     .make_interceptor = losing_will_property<PropertyId::content_type>},
    {.id = "will/response-topic-lost",
     .requirement = {"", "3.1.3.2.6"},
     .summary = "The Will is published without its Response Topic",
     .make_interceptor = losing_will_property<PropertyId::response_topic>},
    {.id = "will/correlation-data-lost",
     .requirement = {"", "3.1.3.2.7"},
     .summary = "The Will is published without its Correlation Data",
     .make_interceptor = losing_will_property<PropertyId::correlation_data>},
    {.id = "will/payload-format-indicator-lost",
     .requirement = {"", "3.1.3.2.3"},
     .summary = "The Will is published without its Payload Format Indicator",
     .make_interceptor = losing_will_property<PropertyId::payload_format_indicator>},
    {.id = "will/message-expiry-interval-lost",
     .requirement = {"", "3.1.3.2.4"},
     .summary = "The Will is published without its Message Expiry Interval",
     .make_interceptor = losing_will_property<PropertyId::message_expiry_interval>},

    // ---- Endings
    {.id = "ending/errors-tolerated",
     .requirement = {"MQTT-4.8.0-1", "MQTT-4.13.1-1"},
     .summary = "Packets that are malformed are passed over",
     .apply = [](Behaviour& b) { b.closes_on_error = false; }},
    {.id = "ending/errors-end-without-disconnect",
     .requirement = {"", "4.13.1"},
     .summary = "A connection that ends over an error is closed without DISCONNECT",
     .apply = [](Behaviour& b) { b.disconnects_before_closing = false; }},
    {.id = "session/forgets-subscriptions-while-connected",
     .requirement = {"MQTT-4.1.0-2", "MQTT-4.1.0-1"},
     .summary = "Subscriptions are forgotten after two seconds of a connection",
     .apply = [](Behaviour& b) { b.subscription_lasts = std::chrono::seconds(2); }},
    {.id = "ending/goes-on-after-disconnect-sent",
     .requirement = {"", "MQTT-3.14.4-2"},
     .summary = "The server goes on serving a connection on which it has sent DISCONNECT",
     .apply = [](Behaviour& b) { b.closes_after_disconnect_sent = false; }},
    {.id = "ending/open-after-disconnect-sent",
     .requirement = {"", "MQTT-4.13.2-1"},
     .summary = "The connection stays open after the server's DISCONNECT",
     .apply = [](Behaviour& b) { b.closes_after_disconnect_sent = false; }},
    {.id = "ending/open-after-disconnect-received",
     .requirement = {"3.14.4", "3.14.4"},
     .summary = "The connection stays open after the Client's DISCONNECT",
     .apply = [](Behaviour& b) { b.closes_after_disconnect_received = false; }},
    {.id = "ending/disconnect-with-session-expiry-interval",
     .requirement = {"", "MQTT-3.14.2-2"},
     .summary = "The server's DISCONNECT carries a Session Expiry Interval",
     .make_interceptor = changing_sent<Disconnect, [](Disconnect& p) { p.properties.set(prop::session_expiry_interval, 0); }>},
    {.id = "ending/disconnect-with-undefined-code",
     .requirement = {"", "MQTT-3.14.2-1"},
     .summary = "The server's DISCONNECT has a Reason Code that the standard does not define",
     .make_interceptor = changing_sent<Disconnect, [](Disconnect& p) { p.reason_code = ReasonCode{0xB0}; }>},
    {.id = "ending/packet-after-disconnect",
     .requirement = {"", "MQTT-3.14.4-1"},
     .summary = "A PINGRESP comes behind the server's DISCONNECT",
     .make_interceptor = replacing_sent<Disconnect,
                                        [](Disconnect& p) {
                                          Outgoing outgoing;
                                          outgoing.emplace_back(p);
                                          outgoing.emplace_back(wire::Pingresp{});
                                          return outgoing;
                                        }>},
};

}  // namespace

std::span<const Defect> sessions() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
