#pragma once

#include "reference/wire/packet.hpp"
#include "reference/wire/property.hpp"
#include "tests/generators/choices.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Valid packets of all kinds, for tests of properties, differential tests, seeds of fuzzing and benchmarks. What a packet may carry is
/// read from the tables of reference/wire.
namespace mqttspec::generators {

using wire::Direction;
using wire::Packet;
using wire::PacketType;
using wire::ProtocolVersion;

struct Sample {
  ProtocolVersion version;
  Direction from;
  Packet packet;
};

/// The types that one end sends in a version.
std::vector<PacketType> packet_types(ProtocolVersion version, Direction from);

/// A valid packet of that type. It is spelled as the decoder spells it, so that it equals what is decoded from its bytes.
Packet packet(Choices& choices, PacketType type, ProtocolVersion version, Direction from);
/// A valid packet of any type.
Packet packet(Choices& choices, ProtocolVersion version, Direction from);

/// Properties that may stand together in one place.
wire::Properties properties(Choices& choices, wire::PropertyPlace place);

/// `count` packets of both directions in turns; the same seed makes the same packets.
std::vector<Sample> packets(ProtocolVersion version, std::uint64_t seed, std::size_t count);

}  // namespace mqttspec::generators
