#include "tests/bench/corpus.hpp"

#include <fmt/format.h>

#include <utility>

namespace mqttspec::bench {
namespace {

namespace prop = wire::prop;
constexpr wire::PacketId id{0x1234};

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += R"({"sensor":"a7","temperature":21.5,"unit":"C"} )";
  text.resize(size);
  return text;
}

wire::Publish publish(std::size_t payload) {
  return {.topic = "site/7/machine/12/state", .payload = text_of(payload), .qos = wire::QoS::at_least_once, .packet_id = id};
}

wire::Publish publish_with_8_properties() {
  wire::Publish packet = publish(64);
  packet.properties.add(prop::payload_format_indicator, 1)
      .add(prop::message_expiry_interval, 3'600)
      .add(prop::topic_alias, 5)
      .add(prop::response_topic, "site/7/answers/4711")
      .add(prop::correlation_data, "0123456789abcdef")
      .add(prop::content_type, "application/json")
      .add(prop::user_property, {"trace", "5f2c9a3d10b74e6e"})
      .add(prop::user_property, {"zone", "hall-3"});
  return packet;
}

wire::Connect connect_with_everything() {
  wire::Will will{.topic = "site/7/machine/12/gone", .payload = text_of(64), .qos = wire::QoS::at_least_once, .retain = true};
  will.properties.add(prop::will_delay_interval, 30)
      .add(prop::payload_format_indicator, 1)
      .add(prop::message_expiry_interval, 60)
      .add(prop::content_type, "application/json")
      .add(prop::response_topic, "site/7/answers")
      .add(prop::correlation_data, "abc")
      .add(prop::user_property, {"zone", "hall-3"});
  wire::Connect packet{
      .client_id = "machine-12-of-site-7", .keep_alive = 60, .will = std::move(will), .user_name = "machine", .password = "secret"};
  packet.properties.add(prop::session_expiry_interval, 86'400)
      .add(prop::receive_maximum, 100)
      .add(prop::maximum_packet_size, 1 << 20)
      .add(prop::topic_alias_maximum, 10)
      .add(prop::request_response_information, 1)
      .add(prop::request_problem_information, 1)
      .add(prop::user_property, {"firmware", "3.14.15"})
      .add(prop::authentication_method, "SCRAM-SHA-256")
      .add(prop::authentication_data, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
  return packet;
}

wire::Subscribe subscribe_to(int filters) {
  wire::Subscribe packet{.packet_id = id};
  for (int i = 0; i < filters; ++i)
    packet.subscriptions.push_back({.topic_filter = fmt::format("site/{}/+/machine/#", i), .maximum_qos = wire::QoS::at_least_once});
  return packet;
}

wire::Pubrec pubrec_with_reason() {
  wire::Pubrec packet{.packet_id = id, .reason_code = wire::ReasonCode::quota_exceeded};
  packet.properties.add(prop::reason_string, "the quota of this hour is used up");
  return packet;
}

}  // namespace

std::vector<Row> corpus() {
  return {
      {"publish, QoS 0, 16 bytes", wire::Publish{.topic = "site/7/state", .payload = text_of(16)}},
      {"publish, 8 properties", publish_with_8_properties()},
      {"publish, 1 KiB", publish(1'024)},
      {"publish, 64 KiB", publish(65'536)},
      {"connect, everything", connect_with_everything()},
      {"puback", wire::Puback{.packet_id = id}},
      {"pubrec, reason", pubrec_with_reason()},
      {"subscribe, 50 filters", subscribe_to(50)},
  };
}

}  // namespace mqttspec::bench
