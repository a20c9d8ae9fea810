#pragma once

#include "reference/wire/packet.hpp"
#include "reference/wire/types.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace mqttspec::wire {

/// Encoding is permissive about meaning (a wildcard in a Topic Name is written as it stands; the decoder is the judge) and strict about
/// what the format can carry: strings and binary data of more than 65,535 bytes, a Remaining Length of more than 268,435,455, a Packet
/// Identifier missing at QoS 1 or 2 or present at QoS 0, a property without a definition, and AUTH before 5.0 throw std::length_error or
/// std::invalid_argument. What a version does not know (properties in 3.1.1) is left out. A CONNECT is written in its own version.

/// Exact length of the whole packet in bytes.
std::size_t encoded_size(const Packet& packet, ProtocolVersion version);

/// Appends the packet to `out`.
void encode(const Packet& packet, ProtocolVersion version, Bytes& out);

/// The packet's bytes.
Bytes encode(const Packet& packet, ProtocolVersion version);

/// Everything of a PUBLISH but its payload, whose length is counted in the Remaining Length, so that the payload can be sent from where it
/// lies (scatter/gather). Appended to `out`.
void encode_publish_header(const Publish& publish, std::size_t payload_size, ProtocolVersion version, Bytes& out);

/// The same as bytes of their own.
Bytes encode_publish_header(const Publish& publish, std::size_t payload_size, ProtocolVersion version);

}  // namespace mqttspec::wire
