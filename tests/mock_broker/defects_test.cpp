// The catalogue of defects and the list of variants.

#include "mock_broker/deviations/defects.hpp"
#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/variants.hpp"
#include "tests/mock_broker/client.hpp"
#include "tests/mock_broker/scripts.hpp"

#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace mqttspec::mock_broker::testing {
namespace {

TEST(Defects, HaveIdsThatAreUniqueAndOfOneForm) {
  std::set<std::string_view> seen;
  for (const Defect& defect : defects()) {
    EXPECT_TRUE(seen.insert(defect.id).second) << defect.id;
    EXPECT_THAT(std::string(defect.id), ::testing::MatchesRegex("[a-z0-9-]+/[a-zA-Z0-9-]+")) << defect.id;
    EXPECT_EQ(find_defect(defect.id), &defect);
  }
  EXPECT_EQ(find_defect("no/such-defect"), nullptr);
}

TEST(Defects, AreAtLeast300) { EXPECT_GE(defects().size(), 300u); }

TEST(Defects, HaveARequirementASummaryAndSomethingThatBreaks) {
  for (const Defect& defect : defects()) {
    EXPECT_TRUE(defect.holds_in(v3_1_1) || defect.holds_in(v5_0)) << defect.id;
    EXPECT_FALSE(defect.summary.empty()) << defect.id;
    EXPECT_TRUE(defect.apply || defect.make_interceptor || defect.change_web_socket) << defect.id;
  }
}

/// What the right broker does with the configuration that a defect asks for. It is remembered: most ask for none.
class RightTranscripts {
 public:
  const std::string& of(void (*configure)(Configuration&), ProtocolVersion version, std::size_t script) {
    auto& known = known_[{configure, version, script}];
    if (!known) {
      BrokerSetup broker;
      if (configure) configure(broker.configuration);
      known = transcript(std::move(broker), version, script);
    }
    return *known;
  }

 private:
  std::map<std::tuple<void (*)(Configuration&), ProtocolVersion, std::size_t>, std::optional<std::string>> known_;
};

TEST(Defects, ShowInEachVersionInWhichTheyHold) {
  RightTranscripts right;
  std::size_t likely = 0;  // neighbours in the catalogue show in the same script
  const auto shows = [&](const Defect& defect, ProtocolVersion version) {
    for (std::size_t tried = 0; tried < script_count(); ++tried, likely = (likely + 1) % script_count())
      if (transcript(setup_with(defect), version, likely) != right.of(defect.configure, version, likely)) return true;
    return false;
  };
  // What is broken in WebSocket frames shows on streams only: server_test.cpp.
  const auto is_of_streams = [](const Defect& defect) { return defect.change_web_socket != nullptr; };
  for (const Defect& defect : defects())
    for (const auto version : {v3_1_1, v5_0})
      if (defect.holds_in(version) && !is_of_streams(defect))
        EXPECT_TRUE(shows(defect, version)) << defect.id << " does not show in " << spec::name(version);
}

TEST(Defects, LeaveTheRightBrokerDeterministic) {
  for (const auto version : {v3_1_1, v5_0})
    for (std::size_t script = 0; script < script_count(); ++script)
      EXPECT_EQ(transcript({}, version, script), transcript({}, version, script));
}

// ---------------------------------------------------------------------------------------------------------------- variants

TEST(Variants, HaveIdsThatAreUnique) {
  std::set<std::string_view> seen;
  for (const Variant& variant : variants()) {
    EXPECT_TRUE(seen.insert(variant.id).second) << variant.id;
    EXPECT_EQ(find_variant(variant.id), &variant);
    EXPECT_FALSE(variant.summary.empty() || variant.section.empty()) << variant.id;
    EXPECT_TRUE(variant.apply || variant.make_interceptor) << variant.id;
  }
  EXPECT_GE(seen.size(), 40u);
}

class EachVariant : public ::testing::TestWithParam<const Variant*> {
 protected:
  /// Connects, subscribes, publishes with each QoS that is offered, receives, resumes: whatever is free, this must work.
  void exchange(ProtocolVersion version) {
    BrokerSetup setup;
    setup.add(*GetParam());
    const QoS highest = version == v5_0 ? setup.configuration.maximum_qos : QoS::exactly_once;
    TestBroker broker(std::move(setup));
    const auto settle = [&] { broker.pass(5s); };

    auto subscriber = testing::connecting(broker, version, kept("subscriber"));
    settle();
    EXPECT_EQ(subscriber.received_only<wire::Connack>().reason_code, ReasonCode::success);
    subscriber.send(subscribe(1, "topic", QoS::exactly_once));
    settle();
    const auto suback = subscriber.received_only<wire::Suback>();
    ASSERT_EQ(suback.reason_codes.size(), 1u);
    ASSERT_FALSE(wire::is_error(suback.reason_codes[0]));

    auto publisher = testing::connecting(broker, version, {.client_id = "publisher"});
    settle();
    publisher.received();
    for (int qos = 0; qos <= wire::number(highest); ++qos) {
      const auto message = publish("topic", "x").qos(qos);
      publisher.send(qos == 0 ? message : message.packet_id(10));
      settle();
      if (qos == 1) EXPECT_FALSE(wire::is_error(publisher.received_only<wire::Puback>().reason_code));
      if (qos == 2) {
        EXPECT_FALSE(wire::is_error(publisher.received_only<wire::Pubrec>().reason_code));
        publisher.send(pubrel(10));
        settle();
        publisher.received_only<wire::Pubcomp>();
      }
      const auto messages = subscriber.received_of<wire::Publish>();
      ASSERT_FALSE(messages.empty()) << "QoS " << qos;
      EXPECT_LE(wire::number(messages[0].qos), std::min<int>(qos, wire::number(suback.reason_codes[0])));
      if (messages[0].qos == QoS::at_least_once) subscriber.send(wire::Puback{.packet_id = *messages[0].packet_id});
      if (messages[0].qos == QoS::exactly_once) {
        subscriber.send(wire::Pubrec{.packet_id = *messages[0].packet_id});
        settle();
        EXPECT_FALSE(subscriber.received_of<wire::Pubrel>().empty());
        subscriber.send(wire::Pubcomp{.packet_id = *messages[0].packet_id});
      }
    }
    subscriber.send(wire::Pingreq{});
    settle();
    subscriber.received_only<wire::Pingresp>();
    subscriber.vanish();
    auto again = testing::connecting(broker, version, kept("subscriber"));
    settle();
    EXPECT_TRUE(again.received_only<wire::Connack>().session_present);
  }
};

TEST_P(EachVariant, ServesOrdinaryClientsOf311) { exchange(v3_1_1); }
TEST_P(EachVariant, ServesOrdinaryClientsOf5) { exchange(v5_0); }

std::vector<const Variant*> all_variants() {
  std::vector<const Variant*> all;
  for (const Variant& variant : variants()) all.push_back(&variant);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Mqtt, EachVariant, ::testing::ValuesIn(all_variants()), [](const auto& info) {
  std::string name(info.param->id);
  std::ranges::replace_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace mqttspec::mock_broker::testing
