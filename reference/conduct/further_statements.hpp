#pragma once

#include "reference/conduct/rule.hpp"

#include <array>

namespace mqttspec::conduct {

/// What a breach shows beside the statement that the rule itself names: the same demand made elsewhere in the standard, or of the other way
/// to the same observation. One line each, no code.
inline constexpr auto further_statement_table = std::to_array<FurtherStatement>({
    // What holds for every packet
    {"server/packet-too-large", {"", "MQTT-3.1.2-25"}},
    {"server/problem-information-too-large", {"", "MQTT-3.2.2-20"}},
    {"server/problem-information-too-large", {"", "MQTT-3.4.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.4.2-3"}},
    {"server/problem-information-too-large", {"", "MQTT-3.5.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.5.2-3"}},
    {"server/problem-information-too-large", {"", "MQTT-3.6.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.6.2-3"}},
    {"server/problem-information-too-large", {"", "MQTT-3.7.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.7.2-3"}},
    {"server/problem-information-too-large", {"", "MQTT-3.9.2-1"}},
    {"server/problem-information-too-large", {"", "MQTT-3.9.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.11.2-1"}},
    {"server/problem-information-too-large", {"", "MQTT-3.11.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.14.2-3"}},
    {"server/problem-information-too-large", {"", "MQTT-3.14.2-4"}},
    {"server/problem-information-too-large", {"", "MQTT-3.15.2-2"}},
    {"server/problem-information-too-large", {"", "MQTT-3.15.2-3"}},
    {"client/problem-information-too-large", {"", "MQTT-3.4.2-3"}},
    {"client/problem-information-too-large", {"", "MQTT-3.5.2-2"}},
    {"client/problem-information-too-large", {"", "MQTT-3.5.2-3"}},
    {"client/problem-information-too-large", {"", "MQTT-3.6.2-2"}},
    {"client/problem-information-too-large", {"", "MQTT-3.6.2-3"}},
    {"client/problem-information-too-large", {"", "MQTT-3.7.2-2"}},
    {"client/problem-information-too-large", {"", "MQTT-3.7.2-3"}},
    {"client/problem-information-too-large", {"", "MQTT-3.14.2-3"}},
    {"client/problem-information-too-large", {"", "MQTT-3.14.2-4"}},
    {"client/problem-information-too-large", {"", "MQTT-3.15.2-2"}},
    {"client/problem-information-too-large", {"", "MQTT-3.15.2-3"}},
    {"server/keep-alive-timeout-too-early", {"", "MQTT-3.2.2-22"}},
    {"client/server-keep-alive-exceeded", {"", "MQTT-3.1.2-21"}},

    // Sessions
    {"server/session-lost", {"MQTT-3.1.2-4", "MQTT-3.1.2-5"}},
    {"server/session-lost", {"MQTT-4.1.0-1", "MQTT-3.1.2-23"}},
    {"server/session-present-without-session", {"MQTT-3.1.2-6", "MQTT-3.1.2-6"}},
    {"server/session-present-without-session", {"", "MQTT-4.1.0-2"}},
    {"server/dup-on-first-delivery", {"MQTT-3.1.2-6", "MQTT-3.1.2-4"}},
    {"client/dup-on-first-qos-1", {"MQTT-3.1.2-6", "MQTT-3.1.2-4"}},
    {"client/dup-on-first-qos-2", {"MQTT-3.1.2-6", "MQTT-3.1.2-4"}},
    {"client/pubrel-without-pubrec", {"MQTT-3.1.2-6", "MQTT-3.1.2-4"}},
    {"server/assigned-client-identifier-missing", {"", "MQTT-3.1.3-7"}},
    {"server/packet-after-refusal", {"MQTT-3.1.4-5", "MQTT-3.1.4-6"}},

    // Messages and their acknowledgements
    {"codec/dup-on-qos-0", {"MQTT-4.3.1-1", "MQTT-4.3.1-1"}},
    {"codec/topic-name-empty", {"MQTT-3.3.2-1", "MQTT-3.3.2-1"}},
    {"codec/string-with-null", {"MQTT-4.7.3-2", "MQTT-4.7.3-2"}},
    {"server/dup-on-first-delivery", {"MQTT-4.3.2-1", "MQTT-4.3.2-2"}},
    {"server/dup-on-first-delivery", {"MQTT-4.3.3-1", "MQTT-4.3.3-2"}},
    {"server/packet-identifier-in-use", {"MQTT-4.3.2-1", "MQTT-4.3.2-1"}},
    {"server/packet-identifier-in-use", {"MQTT-4.3.3-1", "MQTT-4.3.3-1"}},
    {"server/packet-identifier-in-use", {"", "MQTT-4.3.2-3"}},
    {"server/packet-identifier-in-use", {"", "MQTT-4.3.3-3"}},
    {"server/packet-identifier-in-use", {"", "MQTT-4.3.3-5"}},
    {"client/packet-identifier-in-use", {"MQTT-2.3.1-3", ""}},
    {"client/packet-identifier-in-use", {"MQTT-4.3.2-1", "MQTT-4.3.2-1"}},
    {"client/packet-identifier-in-use", {"MQTT-4.3.3-1", "MQTT-4.3.3-1"}},
    {"client/packet-identifier-in-use", {"", "MQTT-4.3.2-3"}},
    {"client/packet-identifier-in-use", {"", "MQTT-4.3.3-3"}},
    {"client/packet-identifier-in-use", {"", "MQTT-4.3.3-5"}},
    {"server/acknowledgement-for-other-qos", {"MQTT-4.3.2-2", "MQTT-4.3.2-4"}},
    {"server/acknowledgement-for-other-qos", {"MQTT-4.3.3-2", "MQTT-4.3.3-8"}},
    {"client/acknowledgement-for-other-qos", {"MQTT-4.3.2-2", "MQTT-4.3.2-4"}},
    {"client/acknowledgement-for-other-qos", {"MQTT-4.3.3-2", "MQTT-4.3.3-8"}},
    {"server/pubcomp-without-pubrel", {"", "MQTT-4.3.3-11"}},
    {"client/pubcomp-without-pubrel", {"", "MQTT-4.3.3-11"}},
    {"server/pubcomp-denies-message", {"", "MQTT-4.3.3-13"}},
    {"client/pubcomp-denies-message", {"", "MQTT-4.3.3-13"}},
    {"server/receive-maximum-exceeded", {"", "MQTT-4.9.0-1"}},
    {"server/receive-maximum-exceeded", {"", "MQTT-4.9.0-2"}},
    {"client/receive-maximum-exceeded", {"", "MQTT-4.9.0-1"}},
    {"client/receive-maximum-exceeded", {"", "MQTT-4.9.0-2"}},

    // Subscriptions
    {"server/suback-without-subscribe", {"MQTT-3.8.4-4", "MQTT-3.8.4-5"}},
    {"server/granted-more-than-asked", {"MQTT-3.9.3-1", "MQTT-3.9.3-1"}},
    {"server/unsuback-without-unsubscribe", {"MQTT-3.10.4-6", "MQTT-3.10.4-6"}},
    {"server/unsuback-denies-subscription", {"", "MQTT-3.11.3-1"}},
    {"server/qos-above-granted", {"MQTT-3.3.5-1", "MQTT-3.3.4-2"}},
    {"server/qos-above-granted", {"", "MQTT-4.8.2-3"}},
    {"server/retain-on-live-message", {"", "MQTT-3.3.1-10"}},
    {"server/retain-on-live-message", {"", "MQTT-3.3.1-11"}},
    {"server/subscription-identifier-missing", {"", "MQTT-3.3.4-4"}},
    {"server/subscription-identifier-missing", {"", "MQTT-3.3.4-5"}},

    // Topic Aliases
    {"server/topic-alias-above-maximum", {"", "MQTT-3.3.2-11"}},
    {"client/topic-alias-above-maximum", {"", "MQTT-3.3.2-9"}},
    {"server/topic-alias-unknown", {"", "MQTT-3.3.2-7"}},
    {"client/topic-alias-unknown", {"", "MQTT-3.3.2-7"}},
});

}  // namespace mqttspec::conduct
