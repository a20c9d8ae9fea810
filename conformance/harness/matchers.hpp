#pragma once

#include "reference/wire/describe.hpp"
#include "reference/wire/packet.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a packet must be like, for `connection.expect<Puback>(packet_id(10))`. A matcher has a description that continues "PUBACK with …"
/// and tells whether a packet fits.
namespace mqttspec::conformance {

template <class Test>
struct Matcher {
  std::string description;
  Test fits;
};
template <class Test>
Matcher(std::string, Test) -> Matcher<Test>;

inline auto packet_id(std::uint16_t id) {
  return Matcher{"packet identifier " + std::to_string(id), [id](const auto& packet) {
                   if constexpr (requires { packet.packet_id.value().value(); })
                     return packet.packet_id && packet.packet_id->value() == id;
                   else
                     return packet.packet_id.value() == id;
                 }};
}

inline auto payload(std::string expected) {
  auto description = "payload " + wire::quote(expected);
  return Matcher{std::move(description),
                 [expected = std::move(expected)](const wire::Publish& publish) { return publish.payload == expected; }};
}

inline auto topic_name(std::string expected) {
  auto description = "topic " + wire::quote(expected);
  return Matcher{std::move(description),
                 [expected = std::move(expected)](const wire::Publish& publish) { return publish.topic == expected; }};
}

inline auto qos(wire::QoS expected) {
  return Matcher{"QoS " + std::to_string(wire::number(expected)),
                 [expected](const wire::Publish& publish) { return publish.qos == expected; }};
}
inline auto qos(int expected) { return qos(static_cast<wire::QoS>(expected)); }

inline auto retained() {
  return Matcher{std::string("RETAIN 1"), [](const wire::Publish& publish) { return publish.retain; }};
}
inline auto not_retained() {
  return Matcher{std::string("RETAIN 0"), [](const wire::Publish& publish) { return !publish.retain; }};
}
inline auto dup() {
  return Matcher{std::string("DUP 1"), [](const wire::Publish& publish) { return publish.dup; }};
}
inline auto not_dup() {
  return Matcher{std::string("DUP 0"), [](const wire::Publish& publish) { return !publish.dup; }};
}

inline auto session_present() {
  return Matcher{std::string("Session Present 1"), [](const wire::Connack& connack) { return connack.session_present; }};
}
inline auto no_session_present() {
  return Matcher{std::string("Session Present 0"), [](const wire::Connack& connack) { return !connack.session_present; }};
}

/// Any of these codes, as Reason Code, or as Return code of 3.1.1.
inline auto code(std::vector<wire::ReasonCode> allowed, std::string_view words) {
  return Matcher{std::string(words), [allowed = std::move(allowed)](const auto& packet) {
                   return std::ranges::find(allowed, packet.reason_code) != allowed.end();
                 }};
}
inline auto code(wire::ReasonCode expected) {
  const std::uint8_t bytes[] = {wire::number(expected)};
  return code(std::vector{expected}, "code 0x" + wire::hex(bytes));
}

/// The codes of a SUBACK or UNSUBACK, one for each filter.
inline auto codes(std::vector<wire::ReasonCode> expected) {
  std::string list;
  for (const auto each : expected) {
    const std::uint8_t bytes[] = {wire::number(each)};
    list += (list.empty() ? "0x" : ", 0x") + wire::hex(bytes);
  }
  return Matcher{"codes " + list, [expected = std::move(expected)](const auto& packet) { return packet.reason_codes == expected; }};
}

inline auto code_count(std::size_t count) {
  return Matcher{std::to_string(count) + " codes", [count](const auto& packet) { return packet.reason_codes.size() == count; }};
}

/// A property of 5.0 with this value.
template <class Value>
auto property(wire::PropertyKey<Value> key, std::type_identity_t<Value> expected) {
  return Matcher{std::string(wire::name(key.id)) + " as given",
                 [key, expected = std::move(expected)](const auto& packet) { return packet.properties.get(key) == expected; }};
}
template <class Value>
auto has_property(wire::PropertyKey<Value> key) {
  return Matcher{"a property " + std::string(wire::name(key.id)), [key](const auto& packet) { return packet.properties.has(key.id); }};
}

}  // namespace mqttspec::conformance
