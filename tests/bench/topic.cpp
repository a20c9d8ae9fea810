#include "mock_broker/engine/session.hpp"
#include "mock_broker/engine/subscriptions.hpp"

#include <benchmark/benchmark.h>

#include <deque>
#include <string>

/// How long it takes to find the subscriptions that match one Topic Name among few and many. The arguments are those of Google Benchmark.
namespace mqttspec::bench {
namespace {

using mock_broker::Session;
using mock_broker::Subscription;
using mock_broker::Subscriptions;

/// The topic that a message comes to, and what the number `i` makes of it in a Topic Filter that does not match.
const std::string name = "plant/hall7/line3/robot12/axis4/temperature";
std::string other(std::size_t i) { return "plant/hall" + std::to_string(i % 100) + "/line" + std::to_string(i) + "/robot12/axis4/speed"; }

std::string literal(std::size_t i) { return i == 0 ? name : other(i); }
std::string with_wildcards(std::size_t i) {
  if (i == 0) return "plant/+/line3/+/axis4/#";
  return i % 2 == 0 ? "plant/+/line" + std::to_string(i) + "/+/axis4/#" : "plant/hall" + std::to_string(100 + i) + "/+/robot12/#";
}
std::string mixed(std::size_t i) { return i % 4 == 0 ? with_wildcards(i) : literal(i); }

/// One of the filters matches, whatever their number.
void match(benchmark::State& state, std::string (*filter)(std::size_t)) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Session session;
  std::deque<Subscription> subscriptions;
  Subscriptions tree;
  for (std::size_t i = 0; i < count; ++i) {
    subscriptions.push_back({.full_filter = filter(i), .topic_filter = filter(i)});
    tree.add(session, subscriptions.back());
  }
  std::size_t found = 0;
  for (auto _ : state) {
    const auto matches = tree.matching(name);
    found = matches.size();
    benchmark::DoNotOptimize(matches.data());
  }
  if (found != 1) state.SkipWithError("exactly one subscription was to match");
}

/// "+" and the name itself on every level: the most branches that a name of six levels can have.
void match_every_combination(benchmark::State& state) {
  Session session;
  std::deque<Subscription> subscriptions;
  Subscriptions tree;
  const std::string levels[] = {"plant", "hall7", "line3", "robot12", "axis4", "temperature"};
  for (unsigned choice = 0; choice < 64; ++choice) {
    std::string filter;
    for (unsigned level = 0; level < 6; ++level) filter += (level ? "/" : "") + ((choice >> level & 1) ? "+" : levels[level]);
    subscriptions.push_back({.full_filter = filter, .topic_filter = filter});
    tree.add(session, subscriptions.back());
  }
  for (auto _ : state) {
    const auto matches = tree.matching(name);
    benchmark::DoNotOptimize(matches.data());
  }
}

void deepest(benchmark::State& state) {
  Session session;
  const std::string filter(65'535, '/');
  const Subscription subscription{.full_filter = filter, .topic_filter = filter};
  Subscriptions tree;
  tree.add(session, subscription);
  for (auto _ : state) {
    const auto matches = tree.matching(filter);
    benchmark::DoNotOptimize(matches.data());
  }
}

BENCHMARK_CAPTURE(match, literal, &literal)->Arg(1)->Arg(1'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(match, with_wildcards, &with_wildcards)->Arg(1)->Arg(1'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(match, mixed, &mixed)->Arg(1)->Arg(1'000)->Arg(1'000'000);
BENCHMARK(match_every_combination);
BENCHMARK(deepest);

}  // namespace
}  // namespace mqttspec::bench

BENCHMARK_MAIN();
