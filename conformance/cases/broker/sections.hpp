#pragma once

#include "conformance/harness/case.hpp"

#include <string_view>
#include <vector>

/// The cases about brokers: the sections of the standard, in its order, with the cases of each. A section is one file of this folder, which
/// has its cases in a table at the end. A new section is a file, its two lines here, and its line in CMakeLists.txt.
namespace mqttspec::conformance {

struct Section {
  std::string_view number;  ///< of 5.0; 3.1.1 numbers some sections differently
  std::vector<Case> (*cases)();
};

std::vector<Case> string_cases();
std::vector<Case> malformed_packet_cases();
std::vector<Case> malformed_bytes_cases();
std::vector<Case> encoding_cases();
std::vector<Case> reason_code_cases();
std::vector<Case> connect_cases();
std::vector<Case> malformed_connect_cases();
std::vector<Case> will_cases();
std::vector<Case> will_ending_cases();
std::vector<Case> keep_alive_cases();
std::vector<Case> problem_information_cases();
std::vector<Case> pipelined_cases();
std::vector<Case> connack_rule_cases();
std::vector<Case> connack_cases();
std::vector<Case> limit_cases();
std::vector<Case> diagnostics_cases();
std::vector<Case> publish_cases();
std::vector<Case> retained_cases();
std::vector<Case> message_expiry_cases();
std::vector<Case> topic_alias_cases();
std::vector<Case> subscribe_cases();
std::vector<Case> subscription_change_cases();
std::vector<Case> unsubscribe_cases();
std::vector<Case> ping_cases();
std::vector<Case> disconnect_cases();
std::vector<Case> server_disconnect_cases();
std::vector<Case> session_cases();
std::vector<Case> session_part_cases();
std::vector<Case> qos_cases();
std::vector<Case> qos2_cases();
std::vector<Case> interrupted_cases();
std::vector<Case> resending_cases();
std::vector<Case> ordering_cases();
std::vector<Case> topic_cases();
std::vector<Case> topic_rule_cases();
std::vector<Case> many_topic_cases();
std::vector<Case> shared_cases();
std::vector<Case> flow_control_cases();
std::vector<Case> receive_maximum_cases();
std::vector<Case> send_quota_cases();
std::vector<Case> authentication_cases();
std::vector<Case> authorization_cases();
std::vector<Case> web_socket_cases();

inline constexpr Section broker_sections[] = {
    {"1.5", string_cases},
    {"2.1", malformed_packet_cases},
    {"2.1", malformed_bytes_cases},
    {"2.2", encoding_cases},
    {"2.4", reason_code_cases},
    {"3.1", connect_cases},
    {"3.1", malformed_connect_cases},
    {"3.1.2.5", will_cases},
    {"3.1.2.5", will_ending_cases},
    {"3.1.2.10", keep_alive_cases},
    {"3.1.2.11.7", problem_information_cases},
    {"3.1.4", pipelined_cases},
    {"3.2", connack_rule_cases},
    {"3.2.2.1", connack_cases},
    {"3.2.2.3", limit_cases},
    {"3.2.2.3.9", diagnostics_cases},
    {"3.3", publish_cases},
    {"3.3.1.3", retained_cases},
    {"3.3.2.3.3", message_expiry_cases},
    {"3.3.2.3.4", topic_alias_cases},
    {"3.8", subscribe_cases},
    {"3.8.4", subscription_change_cases},
    {"3.10", unsubscribe_cases},
    {"3.12", ping_cases},
    {"3.14", disconnect_cases},
    {"3.14", server_disconnect_cases},
    {"4.1", session_cases},
    {"4.1", session_part_cases},
    {"4.3", qos_cases},
    {"4.3.3", qos2_cases},
    {"4.3.3", interrupted_cases},
    {"4.4", resending_cases},
    {"4.6", ordering_cases},
    {"4.7", topic_cases},
    {"4.7", topic_rule_cases},
    {"4.7", many_topic_cases},
    {"4.8.2", shared_cases},
    {"4.9", flow_control_cases},
    {"4.9", receive_maximum_cases},
    {"4.9", send_quota_cases},
    {"4.12", authentication_cases},
    {"5.4", authorization_cases},
    {"6", web_socket_cases},
};

}  // namespace mqttspec::conformance
