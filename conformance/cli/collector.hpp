#pragma once

#include "conformance/report/progress.hpp"
#include "conformance/runner/runner.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mqttspec::conformance::cli {

/// Keeps what a run has found so far, for the report of a run that is interrupted, and passes everything on to the progress line.
class Collector : public Observer {
 public:
  /// @param progress nullptr to show none
  explicit Collector(std::unique_ptr<report::Progress> progress) : progress_(std::move(progress)) {}

  void run_started(int total) override;
  void case_started(const CaseResult& head) override;
  void case_finished(const CaseResult& result) override;
  void notice(const std::string& text) override;

  /// Holds up the run, for good if the lock is kept: whoever has it reports alone. From any thread.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }
  /// Ends the progress line. Under hold(), or after the run.
  void end_progress() { progress_.reset(); }
  /// What has finished, in the order of `listed`. Under hold(), or after the run.
  std::vector<CaseResult> finished(const std::vector<CaseResult>& listed) const;

 private:
  std::mutex mutex_;
  std::unique_ptr<report::Progress> progress_;
  std::vector<CaseResult> finished_;
};

}  // namespace mqttspec::conformance::cli
