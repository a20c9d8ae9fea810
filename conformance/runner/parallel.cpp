#include "conformance/runner/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace mqttspec::conformance {
namespace {

/// What the threads have in common.
class Pool {
 public:
  Pool(std::size_t count, const std::function<void(std::size_t)>& work) : count_(count), work_(work) {}

  void take_turns() {
    for (std::size_t number = next_++; number < count_; number = next_++) {
      try {
        work_(number);
      } catch (...) {
        give_up(std::current_exception());
      }
    }
  }

  void rethrow() const {
    if (problem_) std::rethrow_exception(problem_);
  }

 private:
  void give_up(std::exception_ptr problem) {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
    next_ = count_;
  }

  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr problem_;
};

}  // namespace

void for_each_in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  Pool pool(count, work);
  {
    std::vector<std::jthread> running;
    const auto wanted = std::min(static_cast<std::size_t>(std::max(threads, 1)), count);
    for (std::size_t i = 0; i < wanted; ++i) running.emplace_back([&] { pool.take_turns(); });
  }
  pool.rethrow();
}

}  // namespace mqttspec::conformance
