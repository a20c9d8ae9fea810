#include "conformance/cases/cases.hpp"

#include "conformance/cases/broker/sections.hpp"

#include <iterator>

namespace mqttspec::conformance {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const Section& section : broker_sections) {
    auto cases = section.cases();
    all.insert(all.end(), std::move_iterator(cases.begin()), std::move_iterator(cases.end()));
  }
  return all;
}

}  // namespace mqttspec::conformance
