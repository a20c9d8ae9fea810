#pragma once

#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"

#include <fmt/format.h>

#include <cstdint>

/// What a Reason String and a User Property may not do: make a packet larger than the client takes (3.2.2.3.9 and on).
namespace mqttspec::conformance {

/// The statements of one packet type, of 5.0.
struct Explanations {
  because reason_string;
  because user_property;
};

template <class P>
std::size_t size_without(P packet, wire::PropertyId property) {
  packet.properties.remove(property);
  return wire::encoded_size(packet, v5_0);
}

/// Whoever made a packet too large is blamed: the User Property where it would fit without, else the Reason String.
template <class P>
void check_explained(Test& test, const P& packet, std::uint32_t limit, const Explanations& statements) {
  const bool has_user_property = packet.properties.has(wire::PropertyId::user_property);
  const bool is_user_property = has_user_property && size_without(packet, wire::PropertyId::user_property) <= limit;
  const bool is_explained = has_user_property || packet.properties.has(wire::PropertyId::reason_string);
  const auto size = wire::encoded_size(packet, v5_0);
  if (size > limit && !is_explained) test.set_up_failed(fmt::format("{} of {} bytes came", wire::name(P::type), size));
  test.check(size <= limit, fmt::format("{} of {} bytes at most, as Maximum Packet Size says", wire::name(P::type), limit),
             fmt::format("one of {} bytes: {}", size, wire::describe(packet, v5_0)),
             is_user_property ? statements.user_property : statements.reason_string);
}

}  // namespace mqttspec::conformance
