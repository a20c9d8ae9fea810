#include "reference/wire/encoder.hpp"

#include "reference/wire/plain_text.hpp"
#include "reference/wire/property_table.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace mqttspec::wire {
namespace {

[[noreturn, gnu::cold, gnu::noinline]] void refuse_string() {
  throw std::length_error("a string or binary data of MQTT has at most 65,535 bytes");
}

/// Size of a field with a two-byte length.
std::size_t size_of(std::string_view text) {
  if (text.size() > maximum_string) [[unlikely]]
    refuse_string();
  return 2 + text.size();
}

[[noreturn, gnu::cold, gnu::noinline]] void refuse_length() {
  throw std::length_error("a packet's Remaining Length is at most 268,435,455");
}

/// @throws for the first property that the format cannot carry
[[noreturn, gnu::cold, gnu::noinline]] void refuse(const Properties& properties) {
  for (const Property& property : properties.items()) {
    if (encoded_size(property) < not_encodable) continue;
    const PropertyRule* rule = find_property_rule(std::to_underlying(property.id));
    if (rule == nullptr) throw std::invalid_argument("a property that the standard does not define; use wire::raw to send one");
    const bool is_number = std::holds_alternative<std::uint32_t>(property.value);
    if (is_number && rule->type == PropertyType::variable_byte_integer)
      throw std::length_error("a Variable Byte Integer is at most 268,435,455");
    const bool is_pair = std::holds_alternative<StringPair>(property.value);
    const bool wants_pair = rule->type == PropertyType::utf8_string_pair;
    const bool wants_number = rule->type <= PropertyType::variable_byte_integer;
    if (is_number != wants_number || is_pair != wants_pair) throw std::bad_variant_access();
    refuse_string();
  }
  refuse_length();
}

/// Size of the properties alone.
std::size_t size_of(const Properties& properties) {
  const std::size_t size = properties.encoded_size();
  if (size >= not_encodable) [[unlikely]]
    refuse(properties);
  return size;
}

/// In how many bytes a property's number is written; 0: it is a Variable Byte Integer. Index: property identifier.
constexpr std::array<std::uint8_t, 256> number_widths = [] {
  std::array<std::uint8_t, 256> widths{};
  for (const PropertyRule& rule : table::properties) {
    std::uint8_t& bytes = widths[std::to_underlying(rule.id)];
    if (rule.type == PropertyType::byte) bytes = 1;
    if (rule.type == PropertyType::two_byte_integer) bytes = 2;
    if (rule.type == PropertyType::four_byte_integer) bytes = 4;
  }
  return widths;
}();

/// Copies up to 64 bytes, as most strings of a packet have, from both ends: quicker than a call.
constexpr std::size_t longest_short_copy = 64;
[[gnu::always_inline]] inline void copy_short(std::uint8_t* to, const char* from, std::size_t size) {
  const auto copy_ends = [&]<class Word>(Word, std::size_t at = 0) {
    Word first, last;
    std::memcpy(&first, from + at, sizeof first);
    std::memcpy(&last, from + size - at - sizeof last, sizeof last);
    std::memcpy(to + at, &first, sizeof first);
    std::memcpy(to + size - at - sizeof last, &last, sizeof last);
  };
  if (size >= 16) {
    if (size > 32) copy_ends(plain::Block{}, 16);
    return copy_ends(plain::Block{});
  }
  if (size >= 8) return copy_ends(std::uint64_t{});
  if (size >= 4) return copy_ends(std::uint32_t{});
  if (size >= 2) return copy_ends(std::uint16_t{});
  if (size == 1) *to = static_cast<std::uint8_t>(*from);
}

/// What it calls keeps the caller's registers, so that on the usual way, where nothing is called, they need not be saved.
[[gnu::noinline, clang::preserve_most]] void copy_long(std::uint8_t* to, const char* from, std::size_t size) {
  std::memcpy(to, from, size);
}

/// Writes into memory that was measured before. It must never be out of the caller's hands: for all that the compiler knows, bytes that are
/// written could be those of a Writer whose address has been taken, and it would read its place again after each of them.
class Writer {
 public:
  explicit Writer(std::uint8_t* to) : to_(to) {}
  std::uint8_t* at() const { return to_; }

  void byte(std::uint32_t value) { *to_++ = static_cast<std::uint8_t>(value); }
  void two_bytes(std::size_t value) { big_endian(static_cast<std::uint16_t>(value)); }
  void four_bytes(std::uint32_t value) { big_endian(value); }
  void variable_byte_integer(std::size_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint32_t>(0x80 | (value & 0x7F)));
    byte(static_cast<std::uint32_t>(value));
  }
  void bytes(std::string_view data) {
    if (data.size() > longest_short_copy) [[unlikely]]
      copy_long(to_, data.data(), data.size());
    else
      copy_short(to_, data.data(), data.size());
    to_ += data.size();
  }
  void string(std::string_view text) {
    two_bytes(text.size());
    bytes(text);
  }
  void properties(const Properties& properties, std::size_t size);

 private:
  template <class Integer>
  void big_endian(Integer value) {
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(to_, &value, sizeof value);
    to_ += sizeof value;
  }

  std::uint8_t* to_;
};

[[gnu::always_inline]] inline void write_number(Writer& out, PropertyId id, std::uint32_t value) {
  switch (number_widths[std::to_underlying(id)]) {
    case 1: return out.byte(value);
    case 2: return out.two_bytes(value);
    case 4: return out.four_bytes(value);
    default: return out.variable_byte_integer(value);
  }
}

/// Writes a property that was found to have a value of its type.
[[gnu::always_inline]] inline void write_property(Writer& out, const Property& property) {
  out.byte(std::to_underlying(property.id));
  if (const auto* number = std::get_if<std::uint32_t>(&property.value)) return write_number(out, property.id, *number);
  if (const auto* text = std::get_if<std::string>(&property.value)) return out.string(*text);
  const auto* pair = std::get_if<StringPair>(&property.value);
  [[assume(pair != nullptr)]];
  out.string(pair->first);
  out.string(pair->second);
}

/// @return where the next byte belongs
[[gnu::noinline]] std::uint8_t* write_items(std::uint8_t* to, const Properties& properties) {
  Writer out(to);
  for (const Property& item : properties.items()) write_property(out, item);
  return out.at();
}

void Writer::properties(const Properties& properties, std::size_t size) {
  if (size == 0) return byte(0);
  variable_byte_integer(size);
  to_ = write_items(to_, properties);
}

/// Sizes of a packet's parts, measured once and used for reserving and for writing.
struct Sizes {
  std::size_t remaining = 0;        ///< Remaining Length
  std::size_t properties = 0;       ///< without the Property Length
  std::size_t will_properties = 0;  ///< the same

  std::size_t packet() const { return 1 + width_of_integer(remaining) + remaining; }
};

bool is_v5(ProtocolVersion version) { return version == ProtocolVersion::v5_0; }

Sizes checked(const Sizes& sizes) {
  if (sizes.remaining > maximum_remaining_length) [[unlikely]]
    refuse_length();
  return sizes;
}

/// Sizes of a packet that has properties in 5.0 and `fields` bytes of everything else.
[[gnu::always_inline]] inline Sizes with_properties(std::size_t fields, const Properties& properties, ProtocolVersion version) {
  Sizes sizes{.remaining = fields};
  if (!is_v5(version)) return sizes;
  sizes.properties = size_of(properties);
  sizes.remaining += width_of_integer(sizes.properties) + sizes.properties;
  return sizes;
}

/// How much of Reason Code and properties is written where 5.0 lets them be left away.
Spelling spelling_of(const auto& packet) {
  if (!packet.properties.empty()) return Spelling::with_properties;
  if (packet.reason_code != ReasonCode::success && packet.spelling == Spelling::shortest) return Spelling::with_reason_code;
  return packet.spelling;
}

/// AUTH knows only the shortest spelling and the full one.
Spelling spelling_of(const Auth& auth) {
  const bool shortest = auth.properties.empty() && auth.reason_code == ReasonCode::success && auth.spelling == Spelling::shortest;
  return shortest ? Spelling::shortest : Spelling::with_properties;
}

Sizes sizes_of_reason(const auto& packet, std::size_t fields, ProtocolVersion version) {
  if (!is_v5(version)) return {.remaining = fields};
  switch (spelling_of(packet)) {
    case Spelling::shortest: return {.remaining = fields};
    case Spelling::with_reason_code: return {.remaining = fields + 1};
    case Spelling::with_properties: return with_properties(fields + 1, packet.properties, version);
  }
  std::unreachable();
}

void write_reason(Writer& out, const auto& packet, const Sizes& sizes, ProtocolVersion version) {
  if (!is_v5(version)) return;
  const Spelling spelling = spelling_of(packet);
  if (spelling != Spelling::shortest) out.byte(number(packet.reason_code));
  if (spelling == Spelling::with_properties) out.properties(packet.properties, sizes.properties);
}

std::uint32_t first_byte(PacketType type, std::uint32_t flags = 0) { return std::uint32_t{std::to_underlying(type)} << 4 | flags; }

void write_properties(Writer& out, const Properties& properties, const Sizes& sizes, ProtocolVersion version) {
  if (is_v5(version)) out.properties(properties, sizes.properties);
}

// Each packet has measure() and write(); `write` puts out everything behind the fixed header, whose flags flags_of() tells.

std::string_view protocol_name(ProtocolVersion version) { return version == ProtocolVersion::v3_1 ? "MQIsdp" : "MQTT"; }

/// A CONNECT is written in the version that it asks for.
Sizes measure(const Connect& p, ProtocolVersion) {
  Sizes sizes = with_properties(size_of(protocol_name(p.version)) + 4 + size_of(p.client_id), p.properties, p.version);
  if (p.will) {
    const Sizes will = with_properties(size_of(p.will->topic) + size_of(p.will->payload), p.will->properties, p.version);
    sizes.will_properties = will.properties;
    sizes.remaining += will.remaining;
  }
  if (p.user_name) sizes.remaining += size_of(*p.user_name);
  if (p.password) sizes.remaining += size_of(*p.password);
  return sizes;
}

std::uint32_t connect_flags(const Connect& p) {
  std::uint32_t flags = p.clean_start ? 0x02 : 0;
  if (p.will) flags |= 0x04u | static_cast<std::uint32_t>(number(p.will->qos)) << 3 | (p.will->retain ? 0x20u : 0u);
  if (p.password) flags |= 0x40;
  if (p.user_name) flags |= 0x80;
  return flags;
}

void write(Writer& out, const Connect& p, const Sizes& sizes, ProtocolVersion) {
  out.string(protocol_name(p.version));
  out.byte(std::to_underlying(p.version));
  out.byte(connect_flags(p));
  out.two_bytes(p.keep_alive);
  write_properties(out, p.properties, sizes, p.version);
  out.string(p.client_id);
  if (p.will) {
    if (is_v5(p.version)) out.properties(p.will->properties, sizes.will_properties);
    out.string(p.will->topic);
    out.string(p.will->payload);
  }
  if (p.user_name) out.string(*p.user_name);
  if (p.password) out.string(*p.password);
}

Sizes measure(const Connack& p, ProtocolVersion version) { return with_properties(2, p.properties, version); }

void write(Writer& out, const Connack& p, const Sizes& sizes, ProtocolVersion version) {
  out.byte(p.session_present);
  out.byte(number(p.reason_code));
  write_properties(out, p.properties, sizes, version);
}

[[noreturn, gnu::cold, gnu::noinline]] void refuse_packet_id(bool needed) {
  throw std::invalid_argument(needed ? "a PUBLISH of QoS 1 or 2 needs a Packet Identifier" : "a PUBLISH of QoS 0 has no Packet Identifier");
}

[[gnu::always_inline]] inline Sizes measure_publish(const Publish& p, std::size_t payload, ProtocolVersion version) {
  const bool needs_id = p.qos != QoS::at_most_once;
  if (needs_id != p.packet_id.has_value()) [[unlikely]]
    refuse_packet_id(needs_id);
  return with_properties(size_of(p.topic) + (needs_id ? 2 : 0) + payload, p.properties, version);
}

[[gnu::always_inline]] inline Sizes measure(const Publish& p, ProtocolVersion version) {
  return measure_publish(p, p.payload.size(), version);
}

[[gnu::always_inline]] inline void write_publish_fields(Writer& out, const Publish& p, const Sizes& sizes, ProtocolVersion version) {
  out.string(p.topic);
  if (p.packet_id) out.two_bytes(p.packet_id->value());
  write_properties(out, p.properties, sizes, version);
}

[[gnu::always_inline]] inline void write(Writer& out, const Publish& p, const Sizes& sizes, ProtocolVersion version) {
  write_publish_fields(out, p, sizes, version);
  out.bytes(p.payload);
}

template <PacketType Type>
Sizes measure(const Acknowledgement<Type>& p, ProtocolVersion version) {
  return sizes_of_reason(p, 2, version);
}

template <PacketType Type>
void write(Writer& out, const Acknowledgement<Type>& p, const Sizes& sizes, ProtocolVersion version) {
  out.two_bytes(p.packet_id.value());
  write_reason(out, p, sizes, version);
}

Sizes measure(const Subscribe& p, ProtocolVersion version) {
  std::size_t fields = 2;
  for (const Subscription& s : p.subscriptions) fields += size_of(s.topic_filter) + 1;
  return with_properties(fields, p.properties, version);
}

std::uint32_t options_of(const Subscription& s, ProtocolVersion version) {
  const auto qos = static_cast<std::uint32_t>(number(s.maximum_qos));
  if (!is_v5(version)) return qos;
  return qos | (s.no_local ? 0x04u : 0u) | (s.retain_as_published ? 0x08u : 0u) | std::uint32_t{std::to_underlying(s.retain_handling)} << 4;
}

void write(Writer& out, const Subscribe& p, const Sizes& sizes, ProtocolVersion version) {
  out.two_bytes(p.packet_id.value());
  write_properties(out, p.properties, sizes, version);
  for (const Subscription& s : p.subscriptions) {
    out.string(s.topic_filter);
    out.byte(options_of(s, version));
  }
}

Sizes measure(const Suback& p, ProtocolVersion version) { return with_properties(2 + p.reason_codes.size(), p.properties, version); }

void write(Writer& out, const Suback& p, const Sizes& sizes, ProtocolVersion version) {
  out.two_bytes(p.packet_id.value());
  write_properties(out, p.properties, sizes, version);
  for (const ReasonCode code : p.reason_codes) out.byte(number(code));
}

Sizes measure(const Unsubscribe& p, ProtocolVersion version) {
  std::size_t fields = 2;
  for (const std::string& filter : p.topic_filters) fields += size_of(filter);
  return with_properties(fields, p.properties, version);
}

void write(Writer& out, const Unsubscribe& p, const Sizes& sizes, ProtocolVersion version) {
  out.two_bytes(p.packet_id.value());
  write_properties(out, p.properties, sizes, version);
  for (const std::string& filter : p.topic_filters) out.string(filter);
}

Sizes measure(const Unsuback& p, ProtocolVersion version) {
  return with_properties(2 + (is_v5(version) ? p.reason_codes.size() : 0), p.properties, version);
}

void write(Writer& out, const Unsuback& p, const Sizes& sizes, ProtocolVersion version) {
  out.two_bytes(p.packet_id.value());
  if (!is_v5(version)) return;
  write_properties(out, p.properties, sizes, version);
  for (const ReasonCode code : p.reason_codes) out.byte(number(code));
}

Sizes measure(const Pingreq&, ProtocolVersion) { return {}; }
void write(Writer&, const Pingreq&, const Sizes&, ProtocolVersion) {}
Sizes measure(const Pingresp&, ProtocolVersion) { return {}; }
void write(Writer&, const Pingresp&, const Sizes&, ProtocolVersion) {}

Sizes measure(const Disconnect& p, ProtocolVersion version) { return sizes_of_reason(p, 0, version); }
void write(Writer& out, const Disconnect& p, const Sizes& sizes, ProtocolVersion version) { write_reason(out, p, sizes, version); }

Sizes measure(const Auth& p, ProtocolVersion version) {
  if (!is_v5(version)) throw std::invalid_argument("AUTH exists in MQTT 5.0 only");
  return sizes_of_reason(p, 0, version);
}
void write(Writer& out, const Auth& p, const Sizes& sizes, ProtocolVersion version) { write_reason(out, p, sizes, version); }

/// The lower four bits of the first byte.
template <class P>
std::uint32_t flags_of(const P&) {
  const bool reserved_2 = P::type == PacketType::pubrel || P::type == PacketType::subscribe || P::type == PacketType::unsubscribe;
  return reserved_2 ? 2 : 0;
}
std::uint32_t flags_of(const Publish& p) {
  return (p.dup ? 0x08u : 0u) | static_cast<std::uint32_t>(number(p.qos)) << 1 | (p.retain ? 0x01u : 0u);
}

[[gnu::cold, gnu::noinline, clang::preserve_most]] std::uint8_t* reallocate(Bytes& out, std::size_t bytes) {
  const std::size_t before = out.size();
  out.resize(before + bytes);
  return out.data() + before;
}

/// Makes room at the end. What is compared is what resize() compares, so that with everything inlined its other branches fall away.
[[gnu::flatten, gnu::always_inline]] inline std::uint8_t* grow(Bytes& out, std::size_t bytes) {
  const std::size_t size = out.size();
  std::uint8_t* end = out.data() + size;
  const std::uint8_t* end_of_memory = out.data() + out.capacity();
  if (static_cast<std::size_t>(end_of_memory - end) < bytes) [[unlikely]]
    return reallocate(out, bytes);
  [[assume(size + bytes > size)]];
  out.resize(size + bytes);
  return end;
}

[[gnu::always_inline]] inline void write_header(Writer& out, const auto& packet, const Sizes& sizes) {
  out.byte(first_byte(packet.type, flags_of(packet)));
  out.variable_byte_integer(sizes.remaining);
}

template <class P>
[[gnu::always_inline]] inline void encode_measured(const P& p, ProtocolVersion version, Bytes& out) {
  const Sizes sizes = checked(measure(p, version));
  Writer writer(grow(out, sizes.packet()));
  write_header(writer, p, sizes);
  write(writer, p, sizes, version);
}

template <class P>
void encode_packet(const P& p, ProtocolVersion version, Bytes& out) {
  encode_measured(p, version, out);
}

template <class P>
[[gnu::noinline]] void encode_with_properties(const P& p, ProtocolVersion version, Bytes& out) {
  encode_measured(p, version, out);
}

void encode_packet(const Publish& p, ProtocolVersion version, Bytes& out) {
  const std::size_t properties = p.properties.encoded_size();
  if (properties != 0) return encode_with_properties(p, version, out);
  encode_measured(p, version, out);
}

/// Most acknowledgements are a Packet Identifier and nothing else.
template <PacketType Type>
void encode_packet(const Acknowledgement<Type>& p, ProtocolVersion version, Bytes& out) {
  if (is_v5(version) && spelling_of(p) != Spelling::shortest) return encode_with_properties(p, version, out);
  Writer writer(grow(out, 4));
  writer.byte(first_byte(Type, flags_of(p)));
  writer.byte(2);
  writer.two_bytes(p.packet_id.value());
}

template <class P>
void encode_as(const Packet& packet, ProtocolVersion version, Bytes& out) {
  const P* p = std::get_if<P>(&packet);
  [[assume(p != nullptr)]];
  encode_packet(*p, version, out);
}

/// Index: that of the packet's alternative.
template <class Variant>
constexpr std::nullptr_t encoders = nullptr;
template <class... P>
constexpr std::array encoders<std::variant<P...>>{encode_as<P>...};

}  // namespace

std::size_t encoded_size(const Packet& packet, ProtocolVersion version) {
  return std::visit([version](const auto& p) { return checked(measure(p, version)).packet(); }, packet);
}

void encode(const Packet& packet, ProtocolVersion version, Bytes& out) {
  if (packet.valueless_by_exception()) [[unlikely]]
    throw std::bad_variant_access();
  encoders<Packet>[packet.index()](packet, version, out);
}

Bytes encode(const Packet& packet, ProtocolVersion version) {
  Bytes bytes;
  encode(packet, version, bytes);
  return bytes;
}

void encode_publish_header(const Publish& publish, std::size_t payload_size, ProtocolVersion version, Bytes& out) {
  const Sizes sizes = checked(measure_publish(publish, payload_size, version));
  Writer writer(grow(out, sizes.packet() - payload_size));
  write_header(writer, publish, sizes);
  write_publish_fields(writer, publish, sizes, version);
}

Bytes encode_publish_header(const Publish& publish, std::size_t payload_size, ProtocolVersion version) {
  Bytes bytes;
  encode_publish_header(publish, payload_size, version, bytes);
  return bytes;
}

}  // namespace mqttspec::wire
