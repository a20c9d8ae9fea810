#pragma once

#include "conformance/harness/case.hpp"
#include "conformance/runner/runner.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The proof that the suite can fail, and that it fails nobody who is right: it is run on many brokers of which it is known what they do.
namespace mqttspec::conformance {

/// Runs cases on a broker of its own, on the calling thread. Called from several threads at once.
using RunSuite = std::function<RunResult(const std::vector<Case>& cases, const RunOptions& options, Observer& observer)>;

/// A broker that is broken in one way.
struct BrokenBroker {
  std::string id;             ///< "qos2/delivers-resent-publish-again"
  std::string summary;        ///< what it does
  std::vector<Check> broken;  ///< the requirement in each version that it concerns
  RunSuite run;
};

/// A broker that is right.
struct RightBroker {
  std::string id;       ///< "overlap/copy-per-subscription"
  std::string summary;  ///< which freedoms it uses
  RunSuite run;
};

struct SelftestOptions {
  std::uint64_t seed = 1;
  int jobs = 1;          ///< brokers at the same time, 1 or more: each has a thread
  bool complete = true;  ///< all defects are tried: cases that kill none of them are named
};

/// A defect in one version.
struct TriedDefect {
  std::string id{};
  std::string summary{};
  ProtocolVersion version = ProtocolVersion::v5_0;
  spec::Clause clause{};                 ///< what it breaks
  std::vector<std::string> killed_by{};  ///< cases, and rules of conduct, that saw it
  bool killed_by_own = false;            ///< one of them checks or blames what the defect breaks
  transport::Duration duration{};        ///< of the wall's clock
  bool is_killed() const { return !killed_by.empty(); }
};

/// A verdict that a broker which is right must not get.
struct FalseAlarm {
  std::string case_id{};  ///< "" where the run itself was broken off
  ProtocolVersion version = ProtocolVersion::v5_0;
  Verdict verdict = Verdict::fail;
  std::string message{};
};

struct TriedVariant {
  std::string id{};
  std::string summary{};
  std::vector<FalseAlarm> failures{};
  transport::Duration duration{};
};

/// A case that has killed nothing.
struct IdleCase {
  std::string id{};
  ProtocolVersion version = ProtocolVersion::v5_0;
};

struct SelftestResult {
  std::uint64_t seed = 0;
  transport::Duration duration{};  ///< of the wall's clock
  int cases = 0;                   ///< cases and versions that were held against the defects
  std::vector<TriedDefect> defects{};
  std::vector<TriedVariant> variants{};
  std::vector<IdleCase> idle_cases{};

  int killed() const;
  int killed_by_own_case() const;
  int variants_failed() const;
  /// Whether nothing is wrong: each defect is killed by a case of its own statement, every case kills, and every variant passes.
  bool holds() const;
};

/// Runs the suite on all of them, in simulated time or not, as their `run` does. What comes out depends on the seed and not on `jobs`.
/// @param observer is told of brokers as if they were cases: a "fail" is one about which something is wrong. Never by two threads at once.
SelftestResult run_selftest(const std::vector<Case>& cases, const std::vector<BrokenBroker>& broken, const std::vector<RightBroker>& right,
                            const SelftestOptions& options, Observer& observer);

}  // namespace mqttspec::conformance
