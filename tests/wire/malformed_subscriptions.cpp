#include "tests/wire/malformed.hpp"

namespace mqttspec::wire::testing {
namespace {

// Offsets in 5.0: 2 Packet Identifier, 4 Property Length, 5 first Topic Filter; without properties one less.
constexpr Malformed subscriptions[] = {
    // SUBSCRIBE
    {"empty SUBSCRIBE", v5_0, client, R"(82 00)", "3.8.1", malformed, 2},
    {"SUBSCRIBE with Packet Identifier 0", v5_0, client, R"(82 * 0000 {} "a" 00)", "MQTT-2.2.1-3", protocol_error, 2},
    {"SUBSCRIBE with Packet Identifier 0 3.1.1", v3_1_1, client, R"(82 * 0000 "a" 00)", "MQTT-2.3.1-1", protocol_error, 2},
    {"SUBSCRIBE without Property Length", v5_0, client, R"(82 * 0001)", "MQTT-2.2.2-1", malformed, 4},
    {"SUBSCRIBE to nothing", v5_0, client, R"(82 * 0001 {})", "MQTT-3.8.3-2", protocol_error, 5},
    {"SUBSCRIBE to nothing 3.1.1", v3_1_1, client, R"(82 * 0001)", "MQTT-3.8.3-3", protocol_error, 4},
    {"half a Topic Filter length", v5_0, client, R"(82 * 0001 {} 00)", "3.8.1", malformed, 5},
    {"Topic Filter cut", v5_0, client, R"(82 * 0001 {} 0004 'abc')", "1.5.4", malformed, 5},
    {"second Topic Filter cut 3.1.1", v3_1_1, client, R"(82 * 0001 "a" 00 0004 'abc')", "1.5.3", malformed, 8},
    {"Subscription Options missing", v5_0, client, R"(82 * 0001 {} "abc")", "3.8.3.1", malformed, 10},
    {"requested QoS missing 3.1.1", v3_1_1, client, R"(82 * 0001 "abc")", "3.8.3", malformed, 9},
    {"Subscription Options missing behind the second filter", v5_0, client, R"(82 * 0001 {} "a" 00 "b")", "3.8.3.1", malformed, 12},
    {"Maximum QoS 3", v5_0, client, R"(82 * 0001 {} "a" 03)", "3.8.3.1", protocol_error, 8},
    {"requested QoS 3 3.1.1", v3_1_1, client, R"(82 * 0001 "a" 03)", "MQTT-3-8.3-4", protocol_error, 7},
    {"Retain Handling 3", v5_0, client, R"(82 * 0001 {} "a" 30)", "3.8.3.1", protocol_error, 8},
    {"reserved option bit 6", v5_0, client, R"(82 * 0001 {} "a" 40)", "MQTT-3.8.3-5", malformed, 8},
    {"reserved option bit 7", v5_0, client, R"(82 * 0001 {} "a" 81)", "MQTT-3.8.3-5", malformed, 8},
    {"reserved option bit of the second filter", v5_0, client, R"(82 * 0001 {} "a" 00 "b" 40)", "MQTT-3.8.3-5", malformed, 12},
    {"No Local 3.1.1", v3_1_1, client, R"(82 * 0001 "a" 04)", "MQTT-3-8.3-4", malformed, 7},
    {"Retain As Published 3.1.1", v3_1_1, client, R"(82 * 0001 "a" 08)", "MQTT-3-8.3-4", malformed, 7},
    {"reserved bit behind a filter 3.1.1", v3_1_1, client, R"(82 * 0001 "a" 80)", "MQTT-3-8.3-4", malformed, 7},
    {"No Local on a Shared Subscription", v5_0, client, R"(82 * 0001 {} "$share/g/a" 04)", "MQTT-3.8.3-4", protocol_error, 17},
    {"SUBSCRIBE with Subscription Identifier 0", v5_0, client, R"(82 * 0001 {0b 00} "a" 00)", "3.8.2.1.2", protocol_error, 6},
    {"SUBSCRIBE with Subscription Identifier twice", v5_0, client, R"(82 * 0001 {0b 01 0b 02} "a" 00)", "3.8.2.1.2", protocol_error, 7},
    {"SUBSCRIBE with Subscription Identifier not minimal", v5_0, client, R"(82 * 0001 {0b 80 00} "a" 00)", "MQTT-1.5.5-1", malformed, 6},
    {"Subscription Identifier unfinished", v5_0, client, R"(82 * 0001 {0b 80} "a" 00)", "2.2.2.1", malformed, 5},
    {"Reason String in a SUBSCRIBE", v5_0, client, R"(82 * 0001 {1f "r"} "a" 00)", "2.2.2.2", malformed, 5},

    // Topic Filters
    {"Topic Filter empty", v5_0, client, R"(82 * 0001 {} "" 00)", "MQTT-4.7.3-1", protocol_error, 7},
    {"Topic Filter empty 3.1.1", v3_1_1, client, R"(82 * 0001 "" 00)", "MQTT-4.7.3-1", protocol_error, 6},
    {"Topic Filter a/#/b", v5_0, client, R"(82 * 0001 {} "a/#/b" 00)", "MQTT-4.7.1-1", protocol_error, 9},
    {"Topic Filter a/#/b 3.1.1", v3_1_1, client, R"(82 * 0001 "a/#/b" 00)", "MQTT-4.7.1-2", protocol_error, 8},
    {"Topic Filter a#", v5_0, client, R"(82 * 0001 {} "a#" 00)", "MQTT-4.7.1-1", protocol_error, 8},
    {"Topic Filter a# 3.1.1", v3_1_1, client, R"(82 * 0001 "a#" 00)", "MQTT-4.7.1-2", protocol_error, 7},
    {"Topic Filter ##", v5_0, client, R"(82 * 0001 {} "##" 00)", "MQTT-4.7.1-1", protocol_error, 7},
    {"Topic Filter a+", v5_0, client, R"(82 * 0001 {} "a+" 00)", "MQTT-4.7.1-2", protocol_error, 8},
    {"Topic Filter a+ 3.1.1", v3_1_1, client, R"(82 * 0001 "a+" 00)", "MQTT-4.7.1-3", protocol_error, 7},
    {"Topic Filter +a/b", v5_0, client, R"(82 * 0001 {} "+a/b" 00)", "MQTT-4.7.1-2", protocol_error, 7},
    {"Topic Filter a/++", v5_0, client, R"(82 * 0001 {} "a/++" 00)", "MQTT-4.7.1-2", protocol_error, 9},
    {"Topic Filter +#", v5_0, client, R"(82 * 0001 {} "+#" 00)", "MQTT-4.7.1-2", protocol_error, 7},
    {"second Topic Filter b+", v5_0, client, R"(82 * 0001 {} "a" 00 "b+" 00)", "MQTT-4.7.1-2", protocol_error, 12},

    // Shared Subscriptions
    {"$share alone", v5_0, client, R"(82 * 0001 {} "$share" 00)", "MQTT-4.8.2-1", protocol_error, 7},
    {"$share/ alone", v5_0, client, R"(82 * 0001 {} "$share/" 00)", "MQTT-4.8.2-1", protocol_error, 14},
    {"ShareName empty", v5_0, client, R"(82 * 0001 {} "$share//a" 00)", "MQTT-4.8.2-1", protocol_error, 14},
    {"ShareName without a filter", v5_0, client, R"(82 * 0001 {} "$share/g" 00)", "MQTT-4.8.2-2", protocol_error, 15},
    {"ShareName with an empty filter", v5_0, client, R"(82 * 0001 {} "$share/g/" 00)", "MQTT-4.8.2-2", protocol_error, 16},
    {"ShareName with +", v5_0, client, R"(82 * 0001 {} "$share/g+/a" 00)", "MQTT-4.8.2-2", protocol_error, 15},
    {"ShareName #", v5_0, client, R"(82 * 0001 {} "$share/#/a" 00)", "MQTT-4.8.2-2", protocol_error, 14},
    {"shared filter with a misplaced #", v5_0, client, R"(82 * 0001 {} "$share/g/a/#/b" 00)", "MQTT-4.7.1-1", protocol_error, 18},
    {"shared filter with a misplaced +", v5_0, client, R"(82 * 0001 {} "$share/g/+a" 00)", "MQTT-4.7.1-2", protocol_error, 16},

    // UNSUBSCRIBE
    {"empty UNSUBSCRIBE", v5_0, client, R"(a2 00)", "3.10.1", malformed, 2},
    {"UNSUBSCRIBE with Packet Identifier 0", v5_0, client, R"(a2 * 0000 {} "a")", "MQTT-2.2.1-3", protocol_error, 2},
    {"UNSUBSCRIBE with Packet Identifier 0 3.1.1", v3_1_1, client, R"(a2 * 0000 "a")", "MQTT-2.3.1-1", protocol_error, 2},
    {"UNSUBSCRIBE without Property Length", v5_0, client, R"(a2 * 0001)", "MQTT-2.2.2-1", malformed, 4},
    {"UNSUBSCRIBE from nothing", v5_0, client, R"(a2 * 0001 {})", "MQTT-3.10.3-2", protocol_error, 5},
    {"UNSUBSCRIBE from nothing 3.1.1", v3_1_1, client, R"(a2 * 0001)", "MQTT-3.10.3-2", protocol_error, 4},
    {"UNSUBSCRIBE Topic Filter cut", v5_0, client, R"(a2 * 0001 {} 0002 'a')", "1.5.4", malformed, 5},
    {"UNSUBSCRIBE Topic Filter empty", v5_0, client, R"(a2 * 0001 {} "")", "MQTT-4.7.3-1", protocol_error, 7},
    {"UNSUBSCRIBE Topic Filter a# 3.1.1", v3_1_1, client, R"(a2 * 0001 "a#")", "MQTT-4.7.1-2", protocol_error, 7},
    {"UNSUBSCRIBE from an unnamed share", v5_0, client, R"(a2 * 0001 {} "$share//a")", "MQTT-4.8.2-1", protocol_error, 14},
    {"UNSUBSCRIBE with an options byte", v5_0, client, R"(a2 * 0001 {} "a" 00)", "3.10.1", malformed, 8},
    {"Subscription Identifier in an UNSUBSCRIBE", v5_0, client, R"(a2 * 0001 {0b 01} "a")", "2.2.2.2", malformed, 5},
};

}  // namespace

std::span<const Malformed> malformed_subscriptions() { return subscriptions; }

}  // namespace mqttspec::wire::testing
