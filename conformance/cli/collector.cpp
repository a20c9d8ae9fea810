#include "conformance/cli/collector.hpp"

#include <algorithm>

namespace mqttspec::conformance::cli {

void Collector::run_started(int total) {
  const std::lock_guard lock(mutex_);
  if (progress_) progress_->run_started(total);
}

void Collector::case_started(const CaseResult& head) {
  const std::lock_guard lock(mutex_);
  if (progress_) progress_->case_started(head);
}

void Collector::case_finished(const CaseResult& result) {
  const std::lock_guard lock(mutex_);
  finished_.push_back(result);
  if (progress_) progress_->case_finished(result);
}

void Collector::notice(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (progress_) progress_->notice(text);
}

std::vector<CaseResult> Collector::finished(const std::vector<CaseResult>& listed) const {
  std::vector<CaseResult> in_order;
  for (const CaseResult& head : listed) {
    const auto is_same = [&](const CaseResult& one) { return one.id == head.id && one.version == head.version; };
    const auto found = std::ranges::find_if(finished_, is_same);
    if (found != finished_.end()) in_order.push_back(*found);
  }
  return in_order;
}

}  // namespace mqttspec::conformance::cli
