#pragma once

#include "reference/transport/runtime.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mqttspec::conformance {

/// Asks beside the cases, again and again, whether the broker still serves a simple exchange. A broker that has died, or hangs while its
/// port stays open, is not a hundred failures.
class Canary {
 public:
  struct Answer {
    bool served = false;
    bool late = false;       ///< the limit ran out
    std::string evidence{};  ///< why it was not served
  };
  /// One exchange. @param limit for each answer of the broker
  using Exchange = std::function<transport::Awaitable<Answer>(transport::Duration limit)>;

  struct Limits {
    transport::Duration timeout;   ///< for an answer, before there is doubt
    transport::Duration patience;  ///< for an answer, before the broker is given up
  };

  Canary(transport::Runtime& runtime, Exchange exchange, Limits limits);

  /// Begins to ask every quarter of a second.
  void start();
  /// Ends that, when the exchange under way has come to its end.
  transport::Awaitable<void> stop();

  /// Something looks as if the broker were gone: asks at once.
  void worry();
  /// The same, and nothing may be begun until there is an answer.
  void doubt();
  /// Asks now. @return whether the broker is there
  transport::Awaitable<bool> ask();
  /// Waits while there is doubt. @return whether the broker is there
  transport::Awaitable<bool> is_there();

  bool is_lost() const { return lost_; }
  /// Why it was given up.
  const std::string& evidence() const { return evidence_; }
  /// When the last exchange began that was served.
  transport::TimePoint last_served() const { return last_served_; }

 private:
  transport::Awaitable<void> go_on_asking();
  transport::Awaitable<void> ask_with_patience();
  void settle_doubt();

  transport::Runtime& runtime_;
  Exchange exchange_;
  Limits limits_;
  std::unique_ptr<transport::Timer> next_;   ///< to the next exchange
  std::unique_ptr<transport::Timer> ended_;  ///< of go_on_asking()
  std::vector<transport::Timer*> waiting_;   ///< for an end of doubt
  transport::TimePoint last_served_;
  std::string evidence_;
  bool running_ = false;
  bool stopping_ = false;
  bool doubted_ = false;
  bool lost_ = false;
};

}  // namespace mqttspec::conformance
