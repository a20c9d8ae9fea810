#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

constexpr Malformed publishes[] = {
    // Flags
    {"QoS 3", v5_0, client, R"(36 * "a" 0001 {})", "MQTT-3.3.1-4", malformed, 0},
    {"QoS 3 from the server", v5_0, server, R"(36 * "a" 0001 {})", "MQTT-3.3.1-4", malformed, 0},
    {"QoS 3 3.1.1", v3_1_1, client, R"(37 * "a" 0001)", "MQTT-3.3.1-4", malformed, 0},
    {"QoS 3 with DUP 3.1.1", v3_1_1, server, R"(3e * "a" 0001)", "MQTT-3.3.1-4", malformed, 0},
    {"DUP at QoS 0", v5_0, client, R"(38 * "a" {})", "MQTT-3.3.1-2", malformed, 0},
    {"DUP at QoS 0 with RETAIN", v5_0, server, R"(39 * "a" {})", "MQTT-3.3.1-2", malformed, 0},
    {"DUP at QoS 0 3.1.1", v3_1_1, client, R"(38 * "a")", "MQTT-3.3.1-2", malformed, 0},

    // Topic Name
    {"no Topic Name", v5_0, client, R"(30 00)", "MQTT-3.3.2-1", malformed, 2},
    {"no Topic Name 3.1.1", v3_1_1, server, R"(30 00)", "MQTT-3.3.2-1", malformed, 2},
    {"half a Topic Name length", v5_0, client, R"(30 * 00)", "3.3.1.4", malformed, 2},
    {"half a Topic Name length 3.1.1", v3_1_1, client, R"(30 * 00)", "3.3.1", malformed, 2},
    {"Topic Name cut", v5_0, client, R"(30 * 0005 'abc')", "1.5.4", malformed, 2},
    {"Topic Name cut 3.1.1", v3_1_1, client, R"(30 * 0005 'abc')", "1.5.3", malformed, 2},
    {"Topic Name of 65535 claimed bytes", v5_0, server, R"(30 * ffff 'abc')", "1.5.4", malformed, 2},
    {"Topic Name empty", v5_0, client, R"(30 * "" {} 'x')", "MQTT-4.7.3-1", protocol_error, 2},
    {"Topic Name empty from the server", v5_0, server, R"(32 * "" 0001 {} 'x')", "MQTT-4.7.3-1", protocol_error, 2},
    {"Topic Name empty with other properties", v5_0, client, R"(30 * "" {01 01 02 00000001} 'x')", "MQTT-4.7.3-1", protocol_error, 2},
    {"Topic Name empty 3.1.1", v3_1_1, client, R"(30 * "" 'x')", "MQTT-4.7.3-1", protocol_error, 2},
    {"Topic Name +", v5_0, client, R"(30 * "+" {})", "MQTT-3.3.2-2", protocol_error, 4},
    {"Topic Name #", v5_0, server, R"(30 * "#" {})", "MQTT-3.3.2-2", protocol_error, 4},
    {"Topic Name a/+/b", v5_0, client, R"(30 * "a/+/b" {})", "MQTT-3.3.2-2", protocol_error, 6},
    {"Topic Name a/#", v3_1_1, client, R"(30 * "a/#")", "MQTT-3.3.2-2", protocol_error, 6},
    {"Topic Name a+b", v3_1_1, server, R"(30 * "a+b")", "MQTT-3.3.2-2", protocol_error, 5},
    {"wildcard behind sixteen characters", v5_0, client, R"(30 * "0123456789abcdefg#" {})", "MQTT-3.3.2-2", protocol_error, 21},
    {"wildcard and then a null", v5_0, client, R"(30 * 0003 'a#' 00 {})", "MQTT-1.5.4-2", malformed, 6},

    // Packet Identifier
    {"Packet Identifier missing", v5_0, client, R"(32 * "a")", "3.3.1.4", malformed, 5},
    {"Packet Identifier missing 3.1.1", v3_1_1, client, R"(34 * "a")", "3.3.1", malformed, 5},
    {"half a Packet Identifier", v5_0, client, R"(32 * "a" 00)", "3.3.1.4", malformed, 5},
    {"Packet Identifier 0 from a client", v5_0, client, R"(32 * "a" 0000 {})", "MQTT-2.2.1-3", protocol_error, 5},
    {"Packet Identifier 0 from the server", v5_0, server, R"(34 * "a" 0000 {})", "MQTT-2.2.1-4", protocol_error, 5},
    {"Packet Identifier 0 from a client 3.1.1", v3_1_1, client, R"(34 * "a" 0000)", "MQTT-2.3.1-1", protocol_error, 5},
    {"Packet Identifier 0 from the server 3.1.1", v3_1_1, server, R"(32 * "a" 0000)", "MQTT-2.3.1-1", protocol_error, 5},

    // Properties
    {"PUBLISH without Property Length", v5_0, client, R"(30 * "a")", "MQTT-2.2.2-1", malformed, 5},
    {"PUBLISH of QoS 1 without Property Length", v5_0, client, R"(32 * "a" 0001)", "MQTT-2.2.2-1", malformed, 7},
    {"Property Length beyond the packet", v5_0, client, R"(30 * "a" 05 23 0001)", "2.2.2.1", malformed, 5},
    {"Property Length not minimal", v5_0, client, R"(30 * "a" 83 00 23 0001)", "MQTT-1.5.5-1", malformed, 5},
    {"Property Length 0 in two bytes", v5_0, client, R"(30 * "a" 80 00)", "MQTT-1.5.5-1", malformed, 5},
    {"Property Length of five bytes", v5_0, client, R"(30 * "a" ff ff ff ff 01)", "1.5.5", malformed, 5},
    {"Property Length unfinished", v5_0, client, R"(30 * "a" 80)", "3.3.1.4", malformed, 6},
    {"Topic Alias 0", v5_0, client, R"(30 * "a" {23 0000})", "MQTT-3.3.2-8", topic_alias_invalid, 7},
    {"Topic Alias 0 from the server", v5_0, server, R"(30 * "a" {23 0000})", "MQTT-3.3.2-8", topic_alias_invalid, 7},
    {"Topic Alias twice", v5_0, client, R"(30 * "a" {23 0001 23 0001})", "3.3.2.3.4", protocol_error, 9},
    {"Subscription Identifier from a client", v5_0, client, R"(30 * "a" {0b 01})", "MQTT-3.3.4-6", protocol_error, 6},
    {"Subscription Identifier 0", v5_0, server, R"(30 * "a" {0b 00})", "3.3.2.3.8", protocol_error, 7},
    {"Subscription Identifier not minimal", v5_0, server, R"(30 * "a" {0b 81 00})", "MQTT-1.5.5-1", malformed, 7},
    {"Subscription Identifier of five bytes", v5_0, server, R"(30 * "a" {0b 80 80 80 80 01})", "1.5.5", malformed, 7},
    {"Subscription Identifier missing", v5_0, server, R"(30 * "a" {0b} 01)", "2.2.2.1", malformed, 6},
    {"Payload Format Indicator 2", v5_0, client, R"(30 * "a" {01 02})", "3.3.2.3.2", protocol_error, 7},
    {"Payload Format Indicator twice", v5_0, client, R"(30 * "a" {01 00 01 00})", "3.3.2.3.2", protocol_error, 8},
    {"Message Expiry Interval twice", v5_0, client, R"(30 * "a" {02 00000001 02 00000001})", "3.3.2.3.3", protocol_error, 11},
    {"Response Topic with +", v5_0, client, R"(30 * "a" {08 "r/+"})", "MQTT-3.3.2-14", protocol_error, 11},
    {"Response Topic with # from the server", v5_0, server, R"(30 * "a" {08 "#"})", "MQTT-3.3.2-14", protocol_error, 9},
    {"Response Topic empty", v5_0, client, R"(30 * "a" {08 ""})", "MQTT-4.7.3-1", protocol_error, 7},
    {"Response Topic twice", v5_0, client, R"(30 * "a" {08 "r" 08 "r"})", "3.3.2.3.5", protocol_error, 10},
    {"Correlation Data twice", v5_0, client, R"(30 * "a" {09 "" 09 ""})", "3.3.2.3.6", protocol_error, 9},
    {"Content Type twice", v5_0, server, R"(30 * "a" {03 "t" 03 "t"})", "3.3.2.3.9", protocol_error, 10},
    {"Maximum QoS in a PUBLISH", v5_0, server, R"(30 * "a" {24 01})", "2.2.2.2", malformed, 6},
    {"Reason String in a PUBLISH", v5_0, server, R"(30 * "a" {1f "r"})", "2.2.2.2", malformed, 6},
    {"Will Delay Interval in a PUBLISH", v5_0, client, R"(30 * "a" {18 00000000})", "2.2.2.2", malformed, 6},
};

}  // namespace

std::span<const Malformed> malformed_publishes() { return publishes; }

}  // namespace mqttspec::wire::testing
