#include "conformance/report/coverage.hpp"

#include "conformance/report/text.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace mqttspec::conformance::report {
namespace {

constexpr std::array versions = {spec::ProtocolVersion::v3_1_1, spec::ProtocolVersion::v5_0};

bool is_covered(const CoveredStatement& one) { return !one.cases.empty() || !one.rules.empty(); }

/// Whether a broker can break it: a statement about clients alone is no matter of `mqttspec test`.
bool concerns_servers(const CoveredStatement& one) { return one.statement.role != spec::Role::client; }

/// A cell of a Markdown table: a bar would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string cell(const std::vector<std::string>& names) {
  std::vector<std::string> cells;
  for (const std::string& one : names) cells.push_back("`" + cell(std::string_view(one)) + "`");
  return fmt::format("{}", fmt::join(cells, " "));
}

struct Tally {
  int statements = 0;
  int covered = 0;
  int of_servers = 0;
  int of_servers_covered = 0;
};

Tally tally(std::span<const CoveredStatement> statements, spec::ProtocolVersion version) {
  Tally tally;
  for (const CoveredStatement& one : statements) {
    if (one.version != version) continue;
    ++tally.statements;
    tally.covered += is_covered(one) ? 1 : 0;
    if (!concerns_servers(one)) continue;
    ++tally.of_servers;
    tally.of_servers_covered += is_covered(one) ? 1 : 0;
  }
  return tally;
}

std::string sentence(const Tally& tally) {
  return fmt::format("{} of {} statements are covered by a case or a rule of conduct, {} of the {} that concern servers.", tally.covered,
                     tally.statements, tally.of_servers_covered, tally.of_servers);
}

}  // namespace

std::string_view CoveredStatement::why_not() const { return !is_covered(*this) && !concerns_servers(*this) ? "it is about clients" : ""; }

std::string_view name(spec::Role role) {
  constexpr std::array<std::string_view, 3> names = {"client", "server", "both"};
  return names[static_cast<std::size_t>(role)];
}

std::string_view name(spec::Level level) {
  constexpr std::array<std::string_view, 5> names = {"must", "must not", "should", "should not", "may"};
  return names[static_cast<std::size_t>(level)];
}

std::string render_markdown(std::span<const CoveredStatement> statements) {
  std::string out = "# What stands for each statement\n\nWritten by `mqttspec coverage --markdown`.\n";
  for (const spec::ProtocolVersion version : versions) {
    out += fmt::format("\n## MQTT {}\n\n{}\n\n", spec::name(version), sentence(tally(statements, version)));
    out += "| Statement | Role | Level | Requirement | Cases | Rules of conduct | Defects |\n|---|---|---|---|---|---|---|\n";
    for (const CoveredStatement& one : statements) {
      if (one.version != version) continue;
      out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", one.statement.id, name(one.statement.role), name(one.statement.level),
                         cell(one.statement.requirement), cell(one.cases), cell(one.rules), cell(one.defects));
    }
  }
  return out;
}

std::string render_text(std::span<const CoveredStatement> statements) {
  std::string out;
  for (const spec::ProtocolVersion version : versions) {
    if (!out.empty()) out += "\n";
    out += fmt::format("MQTT {}: {}\n", spec::name(version), sentence(tally(statements, version)));
    bool is_first = true;
    for (const CoveredStatement& one : statements) {
      if (one.version != version || is_covered(one) || !concerns_servers(one)) continue;
      if (is_first) out += "Nothing stands for:\n";
      is_first = false;
      const std::string label = fmt::format("  {:<15} {:<10}  ", one.statement.id, name(one.statement.level));
      std::string indent;
      for (const std::string& line : wrap(one.statement.requirement, 70)) {
        out += (indent.empty() ? label : indent) + line + "\n";
        indent.assign(label.size(), ' ');
      }
    }
  }
  return out;
}

}  // namespace mqttspec::conformance::report
