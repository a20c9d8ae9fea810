#pragma once

#include "reference/transport/cancellation.hpp"

/// A read or an accept that finds something completes without returning to the event loop, because that is fast. A peer that always has
/// something ready would then keep every other coroutine from running: timers, signals, other connections. So an operation that completed
/// without waiting obliges the next one to let others go first.
///
/// The rule is applied where bytes and connections enter the process (tcp.cpp). Whatever loops over a peer's input (TLS records, WebSocket
/// frames, packets) gets its bytes from there, at most one buffer at a time, and needs no rule of its own.
namespace mqttspec::transport {

/// One for each sequence of operations: a socket's reads, a listener's accepts.
class Fairness {
 public:
  /// One operation of the sequence; alive until it ends.
  class Operation {
   public:
    explicit Operation(Fairness& fairness) : fairness_(fairness) {}
    /// Whether yield() must be awaited before anything is taken.
    bool must_yield() const { return fairness_.owes_turn_; }
    boost::asio::awaitable<void> yield() {
      co_await let_others_go_first();
      waited();
    }
    /// The operation has been suspended.
    void waited() {
      waited_ = true;
      fairness_.owes_turn_ = false;
    }
    /// The operation has taken something.
    void completed() { fairness_.owes_turn_ = !waited_; }

   private:
    Fairness& fairness_;
    bool waited_ = false;
  };

 private:
  bool owes_turn_ = false;
};

}  // namespace mqttspec::transport
