#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

// Every field that is a UTF-8 Encoded String, once ill-formed and once with U+0000; the sorts of ill-formedness are utf8_test.cpp's matter.
constexpr Malformed strings[] = {
    {"Client Identifier ill-formed", v5_0, client, R"(10 * "MQTT" 05 02 0000 {} 0002 'a' ff)", "MQTT-1.5.4-1", malformed, 16},
    {"Client Identifier ill-formed 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 02 0000 0002 'a' ff)", "MQTT-1.5.3-1", malformed, 15},
    {"Client Identifier ill-formed 3.1", v3_1, client, R"(10 * "MQIsdp" 03 02 0000 0002 c0 80)", "MQTT-1.5.3-1", malformed, 16},
    {"Client Identifier with null", v5_0, client, R"(10 * "MQTT" 05 02 0000 {} 0003 'a' 00 'b')", "MQTT-1.5.4-2", malformed, 16},
    {"Client Identifier with null 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 02 0000 0003 'a' 00 'b')", "MQTT-1.5.3-2", malformed, 15},
    {"Will Topic ill-formed", v5_0, client, R"(10 * "MQTT" 05 06 0000 {} "a" {} 0003 ed a0 80 "")", "MQTT-1.5.4-1", malformed, 19},
    {"Will Topic with null 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 06 0000 "a" 0001 00 "")", "MQTT-1.5.3-2", malformed, 17},
    {"User Name ill-formed", v5_0, client, R"(10 * "MQTT" 05 82 0000 {} "a" 0002 c3 28)", "MQTT-1.5.4-1", malformed, 18},
    {"User Name with null 3.1.1", v3_1_1, client, R"(10 * "MQTT" 04 82 0000 "a" 0001 00)", "MQTT-1.5.3-2", malformed, 17},
    {"Topic Name ill-formed", v5_0, client, R"(30 * 0003 'a' fe 'b' {})", "MQTT-1.5.4-1", malformed, 5},
    {"Topic Name ill-formed from the server", v5_0, server, R"(30 * 0002 'a' 80 {})", "MQTT-1.5.4-1", malformed, 5},
    {"Topic Name ill-formed 3.1.1", v3_1_1, client, R"(30 * 0002 'a' 80)", "MQTT-1.5.3-1", malformed, 5},
    {"Topic Name with a surrogate", v5_0, client, R"(30 * 0003 ed b0 80 {})", "MQTT-1.5.4-1", malformed, 4},
    {"Topic Name overlong", v5_0, client, R"(30 * 0002 c1 81 {})", "MQTT-1.5.4-1", malformed, 4},
    {"Topic Name with a cut character", v5_0, client, R"(30 * 0003 'a' e2 82 {})", "MQTT-1.5.4-1", malformed, 5},
    {"Topic Name beyond U+10FFFF", v5_0, client, R"(30 * 0004 f4 90 80 80 {})", "MQTT-1.5.4-1", malformed, 4},
    {"Topic Name with null", v5_0, client, R"(30 * 0003 'a' 00 'b' {})", "MQTT-1.5.4-2", malformed, 5},
    {"Topic Name with null 3.1.1", v3_1_1, server, R"(30 * 0003 'a' 00 'b')", "MQTT-1.5.3-2", malformed, 5},
    {"Topic Filter ill-formed", v5_0, client, R"(82 * 0001 {} 0002 'a' ff 00)", "MQTT-1.5.4-1", malformed, 8},
    {"Topic Filter ill-formed 3.1.1", v3_1_1, client, R"(82 * 0001 0002 'a' ff 00)", "MQTT-1.5.3-1", malformed, 7},
    {"Topic Filter with null", v5_0, client, R"(82 * 0001 {} 0002 'a' 00 00)", "MQTT-1.5.4-2", malformed, 8},
    {"UNSUBSCRIBE Topic Filter ill-formed", v5_0, client, R"(a2 * 0001 {} 0001 bf)", "MQTT-1.5.4-1", malformed, 7},
    {"UNSUBSCRIBE Topic Filter with null 3.1.1", v3_1_1, client, R"(a2 * 0001 0001 00)", "MQTT-1.5.3-2", malformed, 6},
    {"Content Type ill-formed", v5_0, client, R"(30 * "a" {03 0001 ff})", "MQTT-1.5.4-1", malformed, 9},
    {"Content Type with null", v5_0, server, R"(30 * "a" {03 0002 't' 00})", "MQTT-1.5.4-2", malformed, 10},
    {"Response Topic ill-formed", v5_0, client, R"(30 * "a" {08 0001 ff})", "MQTT-1.5.4-1", malformed, 9},
    {"Response Topic with null", v5_0, client, R"(30 * "a" {08 0001 00})", "MQTT-1.5.4-2", malformed, 9},
    {"Authentication Method ill-formed", v5_0, client, R"(10 * "MQTT" 05 02 0000 {15 0001 ff} "a")", "MQTT-1.5.4-1", malformed, 16},
    {"Assigned Client Identifier with null", v5_0, server, R"(20 * 00 00 {12 0001 00})", "MQTT-1.5.4-2", malformed, 8},
    {"Response Information ill-formed", v5_0, server, R"(20 * 00 00 {1a 0001 c0})", "MQTT-1.5.4-1", malformed, 8},
    {"Server Reference ill-formed", v5_0, server, R"(e0 * 9d {1c 0001 f5})", "MQTT-1.5.4-1", malformed, 7},
    {"Reason String ill-formed", v5_0, server, R"(40 * 0001 80 {1f 0001 ff})", "MQTT-1.5.4-1", malformed, 9},
    {"Reason String with null", v5_0, server, R"(e0 * 80 {1f 0001 00})", "MQTT-1.5.4-2", malformed, 7},
    {"User Property name ill-formed", v5_0, client, R"(30 * "a" {26 0001 ff "v"})", "MQTT-1.5.7-1", malformed, 9},
    {"User Property value ill-formed", v5_0, client, R"(30 * "a" {26 "n" 0001 ff})", "MQTT-1.5.7-1", malformed, 12},
    {"User Property name with null", v5_0, server, R"(40 * 0001 00 {26 0001 00 "v"})", "MQTT-1.5.7-1", malformed, 9},
    {"User Property value with null", v5_0, server, R"(20 * 00 00 {26 "n" 0001 00})", "MQTT-1.5.7-1", malformed, 11},
};

}  // namespace

std::span<const Malformed> malformed_strings() { return strings; }

}  // namespace mqttspec::wire::testing
