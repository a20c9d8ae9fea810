#include "conformance/runner/run.hpp"

#include "reference/conduct/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace mqttspec::conformance {
namespace {

constexpr transport::Duration least_settle = std::chrono::milliseconds(60);
constexpr int settle_per_latency = 8;

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
  skip_what_is_lacking();
  co_await run_all();
  co_await confirm();
  for (const auto version : options_.versions) {
    for (auto& item : items_)
      if (item.version == version && (item.last || item.result.verdict == Verdict::skip)) result_.cases.push_back(item.result);
    conclude_conduct(version);
  }
  summarise(result_);
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

Environment Run::environment(ProtocolVersion version, int number, int attempt, transport::Duration timeout) const {
  return {.runtime = runtime_,
          .url = url_,
          .version = version,
          .timeout = timeout,
          .settle = settle(),
          .name_prefix = fmt::format("m{}{}{}", spell(seed_, 5), spell(static_cast<std::uint64_t>(number), 3),
                                     spell(static_cast<std::uint64_t>(attempt), 1)),
          .seed = seed_ * 1'000'003 + static_cast<std::uint64_t>(number),
          .user_name = options_.user_name,
          .password = options_.password,
          .served = served_,
          .connect = options_.connect,
          .profile = options_.profile,
          .web_socket = options_.web_socket};
}

transport::Duration Run::settle() const {
  if (options_.settle) return *options_.settle;
  transport::Duration longest = least_settle;
  for (const auto& [version, found] : probes_) longest = std::max(longest, found.latency * settle_per_latency);
  return longest;
}

Awaitable<Probe> Run::probe_version(ProtocolVersion version) {
  auto found = co_await probe(environment(version, 0, static_cast<int>(version), options_.timeout));
  if (found.answer != Probe::Answer::unserved || !found.late) co_return found;
  observer_.notice(fmt::format("MQTT {}: no answer within the limit; trying again with patience", spec::name(version)));
  co_return co_await probe(environment(version, 1, static_cast<int>(version), options_.patience));
}

Awaitable<void> Run::probe_versions() {
  // The other version is looked at too: some answers depend on whether the broker knows it.
  for (const auto version : {v3_1_1, v5_0}) {
    const auto found = co_await probe_version(version);
    if (found.answer == Probe::Answer::served) served_.insert(version);
    if (std::ranges::find(options_.versions, version) != options_.versions.end()) learn(version, found);
  }
  const bool refused = std::ranges::all_of(probes_, [](const auto& each) { return each.second.answer == Probe::Answer::refused; });
  if (refused && !probes_.empty()) {
    result_.broken_off = fmt::format("{}; does it want --username and --password?", probes_.begin()->second.evidence);
  }
}

void Run::learn(ProtocolVersion version, const Probe& found) {
  result_.capabilities.push_back({.name = fmt::format("MQTT {}", spec::name(version)),
                                  .version = version,
                                  .available = found.answer != Probe::Answer::unsupported && found.answer != Probe::Answer::refused,
                                  .evidence = found.evidence});
  result_.capabilities.insert(result_.capabilities.end(), found.capabilities.begin(), found.capabilities.end());
  if (found.answer == Probe::Answer::unserved)
    observer_.notice(fmt::format("MQTT {}: a simple exchange does not work: {}", spec::name(version), found.evidence));
  probes_[version] = found;
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
    observer_.case_finished(item.result);
  }
}

Awaitable<void> Run::run_all() {
  std::vector<Item*> together;
  std::vector<Item*> quick;
  std::vector<Item*> alone;
  for (auto& item : items_) {
    if (item.result.verdict == Verdict::skip) continue;
    if (item.subject->company == Company::exclusive)
      alone.push_back(&item);
    else
      (item.subject->pace == Pace::by_the_clock ? together : quick).push_back(&item);
  }
  together.insert(together.end(), quick.begin(), quick.end());
  co_await run_side_by_side(together, options_.timeout);
  for (auto* item : alone)
    if (!stopping_) co_await run_item(*item, options_.timeout);
}

Awaitable<void> Run::run_side_by_side(std::vector<Item*> items, transport::Duration timeout) {
  std::deque<Item*> queue(items.begin(), items.end());
  const auto all_done = runtime_.make_timer();
  int working = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(std::max(options_.jobs, 1)), queue.size()));
  const int workers = working;
  for (int i = 0; i < workers; ++i) runtime_.spawn(work(queue, timeout, working, *all_done));
  while (working > 0) co_await all_done->wait_until(transport::TimePoint::max());
}

Awaitable<void> Run::work(std::deque<Item*>& queue, transport::Duration timeout, int& working, transport::Timer& all_done) {
  while (!queue.empty() && !stopping_) {
    Item& item = *queue.front();
    queue.pop_front();
    co_await run_item(item, timeout);
  }
  if (--working == 0) all_done.wake();
}

Awaitable<void> Run::run_item(Item& item, transport::Duration timeout) {
  observer_.case_started(item.result);
  Test test(*item.subject, environment(item.version, item.number, item.attempts++, timeout));
  auto outcome = co_await test.run();
  if (!item.first) {
    item.first = outcome;
    item.last = std::move(outcome);
  } else {
    item.last = std::move(outcome);
  }
  conclude(item);
  if (options_.fail_fast && item.result.verdict == Verdict::fail) stopping_ = true;
  if (item.attempts > 1 || !wants_confirmation(item)) observer_.case_finished(item.result);
}

bool Run::wants_confirmation(const Item& item) const {
  if (!item.last) return false;
  const auto verdict = item.last->verdict;
  const auto known = options_.known.find({item.subject->id, item.version});
  const bool as_known = known != options_.known.end() && known->second == verdict;
  if (!item.last->conduct.empty()) return true;
  return !as_known && (verdict == Verdict::fail || verdict == Verdict::warn || verdict == Verdict::inconclusive);
}

Awaitable<bool> Run::still_served() {
  for (const auto version : options_.versions) {
    const auto& before = probes_[version];
    if (before.answer != Probe::Answer::served) continue;
    const auto now = co_await probe(environment(version, 2, static_cast<int>(version), options_.patience));
    if (now.answer == Probe::Answer::served) co_return true;
    result_.broken_off = fmt::format("the broker does not serve a simple exchange any more: {}", now.evidence);
  }
  co_return false;
}

Awaitable<void> Run::confirm() {
  std::vector<Item*> doubtful;
  for (auto& item : items_)
    if (wants_confirmation(item)) doubtful.push_back(&item);
  if (doubtful.empty()) co_return;
  stopping_ = false;
  if (!co_await still_served()) {
    for (auto* item : doubtful) observer_.case_finished(item->result);
    co_return;
  }
  co_await confirm_together(doubtful);
  if (!doubtful.empty())
    observer_.notice(
        fmt::format("{} run again, each alone", doubtful.size() == 1 ? "1 case is" : fmt::format("{} cases are", doubtful.size())));
  for (auto* item : doubtful) co_await run_item(*item, item->attempts > 1 ? options_.timeout : options_.patience);
}

Awaitable<void> Run::confirm_together(std::vector<Item*>& doubtful) {
  std::vector<Item*> late;
  for (auto* item : doubtful)
    if (item->last->late && item->subject->company == Company::any) late.push_back(item);
  if (late.empty()) co_return;
  observer_.notice(
      fmt::format("{} run again with patience", late.size() == 1 ? "1 late case is" : fmt::format("{} late cases are", late.size())));
  co_await run_side_by_side(late, options_.patience);
  // What waited in vain with patience needs no second wait as long; what failed otherwise is looked at alone.
  const auto is_settled = [](const Item& item) {
    return item.last->late || item.result.verdict == Verdict::pass || item.result.verdict == Verdict::skip;
  };
  std::erase_if(doubtful, [&](const Item* item) { return item->attempts > 1 && is_settled(*item); });
}

void Run::conclude(Item& item) {
  CaseResult& result = item.result;
  const Outcome& last = *item.last;
  const Outcome& first = *item.first;
  result.verdict = last.verdict;
  result.message = last.message;
  result.blames = last.blames;
  result.duration = last.duration;
  result.began = last.began - began_;
  result.first_began = first.began - began_;
  result.trace = last.trace;
  result.first_trace = {};
  result.slow = false;
  const bool passed_later = item.attempts > 1 && last.verdict == Verdict::pass && first.verdict != Verdict::pass;
  if (!passed_later) return;
  if (first.late) {
    result.slow = true;
    result.message = fmt::format("slow: passed only with patience, in {:.3g} s", std::chrono::duration<double>(last.duration).count());
  } else if (first.verdict == Verdict::fail || first.verdict == Verdict::warn) {
    result.verdict = Verdict::flaky;
    result.message = "failed at first, passed when run again alone: " + first.message;
    result.blames = first.blames;
    result.first_trace = first.trace;
  }
}

void Run::conclude_conduct(ProtocolVersion version) {
  for (const conduct::Rule& rule : conduct::server_rules()) {
    const auto clause = rule.requirement.in(version);
    if (clause.empty()) continue;
    CaseResult watched{.id = "conduct/" + std::string(rule.id.substr(rule.id.find('/') + 1)),
                       .version = version,
                       .title = std::string(rule.summary),
                       .clauses = {clause}};
    for (const auto& item : items_) {
      if (item.version != version || !item.last) continue;
      const auto breaks = [&](const Outcome& outcome) {
        return std::ranges::find(outcome.conduct, rule.id, &ConductFinding::rule) != outcome.conduct.end();
      };
      const bool now = breaks(*item.last);
      if (!now && !breaks(*item.first)) continue;
      const Outcome& shown = now ? *item.last : *item.first;
      const auto& finding = *std::ranges::find(shown.conduct, rule.id, &ConductFinding::rule);
      const auto verdict = now ? finding.blame.verdict : Verdict::flaky;
      if (worst(verdict, watched.verdict) == watched.verdict) continue;
      watched.verdict = verdict;
      watched.message = fmt::format("in {}: {}", item.subject->id, finding.blame.came);
      watched.blames = {finding.blame};
      watched.trace = item.last->trace;
      watched.first_trace = now ? Trace{} : item.first->trace;
      watched.duration = shown.duration;
    }
    if (watched.verdict != Verdict::pass) result_.cases.push_back(std::move(watched));
  }
}

}  // namespace mqttspec::conformance
