#include "conformance/runner/results.hpp"

#include "conformance/runner/section.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace mqttspec::conformance {
namespace {

using Key = std::pair<ProtocolVersion, Place>;
using Statements = std::map<Key, StatementResult>;

void touch(Statements& statements, const CaseResult& result, const spec::Clause& clause, Verdict verdict) {
  if (clause.empty()) return;
  const auto [entry, is_new] = statements.try_emplace(
      Key(result.version, place_of(clause)), StatementResult{.clause = clause, .version = result.version, .verdict = verdict, .cases = {}});
  StatementResult& statement = entry->second;
  if (!is_new) statement.verdict = worst(statement.verdict, verdict);
  if (std::ranges::find(statement.cases, result.id) == statement.cases.end()) statement.cases.push_back(result.id);
}

/// What a case that blames some statement says about the others that it checks: a broken MUST may have kept it from reaching them, a
/// SHOULD that is not followed does not stop it.
Verdict verdict_of_the_unblamed(const CaseResult& result) {
  if (result.blames.empty()) return result.verdict;
  return result.verdict == Verdict::warn ? Verdict::pass : Verdict::inconclusive;
}

void add(Statements& statements, const CaseResult& result) {
  const auto is_blamed = [&](const spec::Clause& clause) {
    return std::ranges::find(result.blames, clause, &Blame::clause) != result.blames.end();
  };
  for (const Blame& blame : result.blames) {
    touch(statements, result, blame.clause, result.verdict == Verdict::flaky ? Verdict::flaky : blame.verdict);
  }
  for (const spec::Clause& clause : result.clauses) {
    if (!is_blamed(clause)) touch(statements, result, clause, verdict_of_the_unblamed(result));
  }
}

}  // namespace

void summarise(RunResult& result) {
  Statements statements;
  result.summary = {};
  for (const CaseResult& one : result.cases) {
    ++result.summary[one.verdict];
    add(statements, one);
  }
  result.statements.clear();
  for (auto& [key, statement] : statements) result.statements.push_back(std::move(statement));
}

}  // namespace mqttspec::conformance
