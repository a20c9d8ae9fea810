// Simulated time only; runtime_test.cpp tests what both runtimes have in common.
#include "tests/transport/support.hpp"

#include <fmt/format.h>

#include <thread>
#include <vector>

namespace mqttspec::transport::testing {
namespace {

constexpr SimOptions even_delay{.smallest_segment = 65'536, .largest_segment = 65'536, .least_delay = 100us, .most_delay = 100us};

TEST(SimRuntime, StartsAnHourAfterTheEpoch) { EXPECT_EQ(make_sim_runtime()->now(), TimePoint(1h)); }

TEST(SimRuntime, SleepsForYearsInNoTime) {
  const auto runtime = make_sim_runtime();
  const auto real_start = std::chrono::steady_clock::now();
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    for (int hour = 0; hour < 10'000; ++hour) co_await rt.sleep_for(1h);
  }(*runtime));
  EXPECT_EQ(runtime->now(), TimePoint(10'001h));
  EXPECT_LT(std::chrono::steady_clock::now() - real_start, 10s);
}

TEST(SimRuntime, EndsWaitsInTheOrderOfTheirDeadlinesAndStarts) {
  const auto runtime = make_sim_runtime();
  std::string order;
  const auto wait = [&](Duration duration, char name) -> Awaitable<void> {
    co_await runtime->sleep_for(duration);
    order += name;
  };
  runtime->spawn(wait(2s, 'd'));
  runtime->spawn(wait(1s, 'a'));
  runtime->spawn(wait(1s, 'b'));
  runtime->spawn(wait(3s, 'e'));
  runtime->spawn(wait(1s, 'c'));
  runtime->run();
  EXPECT_EQ(order, "abcde");
}

TEST(SimRuntime, LetsNoTimePassWhileSomethingIsReady) {
  const auto runtime = make_sim_runtime(even_delay);
  with_connection(*runtime, [&](Ends& ends) -> Awaitable<void> {
    const auto start = runtime->now();
    for (int i = 0; i < 1000; ++i) co_await send(*ends.client, "x");
    EXPECT_EQ(runtime->now(), start);
    EXPECT_EQ((co_await receive_some(*ends.server)).size(), 1000u);
    EXPECT_EQ(runtime->now(), start + 100us);
  });
}

TEST(SimRuntime, ReturnsFromRunWhenNothingCanHappen) {
  const auto runtime = make_sim_runtime();
  runtime->run();
  runtime->spawn(runtime->sleep_until(TimePoint::max()));
  runtime->run();
  EXPECT_EQ(runtime->now(), TimePoint(1h));
}

TEST(SimRuntime, ReportsADeadlock) {
  const auto runtime = make_sim_runtime();
  const auto waits_for_ever = [](Runtime& rt) -> Awaitable<void> {
    auto ends = co_await connected(rt);
    co_await receive_some(*ends.client);
  };
  EXPECT_THROW(runtime->run_to_end(waits_for_ever(*runtime)), std::logic_error);
  runtime->run_to_end(runtime->sleep_for(1s));
}

TEST(SimRuntime, ConnectsAfterADelay) {
  const auto runtime = make_sim_runtime(even_delay);
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    const auto start = rt.now();
    value_of(co_await rt.connect(listener->url(), start + 200us));
    EXPECT_EQ(rt.now(), start + 200us);
    EXPECT_EQ(failure_of(co_await rt.connect(listener->url(), start + 399us)), Error::Kind::timed_out);
    EXPECT_EQ(rt.now(), start + 399us);
  }(*runtime));
}

TEST(SimRuntime, DeliversOneByteAtATimeIfConfigured) {
  const auto runtime = make_sim_runtime({.smallest_segment = 1, .largest_segment = 1});
  with_connection(*runtime, [](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "one by one");
    for (const char c : std::string("one by one")) EXPECT_EQ(co_await receive_some(*ends.server), std::string(1, c));
  });
}

TEST(SimRuntime, HoldsAWriterBackUntilItsReaderReads) {
  auto options = even_delay;
  options.pipe_capacity = 1000;
  const auto runtime = make_sim_runtime(options);
  with_connection(*runtime, [&](Ends& ends) -> Awaitable<void> {
    const auto start = runtime->now();
    const auto late_reader = [&]() -> Awaitable<void> {
      co_await runtime->sleep_for(1s);
      co_await receive(*ends.server, 5000);
    };
    const auto writer = [&]() -> Awaitable<void> {
      co_await send(*ends.client, std::string(1000, 'x'));
      EXPECT_EQ(runtime->now(), start) << "a write that fits returns at once";
      co_await send(*ends.client, std::string(4000, 'x'));
      EXPECT_GE(runtime->now(), start + 1s);
    };
    co_await (writer() && late_reader());
  });
}

TEST(SimRuntime, DropsBytesInTransitOnReset) {
  const auto runtime = make_sim_runtime(even_delay);
  with_connection(*runtime, [&](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "arrived");
    co_await runtime->sleep_for(100us);
    co_await send(*ends.client, "lost");
    ends.client->reset();
    const auto start = runtime->now();
    EXPECT_EQ(co_await receive_some(*ends.server), "arrived");
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await ends.server->read_some(buffer)), Error::Kind::reset);
    EXPECT_EQ(runtime->now(), start + 100us);
    EXPECT_EQ(failure_of(co_await ends.server->write(bytes("x"))), Error::Kind::reset);
  });
}

TEST(SimRuntime, LetsAResetOvertakeAnEndThatHasNotArrived) {
  const auto runtime = make_sim_runtime(even_delay);
  with_connection(*runtime, [](Ends& ends) -> Awaitable<void> {
    ends.client->shutdown_send();
    ends.client->reset();
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await ends.server->read_some(buffer)), Error::Kind::reset);
  });
}

TEST(SimRuntime, EndsAWriteWhenThePeerHasClosed) {
  const auto runtime = make_sim_runtime(even_delay);
  with_connection(*runtime, [&](Ends& ends) -> Awaitable<void> {
    ends.server->close();
    co_await send(*ends.client, "not known yet");
    co_await runtime->sleep_for(100us);
    EXPECT_EQ(failure_of(co_await ends.client->write(bytes("x"))), Error::Kind::closed);
  });
}

TEST(SimRuntime, LosesNoByteThatArrivesTogetherWithADeadline) {
  const auto runtime = make_sim_runtime(even_delay);
  with_connection(*runtime, [&](Ends& ends) -> Awaitable<void> {
    std::array<std::uint8_t, 8> buffer{};
    co_await send(*ends.client, "x");
    const auto first = co_await (runtime->sleep_for(100us) || ends.server->read_some(buffer));
    EXPECT_EQ(first.index(), 0u);
    EXPECT_EQ(co_await receive_some(*ends.server), "x");
  });
}

TEST(SimRuntime, RejectsInconsistentOptions) {
  EXPECT_THROW(make_sim_runtime({.smallest_segment = 0}), std::invalid_argument);
  EXPECT_THROW(make_sim_runtime({.smallest_segment = 2, .largest_segment = 1}), std::invalid_argument);
  EXPECT_THROW(make_sim_runtime({.least_delay = 2us, .most_delay = 1us}), std::invalid_argument);
  EXPECT_THROW(make_sim_runtime({.least_delay = -1us}), std::invalid_argument);
  EXPECT_THROW(make_sim_runtime({.pipe_capacity = 0}), std::invalid_argument);
}

TEST(SimRuntime, MayBeDestroyedBeforeItsStreams) {
  auto runtime = make_sim_runtime();
  auto listener = value_of(runtime->listen(anywhere()));
  const auto timer = runtime->make_timer();
  Ends ends;
  with_connection(*runtime, [&](Ends& made) -> Awaitable<void> {
    ends = std::move(made);
    co_return;
  });
  runtime = nullptr;
  ends.client->reset();
  ends.server->shutdown_send();
  listener->close();
  timer->wake();
}

// The same seed gives the same run.

/// What several connections read and when, while all of them are in use.
std::string trace_of_a_run(std::uint64_t seed) {
  const auto runtime = make_sim_runtime({.seed = seed, .smallest_segment = 1, .largest_segment = 64, .pipe_capacity = 300});
  std::string trace;
  const auto reader = [&](Stream& stream, std::string_view name) -> Awaitable<void> {
    while (true) {
      const auto some = co_await receive_some(stream);
      trace += fmt::format("{} {} {}\n", runtime->now().time_since_epoch().count(), name, some);
      if (some.empty()) co_return;
    }
  };
  const auto writer = [&](Stream& stream, std::string_view name) -> Awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      co_await send(stream, fmt::format("{} says {:0>{}}", name, i, 3 * i + 1));
      if (i % 5 == 0) co_await runtime->sleep_for(1ms);
    }
    stream.shutdown_send();
  };
  const auto talk = [&](Ends& one, Ends& two) -> Awaitable<void> {
    co_await (writer(*one.client, "a") && reader(*one.client, "a") && writer(*one.server, "b") && reader(*one.server, "b") &&
              writer(*two.client, "c") && reader(*two.client, "c") && writer(*two.server, "d") && reader(*two.server, "d"));
  };
  with_connection(*runtime, [&](Ends& one) -> Awaitable<void> {
    auto two = co_await connected(*runtime);
    co_await talk(one, two);
  });
  return trace;
}

TEST(SimRuntime, RunsTheSameWithTheSameSeed) { EXPECT_EQ(trace_of_a_run(7), trace_of_a_run(7)); }

TEST(SimRuntime, RunsDifferentlyWithAnotherSeed) { EXPECT_NE(trace_of_a_run(7), trace_of_a_run(8)); }

TEST(SimRuntime, RunsTheSameNextToOthersOnOtherThreads) {
  constexpr std::size_t count = 8;
  std::vector<std::string> alone;
  alone.reserve(count);
  for (std::uint64_t seed = 0; seed < count; ++seed) alone.push_back(trace_of_a_run(seed));
  std::vector<std::string> beside(count);
  {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    for (std::uint64_t seed = 0; seed < count; ++seed) {
      threads.emplace_back([&beside, seed] { beside[seed] = trace_of_a_run(seed); });
    }
  }
  EXPECT_EQ(alone, beside);
}

TEST(SimRuntime, HasItsOwnTimeNextToAnotherOnTheSameThread) {
  const auto one = make_sim_runtime();
  const auto two = make_sim_runtime();
  one->run_to_end(one->sleep_for(5h));
  two->run_to_end(two->sleep_for(1h));
  EXPECT_EQ(one->now(), TimePoint(6h));
  EXPECT_EQ(two->now(), TimePoint(2h));
}

}  // namespace
}  // namespace mqttspec::transport::testing
