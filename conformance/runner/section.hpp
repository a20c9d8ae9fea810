#pragma once

#include "reference/spec/catalogue.hpp"

#include <compare>
#include <string_view>
#include <vector>

/// Where clauses stand in the standard. "3.1.0" is what the catalogue calls the part of 3.1 in front of 3.1.1; here it is 3.1.
namespace mqttspec::conformance {

/// "MQTT-3.1.2-24" → "3.1.2", "MQTT-4.1.0-1" → "4.1", "3.1.2.11" → "3.1.2.11".
std::string_view section_of(const spec::Clause& clause);

/// Whether a section is `outer` or lies below it: 3.3.1 lies in 3.3, 3.30 does not.
bool lies_in(std::string_view section, std::string_view outer);

/// A clause's place in the order of the standard: by section, the section itself first, then its statements.
struct Place {
  std::vector<int> section;
  int statement = 0;
  auto operator<=>(const Place&) const = default;
};
Place place_of(const spec::Clause& clause);

/// "3.10.1" → {3, 10, 1}, so that 3.10 comes after 3.9.
std::vector<int> section_numbers(std::string_view section);

}  // namespace mqttspec::conformance
