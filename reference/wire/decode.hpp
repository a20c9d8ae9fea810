#pragma once

#include "reference/wire/cursor.hpp"

/// The decoder's parts: one function for each shape of packet. Each takes the bytes after the fixed header and makes the packet in place.
/// Violations are left with the judge; if it finds that the packet cannot be read, `packet` has no meaning.
namespace mqttspec::wire {

void decode_connect(ByteView body, Judge& judge, PacketView& packet);
void decode_connack(ByteView body, Judge& judge, PacketView& packet);
void decode_publish(ByteView body, Judge& judge, PacketView& packet);
void decode_puback(ByteView body, Judge& judge, PacketView& packet);
void decode_pubrec(ByteView body, Judge& judge, PacketView& packet);
void decode_pubrel(ByteView body, Judge& judge, PacketView& packet);
void decode_pubcomp(ByteView body, Judge& judge, PacketView& packet);
void decode_subscribe(ByteView body, Judge& judge, PacketView& packet);
void decode_suback(ByteView body, Judge& judge, PacketView& packet);
void decode_unsubscribe(ByteView body, Judge& judge, PacketView& packet);
void decode_unsuback(ByteView body, Judge& judge, PacketView& packet);
/// PINGREQ, PINGRESP.
void decode_ping(ByteView body, Judge& judge, PacketView& packet);
/// DISCONNECT, AUTH.
void decode_disconnect(ByteView body, Judge& judge, PacketView& packet);
void decode_auth(ByteView body, Judge& judge, PacketView& packet);

/// The version that the Protocol Name and Level of a CONNECT give, if they give one.
std::optional<ProtocolVersion> version_of_connect(ByteView body);

/// Checks a block of properties that is not empty. Violations are left with the judge.
view::PropertiesView check_properties(ByteView block, PropertyPlace place, Judge& judge);

/// Property Length and properties of a 5.0 packet.
[[gnu::always_inline]] inline view::PropertiesView read_properties(Cursor& in, PropertyPlace place) {
  if (in.left() == 0) [[unlikely]] {
    if (!in.failed()) in.violate("codec/property-length-missing", in.at(), {name(in.judge().type()), " has no Property Length"});
    return {};
  }
  const std::uint8_t* start = in.at();
  const std::uint32_t length = in.variable_byte_integer("Property Length");
  if (length == 0) return {};
  if (length > in.left()) [[unlikely]] {
    in.violate("codec/property-length-too-large", start, {"The Property Length is larger than the rest of the packet"});
    return {};
  }
  const view::PropertiesView properties = check_properties(in.take(length), place, in.judge());
  if (!in.judge().is_readable()) [[unlikely]]
    in.stop();
  return properties;
}

/// A Packet Identifier that must not be 0.
inline PacketId read_packet_id(Cursor& in, RuleRef rule_for_0) {
  const std::uint8_t* start = in.at();
  const std::uint16_t value = in.two_bytes("Packet Identifier");
  if (value != 0) [[likely]]
    return PacketId(value);
  if (!in.failed()) in.violate(rule_for_0, start, {name(in.judge().type()), " has the Packet Identifier 0"});
  return PacketId::zero();
}

/// A Reason Code, which should be one that the packet may carry.
ReasonCode read_reason_code(Cursor& in, RuleRef rule);

}  // namespace mqttspec::wire
