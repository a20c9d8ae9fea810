#include "reference/wire/property.hpp"

#include "reference/wire/property_table.hpp"

#include <algorithm>

namespace mqttspec::wire {

std::span<const PropertyRule> property_rules() { return table::properties; }

const PropertyRule* find_property_rule(std::uint32_t id) { return table::find(id); }

std::string_view name(PropertyId id) {
  const PropertyRule* rule = table::find(std::to_underlying(id));
  return rule ? rule->name : "unknown";
}

namespace {

/// Of a field with a two-byte length.
std::size_t size_of(const std::string& text) { return text.size() <= maximum_string ? 2 + text.size() : not_encodable; }

}  // namespace

std::size_t encoded_size(const Property& property) {
  const PropertyRule* rule = table::find(std::to_underlying(property.id));
  if (rule == nullptr) return not_encodable;
  const auto* number = std::get_if<std::uint32_t>(&property.value);
  const auto* text = std::get_if<std::string>(&property.value);
  const auto* pair = std::get_if<StringPair>(&property.value);
  switch (rule->type) {
    case PropertyType::byte: return number ? 2 : not_encodable;
    case PropertyType::two_byte_integer: return number ? 3 : not_encodable;
    case PropertyType::four_byte_integer: return number ? 5 : not_encodable;
    case PropertyType::variable_byte_integer:
      return number && *number <= maximum_remaining_length ? 1 + width_of_integer(*number) : not_encodable;
    case PropertyType::utf8_string:
    case PropertyType::binary_data: return text ? 1 + size_of(*text) : not_encodable;
    case PropertyType::utf8_string_pair: return pair ? 1 + size_of(pair->first) + size_of(pair->second) : not_encodable;
  }
  std::unreachable();
}

void Properties::measure() {
  encoded_size_ = 0;
  for (const Property& item : items_) encoded_size_ += wire::encoded_size(item);
}

bool Properties::has(PropertyId id) const { return std::ranges::find(items_, id, &Property::id) != items_.end(); }

Properties& Properties::remove(PropertyId id) {
  std::erase_if(items_, [id](const Property& item) { return item.id == id; });
  measure();
  return *this;
}

}  // namespace mqttspec::wire
