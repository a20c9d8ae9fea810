#pragma once

#include "reference/wire/property.hpp"

#include <array>

/// The table of properties where the decoder can look into it while it is being compiled; others use property_rules().
namespace mqttspec::wire::table {

constexpr std::uint32_t in(auto... places) { return (std::to_underlying(places) | ...); }

inline constexpr std::uint32_t a_publish = in(PropertyPlace::publish_from_client, PropertyPlace::publish_from_server);
inline constexpr std::uint32_t a_message = a_publish | in(PropertyPlace::will);
inline constexpr std::uint32_t a_disconnect = in(PropertyPlace::disconnect_from_client, PropertyPlace::disconnect_from_server);
inline constexpr std::uint32_t an_acknowledgement = in(PropertyPlace::puback, PropertyPlace::pubrec, PropertyPlace::pubrel,
                                                       PropertyPlace::pubcomp, PropertyPlace::suback, PropertyPlace::unsuback);
inline constexpr std::uint32_t a_handshake = in(PropertyPlace::connect, PropertyPlace::connack);
inline constexpr std::uint32_t an_authentication = a_handshake | in(PropertyPlace::auth);
inline constexpr std::uint32_t a_connack = in(PropertyPlace::connack);
inline constexpr std::uint32_t anywhere = (in(PropertyPlace::auth) << 1) - 1;

inline constexpr bool once = false;
inline constexpr bool repeatedly = true;
inline constexpr std::uint32_t any_value = 0xFFFFFFFF;

/// Table 2-4 with the ranges that the properties' own sections give.
inline constexpr PropertyRule properties[] = {
    {PropertyId::payload_format_indicator, "Payload Format Indicator", PropertyType::byte, a_message, once, 0, 1},
    {PropertyId::message_expiry_interval, "Message Expiry Interval", PropertyType::four_byte_integer, a_message, once, 0, any_value},
    {PropertyId::content_type, "Content Type", PropertyType::utf8_string, a_message, once, 0, any_value},
    {PropertyId::response_topic, "Response Topic", PropertyType::utf8_string, a_message, once, 0, any_value},
    {PropertyId::correlation_data, "Correlation Data", PropertyType::binary_data, a_message, once, 0, any_value},
    {PropertyId::subscription_identifier, "Subscription Identifier", PropertyType::variable_byte_integer,
     in(PropertyPlace::publish_from_server, PropertyPlace::subscribe), repeatedly, 1, maximum_remaining_length},
    {PropertyId::session_expiry_interval, "Session Expiry Interval", PropertyType::four_byte_integer,
     a_handshake | in(PropertyPlace::disconnect_from_client), once, 0, any_value},
    {PropertyId::assigned_client_identifier, "Assigned Client Identifier", PropertyType::utf8_string, a_connack, once, 0, any_value},
    {PropertyId::server_keep_alive, "Server Keep Alive", PropertyType::two_byte_integer, a_connack, once, 0, 0xFFFF},
    {PropertyId::authentication_method, "Authentication Method", PropertyType::utf8_string, an_authentication, once, 0, any_value},
    {PropertyId::authentication_data, "Authentication Data", PropertyType::binary_data, an_authentication, once, 0, any_value},
    {PropertyId::request_problem_information, "Request Problem Information", PropertyType::byte, in(PropertyPlace::connect), once, 0, 1},
    {PropertyId::will_delay_interval, "Will Delay Interval", PropertyType::four_byte_integer, in(PropertyPlace::will), once, 0, any_value},
    {PropertyId::request_response_information, "Request Response Information", PropertyType::byte, in(PropertyPlace::connect), once, 0, 1},
    {PropertyId::response_information, "Response Information", PropertyType::utf8_string, a_connack, once, 0, any_value},
    {PropertyId::server_reference, "Server Reference", PropertyType::utf8_string, a_connack | a_disconnect, once, 0, any_value},
    {PropertyId::reason_string, "Reason String", PropertyType::utf8_string,
     a_connack | an_acknowledgement | a_disconnect | in(PropertyPlace::auth), once, 0, any_value},
    {PropertyId::receive_maximum, "Receive Maximum", PropertyType::two_byte_integer, a_handshake, once, 1, 0xFFFF},
    {PropertyId::topic_alias_maximum, "Topic Alias Maximum", PropertyType::two_byte_integer, a_handshake, once, 0, 0xFFFF},
    {PropertyId::topic_alias, "Topic Alias", PropertyType::two_byte_integer, a_publish, once, 1, 0xFFFF},
    {PropertyId::maximum_qos, "Maximum QoS", PropertyType::byte, a_connack, once, 0, 1},
    {PropertyId::retain_available, "Retain Available", PropertyType::byte, a_connack, once, 0, 1},
    {PropertyId::user_property, "User Property", PropertyType::utf8_string_pair, anywhere, repeatedly, 0, any_value},
    {PropertyId::maximum_packet_size, "Maximum Packet Size", PropertyType::four_byte_integer, a_handshake, once, 1, any_value},
    {PropertyId::wildcard_subscription_available, "Wildcard Subscription Available", PropertyType::byte, a_connack, once, 0, 1},
    {PropertyId::subscription_identifier_available, "Subscription Identifier Available", PropertyType::byte, a_connack, once, 0, 1},
    {PropertyId::shared_subscription_available, "Shared Subscription Available", PropertyType::byte, a_connack, once, 0, 1},
};

/// Identifiers are below this, so that a set of them fits a 64-bit mask.
inline constexpr std::uint32_t id_limit = 64;
inline constexpr std::uint8_t no_row = 0xFF;

/// Identifier to row of `properties`.
inline constexpr std::array<std::uint8_t, id_limit> rows = [] {
  std::array<std::uint8_t, id_limit> rows{};
  rows.fill(no_row);
  for (std::uint8_t row = 0; row < std::size(properties); ++row) rows[std::to_underlying(properties[row].id)] = row;
  return rows;
}();

constexpr const PropertyRule* find(std::uint32_t id) {
  if (id >= id_limit || rows[id] == no_row) return nullptr;
  return &properties[rows[id]];
}

constexpr std::uint64_t bit(PropertyId id) { return std::uint64_t{1} << std::to_underlying(id); }

}  // namespace mqttspec::wire::table
