#include "tests/differential/packet_json.hpp"

#include <charconv>
#include <stdexcept>

namespace mqttspec::differential {
namespace {

using namespace wire;
using Json = nlohmann::json;

bool is_binary(PropertyId id) { return find_property_rule(std::to_underlying(id))->type == PropertyType::binary_data; }

Json value_of(const Property& property) {
  if (const auto* number = std::get_if<std::uint32_t>(&property.value)) return *number;
  if (const auto* pair = std::get_if<StringPair>(&property.value)) return {pair->first, pair->second};
  const auto& text = std::get<std::string>(property.value);
  return is_binary(property.id) ? to_hex(text) : text;
}

Json list_of(const Properties& properties) {
  Json list = Json::array();
  for (const Property& property : properties.items()) list.push_back({std::to_underlying(property.id), value_of(property)});
  return list;
}

Json codes_of(const std::vector<ReasonCode>& codes) {
  Json list = Json::array();
  for (const ReasonCode code : codes) list.push_back(number(code));
  return list;
}

/// Adds to `json` what a packet has beside its type and properties.
struct AddFields {
  Json& json;
  bool v5;

  void operator()(const Connect& p) const {
    json["version"] = std::to_underlying(p.version);
    json["client_id"] = p.client_id;
    json["clean"] = p.clean_start;
    json["keep_alive"] = p.keep_alive;
    if (p.user_name) json["user_name"] = *p.user_name;
    if (p.password) json["password"] = to_hex(*p.password);
    if (!p.will) return;
    json["will"] = {
        {"topic", p.will->topic}, {"payload", to_hex(p.will->payload)}, {"qos", number(p.will->qos)}, {"retain", p.will->retain}};
    if (v5) json["will"]["properties"] = list_of(p.will->properties);
  }
  void operator()(const Connack& p) const {
    json["session_present"] = p.session_present;
    json["reason_code"] = number(p.reason_code);
  }
  void operator()(const Publish& p) const {
    json["topic"] = p.topic;
    json["payload"] = to_hex(p.payload);
    json["qos"] = number(p.qos);
    json["retain"] = p.retain;
    json["dup"] = p.dup;
    if (p.packet_id) json["packet_id"] = p.packet_id->value();
  }
  void operator()(const Subscribe& p) const {
    json["packet_id"] = p.packet_id.value();
    json["subscriptions"] = Json::array();
    for (const Subscription& s : p.subscriptions) {
      Json entry = {{"filter", s.topic_filter}, {"qos", number(s.maximum_qos)}};
      if (v5) {
        entry["no_local"] = s.no_local;
        entry["retain_as_published"] = s.retain_as_published;
        entry["retain_handling"] = std::to_underlying(s.retain_handling);
      }
      json["subscriptions"].push_back(entry);
    }
  }
  void operator()(const Unsubscribe& p) const {
    json["packet_id"] = p.packet_id.value();
    json["filters"] = p.topic_filters;
  }
  void operator()(const Suback& p) const {
    json["packet_id"] = p.packet_id.value();
    json["reason_codes"] = codes_of(p.reason_codes);
  }
  void operator()(const Unsuback& p) const {
    json["packet_id"] = p.packet_id.value();
    if (v5) json["reason_codes"] = codes_of(p.reason_codes);
  }
  template <PacketType Type>
  void operator()(const Acknowledgement<Type>& p) const {
    json["packet_id"] = p.packet_id.value();
    if (v5) json["reason_code"] = number(p.reason_code);
  }
  void operator()(const Disconnect& p) const {
    if (v5) json["reason_code"] = number(p.reason_code);
  }
  void operator()(const Auth& p) const { json["reason_code"] = number(p.reason_code); }
  void operator()(const Pingreq&) const {}
  void operator()(const Pingresp&) const {}
};

}  // namespace

Json to_json(const Packet& packet, ProtocolVersion version) {
  const auto* connect = std::get_if<Connect>(&packet);
  const bool v5 = (connect != nullptr ? connect->version : version) == ProtocolVersion::v5_0;
  Json json = {{"type", name(type_of(packet))}};
  std::visit(
      [&](const auto& p) {
        AddFields{json, v5}(p);
        if constexpr (requires { p.properties; })
          if (v5) json["properties"] = list_of(p.properties);
      },
      packet);
  return json;
}

std::string to_hex(ByteView bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0x0F];
  }
  return text;
}

std::string to_hex(std::string_view bytes) { return to_hex(ByteView(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())); }

Bytes from_hex(std::string_view digits) {
  Bytes bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    std::uint8_t byte = 0;
    const std::string_view pair = digits.substr(at, 2);
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
    if (pair.size() != 2 || error != std::errc() || end != pair.data() + 2) throw std::invalid_argument("not a pair of hexadecimal digits");
    bytes.push_back(byte);
  }
  return bytes;
}

}  // namespace mqttspec::differential
