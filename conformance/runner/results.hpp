#pragma once

#include "conformance/harness/outcome.hpp"
#include "conformance/harness/verdict.hpp"
#include "conformance/runner/timing.hpp"
#include "reference/spec/catalogue.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace mqttspec::conformance {

using spec::ProtocolVersion;

/// A case that was run in one version, or a rule of conduct that was watched through all cases ("conduct/…").
struct CaseResult {
  std::string id{};  ///< "qos2/resent-publish-is-delivered-once"
  ProtocolVersion version = ProtocolVersion::v5_0;
  std::string title{};
  std::vector<spec::Clause> clauses{};  ///< what it checks in this version
  Verdict verdict = Verdict::pass;
  bool slow = false;            ///< passed, but only with patience
  std::string message{};        ///< one line: why not pass, or how slow; empty for a plain pass
  std::vector<Blame> blames{};  ///< for fail, warn and flaky
  transport::Duration duration{};
  transport::Duration began{};        ///< since the run began
  Trace trace{};                      ///< of the run that decided
  transport::Duration first_began{};  ///< of the run that failed, since the whole run began
  Trace first_trace{};                ///< flaky: of the run that failed
};

/// A statement with the worst verdict of all cases that touched it. Statements that no case touched are not listed.
struct StatementResult {
  spec::Clause clause{};
  ProtocolVersion version = ProtocolVersion::v5_0;
  Verdict verdict = Verdict::pass;
  std::vector<std::string> cases{};
};

/// Something the broker can or cannot do.
struct CapabilityResult {
  std::string name{};  ///< "retained messages"
  ProtocolVersion version = ProtocolVersion::v5_0;
  bool available = true;
  std::string evidence{};  ///< how that was learnt
};

/// Something of a case that was still on the broker when the run had ended.
struct LeftBehind {
  std::string kind{};  ///< "retained message" or "session"
  std::string name{};  ///< Topic Name or Client Identifier
  std::string case_id{};
  ProtocolVersion version = ProtocolVersion::v5_0;
  auto operator<=>(const LeftBehind&) const = default;
};

/// The name of a case in one version.
struct CaseName {
  std::string id{};
  ProtocolVersion version = ProtocolVersion::v5_0;
};

/// How many cases ended with each verdict.
struct Summary {
  std::array<int, all_verdicts.size()> counts{};
  int& operator[](Verdict verdict) { return counts[static_cast<std::size_t>(verdict)]; }
  int operator[](Verdict verdict) const { return counts[static_cast<std::size_t>(verdict)]; }
  int total() const {
    int sum = 0;
    for (const int count : counts) sum += count;
    return sum;
  }
};

/// Everything that a run has found: the reports are views of it.
struct RunResult {
  std::string target{};  ///< the URL, or "embedded mock broker"
  std::chrono::system_clock::time_point started;
  transport::Duration duration{};  ///< virtual time on the embedded broker is not told: this is the wall's
  std::uint64_t seed = 0;
  std::vector<CapabilityResult> capabilities{};
  Timing timing{};
  std::vector<CaseResult> cases{};  ///< in the order of the table, 3.1.1 before 5.0
  std::vector<StatementResult> statements{};
  Summary summary;
  std::vector<LeftBehind> left_behind{};  ///< empty, unless the broker does not let itself be cleaned up
  std::string broken_off{};               ///< why the run could not be completed; empty when it was
  std::vector<CaseName> under_way{};      ///< where the broker was lost: the cases in which that may have happened
};

/// Collects StatementResults and the Summary from `cases`.
void summarise(RunResult& result);

}  // namespace mqttspec::conformance
