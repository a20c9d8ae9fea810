#include "reference/transport/simulation.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cassert>

namespace mqttspec::transport {

namespace asio = boost::asio;

void Simulation::run() {
  io_->restart();
  while (true) {
    io_->poll();
    if (io_->stopped() || waiting_.empty()) return;
    const auto deadline = waiting_.begin()->first.first;
    if (deadline == TimePoint::max()) return;
    now_ = std::max(now_, deadline);
    while (!waiting_.empty() && waiting_.begin()->first.first <= now_) waiting_.begin()->second->end(Wake::due);
  }
}

void Simulation::shut_down() {
  // Asio unwinds the coroutine of a dropped handler through the executor, so the frames are destroyed with the io_context. Their streams
  // and timers have no waits then, and wake() does nothing.
  while (!waiting_.empty()) {
    Waiter& waiter = *waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    waiter.slot_.clear();
    const auto dropped = std::exchange(waiter.resume_, nullptr);
  }
  work_.reset();
  io_.reset();
}

void Simulation::post(Resume resume, Wake why) {
  asio::post(*io_, [resume = std::move(resume), why]() mutable { resume(why); });
}

void Waiter::begin(Simulation::Resume resume, TimePoint deadline, asio::cancellation_slot slot) {
  assert(!is_waiting());
  resume_ = std::move(resume);
  slot_ = slot;
  if (slot_.is_connected()) {
    slot_.assign([this](asio::cancellation_type) { end(Wake::cancelled); });
  }
  place_ = simulation_->waiting_.emplace(std::pair(deadline, ++simulation_->waits_), this).first;
}

void Waiter::reschedule(TimePoint deadline) {
  if (!is_waiting() || place_->first.first == deadline) return;
  auto node = simulation_->waiting_.extract(place_);
  node.key() = {deadline, ++simulation_->waits_};
  place_ = simulation_->waiting_.insert(std::move(node)).position;
}

void Waiter::end(Wake why) {
  if (!is_waiting()) return;
  simulation_->waiting_.erase(place_);
  // A cancelled wait is being called through the slot; Asio clears it when the coroutine continues.
  if (why != Wake::cancelled) slot_.clear();
  simulation_->post(std::exchange(resume_, nullptr), why);
}

}  // namespace mqttspec::transport
