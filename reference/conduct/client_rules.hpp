#pragma once

#include "reference/conduct/rule.hpp"

#include <array>

namespace mqttspec::conduct {

/// What a client is judged by: one line each, no code.
inline constexpr auto client_rule_table = [] {
  using enum spec::Level;
  return std::to_array<Rule>({
      // What holds for every packet
      {"client/packet-too-large", {"", "MQTT-3.2.2-15"}, must_not, "no packet is longer than the server's Maximum Packet Size"},
      {"client/problem-information-too-large",
       {"", "MQTT-3.4.2-2"},
       must_not,
       "no Reason String and no User Properties in a packet that is too large with them"},
      {"client/server-keep-alive-exceeded",
       {"", "MQTT-3.2.2-21"},
       must,
       "packets come within the Server Keep Alive of CONNACK (judged at one and a half times that)"},
      {"client/keep-alive-exceeded",
       {"MQTT-3.1.2-23", "MQTT-3.1.2-20"},
       must,
       "packets come within the Keep Alive interval (judged at one and a half times that)"},

      // WebSocket
      {"client/subprotocol-not-offered",
       {"MQTT-6.0.0-3", "MQTT-6.0.0-3"},
       must,
       "a client that asks for a WebSocket offers the subprotocol mqtt"},
      {"client/text-frame", {"MQTT-6.0.0-1", "MQTT-6.0.0-1"}, must, "packets are in binary frames"},

      // CONNECT and DISCONNECT
      {"client/packet-before-connect", {"MQTT-3.1.0-1", "MQTT-3.1.0-1"}, must, "CONNECT is the first packet"},
      {"client/second-connect", {"MQTT-3.1.0-2", "MQTT-3.1.0-2"}, must_not, "one CONNECT in a Network Connection"},
      {"client/empty-client-identifier", {"MQTT-3.1.3-7", ""}, must, "a client without Client Identifier sets Clean Session"},
      {"client/packet-after-disconnect", {"MQTT-3.14.4-2", "MQTT-3.14.4-1"}, must_not, "nothing follows DISCONNECT"},
      {"client/session-expiry-raised-from-zero",
       {"", "3.14.2.2.2"},
       must_not,
       "DISCONNECT sets no Session Expiry Interval where CONNECT had none"},
      {"client/session-state-not-discarded",
       {"", "MQTT-3.2.2-5"},
       must,
       "nothing of an earlier Session is sent again where CONNACK says that the server has none"},
      {"client/topic-alias-refused",
       {"", "MQTT-3.3.2-10"},
       must,
       "no DISCONNECT for a Topic Alias to a server that kept to the Topic Alias Maximum of CONNECT"},

      // Enhanced authentication
      {"client/packet-during-authentication",
       {"", "MQTT-3.1.2-30"},
       must_not,
       "with an Authentication Method only AUTH and DISCONNECT come ahead of CONNACK"},
      {"client/auth-without-method", {"", "MQTT-4.12.0-7"}, must_not, "no AUTH without an Authentication Method in CONNECT"},
      {"client/other-authentication-method", {"", "MQTT-4.12.0-5"}, must, "AUTH repeats the Authentication Method of CONNECT"},
      {"client/auth-does-not-continue", {"", "MQTT-4.12.0-3"}, must, "AUTH ahead of CONNACK carries Continue authentication"},
      {"client/unasked-auth", {"", "MQTT-4.12.1-1"}, must, "AUTH after CONNACK begins with Re-authenticate, or answers an AUTH"},

      // Answers to the server's PUBLISH and PUBREL
      {"client/puback-without-publish", {"MQTT-2.3.1-6", "MQTT-2.2.1-5"}, must, "each PUBACK belongs to a PUBLISH of QoS 1"},
      {"client/pubrec-without-publish", {"MQTT-2.3.1-6", "MQTT-2.2.1-5"}, must, "each PUBREC belongs to a PUBLISH of QoS 2"},
      {"client/pubcomp-without-pubrel", {"MQTT-4.3.3-2", "MQTT-2.2.1-5"}, must, "each PUBCOMP belongs to a PUBREL"},
      {"client/pubcomp-denies-message",
       {"", "MQTT-4.1.0-1"},
       must_not,
       "a message is not forgotten between its PUBREC and its PUBREL on one Network Connection"},
      {"client/acknowledgement-for-other-qos",
       {"MQTT-3.3.4-1", "MQTT-3.3.4-1"},
       must,
       "QoS 1 is acknowledged with PUBACK, QoS 2 with PUBREC"},
      {"client/puback-out-of-order", {"MQTT-4.6.0-2", "MQTT-4.6.0-2"}, must, "PUBACKs come in the order of the PUBLISHes"},
      {"client/pubrec-out-of-order", {"MQTT-4.6.0-3", "MQTT-4.6.0-3"}, must, "PUBRECs come in the order of the PUBLISHes"},

      // The client's PUBLISH and PUBREL
      {"client/dup-on-first-qos-1", {"MQTT-4.3.2-1", "MQTT-4.3.2-2"}, must, "DUP is 0 in the first delivery of a QoS 1 message"},
      {"client/dup-on-first-qos-2", {"MQTT-4.3.3-1", "MQTT-4.3.3-2"}, must, "DUP is 0 in the first delivery of a QoS 2 message"},
      {"client/resent-without-dup", {"MQTT-3.3.1-1", "MQTT-3.3.1-1"}, must, "DUP is 1 in a PUBLISH that is sent again"},
      {"client/resent-with-other-qos", {"MQTT-4.4.0-1", "MQTT-4.4.0-1"}, must, "a PUBLISH is sent again with the QoS that it had"},
      {"client/packet-identifier-in-use", {"MQTT-2.3.1-2", "MQTT-2.2.1-3"}, must, "a new packet gets a Packet Identifier that is free"},
      {"client/resent-on-same-connection", {"", "MQTT-4.4.0-1"}, must_not, "nothing is sent again but after a Session was resumed"},
      {"client/publish-after-pubrel", {"MQTT-4.3.3-1", "MQTT-4.3.3-6"}, must_not, "PUBLISH is not sent again once its PUBREL was"},
      {"client/pubrel-without-pubrec", {"MQTT-4.3.3-1", "MQTT-4.3.3-4"}, must, "PUBREL answers a PUBREC"},
      {"client/resent-out-of-order",
       {"MQTT-4.6.0-1", "MQTT-4.6.0-1"},
       must,
       "messages are sent again in the order of their first delivery"},
      {"client/pubrel-out-of-order", {"MQTT-4.6.0-4", "MQTT-4.6.0-4"}, must, "PUBRELs come in the order of the PUBRECs"},

      // What the server allowed in CONNACK
      {"client/receive-maximum-exceeded",
       {"", "MQTT-3.3.4-7"},
       must_not,
       "no more unacknowledged PUBLISHes of QoS 1 and 2 than the server's Receive Maximum"},
      {"client/maximum-qos-exceeded", {"", "MQTT-3.2.2-11"}, must_not, "no PUBLISH above the server's Maximum QoS"},
      {"client/retain-not-available", {"", "MQTT-3.2.2-14"}, must_not, "no RETAIN to a server that does not have it"},
      {"client/wildcard-not-available", {"", "3.2.2.3.11"}, must_not, "no wildcards to a server that does not have them"},
      {"client/subscription-identifier-not-available",
       {"", "3.2.2.3.12"},
       must_not,
       "no Subscription Identifier to a server that does not have them"},
      {"client/shared-subscription-not-available",
       {"", "3.2.2.3.13"},
       must_not,
       "no Shared Subscription to a server that does not have them"},

      // Topic Name and Topic Alias
      {"client/topic-alias-not-allowed", {"", "MQTT-3.2.2-18"}, must_not, "no Topic Alias to a server that allowed none"},
      {"client/topic-alias-above-maximum", {"", "MQTT-3.2.2-17"}, must_not, "no Topic Alias above the server's Topic Alias Maximum"},
      {"client/topic-alias-unknown",
       {"", "3.3.2.3.4"},
       must,
       "a Topic Alias without a Topic Name was given one on this Network Connection"},
  });
}();

}  // namespace mqttspec::conduct
