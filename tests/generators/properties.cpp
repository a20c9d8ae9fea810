#include "tests/generators/packets.hpp"
#include "tests/generators/text.hpp"

#include <array>
#include <utility>

namespace mqttspec::generators {
namespace {

using wire::Property;
using wire::PropertyId;
using wire::PropertyPlace;
using wire::PropertyRule;
using wire::PropertyType;

/// An integer of the property's range: its ends, numbers where a Variable Byte Integer grows, or any.
std::uint32_t integer(Choices& choices, const PropertyRule& rule) {
  constexpr std::array edges = {0x7Fu, 0x80u, 0x3FFFu, 0x4000u, 0x1F'FFFFu, 0x20'0000u};
  switch (choices.below(4)) {
    case 0: return rule.minimum;
    case 1: return choices.between(rule.minimum, rule.maximum);
    case 2: return rule.maximum;
    default: break;
  }
  const std::uint32_t edge = choices.one_of(edges);
  return edge >= rule.minimum && edge <= rule.maximum ? edge : rule.maximum;
}

Property property(Choices& choices, const PropertyRule& rule) {
  switch (rule.type) {
    case PropertyType::utf8_string: return {rule.id, rule.id == PropertyId::response_topic ? topic_name(choices) : text(choices)};
    case PropertyType::binary_data: return {rule.id, binary(choices)};
    case PropertyType::utf8_string_pair: {
      std::string name = text(choices);
      return {rule.id, wire::StringPair(std::move(name), text(choices))};
    }
    default: return {rule.id, integer(choices, rule)};
  }
}

/// 2.2.2.2: only PUBLISH may carry several Subscription Identifiers.
bool may_repeat(const PropertyRule& rule, PropertyPlace place) {
  return rule.repeatable && (rule.id != PropertyId::subscription_identifier || place == PropertyPlace::publish_from_server);
}

/// Puts the properties into another order, or leaves them in that of the table.
void shuffle(Choices& choices, std::vector<Property>& items) {
  for (std::size_t i = 0; i + 1 < items.size(); ++i) std::swap(items[i], items[i + choices.below(items.size() - i)]);
}

}  // namespace

wire::Properties properties(Choices& choices, PropertyPlace place) {
  std::vector<Property> items;
  if (!choices.flag()) return wire::Properties();
  const std::uint32_t rarity = 1 + choices.below(4);
  for (const PropertyRule& rule : wire::property_rules()) {
    if ((rule.places & std::to_underlying(place)) == 0) continue;
    const std::uint32_t most = may_repeat(rule, place) ? 3 : 1;
    for (std::uint32_t i = 0; i < most; ++i)
      if (choices.below(rarity + 1) == rarity) items.push_back(property(choices, rule));
  }
  if (choices.flag()) shuffle(choices, items);
  return wire::Properties(std::move(items));
}

}  // namespace mqttspec::generators
