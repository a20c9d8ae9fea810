#include "conformance/harness/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace mqttspec::conformance {
namespace {

std::size_t memory_of(const TraceLine& line) { return sizeof(TraceLine) + line.client.size() + line.text.size() + line.bytes.size(); }

}  // namespace

void TraceRecorder::add(TraceLine line, wire::ByteView bytes) {
  const auto kept = bytes.first(std::min(bytes.size(), longest_packet));
  line.bytes.assign(kept.begin(), kept.end());
  if (kept.size() < bytes.size()) line.size = bytes.size();
  const auto memory = memory_of(line);
  if (last_.empty() && first_bytes_ + memory <= bytes_for_each_end) {
    first_bytes_ += memory;
    first_.push_back(std::move(line));
    return;
  }
  last_bytes_ += memory;
  last_.push_back(std::move(line));
  while (last_bytes_ > bytes_for_each_end && last_.size() > 1) {
    last_bytes_ -= memory_of(last_.front());
    last_.pop_front();
    ++left_out_;
  }
}

Trace TraceRecorder::take() {
  auto lines = std::exchange(first_, {});
  if (left_out_ > 0) lines.push_back({.at = last_.front().at, .text = fmt::format("{} lines are left out here", left_out_)});
  std::ranges::move(last_, std::back_inserter(lines));
  *this = {};
  return Trace(std::move(lines));
}

}  // namespace mqttspec::conformance
