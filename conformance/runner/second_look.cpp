// What did not pass is run again before anybody is blamed.

#include "conformance/runner/basics.hpp"
#include "conformance/runner/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace mqttspec::conformance {
namespace {

/// A second look waits so much longer than the first one: less where the broker has shown that it is prompt.
constexpr double second_look_factor = 3;
constexpr double prompt_second_look_factor = 1.5;

/// A broker that takes no more than this part of the limit for a delivery is given half of the limit in the first look.
constexpr int promptness = 500;

/// Cases whose ids begin with the same word wait for the same kind of thing.
std::string kind_of(const Case& subject) { return subject.id.substr(0, subject.id.find('/')); }

bool is_bad(Verdict verdict) { return verdict == Verdict::fail || verdict == Verdict::warn || verdict == Verdict::inconclusive; }

bool same_blame(const Outcome& one, const Outcome& other) {
  if (one.verdict != other.verdict || one.blames.size() != other.blames.size()) return false;
  return one.blames.empty() || one.blames.front().clause == other.blames.front().clause;
}

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {} run again", number, fmt::format("{}{}", what, number == 1 ? " is" : "s are"));
}

}  // namespace

bool Run::wants_confirmation(const Item& item) const {
  if (!item.last) return false;
  const auto verdict = item.last->verdict;
  const auto known = options_.known.find({item.subject->id, item.version});
  const bool as_known = known != options_.known.end() && known->second == verdict;
  return !item.last->conduct.empty() || (!as_known && is_bad(verdict));
}

/// Whether a case that did not pass has been looked at often enough.
bool Run::is_settled(const Item& item) const {
  if (item.attempts < 2) return !wants_confirmation(item);
  if (!is_bad(item.last->verdict)) return true;
  if (item.last->late) return item.attempts > 2;
  return item.attempts > 3 || same_blame(*item.first, *item.last);
}

/// That the broker ends a connection by its own clock tells nothing of this kind: the clock may tick slowly.
bool Run::broker_is_prompt(const Item& item) const {
  return !slow_ && !item.last->awaited_in_vain.empty() && prompt_kinds_.contains(kind_of(*item.subject));
}

/// Half of what was asked for where the broker is quick: what has not come by then is waited for longer in the second look.
transport::Duration Run::first_limit() const {
  const bool is_prompt = result_.timing.deliveries > 0 && promptness * result_.timing.longest <= options_.timeout;
  return is_prompt ? options_.timeout / 2 : options_.timeout;
}

transport::Duration Run::second_limit(const Item& item) const {
  const double factor = broker_is_prompt(item) ? prompt_second_look_factor : second_look_factor;
  return std::min(options_.patience, std::chrono::duration_cast<transport::Duration>(factor * options_.timeout));
}

/// Whether what has not come in the second limit either is waited for in full.
bool Run::deserves_patience(const Item& item) const {
  if (second_limit(item) >= options_.patience || broker_is_prompt(item)) return false;
  return slow_ || item.last->verdict != Verdict::inconclusive;
}

void Run::note_pace(const Item& item) {
  if (item.result.slow) slow_ = true;
  if (item.attempts == 1 && item.last->verdict == Verdict::pass) prompt_kinds_.insert(kind_of(*item.subject));
}

Awaitable<void> Run::be_patient() {
  while (!canary_->is_lost()) {
    std::deque<Turn> late;
    std::vector<Item*> late_and_alone;
    for (auto& item : items_) {
      if (!item.last || item.attempts != 2 || is_settled(item) || !item.last->late || !deserves_patience(item)) continue;
      if (item.subject->company == Company::any)
        late.push_back({&item, options_.patience});
      else
        late_and_alone.push_back(&item);
    }
    // What comes late may show that others deserve patience, too.
    if (late.empty() && late_and_alone.empty()) co_return;
    observer_.notice(counted(late.size() + late_and_alone.size(), "late case") + " with patience");
    canary_->start();
    co_await run_side_by_side(late, jobs(), SecondLook::none);
    co_await canary_->stop();
    for (auto* item : late_and_alone)
      if (!canary_->is_lost()) co_await run_alone(*item, options_.patience);
  }
}

Awaitable<void> Run::look_closer() {
  stopping_ = false;
  co_await be_patient();
  std::vector<Item*> doubtful;
  for (auto& item : items_)
    if (item.last && !is_settled(item) && !(item.attempts > 1 && item.last->late)) doubtful.push_back(&item);
  if (!doubtful.empty() && !canary_->is_lost()) observer_.notice(counted(doubtful.size(), "case") + ", each alone");
  for (auto* item : doubtful)
    while (!canary_->is_lost() && !is_settled(*item) && !(item->attempts > 1 && item->last->late))
      co_await run_alone(*item, options_.patience);
  if (canary_->is_lost()) co_return;
  for (auto& item : items_) {
    if (!item.last || item.finished) continue;
    excuse(item);
    finish(item);
  }
}

std::optional<wire::PacketType> Run::lacking_basic(const Item& item) {
  if (item.result.verdict != Verdict::fail && item.result.verdict != Verdict::warn) return std::nullopt;
  return conformance::lacking_basic(*item.last, item.version, received_[item.version]);
}

void Run::excuse(Item& item) {
  const auto lacking = lacking_basic(item);
  if (!lacking) return;
  item.result.verdict = Verdict::inconclusive;
  item.result.message =
      fmt::format("no {} came in the whole run, which is the failure of another statement; {}", wire::name(*lacking), item.result.message);
  item.result.blames.clear();
}

void Run::finish(Item& item) {
  item.finished = true;
  observer_.case_finished(item.result);
}

}  // namespace mqttspec::conformance
