// Broken in what becomes of a message on its way (3.3.2, 3.3.3): topic, payload, properties, Message Expiry Interval.

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "mock_broker/engine/message.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::PropertyId;
using wire::Publish;
namespace prop = wire::prop;

template <PropertyId Id>
constexpr auto losing = changing_received<Publish, [](Publish& p) { p.properties.remove(Id); }>;

/// Whether there is a Topic Name, and room for more of it.
bool may_grow(const std::string& topic) { return !topic.empty() && topic.size() < 65'000; }

void strip_byte_order_mark(std::string& text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
}

constexpr Defect table[] = {
    // ---- Topic and payload
    {.id = "topic/byte-order-mark-stripped-from-name",
     .requirement = {"MQTT-1.5.3-3", "MQTT-1.5.4-3"},
     .summary = "U+FEFF at the beginning of a Topic Name is stripped",
     .make_interceptor = changing_received<Publish, [](Publish& p) { strip_byte_order_mark(p.topic); }>},
    {.id = "topic/byte-order-mark-stripped-from-filter",
     .requirement = {"MQTT-1.5.3-3", "MQTT-1.5.4-3"},
     .summary = "U+FEFF at the beginning of a Topic Filter is stripped",
     .make_interceptor = changing_received<wire::Subscribe,
                                           [](wire::Subscribe& p) {
                                             for (auto& subscription : p.subscriptions) strip_byte_order_mark(subscription.topic_filter);
                                           }>},
    {.id = "client-id/byte-order-mark-stripped",
     .requirement = {"MQTT-1.5.3-3", "MQTT-1.5.4-3"},
     .summary = "U+FEFF at the beginning of a Client Identifier is stripped",
     .make_interceptor = changing_received<wire::Connect, [](wire::Connect& p) { strip_byte_order_mark(p.client_id); }>},
    {.id = "topic/cut-at-1024-bytes",
     .requirement = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"},
     .summary = "Topic Names are delivered without what is beyond 1,024 bytes",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.topic.resize(std::min<std::size_t>(p.topic.size(), 1'024)); }>},
    {.id = "topic/names-of-32-kib-dropped",
     .requirement = {"MQTT-4.7.3-3", "MQTT-4.7.3-3"},
     .summary = "Messages with Topic Names of more than 32,767 bytes reach nobody",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { return p.topic.size() <= 0x7FFF; }>},
    {.id = "topic/one-character-names-dropped",
     .requirement = {"MQTT-4.7.3-1", "MQTT-4.7.3-1"},
     .summary = "Messages with Topic Names of one character reach nobody",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { return p.topic.size() != 1; }>},
    {.id = "topic/delivered-with-filter-as-name",
     .requirement = {"MQTT-3.3.2-2", "MQTT-3.3.2-2"},
     .summary = "Messages are delivered with a wildcard in their Topic Name",
     .make_interceptor = changing_sent<Publish,
                                       [](Publish& p) {
                                         if (may_grow(p.topic)) p.topic += "/#";
                                       }>},
    {.id = "topic/delivered-with-separator-added",
     .requirement = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"},
     .summary = "Messages are delivered with a / in front of their Topic Name",
     .make_interceptor = changing_sent<Publish,
                                       [](Publish& p) {
                                         if (may_grow(p.topic)) p.topic.insert(0, "/");
                                       }>},
    {.id = "topic/delivered-in-lower-case",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "Topic Names are delivered in lower case",
     .make_interceptor = changing_sent<Publish,
                                       [](Publish& p) {
                                         std::ranges::transform(p.topic, p.topic.begin(), [](char c) {
                                           return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
                                         });
                                       }>},
    {.id = "payload/cut-at-0x00",
     .requirement = {"3.3.3", "3.3.3"},
     .summary = "A payload ends at its first 0x00",
     .make_interceptor =
         changing_received<Publish, [](Publish& p) { p.payload.resize(std::min(p.payload.find('\0'), p.payload.size())); }>},
    {.id = "payload/cut-at-64-kib",
     .requirement = {"3.3.3", "3.3.3"},
     .summary = "A payload ends after 65,535 bytes",
     .make_interceptor = changing_received<Publish, [](Publish& p) { p.payload.resize(std::min<std::size_t>(p.payload.size(), 65'535)); }>},
    {.id = "payload/not-text-altered",
     .requirement = {"3.3.3", "3.3.3"},
     .summary = "Bytes above 0x7F in a payload become ?",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             std::ranges::replace_if(
                                                 p.payload, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }, '?');
                                           }>},
    {.id = "publish/fixed-header-of-qos3",
     .requirement = {"MQTT-3.3.1-4", "MQTT-3.3.1-4"},
     .summary = "QoS 2 messages are delivered with both QoS bits set",
     .make_interceptor = changing_bytes<Publish,
                                        [](wire::Bytes& bytes) {
                                          if ((bytes.at(0) & 0x06) == 0x04) bytes[0] |= 0x02;
                                        }>},

    // ---- Properties
    {.id = "property/payload-format-indicator-lost",
     .requirement = {"", "MQTT-3.3.2-4"},
     .summary = "Messages are delivered without their Payload Format Indicator",
     .make_interceptor = losing<PropertyId::payload_format_indicator>},
    {.id = "property/response-topic-lost",
     .requirement = {"", "MQTT-3.3.2-15"},
     .summary = "Messages are delivered without their Response Topic",
     .make_interceptor = losing<PropertyId::response_topic>},
    {.id = "property/correlation-data-lost",
     .requirement = {"", "MQTT-3.3.2-16"},
     .summary = "Messages are delivered without their Correlation Data",
     .make_interceptor = losing<PropertyId::correlation_data>},
    {.id = "property/correlation-data-cut-at-0x00",
     .requirement = {"", "MQTT-3.3.2-16"},
     .summary = "Correlation Data ends at its first 0x00",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             if (auto data = p.properties.get(prop::correlation_data))
                                               p.properties.set(prop::correlation_data, data->substr(0, data->find('\0')));
                                           }>},
    {.id = "property/user-properties-lost",
     .requirement = {"", "MQTT-3.3.2-17"},
     .summary = "Messages are delivered without their User Properties",
     .make_interceptor = losing<PropertyId::user_property>},
    {.id = "property/user-properties-of-one-name-merged",
     .requirement = {"", "MQTT-3.3.2-17"},
     .summary = "Of several User Properties with one name the last is delivered",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             std::vector<wire::StringPair> kept;
                                             for (auto& pair : p.properties.all(prop::user_property)) {
                                               std::erase_if(kept,
                                                             [&](const wire::StringPair& earlier) { return earlier.first == pair.first; });
                                               kept.push_back(std::move(pair));
                                             }
                                             p.properties.remove(PropertyId::user_property);
                                             for (auto& pair : kept) p.properties.add(prop::user_property, std::move(pair));
                                           }>},
    {.id = "property/lost-while-waiting",
     .requirement = {"", "MQTT-3.3.2-17"},
     .summary = "Messages for a Client that is away lose their properties",
     .apply = [](Behaviour& b) { b.changes_queued = [](Message& message) { message.properties = {}; }; }},
    {.id = "property/sixteen-user-properties-at-most",
     .requirement = {"", "MQTT-3.3.2-17"},
     .summary = "Of the User Properties of a message sixteen are delivered",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             auto pairs = p.properties.all(prop::user_property);
                                             pairs.resize(std::min<std::size_t>(pairs.size(), 16));
                                             p.properties.remove(PropertyId::user_property);
                                             for (auto& pair : pairs) p.properties.add(prop::user_property, std::move(pair));
                                           }>},
    {.id = "property/user-properties-sorted",
     .requirement = {"", "MQTT-3.3.2-18"},
     .summary = "User Properties are delivered in the order of their names",
     .make_interceptor = changing_received<Publish,
                                           [](Publish& p) {
                                             auto pairs = p.properties.all(prop::user_property);
                                             std::ranges::sort(pairs);
                                             p.properties.remove(PropertyId::user_property);
                                             for (auto& pair : pairs) p.properties.add(prop::user_property, std::move(pair));
                                           }>},
    {.id = "property/content-type-lost",
     .requirement = {"", "MQTT-3.3.2-20"},
     .summary = "Messages are delivered without their Content Type",
     .make_interceptor = losing<PropertyId::content_type>},

    // ---- Message Expiry Interval
    {.id = "expiry/lost",
     .requirement = {"", "MQTT-3.3.2-6"},
     .summary = "Messages are delivered without their Message Expiry Interval",
     .make_interceptor = changing_sent<Publish, [](Publish& p) { p.properties.remove(PropertyId::message_expiry_interval); }>},
    {.id = "expiry/not-counted-down",
     .requirement = {"", "MQTT-3.3.2-6"},
     .summary = "Message Expiry Interval is delivered as it came, however long the message waited",
     .apply = [](Behaviour& b) { b.counts_down_message_expiry = false; }},
    {.id = "expiry/expired-message-delivered",
     .requirement = {"", "MQTT-3.3.2-5"},
     .summary = "Queued messages are delivered although their Message Expiry Interval has passed",
     .apply = [](Behaviour& b) { b.drops_expired_messages = false; }},
    {.id = "expiry/expired-retained-message-delivered",
     .requirement = {"", "MQTT-3.3.2-5"},
     .summary = "Retained messages are delivered although their Message Expiry Interval has passed",
     .apply =
         [](Behaviour& b) {
           b.checks_retained_expiry = false;
           b.drops_expired_messages = false;
         }},
    {.id = "expiry/applied-in-flight",
     .requirement = {"", "MQTT-4.3.3-7"},
     .summary = "A message that was sent already is not sent again if its Message Expiry Interval has passed",
     .apply = [](Behaviour& b) { b.expires_messages_in_flight = true; }},
};

}  // namespace

std::span<const Defect> forwarding() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
