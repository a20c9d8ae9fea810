#include "conformance/runner/selftest.hpp"

#include "conformance/runner/parallel.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

namespace mqttspec::conformance {
namespace {

using Clock = std::chrono::steady_clock;
using CaseIds = std::vector<std::string>;
using CaseInVersion = std::pair<ProtocolVersion, std::string>;

/// Nobody follows the single runs.
class Deaf final : public Observer {
 public:
  void run_started(int) override {}
  void case_started(const CaseResult&) override {}
  void case_finished(const CaseResult&) override {}
  void notice(const std::string&) override {}
};

/// Lets one thread at a time through.
class Announcer {
 public:
  explicit Announcer(Observer& observer) : observer_(observer) {}

  void begin(std::size_t total) {
    const std::lock_guard lock(mutex_);
    observer_.run_started(static_cast<int>(total));
  }
  void started(const std::string& id, ProtocolVersion version) {
    const std::lock_guard lock(mutex_);
    observer_.case_started({.id = id, .version = version});
  }
  void finished(const std::string& id, ProtocolVersion version, Verdict verdict) {
    const std::lock_guard lock(mutex_);
    observer_.case_finished({.id = id, .version = version, .verdict = verdict});
  }
  void notice(const std::string& text) {
    const std::lock_guard lock(mutex_);
    observer_.notice(text);
  }

 private:
  std::mutex mutex_;
  Observer& observer_;
};

bool is_kill(Verdict verdict) { return verdict == Verdict::fail || verdict == Verdict::warn || verdict == Verdict::flaky; }
bool is_false_alarm(Verdict verdict) { return verdict != Verdict::pass && verdict != Verdict::skip; }

/// Whether a result has to do with a clause: it was what the case checks, or it was found broken on the way.
bool concerns(const CaseResult& result, spec::Clause clause) {
  return std::ranges::find(result.clauses, clause) != result.clauses.end() ||
         std::ranges::find(result.blames, clause, &Blame::clause) != result.blames.end();
}

/// A defect in one version, before and after it was tried.
struct Trial {
  const BrokenBroker* broker;
  bool all_were_run = false;
  TriedDefect defect;
};

std::vector<Trial> list_trials(const std::vector<BrokenBroker>& brokers) {
  std::vector<Trial> trials;
  for (const BrokenBroker& broker : brokers)
    for (const Check& check : broker.broken)
      trials.push_back(
          {.broker = &broker, .defect = {.id = broker.id, .summary = broker.summary, .version = check.version, .clause = check.clause}});
  return trials;
}

class Selftest {
 public:
  Selftest(const std::vector<Case>& cases, const std::vector<BrokenBroker>& broken, const std::vector<RightBroker>& right,
           const SelftestOptions& options, Observer& observer)
      : cases_(cases), right_(right), options_(options), announcer_(observer), trials_(list_trials(broken)) {}

  SelftestResult run() {
    const auto began = Clock::now();
    SelftestResult result{.seed = options_.seed, .cases = static_cast<int>(list_cases(cases_, {}).size())};
    result.variants.resize(right_.size());
    announcer_.begin(right_.size() + trials_.size());
    // The variants take longest: they go first.
    for_each_in_parallel(right_.size() + trials_.size(), options_.jobs, [&](std::size_t number) {
      if (number < right_.size())
        result.variants[number] = try_variant(right_[number]);
      else
        try_defect(trials_[number - right_.size()]);
    });
    if (options_.complete) {
      give_idle_cases_a_chance();
      result.idle_cases = idle_cases();
    }
    for (Trial& trial : trials_) result.defects.push_back(std::move(trial.defect));
    result.duration = Clock::now() - began;
    return result;
  }

 private:
  RunOptions run_options() const {
    RunOptions options;
    options.seed = options_.seed;
    return options;
  }

  TriedVariant try_variant(const RightBroker& broker) {
    announcer_.started(broker.id, v5_0);
    const auto began = Clock::now();
    TriedVariant variant{.id = broker.id, .summary = broker.summary};
    Deaf deaf;
    const RunResult found = broker.run(cases_, run_options(), deaf);
    for (const CaseResult& one : found.cases)
      if (is_false_alarm(one.verdict)) variant.failures.emplace_back(one.id, one.version, one.verdict, one.message);
    for (const LeftBehind& one : found.left_behind)
      variant.failures.emplace_back(one.case_id, one.version, Verdict::error, "leaves behind a " + one.kind + ": " + one.name);
    if (!found.broken_off.empty()) variant.failures.push_back({.verdict = Verdict::error, .message = found.broken_off});
    variant.duration = Clock::now() - began;
    announcer_.finished(broker.id, v5_0, variant.failures.empty() ? Verdict::pass : Verdict::fail);
    return variant;
  }

  /// First the cases of the statement; where they let it live, all.
  void try_defect(Trial& trial) {
    announcer_.started(trial.defect.id, trial.defect.version);
    if (const auto own = cases_of(trial.defect); !own.empty()) run_cases(trial, own);
    if (!trial.defect.killed_by_own) run_all(trial);
    announcer_.finished(trial.defect.id, trial.defect.version, trial.defect.killed_by_own ? Verdict::pass : Verdict::fail);
  }

  CaseIds cases_of(const TriedDefect& defect) const {
    CaseIds ids;
    for (const Case& one : cases_) {
      const auto clauses = one.clauses(defect.version);
      if (std::ranges::find(clauses, defect.clause) != clauses.end()) ids.push_back(one.id);
    }
    return ids;
  }

  void run_all(Trial& trial) {
    trial.all_were_run = true;
    run_cases(trial, {});
  }

  /// Adds what kills the defect. @param ids of the cases; none for all
  void run_cases(Trial& trial, const CaseIds& ids) {
    const auto began = Clock::now();
    TriedDefect& defect = trial.defect;
    Deaf deaf;
    RunOptions options = run_options();
    options.versions = {defect.version};
    options.selection.only = ids;
    const RunResult found = trial.broker->run(cases_, options, deaf);
    for (const CaseResult& one : found.cases) {
      if (!is_kill(one.verdict)) continue;
      if (std::ranges::find(defect.killed_by, one.id) == defect.killed_by.end()) defect.killed_by.push_back(one.id);
      defect.killed_by_own = defect.killed_by_own || concerns(one, defect.clause);
    }
    defect.duration += Clock::now() - began;
  }

  std::vector<IdleCase> idle_cases() const {
    std::set<CaseInVersion> killers;
    for (const Trial& trial : trials_)
      for (const std::string& id : trial.defect.killed_by) killers.emplace(trial.defect.version, id);
    std::vector<IdleCase> idle;
    for (const CaseResult& head : list_cases(cases_, {}))
      if (!killers.contains({head.version, head.id})) idle.push_back({.id = head.id, .version = head.version});
    return idle;
  }

  /// A case may kill none of the defects of its own statements, and one that was dead before its turn came.
  void give_idle_cases_a_chance() {
    const auto idle = idle_cases();
    if (idle.empty()) return;
    announcer_.notice("cases that have killed nothing yet are run on all defects");
    for_each_in_parallel(trials_.size(), options_.jobs, [&](std::size_t number) {
      Trial& trial = trials_[number];
      CaseIds ids;
      for (const IdleCase& one : idle)
        if (one.version == trial.defect.version) ids.push_back(one.id);
      if (!trial.all_were_run && !ids.empty()) run_cases(trial, ids);
    });
  }

  const std::vector<Case>& cases_;
  const std::vector<RightBroker>& right_;
  const SelftestOptions& options_;
  Announcer announcer_;
  std::vector<Trial> trials_;
};

}  // namespace

int SelftestResult::killed() const { return static_cast<int>(std::ranges::count_if(defects, &TriedDefect::is_killed)); }
int SelftestResult::killed_by_own_case() const { return static_cast<int>(std::ranges::count_if(defects, &TriedDefect::killed_by_own)); }
int SelftestResult::variants_failed() const {
  return static_cast<int>(std::ranges::count_if(variants, [](const TriedVariant& one) { return !one.failures.empty(); }));
}

bool SelftestResult::holds() const {
  return std::ranges::all_of(defects, &TriedDefect::killed_by_own) && variants_failed() == 0 && idle_cases.empty();
}

SelftestResult run_selftest(const std::vector<Case>& cases, const std::vector<BrokenBroker>& broken, const std::vector<RightBroker>& right,
                            const SelftestOptions& options, Observer& observer) {
  return Selftest(cases, broken, right, options, observer).run();
}

}  // namespace mqttspec::conformance
