#include "reference/wire/decode.hpp"
#include "reference/wire/utf8.hpp"

namespace mqttspec::wire {
namespace {

/// In 5.0 a sender may declare its payload to be UTF-8. Whether it is concerns the application (3.3.2.3.2), so it is only remarked.
void check_payload_format(const view::Publish& publish, Judge& judge) {
  if (publish.properties.get(prop::payload_format_indicator) != 1u) return;
  const auto ill_formed = find_ill_formed_utf8(publish.payload);
  if (!ill_formed) return;
  judge.note(spec::Clause(ProtocolVersion::v5_0, "3.3.2.3.2"), bytes_of(publish.payload) + *ill_formed,
             "The payload is not UTF-8 although the Payload Format Indicator says so");
}

/// A Topic Name, which may be empty where a Topic Alias replaces it. Whether one does is known later.
std::string_view read_topic(Cursor& in) {
  const std::string_view topic = in.prefixed("Topic Name", "codec/string-cut-short");
  if (plain::is_plain_name(topic)) [[likely]]
    return topic;
  if (in.judge().check_text(topic, "Topic Name")) in.judge().check_topic_name(topic, "Topic Name", "codec/publish-topic-wildcard");
  return topic;
}

}  // namespace

void decode_publish(ByteView body, Judge& judge, PacketView& packet) {
  const std::uint8_t flags = judge.packet()[0];
  const auto qos = static_cast<std::uint8_t>(flags >> 1 & 0x03);
  const bool dup = (flags & 0x08) != 0;
  if (qos == 3) [[unlikely]]
    return judge.violate("codec/publish-qos-3", judge.packet().data(), {"PUBLISH has both QoS bits set"});
  if (dup && qos == 0) [[unlikely]]
    judge.violate("codec/dup-on-qos-0", judge.packet().data(), {"DUP is set on a QoS 0 PUBLISH"});

  Cursor in(body, judge);
  if (in.left() == 0) [[unlikely]]
    return judge.violate("codec/topic-name-missing", in.at(), {"PUBLISH has no Topic Name"});
  auto& publish = packet.emplace<view::Publish>();
  publish.qos = QoS{qos};
  publish.retain = (flags & 0x01) != 0;
  publish.dup = dup;
  publish.topic = read_topic(in);
  if (qos != 0) {
    publish.packet_id =
        read_packet_id(in, judge.from_client() ? RuleRef("codec/client-packet-identifier-0") : RuleRef("codec/server-packet-identifier-0"));
  }
  if (judge.v5()) {
    publish.properties = read_properties(in, judge.from_client() ? PropertyPlace::publish_from_client : PropertyPlace::publish_from_server);
  }
  if (in.failed()) [[unlikely]]
    return;
  if (publish.topic.empty() && !publish.properties.has(PropertyId::topic_alias)) [[unlikely]] {
    judge.violate("codec/topic-name-empty", body.data(),
                  {judge.v5() ? "The Topic Name is empty and there is no Topic Alias" : "The Topic Name is empty"});
  }
  const ByteView payload = in.rest();
  publish.payload = {reinterpret_cast<const char*>(payload.data()), payload.size()};
  if (publish.properties.has(PropertyId::payload_format_indicator)) check_payload_format(publish, judge);
}

}  // namespace mqttspec::wire
