#include "conformance/runner/canary.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using transport::Awaitable;

constexpr transport::Duration between_exchanges = 250ms;
/// A broker that has gone may be started again by its keeper.
constexpr transport::Duration time_to_return = 5s;
constexpr transport::Duration between_attempts = 200ms;

}  // namespace

Canary::Canary(transport::Runtime& runtime, Exchange exchange, Limits limits)
    : runtime_(runtime),
      exchange_(std::move(exchange)),
      limits_(limits),
      next_(runtime.make_timer()),
      ended_(runtime.make_timer()),
      last_served_(runtime.now()) {}

void Canary::start() {
  if (lost_ || std::exchange(running_, true)) return;
  stopping_ = false;
  runtime_.spawn(go_on_asking());
}

Awaitable<void> Canary::stop() {
  stopping_ = true;
  next_->wake();
  while (running_) co_await ended_->wait_until(transport::TimePoint::max());
}

void Canary::worry() { next_->wake(); }

void Canary::doubt() {
  doubted_ = running_;
  worry();
}

Awaitable<void> Canary::go_on_asking() {
  while (!stopping_ && !lost_) {
    if (!doubted_) co_await next_->wait_until(runtime_.now() + between_exchanges);
    if (!stopping_ || doubted_) co_await ask();
  }
  running_ = false;
  settle_doubt();
  ended_->wake();
}

Awaitable<bool> Canary::ask() {
  if (lost_) co_return false;
  const auto began = runtime_.now();
  const auto answer = co_await exchange_(limits_.timeout);
  if (answer.served) {
    last_served_ = began;
  } else {
    doubted_ = true;
    co_await ask_with_patience();
  }
  settle_doubt();
  co_return !lost_;
}

/// A slow broker is not a dead one, and one that is not there may come back.
Awaitable<void> Canary::ask_with_patience() {
  const auto give_up = runtime_.now() + std::min(time_to_return, limits_.patience);
  while (true) {
    const auto began = runtime_.now();
    const auto answer = co_await exchange_(limits_.patience);
    if (answer.served) {
      last_served_ = began;
      co_return;
    }
    if (answer.late || runtime_.now() >= give_up) {
      lost_ = true;
      evidence_ = answer.evidence;
      co_return;
    }
    co_await runtime_.sleep_for(between_attempts);
  }
}

void Canary::settle_doubt() {
  doubted_ = false;
  for (auto* waiting : std::exchange(waiting_, {})) waiting->wake();
}

Awaitable<bool> Canary::is_there() {
  const auto timer = runtime_.make_timer();
  while (doubted_) {
    waiting_.push_back(timer.get());
    co_await timer->wait_until(transport::TimePoint::max());
  }
  co_return !lost_;
}

}  // namespace mqttspec::conformance
