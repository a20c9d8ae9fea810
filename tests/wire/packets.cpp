#include "tests/wire/packets.hpp"

namespace mqttspec::wire::testing {
namespace {

constexpr auto client = Direction::client_to_server;
constexpr auto server = Direction::server_to_client;
constexpr PacketId id{0x1234};

Connect connect(ProtocolVersion version) {
  return Connect{.version = version,
                 .client_id = "client",
                 .clean_start = false,
                 .keep_alive = 600,
                 .will = Will{.topic = "will/topic", .payload = std::string("\x00\xff", 2), .qos = QoS::exactly_once, .retain = true},
                 .user_name = "user",
                 .password = std::string("\x00pass", 5)};
}

Properties with_reason() { return Properties().add(prop::reason_string, "because").add(prop::user_property, {"name", "value"}); }

/// What packets of all versions have in common.
std::vector<Sample> common() {
  return {
      {client, Publish{.topic = "a", .payload = ""}},
      {server, Publish{.topic = "a/b", .payload = "hello", .retain = true}},
      {client, Publish{.topic = "a/b", .payload = "hello", .qos = QoS::at_least_once, .packet_id = id}},
      {server,
       Publish{.topic = "/", .payload = std::string(300, 'x'), .qos = QoS::exactly_once, .dup = true, .packet_id = PacketId(65535)}},
      {client, Puback{.packet_id = id}},
      {server, Pubrec{.packet_id = id}},
      {client, Pubrel{.packet_id = id}},
      {server, Pubcomp{.packet_id = id}},
      {client,
       Subscribe{.packet_id = id, .subscriptions = {{.topic_filter = "#", .maximum_qos = QoS::exactly_once}, {.topic_filter = "a/+/b"}}}},
      {client, Unsubscribe{.packet_id = id, .topic_filters = {"a/b", "+", "c/#"}}},
      {client, Pingreq{}},
      {server, Pingresp{}},
      {client, Disconnect{}},
  };
}

Properties connect_properties() {
  return Properties()
      .add(prop::session_expiry_interval, 0xFFFFFFFF)
      .add(prop::receive_maximum, 1)
      .add(prop::maximum_packet_size, 1)
      .add(prop::topic_alias_maximum, 65535)
      .add(prop::request_response_information, 1)
      .add(prop::request_problem_information, 0)
      .add(prop::user_property, {"", ""})
      .add(prop::user_property, {"n", "v"})
      .add(prop::authentication_method, "method")
      .add(prop::authentication_data, std::string("\x00\xff", 2));
}

Properties message_properties() {
  return Properties()
      .add(prop::payload_format_indicator, 0)
      .add(prop::message_expiry_interval, 0)
      .add(prop::content_type, "text/plain")
      .add(prop::response_topic, "reply/to")
      .add(prop::correlation_data, std::string("\x00\x01", 2))
      .add(prop::user_property, {"n", "v"})
      .add(prop::user_property, {"n", "v"});
}

Properties connack_properties() {
  return Properties()
      .add(prop::session_expiry_interval, 10)
      .add(prop::receive_maximum, 20)
      .add(prop::maximum_qos, 1)
      .add(prop::retain_available, 0)
      .add(prop::maximum_packet_size, 1000)
      .add(prop::assigned_client_identifier, "assigned")
      .add(prop::topic_alias_maximum, 3)
      .add(prop::reason_string, "")
      .add(prop::user_property, {"n", "v"})
      .add(prop::wildcard_subscription_available, 1)
      .add(prop::subscription_identifier_available, 0)
      .add(prop::shared_subscription_available, 1)
      .add(prop::server_keep_alive, 0)
      .add(prop::response_information, "info")
      .add(prop::server_reference, "elsewhere")
      .add(prop::authentication_method, "method")
      .add(prop::authentication_data, "");
}

Connect full_connect_5_0() {
  Connect packet = connect(ProtocolVersion::v5_0);
  packet.properties = connect_properties();
  packet.will->properties = message_properties().add(prop::will_delay_interval, 5);
  return packet;
}

}  // namespace

std::vector<Sample> samples_3_1_1() {
  std::vector<Sample> all = common();
  const std::vector<Sample> own = {
      {client, connect(ProtocolVersion::v3_1_1)},
      {client, Connect{.version = ProtocolVersion::v3_1_1}},
      {server, Connack{.session_present = true}},
      {server, Connack{.reason_code = return_code::not_authorized}},
      {server, Suback{.packet_id = id, .reason_codes = {ReasonCode::granted_qos_1, return_code::subscription_failed}}},
      {server, Unsuback{.packet_id = id}},
  };
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

std::vector<Sample> samples_3_1() {
  std::vector<Sample> all = common();
  all.push_back({client, connect(ProtocolVersion::v3_1)});
  all.push_back({server, Connack{}});
  all.push_back({server, Suback{.packet_id = id, .reason_codes = {ReasonCode::granted_qos_2}}});
  all.push_back({server, Unsuback{.packet_id = id}});
  return all;
}

std::vector<Sample> samples_5_0() {
  std::vector<Sample> all = common();
  const std::vector<Sample> own = {
      {client, full_connect_5_0()},
      {client, Connect{}},
      {client, Connect{.password = "without a user name"}},
      {server, Connack{.session_present = true, .properties = connack_properties()}},
      {server, Connack{.reason_code = ReasonCode::banned}},
      {client, Publish{.topic = "t", .payload = "p", .properties = message_properties().add(prop::topic_alias, 65535)}},
      {client, Publish{.topic = "", .payload = "p", .properties = Properties().add(prop::topic_alias, 1)}},
      {server, Publish{.topic = "t",
                       .payload = "p",
                       .properties = Properties()
                                         .add(prop::subscription_identifier, 1)
                                         .add(prop::subscription_identifier, 127)
                                         .add(prop::subscription_identifier, 128)
                                         .add(prop::subscription_identifier, 268'435'455)}},
      {server, Puback{.packet_id = id, .reason_code = ReasonCode::no_matching_subscribers}},
      {client, Puback{.packet_id = id, .spelling = Spelling::with_reason_code}},
      {client, Puback{.packet_id = id, .spelling = Spelling::with_properties}},
      {server, Pubrec{.packet_id = id, .reason_code = ReasonCode::quota_exceeded, .properties = with_reason()}},
      {client, Pubrel{.packet_id = id, .reason_code = ReasonCode::packet_identifier_not_found, .spelling = Spelling::with_properties}},
      {server, Pubcomp{.packet_id = id, .reason_code = ReasonCode::success, .properties = with_reason()}},
      {client, Subscribe{.packet_id = id,
                         .subscriptions = {{.topic_filter = "$share/g/a/+",
                                            .maximum_qos = QoS::at_least_once,
                                            .retain_as_published = true,
                                            .retain_handling = RetainHandling::do_not_send},
                                           {.topic_filter = "b", .no_local = true, .retain_handling = RetainHandling::send_if_new}},
                         .properties = Properties().add(prop::subscription_identifier, 300).add(prop::user_property, {"n", "v"})}},
      {server, Suback{.packet_id = id,
                      .reason_codes = {ReasonCode::granted_qos_2, ReasonCode::wildcard_subscriptions_not_supported},
                      .properties = with_reason()}},
      {client,
       Unsubscribe{.packet_id = id, .topic_filters = {"$share/g/a"}, .properties = Properties().add(prop::user_property, {"n", "v"})}},
      {server,
       Unsuback{.packet_id = id, .reason_codes = {ReasonCode::success, ReasonCode::no_subscription_existed}, .properties = with_reason()}},
      {client, Disconnect{.reason_code = ReasonCode::disconnect_with_will_message,
                          .properties = Properties().add(prop::session_expiry_interval, 0)}},
      {client, Disconnect{.spelling = Spelling::with_reason_code}},
      {client, Disconnect{.spelling = Spelling::with_properties}},
      {server, Disconnect{.reason_code = ReasonCode::server_moved, .properties = with_reason().add(prop::server_reference, "there")}},
      {server, Disconnect{.reason_code = ReasonCode::session_taken_over}},
      {client, Auth{.reason_code = ReasonCode::continue_authentication,
                    .properties = Properties().add(prop::authentication_method, "m").add(prop::authentication_data, "d")}},
      {client, Auth{.reason_code = ReasonCode::reauthenticate, .properties = Properties().add(prop::authentication_method, "m")}},
      {server, Auth{}},
      {server, Auth{.spelling = Spelling::with_properties}},
  };
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

std::vector<Sample> samples(ProtocolVersion version) {
  switch (version) {
    case ProtocolVersion::v3_1: return samples_3_1();
    case ProtocolVersion::v3_1_1: return samples_3_1_1();
    case ProtocolVersion::v5_0: return samples_5_0();
  }
  return {};
}

}  // namespace mqttspec::wire::testing
