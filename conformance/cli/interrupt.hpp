#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace mqttspec::conformance::cli {

/// Calls a function when SIGINT or SIGTERM comes, on a thread of its own, where everything is allowed that a signal handler must not do.
/// Make it before other threads are started: the signals are blocked in those as well.
class InterruptWatch {
 public:
  explicit InterruptWatch(std::function<void()> interrupted);
  /// Stops watching; waits for a call that is under way.
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::thread watcher_;
};

}  // namespace mqttspec::conformance::cli
