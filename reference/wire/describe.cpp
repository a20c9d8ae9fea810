#include "reference/wire/describe.hpp"

#include "reference/wire/utf8.hpp"

#include <algorithm>

namespace mqttspec::wire {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

/// Where to cut valid UTF-8 so that no character is broken.
std::size_t cut_at(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return limit;
}

bool prints(std::string_view text) {
  const Utf8Result result = check_utf8(text);
  return !result.error && !result.remark;
}

std::string bytes_phrase(std::size_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

/// Writes the parts of a description with commas between them.
class Line {
 public:
  explicit Line(PacketType type) : text_(name(type)) {}

  /// A part without a comma in front: what belongs to the name of the packet.
  Line& title(std::string_view part) {
    text_ += ' ';
    text_ += part;
    comma_ = true;
    return *this;
  }
  Line& part(std::string_view part) {
    text_ += comma_ ? ", " : " ";
    text_ += part;
    comma_ = true;
    return *this;
  }
  Line& field(std::string_view name, std::string_view value) { return part(std::string(name) + ' ' + std::string(value)); }
  Line& flag(std::string_view name, bool set) { return set ? part(name) : *this; }
  Line& packet_id(PacketId id) { return field("packet identifier", std::to_string(id.value())); }
  Line& properties(const Properties& properties, std::string_view prefix = "");
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
  bool comma_ = false;
};

std::string value_of(const Property& property) {
  struct Show {
    std::string operator()(std::uint32_t number) const { return std::to_string(number); }
    std::string operator()(const std::string& text) const { return quote(text); }
    std::string operator()(const StringPair& pair) const { return quote(pair.first) + '=' + quote(pair.second); }
  };
  return std::visit(Show{}, property.value);
}

Line& Line::properties(const Properties& properties, std::string_view prefix) {
  for (const Property& property : properties.items()) {
    std::string name(prefix);
    name += wire::name(property.id);
    if (find_property_rule(std::to_underlying(property.id)) == nullptr)
      name += " property " + std::to_string(std::to_underlying(property.id));
    field(name, value_of(property));
  }
  return *this;
}

std::string qos_text(QoS qos) { return "QoS " + std::to_string(number(qos)); }

std::string payload_text(std::string_view payload) { return "payload " + quote(payload) + " (" + bytes_phrase(payload.size()) + ")"; }

std::string subscription_text(const Subscription& s, ProtocolVersion version) {
  std::string text = quote(s.topic_filter) + ' ' + qos_text(s.maximum_qos);
  if (version != ProtocolVersion::v5_0) return text;
  if (s.no_local) text += " No Local";
  if (s.retain_as_published) text += " Retain As Published";
  if (s.retain_handling != RetainHandling::send) text += " Retain Handling " + std::to_string(std::to_underlying(s.retain_handling));
  return text;
}

/// The members of a list, of which a long one is cut.
template <class Items, class Text>
std::string list_text(const Items& items, Text text_of) {
  constexpr std::size_t shown = 16;
  std::string text = "[";
  for (std::size_t i = 0; i < std::min(shown, items.size()); ++i) text += (i == 0 ? "" : ", ") + text_of(items[i]);
  if (items.size() > shown) text += ", … " + std::to_string(items.size()) + " in all";
  return text + "]";
}

struct Describe {
  ProtocolVersion version;

  bool v5() const { return version == ProtocolVersion::v5_0; }

  std::string operator()(const Connect& p) const {
    Line line(p.type);
    line.title("MQTT " + std::string(spec::name(p.version))).field("client identifier", quote(p.client_id));
    line.part(p.version == ProtocolVersion::v5_0 ? (p.clean_start ? "Clean Start 1" : "Clean Start 0")
                                                 : (p.clean_start ? "Clean Session 1" : "Clean Session 0"));
    line.field("Keep Alive", std::to_string(p.keep_alive));
    if (p.user_name) line.field("user name", quote(*p.user_name));
    if (p.password) line.part("password (" + bytes_phrase(p.password->size()) + ")");
    if (p.will) {
      line.field("will topic", quote(p.will->topic)).field("will", qos_text(p.will->qos)).flag("will RETAIN", p.will->retain);
      line.part("will " + payload_text(p.will->payload)).properties(p.will->properties, "will ");
    }
    return std::move(line.properties(p.properties)).text();
  }
  std::string operator()(const Connack& p) const {
    Line line(p.type);
    line.title(describe(p.reason_code, p.type, version)).part(p.session_present ? "Session Present 1" : "Session Present 0");
    return std::move(line.properties(p.properties)).text();
  }
  std::string operator()(const Publish& p) const {
    Line line(p.type);
    line.title("topic=" + quote(p.topic) + ' ' + qos_text(p.qos));
    if (p.packet_id) line.packet_id(*p.packet_id);
    line.flag("DUP", p.dup).flag("RETAIN", p.retain).part(payload_text(p.payload));
    return std::move(line.properties(p.properties)).text();
  }
  template <PacketType Type>
  std::string operator()(const Acknowledgement<Type>& p) const {
    Line line(p.type);
    line.packet_id(p.packet_id);
    if (v5()) line.part(describe(p.reason_code, p.type, version)).properties(p.properties);
    return std::move(line).text();
  }
  std::string operator()(const Subscribe& p) const {
    Line line(p.type);
    line.packet_id(p.packet_id).part(list_text(p.subscriptions, [this](const Subscription& s) { return subscription_text(s, version); }));
    return std::move(line.properties(p.properties)).text();
  }
  std::string operator()(const Suback& p) const {
    Line line(p.type);
    line.packet_id(p.packet_id).part(list_text(p.reason_codes, [&](ReasonCode code) { return describe(code, p.type, version); }));
    return std::move(line.properties(p.properties)).text();
  }
  std::string operator()(const Unsubscribe& p) const {
    Line line(p.type);
    line.packet_id(p.packet_id).part(list_text(p.topic_filters, [](const std::string& filter) { return quote(filter); }));
    return std::move(line.properties(p.properties)).text();
  }
  std::string operator()(const Unsuback& p) const {
    Line line(p.type);
    line.packet_id(p.packet_id);
    if (v5())
      line.part(list_text(p.reason_codes, [&](ReasonCode code) { return describe(code, p.type, version); })).properties(p.properties);
    return std::move(line).text();
  }
  std::string operator()(const Pingreq& p) const { return std::string(name(p.type)); }
  std::string operator()(const Pingresp& p) const { return std::string(name(p.type)); }
  std::string operator()(const Disconnect& p) const {
    Line line(p.type);
    if (v5()) line.title(describe(p.reason_code, p.type, version)).properties(p.properties);
    return std::move(line).text();
  }
  std::string operator()(const Auth& p) const {
    Line line(p.type);
    return std::move(line.title(describe(p.reason_code, p.type, version)).properties(p.properties)).text();
  }
};

}  // namespace

std::string describe(const Packet& packet, ProtocolVersion version) { return std::visit(Describe{version}, packet); }

std::string quote(std::string_view data, std::size_t limit) {
  if (!prints(data)) {
    const std::size_t shown = std::min(data.size(), std::max<std::size_t>(limit / 2, 1));
    std::string text = "0x";
    for (const char c : data.substr(0, shown)) {
      const auto byte = static_cast<unsigned char>(c);
      text += hex_digits[byte >> 4];
      text += hex_digits[byte & 0x0F];
    }
    if (shown < data.size()) text += "… (" + bytes_phrase(data.size()) + ")";
    return text;
  }
  const std::size_t shown = cut_at(data, limit);
  std::string text = "\"";
  for (const char c : data.substr(0, shown)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
  if (shown < data.size()) text += "… (" + bytes_phrase(data.size()) + ")";
  return text;
}

std::string hex(ByteView bytes, std::size_t limit) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min(limit, bytes.size()))) {
    if (!text.empty()) text += ' ';
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 0x0F];
  }
  if (bytes.size() > limit) text += " … (" + bytes_phrase(bytes.size()) + ")";
  return text;
}

}  // namespace mqttspec::wire
