#pragma once

#include "reference/wire/packet.hpp"

#include <string>

namespace mqttspec::wire {

/// One line for a trace: `PUBLISH topic="a/b" QoS 2, packet identifier 10, DUP, payload "once" (4 bytes)`. Long strings are cut, bytes that
/// do not print are escaped; the result is valid UTF-8 whatever the packet holds.
std::string describe(const Packet& packet, ProtocolVersion version);

/// `"text"` where it prints, else `0x0102…`; cut to about `limit` characters with the length behind it.
std::string quote(std::string_view data, std::size_t limit = 64);

/// "10 1f 00 04", cut to `limit` bytes.
std::string hex(ByteView bytes, std::size_t limit = 64);

}  // namespace mqttspec::wire
