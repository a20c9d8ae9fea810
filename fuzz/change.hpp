#pragma once

#include "reference/wire/packet.hpp"
#include "tests/generators/choices.hpp"

namespace mqttspec::fuzz {

/// A valid packet that is likely to have to do with others: topics, Client Identifiers and Packet Identifiers are of a few that all share.
wire::Packet related_packet(generators::Choices& choices, wire::ProtocolVersion version, wire::Direction from);

/// Changes a field or a property. The result need not be valid, nor need it be possible to encode it.
void change(wire::Packet& packet, generators::Choices& choices, wire::ProtocolVersion version, wire::Direction from);

}  // namespace mqttspec::fuzz
