// Passing over what has to end the connection: each entry drops packets of one type that break one rule, and goes on. And packets of the
// server that no decoder takes.

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using mutations::changing_bytes;
using mutations::changing_sent;
using mutations::repairing;
using wire::Bytes;
using wire::PacketType;
using enum wire::PacketType;

/// A clause, as a template argument.
template <std::size_t Size>
struct Text {
  char text[Size];
  consteval Text(const char (&given)[Size]) { std::copy_n(given, Size, text); }  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const { return {text, Size - 1}; }
};

/// Passes over packets of one type that break this clause of their version.
template <PacketType Type, Text In311, Text In50>
constexpr auto passing_over = repairing<Type, [](Bytes& frame, const Peer& peer) {
  const auto decoded = wire::decode(frame, {.from = wire::Direction::client_to_server, .version = peer.version});
  if (decoded) return;
  const auto clause = decoded.error().clause.text();
  if (clause == In50.view() || clause == In311.view()) frame.clear();
}>;

/// Writes the Remaining Length in one byte more than it needs.
void lengthen_remaining_length(Bytes& bytes) {
  std::size_t last = 1;
  while ((bytes.at(last) & 0x80) != 0) ++last;
  if (last > 3) return;
  bytes[last] |= 0x80;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(last + 1), 0);
}

/// Puts a Packet Identifier into a PUBLISH of QoS 0, where the next field is expected.
void insert_packet_identifier(Bytes& bytes) {
  if ((bytes.at(0) & 0x06) != 0 || bytes.at(1) > 0x7D) return;
  const std::size_t behind_topic = 4 + (static_cast<std::size_t>(bytes.at(2)) << 8 | bytes.at(3));
  constexpr std::uint8_t identifier[] = {0, 1};
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(behind_topic), std::begin(identifier), std::end(identifier));
  bytes[1] = static_cast<std::uint8_t>(bytes[1] + 2);
}

/// Takes the Property Length 0 out of a packet that begins with a Packet Identifier.
void drop_property_length(Bytes& bytes) {
  constexpr std::size_t at = 4;
  if (bytes.size() <= at || bytes[1] > 0x7F || bytes[at] != 0) return;
  bytes.erase(bytes.begin() + at);
  bytes[1] = static_cast<std::uint8_t>(bytes[1] - 1);
}

/// Lengthens a string property where there is one.
void append(wire::Publish& publish, wire::PropertyKey<std::string> key, std::string_view text) {
  if (const auto value = publish.properties.get(key)) publish.properties.set(key, *value + std::string(text));
}

/// User Properties whose values are no UTF-8.
void spoil_user_properties(wire::Publish& publish) {
  const auto all = publish.properties.all(wire::prop::user_property);
  if (all.empty()) return;
  publish.properties.remove(wire::PropertyId::user_property);
  for (auto pair : all) {
    if (!pair.second.empty()) pair.second.back() = '\xFF';
    publish.properties.add(wire::prop::user_property, pair);
  }
}

constexpr Defect table[] = {
    {.id = "passes-over/unsuback-of-client",
     .requirement = {"2.2.1", "2.1.2"},
     .summary = "UNSUBACK of a Client is passed over",
     .make_interceptor = passing_over<unsuback, "2.2.1", "2.1.2">},
    {.id = "passes-over/pingreq-body-passed-over",
     .requirement = {"3.12.1", "3.12.1"},
     .summary = "PINGREQ with a body is passed over",
     .make_interceptor = passing_over<pingreq, "3.12.1", "3.12.1">},
    {.id = "passes-over/puback-of-wrong-length",
     .requirement = {"3.4.1", "3.4.1"},
     .summary = "PUBACK of one byte is passed over",
     .make_interceptor = passing_over<puback, "3.4.1", "3.4.1">},
    {.id = "passes-over/pubrec-of-wrong-length",
     .requirement = {"3.5.1", "3.5.1"},
     .summary = "PUBREC of one byte is passed over",
     .make_interceptor = passing_over<pubrec, "3.5.1", "3.5.1">},
    {.id = "passes-over/pubrel-of-wrong-length",
     .requirement = {"3.6.1", "3.6.1"},
     .summary = "PUBREL of one byte is passed over",
     .make_interceptor = passing_over<pubrel, "3.6.1", "3.6.1">},
    {.id = "passes-over/pubcomp-of-wrong-length",
     .requirement = {"3.7.1", "3.7.1"},
     .summary = "PUBCOMP of one byte is passed over",
     .make_interceptor = passing_over<pubcomp, "3.7.1", "3.7.1">},
    {.id = "passes-over/subscribe-empty",
     .requirement = {"3.8.1", "3.8.1"},
     .summary = "SUBSCRIBE without any field is passed over",
     .make_interceptor = passing_over<subscribe, "3.8.1", "3.8.1">},
    {.id = "passes-over/unsubscribe-of-wrong-length",
     .requirement = {"3.10.1", "3.10.1"},
     .summary = "UNSUBSCRIBE without any field is passed over",
     .make_interceptor = passing_over<unsubscribe, "3.10.1", "3.10.1">},
    {.id = "passes-over/publish-without-topic-name",
     .requirement = {"MQTT-3.3.2-1", "MQTT-3.3.2-1"},
     .summary = "PUBLISH without a Topic Name is passed over",
     .make_interceptor = passing_over<publish, "MQTT-3.3.2-1", "MQTT-3.3.2-1">},
    {.id = "passes-over/publish-string-cut",
     .requirement = {"1.5.3", "1.5.4"},
     .summary = "PUBLISH whose Topic Name ends behind the packet is passed over",
     .make_interceptor = passing_over<publish, "1.5.3", "1.5.4">},
    {.id = "passes-over/subscribe-string-cut",
     .requirement = {"1.5.3", "1.5.4"},
     .summary = "SUBSCRIBE whose Topic Filter ends behind the packet is passed over",
     .make_interceptor = passing_over<subscribe, "1.5.3", "1.5.4">},
    {.id = "passes-over/unsubscribe-string-cut",
     .requirement = {"1.5.3", "1.5.4"},
     .summary = "UNSUBSCRIBE whose Topic Filter ends behind the packet is passed over",
     .make_interceptor = passing_over<unsubscribe, "1.5.3", "1.5.4">},
    {.id = "passes-over/publish-without-packet-identifier",
     .requirement = {"3.3.1", "3.3.1.4"},
     .summary = "PUBLISH of QoS 1 that ends before its Packet Identifier is passed over",
     .make_interceptor = passing_over<publish, "3.3.1", "3.3.1.4">},
    {.id = "passes-over/publish-without-property-length",
     .requirement = {"", "MQTT-2.2.2-1"},
     .summary = "PUBLISH without a Property Length is passed over",
     .make_interceptor = passing_over<publish, "", "MQTT-2.2.2-1">},
    {.id = "passes-over/subscribe-without-property-length",
     .requirement = {"", "MQTT-2.2.2-1"},
     .summary = "SUBSCRIBE without a Property Length is passed over",
     .make_interceptor = passing_over<subscribe, "", "MQTT-2.2.2-1">},
    {.id = "passes-over/publish-properties-cut",
     .requirement = {"", "2.2.2.1"},
     .summary = "PUBLISH whose properties end behind the packet is passed over",
     .make_interceptor = passing_over<publish, "", "2.2.2.1">},
    {.id = "passes-over/publish-property-unknown",
     .requirement = {"", "2.2.2.2"},
     .summary = "PUBLISH with a property that does not exist is passed over",
     .make_interceptor = passing_over<publish, "", "2.2.2.2">},
    {.id = "passes-over/subscribe-property-misplaced",
     .requirement = {"", "2.2.2.2"},
     .summary = "SUBSCRIBE with a property that does not belong there is passed over",
     .make_interceptor = passing_over<subscribe, "", "2.2.2.2">},
    {.id = "passes-over/unsubscribe-property-misplaced",
     .requirement = {"", "2.2.2.2"},
     .summary = "UNSUBSCRIBE with a property that does not belong there is passed over",
     .make_interceptor = passing_over<unsubscribe, "", "2.2.2.2">},
    {.id = "passes-over/user-property-ill-formed",
     .requirement = {"", "MQTT-1.5.7-1"},
     .summary = "PUBLISH with a User Property that is not UTF-8 is passed over",
     .make_interceptor = passing_over<publish, "", "MQTT-1.5.7-1">},
    {.id = "passes-over/subscribe-options-missing",
     .requirement = {"3.8.3", "3.8.3.1"},
     .summary = "SUBSCRIBE that ends before the options of its Topic Filter is passed over",
     .make_interceptor = passing_over<subscribe, "3.8.3", "3.8.3.1">},
    {.id = "passes-over/auth-flags",
     .requirement = {"", "MQTT-3.15.1-1"},
     .summary = "AUTH with reserved flags set is passed over",
     .make_interceptor = passing_over<auth, "", "MQTT-3.15.1-1">},
    {.id = "passes-over/connect-request-response-information-2",
     .requirement = {"", "3.1.2.11.6"},
     .summary = "CONNECT with Request Response Information 2 is passed over",
     .make_interceptor = passing_over<connect, "", "3.1.2.11.6">},
    {.id = "passes-over/connect-property-length-missing",
     .requirement = {"", "MQTT-2.2.2-1"},
     .summary = "CONNECT without a Property Length is passed over",
     .make_interceptor = passing_over<connect, "", "MQTT-2.2.2-1">},
    {.id = "passes-over/connect-properties-cut",
     .requirement = {"", "2.2.2.1"},
     .summary = "CONNECT whose properties end behind the packet is passed over",
     .make_interceptor = passing_over<connect, "", "2.2.2.1">},
    {.id = "passes-over/connect-repeated-authentication-method",
     .requirement = {"", "3.1.2.11.9"},
     .summary = "CONNECT with two Authentication Methods is passed over",
     .make_interceptor = passing_over<connect, "", "3.1.2.11.9">},
    {.id = "passes-over/will-delay-interval-repeated",
     .requirement = {"", "3.1.3.2.2"},
     .summary = "CONNECT with two Will Delay Intervals is passed over",
     .make_interceptor = passing_over<connect, "", "3.1.3.2.2">},
    {.id = "passes-over/will-topic-empty",
     .requirement = {"MQTT-4.7.3-1", "MQTT-4.7.3-1"},
     .summary = "CONNECT with an empty Will Topic is passed over",
     .make_interceptor = passing_over<connect, "MQTT-4.7.3-1", "MQTT-4.7.3-1">},
    {.id = "passes-over/will-topic-with-wildcard",
     .requirement = {"MQTT-4.7.1-1", "MQTT-4.7.0-1"},
     .summary = "CONNECT with a wildcard in its Will Topic is passed over",
     .make_interceptor = passing_over<connect, "MQTT-4.7.1-1", "MQTT-4.7.0-1">},
    {.id = "passes-over/client-identifier-cut",
     .requirement = {"1.5.3", "1.5.4"},
     .summary = "CONNECT whose Client Identifier ends behind the packet is passed over",
     .make_interceptor = passing_over<connect, "1.5.3", "1.5.4">},

    // ---- Packets of the server
    {.id = "ending/disconnect-with-code-that-does-not-fit",
     .requirement = {"", "4.13.1"},
     .summary = "A Malformed Packet is answered with DISCONNECT 0x8D Keep Alive timeout",
     .make_interceptor = changing_sent<wire::Disconnect,
                                       [](wire::Disconnect& p) {
                                         if (p.reason_code == wire::ReasonCode::malformed_packet)
                                           p.reason_code = wire::ReasonCode::keep_alive_timeout;
                                       }>},
    {.id = "encoding/packet-identifier-in-qos0",
     .requirement = {"MQTT-2.3.1-5", "MQTT-2.2.1-2"},
     .summary = "A PUBLISH of QoS 0 has a Packet Identifier",
     .make_interceptor = changing_bytes<wire::Publish, [](Bytes& bytes) { insert_packet_identifier(bytes); }>},
    {.id = "encoding/remaining-length-not-minimal",
     .requirement = {"", "MQTT-1.5.5-1"},
     .summary = "The Remaining Length of PUBLISH has a byte more than it needs",
     .make_interceptor = changing_bytes<wire::Publish, [](Bytes& bytes) { lengthen_remaining_length(bytes); }>},
    {.id = "encoding/suback-without-property-length",
     .requirement = {"", "MQTT-2.2.2-1"},
     .summary = "SUBACK without properties has no Property Length",
     .make_interceptor = changing_bytes<wire::Suback, [](Bytes& bytes) { drop_property_length(bytes); }>},
    {.id = "encoding/wildcard-in-response-topic",
     .requirement = {"", "MQTT-3.3.2-14"},
     .summary = "Messages are sent on with a wildcard behind their Response Topic",
     .make_interceptor = changing_sent<wire::Publish, [](wire::Publish& p) { append(p, wire::prop::response_topic, "/#"); }>},
    {.id = "encoding/response-topic-ill-formed",
     .requirement = {"", "MQTT-3.3.2-13"},
     .summary = "Messages are sent on with a Response Topic that is not UTF-8",
     .make_interceptor = changing_sent<wire::Publish, [](wire::Publish& p) { append(p, wire::prop::response_topic, "\xFF"); }>},
    {.id = "encoding/content-type-ill-formed",
     .requirement = {"", "MQTT-3.3.2-19"},
     .summary = "Messages are sent on with a Content Type that is not UTF-8",
     .make_interceptor = changing_sent<wire::Publish, [](wire::Publish& p) { append(p, wire::prop::content_type, "\xFF"); }>},
    {.id = "encoding/user-property-ill-formed",
     .requirement = {"", "MQTT-1.5.7-1"},
     .summary = "User Properties of messages are sent on as something that is not UTF-8",
     .make_interceptor = changing_sent<wire::Publish, [](wire::Publish& p) { spoil_user_properties(p); }>},
};

}  // namespace

std::span<const Defect> undecodable() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
