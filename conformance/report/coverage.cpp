#include "conformance/report/coverage.hpp"

#include "conformance/report/text.hpp"
#include "reference/spec/unobservable.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

namespace mqttspec::conformance::report {
namespace {

constexpr std::array versions = {spec::ProtocolVersion::v3_1_1, spec::ProtocolVersion::v5_0};

bool is_covered(const CoveredStatement& one) { return !one.cases.empty() || !one.rules.empty() || !one.codec.empty(); }

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

std::string_view family_of(std::string_view name) { return name.substr(0, name.rfind('/')); }

/// Names in the order in which they came. Of a large family there is a line: `malformed/*` (74).
std::string cell(const std::vector<std::string>& names) {
  constexpr int large = 6;
  std::map<std::string_view, int> sizes;
  for (const std::string& one : names) ++sizes[family_of(one)];
  std::vector<std::string> cells;
  for (const std::string& one : names) {
    int& size = sizes[family_of(one)];
    if (size < large && size > 0) cells.push_back("`" + cell(std::string_view(one)) + "`");
    if (size >= large) cells.push_back(fmt::format("`{}/*` ({})", cell(family_of(one)), size));
    if (size >= large) size = 0;
  }
  return fmt::format("{}", fmt::join(cells, " "));
}

struct Tally {
  int statements = 0;
  int provoked = 0;  ///< by a case
  int covered = 0;
  int excused = 0;
  int of_servers = 0;
  int of_servers_covered = 0;
};

Tally tally(std::span<const CoveredStatement> statements, spec::ProtocolVersion version) {
  Tally tally;
  for (const CoveredStatement& one : statements) {
    if (one.version != version) continue;
    ++tally.statements;
    tally.provoked += one.cases.empty() ? 0 : 1;
    tally.covered += is_covered(one) ? 1 : 0;
    tally.excused += one.why_not().empty() ? 0 : 1;
    if (!concerns_servers(one)) continue;
    ++tally.of_servers;
    tally.of_servers_covered += is_covered(one) ? 1 : 0;
  }
  return tally;
}

std::string sentence(const Tally& tally) {
  return fmt::format(
      "{} of {} statements are covered, {} of them by cases that provoke them; of the {} that concern servers {} are covered. {} cannot be "
      "seen "
      "in any packet.",
      tally.covered, tally.statements, tally.provoked, tally.of_servers, tally.of_servers_covered, tally.excused);
}

}  // namespace

std::string_view CoveredStatement::why_not() const { return is_covered(*this) ? "" : spec::why_unobservable(version, statement.id); }

std::string_view name(spec::Role role) {
  constexpr std::array<std::string_view, 3> names = {"client", "server", "both"};
  return names[static_cast<std::size_t>(role)];
}

std::string_view name(spec::Level level) {
  constexpr std::array<std::string_view, 5> names = {"must", "must not", "should", "should not", "may"};
  return names[static_cast<std::size_t>(level)];
}

std::string render_markdown(std::span<const CoveredStatement> statements) {
  std::string out =
      "# What stands for each statement\n\n"
      "Written by `mqttspec coverage --markdown docs/coverage.md`; a test holds it to the program.\n\n"
      "**Cases** provoke what the statement is about. **Conduct** names the rules that watch every connection for it, of servers in each "
      "case "
      "and of clients at the mock broker; **codec** those by which the decoder judges every packet. **Defects** are the broken mock "
      "brokers by "
      "which the self-test shows that a breach is seen.\n";
  for (const spec::ProtocolVersion version : versions) {
    out += fmt::format("\n## MQTT {}\n\n{}\n", spec::name(version), sentence(tally(statements, version)));
    std::string_view section;
    for (const CoveredStatement& one : statements) {
      if (one.version != version) continue;
      if (section != one.statement.section) {
        section = one.statement.section;
        out += fmt::format("\n### {} {}\n\n", section, one.statement.section_title);
        out += "| Statement | Role | Level | Requirement | Cases | Conduct | Codec | Defects |\n|---|---|---|---|---|---|---|---|\n";
      }
      const std::string why_not(one.why_not());
      out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", one.statement.id, name(one.statement.role),
                         name(one.statement.level), cell(one.statement.requirement), why_not.empty() ? cell(one.cases) : cell(why_not),
                         cell(one.rules), cell(one.codec), cell(one.defects));
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
      if (one.version != version || is_covered(one) || !one.why_not().empty()) continue;
      if (is_first) out += "Nothing stands for:\n";
      is_first = false;
      const std::string label =
          fmt::format("  {:<15} {:<6} {:<10}  ", one.statement.id, name(one.statement.role), name(one.statement.level));
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
