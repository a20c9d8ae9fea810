#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

constexpr Malformed acknowledgements[] = {
    // Lengths
    {"empty PUBACK", v5_0, client, R"(40 00)", "3.4.1", malformed, 2},
    {"PUBACK of one byte", v5_0, server, R"(40 * 00)", "3.4.1", malformed, 2},
    {"PUBREC of one byte", v5_0, server, R"(50 * 00)", "3.5.1", malformed, 2},
    {"PUBREL of one byte", v5_0, server, R"(62 * 00)", "3.6.1", malformed, 2},
    {"PUBCOMP of one byte", v5_0, server, R"(70 * 00)", "3.7.1", malformed, 2},
    {"PUBACK of one byte 3.1.1", v3_1_1, client, R"(40 * 01)", "3.4.1", malformed, 2},
    {"PUBACK of three bytes 3.1.1", v3_1_1, client, R"(40 * 0001 00)", "3.4.1", malformed, 4},
    {"PUBREC of three bytes 3.1.1", v3_1_1, server, R"(50 * 0001 00)", "3.5.1", malformed, 4},
    {"PUBREL of four bytes 3.1.1", v3_1_1, client, R"(62 * 0001 00 00)", "3.6.1", malformed, 4},
    {"PUBCOMP of three bytes 3.1.1", v3_1_1, server, R"(70 * 0001 00)", "3.7.1", malformed, 4},
    {"PUBACK with bytes behind its properties", v5_0, client, R"(40 * 0001 00 {} 00)", "3.4.1", malformed, 6},
    {"PUBREL with bytes behind its properties", v5_0, client, R"(62 * 0001 00 {1f "r"} 00)", "3.6.1", malformed, 10},
    {"PUBACK Property Length beyond the packet", v5_0, client, R"(40 * 0001 00 01)", "2.2.2.1", malformed, 5},
    {"PUBACK Property Length unfinished", v5_0, client, R"(40 * 0001 00 80)", "3.4.1", malformed, 6},

    // Packet Identifier 0
    {"PUBACK of 0", v5_0, client, R"(40 * 0000)", "MQTT-2.2.1-5", protocol_error, 2},
    {"PUBACK of 0 3.1.1", v3_1_1, server, R"(40 * 0000)", "MQTT-2.3.1-6", protocol_error, 2},
    {"PUBREC of 0", v5_0, server, R"(50 * 0000)", "MQTT-2.2.1-5", protocol_error, 2},
    {"PUBREL of 0", v5_0, client, R"(62 * 0000)", "MQTT-2.2.1-5", protocol_error, 2},
    {"PUBREL of 0 3.1.1", v3_1_1, client, R"(62 * 0000)", "MQTT-2.3.1-6", protocol_error, 2},
    {"PUBCOMP of 0", v5_0, client, R"(70 * 0000 00 {})", "MQTT-2.2.1-5", protocol_error, 2},
    {"SUBACK of 0", v5_0, server, R"(90 * 0000 {} 00)", "MQTT-2.2.1-6", protocol_error, 2},
    {"SUBACK of 0 3.1.1", v3_1_1, server, R"(90 * 0000 00)", "MQTT-2.3.1-7", protocol_error, 2},
    {"UNSUBACK of 0", v5_0, server, R"(b0 * 0000 {} 00)", "MQTT-2.2.1-6", protocol_error, 2},
    {"UNSUBACK of 0 3.1.1", v3_1_1, server, R"(b0 * 0000)", "MQTT-2.3.1-7", protocol_error, 2},

    // Reason Codes
    {"PUBACK code 1", v5_0, server, R"(40 * 0001 01)", "MQTT-3.4.2-1", protocol_error, 4},
    {"PUBACK code 0x92", v5_0, server, R"(40 * 0001 92)", "MQTT-3.4.2-1", protocol_error, 4},
    {"PUBACK code 0x10 from a client", v5_0, client, R"(40 * 0001 10)", "MQTT-3.4.2-1", protocol_error, 4},
    {"PUBREC code 0x92", v5_0, server, R"(50 * 0001 92 {})", "MQTT-3.5.2-1", protocol_error, 4},
    {"PUBREC code 0x10 from a client", v5_0, client, R"(50 * 0001 10)", "MQTT-3.5.2-1", protocol_error, 4},
    {"PUBREL code 0x10", v5_0, server, R"(62 * 0001 10)", "MQTT-3.6.2-1", protocol_error, 4},
    {"PUBREL code 0x80", v5_0, client, R"(62 * 0001 80)", "MQTT-3.6.2-1", protocol_error, 4},
    {"PUBCOMP code 0x91", v5_0, server, R"(70 * 0001 91)", "MQTT-3.7.2-1", protocol_error, 4},
    {"SUBACK code 3", v5_0, server, R"(90 * 0001 {} 03)", "MQTT-3.9.3-2", protocol_error, 5},
    {"SUBACK second code 0x11", v5_0, server, R"(90 * 0001 {} 00 11)", "MQTT-3.9.3-2", protocol_error, 6},
    {"SUBACK code 3 3.1.1", v3_1_1, server, R"(90 * 0001 03)", "MQTT-3.9.3-2", protocol_error, 4},
    {"SUBACK code 0x87 3.1.1", v3_1_1, server, R"(90 * 0001 80 87)", "MQTT-3.9.3-2", protocol_error, 5},
    {"SUBACK code 0x80 3.1", v3_1, server, R"(90 * 0001 80)", "MQTT-3.9.3-2", protocol_error, 4},
    {"UNSUBACK code 1", v5_0, server, R"(b0 * 0001 {} 01)", "MQTT-3.11.3-2", protocol_error, 5},
    {"UNSUBACK code 0x97", v5_0, server, R"(b0 * 0001 {} 00 97)", "MQTT-3.11.3-2", protocol_error, 6},
    {"DISCONNECT code 1", v5_0, client, R"(e0 * 01)", "MQTT-3.14.2-1", protocol_error, 2},
    {"DISCONNECT code 4 from the server", v5_0, server, R"(e0 * 04)", "MQTT-3.14.2-1", protocol_error, 2},
    {"DISCONNECT code 0x8E from a client", v5_0, client, R"(e0 * 8e {})", "MQTT-3.14.2-1", protocol_error, 2},
    {"DISCONNECT code 0x8B from a client", v5_0, client, R"(e0 * 8b)", "MQTT-3.14.2-1", protocol_error, 2},
    {"DISCONNECT code 0x84", v5_0, server, R"(e0 * 84)", "MQTT-3.14.2-1", protocol_error, 2},
    {"DISCONNECT code 0x92", v5_0, server, R"(e0 * 92)", "MQTT-3.14.2-1", protocol_error, 2},
    {"AUTH code 1", v5_0, client, R"(f0 * 01 {15 "m"})", "MQTT-3.15.2-1", protocol_error, 2},
    {"AUTH without a code from a client", v5_0, client, R"(f0 00)", "MQTT-3.15.2-1", protocol_error, 2},
    {"AUTH code 0 from a client", v5_0, client, R"(f0 * 00 {15 "m"})", "MQTT-3.15.2-1", protocol_error, 2},
    {"AUTH code 0x19 from the server", v5_0, server, R"(f0 * 19 {15 "m"})", "MQTT-3.15.2-1", protocol_error, 2},
    {"AUTH code 0x87", v5_0, server, R"(f0 * 87 {15 "m"})", "MQTT-3.15.2-1", protocol_error, 2},

    // SUBACK and UNSUBACK payloads
    {"SUBACK without codes", v5_0, server, R"(90 * 0001 {})", "MQTT-3.8.4-6", protocol_error, 5},
    {"SUBACK without codes 3.1.1", v3_1_1, server, R"(90 * 0001)", "MQTT-3.8.4-5", protocol_error, 4},
    {"SUBACK without Property Length", v5_0, server, R"(90 * 0001)", "MQTT-2.2.2-1", malformed, 4},
    {"SUBACK of one byte 3.1.1", v3_1_1, server, R"(90 * 00)", "3.9.1", malformed, 2},
    {"UNSUBACK without codes", v5_0, server, R"(b0 * 0001 {})", "2.4", protocol_error, 5},
    {"UNSUBACK without Property Length", v5_0, server, R"(b0 * 0001)", "MQTT-2.2.2-1", malformed, 4},
    {"UNSUBACK with a code 3.1.1", v3_1_1, server, R"(b0 * 0001 00)", "3.11.1", malformed, 4},
    {"empty UNSUBACK 3.1.1", v3_1_1, server, R"(b0 00)", "3.11.1", malformed, 2},

    // DISCONNECT and AUTH
    {"DISCONNECT with bytes behind its properties", v5_0, client, R"(e0 * 00 {} 00)", "3.14.1", malformed, 4},
    {"DISCONNECT Property Length beyond the packet", v5_0, client, R"(e0 * 00 05)", "2.2.2.1", malformed, 3},
    {"Session Expiry Interval from the server", v5_0, server, R"(e0 * 00 {11 00000001})", "MQTT-3.14.2-2", protocol_error, 4},
    {"Session Expiry Interval twice", v5_0, client, R"(e0 * 00 {11 00000001 11 00000001})", "3.14.2.2.2", protocol_error, 9},
    {"Server Reference twice", v5_0, server, R"(e0 * 9c {1c "s" 1c "s"})", "3.14.2.2.5", protocol_error, 8},
    {"AUTH without Property Length", v5_0, client, R"(f0 * 18)", "MQTT-2.2.2-1", malformed, 3},
    {"AUTH success without Property Length", v5_0, server, R"(f0 * 00)", "MQTT-2.2.2-1", malformed, 3},
    {"AUTH without a method", v5_0, client, R"(f0 * 18 {})", "3.15.2.2.2", protocol_error, 3},
    {"AUTH with data and without a method", v5_0, server, R"(f0 * 18 {16 "d"})", "3.15.2.2.2", protocol_error, 3},
    {"AUTH success with data and without a method", v5_0, server, R"(f0 * 00 {16 "d"})", "3.15.2.2.2", protocol_error, 3},
    {"AUTH with two methods", v5_0, client, R"(f0 * 18 {15 "m" 15 "m"})", "3.15.2.2.2", protocol_error, 8},
    {"AUTH with data twice", v5_0, client, R"(f0 * 18 {15 "m" 16 "" 16 ""})", "3.15.2.2.3", protocol_error, 11},
    {"AUTH with bytes behind its properties", v5_0, client, R"(f0 * 18 {15 "m"} 00)", "3.15.1", malformed, 8},
};

}  // namespace

std::span<const Malformed> malformed_acknowledgements() { return acknowledgements; }

}  // namespace mqttspec::wire::testing
