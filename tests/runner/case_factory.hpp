#pragma once

#include "conformance/harness/case.hpp"
#include "conformance/runner/results.hpp"

#include <string>
#include <utility>
#include <vector>

/// Cases and results as tests of the runner need them.
namespace mqttspec::conformance {

inline Case case_that_checks(std::string id, std::vector<Check> checks) {
  return {.id = std::move(id), .title = "A title", .checks = std::move(checks), .run = {}};
}

inline CaseResult result_of(ProtocolVersion version, std::string id, Verdict verdict, std::vector<spec::Clause> clauses = {}) {
  CaseResult result;
  result.id = std::move(id);
  result.version = version;
  result.title = "A title";
  result.clauses = std::move(clauses);
  result.verdict = verdict;
  return result;
}

inline Blame blame(Verdict verdict, spec::Clause clause) {
  return {.verdict = verdict, .clause = clause, .expected = "this", .got = "that"};
}

inline RunResult run_with(std::vector<CaseResult> cases) {
  RunResult result;
  result.cases = std::move(cases);
  summarise(result);
  return result;
}

}  // namespace mqttspec::conformance
