#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

// Offsets: a CONNECT's first property is at 13, a Will Property at 17, a CONNACK's at 5, an acknowledgement's at 6, a SUBACK's at 5.
constexpr Malformed properties[] = {
    // Identifiers
    {"property identifier 0", v5_0, client, R"(10 * "MQTT" 05 02 0000 {00 00} "a")", "2.2.2.2", malformed, 13},
    {"property identifier 4", v5_0, server, R"(30 * "a" {04 00})", "2.2.2.2", malformed, 6},
    {"property identifier 0x2B", v5_0, server, R"(20 * 00 00 {2b 00})", "2.2.2.2", malformed, 5},
    {"property identifier 0x7F", v5_0, client, R"(30 * "a" {7f 00})", "2.2.2.2", malformed, 6},
    {"property identifier 128", v5_0, client, R"(30 * "a" {80 01 00})", "2.2.2.2", malformed, 6},
    {"property identifier not minimal", v5_0, client, R"(30 * "a" {81 00 00})", "MQTT-1.5.5-1", malformed, 6},
    {"property identifier of five bytes", v5_0, client, R"(30 * "a" {80 80 80 80 01})", "1.5.5", malformed, 6},
    {"property identifier unfinished", v5_0, client, R"(30 * "a" {80} 00)", "2.2.2.1", malformed, 6},

    // Values that run past the properties
    {"byte missing", v5_0, client, R"(30 * "a" {01} 00)", "2.2.2.1", malformed, 6},
    {"two-byte integer cut", v5_0, client, R"(30 * "a" {23 00} 01)", "2.2.2.1", malformed, 6},
    {"four-byte integer cut", v5_0, client, R"(30 * "a" {02 000000} 01)", "2.2.2.1", malformed, 6},
    {"string length cut", v5_0, client, R"(30 * "a" {03 00} 00)", "2.2.2.1", malformed, 6},
    {"string cut", v5_0, client, R"(30 * "a" {03 0003 'te'} 'x')", "2.2.2.1", malformed, 6},
    {"binary data cut", v5_0, client, R"(30 * "a" {09 0003 'te'} 'x')", "2.2.2.1", malformed, 6},
    {"string pair without its second string", v5_0, client, R"(30 * "a" {26 "n"} "v")", "2.2.2.1", malformed, 6},
    {"string pair with its second string cut", v5_0, client, R"(30 * "a" {26 "n" 0002 'v'} 'x')", "2.2.2.1", malformed, 6},
    {"second property cut", v5_0, client, R"(30 * "a" {01 00 23 00} 01)", "2.2.2.1", malformed, 8},

    // CONNECT
    {"CONNECT Property Length beyond the packet", v5_0, client, R"(10 * "MQTT" 05 02 0000 10 "a")", "2.2.2.1", malformed, 12},
    {"CONNECT Session Expiry Interval twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {11 00000001 11 00000001} "a")", "3.1.2.11.2",
     protocol_error, 18},
    {"CONNECT Receive Maximum 0", v5_0, client, R"(10 * "MQTT" 05 02 0000 {21 0000} "a")", "3.1.2.11.3", protocol_error, 14},
    {"CONNECT Receive Maximum twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {21 0001 21 0001} "a")", "3.1.2.11.3", protocol_error, 16},
    {"CONNECT Maximum Packet Size 0", v5_0, client, R"(10 * "MQTT" 05 02 0000 {27 00000000} "a")", "3.1.2.11.4", protocol_error, 14},
    {"CONNECT Maximum Packet Size twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {27 00000100 27 00000100} "a")", "3.1.2.11.4",
     protocol_error, 18},
    {"CONNECT Topic Alias Maximum twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {22 0000 22 0000} "a")", "3.1.2.11.5", protocol_error,
     16},
    {"Request Response Information 2", v5_0, client, R"(10 * "MQTT" 05 02 0000 {19 02} "a")", "3.1.2.11.6", protocol_error, 14},
    {"Request Response Information twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {19 01 19 01} "a")", "3.1.2.11.6", protocol_error, 15},
    {"Request Problem Information 2", v5_0, client, R"(10 * "MQTT" 05 02 0000 {17 02} "a")", "3.1.2.11.7", protocol_error, 14},
    {"Request Problem Information 255", v5_0, client, R"(10 * "MQTT" 05 02 0000 {17 ff} "a")", "3.1.2.11.7", protocol_error, 14},
    {"Request Problem Information twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {17 00 17 01} "a")", "3.1.2.11.7", protocol_error, 15},
    {"CONNECT Authentication Method twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {15 "m" 15 "m"} "a")", "3.1.2.11.9", protocol_error,
     17},
    {"CONNECT Authentication Data twice", v5_0, client, R"(10 * "MQTT" 05 02 0000 {15 "m" 16 "" 16 ""} "a")", "3.1.2.11.10", protocol_error,
     20},
    {"CONNECT Authentication Data alone", v5_0, client, R"(10 * "MQTT" 05 02 0000 {16 "d"} "a")", "3.1.2.11.10", protocol_error, 13},
    {"Authentication Data alone behind another property", v5_0, client, R"(10 * "MQTT" 05 02 0000 {21 0001 16 "d"} "a")", "3.1.2.11.10",
     protocol_error, 16},
    {"Reason String in a CONNECT", v5_0, client, R"(10 * "MQTT" 05 02 0000 {1f "r"} "a")", "2.2.2.2", malformed, 13},
    {"Will Delay Interval in a CONNECT", v5_0, client, R"(10 * "MQTT" 05 02 0000 {18 00000001} "a")", "2.2.2.2", malformed, 13},
    {"Server Keep Alive in a CONNECT", v5_0, client, R"(10 * "MQTT" 05 02 0000 {13 0001} "a")", "2.2.2.2", malformed, 13},
    {"Subscription Identifier in a CONNECT", v5_0, client, R"(10 * "MQTT" 05 02 0000 {0b 01} "a")", "2.2.2.2", malformed, 13},

    // Will
    {"Will Property Length beyond the packet", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" 09 "w" "")", "2.2.2.1", malformed, 16},
    {"Will Delay Interval twice", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {18 00000001 18 00000001} "w" "")", "3.1.3.2.2",
     protocol_error, 22},
    {"Will Payload Format Indicator 2", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {01 02} "w" "")", "3.1.3.2.3", protocol_error, 18},
    {"Will Payload Format Indicator twice", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {01 01 01 01} "w" "")", "3.1.3.2.3",
     protocol_error, 19},
    {"Will Message Expiry Interval twice", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {02 00000001 02 00000001} "w" "")", "3.1.3.2.4",
     protocol_error, 22},
    {"Will Content Type twice", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {03 "" 03 ""} "w" "")", "3.1.3.2.5", protocol_error, 20},
    {"Will Response Topic twice", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {08 "r" 08 "r"} "w" "")", "3.1.3.2.6", protocol_error, 21},
    {"Will Response Topic with #", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {08 "r/#"} "w" "")", "MQTT-4.7.0-1", protocol_error, 22},
    {"Will Correlation Data twice", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {09 "" 09 ""} "w" "")", "3.1.3.2.7", protocol_error, 20},
    {"Topic Alias in Will Properties", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {23 0001} "w" "")", "2.2.2.2", malformed, 17},
    {"Session Expiry Interval in Will Properties", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {11 00000001} "w" "")", "2.2.2.2",
     malformed, 17},
    {"Subscription Identifier in Will Properties", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {0b 01} "w" "")", "2.2.2.2", malformed,
     17},

    // CONNACK
    {"CONNACK Session Expiry Interval twice", v5_0, server, R"(20 * 00 00 {11 00000001 11 00000001})", "3.2.2.3.2", protocol_error, 10},
    {"CONNACK Receive Maximum 0", v5_0, server, R"(20 * 00 00 {21 0000})", "3.2.2.3.3", protocol_error, 6},
    {"CONNACK Receive Maximum twice", v5_0, server, R"(20 * 00 00 {21 0001 21 0001})", "3.2.2.3.3", protocol_error, 8},
    {"Maximum QoS 2", v5_0, server, R"(20 * 00 00 {24 02})", "3.2.2.3.4", protocol_error, 6},
    {"Maximum QoS twice", v5_0, server, R"(20 * 00 00 {24 01 24 01})", "3.2.2.3.4", protocol_error, 7},
    {"Retain Available 2", v5_0, server, R"(20 * 00 00 {25 02})", "3.2.2.3.5", protocol_error, 6},
    {"Retain Available twice", v5_0, server, R"(20 * 00 00 {25 01 25 01})", "3.2.2.3.5", protocol_error, 7},
    {"CONNACK Maximum Packet Size 0", v5_0, server, R"(20 * 00 00 {27 00000000})", "3.2.2.3.6", protocol_error, 6},
    {"CONNACK Maximum Packet Size twice", v5_0, server, R"(20 * 00 00 {27 00000001 27 00000001})", "3.2.2.3.6", protocol_error, 10},
    {"Assigned Client Identifier twice", v5_0, server, R"(20 * 00 00 {12 "a" 12 "a"})", "3.2.2.3.7", protocol_error, 9},
    {"CONNACK Topic Alias Maximum twice", v5_0, server, R"(20 * 00 00 {22 0001 22 0001})", "3.2.2.3.8", protocol_error, 8},
    {"CONNACK Reason String twice", v5_0, server, R"(20 * 00 00 {1f "r" 1f "r"})", "3.2.2.3.9", protocol_error, 9},
    {"Wildcard Subscription Available 2", v5_0, server, R"(20 * 00 00 {28 02})", "3.2.2.3.11", protocol_error, 6},
    {"Wildcard Subscription Available twice", v5_0, server, R"(20 * 00 00 {28 01 28 01})", "3.2.2.3.11", protocol_error, 7},
    {"Subscription Identifier Available 2", v5_0, server, R"(20 * 00 00 {29 02})", "3.2.2.3.12", protocol_error, 6},
    {"Subscription Identifier Available twice", v5_0, server, R"(20 * 00 00 {29 01 29 01})", "3.2.2.3.12", protocol_error, 7},
    {"Shared Subscription Available 2", v5_0, server, R"(20 * 00 00 {2a 02})", "3.2.2.3.13", protocol_error, 6},
    {"Shared Subscription Available twice", v5_0, server, R"(20 * 00 00 {2a 01 2a 01})", "3.2.2.3.13", protocol_error, 7},
    {"Server Keep Alive twice", v5_0, server, R"(20 * 00 00 {13 0001 13 0001})", "3.2.2.3.14", protocol_error, 8},
    {"Response Information twice", v5_0, server, R"(20 * 00 00 {1a "i" 1a "i"})", "3.2.2.3.15", protocol_error, 9},
    {"CONNACK Server Reference twice", v5_0, server, R"(20 * 00 9c {1c "s" 1c "s"})", "3.2.2.3.16", protocol_error, 9},
    {"CONNACK Authentication Method twice", v5_0, server, R"(20 * 00 00 {15 "m" 15 "m"})", "3.2.2.3.17", protocol_error, 9},
    {"CONNACK Authentication Data twice", v5_0, server, R"(20 * 00 00 {15 "m" 16 "d" 16 "d"})", "3.2.2.3.18", protocol_error, 13},
    {"Request Problem Information in a CONNACK", v5_0, server, R"(20 * 00 00 {17 01})", "2.2.2.2", malformed, 5},
    {"Topic Alias in a CONNACK", v5_0, server, R"(20 * 00 00 {23 0001})", "2.2.2.2", malformed, 5},
    {"Payload Format Indicator in a CONNACK", v5_0, server, R"(20 * 00 00 {01 01})", "2.2.2.2", malformed, 5},

    // Acknowledgements, DISCONNECT, AUTH
    {"PUBACK Reason String twice", v5_0, server, R"(40 * 0001 00 {1f "r" 1f "r"})", "3.4.2.2.2", protocol_error, 10},
    {"PUBREC Reason String twice", v5_0, client, R"(50 * 0001 00 {1f "r" 1f "r"})", "3.5.2.2.2", protocol_error, 10},
    {"PUBREL Reason String twice", v5_0, server, R"(62 * 0001 00 {1f "r" 1f "r"})", "3.6.2.2.2", protocol_error, 10},
    {"PUBCOMP Reason String twice", v5_0, client, R"(70 * 0001 00 {1f "r" 1f "r"})", "3.7.2.2.2", protocol_error, 10},
    {"SUBACK Reason String twice", v5_0, server, R"(90 * 0001 {1f "r" 1f "r"} 00)", "3.9.2.1.2", protocol_error, 9},
    {"UNSUBACK Reason String twice", v5_0, server, R"(b0 * 0001 {1f "r" 1f "r"} 00)", "3.11.2.1.2", protocol_error, 9},
    {"DISCONNECT Reason String twice", v5_0, server, R"(e0 * 80 {1f "r" 1f "r"})", "3.14.2.2.3", protocol_error, 8},
    {"AUTH Reason String twice", v5_0, server, R"(f0 * 18 {15 "m" 1f "r" 1f "r"})", "3.15.2.2.4", protocol_error, 12},
    {"Content Type in a PUBACK", v5_0, server, R"(40 * 0001 00 {03 "t"})", "2.2.2.2", malformed, 6},
    {"Server Reference in a PUBREL", v5_0, server, R"(62 * 0001 00 {1c "s"})", "2.2.2.2", malformed, 6},
    {"Receive Maximum in a SUBACK", v5_0, server, R"(90 * 0001 {21 0001} 00)", "2.2.2.2", malformed, 5},
    {"Reason String in an UNSUBSCRIBE", v5_0, client, R"(a2 * 0001 {1f "r"} "a")", "2.2.2.2", malformed, 5},
    {"Authentication Method in a DISCONNECT", v5_0, client, R"(e0 * 00 {15 "m"})", "2.2.2.2", malformed, 4},
    {"Server Reference in an AUTH", v5_0, server, R"(f0 * 18 {15 "m" 1c "s"})", "2.2.2.2", malformed, 8},
    {"Topic Alias Maximum in an UNSUBACK", v5_0, server, R"(b0 * 0001 {22 0001} 00)", "2.2.2.2", malformed, 5},
};

}  // namespace

std::span<const Malformed> malformed_properties() { return properties; }

}  // namespace mqttspec::wire::testing
