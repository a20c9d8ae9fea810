#pragma once

#include "reference/conduct/rule.hpp"

#include <array>

namespace mqttspec::conduct {

/// What a server is judged by: one line each, no code.
inline constexpr auto server_rule_table = [] {
  using enum spec::Level;
  return std::to_array<Rule>({
      // What holds for every packet
      {"server/packet-too-large", {"", "MQTT-3.1.2-24"}, must_not, "no packet is longer than the client's Maximum Packet Size"},
      {"server/problem-information-too-large",
       {"", "MQTT-3.2.2-19"},
       must_not,
       "no Reason String and no User Properties in a packet that is too large with them"},
      {"server/unwanted-problem-information",
       {"", "MQTT-3.1.2-29"},
       must_not,
       "without Request Problem Information, Reason String and User Properties stand in CONNACK, PUBLISH and DISCONNECT only"},

      // CONNACK
      {"server/packet-before-connack", {"MQTT-3.2.0-1", "MQTT-3.2.0-1"}, must, "CONNACK is the first packet, AUTH excepted"},
      {"server/connack-without-connect", {"3.2", "3.2"}, must_not, "CONNACK answers a CONNECT"},
      {"server/second-connack", {"3.2", "MQTT-3.2.0-2"}, must_not, "one CONNACK in a Network Connection"},
      {"server/session-present-after-clean-start",
       {"MQTT-3.2.2-1", "MQTT-3.2.2-2"},
       must,
       "Session Present is 0 where the client wanted a new Session"},
      {"server/session-present-without-session",
       {"MQTT-3.2.2-3", "MQTT-3.2.2-3"},
       must,
       "Session Present is 0 where the last Session ended with its Network Connection"},
      {"server/session-lost", {"MQTT-3.2.2-2", "MQTT-3.2.2-3"}, must, "Session Present is 1 where the Session is still to be kept"},
      {"server/packet-after-refusal", {"MQTT-3.2.2-5", "MQTT-3.2.2-7"}, must, "nothing follows a CONNACK that refuses"},
      {"server/assigned-client-identifier-missing",
       {"", "MQTT-3.2.2-16"},
       must,
       "CONNACK names the Assigned Client Identifier when the client gave none"},
      {"server/assigned-client-identifier-in-use",
       {"", "MQTT-3.1.3-6"},
       must,
       "the Assigned Client Identifier is of no other client that is connected or has a Session"},
      {"server/unwanted-response-information",
       {"", "MQTT-3.1.2-28"},
       must_not,
       "Response Information is returned only to a client that requested it"},

      // Keep alive
      {"server/keep-alive-timeout-too-early",
       {"", "MQTT-3.1.2-22"},
       must_not,
       "no Keep Alive timeout for a client that was never silent for as long as the Keep Alive"},

      // Enhanced authentication
      {"server/auth-without-method", {"", "MQTT-4.12.0-6"}, must_not, "no AUTH to a client that gave no Authentication Method"},
      {"server/connack-with-unasked-authentication-method",
       {"", "MQTT-4.12.0-6"},
       must_not,
       "no Authentication Method in CONNACK to a client that gave none"},
      {"server/other-authentication-method",
       {"", "MQTT-4.12.0-5"},
       must,
       "AUTH and a successful CONNACK repeat the Authentication Method of CONNECT"},
      {"server/auth-before-connack-does-not-continue",
       {"", "MQTT-4.12.0-2"},
       must,
       "AUTH ahead of CONNACK carries Continue authentication"},
      {"server/unasked-auth", {"", "4.12.1"}, must_not, "AUTH after CONNACK answers an AUTH of the client"},

      // DISCONNECT
      {"server/disconnect-before-connack", {"", "MQTT-3.14.0-1"}, must_not, "no DISCONNECT ahead of a successful CONNACK"},
      {"server/packet-after-disconnect", {"", "MQTT-3.14.4-1"}, must_not, "nothing follows DISCONNECT"},
      {"server/unannounced-maximum-qos",
       {"", "MQTT-3.2.2-9"},
       must,
       "no DISCONNECT for a QoS that is not supported to a client that kept to the Maximum QoS of CONNACK"},
      {"server/topic-alias-refused",
       {"", "MQTT-3.3.2-12"},
       must,
       "no DISCONNECT for a Topic Alias to a client that kept to the Topic Alias Maximum of CONNACK"},

      // Answers to the client's PUBLISH and PUBREL
      {"server/puback-without-publish", {"MQTT-2.3.1-6", "MQTT-2.2.1-5"}, must, "each PUBACK belongs to a PUBLISH of QoS 1"},
      {"server/pubrec-without-publish", {"MQTT-2.3.1-6", "MQTT-2.2.1-5"}, must, "each PUBREC belongs to a PUBLISH of QoS 2"},
      {"server/pubcomp-without-pubrel", {"MQTT-4.3.3-2", "MQTT-2.2.1-5"}, must, "each PUBCOMP belongs to a PUBREL"},
      {"server/pubcomp-denies-message",
       {"", "MQTT-4.1.0-1"},
       must_not,
       "a message is not forgotten between its PUBREC and its PUBREL on one Network Connection"},
      {"server/acknowledgement-for-other-qos",
       {"MQTT-3.3.4-1", "MQTT-3.3.4-1"},
       must,
       "QoS 1 is acknowledged with PUBACK, QoS 2 with PUBREC"},

      // Answers to other requests
      {"server/suback-without-subscribe", {"MQTT-3.8.4-2", "MQTT-3.8.4-2"}, must, "each SUBACK belongs to an outstanding SUBSCRIBE"},
      {"server/granted-more-than-asked",
       {"MQTT-3.8.4-5", "MQTT-3.8.4-7"},
       must_not,
       "the QoS granted is not above the one that SUBSCRIBE asked for"},
      {"server/suback-code-count", {"MQTT-3.8.4-5", "MQTT-3.8.4-6"}, must, "SUBACK has one code for each Topic Filter"},
      {"server/unsuback-without-unsubscribe",
       {"MQTT-3.10.4-4", "MQTT-3.10.4-5"},
       must,
       "each UNSUBACK belongs to an outstanding UNSUBSCRIBE"},
      {"server/unsuback-code-count", {"", "MQTT-3.11.3-2"}, must, "UNSUBACK has one Reason Code for each Topic Filter"},
      {"server/unsuback-denies-subscription",
       {"", "MQTT-3.10.4-1"},
       must,
       "UNSUBACK does not say that there was no Subscription where one had been granted"},
      {"server/pingresp-without-pingreq", {"3.13", "3.13"}, must_not, "each PINGRESP belongs to a PINGREQ"},

      // The server's PUBLISH and PUBREL
      {"server/dup-on-first-delivery", {"MQTT-3.3.1-3", "MQTT-3.3.1-3"}, must, "DUP is 0 in the first delivery of a message"},
      {"server/resent-without-dup", {"MQTT-3.3.1-1", "MQTT-3.3.1-1"}, must, "DUP is 1 in a PUBLISH that is sent again"},
      {"server/resent-with-other-qos", {"MQTT-4.4.0-1", "MQTT-4.4.0-1"}, must, "a PUBLISH is sent again with the QoS that it had"},
      {"server/packet-identifier-in-use", {"MQTT-2.3.1-4", "MQTT-2.2.1-4"}, must, "a new message gets a Packet Identifier that is free"},
      {"server/resent-on-same-connection", {"", "MQTT-4.4.0-1"}, must_not, "nothing is sent again but after a Session was resumed"},
      {"server/publish-after-pubrel", {"MQTT-4.3.3-1", "MQTT-4.3.3-6"}, must_not, "PUBLISH is not sent again once its PUBREL was"},
      {"server/pubrel-without-pubrec", {"MQTT-4.3.3-1", "MQTT-4.3.3-4"}, must, "PUBREL answers a PUBREC"},
      {"server/resent-out-of-order", {"MQTT-4.6.0-6", ""}, must, "messages are sent again in the order of their first delivery"},
      {"server/pubrel-out-of-order", {"MQTT-4.6.0-6", ""}, must, "PUBRELs come in the order of the PUBRECs"},
      {"server/receive-maximum-exceeded",
       {"", "MQTT-3.3.4-9"},
       must_not,
       "no more unacknowledged PUBLISHes of QoS 1 and 2 than the client's Receive Maximum"},

      // Whether the message was asked for
      {"server/topic-not-subscribed", {"MQTT-3.3.2-3", "MQTT-3.3.2-3"}, must, "the Topic Name matches a Subscription of the Session"},
      {"server/wildcard-matched-dollar-topic",
       {"MQTT-4.7.2-1", "MQTT-4.7.2-1"},
       must_not,
       "a Topic Filter that begins with a wildcard does not match a Topic Name that begins with $"},
      {"server/qos-above-granted",
       {"MQTT-3.8.4-6", "MQTT-3.8.4-8"},
       must,
       "the QoS is not above the one granted to the matching Subscriptions"},
      {"server/retain-on-live-message",
       {"MQTT-3.3.1-9", "MQTT-3.3.1-12"},
       must,
       "RETAIN is 1 only in a retained message that a new Subscription calls for, or where Retain As Published asks for it"},
      {"server/unknown-subscription-identifier",
       {"", "MQTT-3.3.4-3"},
       must,
       "a Subscription Identifier is one that the client gave with a matching Subscription"},
      {"server/subscription-identifier-missing",
       {"", "MQTT-3.3.4-3"},
       must,
       "the Subscription Identifier stands in the message where every matching Subscription has one"},

      // Topic Name and Topic Alias
      {"server/topic-alias-not-allowed", {"", "MQTT-3.1.2-27"}, must_not, "no Topic Alias to a client that allowed none"},
      {"server/topic-alias-above-maximum", {"", "MQTT-3.1.2-26"}, must_not, "no Topic Alias above the client's Topic Alias Maximum"},
      {"server/topic-alias-unknown",
       {"", "3.3.2.3.4"},
       must,
       "a Topic Alias without a Topic Name was given one on this Network Connection"},
  });
}();

}  // namespace mqttspec::conduct
