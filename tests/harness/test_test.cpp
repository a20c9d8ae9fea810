// How one run of one case ends, whatever the case throws and whatever the broker does while the case is cleaned up after.

#include "conformance/harness/test.hpp"

#include "mock_broker/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using mock_broker::Interceptor;
using mock_broker::Outgoing;
using mock_broker::Peer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Test is something else within TEST().
using CaseTest = conformance::Test;
using Steps = std::function<Awaitable<void>(CaseTest&)>;

/// Runs a case once, on a mock broker in simulated time.
Outcome run(const Case& subject, std::unique_ptr<Interceptor> interceptor = nullptr, std::string prefix = "p") {
  const transport::Url url{.host = "sim", .port = 1883};
  const auto runtime = transport::make_sim_runtime();
  mock_broker::BrokerSetup setup;
  setup.interceptor = std::move(interceptor);
  mock_broker::Server server(*runtime, std::move(setup));
  if (const auto listening = server.listen(url); !listening) throw std::runtime_error(listening.error().message);
  Outcome outcome;
  const auto task = [&]() -> Awaitable<void> {
    CaseTest test(subject, {.runtime = *runtime,
                            .url = url,
                            .version = subject.checks.front().version,
                            .timeout = 2s,
                            .settle = 10ms,
                            .name_prefix = std::move(prefix)});
    outcome = co_await test.run();
  };
  runtime->run_to_end(task());
  return outcome;
}

Case case_that(Steps steps, Check check = {v5_0, "MQTT-3.2.2-6"}) {
  return {.id = "x/y", .title = "A title", .checks = {check}, .run = std::move(steps)};
}

/// Leaves a Session on the broker, which the clean-up then has to end.
Awaitable<void> leave_a_session(CaseTest& test) { co_await test.connect(test.kept_session_packet("mine")); }

std::string last_line(const Outcome& outcome) { return outcome.trace.empty() ? "" : outcome.trace[outcome.trace.size() - 1].text; }

/// Accepts the first CONNECT, and answers every later one with these bytes.
class AnswersLaterConnects final : public Interceptor {
 public:
  explicit AnswersLaterConnects(wire::Bytes answer) : answer_(std::move(answer)) {}
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    const bool is_later = std::holds_alternative<wire::Connack>(packet) && ++connacks_ > 1;
    if (!is_later) return Interceptor::packet_to_send(peer, std::move(packet));
    Outgoing outgoing;
    outgoing.emplace_back(answer_);
    return outgoing;
  }

 private:
  wire::Bytes answer_;
  int connacks_ = 0;
};

TEST(CaseEnd, IsReachedWhenTheCleanUpMeetsWhatTheCaseIsAbout) {
  const wire::Bytes refusal_with_session_present = {0x20, 0x03, 0x01, 0x87, 0x00};
  const auto outcome = run(case_that(leave_a_session), std::make_unique<AnswersLaterConnects>(refusal_with_session_present));
  EXPECT_EQ(outcome.verdict, Verdict::pass) << outcome.message;
  EXPECT_THAT(outcome.message, IsEmpty());
  EXPECT_THAT(outcome.blames, IsEmpty());
  EXPECT_THAT(outcome.conduct, IsEmpty());
  EXPECT_THAT(last_line(outcome), HasSubstr("clean-up failed"));
}

TEST(CaseEnd, IsReachedWhenTheCleanUpMeetsAPacketThatCannotBeRead) {
  const wire::Bytes connack_without_code = {0x20, 0x01, 0x00};
  const auto outcome = run(case_that(leave_a_session, {v3_1_1, "3.2.1"}), std::make_unique<AnswersLaterConnects>(connack_without_code));
  EXPECT_EQ(outcome.verdict, Verdict::pass) << outcome.message;
  EXPECT_THAT(outcome.blames, IsEmpty());
  EXPECT_THAT(last_line(outcome), HasSubstr("clean-up failed"));
}

TEST(CaseEnd, IsAnErrorWhereTheCleanUpItselfIsWrong) {
  const auto connect_by_hand = [](CaseTest& test) -> Awaitable<void> {
    wire::Connect packet{.version = v5_0, .client_id = "mine"};
    packet.properties.set(wire::prop::session_expiry_interval, 60);
    co_await test.connect(packet);
  };
  const auto outcome = run(case_that(connect_by_hand), nullptr, std::string(30, 'p'));  // too long for Client Identifiers
  EXPECT_EQ(outcome.verdict, Verdict::error);
  EXPECT_THAT(outcome.message, HasSubstr("clean-up"));
}

TEST(CaseEnd, IsAnErrorWhateverTheCaseThrows) {
  const auto throws_an_exception = [](CaseTest&) -> Awaitable<void> {
    throw std::out_of_range("too far");
    co_return;
  };
  const auto throws_a_number = [](CaseTest&) -> Awaitable<void> {
    throw 42;
    co_return;
  };
  for (const Steps& steps : {Steps(throws_an_exception), Steps(throws_a_number)}) {
    const auto outcome = run(case_that(steps));
    EXPECT_EQ(outcome.verdict, Verdict::error);
    EXPECT_THAT(outcome.message, HasSubstr("the case itself"));
  }
}

TEST(CaseEnd, HasNoNoteWhereTheBrokerIsCleanedUp) {
  const auto outcome = run(case_that(leave_a_session));
  EXPECT_EQ(outcome.verdict, Verdict::pass) << outcome.message;
  EXPECT_THAT(last_line(outcome), Not(HasSubstr("clean-up")));
}

}  // namespace
}  // namespace mqttspec::conformance
