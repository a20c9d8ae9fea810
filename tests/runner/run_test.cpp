// How a run treats brokers that are slow, die, hang, come back, or cannot be cleaned up.

#include "conformance/cases/cases.hpp"
#include "conformance/harness/test.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "tests/runner/simulated.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Test is something else within TEST().
using CaseTest = conformance::Test;

constexpr Check some_check{v5_0, "MQTT-4.3.2-4"};

Case case_that(std::string id, std::function<Awaitable<void>(CaseTest&)> run, Company company = Company::any) {
  return {.id = std::move(id), .title = "A title", .checks = {some_check}, .company = company, .run = std::move(run)};
}

Case passing(std::string id) {
  return case_that(std::move(id), [](CaseTest& test) -> Awaitable<void> { (void)co_await test.connect(); });
}

/// Waits for a message that nobody sends.
Awaitable<void> expect_a_message(CaseTest& test) {
  auto client = co_await test.connect();
  co_await client.expect<wire::Publish>();
}

RunOptions with_jobs(int jobs) {
  RunOptions options;
  options.jobs = jobs;
  return options;
}

std::vector<std::string> ids(const std::vector<CaseName>& names) {
  std::vector<std::string> found;
  for (const auto& one : names) found.push_back(one.id);
  return found;
}

Verdict verdict_of(const RunResult& result, std::string_view id, ProtocolVersion version) {
  for (const auto& one : result.cases)
    if (one.id == id && one.version == version) return one.verdict;
  throw std::invalid_argument("no such case");
}

/// Falls silent for good when it is told to, with its port open.
class Hangs final : public mock_broker::Interceptor {
 public:
  explicit Hangs(std::shared_ptr<const bool> silent) : silent_(std::move(silent)) {}
  std::vector<wire::Packet> packet_received(const mock_broker::Peer& peer, wire::Packet packet) override {
    if (*silent_) return {};
    return Interceptor::packet_received(peer, std::move(packet));
  }
  mock_broker::Outgoing packet_to_send(const mock_broker::Peer& peer, wire::Packet packet) override {
    if (*silent_) return {};
    return Interceptor::packet_to_send(peer, std::move(packet));
  }

 private:
  std::shared_ptr<const bool> silent_;
};

// ---- What is not offered

Case in_both_versions(std::string id) {
  auto one = passing(std::move(id));
  one.checks.push_back({v3_1_1, "MQTT-4.3.2-2"});
  return one;
}

/// Of a broker that ends the connection of every client whom it does not serve, and says nothing. The versions are 3.1.1 and 5.0.
RunResult run_on_tacit_broker(std::set<ProtocolVersion> served) {
  return run_simulated({.configuration = {.versions = std::move(served)},
                        .interceptor = mock_broker::mutations::changing_sent<
                            wire::Connack, [](const wire::Connack& packet) { return packet.reason_code == wire::ReasonCode::success; }>()},
                       {in_both_versions("x/1")});
}

class TacitBroker : public testing::TestWithParam<std::pair<ProtocolVersion, ProtocolVersion>> {};

TEST_P(TacitBroker, IsNotJudgedInTheVersionThatItDoesNotServe) {
  const auto [served, other] = GetParam();
  const auto result = run_on_tacit_broker({served});
  EXPECT_EQ(verdict_of(result, "x/1", served), Verdict::pass);
  EXPECT_EQ(verdict_of(result, "x/1", other), Verdict::skip);
}

INSTANTIATE_TEST_SUITE_P(All, TacitBroker, testing::Values(std::pair{v3_1_1, v5_0}, std::pair{v5_0, v3_1_1}));

TEST(Run, JudgesABrokerThatServesNoVersionAtAll) {
  const auto result = run_on_tacit_broker({});
  for (const auto version : {v3_1_1, v5_0}) EXPECT_EQ(verdict_of(result, "x/1", version), Verdict::inconclusive);
}

// ---- Slow

TEST(Run, HasACaseDrawTheSameWhateverOtherCasesThereAre) {
  std::map<std::string, std::vector<std::uint64_t>> drawn;
  const auto drawing = [&](const std::string& id) {
    return case_that(id, [&drawn, id](CaseTest& test) -> Awaitable<void> {
      drawn[id].push_back(test.random()());
      co_return;
    });
  };
  run_simulated({}, {drawing("b/drawing")});
  run_simulated({}, {drawing("a/drawing"), drawing("b/drawing")});
  ASSERT_THAT(drawn["b/drawing"], SizeIs(2));
  EXPECT_EQ(drawn["b/drawing"][0], drawn["b/drawing"][1]);
  EXPECT_NE(drawn["b/drawing"][0], drawn["a/drawing"].at(0));
}

TEST(Run, BlamesNoBrokerThatAnswersEverythingTenSecondsLate) {
  const RunResult result = run_simulated({.behaviour = {.answer_delay = 10s}}, all_cases());
  EXPECT_THAT(result.broken_off, IsEmpty());
  int passed_slowly = 0;
  for (const CaseResult& one : result.cases) {
    EXPECT_TRUE(one.verdict == Verdict::pass || one.verdict == Verdict::skip || one.verdict == Verdict::inconclusive)
        << fmt::format("MQTT {} {}: {}: {}", spec::name(one.version), one.id, name(one.verdict), one.message);
    passed_slowly += one.slow ? 1 : 0;
  }
  EXPECT_GT(passed_slowly, static_cast<int>(result.cases.size()) * 9 / 10);
  EXPECT_GE(result.timing.shortest, 10s);
}

TEST(Run, BlamesNoBrokerWhoseSubscriptionsTakeEffectLate) {
  const RunResult result = run_simulated({.behaviour = {.subscription_delay = 700ms}}, all_cases());
  for (const CaseResult& one : result.cases)
    EXPECT_TRUE(one.verdict == Verdict::pass || one.verdict == Verdict::skip)
        << fmt::format("MQTT {} {}: {}: {}", spec::name(one.version), one.id, name(one.verdict), one.message);
  EXPECT_GE(result.timing.subscription_lag, 700ms);
  EXPECT_GE(result.timing.settle, 2 * result.timing.subscription_lag);
}

/// When the last one of ten cases has ended that let ten seconds pass each.
transport::Duration end_of_waiting_cases(int jobs) {
  std::vector<Case> cases;
  for (int i = 0; i < 10; ++i) {
    cases.push_back(case_that(fmt::format("a/waiting-{}", i), [](CaseTest& test) -> Awaitable<void> { co_await test.pass_time(10s); }));
    cases.back().pace = Pace::by_the_clock;
  }
  const RunResult result = run_simulated({}, cases, with_jobs(jobs));
  const auto ends = std::views::transform(result.cases, [](const CaseResult& one) { return one.began + one.duration; });
  return std::ranges::max(ends);
}

TEST(Run, HasCasesThatLetTimePassBesideTheOthers) { EXPECT_LT(end_of_waiting_cases(2), 15s); }

TEST(Run, HasOneCaseAtATimeWithOneJob) { EXPECT_GE(end_of_waiting_cases(1), 100s); }

TEST(Run, GivesABrokerThatDeliversAtOnceHalfTheLimitInTheFirstLook) {
  const auto limits_on = [](SimulatedBroker broker) {
    std::vector<transport::Duration> limits;
    run_simulated(std::move(broker), {case_that("a/failing", [&limits](CaseTest& test) -> Awaitable<void> {
                    limits.push_back(test.timeout());
                    test.check(false, "anything", "nothing");
                    co_return;
                  })});
    return limits;
  };
  EXPECT_THAT(limits_on({}), ElementsAre(1s, 6s));
  EXPECT_THAT(limits_on({.behaviour = {.answer_delay = 100ms}}), ElementsAre(2s, 6s));
}

TEST(Run, MarksWhatComesInTheSecondLookAsSlow) {
  int attempts = 0;
  const auto late_at_first = case_that("a/late", [&](CaseTest& test) -> Awaitable<void> {
    if (++attempts == 1) co_await expect_a_message(test);
  });
  const RunResult result = run_simulated({}, {late_at_first});
  ASSERT_THAT(result.cases, SizeIs(1));
  EXPECT_EQ(result.cases[0].verdict, Verdict::pass);
  EXPECT_TRUE(result.cases[0].slow);
}

TEST(Run, WaitsInFullForWhatNoOtherCaseHasSeenAtOnce) {
  const RunResult result = run_simulated({}, {case_that("a/late", expect_a_message), passing("b/other")});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  EXPECT_GE(result.cases[0].duration, 30s);
}

TEST(Run, WaitsLessWhereTheBrokerHasShownThatItIsPrompt) {
  const RunResult result = run_simulated({}, {case_that("a/late", expect_a_message), passing("a/other")});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  EXPECT_THAT(result.cases[0].duration, AllOf(testing::Ge(3s), testing::Lt(6s)));
}

TEST(Run, WaitsInFullForTheEndOfAConnection) {
  const auto waiting = case_that("a/end", [](CaseTest& test) -> Awaitable<void> {
    auto client = co_await test.connect();
    co_await client.expect_closed();
  });
  const RunResult result = run_simulated({}, {waiting, passing("a/other")});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  EXPECT_GE(result.cases[0].duration, 30s);
}

TEST(Run, WaitsInFullWhereSomethingElseCameLate) {
  int attempts = 0;
  const auto late_at_first = case_that("a/slow", [&](CaseTest& test) -> Awaitable<void> {
    if (++attempts == 1) co_await expect_a_message(test);
  });
  const RunResult result = run_simulated({}, {case_that("a/late", expect_a_message), passing("a/other"), late_at_first});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  EXPECT_GE(result.cases[0].duration, 30s);
}

// ---- Once and twice

TEST(Run, TakesWhatFailsOnceAndPassesThenForFlaky) {
  int attempts = 0;
  const auto unsteady = case_that("a/unsteady", [&](CaseTest& test) -> Awaitable<void> {
    test.check(++attempts > 1, "this", "that");
    co_return;
  });
  const RunResult result = run_simulated({}, {unsteady});
  EXPECT_EQ(result.cases[0].verdict, Verdict::flaky);
  EXPECT_EQ(attempts, 2);
}

TEST(Run, LooksAThirdTimeWhereTheSecondLookShowsSomethingElse) {
  int attempts = 0;
  const auto undecided = case_that("a/undecided", [&](CaseTest& test) -> Awaitable<void> {
    if (++attempts == 2) test.set_up_failed("for once");
    test.check(false, "this", "that");
    co_return;
  });
  const RunResult result = run_simulated({}, {undecided});
  EXPECT_EQ(result.cases[0].verdict, Verdict::fail);
  EXPECT_EQ(attempts, 3);
}

TEST(Run, RunsWhatFailsASecondTimeBesideTheOthers) {
  const auto failing = [](CaseTest& test) -> Awaitable<void> {
    test.check(false, "this", "that");
    co_return;
  };
  const auto by_the_clock = [](CaseTest& test) -> Awaitable<void> { co_await test.pass_time(8s); };
  std::vector<std::string> order;
  std::vector<Case> cases = {case_that("a/failing", failing), case_that("b/long", by_the_clock)};
  for (Case& one : cases)
    one.run = [&order, id = one.id, run = one.run](CaseTest& test) -> Awaitable<void> {
      order.push_back(id);
      co_await run(test);
    };
  const RunResult result = run_simulated({}, cases);
  EXPECT_THAT(order, ElementsAre("a/failing", "b/long", "a/failing"));
  EXPECT_LT(result.cases[0].began + result.cases[0].duration, result.cases[1].began + result.cases[1].duration);
}

// ---- Dead

/// Three cases of which the second ends the broker by calling `kill`, and many behind them.
std::vector<Case> cases_that_kill(std::function<void()> kill, Company company) {
  std::vector<Case> cases = {passing("a/before")};
  cases.push_back(case_that(
      "b/killer",
      [kill = std::move(kill)](CaseTest& test) -> Awaitable<void> {
        auto client = co_await test.connect();
        kill();
        co_await client.expect_alive();
      },
      company));
  for (int i = 0; i < 100; ++i) cases.push_back(case_that(fmt::format("c/{}", i), cases[0].run, company));
  return cases;
}

class LostBroker : public testing::TestWithParam<Company> {};

TEST_P(LostBroker, ThatIsGoneEndsTheRunAndNamesTheCaseUnderWay) {
  mock_broker::Server* server = nullptr;
  const auto result = run_simulated({}, cases_that_kill([&] { server->stop(); }, GetParam()), with_jobs(1),
                                    [&](transport::Runtime&, mock_broker::Server& made) { server = &made; });
  EXPECT_THAT(result.broken_off, AllOf(HasSubstr("serves no simple exchange"), HasSubstr("b/killer"), HasSubstr("100 cases were not run")));
  EXPECT_THAT(ids(result.under_way), ElementsAre("b/killer"));
  EXPECT_EQ(result.summary[Verdict::fail], 0);
}

TEST_P(LostBroker, ThatHangsEndsTheRunAndNamesTheCaseUnderWay) {
  const auto silent = std::make_shared<bool>(false);
  const auto result =
      run_simulated({.interceptor = std::make_unique<Hangs>(silent)}, cases_that_kill([&] { *silent = true; }, GetParam()), with_jobs(1));
  EXPECT_THAT(result.broken_off, HasSubstr("serves no simple exchange"));
  EXPECT_THAT(ids(result.under_way), testing::Contains("b/killer"));
  EXPECT_EQ(result.summary[Verdict::fail], 0);
  EXPECT_LT(result.cases.size(), 10U);
}

INSTANTIATE_TEST_SUITE_P(All, LostBroker, testing::Values(Company::any, Company::exclusive),
                         [](const auto& info) { return info.param == Company::any ? "BesideOthers" : "Alone"; });

TEST(Run, GoesOnWithABrokerThatComesBack) {
  std::optional<mock_broker::Server> second;
  transport::Runtime* runtime = nullptr;
  mock_broker::Server* first = nullptr;
  bool killed = false;
  const auto kill = [&] {
    if (std::exchange(killed, true)) return;
    first->stop();
    runtime->spawn([](transport::Runtime& clock, std::optional<mock_broker::Server>& again) -> Awaitable<void> {
      co_await clock.sleep_for(2s);
      again.emplace(clock);
      EXPECT_TRUE(again->listen({.host = "sim", .port = 1883}));
    }(*runtime, second));
  };
  const auto result = run_simulated({.successor = &second}, cases_that_kill(kill, Company::any), with_jobs(4),
                                    [&](transport::Runtime& clock, mock_broker::Server& made) {
                                      runtime = &clock;
                                      first = &made;
                                    });
  EXPECT_THAT(result.broken_off, IsEmpty());
  EXPECT_THAT(result.cases, SizeIs(102));
  EXPECT_EQ(result.summary[Verdict::fail], 0);
}

TEST(Run, BlamesNobodyForWhatWasSeenOnceWhenTheBrokerIsLost) {
  mock_broker::Server* server = nullptr;
  const auto failing = case_that("a/failing", [](CaseTest& test) -> Awaitable<void> {
    test.check(false, "this", "that");
    co_return;
  });
  const auto killer = case_that("b/killer", [&](CaseTest& test) -> Awaitable<void> {
    (void)co_await test.connect();
    server->stop();
  });
  const auto result = run_simulated({}, {failing, killer, passing("c/next")}, with_jobs(1),
                                    [&](transport::Runtime&, mock_broker::Server& made) { server = &made; });
  ASSERT_FALSE(result.broken_off.empty());
  EXPECT_EQ(result.cases[0].verdict, Verdict::inconclusive);
  EXPECT_THAT(result.cases[0].message, HasSubstr("lost before this could be run again"));
}

// ---- Left behind

Awaitable<void> leave_much(CaseTest& test) {
  auto client = co_await test.connect(test.kept_session_packet(test.client_id("kept")));
  co_await client.send(wire::Publish{.topic = test.topic(), .payload = "kept", .retain = true});
  co_await client.fence();
}

TEST(Run, LeavesNothingBehind) {
  const RunResult result = run_simulated({}, {case_that("a/much", leave_much)});
  EXPECT_THAT(result.left_behind, IsEmpty());
}

TEST(Run, TellsOfRetainedMessagesThatCannotBeCleared) {
  const RunResult result = run_simulated({.behaviour = {.empty_payload_clears_retained = false}}, {case_that("a/much", leave_much)});
  ASSERT_THAT(result.left_behind, SizeIs(1));
  EXPECT_EQ(result.left_behind[0].kind, "retained message");
  EXPECT_EQ(result.left_behind[0].case_id, "a/much");
}

TEST(Run, TellsOfSessionsThatCannotBeEnded) {
  const RunResult result = run_simulated({.behaviour = {.clean_session_ends_with_connection = false}}, {case_that("a/much", leave_much)});
  ASSERT_THAT(result.left_behind, SizeIs(1));
  EXPECT_EQ(result.left_behind[0].kind, "session");
  EXPECT_THAT(result.left_behind[0].name, HasSubstr("kept"));
}

TEST(Run, OfTheWholeSuiteLeavesNothingBehind) { EXPECT_THAT(run_simulated({}, all_cases()).left_behind, IsEmpty()); }

// ---- What cases do not see

TEST(Connection, FencesWithAPingrespOfItsOwn) {
  const auto stale = case_that("a/fence", [](CaseTest& test) -> Awaitable<void> {
    auto client = co_await test.connect();
    co_await client.send_together({wire::Pingreq{}, wire::Pingreq{}});
    co_await client.has_come(wire::PacketType::pingresp);
    co_await test.pass_time(1s);
    co_await client.fence();
    test.check(client.waiting(wire::PacketType::pingresp).empty(), "no PINGRESP that is left", "one");
  });
  EXPECT_EQ(run_simulated({}, {stale}).cases[0].verdict, Verdict::pass);
}

mock_broker::Outgoing twice(wire::Publish& message, const mock_broker::Peer&) {
  mock_broker::Outgoing outgoing;
  outgoing.emplace_back(message);
  message.dup = message.qos != wire::QoS::at_most_once;
  outgoing.emplace_back(message);
  return outgoing;
}

class Repetition : public testing::TestWithParam<ProtocolVersion> {};

/// How many messages a case finds where the broker sends a QoS 1 message again before it can have the PUBACK.
TEST_P(Repetition, IsHiddenWhere311LeavesItToTheBroker) {
  std::size_t found = 0;
  Case counting = case_that("a/count", [&](CaseTest& test) -> Awaitable<void> {
    auto client = co_await test.connect();
    co_await client.subscribe(test.topic(), wire::QoS::at_least_once);
    co_await client.send(wire::build::publish(test.topic(), "x").qos(1).packet_id(1));
    co_await test.pass_time(1s);
    found = client.waiting(wire::PacketType::publish).size();
  });
  counting.checks = {{v3_1_1, "MQTT-4.3.2-1"}, some_check};
  RunOptions options;
  options.versions = {GetParam()};
  run_simulated({.interceptor = mock_broker::mutations::replacing_sent<wire::Publish, &twice>()}, {counting}, options);
  EXPECT_EQ(found, GetParam() == v3_1_1 ? 1U : 2U);
}

INSTANTIATE_TEST_SUITE_P(All, Repetition, testing::Values(v3_1_1, v5_0),
                         [](const auto& info) { return info.param == v3_1_1 ? "Mqtt311" : "Mqtt50"; });

/// How many messages a case with this filter finds where the broker sends one that nobody has asked for ahead of each SUBACK.
std::size_t messages_found(const std::string& filter, std::vector<CaseResult>& results) {
  std::size_t found = 0;
  const Case counting = case_that("a/count", [&](CaseTest& test) -> Awaitable<void> {
    auto client = co_await test.connect();
    co_await client.subscribe(filter.empty() ? test.topic() : filter, wire::QoS::at_most_once);
    found = client.waiting(wire::PacketType::publish).size();
  });
  results = run_simulated({.interceptor = mock_broker::mutations::replacing_sent<wire::Suback, &with_stray_message>()}, {counting}).cases;
  return found;
}

TEST(Connection, HidesMessagesOfOtherCasesThatNothingHasAskedFor) {
  std::vector<CaseResult> results;
  EXPECT_EQ(messages_found("", results), 0U);
  EXPECT_THAT(results, Contains(AllOf(Field(&CaseResult::id, "conduct/topic-not-subscribed"), Field(&CaseResult::verdict, Verdict::fail))));
}

TEST(Connection, ShowsMessagesOfOtherCasesThatAWildcardMatches) {
  std::vector<CaseResult> results;
  EXPECT_EQ(messages_found("+", results), 1U);
}

}  // namespace
}  // namespace mqttspec::conformance
