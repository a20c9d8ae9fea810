#include "conformance/runner/timing.hpp"

#include <algorithm>
#include <chrono>

namespace mqttspec::conformance {
namespace {

using transport::Duration;

constexpr Duration least_settle = std::chrono::milliseconds(60);
/// The probe sees a lag only as exactly as it looks.
constexpr Duration least_subscription_wait = std::chrono::milliseconds(20);

}  // namespace

Timing judge_timing(std::vector<Duration> deliveries, Duration lag, std::optional<Duration> given_settle, Duration longest_wait) {
  Timing timing{.deliveries = static_cast<int>(deliveries.size()), .subscription_lag = lag, .settle_is_given = given_settle.has_value()};
  if (!deliveries.empty()) {
    std::ranges::sort(deliveries);
    timing.shortest = deliveries.front();
    timing.median = deliveries[deliveries.size() / 2];
    timing.longest = deliveries.back();
  }
  if (lag.count() > 0) timing.subscription_wait = std::min(longest_wait, std::max(2 * lag, least_subscription_wait));
  const Duration spread = timing.longest - timing.shortest;
  const Duration measured = std::max({least_settle, 2 * timing.longest + 4 * spread, timing.subscription_wait});
  timing.settle = given_settle.value_or(std::min(measured, std::max(longest_wait, least_settle)));
  return timing;
}

}  // namespace mqttspec::conformance
