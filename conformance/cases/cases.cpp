#include "conformance/cases/cases.hpp"

#include "conformance/cases/sections.hpp"

#include <iterator>

namespace mqttspec::conformance {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto section : {string_cases,         control_packet_cases,
                             connect_cases,        malformed_connect_cases,
                             pipelined_cases,      will_cases,
                             will_ending_cases,    keep_alive_cases,
                             connack_cases,        limit_cases,
                             publish_cases,        retained_cases,
                             subscribe_cases,      subscription_change_cases,
                             unsubscribe_cases,    ping_cases,
                             disconnect_cases,     session_cases,
                             session_part_cases,   qos_cases,
                             interrupted_cases,    resending_cases,
                             ordering_cases,       topic_cases,
                             many_topic_cases,     shared_cases,
                             flow_control_cases,   window_cases,
                             written_packet_cases, encoding_cases,
                             reason_code_cases,    connack_rule_cases,
                             explanation_cases,    server_disconnect_cases,
                             completion_cases,     send_quota_cases,
                             authentication_cases, authorization_cases,
                             web_socket_cases}) {
    auto cases = section();
    all.insert(all.end(), std::move_iterator(cases.begin()), std::move_iterator(cases.end()));
  }
  return all;
}

}  // namespace mqttspec::conformance
