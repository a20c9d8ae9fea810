#include "reference/wire/raw.hpp"

#include <stdexcept>

namespace mqttspec::wire::raw {
namespace {

std::uint8_t low_byte(std::uint32_t value) { return static_cast<std::uint8_t>(value & 0xFF); }

int minimal_width(std::uint32_t value) {
  int width = 1;
  while (value >>= 7) ++width;
  return width;
}

void append(Bytes& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); }

void append_variable_byte_integer(Bytes& to, std::uint32_t value, int width) {
  if (width < 0 || width > 5) throw std::invalid_argument("a Variable Byte Integer is written in 1 to 5 bytes");
  const int needed = minimal_width(value);
  if (width != 0 && width < needed) throw std::invalid_argument("the value does not fit so few bytes");
  if (width == 0) width = needed;
  for (int i = 1; i < width; ++i, value >>= 7) to.push_back(static_cast<std::uint8_t>(0x80 | (value & 0x7F)));
  to.push_back(static_cast<std::uint8_t>(value & 0x7F));
}

}  // namespace

Builder& Builder::byte(std::uint8_t value) {
  data_.push_back(value);
  return *this;
}

Builder& Builder::bytes(ByteView values) {
  data_.insert(data_.end(), values.begin(), values.end());
  return *this;
}

Builder& Builder::bytes(std::initializer_list<std::uint8_t> values) { return bytes(ByteView(values.begin(), values.size())); }

Builder& Builder::two_bytes(std::uint16_t value) { return byte(low_byte(value >> 8u)).byte(low_byte(value)); }

Builder& Builder::four_bytes(std::uint32_t value) {
  return two_bytes(static_cast<std::uint16_t>(value >> 16)).two_bytes(static_cast<std::uint16_t>(value & 0xFFFF));
}

Builder& Builder::variable_byte_integer(std::uint32_t value, int width) {
  append_variable_byte_integer(data_, value, width);
  return *this;
}

Builder& Builder::string(std::string_view text) {
  if (text.size() > maximum_string) throw std::length_error("a string has at most 65,535 bytes");
  return string(static_cast<std::uint16_t>(text.size()), text);
}

Builder& Builder::string(std::uint16_t claimed_length, std::string_view text) { return two_bytes(claimed_length).text(text); }

Builder& Builder::text(std::string_view text) {
  append(data_, text);
  return *this;
}

Builder& Builder::properties(const Builder& content) {
  return variable_byte_integer(static_cast<std::uint32_t>(content.data().size())).bytes(content.data());
}

Builder& Builder::property(PropertyId id) { return byte(std::to_underlying(id)); }

Bytes packet(PacketType type, std::uint8_t flags, const Builder& rest) {
  if (flags > 0x0F) throw std::invalid_argument("the flags of the fixed header are four bits");
  if (rest.data().size() > maximum_remaining_length) throw std::length_error("the packet is longer than a Remaining Length can tell");
  const auto first = static_cast<std::uint8_t>(std::to_underlying(type) << 4 | flags);
  return packet(first, RemainingLength{static_cast<std::uint32_t>(rest.data().size())}, rest);
}

Bytes packet(std::uint8_t first_byte, RemainingLength claimed, const Builder& rest) {
  Bytes bytes{first_byte};
  append_variable_byte_integer(bytes, claimed.value, claimed.width);
  bytes.insert(bytes.end(), rest.data().begin(), rest.data().end());
  return bytes;
}

Bytes with_flags(Bytes packet, std::uint8_t flags) {
  packet.at(0) = static_cast<std::uint8_t>((packet.at(0) & 0xF0) | (flags & 0x0F));
  return packet;
}

Bytes truncated(Bytes packet, std::size_t count) {
  if (count < packet.size()) packet.resize(count);
  return packet;
}

Bytes with_trailing(Bytes packet, ByteView extra) {
  std::size_t header = 1;
  while (packet.at(header) >= 0x80) ++header;
  ++header;
  const Builder rest = Builder().bytes(ByteView(packet).subspan(header)).bytes(extra);
  return raw::packet(packet[0], RemainingLength{static_cast<std::uint32_t>(rest.data().size())}, rest);
}

Bytes with_byte(Bytes packet, std::size_t offset, std::uint8_t value) {
  packet.at(offset) = value;
  return packet;
}

}  // namespace mqttspec::wire::raw
