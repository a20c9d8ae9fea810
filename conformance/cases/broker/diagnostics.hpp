#pragma once

#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"

#include <fmt/format.h>

#include <cstdint>

/// A Reason String or User Properties must not make a packet larger than the client's Maximum Packet Size (3.2.2.3.9 and others).
namespace mqttspec::conformance {

/// The statements of 5.0 for one packet type.
struct Diagnostics {
  because reason_string;
  because user_property;
};

template <class P>
std::size_t size_without(P packet, wire::PropertyId property) {
  packet.properties.remove(property);
  return wire::encoded_size(packet, v5_0);
}

/// Checks the size of a packet. Fails the statement about User Properties if the packet would fit without them, otherwise the one about the
/// Reason String.
template <class P>
void check_diagnostics(Test& test, const P& packet, std::uint32_t limit, const Diagnostics& statements) {
  const bool has_user_property = packet.properties.has(wire::PropertyId::user_property);
  const bool is_user_property = has_user_property && size_without(packet, wire::PropertyId::user_property) <= limit;
  const bool has_diagnostics = has_user_property || packet.properties.has(wire::PropertyId::reason_string);
  const auto size = wire::encoded_size(packet, v5_0);
  if (size > limit && !has_diagnostics) test.set_up_failed(fmt::format("received {} of {} bytes", wire::name(P::type), size));
  test.check(size <= limit, fmt::format("{} of at most {} bytes (Maximum Packet Size)", wire::name(P::type), limit),
             fmt::format("{} bytes: {}", size, wire::describe(packet, v5_0)),
             is_user_property ? statements.user_property : statements.reason_string);
}

}  // namespace mqttspec::conformance
