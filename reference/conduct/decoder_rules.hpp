#pragma once

#include "reference/conduct/rule.hpp"
#include "reference/wire/decoder_rules.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace mqttspec::conduct {

/// wire::decoder_rules in the same order, as rules of conduct: whatever the decoder finds, an end must not send.
inline constexpr auto decoder_rule_table = []<std::size_t... I>(std::index_sequence<I...>) {
  const auto converted = [](const wire::Rule& rule) {
    return Rule{.id = rule.id, .requirement = rule.requirement, .level = spec::Level::must, .summary = rule.summary};
  };
  return std::array<Rule, sizeof...(I)>{converted(wire::decoder_rules[I])...};
}(std::make_index_sequence<wire::decoder_rules.size()>());

/// The rule of conduct for a rule of the decoder.
inline const Rule& rule_for(const wire::Rule& rule) {
  return decoder_rule_table[static_cast<std::size_t>(&rule - wire::decoder_rules.data())];
}

}  // namespace mqttspec::conduct
