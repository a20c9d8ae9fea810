#include "conformance/runner/timing.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;

TEST(Timing, TellsTheSpreadOfDeliveries) {
  const Timing timing = judge_timing({3ms, 1ms, 2ms}, {}, {}, 30s);
  EXPECT_EQ(timing.deliveries, 3);
  EXPECT_EQ(timing.shortest, 1ms);
  EXPECT_EQ(timing.median, 2ms);
  EXPECT_EQ(timing.longest, 3ms);
}

TEST(Timing, SettlesAtLeastSixtyMilliseconds) {
  EXPECT_EQ(judge_timing({}, {}, {}, 30s).settle, 60ms);
  EXPECT_EQ(judge_timing({1ms, 2ms}, {}, {}, 30s).settle, 60ms);
}

TEST(Timing, SettlesLongerWhereDeliveriesTakeLongOrVary) {
  EXPECT_EQ(judge_timing({100ms, 100ms}, {}, {}, 30s).settle, 200ms);
  EXPECT_EQ(judge_timing({20ms, 100ms}, {}, {}, 30s).settle, 520ms);
}

TEST(Timing, WaitsForSubscriptionsThatTakeEffectLate) {
  EXPECT_EQ(judge_timing({1ms}, 0ms, {}, 30s).subscription_wait, 0ms);
  EXPECT_EQ(judge_timing({1ms}, 3ms, {}, 30s).subscription_wait, 20ms);
  const Timing timing = judge_timing({1ms}, 400ms, {}, 30s);
  EXPECT_EQ(timing.subscription_wait, 800ms);
  EXPECT_EQ(timing.settle, 800ms);
}

TEST(Timing, IsNeverLongerThanPatience) {
  const Timing timing = judge_timing({20s}, 20s, {}, 30s);
  EXPECT_EQ(timing.subscription_wait, 30s);
  EXPECT_EQ(timing.settle, 30s);
}

TEST(Timing, LeavesASettleTimeThatIsGiven) {
  const Timing timing = judge_timing({20s}, {}, 5ms, 30s);
  EXPECT_EQ(timing.settle, 5ms);
  EXPECT_TRUE(timing.settle_is_given);
}

}  // namespace
}  // namespace mqttspec::conformance
