// Broken at retained messages (3.3.1.3, 3.8.3.1).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "mock_broker/engine/message.hpp"

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using namespace std::chrono_literals;
using wire::Publish;
using wire::QoS;

constexpr Defect table[] = {
    // ---- Storing
    {.id = "retained/not-stored",
     .requirement = {"MQTT-3.3.1-5", "MQTT-3.3.1-5"},
     .summary = "Messages with RETAIN are not stored",
     .apply = [](Behaviour& b) { b.stores_retained = false; }},
    {.id = "retained/first-one-stays",
     .requirement = {"MQTT-3.3.1-5", "MQTT-3.3.1-5"},
     .summary = "A retained message is not replaced by the next one",
     .apply = [](Behaviour& b) { b.replaces_retained = false; }},
    {.id = "retained/stored-with-qos0",
     .requirement = {"MQTT-3.3.1-5", "MQTT-3.3.1-5"},
     .summary = "Retained messages are delivered with QoS 0, whatever they came with",
     .apply = [](Behaviour& b) { b.retained_keeps_qos = false; }},
    {.id = "retained/qos2-not-stored",
     .requirement = {"MQTT-3.3.1-5", "MQTT-3.3.1-5"},
     .summary = "Messages of QoS 2 with RETAIN are not stored",
     .make_interceptor = changing_received<Publish, [](Publish& p) { p.retain = p.retain && p.qos != QoS::exactly_once; }>},
    {.id = "retained/not-replaced-by-qos0",
     .requirement = {"MQTT-3.3.1-7", "MQTT-3.3.1-5"},
     .summary = "A retained message is not replaced by one of QoS 0",
     .apply = [](Behaviour& b) { b.qos0_replaces_retained = false; }},
    {.id = "retained/ends-with-its-publisher",
     .requirement = {"MQTT-3.3.1-5", "MQTT-3.3.1-5"},
     .summary = "Retained messages are removed when the Session of their publisher ends",
     .apply = [](Behaviour& b) { b.retained_ends_with_publisher = true; }},
    {.id = "retained/stored-without-flag",
     .requirement = {"MQTT-3.3.1-12", "MQTT-3.3.1-8"},
     .summary = "Messages without RETAIN are stored too",
     .apply = [](Behaviour& b) { b.retains_without_flag = true; }},
    {.id = "retained/removed-by-message-without-flag",
     .requirement = {"MQTT-3.3.1-12", "MQTT-3.3.1-8"},
     .summary = "A message without RETAIN removes the retained one",
     .apply = [](Behaviour& b) { b.unflagged_removes_retained = true; }},

    // ---- Clearing
    {.id = "retained/not-cleared",
     .requirement = {"MQTT-3.3.1-10", "MQTT-3.3.1-6"},
     .summary = "An empty payload does not remove the retained message",
     .apply = [](Behaviour& b) { b.empty_payload_clears_retained = false; }},
    {.id = "retained/empty-payload-stored",
     .requirement = {"MQTT-3.3.1-11", "MQTT-3.3.1-7"},
     .summary = "A message with an empty payload is stored as retained message",
     .apply = [](Behaviour& b) { b.stores_empty_retained = true; }},
    {.id = "retained/clearing-message-not-forwarded",
     .requirement = {"MQTT-3.3.1-10", "MQTT-3.3.1-6"},
     .summary = "A message that removes a retained one does not reach subscribers",
     .apply = [](Behaviour& b) { b.forwards_empty_retained = false; }},

    // ---- Sending with a new subscription
    {.id = "retained/never-sent",
     .requirement = {"MQTT-3.3.1-6", "MQTT-3.3.1-9"},
     .summary = "A new subscription gets no retained messages",
     .apply = [](Behaviour& b) { b.sends_retained = false; }},
    {.id = "retained/not-sent-to-wildcards",
     .requirement = {"MQTT-3.3.1-6", "MQTT-3.3.1-9"},
     .summary = "A new subscription with a wildcard gets no retained messages",
     .apply = [](Behaviour& b) { b.sends_retained_to_wildcards = false; }},
    {.id = "retained/not-sent-again",
     .requirement = {"MQTT-3.8.4-3", "MQTT-3.8.4-4"},
     .summary = "A subscription that replaces one gets no retained messages",
     .apply = [](Behaviour& b) { b.sends_retained_again = false; }},
    {.id = "retained/sent-for-the-first-filter-only",
     .requirement = {"MQTT-3.8.4-4", "MQTT-3.8.4-5"},
     .summary = "Of several Topic Filters in a SUBSCRIBE the first alone gets its retained messages",
     .apply = [](Behaviour& b) { b.sends_retained_to_every_filter = false; }},
    {.id = "retained/handling-0-only-for-new-subscriptions",
     .requirement = {"", "MQTT-3.3.1-9"},
     .summary = "Retain Handling 0 is taken for 1",
     .apply = [](Behaviour& b) { b.retain_handling_0_only_if_new = true; }},
    {.id = "retained/handling-1-ignored",
     .requirement = {"", "MQTT-3.3.1-10"},
     .summary = "Retain Handling 1 is taken for 0",
     .apply = [](Behaviour& b) { b.heeds_retain_handling_1 = false; }},
    {.id = "retained/handling-2-ignored",
     .requirement = {"", "MQTT-3.3.1-11"},
     .summary = "Retain Handling 2 is taken for 0",
     .apply = [](Behaviour& b) { b.heeds_retain_handling_2 = false; }},

    {.id = "retained/fifty-at-most",
     .requirement = {"MQTT-3.3.1-6", "MQTT-3.3.1-9"},
     .summary = "A new subscription gets fifty retained messages at most",
     .apply = [](Behaviour& b) { b.retained_sent_at_most = 50; }},
    {.id = "retained/not-sent-while-fresh",
     .requirement = {"MQTT-3.3.1-6", "MQTT-3.3.1-9"},
     .summary = "A message that was retained in the last 100 ms is not sent to new subscriptions",
     .apply = [](Behaviour& b) { b.retained_unseen_for = 100ms; }},
    {.id = "retained/properties-lost",
     .requirement = {"", "MQTT-3.3.2-17"},
     .summary = "Messages are retained without their properties",
     .apply = [](Behaviour& b) { b.changes_retained = [](Message& message) { message.properties = {}; }; }},

    // ---- RETAIN of what is sent
    {.id = "retained/sent-without-flag",
     .requirement = {"MQTT-3.3.1-8", "3.3.1.3"},
     .summary = "Retained messages are sent without RETAIN",
     .apply = [](Behaviour& b) { b.flags_retained = false; }},
    {.id = "retained/flag-on-live-messages",
     .requirement = {"MQTT-3.3.1-9", "MQTT-3.3.1-12"},
     .summary = "Messages with RETAIN reach established subscriptions with RETAIN",
     .apply = [](Behaviour& b) { b.live_retain = LiveRetain::as_published; }},
    {.id = "retained/flag-on-every-message",
     .requirement = {"MQTT-3.3.1-9", "MQTT-3.3.1-12"},
     .summary = "Every message is sent with RETAIN",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.retain = true; }>},
};

}  // namespace

std::span<const Defect> retaining() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
