#include "conformance/runner/section.hpp"

#include <charconv>

namespace mqttspec::conformance {
std::string_view section_of(const spec::Clause& clause) {
  std::string_view section = clause.section();
  while (section.ends_with(".0")) section.remove_suffix(2);
  return section;
}

bool lies_in(std::string_view section, std::string_view outer) {
  return section.starts_with(outer) && (section.size() == outer.size() || section[outer.size()] == '.');
}

std::vector<int> section_numbers(std::string_view section) {
  std::vector<int> numbers;
  const char* at = section.data();
  const char* const end = at + section.size();
  while (at != end) {
    int number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    at = next == end ? end : next + 1;
  }
  return numbers;
}

Place place_of(const spec::Clause& clause) {
  Place place{.section = section_numbers(section_of(clause))};
  if (clause.is_statement()) {
    const std::string_view number = clause.text().substr(clause.text().rfind('-') + 1);
    std::from_chars(number.data(), number.data() + number.size(), place.statement);
  }
  return place;
}

}  // namespace mqttspec::conformance
