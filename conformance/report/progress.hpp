#pragma once

#include "conformance/report/style.hpp"
#include "conformance/runner/runner.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace mqttspec::conformance::report {

/// Shows on a terminal how a run goes on: one line that is redrawn at most some times a second, and is gone when the run ends.
class Progress : public Observer {
 public:
  using Write = std::function<void(std::string_view)>;
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  /// @param write   puts text on the terminal at once
  /// @param columns of the terminal: the line is cut so that it never wraps
  /// @param now     the wall's time, also where the run's own is simulated
  Progress(Write write, std::size_t columns, Colour colour, Now now = std::chrono::steady_clock::now);
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void run_started(int total) override;
  void case_started(const CaseResult& head) override;
  void case_finished(const CaseResult& result) override;
  void notice(const std::string& text) override;

  /// Wipes the line away; more may be shown later.
  void clear();

 private:
  void redraw_when_due();
  std::string line() const;

  Write write_;
  std::size_t columns_;
  Colour colour_;
  Now now_;
  std::chrono::steady_clock::time_point next_redraw_{};
  int total_ = 0;
  int done_ = 0;
  int failed_ = 0;
  std::map<std::pair<std::string, ProtocolVersion>, int> under_way_;  ///< and when each began: the lowest number first
  int started_ = 0;
  bool is_shown_ = false;
};

}  // namespace mqttspec::conformance::report
