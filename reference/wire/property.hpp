#pragma once

#include "reference/wire/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mqttspec::wire {

/// Property identifiers of 5.0 (2.2.2.2).
enum class PropertyId : std::uint8_t {
  payload_format_indicator = 0x01,
  message_expiry_interval = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_identifier = 0x0B,
  session_expiry_interval = 0x11,
  assigned_client_identifier = 0x12,
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  authentication_data = 0x16,
  request_problem_information = 0x17,
  will_delay_interval = 0x18,
  request_response_information = 0x19,
  response_information = 0x1A,
  server_reference = 0x1C,
  reason_string = 0x1F,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  retain_available = 0x25,
  user_property = 0x26,
  maximum_packet_size = 0x27,
  wildcard_subscription_available = 0x28,
  subscription_identifier_available = 0x29,
  shared_subscription_available = 0x2A,
};

/// Representation on the wire (1.5).
enum class PropertyType : std::uint8_t {
  byte,
  two_byte_integer,
  four_byte_integer,
  variable_byte_integer,
  utf8_string,
  binary_data,
  utf8_string_pair
};

/// Where a property may stand: bits of PropertyRule::places. The Will Properties are a place of their own, and PUBLISH in each
/// direction is two (a Subscription Identifier comes only from the server).
enum class PropertyPlace : std::uint32_t {
  connect = 1u << 0,
  will = 1u << 1,
  connack = 1u << 2,
  publish_from_client = 1u << 3,
  publish_from_server = 1u << 4,
  puback = 1u << 5,
  pubrec = 1u << 6,
  pubrel = 1u << 7,
  pubcomp = 1u << 8,
  subscribe = 1u << 9,
  suback = 1u << 10,
  unsubscribe = 1u << 11,
  unsuback = 1u << 12,
  disconnect_from_client = 1u << 13,
  disconnect_from_server = 1u << 14,
  auth = 1u << 15,
};

/// What the standard says of one property (2.2.2.2 and the property's own section).
struct PropertyRule {
  PropertyId id;
  std::string_view name;  ///< "Message Expiry Interval"
  PropertyType type;
  std::uint32_t places;   ///< PropertyPlace bits
  bool repeatable;        ///< in the same packet; Subscription Identifier only in PUBLISH from the server
  std::uint32_t minimum;  ///< of an integer
  std::uint32_t maximum;
};

/// All 27, ascending by id.
std::span<const PropertyRule> property_rules();
/// nullptr for an identifier that the standard does not define.
const PropertyRule* find_property_rule(std::uint32_t id);
/// The standard's name, or "unknown".
std::string_view name(PropertyId id);

/// A UTF-8 String Pair: name and value (1.5.7).
using StringPair = std::pair<std::string, std::string>;

/// One property of a packet. All integer types are carried in uint32_t, UTF-8 Strings and Binary Data in std::string; the
/// PropertyType in the table tells how they are written.
struct Property {
  PropertyId id;
  std::variant<std::uint32_t, std::string, StringPair> value;
  bool operator==(const Property&) const = default;
};

/// Bytes that the property takes on the wire, its identifier included; `not_encodable` where the format cannot carry it: an identifier that
/// the standard does not define, a value of another type, a string of more than 65,535 bytes, a Variable Byte Integer of more than
/// 268,435,455.
std::size_t encoded_size(const Property& property);
/// More than any packet holds, and small enough to be added up.
inline constexpr std::size_t not_encodable = std::size_t{1} << 32;

/// A property's identifier together with the C++ type of its value: `properties.get(prop::receive_maximum)`.
template <class Value>
struct PropertyKey {
  PropertyId id;
};

namespace prop {
inline constexpr PropertyKey<std::uint32_t> payload_format_indicator{PropertyId::payload_format_indicator};
inline constexpr PropertyKey<std::uint32_t> message_expiry_interval{PropertyId::message_expiry_interval};
inline constexpr PropertyKey<std::string> content_type{PropertyId::content_type};
inline constexpr PropertyKey<std::string> response_topic{PropertyId::response_topic};
inline constexpr PropertyKey<std::string> correlation_data{PropertyId::correlation_data};
inline constexpr PropertyKey<std::uint32_t> subscription_identifier{PropertyId::subscription_identifier};
inline constexpr PropertyKey<std::uint32_t> session_expiry_interval{PropertyId::session_expiry_interval};
inline constexpr PropertyKey<std::string> assigned_client_identifier{PropertyId::assigned_client_identifier};
inline constexpr PropertyKey<std::uint32_t> server_keep_alive{PropertyId::server_keep_alive};
inline constexpr PropertyKey<std::string> authentication_method{PropertyId::authentication_method};
inline constexpr PropertyKey<std::string> authentication_data{PropertyId::authentication_data};
inline constexpr PropertyKey<std::uint32_t> request_problem_information{PropertyId::request_problem_information};
inline constexpr PropertyKey<std::uint32_t> will_delay_interval{PropertyId::will_delay_interval};
inline constexpr PropertyKey<std::uint32_t> request_response_information{PropertyId::request_response_information};
inline constexpr PropertyKey<std::string> response_information{PropertyId::response_information};
inline constexpr PropertyKey<std::string> server_reference{PropertyId::server_reference};
inline constexpr PropertyKey<std::string> reason_string{PropertyId::reason_string};
inline constexpr PropertyKey<std::uint32_t> receive_maximum{PropertyId::receive_maximum};
inline constexpr PropertyKey<std::uint32_t> topic_alias_maximum{PropertyId::topic_alias_maximum};
inline constexpr PropertyKey<std::uint32_t> topic_alias{PropertyId::topic_alias};
inline constexpr PropertyKey<std::uint32_t> maximum_qos{PropertyId::maximum_qos};
inline constexpr PropertyKey<std::uint32_t> retain_available{PropertyId::retain_available};
inline constexpr PropertyKey<StringPair> user_property{PropertyId::user_property};
inline constexpr PropertyKey<std::uint32_t> maximum_packet_size{PropertyId::maximum_packet_size};
inline constexpr PropertyKey<std::uint32_t> wildcard_subscription_available{PropertyId::wildcard_subscription_available};
inline constexpr PropertyKey<std::uint32_t> subscription_identifier_available{PropertyId::subscription_identifier_available};
inline constexpr PropertyKey<std::uint32_t> shared_subscription_available{PropertyId::shared_subscription_available};
}  // namespace prop

/// The properties of a packet in the order in which they stand. Anything can be put in, also what the standard forbids there:
/// the encoder writes it as it is, the decoder is the judge.
class Properties {
 public:
  Properties() = default;
  Properties(const Properties&) = default;
  Properties& operator=(const Properties&) = default;
  Properties(Properties&& other) noexcept : items_(std::move(other.items_)), encoded_size_(std::exchange(other.encoded_size_, 0)) {}
  Properties& operator=(Properties&& other) noexcept {
    items_ = std::move(other.items_);
    encoded_size_ = std::exchange(other.encoded_size_, 0);
    return *this;
  }
  explicit Properties(std::vector<Property> items) : items_(std::move(items)) { measure(); }

  /// The first value of this property.
  template <class Value>
  std::optional<Value> get(PropertyKey<Value> key) const {
    for (const Property& item : items_)
      if (item.id == key.id) return std::get<Value>(item.value);
    return std::nullopt;
  }

  /// All values of a repeatable property, in order.
  template <class Value>
  std::vector<Value> all(PropertyKey<Value> key) const {
    std::vector<Value> values;
    for (const Property& item : items_)
      if (item.id == key.id) values.push_back(std::get<Value>(item.value));
    return values;
  }

  bool has(PropertyId id) const;

  /// Replaces the property, or appends it.
  template <class Value>
  Properties& set(PropertyKey<Value> key, std::type_identity_t<Value> value) {
    for (Property& item : items_) {
      if (item.id != key.id) continue;
      item.value = std::move(value);
      measure();
      return *this;
    }
    return add(key, std::move(value));
  }

  /// Appends the property, also where it stands already.
  template <class Value>
  Properties& add(PropertyKey<Value> key, std::type_identity_t<Value> value) {
    items_.push_back({key.id, std::move(value)});
    encoded_size_ += wire::encoded_size(items_.back());
    return *this;
  }

  /// Removes every occurrence.
  Properties& remove(PropertyId id);

  bool empty() const { return items_.empty(); }
  std::span<const Property> items() const { return items_; }
  /// Bytes of all of them on the wire, without the Property Length; at least `not_encodable` if one of them is that. It is kept, not
  /// counted: a packet is encoded more often than it is put together.
  std::size_t encoded_size() const { return encoded_size_; }
  bool operator==(const Properties&) const = default;

 private:
  void measure();

  std::vector<Property> items_;
  std::size_t encoded_size_ = 0;
};

}  // namespace mqttspec::wire
