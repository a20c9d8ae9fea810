#include "conformance/runner/run.hpp"

#include "conformance/runner/timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace mqttspec::conformance {
namespace {

/// Numbers of names that no case has.
constexpr int probe_number = 46'655;
constexpr int second_probe_number = 46'654;
constexpr int canary_number = 46'653;
constexpr int attempts_told_apart = 36;
/// Cases that mostly wait for time to pass, at the same time.
constexpr std::size_t most_by_the_clock = 80;
/// A listener keeps about a hundred connections waiting; one that it has no room for is tried again after a second only.
constexpr transport::Duration between_beginnings = std::chrono::milliseconds(1);

std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U | device()) >> 12U;  // 52 bits survive every JSON reader
}

/// Letters and digits that spell a number.
std::string spell(std::uint64_t number, int digits) {
  constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string text;
  for (int i = 0; i < digits; ++i, number /= alphabet.size()) text.insert(text.begin(), alphabet[number % alphabet.size()]);
  return text;
}

/// What a broker may lack, in words.
std::string_view words(Capability capability) {
  switch (capability) {
    case Capability::qos1: return "QoS 1";
    case Capability::qos2: return "QoS 2";
    case Capability::retained: return "retained messages";
    case Capability::wildcards: return "wildcard subscriptions";
    case Capability::shared_subscriptions: return "shared subscriptions";
    case Capability::subscription_identifiers: return "subscription identifiers";
    case Capability::empty_client_id: return "empty client identifiers";
    case Capability::sessions: return "sessions that outlive their connection";
  }
  return "";
}

}  // namespace

Run::Run(transport::Runtime& runtime, const std::vector<Case>& cases, transport::Url url, const RunOptions& options, Observer& observer)
    : runtime_(runtime),
      cases_(cases),
      url_(std::move(url)),
      options_(options),
      observer_(observer),
      seed_(options.seed ? *options.seed : draw_seed()),
      began_(runtime.now()) {
  result_.target = transport::to_string(url_);
  result_.started = std::chrono::system_clock::now();
  result_.seed = seed_;
}

RunResult Run::take_result() { return std::move(result_); }

Awaitable<void> Run::go() {
  list_items();
  if (!co_await reach()) co_return;
  observer_.run_started(static_cast<int>(items_.size()));
  co_await probe_versions();
  if (!result_.broken_off.empty()) co_return;
  set_up_canary();
  skip_what_is_lacking();
  co_await run_all();
  co_await look_closer();
  if (canary_->is_lost())
    give_up();
  else
    co_await find_what_is_left_behind();
  collect();
}

void Run::list_items() {
  int number = 0;
  for (const auto version : options_.versions)
    for (const Case& each : cases_) {
      ++number;
      if (!each.runs_in(version) || !options_.selection.selects(each, version)) continue;
      items_.push_back({.subject = &each,
                        .version = version,
                        .number = number,
                        .result = {.id = each.id, .version = version, .title = each.title, .clauses = each.clauses(version)},
                        .first = {},
                        .last = {}});
    }
}

Awaitable<bool> Run::reach() {
  auto stream = co_await runtime_.connect(url_, runtime_.now() + options_.timeout, options_.connect);
  if (stream) {
    (*stream)->close();
    co_return true;
  }
  result_.broken_off = fmt::format("no broker at {}: {}", result_.target, stream.error().message);
  co_return false;
}

std::string Run::run_prefix() const { return "m" + spell(seed_, 5); }

std::string Run::item_prefix(int number) const { return run_prefix() + spell(static_cast<std::uint64_t>(number), 3); }

Environment Run::environment(ProtocolVersion version, int number, int attempt, transport::Duration limit) const {
  return {.runtime = runtime_,
          .url = url_,
          .version = version,
          .timeout = limit,
          .settle = result_.timing.settle,
          .subscription_lag = result_.timing.subscription_wait,
          .name_prefix = item_prefix(number) + spell(static_cast<std::uint64_t>(attempt % attempts_told_apart), 1),
          .seed = seed_,
          .user_name = options_.user_name,
          .password = options_.password,
          .served = served_,
          .connect = options_.connect,
          .profile = options_.profile,
          .web_socket = options_.web_socket};
}

Awaitable<Probe> Run::probe_version(ProtocolVersion version) {
  auto found = co_await probe(environment(version, probe_number, static_cast<int>(version), options_.timeout));
  if (found.answer != Probe::Answer::unserved || !found.late) co_return found;
  observer_.notice(fmt::format("MQTT {}: no answer within the limit; trying again with patience", spec::name(version)));
  found = co_await probe(environment(version, second_probe_number, static_cast<int>(version), options_.patience));
  found.needed_patience = found.answer == Probe::Answer::served;
  co_return found;
}

Awaitable<void> Run::probe_versions() {
  learn_timing();
  // The other version is looked at too: some answers depend on whether the broker knows it.
  std::map<ProtocolVersion, Probe> found;
  for (const auto version : {v3_1_1, v5_0}) {
    found[version] = co_await probe_version(version);
    if (found[version].answer == Probe::Answer::served) served_.insert(version);
  }
  for (auto& [version, probe] : found) {
    take_closing_for_an_answer(version, probe);
    if (std::ranges::find(options_.versions, version) != options_.versions.end()) learn(version, probe);
  }
  learn_timing();
  const bool refused = std::ranges::all_of(probes_, [](const auto& each) { return each.second.answer == Probe::Answer::refused; });
  if (refused && !probes_.empty()) {
    result_.broken_off = fmt::format("{}; does it want --username and --password?", probes_.begin()->second.evidence);
  }
}

/// A server of one version may end the connection of a client of the other one without a word (3.1.2.2 of 5.0).
void Run::take_closing_for_an_answer(ProtocolVersion version, Probe& found) const {
  if (!found.closed_on_connect || served_.empty()) return;
  found.answer = Probe::Answer::unsupported;
  found.evidence = fmt::format("the Network Connection was closed on CONNECT for MQTT {}, and MQTT {} is served", spec::name(version),
                               spec::name(*served_.begin()));
}

void Run::learn(ProtocolVersion version, const Probe& found) {
  result_.capabilities.push_back({.name = fmt::format("MQTT {}", spec::name(version)),
                                  .version = version,
                                  .available = found.answer != Probe::Answer::unsupported && found.answer != Probe::Answer::refused,
                                  .evidence = found.evidence});
  result_.capabilities.insert(result_.capabilities.end(), found.capabilities.begin(), found.capabilities.end());
  if (found.answer == Probe::Answer::unserved)
    observer_.notice(fmt::format("MQTT {}: a simple exchange does not work: {}", spec::name(version), found.evidence));
  deliveries_.insert(deliveries_.end(), found.deliveries.begin(), found.deliveries.end());
  subscription_lag_ = std::max(subscription_lag_, found.subscription_lag);
  slow_ = slow_ || found.needed_patience;
  received_[version].insert(found.received.begin(), found.received.end());
  probes_[version] = found;
}

void Run::learn_timing() { result_.timing = judge_timing(deliveries_, subscription_lag_, options_.settle, options_.patience); }

/// It asks for what the probe has got, in the version in which it got furthest.
void Run::set_up_canary() {
  const auto furthest = std::ranges::max_element(probes_, {}, [](const auto& each) { return each.second.reached; });
  const auto sing = [this, version = furthest->first,
                     enough = furthest->second.reached](transport::Duration limit) -> Awaitable<Canary::Answer> {
    const auto found = co_await probe_up_to(environment(version, canary_number, songs_++, limit), enough);
    co_return Canary::Answer{.served = found.answer == Probe::Answer::served, .late = found.late, .evidence = found.evidence};
  };
  canary_.emplace(runtime_, sing, Canary::Limits{.timeout = slow_ ? options_.patience : options_.timeout, .patience = options_.patience});
}

void Run::skip_what_is_lacking() {
  for (auto& item : items_) {
    const Probe& found = probes_[item.version];
    std::string reason;
    if (found.answer == Probe::Answer::unsupported || found.answer == Probe::Answer::refused) reason = found.evidence;
    for (const auto need : item.subject->needs)
      if (reason.empty() && std::ranges::find(found.lacking, need) != found.lacking.end())
        reason = fmt::format("the broker does without {}", words(need));
    if (reason.empty()) continue;
    item.result.verdict = Verdict::skip;
    item.result.message = reason;
    finish(item);
  }
}

Awaitable<void> Run::run_all() {
  std::deque<Turn> by_the_clock;
  std::deque<Turn> quick;
  std::deque<Turn> exclusive;
  for (auto& item : items_) {
    if (item.finished) continue;
    auto& beside_others = item.subject->pace == Pace::by_the_clock ? by_the_clock : quick;
    auto& turns = item.subject->company == Company::exclusive ? exclusive : beside_others;
    turns.push_back({&item, first_limit()});
  }
  if (jobs() == 1) {
    quick.insert(quick.begin(), by_the_clock.begin(), by_the_clock.end());
    by_the_clock.clear();
  }
  canary_->start();
  std::vector<Awaitable<void>> lanes;
  lanes.push_back(run_side_by_side(by_the_clock, most_by_the_clock, SecondLook::at_once));
  lanes.push_back(run_quick(quick, exclusive));
  co_await in_parallel(std::move(lanes));
  co_await canary_->stop();
  for (auto& item : items_) {
    const bool has_had_company = item.subject->company == Company::exclusive && item.last && !is_settled(item);
    if (has_had_company && !stopping_ && !canary_->is_lost()) co_await run_alone(item, second_limit(item));
  }
}

/// Cases that mostly wait keep to what is theirs: at first they are no company for the exclusive ones.
Awaitable<void> Run::run_quick(std::deque<Turn>& quick, std::deque<Turn>& exclusive) {
  co_await run_side_by_side(quick, jobs(), SecondLook::behind_others);
  co_await run_side_by_side(exclusive, 1, SecondLook::none);
}

Awaitable<void> Run::run_side_by_side(std::deque<Turn>& turns, std::size_t at_the_same_time, SecondLook second_look) {
  co_await in_parallel(std::min(at_the_same_time, turns.size()), [&] { return take_turns(turns, second_look); });
}

Awaitable<void> Run::in_parallel(std::vector<Awaitable<void>> tasks) {
  const auto all_done = runtime_.make_timer();
  auto working = tasks.size();
  const auto end_with = [&](Awaitable<void> task) -> Awaitable<void> {
    co_await std::move(task);
    if (--working == 0) all_done->wake();
  };
  for (auto& task : tasks) runtime_.spawn(end_with(std::move(task)));
  while (working > 0) co_await all_done->wait_until(transport::TimePoint::max());
}

Awaitable<void> Run::in_parallel(std::size_t workers, const std::function<Awaitable<void>()>& work) {
  const auto begin_after = [&](transport::Duration pause) -> Awaitable<void> {
    co_await runtime_.sleep_for(pause);
    co_await work();
  };
  std::vector<Awaitable<void>> tasks;
  for (std::size_t i = 0; i < workers; ++i) tasks.push_back(begin_after(i * between_beginnings));
  co_await in_parallel(std::move(tasks));
}

Awaitable<void> Run::take_turns(std::deque<Turn>& turns, SecondLook second_look) {
  while (!stopping_ && co_await canary_->is_there() && !turns.empty()) {
    const Turn turn = turns.front();
    turns.pop_front();
    co_await run_item(*turn.item, turn.limit);
    if (second_look == SecondLook::none || is_settled(*turn.item) || turn.item->attempts > 1) continue;
    const Turn again{turn.item, second_limit(*turn.item)};
    if (second_look == SecondLook::at_once || options_.fail_fast)
      turns.push_front(again);
    else
      turns.push_back(again);
  }
}

/// The canary would be company, too: it is asked afterwards, where there is a reason.
Awaitable<void> Run::run_alone(Item& item, transport::Duration limit) {
  co_await run_item(item, limit);
  if (item.last->verdict != Verdict::pass && item.last->verdict != Verdict::skip) co_await canary_->ask();
}

Awaitable<void> Run::run_item(Item& item, transport::Duration limit) {
  observer_.case_started(item.result);
  Test test(*item.subject, environment(item.version, item.number, item.attempts++, limit));
  auto outcome = co_await test.run();
  if (!outcome.refused) item.ended = runtime_.now();
  received_[item.version].insert(outcome.received.begin(), outcome.received.end());
  footprints_[item.version].retained_topics.merge(outcome.footprint.retained_topics);
  footprints_[item.version].kept_sessions.merge(outcome.footprint.kept_sessions);
  if (outcome.refused)
    canary_->doubt();
  else if (outcome.late || outcome.verdict == Verdict::inconclusive)
    canary_->worry();
  if (!item.first) item.first = outcome;
  item.last = std::move(outcome);
  conclude(item);
  note_pace(item);
  // What is still to be seen may change the verdict.
  if (!is_settled(item) || lacking_basic(item)) co_return;
  if (options_.fail_fast && item.result.verdict == Verdict::fail) stopping_ = true;
  finish(item);
}

}  // namespace mqttspec::conformance
