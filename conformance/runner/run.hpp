#pragma once

#include "conformance/harness/test.hpp"
#include "conformance/runner/probe.hpp"
#include "conformance/runner/runner.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::conformance {

/// One run of the suite, step by step: reach the broker, probe it, run the cases side by side, run again what did not pass, collect.
class Run {
 public:
  Run(transport::Runtime& runtime, const std::vector<Case>& cases, transport::Url url, const RunOptions& options, Observer& observer);
  Awaitable<void> go();
  RunResult take_result();

 private:
  /// A case in one version, with what its runs have shown.
  struct Item {
    const Case* subject;
    ProtocolVersion version;
    int number;
    int attempts = 0;
    CaseResult result;
    std::optional<Outcome> first;
    std::optional<Outcome> last;
  };

  void list_items();
  Awaitable<bool> reach();
  Awaitable<void> probe_versions();
  Awaitable<Probe> probe_version(ProtocolVersion version);
  void learn(ProtocolVersion version, const Probe& found);
  /// Ends cases at once that the broker cannot run.
  void skip_what_is_lacking();
  Awaitable<void> run_all();
  Awaitable<void> run_side_by_side(std::vector<Item*> items, transport::Duration timeout);
  Awaitable<void> work(std::deque<Item*>& queue, transport::Duration timeout, int& working, transport::Timer& all_done);
  Awaitable<void> run_item(Item& item, transport::Duration timeout);
  /// Runs again what did not pass: the late ones together with patience, then each alone.
  Awaitable<void> confirm();
  bool wants_confirmation(const Item& item) const;
  Awaitable<void> confirm_together(std::vector<Item*>& doubtful);
  Awaitable<bool> still_served();
  /// Makes the verdict out of the first and the last outcome.
  void conclude(Item& item);
  /// Makes a result of every rule of conduct that was broken in any case. A rule that was not broken is not said to pass: nobody knows
  /// whether anything could have broken it.
  void conclude_conduct(ProtocolVersion version);
  Environment environment(ProtocolVersion version, int number, int attempt, transport::Duration timeout) const;
  transport::Duration settle() const;

  transport::Runtime& runtime_;
  const std::vector<Case>& cases_;
  transport::Url url_;
  const RunOptions& options_;
  Observer& observer_;
  std::uint64_t seed_;
  transport::TimePoint began_;
  std::vector<Item> items_;
  std::map<ProtocolVersion, Probe> probes_;
  std::set<ProtocolVersion> served_;
  bool stopping_ = false;
  RunResult result_;
};

}  // namespace mqttspec::conformance
