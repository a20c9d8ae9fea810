#include "conformance/cli/known_names.hpp"

#include "reference/conduct/rule.hpp"

#include <algorithm>

namespace mqttspec::conformance::cli {
namespace {

Case as_case(const conduct::Rule& rule) {
  Case watched{
      .id = "conduct/" + std::string(rule.id.substr(rule.id.find('/') + 1)), .title = std::string(rule.summary), .checks = {}, .run = {}};
  for (const ProtocolVersion version : {v3_1_1, v5_0}) {
    const spec::Clause clause = rule.requirement.in(version);
    if (!clause.empty()) watched.checks.emplace_back(version, clause);
  }
  return watched;
}

}  // namespace

KnownNames::KnownNames(const std::vector<Case>& cases) : cases_(cases) {
  for (const auto rules : {conduct::decoder_rules(), conduct::server_rules()})
    for (const conduct::Rule& rule : rules) cases_.push_back(as_case(rule));
}

bool KnownNames::has_case(ProtocolVersion version, std::string_view id) const {
  return std::ranges::any_of(cases_, [&](const Case& one) { return one.id == id && one.runs_in(version); });
}

std::optional<std::string> KnownNames::idle_pattern(const RunOptions& options) const {
  const auto selects_nothing = [&](const std::string& pattern) {
    const Selection selection{.only = {pattern}, .skip = {}};
    return std::ranges::none_of(cases_, [&](const Case& one) {
      return std::ranges::any_of(options.versions, [&](ProtocolVersion version) { return selection.selects(one, version); });
    });
  };
  for (const std::vector<std::string>* patterns : {&options.selection.only, &options.selection.skip}) {
    const auto idle = std::ranges::find_if(*patterns, selects_nothing);
    if (idle != patterns->end()) return *idle;
  }
  return std::nullopt;
}

}  // namespace mqttspec::conformance::cli
