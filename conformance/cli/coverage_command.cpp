#include "conformance/cases/cases.hpp"
#include "conformance/cli/commands.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/report/json.hpp"
#include "mock_broker/deviations/defects.hpp"
#include "reference/conduct/rule.hpp"

#include <algorithm>

namespace mqttspec::conformance::cli {
namespace {

constexpr std::string_view command = "coverage";

std::vector<report::CoveredStatement> collect() {
  const std::vector<Case> cases = all_cases();
  std::vector<report::CoveredStatement> collected;
  for (const ProtocolVersion version : {v3_1_1, v5_0}) {
    for (const spec::Statement& statement : spec::statements(version)) {
      report::CoveredStatement covered{.version = version, .statement = statement};
      for (const Case& one : cases) {
        const auto checks_it = [&](const Check& check) { return check.version == version && check.clause.text() == statement.id; };
        if (std::ranges::any_of(one.checks, checks_it)) covered.cases.push_back(one.id);
      }
      for (const auto rules : {conduct::server_rules(), conduct::client_rules()}) {
        for (const conduct::Rule& rule : rules) {
          if (conduct::watches(rule, version, statement.id)) covered.rules.emplace_back(rule.id);
        }
      }
      for (const conduct::Rule& rule : conduct::decoder_rules()) {
        if (conduct::watches(rule, version, statement.id)) covered.codec.emplace_back(rule.id);
      }
      for (const mock_broker::Defect& defect : mock_broker::defects()) {
        if (defect.requirement.in(version).text() == statement.id) covered.defects.emplace_back(defect.id);
      }
      collected.push_back(std::move(covered));
    }
  }
  return collected;
}

/// @return whether it could be written, or nobody wants it
bool write(const std::string& file, const std::string& text) {
  if (file.empty()) return true;
  const auto written = write_file(file, text);
  if (!written) complain(command, written.error());
  return written.has_value();
}

}  // namespace

ExitCode run_coverage(const CoverageArguments& arguments) {
  for (const std::string& file : {arguments.json_file, arguments.markdown_file}) {
    if (const auto writable = check_writable(file); !writable) {
      complain(command, writable.error());
      return wrong_usage;
    }
  }
  const auto statements = collect();
  const bool is_written =
      write(arguments.json_file, report::render_json(statements)) && write(arguments.markdown_file, report::render_markdown(statements));
  if (!is_written) return not_completed;
  if (arguments.json_file != "-" && arguments.markdown_file != "-") print(stdout, report::render_text(statements));
  return conforms;
}

}  // namespace mqttspec::conformance::cli
