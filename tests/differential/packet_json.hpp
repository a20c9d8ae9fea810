#pragma once

#include "reference/wire/packet.hpp"

#include <nlohmann/json.hpp>

/// Packets as JSON, to be compared with what other programs make of the same bytes. Binary data is in hexadecimal digits; a field that is
/// not there is left away; properties are a list of [identifier, value] in their order.
namespace mqttspec::differential {

nlohmann::json to_json(const wire::Packet& packet, wire::ProtocolVersion version);

std::string to_hex(wire::ByteView bytes);
std::string to_hex(std::string_view bytes);
/// @throws std::invalid_argument for what is not pairs of hexadecimal digits
wire::Bytes from_hex(std::string_view digits);

}  // namespace mqttspec::differential
