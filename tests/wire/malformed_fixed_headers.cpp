#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

constexpr Malformed framing[] = {
    {"nothing at all 3.1.1", v3_1_1, client, R"()", "2.2.3", malformed, 0},
    {"nothing at all", v5_0, client, R"()", "2.1.4", malformed, 0},
    {"first byte alone", v5_0, client, R"(30)", "2.1.4", malformed, 1},
    {"first byte alone 3.1.1", v3_1_1, client, R"(30)", "2.2.3", malformed, 1},
    {"Remaining Length unfinished", v5_0, client, R"(30 80 80)", "2.1.4", malformed, 3},
    {"packet cut after its header", v5_0, client, R"(30 05)", "2.1.4", malformed, 2},
    {"packet cut in its topic", v5_0, server, R"(30 05 0003 'a')", "2.1.4", malformed, 5},
    {"packet cut 3.1.1", v3_1_1, server, R"(30 05 0003 'a')", "2.2.3", malformed, 5},
    {"byte behind a PINGREQ", v5_0, client, R"(c0 00 00)", "2.1.4", malformed, 2},
    {"byte behind a PUBACK 3.1.1", v3_1_1, client, R"(40 02 0001 00)", "2.2.3", malformed, 4},
    {"two packets", v5_0, client, R"(c0 00 c0 00)", "2.1.4", malformed, 2},
};

constexpr Malformed fixed_headers[] = {
    // Types
    {"type 0", v5_0, client, R"(00 00)", "2.1.2", malformed, 0},
    {"type 0 from the server", v5_0, server, R"(00 00)", "2.1.2", malformed, 0},
    {"type 0 3.1.1", v3_1_1, client, R"(00 00)", "2.2.1", malformed, 0},
    {"type 0 with flags", v5_0, client, R"(0f 00)", "2.1.2", malformed, 0},
    {"AUTH 3.1.1", v3_1_1, client, R"(f0 00)", "2.2.1", malformed, 0},
    {"AUTH from the server 3.1.1", v3_1_1, server, R"(f0 00)", "2.2.1", malformed, 0},
    {"AUTH 3.1", v3_1, client, R"(f0 00)", "2.2.1", malformed, 0},

    // Senders
    {"CONNECT from the server", v5_0, server, R"(10 * "MQTT" 05 02 0000 {} "a")", "2.1.2", protocol_error, 0},
    {"CONNECT from the server 3.1.1", v3_1_1, server, R"(10 * "MQTT" 04 02 0000 "a")", "2.2.1", protocol_error, 0},
    {"CONNACK from a client", v5_0, client, R"(20 * 00 00 {})", "2.1.2", protocol_error, 0},
    {"CONNACK from a client 3.1.1", v3_1_1, client, R"(20 * 00 00)", "2.2.1", protocol_error, 0},
    {"SUBSCRIBE from the server", v5_0, server, R"(82 * 0001 {} "a" 00)", "2.1.2", protocol_error, 0},
    {"SUBSCRIBE from the server 3.1.1", v3_1_1, server, R"(82 * 0001 "a" 00)", "2.2.1", protocol_error, 0},
    {"SUBACK from a client", v5_0, client, R"(90 * 0001 {} 00)", "2.1.2", protocol_error, 0},
    {"SUBACK from a client 3.1.1", v3_1_1, client, R"(90 * 0001 00)", "2.2.1", protocol_error, 0},
    {"UNSUBSCRIBE from the server", v5_0, server, R"(a2 * 0001 {} "a")", "2.1.2", protocol_error, 0},
    {"UNSUBSCRIBE from the server 3.1.1", v3_1_1, server, R"(a2 * 0001 "a")", "2.2.1", protocol_error, 0},
    {"UNSUBACK from a client", v5_0, client, R"(b0 * 0001 {} 00)", "2.1.2", protocol_error, 0},
    {"UNSUBACK from a client 3.1.1", v3_1_1, client, R"(b0 * 0001)", "2.2.1", protocol_error, 0},
    {"PINGREQ from the server", v5_0, server, R"(c0 00)", "2.1.2", protocol_error, 0},
    {"PINGREQ from the server 3.1.1", v3_1_1, server, R"(c0 00)", "2.2.1", protocol_error, 0},
    {"PINGRESP from a client", v5_0, client, R"(d0 00)", "2.1.2", protocol_error, 0},
    {"PINGRESP from a client 3.1.1", v3_1_1, client, R"(d0 00)", "2.2.1", protocol_error, 0},
    {"DISCONNECT from the server 3.1.1", v3_1_1, server, R"(e0 00)", "2.2.1", protocol_error, 0},
    {"DISCONNECT from the server 3.1", v3_1, server, R"(e0 00)", "2.2.1", protocol_error, 0},

    // Flags
    {"CONNECT flags", v5_0, client, R"(11 * "MQTT" 05 02 0000 {} "a")", "MQTT-2.1.3-1", malformed, 0},
    {"CONNECT flags 3.1.1", v3_1_1, client, R"(18 * "MQTT" 04 02 0000 "a")", "MQTT-2.2.2-1", malformed, 0},
    {"CONNACK flags", v5_0, server, R"(24 * 00 00 {})", "MQTT-2.1.3-1", malformed, 0},
    {"CONNACK flags 3.1.1", v3_1_1, server, R"(22 * 00 00)", "MQTT-2.2.2-1", malformed, 0},
    {"PUBACK flags", v5_0, client, R"(42 * 0001)", "MQTT-2.1.3-1", malformed, 0},
    {"PUBACK flags 3.1.1", v3_1_1, server, R"(48 * 0001)", "MQTT-2.2.2-1", malformed, 0},
    {"PUBREC flags", v5_0, client, R"(52 * 0001)", "MQTT-2.1.3-1", malformed, 0},
    {"PUBREC flags 3.1.1", v3_1_1, server, R"(51 * 0001)", "MQTT-2.2.2-1", malformed, 0},
    {"PUBREL flags 0", v5_0, client, R"(60 * 0001)", "MQTT-3.6.1-1", malformed, 0},
    {"PUBREL flags 3", v5_0, server, R"(63 * 0001)", "MQTT-3.6.1-1", malformed, 0},
    {"PUBREL flags 0 3.1.1", v3_1_1, client, R"(60 * 0001)", "MQTT-3.6.1-1", malformed, 0},
    {"PUBREL with DUP 3.1.1", v3_1_1, client, R"(6a * 0001)", "MQTT-3.6.1-1", malformed, 0},
    {"PUBREL with DUP", v5_0, client, R"(6a * 0001)", "MQTT-3.6.1-1", malformed, 0},
    {"PUBREL flags 0 3.1", v3_1, client, R"(60 * 0001)", "MQTT-3.6.1-1", malformed, 0},
    {"PUBCOMP flags", v5_0, server, R"(72 * 0001)", "MQTT-2.1.3-1", malformed, 0},
    {"PUBCOMP flags 3.1.1", v3_1_1, client, R"(72 * 0001)", "MQTT-2.2.2-1", malformed, 0},
    {"SUBSCRIBE flags 0", v5_0, client, R"(80 * 0001 {} "a" 00)", "MQTT-3.8.1-1", malformed, 0},
    {"SUBSCRIBE flags 0 3.1.1", v3_1_1, client, R"(80 * 0001 "a" 00)", "MQTT-3.8.1-1", malformed, 0},
    {"SUBSCRIBE with DUP 3.1.1", v3_1_1, client, R"(8a * 0001 "a" 00)", "MQTT-3.8.1-1", malformed, 0},
    {"SUBSCRIBE flags 0 3.1", v3_1, client, R"(80 * 0001 "a" 00)", "MQTT-3.8.1-1", malformed, 0},
    {"SUBACK flags", v5_0, server, R"(92 * 0001 {} 00)", "MQTT-2.1.3-1", malformed, 0},
    {"SUBACK flags 3.1.1", v3_1_1, server, R"(92 * 0001 00)", "MQTT-2.2.2-1", malformed, 0},
    {"UNSUBSCRIBE flags 0", v5_0, client, R"(a0 * 0001 {} "a")", "MQTT-3.10.1-1", malformed, 0},
    {"UNSUBSCRIBE flags f 3.1.1", v3_1_1, client, R"(af * 0001 "a")", "MQTT-3.10.1-1", malformed, 0},
    {"UNSUBACK flags", v5_0, server, R"(b2 * 0001 {} 00)", "MQTT-2.1.3-1", malformed, 0},
    {"UNSUBACK flags 3.1.1", v3_1_1, server, R"(b1 * 0001)", "MQTT-2.2.2-1", malformed, 0},
    {"PINGREQ flags", v5_0, client, R"(c1 00)", "MQTT-2.1.3-1", malformed, 0},
    {"PINGREQ flags 3.1.1", v3_1_1, client, R"(c8 00)", "MQTT-2.2.2-1", malformed, 0},
    {"PINGRESP flags", v5_0, server, R"(d2 00)", "MQTT-2.1.3-1", malformed, 0},
    {"PINGRESP flags 3.1.1", v3_1_1, server, R"(d4 00)", "MQTT-2.2.2-1", malformed, 0},
    {"DISCONNECT flags", v5_0, client, R"(e1 00)", "MQTT-3.14.1-1", malformed, 0},
    {"DISCONNECT flags from the server", v5_0, server, R"(e2 00)", "MQTT-3.14.1-1", malformed, 0},
    {"DISCONNECT flags 3.1.1", v3_1_1, client, R"(e8 00)", "MQTT-3.14.1-1", malformed, 0},
    {"AUTH flags", v5_0, client, R"(f1 00)", "MQTT-3.15.1-1", malformed, 0},
    {"AUTH flags from the server", v5_0, server, R"(f2 00)", "MQTT-3.15.1-1", malformed, 0},

    // Remaining Length
    {"Remaining Length of five bytes", v5_0, client, R"(30 80 80 80 80 01)", "1.5.5", malformed, 1},
    {"Remaining Length of five bytes 3.1.1", v3_1_1, client, R"(30 80 80 80 80 01)", "2.2.3", malformed, 1},
    {"Remaining Length all ones", v5_0, server, R"(30 ff ff ff ff 7f)", "1.5.5", malformed, 1},
    {"Remaining Length 0 in two bytes", v5_0, client, R"(c0 80 00)", "MQTT-1.5.5-1", malformed, 1},
    {"Remaining Length 2 in two bytes", v5_0, server, R"(40 82 00 0001)", "MQTT-1.5.5-1", malformed, 1},
    {"Remaining Length 2 in four bytes", v5_0, server, R"(40 82 80 80 00 0001)", "MQTT-1.5.5-1", malformed, 1},
    {"Remaining Length of a CONNECT not minimal", v5_0, client, R"(10 8e 00 "MQTT" 05 02 0000 {} "a")", "MQTT-1.5.5-1", malformed, 1},
    {"PUBLISH beyond the Maximum Packet Size", v5_0, client, R"(30 ff ff 7f)", "MQTT-3.2.2-15", too_large, 1},
    {"PUBLISH beyond the client's Maximum Packet Size", v5_0, server, R"(30 ff ff 7f)", "MQTT-3.1.2-24", too_large, 1},
    {"PUBLISH beyond our limit 3.1.1", v3_1_1, client, R"(30 ff ff 7f)", "", too_large, 1},

    // Bodies of packets that have none
    {"PINGREQ with a body", v5_0, client, R"(c0 * 00)", "3.12.1", malformed, 2},
    {"PINGREQ with a body 3.1.1", v3_1_1, client, R"(c0 * 0000)", "3.12.1", malformed, 2},
    {"PINGRESP with a body", v5_0, server, R"(d0 * 00)", "3.13.1", malformed, 2},
    {"PINGRESP with a body 3.1.1", v3_1_1, server, R"(d0 * 00)", "3.13.1", malformed, 2},
    {"DISCONNECT with a body 3.1.1", v3_1_1, client, R"(e0 * 00)", "3.14.1", malformed, 2},
};

}  // namespace

std::span<const Malformed> malformed_framing() { return framing; }
std::span<const Malformed> malformed_fixed_headers() { return fixed_headers; }

}  // namespace mqttspec::wire::testing
