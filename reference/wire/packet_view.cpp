#include "reference/wire/packet_view.hpp"

#include "reference/wire/property_table.hpp"

#include <string>

namespace mqttspec::wire {
namespace view {
namespace {

/// Reads bytes that the decoder has checked, so that nothing is checked again.
class Reader {
 public:
  explicit Reader(const std::uint8_t* at) : at_(at) {}

  const std::uint8_t* at() const { return at_; }
  std::uint32_t integer(int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | *at_++;
    return value;
  }
  std::uint32_t variable_byte_integer() {
    std::uint32_t value = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint32_t byte = *at_++;
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string_view string() {
    const std::uint32_t size = integer(2);
    const std::string_view text(reinterpret_cast<const char*>(at_), size);
    at_ += size;
    return text;
  }

 private:
  const std::uint8_t* at_;
};

decltype(Property::value) read_value(Reader& in, PropertyType type) {
  switch (type) {
    case PropertyType::byte: return in.integer(1);
    case PropertyType::two_byte_integer: return in.integer(2);
    case PropertyType::four_byte_integer: return in.integer(4);
    case PropertyType::variable_byte_integer: return in.variable_byte_integer();
    case PropertyType::utf8_string:
    case PropertyType::binary_data: return in.string();
    case PropertyType::utf8_string_pair: {
      const std::string_view first = in.string();
      return StringPair{first, in.string()};
    }
  }
  std::unreachable();
}

}  // namespace

std::pair<Property, const std::uint8_t*> PropertiesView::Iterator::read() const {
  Reader in(at_);
  const std::uint32_t id = in.integer(1);
  const auto value = read_value(in, table::properties[table::rows[id]].type);
  return {Property{PropertyId{static_cast<std::uint8_t>(id)}, value}, in.at()};
}

std::pair<Subscription, const std::uint8_t*> SubscriptionEntry::read(const std::uint8_t* at) const {
  Reader in(at);
  const std::string_view filter = in.string();
  const std::uint32_t options = in.integer(1) & meaningful_;
  const Subscription subscription{.topic_filter = filter,
                                  .maximum_qos = QoS{static_cast<std::uint8_t>(options & 0x03)},
                                  .no_local = (options & 0x04) != 0,
                                  .retain_as_published = (options & 0x08) != 0,
                                  .retain_handling = RetainHandling{static_cast<std::uint8_t>(options >> 4 & 0x03)}};
  return {subscription, in.at()};
}

std::pair<std::string_view, const std::uint8_t*> TopicFilterEntry::read(const std::uint8_t* at) {
  Reader in(at);
  const std::string_view filter = in.string();
  return {filter, in.at()};
}

}  // namespace view

namespace {

wire::Property own(const view::Property& property) {
  struct Own {
    decltype(wire::Property::value) operator()(std::uint32_t number) const { return number; }
    decltype(wire::Property::value) operator()(std::string_view text) const { return std::string(text); }
    decltype(wire::Property::value) operator()(const view::StringPair& pair) const {
      return StringPair(std::string(pair.first), std::string(pair.second));
    }
  };
  return {property.id, std::visit(Own{}, property.value)};
}

std::optional<std::string> own(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<Will> own(const std::optional<view::Will>& will) {
  if (!will) return std::nullopt;
  return Will{.topic = std::string(will->topic),
              .payload = std::string(will->payload),
              .qos = will->qos,
              .retain = will->retain,
              .properties = to_owned(will->properties)};
}

std::vector<ReasonCode> own(const view::ReasonCodesView& codes) { return {codes.begin(), codes.end()}; }

struct Own {
  Packet operator()(const view::Connect& p) const {
    return Connect{.version = p.version,
                   .client_id = std::string(p.client_id),
                   .clean_start = p.clean_start,
                   .keep_alive = p.keep_alive,
                   .will = own(p.will),
                   .user_name = own(p.user_name),
                   .password = own(p.password),
                   .properties = to_owned(p.properties)};
  }
  Packet operator()(const view::Connack& p) const {
    return Connack{.session_present = p.session_present, .reason_code = p.reason_code, .properties = to_owned(p.properties)};
  }
  Packet operator()(const view::Publish& p) const {
    return Publish{.topic = std::string(p.topic),
                   .payload = std::string(p.payload),
                   .qos = p.qos,
                   .retain = p.retain,
                   .dup = p.dup,
                   .packet_id = p.packet_id,
                   .properties = to_owned(p.properties)};
  }
  template <PacketType Type>
  Packet operator()(const view::Acknowledgement<Type>& p) const {
    return Acknowledgement<Type>{
        .packet_id = p.packet_id, .reason_code = p.reason_code, .properties = to_owned(p.properties), .spelling = p.spelling};
  }
  Packet operator()(const view::Subscribe& p) const {
    Subscribe owned{.packet_id = p.packet_id, .properties = to_owned(p.properties)};
    owned.subscriptions.reserve(p.subscriptions.size());
    for (const view::Subscription& s : p.subscriptions) {
      owned.subscriptions.push_back({.topic_filter = std::string(s.topic_filter),
                                     .maximum_qos = s.maximum_qos,
                                     .no_local = s.no_local,
                                     .retain_as_published = s.retain_as_published,
                                     .retain_handling = s.retain_handling});
    }
    return owned;
  }
  Packet operator()(const view::Suback& p) const {
    return Suback{.packet_id = p.packet_id, .reason_codes = own(p.reason_codes), .properties = to_owned(p.properties)};
  }
  Packet operator()(const view::Unsubscribe& p) const {
    Unsubscribe owned{.packet_id = p.packet_id, .properties = to_owned(p.properties)};
    owned.topic_filters.reserve(p.topic_filters.size());
    for (const std::string_view filter : p.topic_filters) owned.topic_filters.emplace_back(filter);
    return owned;
  }
  Packet operator()(const view::Unsuback& p) const {
    return Unsuback{.packet_id = p.packet_id, .reason_codes = own(p.reason_codes), .properties = to_owned(p.properties)};
  }
  Packet operator()(const view::Pingreq&) const { return Pingreq{}; }
  Packet operator()(const view::Pingresp&) const { return Pingresp{}; }
  Packet operator()(const view::Disconnect& p) const {
    return Disconnect{.reason_code = p.reason_code, .properties = to_owned(p.properties), .spelling = p.spelling};
  }
  Packet operator()(const view::Auth& p) const {
    return Auth{.reason_code = p.reason_code, .properties = to_owned(p.properties), .spelling = p.spelling};
  }
};

}  // namespace

Properties to_owned(const view::PropertiesView& properties) {
  std::vector<Property> items;
  for (const view::Property& item : properties) items.push_back(own(item));
  return Properties(std::move(items));
}

Packet to_owned(const PacketView& packet) { return std::visit(Own{}, packet); }

}  // namespace mqttspec::wire
