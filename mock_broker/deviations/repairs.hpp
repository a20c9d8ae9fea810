#pragma once

#include "mock_broker/engine/interceptor.hpp"
#include "reference/wire/property.hpp"
#include "reference/wire/types.hpp"
#include "reference/wire/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Makes packets valid that are not, one way each; whatever else is wrong with them stays. Every function takes the bytes of a whole
/// packet, of which nothing is certain but that its fixed header has an end, and leaves alone what it does not understand.
namespace mqttspec::mock_broker::repairs {

/// The packet's bytes behind the fixed header.
wire::Bytes body_of(const wire::Bytes& frame);
/// Replaces them, and writes the Remaining Length that fits.
void set_body(wire::Bytes& frame, const wire::Bytes& body);

void set_flags(wire::Bytes& frame, std::uint8_t flags);
/// Cuts off what stands behind the fixed header.
void drop_body(wire::Bytes& frame);
/// Writes the Remaining Length in as few bytes as it needs.
void shorten_remaining_length(wire::Bytes& frame);

// ---- CONNECT

// Connect Flags (3.1.2.3).
inline constexpr std::uint8_t will_flag = 0x04;
inline constexpr std::uint8_t password_flag = 0x40;
inline constexpr std::uint8_t user_name_flag = 0x80;

/// Connect Flags as they came, for the function to change.
void change_connect_flags(wire::Bytes& frame, std::uint8_t (*change)(std::uint8_t flags));
void set_protocol_name(wire::Bytes& frame);
/// Sets a level that is not 3, 4 or 5 to the one, of 4 and 5, by which the packet is valid.
void set_protocol_level(wire::Bytes& frame);
/// Takes away the password of a CONNECT without user name.
void drop_lonely_password(wire::Bytes& frame);

/// Takes back the User Name Flag where it alone is what is wrong.
void drop_user_name_flag(wire::Bytes& frame);
/// Sets a Connect Flag where that makes a CONNECT valid: of a field that stands there without it.
void set_missing_flag(wire::Bytes& frame, std::uint8_t flag);
void clean_will_topic(wire::Bytes& frame, wire::Utf8Finding finding);

// ---- PUBLISH

/// The Topic Name as it came. @param change gives the one to put in its place
void change_topic(wire::Bytes& frame, std::string (*change)(std::string_view topic));
void set_publish_packet_id(wire::Bytes& frame, std::uint16_t in_place_of_0);

// ---- SUBSCRIBE and UNSUBSCRIBE

struct Filter {
  std::string text;
  std::uint8_t options = 0;  ///< SUBSCRIBE only
};
/// The Topic Filters as they came, for the function to change, add to or take from.
void change_filters(wire::Bytes& frame, spec::ProtocolVersion version, void (*change)(std::vector<Filter>& filters));

// ---- Packet Identifiers of the packets that begin with one

void set_packet_id(wire::Bytes& frame, std::uint16_t in_place_of_0);

// ---- Reason Codes (5.0)

/// Sets a Reason Code that a client must not give in DISCONNECT, or in an acknowledgement with one code, to 0x00. Does nothing before 5.0.
void set_unknown_reason_code(wire::Bytes& frame, wire::PacketType type, spec::ProtocolVersion version);

// ---- Strings

/// The string with `?` in the place of the bytes of such characters.
std::string without(std::string_view text, wire::Utf8Finding finding);
void clean_client_id(wire::Bytes& frame, wire::Utf8Finding finding);

// ---- Properties (5.0)

struct RawProperty {
  std::uint8_t id;
  wire::Bytes value;
};
/// The properties that stand in the packet's variable header, for the function to change. Does nothing before 5.0.
void change_properties(wire::Bytes& frame, spec::ProtocolVersion version, void (*change)(std::vector<RawProperty>& properties));
/// An integer property's value.
std::uint32_t number(const RawProperty& property);

}  // namespace mqttspec::mock_broker::repairs
