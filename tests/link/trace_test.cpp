#include "reference/link/trace.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mqttspec::link {
namespace {

using testing::HasSubstr;

Trace record(int count, std::size_t packet_bytes) {
  TraceRecorder recorder;
  const wire::Bytes packet(packet_bytes, 0x55);
  for (int i = 0; i < count; ++i) recorder.add({.connection = 1, .text = fmt::format("line {}", i)}, packet);
  return recorder.take();
}

TEST(TraceRecorder, KeepsEverythingOfAShortStory) {
  const Trace trace = record(100, 100);
  ASSERT_EQ(trace.size(), 100u);
  EXPECT_EQ(trace[0].text, "line 0");
  EXPECT_EQ(trace[99].text, "line 99");
  EXPECT_EQ(trace[99].bytes.size(), 100u);
}

TEST(TraceRecorder, KeepsTheBeginningAndTheEndOfALongOne) {
  constexpr int count = 100'000;
  const Trace trace = record(count, 100);
  ASSERT_GT(trace.size(), 500u);
  EXPECT_LT(trace.size() * (sizeof(TraceLine) + 100), 2 * TraceRecorder::Limits().last + 1'000);
  EXPECT_EQ(trace[0].text, "line 0");
  EXPECT_EQ(trace[trace.size() - 1].text, "line 99999");
  std::size_t gaps = 0;
  for (const TraceLine& line : trace) {
    if (line.connection == 1) continue;
    ++gaps;
    EXPECT_EQ(line.text, fmt::format("{} lines are omitted here", count - (trace.size() - 1)));
  }
  EXPECT_EQ(gaps, 1u);
}

TEST(TraceRecorder, CutsALongPacket) {
  const Trace trace = record(1, 100'000);
  ASSERT_EQ(trace.size(), 1u);
  EXPECT_EQ(trace[0].bytes.size(), TraceRecorder::longest_packet);
}

TEST(TraceRecorder, KeepsTheLastLineHoweverLongItIs) {
  TraceRecorder recorder;
  for (int i = 0; i < 3; ++i) recorder.add({.text = std::string(2 * TraceRecorder::Limits().last, static_cast<char>('a' + i))}, {});
  const Trace trace = recorder.take();
  ASSERT_EQ(trace.size(), 2u);
  EXPECT_EQ(trace[0].text, "2 lines are omitted here");
  EXPECT_THAT(trace[1].text, HasSubstr("ccc"));
}

TEST(TraceRecorder, StartsAnewOnceTaken) {
  TraceRecorder recorder;
  recorder.add({.text = "once"}, {});
  EXPECT_EQ(recorder.take().size(), 1u);
  EXPECT_TRUE(recorder.take().empty());
}

}  // namespace
}  // namespace mqttspec::link
