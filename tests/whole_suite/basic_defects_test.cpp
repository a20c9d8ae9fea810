// A broker that breaks one basic behaviour fails the statements for it, and no others that merely need it.

#include "conformance/cases/cases.hpp"
#include "mock_broker/deviations/mutations.hpp"
#include "tests/runner/simulated.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance {
namespace {

using mock_broker::Interceptor;
using mock_broker::Peer;
using namespace mock_broker::mutations;

/// Closes the Network Connection when an accepted client sends a packet of this type.
template <class P>
class ClosesAt final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    std::vector<wire::Packet> packets;
    if (std::holds_alternative<P>(packet) && !peer.client_id.empty())
      packets.emplace_back(wire::Disconnect{});
    else
      packets.push_back(std::move(packet));
    return packets;
  }
};

/// For defects that only change the behaviour.
std::unique_ptr<Interceptor> no_interceptor() { return nullptr; }

/// A basic defect, and the statements that it breaks.
struct BasicDefect {
  std::string_view name;
  std::unique_ptr<Interceptor> (*make_interceptor)();
  std::vector<std::string_view> broken_in_3_1_1;
  std::vector<std::string_view> broken_in_5_0;
  mock_broker::Behaviour behaviour = {};
};

void PrintTo(const BasicDefect& defect, std::ostream* out) { *out << defect.name; }

class BasicDefects : public testing::TestWithParam<BasicDefect> {};

TEST_P(BasicDefects, FailExactlyTheStatementsThatTheyBreak) {
  const BasicDefect& defect = GetParam();
  const RunResult result = run_simulated({.behaviour = defect.behaviour, .interceptor = defect.make_interceptor()}, all_cases());
  bool is_seen = false;
  for (const CaseResult& one : result.cases) {
    const auto& broken = one.version == v3_1_1 ? defect.broken_in_3_1_1 : defect.broken_in_5_0;
    for (const Blame& blame : one.blames) {
      is_seen = true;
      EXPECT_TRUE(std::ranges::find(broken, blame.clause.text()) != broken.end())
          << fmt::format("MQTT {} {}: {} failed: {}", spec::name(one.version), one.id, blame.clause.text(), one.message);
    }
    EXPECT_NE(one.verdict, Verdict::error) << one.id << ": " << one.message;
    EXPECT_NE(one.verdict, Verdict::flaky) << one.id << ": " << one.message;
  }
  EXPECT_TRUE(is_seen);
}

const BasicDefect table[] = {
    // Pipelined packets are answered before a CONNACK, and no case can connect to show that the transport works.
    {"ConnackIsNeverSent",
     dropping_sent<wire::Connack>,
     {"MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-7.1.1-1"},
     {"MQTT-3.1.4-5", "MQTT-3.2.0-1", "MQTT-4.2-1"}},
    {"SubackIsNeverSent", dropping_sent<wire::Suback>, {"MQTT-3.8.4-1"}, {"MQTT-3.8.4-1"}},
    {"UnsubackIsNeverSent", dropping_sent<wire::Unsuback>, {"MQTT-3.10.4-4"}, {"MQTT-3.10.4-4"}},
    {"PubackIsNeverSent", dropping_sent<wire::Puback>, {"MQTT-4.3.2-2"}, {"MQTT-4.3.2-4"}},
    {"PubrecIsNeverSent", dropping_sent<wire::Pubrec>, {"MQTT-4.3.3-2"}, {"MQTT-4.3.3-8"}},
    {"PubrelIsNeverSent", dropping_sent<wire::Pubrel>, {"MQTT-4.3.3-1"}, {"MQTT-4.3.3-4"}},
    {"PubcompIsNeverSent", dropping_sent<wire::Pubcomp>, {"MQTT-4.3.3-2"}, {"MQTT-4.3.3-11"}},
    {"PingrespIsNeverSent", dropping_sent<wire::Pingresp>, {"MQTT-3.12.4-1"}, {"MQTT-3.12.4-1"}},
    {"MessagesAreNeverSent", dropping_sent<wire::Publish>, {"MQTT-4.5.0-1"}, {"MQTT-4.5.0-1"}},
    {"ClosesAtSubscribe", making<ClosesAt<wire::Subscribe>>, {"MQTT-3.8.4-1"}, {"MQTT-3.8.4-1"}},
    {"ClosesAtUnsubscribe", making<ClosesAt<wire::Unsubscribe>>, {"MQTT-3.10.4-4"}, {"MQTT-3.10.4-4"}},
    {"ClosesAtPublish",
     making<ClosesAt<wire::Publish>>,
     {"MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-4.5.0-1"},
     {"MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.5.0-1"}},
    {"ClosesAtPingreq", making<ClosesAt<wire::Pingreq>>, {"MQTT-3.12.4-1"}, {"MQTT-3.12.4-1"}},
    {"StrayMessagesAreSent", replacing_sent<wire::Suback, &with_stray_message>, {"MQTT-3.3.2-3"}, {"MQTT-3.3.2-3"}},
    // This includes QoS 0, whose delivery has its own statement.
    {"QosIsRaised",
     no_interceptor,
     {"MQTT-3.8.4-6", "MQTT-4.3.1-1"},
     {"MQTT-3.8.4-8", "MQTT-4.3.1-1"},
     {.delivered_qos = mock_broker::DeliveredQos::as_granted}},
};

INSTANTIATE_TEST_SUITE_P(All, BasicDefects, testing::ValuesIn(table),
                         [](const testing::TestParamInfo<BasicDefect>& info) { return std::string(info.param.name); });

TEST(WholeSuite, HasNoErrorsOfItsOwnIfEveryMessageIsDeliveredWithQos0) {
  auto result = run_simulated({.behaviour = {.delivered_qos = mock_broker::DeliveredQos::at_most_once}}, all_cases());
  for (const CaseResult& one : result.cases) EXPECT_NE(one.verdict, Verdict::error) << one.id << ": " << one.message;
  EXPECT_GT(result.summary[Verdict::fail], 0);
}

}  // namespace
}  // namespace mqttspec::conformance
