// What the runs of the cases come to.

#include "conformance/runner/left_behind.hpp"
#include "conformance/runner/run.hpp"
#include "reference/conduct/rule.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mqttspec::conformance {
namespace {

constexpr std::size_t most_named = 12;
/// Numbers of names that no case has.
constexpr int look_number = 46'652;

bool went_well(Verdict verdict) { return verdict == Verdict::pass || verdict == Verdict::skip; }

}  // namespace

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
    result.message = "failed at first, passed when run again: " + first.message;
    result.blames = first.blames;
    result.first_trace = first.trace;
  }
}

void Run::give_up() {
  name_those_under_way();
  for (auto& item : items_) {
    // What could not even be begun says nothing.
    if (item.last && item.last->refused) item.last = item.first->refused ? std::nullopt : item.first;
    if (item.finished || !item.last) continue;
    conclude(item);
    item.result.verdict = Verdict::inconclusive;
    item.result.message = "the broker was lost before this could be run again: " + item.result.message;
    item.result.blames.clear();
    item.first->conduct.clear();
    item.last->conduct.clear();
    finish(item);
  }
  const auto not_run = std::ranges::count_if(items_, [](const Item& item) { return !item.last && !item.finished; });
  std::vector<std::string> names;
  for (const auto& one : result_.under_way) names.push_back(fmt::format("{} (MQTT {})", one.id, spec::name(one.version)));
  if (names.size() > most_named) {
    names[most_named] = fmt::format("{} more", names.size() - most_named);
    names.resize(most_named + 1);
  }
  result_.broken_off = fmt::format("the broker serves no simple exchange any more: {}.", canary_->evidence());
  if (!names.empty()) result_.broken_off += fmt::format(" Under way, or ended just before: {}.", fmt::join(names, ", "));
  if (not_run > 0) result_.broken_off += fmt::format(" {} {} not run", not_run, not_run == 1 ? "case was" : "cases were");
}

/// The cases that ended since the last exchange that was served; those that went well only if there are no others.
void Run::name_those_under_way() {
  for (const bool well : {false, true}) {
    for (const auto& item : items_)
      if (item.last && !item.last->refused && item.ended >= canary_->last_served() && went_well(item.last->verdict) == well)
        result_.under_way.push_back({.id = item.subject->id, .version = item.version});
    if (!result_.under_way.empty()) return;
  }
}

Awaitable<void> Run::find_what_is_left_behind() {
  if (served_.empty()) co_return;
  const auto limit = slow_ ? options_.patience : options_.timeout;
  std::set<std::string> topics;
  std::deque<std::pair<ProtocolVersion, std::string>> sessions;
  for (const auto& [version, footprint] : footprints_) {
    topics.insert(footprint.retained_topics.begin(), footprint.retained_topics.end());
    if (!served_.contains(version)) continue;
    for (const auto& id : footprint.kept_sessions) sessions.emplace_back(version, id);
  }
  int looks = 0;
  if (!topics.empty())
    for (const auto& topic : co_await find_retained(environment(*served_.rbegin(), look_number, looks++, limit), run_prefix(), topics))
      add_left_behind("retained message", topic);
  const auto end = runtime_.now() + options_.patience;
  const auto look_for_sessions = [&]() -> Awaitable<void> {
    while (!sessions.empty() && runtime_.now() < end) {
      const auto [version, id] = sessions.front();
      sessions.pop_front();
      if (co_await find_session(environment(version, look_number, looks++, limit), id)) add_left_behind("session", id);
    }
  };
  co_await in_parallel(std::min(sessions.size(), jobs()), look_for_sessions);
  std::ranges::sort(result_.left_behind);
  if (!sessions.empty()) observer_.notice(fmt::format("{} sessions were not looked for at the end: the broker is slow", sessions.size()));
}

void Run::add_left_behind(std::string_view kind, const std::string& name) {
  LeftBehind found{.kind = std::string(kind), .name = name};
  for (const auto& item : items_)
    if (name.find(item_prefix(item.number)) != std::string::npos) {
      found.case_id = item.subject->id;
      found.version = item.version;
    }
  result_.left_behind.push_back(std::move(found));
}

void Run::collect() {
  for (const auto version : options_.versions) {
    for (auto& item : items_)
      if (item.version == version && item.finished) result_.cases.push_back(item.result);
    conclude_conduct(version);
  }
  summarise(result_);
}

void Run::conclude_conduct(ProtocolVersion version) {
  std::vector<conduct::Rule> rules;
  for (const auto part : {conduct::decoder_rules(), conduct::server_rules()}) rules.insert(rules.end(), part.begin(), part.end());
  for (const conduct::Rule& rule : rules) {
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
      watched.message = fmt::format("in {}: {}", item.subject->id, finding.blame.got);
      watched.blames = {finding.blame};
      watched.trace = item.last->trace;
      watched.first_trace = now ? Trace{} : item.first->trace;
      watched.duration = shown.duration;
    }
    if (watched.verdict != Verdict::pass) result_.cases.push_back(std::move(watched));
  }
}

}  // namespace mqttspec::conformance
