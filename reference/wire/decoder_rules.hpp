#pragma once

#include "reference/wire/rules.hpp"

#include <string_view>

namespace mqttspec::wire {

/// What the decoder holds every packet to, by name: for those who ask what stands for a statement.
struct DecoderRule {
  std::string_view id;  ///< "codec/reserved-flags"
  spec::Requirement requirement;
};

inline constexpr DecoderRule decoder_rules[] = {
    {"codec/reserved-type", rules::reserved_type.requirement},
    {"codec/wrong-sender", rules::wrong_sender.requirement},
    {"codec/reserved-flags", rules::reserved_flags.requirement},
    {"codec/pubrel-flags", rules::pubrel_flags.requirement},
    {"codec/subscribe-flags", rules::subscribe_flags.requirement},
    {"codec/unsubscribe-flags", rules::unsubscribe_flags.requirement},
    {"codec/disconnect-flags", rules::disconnect_flags.requirement},
    {"codec/auth-flags", rules::auth_flags.requirement},
    {"codec/integer-too-long", rules::integer_too_long.requirement},
    {"codec/integer-not-minimal", rules::integer_not_minimal.requirement},
    {"codec/packet-cut-short", rules::packet_cut_short.requirement},
    {"codec/bytes-behind-packet", rules::bytes_behind_packet.requirement},
    {"codec/client-packet-too-large", rules::client_packet_too_large.requirement},
    {"codec/server-packet-too-large", rules::server_packet_too_large.requirement},
    {"codec/string-cut-short", rules::string_cut_short.requirement},
    {"codec/string-ill-formed", rules::string_ill_formed.requirement},
    {"codec/string-with-null", rules::string_with_null.requirement},
    {"codec/string-pair-ill-formed", rules::string_pair_ill_formed.requirement},
    {"codec/binary-cut-short", rules::binary_cut_short.requirement},
    {"codec/property-length-missing", rules::property_length_missing.requirement},
    {"codec/property-length-too-large", rules::property_length_too_large.requirement},
    {"codec/property-cut-short", rules::property_cut_short.requirement},
    {"codec/property-unknown", rules::property_unknown.requirement},
    {"codec/property-misplaced", rules::property_misplaced.requirement},
    {"codec/subscription-identifier-from-client", rules::subscription_identifier_from_client.requirement},
    {"codec/session-expiry-from-server", rules::session_expiry_from_server.requirement},
    {"codec/topic-alias-0", rules::topic_alias_0.requirement},
    {"codec/response-topic-wildcard", rules::response_topic_wildcard.requirement},
    {"codec/authentication-data-alone", rules::authentication_data_alone.requirement},
    {"codec/authentication-method-missing", rules::authentication_method_missing.requirement},
    {"codec/protocol-name", rules::protocol_name.requirement},
    {"codec/protocol-level", rules::protocol_level.requirement},
    {"codec/connect-reserved-flag", rules::connect_reserved_flag.requirement},
    {"codec/will-qos-3", rules::will_qos_3.requirement},
    {"codec/will-qos-without-will", rules::will_qos_without_will.requirement},
    {"codec/will-retain-without-will", rules::will_retain_without_will.requirement},
    {"codec/password-without-user-name", rules::password_without_user_name.requirement},
    {"codec/client-identifier-missing", rules::client_identifier_missing.requirement},
    {"codec/will-missing", rules::will_missing.requirement},
    {"codec/user-name-missing", rules::user_name_missing.requirement},
    {"codec/password-missing", rules::password_missing.requirement},
    {"codec/connack-reserved-flags", rules::connack_reserved_flags.requirement},
    {"codec/session-present-with-error", rules::session_present_with_error.requirement},
    {"codec/topic-name-missing", rules::topic_name_missing.requirement},
    {"codec/topic-name-empty", rules::topic_name_empty.requirement},
    {"codec/topic-name-wildcard", rules::topic_name_wildcard.requirement},
    {"codec/publish-topic-wildcard", rules::publish_topic_wildcard.requirement},
    {"codec/publish-qos-3", rules::publish_qos_3.requirement},
    {"codec/dup-on-qos-0", rules::dup_on_qos_0.requirement},
    {"codec/client-packet-identifier-0", rules::client_packet_identifier_0.requirement},
    {"codec/server-packet-identifier-0", rules::server_packet_identifier_0.requirement},
    {"codec/publish-acknowledgement-identifier-0", rules::publish_acknowledgement_identifier_0.requirement},
    {"codec/subscription-acknowledgement-identifier-0", rules::subscription_acknowledgement_identifier_0.requirement},
    {"codec/no-subscription", rules::no_subscription.requirement},
    {"codec/subscription-options-missing", rules::subscription_options_missing.requirement},
    {"codec/subscription-qos-3", rules::subscription_qos_3.requirement},
    {"codec/subscription-reserved-bits", rules::subscription_reserved_bits.requirement},
    {"codec/retain-handling-3", rules::retain_handling_3.requirement},
    {"codec/no-local-on-shared", rules::no_local_on_shared.requirement},
    {"codec/no-topic-filter", rules::no_topic_filter.requirement},
    {"codec/connack-code", rules::connack_code.requirement},
    {"codec/puback-code", rules::puback_code.requirement},
    {"codec/pubrec-code", rules::pubrec_code.requirement},
    {"codec/pubrel-code", rules::pubrel_code.requirement},
    {"codec/pubcomp-code", rules::pubcomp_code.requirement},
    {"codec/suback-code", rules::suback_code.requirement},
    {"codec/unsuback-code", rules::unsuback_code.requirement},
    {"codec/disconnect-code", rules::disconnect_code.requirement},
    {"codec/auth-code", rules::auth_code.requirement},
    {"codec/no-suback-code", rules::no_suback_code.requirement},
    {"codec/no-unsuback-code", rules::no_unsuback_code.requirement},

    // Topic Names and Topic Filters are checked in reference/topic.
    {"codec/topic-empty", {"MQTT-4.7.3-1", "MQTT-4.7.3-1"}},
    {"codec/topic-with-null", {"MQTT-4.7.3-2", "MQTT-4.7.3-2"}},
    {"codec/wildcard-hash-misplaced", {"MQTT-4.7.1-2", "MQTT-4.7.1-1"}},
    {"codec/wildcard-plus-misplaced", {"MQTT-4.7.1-3", "MQTT-4.7.1-2"}},
    {"codec/share-name-empty", {"", "MQTT-4.8.2-1"}},
    {"codec/share-name-and-filter", {"", "MQTT-4.8.2-2"}},
};

}  // namespace mqttspec::wire
