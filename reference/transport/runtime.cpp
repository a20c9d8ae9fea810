#include "reference/transport/runtime.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {

namespace asio = boost::asio;

Awaitable<void> Runtime::sleep_until(TimePoint deadline) {
  const auto timer = make_timer();
  co_await timer->wait_until(deadline);
}

Awaitable<void> Runtime::sleep_for(Duration duration) {
  const auto start = now();
  return sleep_until(duration < TimePoint::max() - start ? start + duration : TimePoint::max());
}

void Runtime::spawn(Awaitable<void> task) {
  asio::co_spawn(executor(), std::move(task), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

void Runtime::run_to_end(Awaitable<void> task) {
  struct Outcome {
    bool ended = false;
    bool abandoned = false;
    std::exception_ptr thrown;
  };
  const auto outcome = std::make_shared<Outcome>();
  asio::co_spawn(executor(), std::move(task), [this, outcome](const std::exception_ptr& thrown) {
    outcome->ended = true;
    outcome->thrown = thrown;
    if (!outcome->abandoned) stop();
  });
  // Should another coroutine's exception leave run(), then this task may still end in a later run, which it must not stop.
  struct Abandon {
    Outcome& outcome;
    ~Abandon() { outcome.abandoned = true; }
  } const abandon{*outcome};

  run();
  if (!outcome->ended) {
    throw std::logic_error(
        "run_to_end: the task has not ended, and nothing can wake it: nothing is ready and no deadline is set (deadlock)"
        ", or someone else called stop()");
  }
  if (outcome->thrown) std::rethrow_exception(outcome->thrown);
}

}  // namespace mqttspec::transport
