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

bool Properties::has(PropertyId id) const { return std::ranges::find(items_, id, &Property::id) != items_.end(); }

Properties& Properties::remove(PropertyId id) {
  std::erase_if(items_, [id](const Property& item) { return item.id == id; });
  return *this;
}

}  // namespace mqttspec::wire
