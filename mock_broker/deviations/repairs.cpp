#include "mock_broker/deviations/repairs.hpp"

#include "reference/wire/decoder.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mqttspec::mock_broker::repairs {
namespace {

using spec::ProtocolVersion;
using wire::PacketType;

/// Reads a body from its beginning; everything it gives is empty once it has failed.
class Reader {
 public:
  explicit Reader(const wire::Bytes& bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  std::size_t at() const { return at_; }
  bool at_end() const { return at_ >= bytes_.size(); }

  std::uint8_t byte() { return take(1) ? bytes_[at_ - 1] : std::uint8_t{0}; }
  std::size_t two_bytes() {
    const std::size_t high = byte();
    return high << 8 | byte();
  }
  std::size_t variable_byte_integer() {
    std::size_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::size_t>(next & 0x7F) << shift;
      if ((next & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  wire::Bytes bytes(std::size_t count) {
    const std::size_t from = at_;
    if (!take(count)) return {};
    return {bytes_.begin() + static_cast<std::ptrdiff_t>(from), bytes_.begin() + static_cast<std::ptrdiff_t>(at_)};
  }
  std::string string() {
    const wire::Bytes text = bytes(two_bytes());
    return {text.begin(), text.end()};
  }
  wire::Bytes rest() { return bytes(bytes_.size() - at_); }
  /// What has been read.
  wire::Bytes before() const { return {bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_)}; }

 private:
  bool take(std::size_t count) {
    if (failed_ || bytes_.size() - at_ < count) {
      failed_ = true;
      return false;
    }
    at_ += count;
    return true;
  }

  const wire::Bytes& bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

PacketType type_of(const wire::Bytes& frame) { return static_cast<PacketType>(frame[0] >> 4); }
int qos_of_publish(const wire::Bytes& frame) { return frame[0] >> 1 & 0x03; }

std::size_t body_begins(const wire::Bytes& frame) {
  std::size_t at = 1;
  while (at < frame.size() && at < 4 && (frame[at] & 0x80) != 0) ++at;
  return std::min(at + 1, frame.size());
}

void put(wire::Bytes& into, const wire::Bytes& bytes) { into.insert(into.end(), bytes.begin(), bytes.end()); }

wire::Bytes prefixed(std::string_view text) { return wire::raw::Builder().string(text.substr(0, 65'535)).data(); }

/// Where in a CONNECT's body its parts begin.
struct ConnectParts {
  std::string name;
  std::size_t level_at;
  std::size_t flags_at;
  std::size_t properties_at;
};

std::optional<ConnectParts> connect_parts(const wire::Bytes& body) {
  Reader in(body);
  ConnectParts parts{.name = in.string(), .level_at = in.at(), .flags_at = in.at() + 1, .properties_at = in.at() + 4};
  in.bytes(4);
  if (in.failed()) return std::nullopt;
  return parts;
}

bool is_valid(const wire::Bytes& frame, ProtocolVersion version) {
  return wire::decode(frame, {.from = wire::Direction::client_to_server, .version = version}).has_value();
}

bool is_5(const wire::Bytes& body, const ConnectParts& parts) { return body[parts.level_at] == 5; }

/// In front of the Client Identifier.
Reader at_client_id(const wire::Bytes& body, const ConnectParts& parts) {
  Reader in(body);
  in.bytes(parts.properties_at);
  if (is_5(body, parts)) in.bytes(in.variable_byte_integer());
  return in;
}

/// Sets or clears one of the Connect Flags where that makes a wrong CONNECT valid. @param is_set whether it is set as it came
void flip_wrong_flag(wire::Bytes& frame, std::uint8_t flag, bool is_set) {
  wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts || ((body[parts->flags_at] & flag) != 0) != is_set) return;
  const auto version = is_5(body, *parts) ? ProtocolVersion::v5_0 : ProtocolVersion::v3_1_1;
  body[parts->flags_at] = static_cast<std::uint8_t>(body[parts->flags_at] ^ flag);
  wire::Bytes changed = frame;
  set_body(changed, body);
  if (!is_valid(frame, version) && is_valid(changed, version)) frame = std::move(changed);
}

/// Changes the string that `in` stands in front of.
template <class Change>
void change_string(wire::Bytes& frame, Reader in, Change change) {
  wire::Bytes changed = in.before();
  const std::string text = in.string();
  const wire::Bytes rest = in.rest();
  if (in.failed()) return;
  put(changed, prefixed(change(text)));
  put(changed, rest);
  set_body(frame, changed);
}

/// Where the properties of a packet begin in its body; nothing if it has none.
std::optional<std::size_t> properties_begin(const wire::Bytes& frame, const wire::Bytes& body) {
  Reader in(body);
  switch (type_of(frame)) {
    case PacketType::connect: {
      const auto parts = connect_parts(body);
      if (!parts || !is_5(body, *parts)) return std::nullopt;
      return parts->properties_at;
    }
    case PacketType::publish:
      in.string();
      if (qos_of_publish(frame) > 0) in.two_bytes();
      break;
    case PacketType::subscribe:
    case PacketType::unsubscribe: in.two_bytes(); break;
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp: in.bytes(3); break;
    case PacketType::disconnect:
    case PacketType::auth: in.byte(); break;
    default: return std::nullopt;
  }
  if (in.failed() || in.at_end()) return std::nullopt;
  return in.at();
}

wire::Bytes value_of(Reader& in, wire::PropertyType type) {
  const auto with_length = [&in](std::size_t strings) {
    wire::Bytes value;
    for (; strings > 0; --strings) put(value, prefixed(in.string()));
    return value;
  };
  switch (type) {
    case wire::PropertyType::byte: return in.bytes(1);
    case wire::PropertyType::two_byte_integer: return in.bytes(2);
    case wire::PropertyType::four_byte_integer: return in.bytes(4);
    case wire::PropertyType::variable_byte_integer:
      return wire::raw::Builder().variable_byte_integer(static_cast<std::uint32_t>(in.variable_byte_integer())).data();
    case wire::PropertyType::utf8_string:
    case wire::PropertyType::binary_data: return with_length(1);
    case wire::PropertyType::utf8_string_pair: return with_length(2);
  }
  return {};
}

}  // namespace

wire::Bytes body_of(const wire::Bytes& frame) { return {frame.begin() + static_cast<std::ptrdiff_t>(body_begins(frame)), frame.end()}; }

void set_body(wire::Bytes& frame, const wire::Bytes& body) {
  const wire::raw::Builder length = wire::raw::Builder().variable_byte_integer(static_cast<std::uint32_t>(body.size()));
  frame.resize(1);
  put(frame, length.data());
  put(frame, body);
}

void set_flags(wire::Bytes& frame, std::uint8_t flags) { frame[0] = static_cast<std::uint8_t>((frame[0] & 0xF0) | flags); }
void drop_body(wire::Bytes& frame) { set_body(frame, {}); }
void shorten_remaining_length(wire::Bytes& frame) { set_body(frame, body_of(frame)); }

// ---------------------------------------------------------------------------------------------------------------- CONNECT

void change_connect_flags(wire::Bytes& frame, std::uint8_t (*change)(std::uint8_t flags)) {
  wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts) return;
  body[parts->flags_at] = change(body[parts->flags_at]);
  set_body(frame, body);
}

void set_protocol_name(wire::Bytes& frame) {
  const wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts || parts->name == "MQTT" || (parts->name == "MQIsdp" && body[parts->level_at] == 3)) return;
  wire::Bytes changed = prefixed("MQTT");
  changed.insert(changed.end(), body.begin() + static_cast<std::ptrdiff_t>(parts->level_at), body.end());
  set_body(frame, changed);
}

void set_protocol_level(wire::Bytes& frame) {
  wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts || parts->name != "MQTT" || body[parts->level_at] == 4 || body[parts->level_at] == 5) return;
  for (const auto version : {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0}) {
    body[parts->level_at] = static_cast<std::uint8_t>(version);
    wire::Bytes changed = frame;
    set_body(changed, body);
    if (is_valid(changed, version)) {
      frame = std::move(changed);
      return;
    }
  }
}

void drop_lonely_password(wire::Bytes& frame) {
  wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts || is_5(body, *parts)) return;
  const std::uint8_t flags = body[parts->flags_at];
  if ((flags & password_flag) == 0 || (flags & user_name_flag) != 0) return;
  Reader in(body);
  in.bytes(parts->properties_at);
  in.string();
  if ((flags & will_flag) != 0) {
    in.string();
    in.string();
  }
  if (in.failed()) return;
  body.resize(in.at());
  body[parts->flags_at] = static_cast<std::uint8_t>(flags & ~password_flag);
  set_body(frame, body);
}

void drop_user_name_flag(wire::Bytes& frame) { flip_wrong_flag(frame, user_name_flag, true); }
void set_missing_flag(wire::Bytes& frame, std::uint8_t flag) { flip_wrong_flag(frame, flag, false); }

void clean_will_topic(wire::Bytes& frame, wire::Utf8Finding finding) {
  const wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts || (body[parts->flags_at] & will_flag) == 0) return;
  Reader in = at_client_id(body, *parts);
  in.string();
  if (is_5(body, *parts)) in.bytes(in.variable_byte_integer());
  change_string(frame, in, [finding](std::string_view topic) { return without(topic, finding); });
}

void clean_client_id(wire::Bytes& frame, wire::Utf8Finding finding) {
  const wire::Bytes body = body_of(frame);
  const auto parts = connect_parts(body);
  if (!parts) return;
  change_string(frame, at_client_id(body, *parts), [finding](std::string_view client_id) { return without(client_id, finding); });
}

// ---------------------------------------------------------------------------------------------------------------- PUBLISH

void change_topic(wire::Bytes& frame, std::string (*change)(std::string_view topic)) {
  const wire::Bytes body = body_of(frame);
  change_string(frame, Reader(body), change);
}

void set_publish_packet_id(wire::Bytes& frame, std::uint16_t in_place_of_0) {
  if (qos_of_publish(frame) == 0) return;
  wire::Bytes body = body_of(frame);
  Reader in(body);
  in.string();
  const std::size_t at = in.at();
  if (in.two_bytes() != 0 || in.failed()) return;
  body[at] = static_cast<std::uint8_t>(in_place_of_0 >> 8);
  body[at + 1] = static_cast<std::uint8_t>(in_place_of_0);
  set_body(frame, body);
}

// ---------------------------------------------------------------------------------------------- SUBSCRIBE and UNSUBSCRIBE

void change_filters(wire::Bytes& frame, ProtocolVersion version, void (*change)(std::vector<Filter>& filters)) {
  const wire::Bytes body = body_of(frame);
  const bool has_options = type_of(frame) == PacketType::subscribe;
  Reader in(body);
  in.two_bytes();
  if (version == ProtocolVersion::v5_0) in.bytes(in.variable_byte_integer());
  if (in.failed()) return;
  wire::Bytes changed = in.before();
  std::vector<Filter> filters;
  while (!in.at_end() && !in.failed()) {
    Filter filter{.text = in.string()};
    if (has_options) filter.options = in.byte();
    filters.push_back(std::move(filter));
  }
  if (in.failed()) return;
  change(filters);
  for (const Filter& filter : filters) {
    put(changed, prefixed(filter.text));
    if (has_options) changed.push_back(filter.options);
  }
  set_body(frame, changed);
}

void set_packet_id(wire::Bytes& frame, std::uint16_t in_place_of_0) {
  wire::Bytes body = body_of(frame);
  if (body.size() < 2 || body[0] != 0 || body[1] != 0) return;
  body[0] = static_cast<std::uint8_t>(in_place_of_0 >> 8);
  body[1] = static_cast<std::uint8_t>(in_place_of_0);
  set_body(frame, body);
}

// ---------------------------------------------------------------------------------------------------------------- Reason Codes

void set_unknown_reason_code(wire::Bytes& frame, PacketType type, ProtocolVersion version) {
  if (version != ProtocolVersion::v5_0) return;
  wire::Bytes body = body_of(frame);
  const std::size_t at = type == PacketType::disconnect ? 0 : 2;  // behind the Packet Identifier
  if (body.size() <= at || wire::is_allowed(wire::ReasonCode{body[at]}, type, version, wire::Direction::client_to_server)) return;
  body[at] = 0;
  set_body(frame, body);
}

// ---------------------------------------------------------------------------------------------------------------- strings

std::string without(std::string_view text, wire::Utf8Finding finding) {
  std::string cleaned(text);
  while (const auto error = wire::check_utf8(cleaned).error) {
    if (error->finding != finding) return std::string(text);
    cleaned[error->offset] = '?';
  }
  return cleaned;
}

// ---------------------------------------------------------------------------------------------------------------- properties

void change_properties(wire::Bytes& frame, ProtocolVersion version, void (*change)(std::vector<RawProperty>& properties)) {
  if (version != ProtocolVersion::v5_0) return;
  const wire::Bytes body = body_of(frame);
  const auto begins = properties_begin(frame, body);
  if (!begins) return;
  Reader in(body);
  in.bytes(*begins);
  wire::Bytes changed = in.before();
  const wire::Bytes block = in.bytes(in.variable_byte_integer());
  const wire::Bytes rest = in.rest();
  if (in.failed()) return;

  std::vector<RawProperty> properties;
  Reader from(block);
  while (!from.at_end() && !from.failed()) {
    const std::uint8_t id = from.byte();
    const wire::PropertyRule* rule = wire::find_property_rule(id);
    if (!rule) return;
    properties.push_back({id, value_of(from, rule->type)});
  }
  if (from.failed()) return;
  change(properties);

  wire::raw::Builder written;
  for (const RawProperty& property : properties) written.byte(property.id).bytes(property.value);
  put(changed, wire::raw::Builder().properties(written).data());
  put(changed, rest);
  set_body(frame, changed);
}

std::uint32_t number(const RawProperty& property) {
  const wire::PropertyRule* rule = wire::find_property_rule(property.id);
  if (rule && rule->type == wire::PropertyType::variable_byte_integer) {
    Reader in(property.value);
    return static_cast<std::uint32_t>(in.variable_byte_integer());
  }
  std::uint32_t value = 0;
  for (const std::uint8_t byte : property.value) value = value << 8 | byte;
  return value;
}

}  // namespace mqttspec::mock_broker::repairs
