// One block of properties in a packet of 5.0, against a plain reading of table 2-4. The input: where they stand, then the block.

#include "fuzz/models.hpp"
#include "fuzz/target.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

namespace mqttspec::fuzz {
namespace {

using wire::Direction;
using wire::PacketType;
using wire::Properties;
using wire::PropertyId;
using wire::PropertyPlace;
using wire::PropertyRule;
using wire::PropertyType;
using wire::raw::Builder;

/// A packet with a place for properties: what stands in front of them and behind.
struct Host {
  PropertyPlace place;
  Direction from;
  PacketType type;
  std::uint8_t flags;
  std::vector<std::uint8_t> before;
  std::vector<std::uint8_t> behind;
};

constexpr auto client = Direction::client_to_server;
constexpr auto server = Direction::server_to_client;

const std::vector<Host>& hosts() {
  static const std::vector<Host> all = {
      {PropertyPlace::connect, client, PacketType::connect, 0, {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0}, {0, 0}},
      {PropertyPlace::will, client, PacketType::connect, 0, {0, 4, 'M', 'Q', 'T', 'T', 5, 6, 0, 0, 0, 0, 0}, {0, 1, 't', 0, 0}},
      {PropertyPlace::connack, server, PacketType::connack, 0, {0, 0}, {}},
      {PropertyPlace::publish_from_client, client, PacketType::publish, 0, {0, 1, 't'}, {'x'}},
      {PropertyPlace::publish_from_server, server, PacketType::publish, 0, {0, 1, 't'}, {'x'}},
      {PropertyPlace::puback, client, PacketType::puback, 0, {0, 1, 0}, {}},
      {PropertyPlace::pubrec, server, PacketType::pubrec, 0, {0, 1, 0}, {}},
      {PropertyPlace::pubrel, client, PacketType::pubrel, 2, {0, 1, 0}, {}},
      {PropertyPlace::pubcomp, server, PacketType::pubcomp, 0, {0, 1, 0}, {}},
      {PropertyPlace::subscribe, client, PacketType::subscribe, 2, {0, 1}, {0, 1, 't', 0}},
      {PropertyPlace::suback, server, PacketType::suback, 0, {0, 1}, {0}},
      {PropertyPlace::unsubscribe, client, PacketType::unsubscribe, 2, {0, 1}, {0, 1, 't'}},
      {PropertyPlace::unsuback, server, PacketType::unsuback, 0, {0, 1}, {0}},
      {PropertyPlace::disconnect_from_client, client, PacketType::disconnect, 0, {0}, {}},
      {PropertyPlace::disconnect_from_server, server, PacketType::disconnect, 0, {0}, {}},
      {PropertyPlace::auth, client, PacketType::auth, 0, {0x18}, {}},
  };
  return all;
}

/// Reads properties from the front of a block; `read()` gives nothing as soon as something is wrong.
class PlainReader {
 public:
  PlainReader(wire::ByteView block, PropertyPlace place) : block_(block), place_(place) {}

  std::optional<Properties> read() {
    std::vector<wire::Property> found;
    while (!block_.empty()) {
      const PropertyRule* rule = wire::find_property_rule(take_byte(block_));
      if (rule == nullptr || (rule->places & std::to_underlying(place_)) == 0) return std::nullopt;
      const bool seen = std::ranges::find(found, rule->id, &wire::Property::id) != found.end();
      if (seen && !repeats(rule->id)) return std::nullopt;
      auto property = value(*rule);
      if (!property) return std::nullopt;
      found.push_back(*std::move(property));
    }
    return Properties(std::move(found));
  }

 private:
  bool repeats(PropertyId id) const {
    return id == PropertyId::user_property || (id == PropertyId::subscription_identifier && place_ == PropertyPlace::publish_from_server);
  }

  std::optional<wire::Property> value(const PropertyRule& rule) {
    switch (rule.type) {
      case PropertyType::byte: return integer(rule, 1);
      case PropertyType::two_byte_integer: return integer(rule, 2);
      case PropertyType::four_byte_integer: return integer(rule, 4);
      case PropertyType::variable_byte_integer: return variable_byte_integer(rule);
      case PropertyType::binary_data: return string(rule.id);
      case PropertyType::utf8_string: return text(rule.id);
      case PropertyType::utf8_string_pair: return pair(rule.id);
    }
    return std::nullopt;
  }

  static std::optional<wire::Property> in_range(const PropertyRule& rule, std::uint32_t value) {
    if (value < rule.minimum || value > rule.maximum) return std::nullopt;
    return wire::Property{rule.id, value};
  }

  std::optional<wire::Property> integer(const PropertyRule& rule, std::size_t bytes) {
    if (block_.size() < bytes) return std::nullopt;
    std::uint32_t number = 0;
    for (const std::uint8_t byte : take(block_, bytes)) number = number * 256 + byte;
    return in_range(rule, number);
  }

  std::optional<wire::Property> variable_byte_integer(const PropertyRule& rule) {
    std::uint32_t number = 0;
    for (unsigned i = 0; i < 4 && !block_.empty(); ++i) {
      const std::uint8_t byte = take_byte(block_);
      number |= (byte & 0x7Fu) << 7 * i;
      if (byte >= 0x80) continue;
      const bool is_minimal = byte != 0 || i == 0;
      return is_minimal ? in_range(rule, number) : std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<std::string> characters() {
    if (block_.size() < 2) return std::nullopt;
    const std::size_t size = std::size_t{block_[0]} * 256 + block_[1];
    if (block_.size() < 2 + size) return std::nullopt;
    return std::string(text_of(take(block_, 2 + size).subspan(2)));
  }

  std::optional<wire::Property> string(PropertyId id) {
    auto data = characters();
    if (!data) return std::nullopt;
    return wire::Property{id, *std::move(data)};
  }

  std::optional<wire::Property> text(PropertyId id) {
    auto data = characters();
    if (!data || model::check_utf8(*data).error) return std::nullopt;
    if (id == PropertyId::response_topic && !model::is_valid_name(*data)) return std::nullopt;
    return wire::Property{id, *std::move(data)};
  }

  std::optional<wire::Property> pair(PropertyId id) {
    auto name = characters();
    if (!name || model::check_utf8(*name).error) return std::nullopt;
    auto data = characters();
    if (!data || model::check_utf8(*data).error) return std::nullopt;
    return wire::Property{id, wire::StringPair(*std::move(name), *std::move(data))};
  }

  wire::ByteView block_;
  PropertyPlace place_;
};

/// What else a packet asks of its properties.
bool suits(const Properties& properties, PropertyPlace place) {
  const bool method = properties.has(PropertyId::authentication_method);
  if (place == PropertyPlace::connect) return method || !properties.has(PropertyId::authentication_data);
  return place != PropertyPlace::auth || method;
}

wire::Bytes packet_with(const Host& host, wire::ByteView block) {
  Builder rest;
  rest.bytes(host.before).variable_byte_integer(static_cast<std::uint32_t>(block.size())).bytes(block).bytes(host.behind);
  return wire::raw::packet(host.type, host.flags, rest);
}

const Properties& properties_in(const wire::Packet& packet, PropertyPlace place) {
  if (place == PropertyPlace::will) return std::get<wire::Connect>(packet).will->properties;
  return std::visit(
      [](const auto& p) -> const Properties& {
        if constexpr (requires { p.properties; })
          return p.properties;
        else
          fail("a packet without properties");
      },
      packet);
}

void check_getters(const Properties& found) {
  for (const auto& item : found.items()) check(found.has(item.id), "a property stands there, and has() denies it");
}

}  // namespace

void properties(wire::ByteView input) {
  const Host& host = hosts()[take_byte(input) % hosts().size()];
  const wire::Bytes bytes = packet_with(host, input);
  const auto decoded = wire::decode(bytes, {.from = host.from, .version = wire::ProtocolVersion::v5_0});
  const auto expected = PlainReader(input, host.place).read();
  const bool is_valid = expected && suits(*expected, host.place);
  if (decoded.has_value() != is_valid)
    fail(decoded ? "properties pass that are wrong" : "right properties: " + decoded.error().explanation);
  if (!decoded) return;
  check(properties_in(*decoded, host.place) == *expected, "properties have other values");
  check_getters(*expected);
}

}  // namespace mqttspec::fuzz
