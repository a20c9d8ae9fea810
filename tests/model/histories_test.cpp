#include "mock_broker/deviations/defects.hpp"
#include "tests/model/world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string_view>

/// Random histories of several clients on the mock broker's engine. They are the same in every run; the environment variable RC_PARAMS
/// asks for others: RC_PARAMS="seed=42 max_success=10000". A failure is shrunk, and shows every packet of what is left.
namespace mqttspec::model {
namespace {

using spec::ProtocolVersion;
using wire::QoS;
using wire::ReasonCode;
namespace prop = wire::prop;

constexpr auto v3_1_1 = ProtocolVersion::v3_1_1;
constexpr auto v5_0 = ProtocolVersion::v5_0;

// ---------------------------------------------------------------------------------------------------------------- the steps of a history

/// What is known of the clients when a history is made up, so that most of its steps fit.
struct Plan {
  std::array<bool, players> connected{};
};

template <class T>
T any_of(std::initializer_list<T> choices) {
  return *rc::gen::elementOf(std::vector<T>(choices));
}
/// A number from 0 to limit - 1, each as likely as the others. (RapidCheck's own ranges begin small.)
template <class Number>
Number any_below(Number limit) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<Number>(0, limit));
}
bool any_bool() { return *rc::gen::arbitrary<bool>(); }
bool one_in(int sides) { return any_below(sides) == sides - 1; }
std::size_t any_player() { return any_below(players); }
QoS any_qos() { return any_of({QoS::at_most_once, QoS::at_least_once, QoS::exactly_once}); }
std::string any_topic() { return any_of<std::string>({"a", "a/b", "b", "b/b", "a/b/c"}); }
std::string any_filter() { return any_of<std::string>({"a", "a/b", "b", "+", "+/b", "a/+", "a/#", "#", "a/+/c"}); }
constexpr std::array<std::string_view, 2> shared_filters{"$share/g/#", "$share/h/#"};
/// A text that no other message of the history is likely to have, and now and then more than small packets hold.
std::string any_payload() { return "m" + std::to_string(any_below(10'000)) + (one_in(8) ? std::string(200, '.') : ""); }

/// Something that one client does.
class Step : public rc::state::Command<Plan, World> {
 public:
  void checkPreconditions(const Plan& plan) const override { RC_PRE(plan.connected.at(player) || !needs_connection()); }
  void run(const Plan&, World& world) const override {
    act(world);
    if (world.complaint()) RC_FAIL(*world.complaint() + "\n\n" + world.script());
  }
  void show(std::ostream& out) const override { out << static_cast<char>('A' + player) << " " << name(); }

 protected:
  virtual void act(World& world) const = 0;
  virtual bool needs_connection() const { return true; }
  virtual const char* name() const = 0;

  std::size_t player = any_player();
};

class ConnectStep final : public Step {
 public:
  ConnectStep() {
    connect.clean_start = one_in(3);
    connect.keep_alive = any_of<std::uint16_t>({0, 0, 10});
    const auto expiry = any_of<std::uint32_t>({0xFFFF'FFFF, 0, 20, 40});
    if (expiry > 0) connect.properties.set(prop::session_expiry_interval, expiry);
    if (const auto maximum = any_of<std::uint32_t>({0, 0, 1, 2}); maximum > 0) connect.properties.set(prop::receive_maximum, maximum);
    if (one_in(3)) connect.properties.set(prop::topic_alias_maximum, 2);
    if (any_bool()) return;
    wire::Will will{.topic = any_topic(), .payload = "will of " + any_payload(), .qos = any_qos(), .retain = one_in(3)};
    if (const auto delay = any_of<std::uint32_t>({0, 5, 30}); delay > 0) will.properties.set(prop::will_delay_interval, delay);
    connect.will = will;
  }
  void apply(Plan& plan) const override { plan.connected.at(player) = true; }

 private:
  void act(World& world) const override { world.connect(player, connect); }
  bool needs_connection() const override { return false; }
  const char* name() const override { return "connects"; }

  wire::Connect connect{};
};

class DropStep final : public Step {
 public:
  void apply(Plan& plan) const override { plan.connected.at(player) = false; }

 private:
  void act(World& world) const override { world.drop(player); }
  const char* name() const override { return "drops its connection"; }
};

class DisconnectStep final : public Step {
 public:
  DisconnectStep() {
    if (one_in(3)) disconnect.reason_code = ReasonCode::disconnect_with_will_message;
    if (one_in(4)) disconnect.properties.set(prop::session_expiry_interval, any_of<std::uint32_t>({0, 10, 50}));
  }
  void apply(Plan& plan) const override { plan.connected.at(player) = false; }

 private:
  void act(World& world) const override { world.disconnect(player, disconnect); }
  const char* name() const override { return "disconnects"; }

  wire::Disconnect disconnect{};
};

class SilenceStep final : public Step {
 public:
  void apply(Plan& plan) const override { plan.connected.at(player) = false; }

 private:
  void act(World& world) const override { world.fall_silent(player); }
  const char* name() const override { return "falls silent"; }
};

class SubscribeStep final : public Step {
 public:
  SubscribeStep() {
    if (one_in(3)) {
      share();
      return;
    }
    subscriptions.push_back(any_subscription());
    if (one_in(4)) subscriptions.push_back(any_subscription());
    if (one_in(3)) identifier = 1 + any_below(4u);
  }

 private:
  static wire::Subscription any_subscription() {
    using enum wire::RetainHandling;
    return {.topic_filter = any_filter(),
            .maximum_qos = any_of({QoS::exactly_once, QoS::at_least_once, QoS::at_most_once}),
            .no_local = one_in(4),
            .retain_as_published = one_in(3),
            .retain_handling = any_of({send, send, send_if_new, do_not_send})};
  }
  /// The identifier tells the copies of one message apart.
  void share() {
    const std::size_t number = any_below(shared_filters.size());
    subscriptions = {any_subscription()};
    subscriptions[0].topic_filter = shared_filters.at(number);
    subscriptions[0].no_local = false;
    identifier = static_cast<std::uint32_t>(10 + number);
  }
  void act(World& world) const override { world.subscribe(player, subscriptions, identifier); }
  const char* name() const override { return "subscribes"; }

  std::vector<wire::Subscription> subscriptions{};
  std::optional<std::uint32_t> identifier{};
};

class UnsubscribeStep final : public Step {
 private:
  void act(World& world) const override { world.unsubscribe(player, filters); }
  const char* name() const override { return "unsubscribes"; }

  std::vector<std::string> filters{any_filter(), any_filter(), std::string(shared_filters.at(any_below(shared_filters.size())))};
};

class PublishStep final : public Step {
 public:
  PublishStep() {
    if (one_in(10)) publish.payload.clear();
    if (one_in(3)) publish.properties.set(prop::message_expiry_interval, any_of<std::uint32_t>({8, 25}));
    if (one_in(4)) publish.properties.add(prop::user_property, wire::StringPair{"name", "value"});
    if (one_in(4)) publish.properties.set(prop::response_topic, "answers");
  }
  void apply(Plan& plan) const override {
    if (effort == Effort::lost) plan.connected.at(player) = false;
  }

 private:
  void act(World& world) const override { world.publish(player, publish, effort); }
  const char* name() const override { return "publishes"; }

  wire::Publish publish{.topic = any_topic(), .payload = any_payload(), .qos = any_qos(), .retain = one_in(4)};
  Effort effort = any_of({Effort::complete, Effort::complete, Effort::complete, Effort::withholds_pubrel, Effort::lost});
};

class AnswerStep final : public Step {
 private:
  void act(World& world) const override { world.answer(player, answers); }
  const char* name() const override { return "changes what it acknowledges"; }

  Answers answers = any_of({Answers::all, Answers::all, Answers::none, Answers::not_pubrel});
};

class TimeStep final : public Step {
 private:
  void act(World& world) const override { world.pass(std::chrono::seconds(seconds)); }
  bool needs_connection() const override { return false; }
  const char* name() const override { return "lets time pass"; }

  int seconds = any_of({1, 3, 7, 12, 26, 45});
};

rc::Gen<std::shared_ptr<const rc::state::Command<Plan, World>>> any_step(const Plan&) {
  return rc::gen::weightedOneOf<std::shared_ptr<const rc::state::Command<Plan, World>>>({
      {5, rc::state::gen::execOneOfWithArgs<ConnectStep>()()},
      {6, rc::state::gen::execOneOfWithArgs<SubscribeStep>()()},
      {9, rc::state::gen::execOneOfWithArgs<PublishStep>()()},
      {5, rc::state::gen::execOneOfWithArgs<AnswerStep, TimeStep, DropStep>()()},
      {3, rc::state::gen::execOneOfWithArgs<DisconnectStep, SilenceStep, UnsubscribeStep>()()},
  });
}

// ---------------------------------------------------------------------------------------------------------------- properties

using Versions = std::array<ProtocolVersion, players>;

rc::detail::TestParams parameters(int histories) {
  rc::detail::TestParams params;
  params.seed = 1;
  params.maxSuccess = histories;
  params.maxSize = 60;
  if (std::getenv("RC_PARAMS") != nullptr) params = rc::detail::configuration().testParams;
  return params;
}

rc::detail::TestResult run_histories(const rc::detail::TestParams& params, Versions versions, const mock_broker::Defect* defect = nullptr) {
  const auto history = [&] {
    World world(versions, defect ? mock_broker::setup_with(*defect) : mock_broker::BrokerSetup{});
    rc::state::check(Plan{}, world, any_step);
  };
  return rc::detail::checkTestable(history, rc::detail::TestMetadata{}, params);
}

struct Mixture {
  std::string name;
  Versions versions;
};

class Histories : public ::testing::TestWithParam<Mixture> {};
INSTANTIATE_TEST_SUITE_P(Of, Histories,
                         ::testing::Values(Mixture{"v3_1_1", {v3_1_1, v3_1_1, v3_1_1}}, Mixture{"v5_0", {v5_0, v5_0, v5_0}},
                                           Mixture{"both", {v5_0, v3_1_1, v5_0}}),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Histories, GiveEverySubscriberWhatItMustGet) {
  const auto result = run_histories(parameters(100), GetParam().versions);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << message.str();
}

/// The histories can tell a broken broker from a right one, and tell what they have seen.
class BrokenBroker : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Of, BrokenBroker,
                         ::testing::ValuesIn(std::to_array<std::string_view>({
                             "deliver/first-subscriber-only",
                             "deliver/qos0-twice",
                             "expiry/not-counted-down",
                             "flow/maximum-packet-size-ignored",
                             "property/user-properties-lost",
                             "qos/lowest-of-overlapping-subscriptions",
                             "qos/not-lowered",
                             "qos2/delivers-resent-publish-again",
                             "resend/no-publish",
                             "retained/removed-by-message-without-flag",
                             "session/clean-start-keeps-messages",
                             "session/expiry-of-disconnect-ignored",
                             "session/loses-queue",
                             "session/never-expires",
                             "shared/everyone-gets-it",
                             "shared/groups-taken-for-one",
                             "shared/left-members-keep-their-turn",
                             "shared/qos-ignored",
                             "shared/retained-messages-sent",
                             "subscribe/identical-filter-not-replaced",
                             "subscribe/no-local-ignored",
                             "subscribe/one-identifier-of-several",
                             "subscribe/retain-as-published-ignored",
                             "topic-alias/above-maximum",
                             "wildcard/hash-misses-parent",
                             "will/delay-ignored",
                             "will/lost-with-its-session",
                             "will/not-on-takeover",
                             "will/published-despite-reconnection",
                             "will/published-twice",
                         })),
                         [](const auto& instance) {
                           std::string name(instance.param);
                           std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
                           return name;
                         });

TEST_P(BrokenBroker, IsFoundOut) {
  const mock_broker::Defect* const defect = mock_broker::find_defect(GetParam());
  ASSERT_NE(defect, nullptr);
  rc::detail::TestParams params = parameters(1500);
  params.disableShrinking = true;
  const auto result = run_histories(params, {v5_0, v3_1_1, v5_0}, defect);
  ASSERT_TRUE(result.template is<rc::detail::FailureResult>());
  EXPECT_NE(result.template get<rc::detail::FailureResult>().description.find("==>"), std::string::npos);
}

}  // namespace
}  // namespace mqttspec::model
