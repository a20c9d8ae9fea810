#pragma once

#include "reference/spec/catalogue.hpp"
#include "reference/wire/property_table.hpp"

/// Where 5.0 describes each property for each packet: the section that a rule about it is quoted by.
namespace mqttspec::wire::table {

struct PropertySection {
  PropertyPlace place;
  PropertyId id;
  spec::Clause section;
};

consteval PropertySection section(PropertyPlace place, PropertyId id, std::string_view digits) {
  return {place, id, spec::Clause(spec::ProtocolVersion::v5_0, digits)};
}

inline constexpr PropertySection property_sections[] = {
    section(PropertyPlace::connect, PropertyId::session_expiry_interval, "3.1.2.11.2"),
    section(PropertyPlace::connect, PropertyId::receive_maximum, "3.1.2.11.3"),
    section(PropertyPlace::connect, PropertyId::maximum_packet_size, "3.1.2.11.4"),
    section(PropertyPlace::connect, PropertyId::topic_alias_maximum, "3.1.2.11.5"),
    section(PropertyPlace::connect, PropertyId::request_response_information, "3.1.2.11.6"),
    section(PropertyPlace::connect, PropertyId::request_problem_information, "3.1.2.11.7"),
    section(PropertyPlace::connect, PropertyId::user_property, "3.1.2.11.8"),
    section(PropertyPlace::connect, PropertyId::authentication_method, "3.1.2.11.9"),
    section(PropertyPlace::connect, PropertyId::authentication_data, "3.1.2.11.10"),
    section(PropertyPlace::will, PropertyId::will_delay_interval, "3.1.3.2.2"),
    section(PropertyPlace::will, PropertyId::payload_format_indicator, "3.1.3.2.3"),
    section(PropertyPlace::will, PropertyId::message_expiry_interval, "3.1.3.2.4"),
    section(PropertyPlace::will, PropertyId::content_type, "3.1.3.2.5"),
    section(PropertyPlace::will, PropertyId::response_topic, "3.1.3.2.6"),
    section(PropertyPlace::will, PropertyId::correlation_data, "3.1.3.2.7"),
    section(PropertyPlace::will, PropertyId::user_property, "3.1.3.2.8"),
    section(PropertyPlace::connack, PropertyId::session_expiry_interval, "3.2.2.3.2"),
    section(PropertyPlace::connack, PropertyId::receive_maximum, "3.2.2.3.3"),
    section(PropertyPlace::connack, PropertyId::maximum_qos, "3.2.2.3.4"),
    section(PropertyPlace::connack, PropertyId::retain_available, "3.2.2.3.5"),
    section(PropertyPlace::connack, PropertyId::maximum_packet_size, "3.2.2.3.6"),
    section(PropertyPlace::connack, PropertyId::assigned_client_identifier, "3.2.2.3.7"),
    section(PropertyPlace::connack, PropertyId::topic_alias_maximum, "3.2.2.3.8"),
    section(PropertyPlace::connack, PropertyId::reason_string, "3.2.2.3.9"),
    section(PropertyPlace::connack, PropertyId::user_property, "3.2.2.3.10"),
    section(PropertyPlace::connack, PropertyId::wildcard_subscription_available, "3.2.2.3.11"),
    section(PropertyPlace::connack, PropertyId::subscription_identifier_available, "3.2.2.3.12"),
    section(PropertyPlace::connack, PropertyId::shared_subscription_available, "3.2.2.3.13"),
    section(PropertyPlace::connack, PropertyId::server_keep_alive, "3.2.2.3.14"),
    section(PropertyPlace::connack, PropertyId::response_information, "3.2.2.3.15"),
    section(PropertyPlace::connack, PropertyId::server_reference, "3.2.2.3.16"),
    section(PropertyPlace::connack, PropertyId::authentication_method, "3.2.2.3.17"),
    section(PropertyPlace::connack, PropertyId::authentication_data, "3.2.2.3.18"),
    section(PropertyPlace::publish_from_server, PropertyId::payload_format_indicator, "3.3.2.3.2"),
    section(PropertyPlace::publish_from_server, PropertyId::message_expiry_interval, "3.3.2.3.3"),
    section(PropertyPlace::publish_from_server, PropertyId::topic_alias, "3.3.2.3.4"),
    section(PropertyPlace::publish_from_server, PropertyId::response_topic, "3.3.2.3.5"),
    section(PropertyPlace::publish_from_server, PropertyId::correlation_data, "3.3.2.3.6"),
    section(PropertyPlace::publish_from_server, PropertyId::user_property, "3.3.2.3.7"),
    section(PropertyPlace::publish_from_server, PropertyId::subscription_identifier, "3.3.2.3.8"),
    section(PropertyPlace::publish_from_server, PropertyId::content_type, "3.3.2.3.9"),
    section(PropertyPlace::puback, PropertyId::reason_string, "3.4.2.2.2"),
    section(PropertyPlace::puback, PropertyId::user_property, "3.4.2.2.3"),
    section(PropertyPlace::pubrec, PropertyId::reason_string, "3.5.2.2.2"),
    section(PropertyPlace::pubrec, PropertyId::user_property, "3.5.2.2.3"),
    section(PropertyPlace::pubrel, PropertyId::reason_string, "3.6.2.2.2"),
    section(PropertyPlace::pubrel, PropertyId::user_property, "3.6.2.2.3"),
    section(PropertyPlace::pubcomp, PropertyId::reason_string, "3.7.2.2.2"),
    section(PropertyPlace::pubcomp, PropertyId::user_property, "3.7.2.2.3"),
    section(PropertyPlace::subscribe, PropertyId::subscription_identifier, "3.8.2.1.2"),
    section(PropertyPlace::subscribe, PropertyId::user_property, "3.8.2.1.3"),
    section(PropertyPlace::suback, PropertyId::reason_string, "3.9.2.1.2"),
    section(PropertyPlace::suback, PropertyId::user_property, "3.9.2.1.3"),
    section(PropertyPlace::unsubscribe, PropertyId::user_property, "3.10.2.1.2"),
    section(PropertyPlace::unsuback, PropertyId::reason_string, "3.11.2.1.2"),
    section(PropertyPlace::unsuback, PropertyId::user_property, "3.11.2.1.3"),
    section(PropertyPlace::disconnect_from_server, PropertyId::session_expiry_interval, "3.14.2.2.2"),
    section(PropertyPlace::disconnect_from_server, PropertyId::reason_string, "3.14.2.2.3"),
    section(PropertyPlace::disconnect_from_server, PropertyId::user_property, "3.14.2.2.4"),
    section(PropertyPlace::disconnect_from_server, PropertyId::server_reference, "3.14.2.2.5"),
    section(PropertyPlace::auth, PropertyId::authentication_method, "3.15.2.2.2"),
    section(PropertyPlace::auth, PropertyId::authentication_data, "3.15.2.2.3"),
    section(PropertyPlace::auth, PropertyId::reason_string, "3.15.2.2.4"),
    section(PropertyPlace::auth, PropertyId::user_property, "3.15.2.2.5"),
};

/// The place under which a packet's sections are listed: the two directions of PUBLISH and DISCONNECT share theirs.
constexpr PropertyPlace described_at(PropertyPlace place) {
  if (place == PropertyPlace::publish_from_client) return PropertyPlace::publish_from_server;
  if (place == PropertyPlace::disconnect_from_client) return PropertyPlace::disconnect_from_server;
  return place;
}

/// The section for a property where it may stand; "2.2.2.2" elsewhere.
constexpr spec::Clause section_of(PropertyId id, PropertyPlace place) {
  for (const PropertySection& entry : property_sections)
    if (entry.id == id && entry.place == described_at(place)) return entry.section;
  return spec::Clause(spec::ProtocolVersion::v5_0, "2.2.2.2");
}

}  // namespace mqttspec::wire::table
