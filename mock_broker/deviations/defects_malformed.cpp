// Tolerant where the standard demands to close the connection: each entry makes one kind of invalid packet valid before it is decoded.

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "mock_broker/deviations/repairs.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using mutations::repairing;
using repairs::Filter;
using repairs::RawProperty;
using wire::Bytes;
using wire::PacketType;
using wire::PropertyId;
using wire::Utf8Finding;
using enum wire::PacketType;

using Filters = std::vector<Filter>;
using RawProperties = std::vector<RawProperty>;

template <PacketType Type, std::uint8_t Flags>
constexpr auto any_flags = repairing<Type, [](Bytes& frame) { repairs::set_flags(frame, Flags); }>;

template <auto Change>
constexpr auto changing_connect_flags = repairing<connect, [](Bytes& frame) { repairs::change_connect_flags(frame, decltype(Change){}); }>;

/// Takes a Reason Code that the packet must not carry for 0x00.
template <PacketType Type>
constexpr auto any_reason_code =
    repairing<Type, [](Bytes& frame, const Peer& peer) { repairs::set_unknown_reason_code(frame, Type, peer.version); }>;

template <auto Change>
constexpr auto changing_topic = repairing<publish, [](Bytes& frame) { repairs::change_topic(frame, decltype(Change){}); }>;

template <PacketType Type, auto Change>
constexpr auto changing_filters =
    repairing<Type, [](Bytes& frame, const Peer& peer) { repairs::change_filters(frame, peer.version, decltype(Change){}); }>;

template <PacketType Type, auto Change>
constexpr auto changing_properties =
    repairing<Type, [](Bytes& frame, const Peer& peer) { repairs::change_properties(frame, peer.version, decltype(Change){}); }>;

std::string valid_wildcards(std::string_view filter) {
  std::string result(filter);
  for (std::size_t at = 0; at < result.size(); ++at) {
    const bool begins_level = at == 0 || result[at - 1] == '/';
    const bool ends_level = at + 1 == result.size() || result[at + 1] == '/';
    const bool is_last = at + 1 == result.size();
    if (result[at] == '#' && !(begins_level && is_last)) result[at] = '_';
    if (result[at] == '+' && !(begins_level && ends_level)) result[at] = '_';
  }
  return result;
}

void drop_zero(RawProperties& properties, PropertyId id) {
  std::erase_if(properties, [id](const RawProperty& p) { return p.id == static_cast<std::uint8_t>(id) && repairs::number(p) == 0; });
}

void drop(RawProperties& properties, PropertyId id) {
  std::erase_if(properties, [id](const RawProperty& p) { return p.id == static_cast<std::uint8_t>(id); });
}

/// Makes the string of a property well-formed.
void clean(RawProperties& properties, PropertyId id) {
  constexpr std::size_t length_size = 2;
  for (RawProperty& p : properties) {
    if (p.id != static_cast<std::uint8_t>(id) || p.value.size() < length_size) continue;
    const auto text = p.value.begin() + length_size;
    std::ranges::copy(repairs::without(std::string(text, p.value.end()), Utf8Finding::ill_formed), text);
  }
}

/// Keeps the first of those that may stand once.
void drop_repeated(RawProperties& properties) {
  std::set<std::uint8_t> seen;
  std::erase_if(properties, [&](const RawProperty& p) {
    return p.id != static_cast<std::uint8_t>(PropertyId::user_property) && !seen.insert(p.id).second;
  });
}

void drop_misplaced(RawProperties& properties, wire::PropertyPlace place) {
  std::erase_if(properties, [place](const RawProperty& p) {
    const auto* rule = wire::find_property_rule(p.id);
    return rule && (rule->places & static_cast<std::uint32_t>(place)) == 0;
  });
}

void drop_out_of_range(RawProperties& properties) {
  std::erase_if(properties, [](const RawProperty& p) {
    const auto* rule = wire::find_property_rule(p.id);
    return rule && rule->type == wire::PropertyType::byte && repairs::number(p) > 1;
  });
}

constexpr Defect table[] = {
    // ---- Flags of the fixed header
    {.id = "tolerates/connect-flags",
     .requirement = {"MQTT-2.2.2-2", "MQTT-2.1.3-1"},
     .summary = "CONNECT with reserved flags of the fixed header set is accepted",
     .make_interceptor = any_flags<connect, 0>},
    {.id = "tolerates/subscribe-flags",
     .requirement = {"MQTT-3.8.1-1", "MQTT-3.8.1-1"},
     .summary = "SUBSCRIBE with wrong flags is accepted",
     .make_interceptor = any_flags<subscribe, 2>},
    {.id = "tolerates/unsubscribe-flags",
     .requirement = {"MQTT-3.10.1-1", "MQTT-3.10.1-1"},
     .summary = "UNSUBSCRIBE with wrong flags is accepted",
     .make_interceptor = any_flags<unsubscribe, 2>},
    {.id = "tolerates/pubrel-flags",
     .requirement = {"MQTT-3.6.1-1", "MQTT-3.6.1-1"},
     .summary = "PUBREL with wrong flags is accepted",
     .make_interceptor = any_flags<pubrel, 2>},
    {.id = "tolerates/puback-flags",
     .requirement = {"MQTT-2.2.2-2", "MQTT-2.1.3-1"},
     .summary = "PUBACK with reserved flags set is accepted",
     .make_interceptor = any_flags<puback, 0>},
    {.id = "tolerates/pubrec-flags",
     .requirement = {"MQTT-2.2.2-2", "MQTT-2.1.3-1"},
     .summary = "PUBREC with reserved flags set is accepted",
     .make_interceptor = any_flags<pubrec, 0>},
    {.id = "tolerates/pubcomp-flags",
     .requirement = {"MQTT-2.2.2-2", "MQTT-2.1.3-1"},
     .summary = "PUBCOMP with reserved flags set is accepted",
     .make_interceptor = any_flags<pubcomp, 0>},
    {.id = "tolerates/pingreq-flags",
     .requirement = {"MQTT-2.2.2-2", "MQTT-2.1.3-1"},
     .summary = "PINGREQ with reserved flags set is answered",
     .make_interceptor = any_flags<pingreq, 0>},
    {.id = "tolerates/disconnect-flags",
     .requirement = {"MQTT-3.14.1-1", "MQTT-3.14.1-1"},
     .summary = "DISCONNECT with reserved flags set is accepted: the Will is discarded",
     .make_interceptor = any_flags<disconnect, 0>},
    {.id = "tolerates/publish-qos3",
     .requirement = {"MQTT-3.3.1-4", "MQTT-3.3.1-4"},
     .summary = "PUBLISH with both QoS bits set is taken for QoS 2",
     .make_interceptor = repairing<publish,
                                   [](Bytes& frame) {
                                     if ((frame[0] & 0x06) == 0x06) frame[0] &= 0xFD;
                                   }>},
    {.id = "tolerates/publish-dup-on-qos0",
     .requirement = {"MQTT-3.3.1-2", ""},
     .summary = "PUBLISH with QoS 0 and DUP is accepted",
     .make_interceptor = repairing<publish,
                                   [](Bytes& frame) {
                                     if ((frame[0] & 0x06) == 0) frame[0] &= 0xF7;
                                   }>},
    {.id = "tolerates/remaining-length-of-five-bytes",
     .requirement = {"MQTT-4.8.0-1", "MQTT-4.13.1-1"},
     .summary = "A Remaining Length of five bytes is accepted",
     .make_interceptor = repairing<pingreq, [](Bytes& frame) { repairs::shorten_remaining_length(frame); }>},
    {.id = "tolerates/pingreq-with-body",
     .requirement = {"3.12.1", "3.12.1"},
     .summary = "PINGREQ with bytes behind its fixed header is answered",
     .make_interceptor = repairing<pingreq, [](Bytes& frame) { repairs::drop_body(frame); }>},

    // ---- CONNECT
    {.id = "tolerates/protocol-name",
     .requirement = {"MQTT-3.1.2-1", "MQTT-3.1.2-1"},
     .summary = "Any Protocol Name will do",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::set_protocol_name(frame); }>},
    {.id = "tolerates/protocol-level",
     .requirement = {"MQTT-3.1.2-2", "MQTT-3.1.2-2"},
     .summary = "Any Protocol Level will do",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::set_protocol_level(frame); }>},
    {.id = "tolerates/connect-reserved-flag",
     .requirement = {"MQTT-3.1.2-3", "MQTT-3.1.2-3"},
     .summary = "CONNECT with the reserved Connect Flag set is accepted",
     .make_interceptor = changing_connect_flags<[](std::uint8_t flags) { return static_cast<std::uint8_t>(flags & 0xFE); }>},
    {.id = "tolerates/will-qos3",
     .requirement = {"MQTT-3.1.2-14", "MQTT-3.1.2-12"},
     .summary = "CONNECT with Will QoS 3 is accepted",
     .make_interceptor = changing_connect_flags<[](std::uint8_t flags) {
       return (flags & 0x18) == 0x18 ? static_cast<std::uint8_t>(flags & 0xF7) : flags;
     }>},
    {.id = "tolerates/will-qos-without-will",
     .requirement = {"MQTT-3.1.2-13", "MQTT-3.1.2-11"},
     .summary = "CONNECT with Will QoS and without Will Flag is accepted",
     .make_interceptor =
         changing_connect_flags<[](std::uint8_t flags) { return (flags & 0x04) == 0 ? static_cast<std::uint8_t>(flags & 0xE7) : flags; }>},
    {.id = "tolerates/will-retain-without-will",
     .requirement = {"MQTT-3.1.2-15", "MQTT-3.1.2-13"},
     .summary = "CONNECT with Will Retain and without Will Flag is accepted",
     .make_interceptor =
         changing_connect_flags<[](std::uint8_t flags) { return (flags & 0x04) == 0 ? static_cast<std::uint8_t>(flags & 0xDF) : flags; }>},
    {.id = "tolerates/password-without-user-name",
     .requirement = {"MQTT-3.1.2-22", ""},
     .summary = "CONNECT with a password and without user name is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::drop_lonely_password(frame); }>},
    {.id = "tolerates/user-name-missing",
     .requirement = {"MQTT-3.1.2-19", "MQTT-3.1.2-17"},
     .summary = "CONNECT with the User Name Flag and without a user name is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::drop_user_name_flag(frame); }>},
    {.id = "tolerates/user-name-without-flag",
     .requirement = {"MQTT-3.1.2-18", "MQTT-3.1.2-16"},
     .summary = "CONNECT with a user name and without the User Name Flag is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::set_missing_flag(frame, repairs::user_name_flag); }>},
    {.id = "tolerates/password-without-flag",
     .requirement = {"MQTT-3.1.2-20", "MQTT-3.1.2-18"},
     .summary = "CONNECT with a password and without the Password Flag is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::set_missing_flag(frame, repairs::password_flag); }>},
    {.id = "tolerates/will-topic-ill-formed",
     .requirement = {"MQTT-3.1.3-10", "MQTT-3.1.3-11"},
     .summary = "A Will Topic that is not UTF-8 is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::clean_will_topic(frame, Utf8Finding::ill_formed); }>},
    {.id = "tolerates/client-id-ill-formed",
     .requirement = {"MQTT-3.1.3-4", "MQTT-3.1.3-4"},
     .summary = "A Client Identifier that is not UTF-8 is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::clean_client_id(frame, Utf8Finding::ill_formed); }>},
    {.id = "tolerates/client-id-with-null",
     .requirement = {"MQTT-1.5.3-2", "MQTT-1.5.4-2"},
     .summary = "A Client Identifier with U+0000 is accepted",
     .make_interceptor = repairing<connect, [](Bytes& frame) { repairs::clean_client_id(frame, Utf8Finding::null_character); }>},

    // ---- PUBLISH
    {.id = "tolerates/topic-ill-formed",
     .requirement = {"MQTT-1.5.3-1", "MQTT-1.5.4-1"},
     .summary = "PUBLISH with a Topic Name that is not UTF-8 is accepted",
     .make_interceptor = changing_topic<[](std::string_view topic) { return repairs::without(topic, Utf8Finding::ill_formed); }>},
    {.id = "tolerates/topic-with-null",
     .requirement = {"MQTT-1.5.3-2", "MQTT-1.5.4-2"},
     .summary = "PUBLISH with U+0000 in its Topic Name is accepted",
     .make_interceptor = changing_topic<[](std::string_view topic) { return repairs::without(topic, Utf8Finding::null_character); }>},
    {.id = "tolerates/topic-with-wildcard",
     .requirement = {"MQTT-3.3.2-2", "MQTT-3.3.2-2"},
     .summary = "PUBLISH with a wildcard in its Topic Name is accepted",
     .make_interceptor = changing_topic<[](std::string_view topic) {
       std::string changed(topic);
       std::ranges::replace_if(changed, [](char c) { return c == '+' || c == '#'; }, '_');
       return changed;
     }>},
    {.id = "tolerates/topic-empty",
     .requirement = {"MQTT-4.7.3-1", "MQTT-4.7.3-1"},
     .summary = "PUBLISH with an empty Topic Name is accepted",
     .make_interceptor = changing_topic<[](std::string_view topic) { return std::string(topic.empty() ? "_" : topic); }>},
    {.id = "tolerates/publish-packet-identifier-0",
     .requirement = {"MQTT-2.3.1-1", "MQTT-2.2.1-3"},
     .summary = "PUBLISH with Packet Identifier 0 is accepted",
     .make_interceptor = repairing<publish, [](Bytes& frame) { repairs::set_publish_packet_id(frame, 0xFFFE); }>},
    {.id = "tolerates/publish-with-subscription-identifier",
     .requirement = {"", "MQTT-3.3.4-6"},
     .summary = "PUBLISH of a Client with a Subscription Identifier is accepted",
     .make_interceptor = changing_properties<publish, [](RawProperties& p) { drop(p, PropertyId::subscription_identifier); }>},
    {.id = "tolerates/topic-alias-0",
     .requirement = {"", "MQTT-3.3.2-8"},
     .summary = "PUBLISH with Topic Alias 0 is accepted",
     .make_interceptor = changing_properties<publish, [](RawProperties& p) { drop_zero(p, PropertyId::topic_alias); }>},
    {.id = "tolerates/publish-with-repeated-property",
     .requirement = {"", "2.2.2.2"},
     .summary = "PUBLISH with a property twice that may stand once is accepted",
     .make_interceptor = changing_properties<publish, [](RawProperties& p) { drop_repeated(p); }>},
    {.id = "tolerates/publish-with-misplaced-property",
     .requirement = {"", "2.2.2.2"},
     .summary = "PUBLISH with a property that does not belong there is accepted",
     .make_interceptor =
         changing_properties<publish, [](RawProperties& p) { drop_misplaced(p, wire::PropertyPlace::publish_from_client); }>},

    {.id = "tolerates/response-topic-ill-formed",
     .requirement = {"", "MQTT-3.3.2-13"},
     .summary = "PUBLISH with a Response Topic that is not UTF-8 is accepted",
     .make_interceptor = changing_properties<publish, [](RawProperties& p) { clean(p, PropertyId::response_topic); }>},
    {.id = "tolerates/content-type-ill-formed",
     .requirement = {"", "MQTT-3.3.2-19"},
     .summary = "PUBLISH with a Content Type that is not UTF-8 is accepted",
     .make_interceptor = changing_properties<publish, [](RawProperties& p) { clean(p, PropertyId::content_type); }>},

    // ---- CONNECT's properties
    {.id = "tolerates/receive-maximum-0",
     .requirement = {"", "3.1.2.11.3"},
     .summary = "CONNECT with Receive Maximum 0 is accepted",
     .make_interceptor = changing_properties<connect, [](RawProperties& p) { drop_zero(p, PropertyId::receive_maximum); }>},
    {.id = "tolerates/maximum-packet-size-0",
     .requirement = {"", "3.1.2.11.4"},
     .summary = "CONNECT with Maximum Packet Size 0 is accepted",
     .make_interceptor = changing_properties<connect, [](RawProperties& p) { drop_zero(p, PropertyId::maximum_packet_size); }>},
    {.id = "tolerates/connect-with-repeated-property",
     .requirement = {"", "3.1.2.11.2"},
     .summary = "CONNECT with a property twice that may stand once is accepted",
     .make_interceptor = changing_properties<connect, [](RawProperties& p) { drop_repeated(p); }>},
    {.id = "tolerates/connect-with-misplaced-property",
     .requirement = {"", "2.2.2.2"},
     .summary = "CONNECT with a property that does not belong there is accepted",
     .make_interceptor = changing_properties<connect, [](RawProperties& p) { drop_misplaced(p, wire::PropertyPlace::connect); }>},
    {.id = "tolerates/request-problem-information-2",
     .requirement = {"", "3.1.2.11.7"},
     .summary = "CONNECT with Request Problem Information 2 is accepted",
     .make_interceptor = changing_properties<connect, [](RawProperties& p) { drop_out_of_range(p); }>},
    {.id = "tolerates/authentication-data-alone",
     .requirement = {"", "3.1.2.11.10"},
     .summary = "CONNECT with Authentication Data and without Authentication Method is accepted",
     .make_interceptor = changing_properties<connect,
                                             [](RawProperties& p) {
                                               const bool has_method = std::ranges::any_of(p, [](const RawProperty& property) {
                                                 return property.id == static_cast<std::uint8_t>(PropertyId::authentication_method);
                                               });
                                               if (!has_method) drop(p, PropertyId::authentication_data);
                                             }>},

    // ---- SUBSCRIBE
    {.id = "tolerates/subscribe-packet-identifier-0",
     .requirement = {"MQTT-2.3.1-1", "MQTT-2.2.1-3"},
     .summary = "SUBSCRIBE with Packet Identifier 0 is accepted",
     .make_interceptor = repairing<subscribe, [](Bytes& frame) { repairs::set_packet_id(frame, 0xFFFE); }>},
    {.id = "tolerates/subscribe-without-filter",
     .requirement = {"MQTT-3.8.3-3", "MQTT-3.8.3-2"},
     .summary = "SUBSCRIBE without Topic Filter is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            if (f.empty()) f.push_back({.text = "_"});
                                          }>},
    {.id = "tolerates/subscription-qos3",
     .requirement = {"MQTT-3-8.3-4", "3.8.3.1"},
     .summary = "A subscription with QoS 3 is taken for QoS 2",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if ((filter.options & 0x03) == 0x03) filter.options &= 0xFE;
                                          }>},
    {.id = "tolerates/subscription-reserved-bits",
     .requirement = {"MQTT-3-8.3-4", "MQTT-3.8.3-5"},
     .summary = "A subscription with reserved bits set is accepted",
     .make_interceptor =
         repairing<subscribe,
                   [](Bytes& frame, const Peer& peer) {
                     const bool five = peer.version == spec::ProtocolVersion::v5_0;
                     const auto keep_five = [](Filters& f) { std::ranges::for_each(f, [](Filter& filter) { filter.options &= 0x3F; }); };
                     const auto keep_three = [](Filters& f) { std::ranges::for_each(f, [](Filter& filter) { filter.options &= 0x03; }); };
                     repairs::change_filters(frame, peer.version, five ? +keep_five : +keep_three);
                   }>},
    {.id = "tolerates/retain-handling-3",
     .requirement = {"", "3.8.3.1"},
     .summary = "A subscription with Retain Handling 3 is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if ((filter.options & 0x30) == 0x30) filter.options &= 0xCF;
                                          }>},
    {.id = "tolerates/no-local-on-shared",
     .requirement = {"", "MQTT-3.8.3-4"},
     .summary = "No Local on a Shared Subscription is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if (filter.text.starts_with("$share/")) filter.options &= 0xFB;
                                          }>},
    {.id = "tolerates/filter-empty",
     .requirement = {"MQTT-4.7.3-1", "MQTT-4.7.3-1"},
     .summary = "An empty Topic Filter is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if (filter.text.empty()) filter.text = "_";
                                          }>},
    {.id = "tolerates/filter-ill-formed",
     .requirement = {"MQTT-3.8.3-1", "MQTT-3.8.3-1"},
     .summary = "A Topic Filter that is not UTF-8 is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f) filter.text = repairs::without(filter.text, Utf8Finding::ill_formed);
                                          }>},
    {.id = "tolerates/filter-with-null",
     .requirement = {"MQTT-4.7.3-2", "MQTT-4.7.3-2"},
     .summary = "A Topic Filter with U+0000 is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              filter.text = repairs::without(filter.text, Utf8Finding::null_character);
                                          }>},
    {.id = "tolerates/hash-not-last",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "A Topic Filter with # where it may not stand is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if (filter.text.contains('#')) filter.text = valid_wildcards(filter.text);
                                          }>},
    {.id = "tolerates/plus-within-level",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "A Topic Filter with + beside other characters of its level is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if (filter.text.contains('+')) filter.text = valid_wildcards(filter.text);
                                          }>},
    {.id = "tolerates/share-without-name",
     .requirement = {"", "MQTT-4.8.2-1"},
     .summary = "A Shared Subscription with an empty ShareName is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f)
                                              if (filter.text.starts_with("$share//")) filter.text.insert(7, "_");
                                          }>},
    {.id = "tolerates/share-name-with-wildcard",
     .requirement = {"", "MQTT-4.8.2-2"},
     .summary = "A Shared Subscription with a wildcard in its ShareName is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f) {
                                              if (!filter.text.starts_with("$share/")) continue;
                                              const auto end = std::min(filter.text.find('/', 7), filter.text.size());
                                              std::replace_if(
                                                  filter.text.begin() + 7, filter.text.begin() + static_cast<std::ptrdiff_t>(end),
                                                  [](char c) { return c == '+' || c == '#'; }, '_');
                                            }
                                          }>},
    {.id = "tolerates/share-without-filter",
     .requirement = {"", "MQTT-4.8.2-2"},
     .summary = "A Shared Subscription without a Topic Filter is accepted",
     .make_interceptor = changing_filters<subscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f) {
                                              if (!filter.text.starts_with("$share/")) continue;
                                              const auto end = filter.text.find('/', 7);
                                              if (end == std::string::npos) filter.text += "/_";
                                              if (end + 1 == filter.text.size()) filter.text += "_";
                                            }
                                          }>},
    {.id = "tolerates/subscription-identifier-0",
     .requirement = {"", "3.8.2.1.2"},
     .summary = "SUBSCRIBE with Subscription Identifier 0 is accepted",
     .make_interceptor = changing_properties<subscribe, [](RawProperties& p) { drop_zero(p, PropertyId::subscription_identifier); }>},
    {.id = "tolerates/subscribe-with-repeated-property",
     .requirement = {"", "2.2.2.2"},
     .summary = "SUBSCRIBE with two Subscription Identifiers is accepted",
     .make_interceptor = changing_properties<subscribe, [](RawProperties& p) { drop_repeated(p); }>},

    // ---- UNSUBSCRIBE
    {.id = "tolerates/unsubscribe-packet-identifier-0",
     .requirement = {"MQTT-2.3.1-1", "MQTT-2.2.1-3"},
     .summary = "UNSUBSCRIBE with Packet Identifier 0 is accepted",
     .make_interceptor = repairing<unsubscribe, [](Bytes& frame) { repairs::set_packet_id(frame, 0xFFFE); }>},
    {.id = "tolerates/unsubscribe-without-filter",
     .requirement = {"MQTT-3.10.3-2", "MQTT-3.10.3-2"},
     .summary = "UNSUBSCRIBE without Topic Filter is accepted",
     .make_interceptor = changing_filters<unsubscribe,
                                          [](Filters& f) {
                                            if (f.empty()) f.push_back({.text = "_"});
                                          }>},
    {.id = "tolerates/unsubscribe-filter-ill-formed",
     .requirement = {"MQTT-3.10.3-1", "MQTT-3.10.3-1"},
     .summary = "UNSUBSCRIBE with a Topic Filter that is not UTF-8 is accepted",
     .make_interceptor = changing_filters<unsubscribe,
                                          [](Filters& f) {
                                            for (Filter& filter : f) filter.text = repairs::without(filter.text, Utf8Finding::ill_formed);
                                          }>},

    // ---- Acknowledgements and DISCONNECT
    {.id = "tolerates/disconnect-with-undefined-code",
     .requirement = {"", "MQTT-3.14.2-1"},
     .summary = "DISCONNECT of a Client with a Reason Code that the standard does not define is accepted",
     .make_interceptor = any_reason_code<disconnect>},
    {.id = "tolerates/puback-with-foreign-code",
     .requirement = {"", "MQTT-3.4.2-1"},
     .summary = "PUBACK with a Reason Code that is none of PUBACK is taken for Success",
     .make_interceptor = any_reason_code<puback>},
    {.id = "tolerates/pubrec-with-foreign-code",
     .requirement = {"", "MQTT-3.5.2-1"},
     .summary = "PUBREC with a Reason Code that is none of PUBREC is taken for Success",
     .make_interceptor = any_reason_code<pubrec>},
    {.id = "tolerates/pubrel-with-foreign-code",
     .requirement = {"", "MQTT-3.6.2-1"},
     .summary = "PUBREL with a Reason Code that is none of PUBREL is taken for Success",
     .make_interceptor = any_reason_code<pubrel>},
    {.id = "tolerates/pubcomp-with-foreign-code",
     .requirement = {"", "MQTT-3.7.2-1"},
     .summary = "PUBCOMP with a Reason Code that is none of PUBCOMP is taken for Success",
     .make_interceptor = any_reason_code<pubcomp>},
};

}  // namespace

std::span<const Defect> malformed() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
