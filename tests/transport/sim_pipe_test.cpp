#include "reference/transport/sim_pipe.hpp"

#include "tests/transport/support.hpp"

#include <vector>

namespace mqttspec::transport::testing {
namespace {

using Peer = SimPipe::Peer;

constexpr TimePoint start{1h};

struct Arrival {
  Duration after;
  std::string text;
  bool operator==(const Arrival&) const = default;
};

/// Takes everything as soon as it arrives.
std::vector<Arrival> arrivals(SimPipe& pipe) {
  std::vector<Arrival> all;
  for (auto due = pipe.next_arrival(); due != TimePoint::max(); due = pipe.next_arrival()) {
    std::array<std::uint8_t, 4096> buffer{};
    const auto count = pipe.take(buffer, due);
    if (count == 0) break;
    all.push_back({due - start, {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count)}});
  }
  return all;
}

std::string joined(const std::vector<Arrival>& all) {
  std::string text;
  for (const auto& arrival : all) text += arrival.text;
  return text;
}

TEST(SimPipe, ShowsEveryByteOnItsOwnWhenSegmentsHoldOne) {
  SimPipe pipe({.smallest_segment = 1, .largest_segment = 1}, 1);
  EXPECT_EQ(pipe.put(bytes("abcdefgh"), start), 8u);
  const auto all = arrivals(pipe);
  EXPECT_EQ(all.size(), 8u);
  EXPECT_EQ(joined(all), "abcdefgh");
}

TEST(SimPipe, DeliversPiecesTogetherThatAreDueTogether) {
  SimPipe pipe({.smallest_segment = 100, .largest_segment = 100, .least_delay = 50us, .most_delay = 50us}, 1);
  pipe.put(bytes("one,"), start);
  pipe.put(bytes("two,"), start);
  pipe.put(bytes("three"), start + 1us);
  EXPECT_EQ(arrivals(pipe), (std::vector<Arrival>{{50us, "one,two,"}, {51us, "three"}}));
}

TEST(SimPipe, DeliversEverythingTogetherToALateReader) {
  SimPipe pipe({.smallest_segment = 1, .largest_segment = 1}, 1);
  pipe.put(bytes("abcdefgh"), start);
  std::array<std::uint8_t, 100> buffer{};
  EXPECT_EQ(pipe.take(buffer, start + 1s), 8u);
}

TEST(SimPipe, KeepsOrderSizesAndDelaysWithinBounds) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimPipe pipe({.smallest_segment = 2, .largest_segment = 5, .least_delay = 10us, .most_delay = 90us}, seed);
    pipe.put(bytes("abcdefghijklmnopqrstuvwxyz"), start);
    const auto all = arrivals(pipe);
    EXPECT_EQ(joined(all), "abcdefghijklmnopqrstuvwxyz");
    for (const auto& [after, text] : all) {
      EXPECT_GE(after, 10us);
      EXPECT_LE(after, 91us);
      EXPECT_LE(text.size(), 5u);
      EXPECT_TRUE(text.size() >= 2 || &text == &all.back().text);
    }
  }
}

TEST(SimPipe, CutsSmallPacketsToo) {
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimPipe pipe({}, seed);
    pipe.put(bytes("a packet of thirty bytes ......"), start);
    cut += arrivals(pipe).size() > 1;
  }
  EXPECT_GT(cut, 10);
  EXPECT_LT(cut, 90);
}

TEST(SimPipe, HoldsNoMoreThanItsCapacity) {
  SimPipe pipe({.pipe_capacity = 4}, 1);
  EXPECT_EQ(pipe.put(bytes("abcdefgh"), start), 4u);
  EXPECT_FALSE(pipe.has_room());
  std::array<std::uint8_t, 3> buffer{};
  EXPECT_EQ(pipe.take(buffer, start + 1s), 3u);
  EXPECT_TRUE(pipe.has_room());
  EXPECT_EQ(pipe.put(bytes("efgh"), start + 1s), 3u);
}

TEST(SimPipe, ShowsTheEndAfterTheLastByte) {
  SimPipe pipe({.smallest_segment = 1, .largest_segment = 1}, 1);
  pipe.put(bytes("abc"), start);
  pipe.end(start);
  EXPECT_EQ(pipe.writer(start + 1s), Peer::there) << "bytes before the end";
  EXPECT_EQ(joined(arrivals(pipe)), "abc");
  EXPECT_EQ(pipe.writer(start + 1s), Peer::closed);
}

TEST(SimPipe, DropsBytesInTransitWhenAborted) {
  SimPipe pipe({.least_delay = 50us, .most_delay = 50us}, 1);
  pipe.put(bytes("arrived"), start);
  pipe.put(bytes("never"), start + 100us);
  pipe.abort(start + 100us);
  std::array<std::uint8_t, 100> buffer{};
  EXPECT_EQ(pipe.take(buffer, start + 1s), 7u);
  EXPECT_EQ(pipe.writer(start + 149us), Peer::there);
  EXPECT_EQ(pipe.writer(start + 150us), Peer::reset);
}

TEST(SimPipe, DropsBytesSentToAReaderThatHasLeft) {
  SimPipe pipe({.least_delay = 50us, .most_delay = 50us, .pipe_capacity = 4}, 1);
  pipe.leave(Peer::closed, start);
  EXPECT_EQ(pipe.put(bytes("abcdefgh"), start), 8u);
  EXPECT_EQ(pipe.next_arrival(), TimePoint::max());
  EXPECT_EQ(pipe.reader(start + 49us), Peer::there);
  EXPECT_EQ(pipe.reader(start + 50us), Peer::closed);
}

}  // namespace
}  // namespace mqttspec::transport::testing
