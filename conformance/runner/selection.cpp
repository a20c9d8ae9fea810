#include "conformance/runner/selection.hpp"

#include "conformance/runner/section.hpp"

#include <algorithm>
#include <optional>

namespace mqttspec::conformance {
namespace {

struct SectionPattern {
  spec::ProtocolVersion version;
  std::string_view section;
};

/// "v5/3.3" and "v3/4.7"; anything else is no section pattern.
std::optional<SectionPattern> parse_section_pattern(std::string_view pattern) {
  std::optional<spec::ProtocolVersion> version;
  if (pattern.starts_with("v3/")) version = spec::ProtocolVersion::v3_1_1;
  if (pattern.starts_with("v5/")) version = spec::ProtocolVersion::v5_0;
  if (!version) return std::nullopt;
  const std::string_view section = pattern.substr(3);
  if (section.empty() || section.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return SectionPattern{*version, section};
}

bool matches(std::string_view pattern, const Case& candidate, spec::ProtocolVersion version) {
  const auto any_clause = [&](const auto& holds) {
    return std::ranges::any_of(candidate.checks, [&](const Check& check) { return check.version == version && holds(check.clause); });
  };
  if (const auto wanted = parse_section_pattern(pattern)) {
    return wanted->version == version &&
           any_clause([&](const spec::Clause& clause) { return lies_in(section_of(clause), wanted->section); });
  }
  if (pattern.starts_with("MQTT-")) {
    return any_clause([&](const spec::Clause& clause) { return matches_glob(pattern, clause.text()); });
  }
  return matches_glob(pattern, candidate.id);
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  // Greedy with one point to come back to: the last star seen, which swallows one character more each time.
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  std::size_t swallowed_to = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      swallowed_to = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star) {
      p = *star + 1;
      t = ++swallowed_to;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool Selection::selects(const Case& candidate, spec::ProtocolVersion version) const {
  const bool runs_in_version = std::ranges::any_of(candidate.checks, [&](const Check& check) { return check.version == version; });
  if (!runs_in_version) return false;
  const auto matches_candidate = [&](const std::string& pattern) { return matches(pattern, candidate, version); };
  return (only.empty() || std::ranges::any_of(only, matches_candidate)) && std::ranges::none_of(skip, matches_candidate);
}

}  // namespace mqttspec::conformance
