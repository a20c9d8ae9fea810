#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

// Offsets: 0 fixed header, 2 Protocol Name, 8 Protocol Level, 9 Connect Flags, 10 Keep Alive, 12 Property Length or (3.1.1) Client
// Identifier.
constexpr Malformed connects[] = {
    // Protocol Name and Level
    {"empty CONNECT", v5_0, client, R"(10 00)", "3.1.1", malformed, 2},
    {"Protocol Name cut", v5_0, client, R"(10 * 0004 'MQT')", "1.5.4", malformed, 2},
    {"Protocol Name cut 3.1.1", v3_1_1, client, R"(10 * 0004 'MQT')", "1.5.3", malformed, 2},
    {"Protocol Name in small letters", v5_0, client, R"(10 * "mqtt" 05 02 0000 {} "a")", "MQTT-3.1.2-1", unsupported, 4},
    {"Protocol Name in small letters 3.1.1", v3_1_1, client, R"(10 * "mqtt" 04 02 0000 "a")", "MQTT-3.1.2-1", unsupported, 4},
    {"Protocol Name empty", v5_0, client, R"(10 * "" 05 02 0000 {} "a")", "MQTT-3.1.2-1", unsupported, 4},
    {"Protocol Name MQTTX", v5_0, client, R"(10 * "MQTTX" 05 02 0000 {} "a")", "MQTT-3.1.2-1", unsupported, 4},
    {"Protocol Name HTTP", v5_0, client, R"(10 * "HTTP" 05 02 0000 {} "a")", "MQTT-3.1.2-1", unsupported, 4},
    {"Protocol Name MQIsdp in capitals", v3_1, client, R"(10 * "MQISDP" 03 02 0000 "a")", "MQTT-3.1.2-1", unsupported, 4},
    {"Protocol Level missing", v5_0, client, R"(10 * "MQTT")", "3.1.1", malformed, 8},
    {"Protocol Level 0", v5_0, client, R"(10 * "MQTT" 00 02 0000 {} "a")", "MQTT-3.1.2-2", unsupported, 8},
    {"Protocol Level 3 with MQTT", v3_1_1, client, R"(10 * "MQTT" 03 02 0000 "a")", "MQTT-3.1.2-2", unsupported, 8},
    {"Protocol Level 6", v5_0, client, R"(10 * "MQTT" 06 02 0000 {} "a")", "MQTT-3.1.2-2", unsupported, 8},
    {"Protocol Level 0x84 of bridges", v3_1_1, client, R"(10 * "MQTT" 84 02 0000 "a")", "MQTT-3.1.2-2", unsupported, 8},
    {"Protocol Level 4 with MQIsdp", v3_1, client, R"(10 * "MQIsdp" 04 02 0000 "a")", "MQTT-3.1.2-2", unsupported, 10},
    {"Protocol Level 5 with MQIsdp", v5_0, client, R"(10 * "MQIsdp" 05 02 0000 {} "a")", "MQTT-3.1.2-2", unsupported, 10},

    // Connect Flags
    {"Connect Flags missing", v5_0, client, R"(10 * "MQTT" 05)", "3.1.1", malformed, 9},
    {"reserved Connect Flag", v5_0, client, R"(10 * "MQTT" 05 03 0000 {} "a")", "MQTT-3.1.2-3", malformed, 9},
    {"reserved Connect Flag 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 03 0000 "a")", "MQTT-3.1.2-3", malformed, 9},
    {"Will QoS 3", v5_0, client, R"(10 * "MQTT" 05 1e 0000 {} "a" {} "w" "")", "MQTT-3.1.2-12", malformed, 9},
    {"Will QoS 3 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 1e 0000 "a" "w" "")", "MQTT-3.1.2-14", malformed, 9},
    {"Will QoS 3 without a will", v5_0, client, R"(10 * "MQTT" 05 1a 0000 {} "a")", "MQTT-3.1.2-12", malformed, 9},
    {"Will QoS 1 without a will", v5_0, client, R"(10 * "MQTT" 05 0a 0000 {} "a")", "MQTT-3.1.2-11", protocol_error, 9},
    {"Will QoS 2 without a will 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 12 0000 "a")", "MQTT-3.1.2-13", protocol_error, 9},
    {"Will Retain without a will", v5_0, client, R"(10 * "MQTT" 05 22 0000 {} "a")", "MQTT-3.1.2-13", protocol_error, 9},
    {"Will Retain without a will 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 22 0000 "a")", "MQTT-3.1.2-15", protocol_error, 9},
    {"Password without User Name 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 42 0000 "a" "p")", "MQTT-3.1.2-22", protocol_error, 9},
    {"Password without User Name 3.1", v3_1, client, R"(10 * "MQIsdp" 03 42 0000 "a" "p")", "MQTT-3.1.2-22", protocol_error, 11},

    // Fields that are missing or too long
    {"Keep Alive missing", v5_0, client, R"(10 * "MQTT" 05 02)", "3.1.1", malformed, 10},
    {"Keep Alive of one byte", v5_0, client, R"(10 * "MQTT" 05 02 00)", "3.1.1", malformed, 10},
    {"Property Length missing", v5_0, client, R"(10 * "MQTT" 05 02 0000)", "MQTT-2.2.2-1", malformed, 12, true},
    {"Client Identifier missing", v5_0, client, R"(10 * "MQTT" 05 02 0000 {})", "MQTT-3.1.3-3", malformed, 13},
    {"Client Identifier missing 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 02 0000)", "MQTT-3.1.3-3", malformed, 12},
    {"Client Identifier of one byte", v5_0, client, R"(10 * "MQTT" 05 02 0000 {} 00)", "3.1.1", malformed, 13},
    {"Client Identifier cut", v5_0, client, R"(10 * "MQTT" 05 02 0000 {} 0002 'a')", "1.5.4", malformed, 13},
    {"Client Identifier cut 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 02 0000 0002 'a')", "1.5.3", malformed, 12},
    {"Will missing", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a")", "MQTT-3.1.2-9", malformed, 16},
    {"Will missing 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 06 0000 "a")", "MQTT-3.1.2-9", malformed, 15},
    {"Will Topic missing", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {})", "MQTT-3.1.2-9", malformed, 17},
    {"Will Payload missing", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {} "w")", "MQTT-3.1.2-9", malformed, 20},
    {"Will Message missing 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 06 0000 "a" "w")", "MQTT-3.1.2-9", malformed, 18},
    {"Will Payload cut", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {} "w" 0002 'x')", "1.5.6", malformed, 20},
    {"Will Message cut 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 06 0000 "a" "w" 0002 'x')", "3.1.3", malformed, 18},
    {"Will Topic empty", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {} "" "")", "MQTT-4.7.3-1", protocol_error, 17},
    {"Will Topic empty 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 06 0000 "a" "" "")", "MQTT-4.7.3-1", protocol_error, 15},
    {"Will Topic with +", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {} "w/+" "")", "MQTT-4.7.0-1", protocol_error, 21},
    {"Will Topic with # 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 06 0000 "a" "w/#" "")", "MQTT-4.7.1-1", protocol_error, 19},
    {"User Name missing", v5_0, client, R"(10 * "MQTT" 05 82 0000 {} "a")", "MQTT-3.1.2-17", malformed, 16},
    {"User Name missing 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 82 0000 "a")", "MQTT-3.1.2-19", malformed, 15},
    {"User Name cut", v5_0, client, R"(10 * "MQTT" 05 82 0000 {} "a" 0003 'us')", "1.5.4", malformed, 16},
    {"Password missing", v5_0, client, R"(10 * "MQTT" 05 42 0000 {} "a")", "MQTT-3.1.2-19", malformed, 16},
    {"Password missing behind a User Name", v5_0, client, R"(10 * "MQTT" 05 c2 0000 {} "a" "u")", "MQTT-3.1.2-19", malformed, 19},
    {"Password missing 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 c2 0000 "a" "u")", "MQTT-3.1.2-21", malformed, 18},
    {"Password cut", v5_0, client, R"(10 * "MQTT" 05 42 0000 {} "a" 0100 'x')", "1.5.6", malformed, 16},
    {"User Name without its flag", v5_0, client, R"(10 * "MQTT" 05 02 0000 {} "a" "user")", "3.1.1", malformed, 16},
    {"User Name without its flag 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 02 0000 "a" "user")", "3.1.1", malformed, 15},
    {"byte behind the Client Identifier 3.1", v3_1, client, R"(10 * "MQIsdp" 03 02 0000 "a" 00)", "3.1.1", malformed, 17},
    {"properties in 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 02 0000 {} "a")", "3.1.1", malformed, 14},

    // CONNACK
    {"empty CONNACK", v5_0, server, R"(20 00)", "3.2.1", malformed, 2},
    {"CONNACK of one byte 3.1.1", v3_1_1, server, R"(20 * 00)", "3.2.1", malformed, 3},
    {"CONNACK without Property Length", v5_0, server, R"(20 * 00 00)", "MQTT-2.2.2-1", malformed, 4},
    {"CONNACK of three bytes 3.1.1", v3_1_1, server, R"(20 * 00 00 00)", "3.2.1", malformed, 4},
    {"CONNACK with bytes behind its properties", v5_0, server, R"(20 * 00 00 {} 00)", "3.2.1", malformed, 5},
    {"reserved Connect Acknowledge Flag", v5_0, server, R"(20 * 02 00 {})", "MQTT-3.2.2-1", malformed, 2},
    {"reserved Connect Acknowledge Flag 7", v5_0, server, R"(20 * 81 00 {})", "MQTT-3.2.2-1", malformed, 2},
    {"reserved Connect Acknowledge Flag 3.1.1", v3_1_1, server, R"(20 * 80 00)", "3.2.2.1", malformed, 2},
    {"Session Present with an error", v5_0, server, R"(20 * 01 87 {})", "MQTT-3.2.2-6", protocol_error, 2},
    {"Session Present with an error 3.1.1", v3_1_1, server, R"(20 * 01 05)", "MQTT-3.2.2-4", protocol_error, 2},
    {"Connect Reason Code 1", v5_0, server, R"(20 * 00 01 {})", "MQTT-3.2.2-8", protocol_error, 3},
    {"Connect Reason Code 0x8E", v5_0, server, R"(20 * 00 8e {})", "MQTT-3.2.2-8", protocol_error, 3},
    {"Connect Reason Code 0xFF", v5_0, server, R"(20 * 00 ff {})", "MQTT-3.2.2-8", protocol_error, 3},
    {"Connect Return code 6", v3_1_1, server, R"(20 * 00 06)", "3.2.2.3", protocol_error, 3},
    {"Connect Return code 0x84", v3_1_1, server, R"(20 * 00 84)", "3.2.2.3", protocol_error, 3},
};

}  // namespace

std::span<const Malformed> malformed_connects() { return connects; }

}  // namespace mqttspec::wire::testing
