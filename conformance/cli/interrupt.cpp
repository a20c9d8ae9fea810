#include "conformance/cli/interrupt.hpp"

#include <csignal>
#include <utility>

namespace mqttspec::conformance::cli {
namespace {

sigset_t interrupting_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

InterruptWatch::InterruptWatch(std::function<void()> interrupted) {
  const sigset_t signals = interrupting_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::thread([this, signals, interrupted = std::move(interrupted)] {
    int signal = 0;
    sigwait(&signals, &signal);
    if (!done_) interrupted();
  });
}

InterruptWatch::~InterruptWatch() {
  done_ = true;
  // Wakes the watcher where no signal has; where one has, its thread has ended or is about to.
  pthread_kill(watcher_.native_handle(), SIGTERM);
  watcher_.join();
  const sigset_t signals = interrupting_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace mqttspec::conformance::cli
