#include "conformance/runner/runner.hpp"

#include "conformance/runner/run.hpp"

namespace mqttspec::conformance {

RunResult run_suite(transport::Runtime& runtime, const std::vector<Case>& cases, const transport::Url& url, const RunOptions& options,
                    Observer& observer) {
  Run run(runtime, cases, url, options, observer);
  const auto began = std::chrono::steady_clock::now();
  runtime.run_to_end(run.go());
  auto result = run.take_result();
  result.duration = std::chrono::steady_clock::now() - began;
  return result;
}

std::vector<CaseResult> list_cases(const std::vector<Case>& cases, const RunOptions& options) {
  std::vector<CaseResult> listed;
  for (const auto version : options.versions)
    for (const Case& each : cases)
      if (each.runs_in(version) && options.selection.selects(each, version))
        listed.push_back({.id = each.id, .version = version, .title = each.title, .clauses = each.clauses(version)});
  return listed;
}

}  // namespace mqttspec::conformance
