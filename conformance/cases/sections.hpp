#pragma once

#include "conformance/harness/case.hpp"

#include <vector>

/// The cases of each section, one function for each file of this folder.
namespace mqttspec::conformance {

std::vector<Case> string_cases();          // 1.5
std::vector<Case> control_packet_cases();  // 2
std::vector<Case> written_packet_cases();
std::vector<Case> encoding_cases();     // 2.2
std::vector<Case> reason_code_cases();  // 2.4
std::vector<Case> connect_cases();      // 3.1
std::vector<Case> malformed_connect_cases();
std::vector<Case> pipelined_cases();
std::vector<Case> keep_alive_cases();  // 3.1.2.10
std::vector<Case> will_cases();        // 3.1.2.5
std::vector<Case> will_ending_cases();
std::vector<Case> connack_cases();  // 3.2
std::vector<Case> connack_rule_cases();
std::vector<Case> limit_cases();        // 3.2.2.3
std::vector<Case> explanation_cases();  // 3.2.2.3.9 and on
std::vector<Case> publish_cases();      // 3.3
std::vector<Case> retained_cases();     // 3.3.1.3
std::vector<Case> subscribe_cases();    // 3.8
std::vector<Case> subscription_change_cases();
std::vector<Case> unsubscribe_cases();  // 3.10
std::vector<Case> ping_cases();         // 3.12
std::vector<Case> disconnect_cases();   // 3.14
std::vector<Case> server_disconnect_cases();
std::vector<Case> session_cases();  // 4.1
std::vector<Case> session_part_cases();
std::vector<Case> completion_cases();  // 4.1, 4.3
std::vector<Case> qos_cases();         // 4.3
std::vector<Case> interrupted_cases();
std::vector<Case> resending_cases();  // 4.4
std::vector<Case> ordering_cases();   // 4.6
std::vector<Case> topic_cases();      // 4.7
std::vector<Case> many_topic_cases();
std::vector<Case> shared_cases();        // 4.8.2
std::vector<Case> flow_control_cases();  // 4.9, and what else a subscriber of 5.0 may ask for
std::vector<Case> window_cases();
std::vector<Case> send_quota_cases();
std::vector<Case> authentication_cases();  // 4.12
std::vector<Case> authorization_cases();   // 5.4
std::vector<Case> web_socket_cases();      // 6

}  // namespace mqttspec::conformance
