#pragma once

#include "conformance/harness/test.hpp"
#include "conformance/runner/canary.hpp"
#include "conformance/runner/probe.hpp"
#include "conformance/runner/runner.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
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
    bool finished = false;  ///< its verdict stands, and the observer knows it
    transport::TimePoint ended{};
    CaseResult result;
    std::optional<Outcome> first;
    std::optional<Outcome> last;
  };
  /// One run of one case that is to come.
  struct Turn {
    Item* item;
    transport::Duration limit;
  };
  /// When a case that did not pass is run again.
  enum class SecondLook : std::uint8_t {
    at_once,        ///< where time passes all the same
    behind_others,  ///< where what went wrong may pass with them
    none,
  };

  // run.cpp: what is run, and where
  void list_items();
  Awaitable<bool> reach();
  Awaitable<void> probe_versions();
  Awaitable<Probe> probe_version(ProtocolVersion version);
  void take_closing_for_an_answer(ProtocolVersion version, Probe& found) const;
  void learn(ProtocolVersion version, const Probe& found);
  void learn_timing();
  void set_up_canary();
  /// Ends cases at once that the broker cannot run.
  void skip_what_is_lacking();
  Awaitable<void> run_all();
  Awaitable<void> run_quick(std::deque<Turn>& quick, std::deque<Turn>& exclusive);
  Awaitable<void> run_side_by_side(std::deque<Turn>& turns, std::size_t at_the_same_time, SecondLook second_look);
  Awaitable<void> take_turns(std::deque<Turn>& turns, SecondLook second_look);
  Awaitable<void> run_alone(Item& item, transport::Duration limit);
  Awaitable<void> run_item(Item& item, transport::Duration limit);
  /// Runs these at the same time, each to its end.
  Awaitable<void> in_parallel(std::vector<Awaitable<void>> tasks);
  /// The same with so many workers, which begin a moment apart.
  Awaitable<void> in_parallel(std::size_t workers, const std::function<Awaitable<void>()>& work);
  Environment environment(ProtocolVersion version, int number, int attempt, transport::Duration limit) const;
  std::size_t jobs() const { return static_cast<std::size_t>(std::max(options_.jobs, 1)); }
  std::string run_prefix() const;
  std::string item_prefix(int number) const;

  // second_look.cpp: nobody is blamed for what was seen once
  bool wants_confirmation(const Item& item) const;
  bool is_settled(const Item& item) const;
  /// Whether all that came came at once, in cases of the same kind, too, and it is a packet that did not come.
  bool broker_is_prompt(const Item& item) const;
  transport::Duration first_limit() const;
  transport::Duration second_limit(const Item& item) const;
  void note_pace(const Item& item);
  std::optional<wire::PacketType> lacking_basic(const Item& item);
  bool deserves_patience(const Item& item) const;
  Awaitable<void> look_closer();
  Awaitable<void> be_patient();
  /// Blames nobody for what the broker never does anywhere, but the statement that owns it.
  void excuse(Item& item);
  void finish(Item& item);

  // conclusions.cpp: what the runs come to
  /// Makes the verdict out of the first and the last outcome.
  void conclude(Item& item);
  /// The broker is gone: what was seen once only blames nobody.
  void give_up();
  void name_those_under_way();
  Awaitable<void> find_what_is_left_behind();
  void add_left_behind(std::string_view kind, const std::string& name);
  void collect();
  /// Makes a result of every rule of conduct that was broken in any case. A rule that was not broken is not said to pass: nobody knows
  /// whether anything could have broken it.
  void conclude_conduct(ProtocolVersion version);

  transport::Runtime& runtime_;
  const std::vector<Case>& cases_;
  transport::Url url_;
  const RunOptions& options_;
  Observer& observer_;
  std::uint64_t seed_;
  transport::TimePoint began_;
  std::vector<Item> items_;
  std::map<ProtocolVersion, Probe> probes_;
  std::vector<transport::Duration> deliveries_;
  transport::Duration subscription_lag_{};
  std::set<ProtocolVersion> served_;
  std::optional<Canary> canary_;
  int songs_ = 0;                       ///< of the canary
  std::set<std::string> prompt_kinds_;  ///< first words of ids of cases that passed at once
  bool slow_ = false;                   ///< something has come late, and right
  std::map<ProtocolVersion, Footprint> footprints_;
  std::map<ProtocolVersion, std::set<wire::PacketType>> received_;  ///< types of packets that have come
  bool stopping_ = false;
  RunResult result_;
};

}  // namespace mqttspec::conformance
