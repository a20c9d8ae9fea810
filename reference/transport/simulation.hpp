#pragma once

#include "reference/transport/time.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

/// Virtual time: what runs next, and when. Internal to SimRuntime.
namespace mqttspec::transport {

class Waiter;

/// Why a wait has ended.
enum class Wake : std::uint8_t { due, woken, cancelled };

/// The coroutines that are ready (in an io_context) and those that wait, in the order of their deadlines. Waits with the same deadline end
/// in the order in which they began; neither addresses nor real time have any influence.
///
/// Everything that a coroutine can be suspended on shares the Simulation; shut_down() breaks the cycle.
class Simulation {
 public:
  Simulation() = default;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  TimePoint now() const { return now_; }
  boost::asio::io_context::executor_type executor() { return io_->get_executor(); }

  /// Runs until stop() is called, or nothing is ready and no deadline is left.
  void run();
  void stop() { io_->stop(); }
  /// Destroys every suspended coroutine. Nothing runs afterwards; wake() may be called and does nothing.
  void shut_down();

 private:
  friend class Waiter;
  /// TimePoint::max() means no deadline; such waits are listed for shut_down().
  using Waiting = std::map<std::pair<TimePoint, std::uint64_t>, Waiter*>;
  using Resume = std::move_only_function<void(Wake)>;

  void post(Resume resume, Wake why);

  // Without locks, because one thread runs it.
  std::optional<boost::asio::io_context> io_{std::in_place, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{io_->get_executor()};
  TimePoint now_{std::chrono::hours(1)};
  Waiting waiting_;
  std::uint64_t waits_ = 0;
};

/// A point where one coroutine waits for a deadline or a call of wake(), whichever is first.
class Waiter {
 public:
  explicit Waiter(std::shared_ptr<Simulation> simulation) : simulation_(std::move(simulation)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Simulation& simulation() const { return *simulation_; }
  bool is_waiting() const { return resume_ != nullptr; }

  /// `co_await waiter.wait(deadline)` returns a Wake. The Waiter must live until then. TimePoint::max() means no deadline.
  /// @pre !is_waiting()
  auto wait(TimePoint deadline) {
    return boost::asio::async_initiate<const boost::asio::deferred_t, void(Wake)>(
        [this, deadline](auto handler) {
          const auto slot = boost::asio::get_associated_cancellation_slot(handler);
          begin(std::move(handler), deadline, slot);
        },
        boost::asio::deferred);
  }

  /// `co_await waiter.pass()` lets everything that is ready run first.
  auto pass() {
    return boost::asio::async_initiate<const boost::asio::deferred_t, void(Wake)>(
        [this](auto handler) { simulation_->post(std::move(handler), Wake::woken); }, boost::asio::deferred);
  }

  /// Ends the wait under way, if any.
  void wake() { end(Wake::woken); }
  /// Changes the deadline of the wait under way, if any. Cheaper than waking a coroutine that would wait again.
  void reschedule(TimePoint deadline);

 private:
  friend class Simulation;
  void begin(Simulation::Resume resume, TimePoint deadline, boost::asio::cancellation_slot slot);
  void end(Wake why);

  std::shared_ptr<Simulation> simulation_;
  Simulation::Waiting::iterator place_;  ///< while resume_ is set
  Simulation::Resume resume_;
  boost::asio::cancellation_slot slot_;
};

}  // namespace mqttspec::transport
