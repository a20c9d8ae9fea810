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

/// Virtual time: what runs next, and when it is. Internal to SimRuntime.
namespace mqttspec::transport {

class Waiter;

/// Why a wait has ended.
enum class Wake : std::uint8_t { due, woken, cancelled };

/// The ready coroutines (an io_context without a reactor) and those that wait, in the order of their deadlines. Waits with the same
/// deadline end in the order in which they began; addresses and real time play no part.
///
/// Everything that a coroutine can be suspended on holds a share of the Simulation; shut_down() breaks the circle.
class Simulation {
 public:
  Simulation() = default;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  TimePoint now() const { return now_; }
  boost::asio::io_context::executor_type executor() { return io_->get_executor(); }

  /// Until stop() is called, or nothing is ready and no deadline is left.
  void run();
  void stop() { io_->stop(); }
  /// Destroys every suspended coroutine. Nothing runs afterwards; waking is allowed and does nothing.
  void shut_down();

 private:
  friend class Waiter;
  /// TimePoint::max() is no deadline: those waits are listed so that shut_down() finds them.
  using Waiting = std::map<std::pair<TimePoint, std::uint64_t>, Waiter*>;
  using Resume = std::move_only_function<void(Wake)>;

  void post(Resume resume, Wake why);

  // No locks: one thread at a time.
  std::optional<boost::asio::io_context> io_{std::in_place, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{io_->get_executor()};
  TimePoint now_{std::chrono::hours(1)};
  Waiting waiting_;
  std::uint64_t waits_ = 0;
};

/// The place where one coroutine waits for a deadline or a call of wake(), whichever comes first.
class Waiter {
 public:
  explicit Waiter(std::shared_ptr<Simulation> simulation) : simulation_(std::move(simulation)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Simulation& simulation() const { return *simulation_; }
  bool is_waiting() const { return resume_ != nullptr; }

  /// `co_await waiter.wait(deadline)` gives a Wake. The Waiter must live until then; TimePoint::max() means for ever.
  /// @pre !is_waiting()
  auto wait(TimePoint deadline) {
    return boost::asio::async_initiate<const boost::asio::deferred_t, void(Wake)>(
        [this, deadline](auto handler) {
          const auto slot = boost::asio::get_associated_cancellation_slot(handler);
          begin(std::move(handler), deadline, slot);
        },
        boost::asio::deferred);
  }

  /// `co_await waiter.pass()`: lets everything go first that is ready now.
  auto pass() {
    return boost::asio::async_initiate<const boost::asio::deferred_t, void(Wake)>(
        [this](auto handler) { simulation_->post(std::move(handler), Wake::woken); }, boost::asio::deferred);
  }

  /// Ends the wait under way; does nothing when there is none.
  void wake() { end(Wake::woken); }
  /// Gives the wait under way another deadline; does nothing when there is none. Cheaper than to wake a coroutine that would wait again.
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
