// Memory that is bounded, and the parts below the engine.

#include "mock_broker/engine/frame_splitter.hpp"
#include "mock_broker/engine/retained.hpp"
#include "mock_broker/engine/subscriptions.hpp"
#include "reference/topic/topic.hpp"
#include "tests/mock_broker/client.hpp"

#include <algorithm>
#include <iterator>
#include <random>

namespace mqttspec::mock_broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EngineLimits, LoseMessagesThatAQueueHasNoRoomFor) {
  TestBroker broker({.maximum_queued_messages = 2});
  auto subscriber = connected(broker, v3_1_1, kept("subscriber"));
  subscriber.subscribe("a", QoS::at_least_once);
  subscriber.vanish();
  auto publisher = connected(broker, v3_1_1, {.client_id = "publisher"});
  for (std::uint16_t i = 1; i <= 4; ++i) publisher.send(publish("a", std::to_string(i)).qos(1).packet_id(i));
  EXPECT_THAT(connecting(broker, v3_1_1, kept("subscriber")).payloads(), ElementsAre("1", "2"));
}

TEST(EngineLimits, RefuseRetainedMessagesBeyondTheirNumber) {
  TestBroker broker({.maximum_retained_messages = 1, .system_topics = false});
  auto five = connected(broker, v5_0, {.client_id = "five"});
  five.send(publish("a", "x").qos(1).packet_id(1).retain());
  five.received();
  five.send(publish("b", "x").qos(1).packet_id(1).retain());
  EXPECT_EQ(five.received_only<wire::Puback>().reason_code, ReasonCode::quota_exceeded);
  auto three = connected(broker, v3_1_1, {.client_id = "three"});
  three.send(publish("b", "x").qos(1).packet_id(1).retain());
  EXPECT_TRUE(three.is_closed());
}

TEST(EngineLimits, KeepMessagesInTheSessionWhileNothingIsTaken) {
  TestBroker broker({.maximum_pending_output = 100});
  auto subscriber = connected(broker, v3_1_1, {.client_id = "subscriber"});
  subscriber.subscribe("a");
  auto publisher = connected(broker, v3_1_1, {.client_id = "publisher"});
  wire::Bytes burst;
  for (int i = 0; i < 50; ++i) wire::encode(publish("a", std::string(20, 'x')), v3_1_1, burst);
  publisher.send_bytes(burst);
  EXPECT_EQ(subscriber.payloads().size(), 50u);
}

TEST(EngineLimits, HoldBackMessagesAndNothingElse) {
  TestBroker broker;
  auto subscriber = connected(broker, v3_1_1, {.client_id = "subscriber"});
  subscriber.subscribe("a");
  auto publisher = connected(broker, v3_1_1, {.client_id = "publisher"});
  broker.engine.hold_back(1);
  publisher.send(publish("a", "x"));
  subscriber.send(wire::Pingreq{});
  subscriber.received_only<wire::Pingresp>();
  broker.engine.go_on(1, broker.now);
  broker.collect();
  EXPECT_THAT(subscriber.payloads(), ElementsAre("x"));
}

TEST(EngineLimits, CloseConnectionsThatAreTooManyWithoutConnect) {
  TestBroker broker({.maximum_unidentified_connections = 2});
  Client a(broker, v5_0);
  Client b(broker, v5_0);
  Client c(broker, v5_0);
  EXPECT_FALSE(b.is_closed());
  EXPECT_TRUE(c.is_closed());
}

TEST(EngineLimits, RefuseSubscriptionsBeyondTheirNumber) {
  TestBroker broker({.maximum_subscriptions = 1});
  auto client = connected(broker, v5_0);
  client.subscribe("a");
  EXPECT_THAT(client.subscribe("b").reason_codes, ElementsAre(ReasonCode::quota_exceeded));
  EXPECT_THAT(client.subscribe("a").reason_codes, ElementsAre(ReasonCode::granted_qos_0));
}

TEST(EngineLimits, BoundTheTopicFiltersOfAllSessions) {
  TestBroker broker({.maximum_subscription_bytes = 10});
  auto five = connected(broker, v5_0, {.client_id = "five"});
  five.subscribe("12345678");
  EXPECT_THAT(five.subscribe("abc").reason_codes, ElementsAre(ReasonCode::quota_exceeded));
  auto three = connected(broker, v3_1_1, {.client_id = "three"});
  EXPECT_THAT(three.subscribe("abc").reason_codes, ElementsAre(wire::return_code::subscription_failed));
  auto oldest = connected(broker, ProtocolVersion::v3_1, {.client_id = "oldest"});
  EXPECT_THAT(oldest.subscribe("abc").reason_codes, ElementsAre(ReasonCode::success)) << "3.1 has no code for it";
  oldest.send(publish("abc", "x"));
  EXPECT_THAT(oldest.payloads(), IsEmpty());
  five.send(unsubscribe(2, {"12345678"}));
  EXPECT_THAT(three.subscribe("abc").reason_codes, ElementsAre(ReasonCode::granted_qos_0));
}

TEST(EngineLimits, BoundWhatWaitsForAllSessions) {
  for (const Configuration& small : {Configuration{.maximum_queued_messages_in_all = 3}, Configuration{.maximum_queued_bytes_in_all = 6}}) {
    TestBroker broker(small);
    for (const char* id : {"one", "two"}) {
      auto away = connected(broker, v3_1_1, kept(id));
      away.subscribe("a", QoS::at_least_once);
      away.vanish();
    }
    auto here = connected(broker, v3_1_1, {.client_id = "here"});
    here.subscribe("a");
    auto publisher = connected(broker, v3_1_1, {.client_id = "publisher"});
    for (std::uint16_t i = 1; i <= 4; ++i) publisher.send(publish("a", std::to_string(i)).qos(1).packet_id(i));
    EXPECT_THAT(here.payloads(), ElementsAre("1", "2", "3", "4")) << "what can be sent does not wait";
    EXPECT_THAT(connecting(broker, v3_1_1, kept("one")).payloads(), ElementsAre("1", "2"));
    EXPECT_THAT(connecting(broker, v3_1_1, kept("two")).payloads(), ElementsAre("1"));
    publisher.send(publish("a", "5").qos(1).packet_id(5));
    auto again = connecting(broker, v3_1_1, kept("two"));
    EXPECT_THAT(again.payloads(), ElementsAre("1", "5")) << "there is room again";
  }
}

TEST(EngineLimits, RefuseRetainedMessagesBeyondTheirBytes) {
  TestBroker broker({.maximum_retained_bytes = 10});
  auto client = connected(broker, v5_0);
  const auto retain = [&](const std::string& topic, std::size_t size) {
    client.send(publish(topic, std::string(size, 'x')).qos(1).packet_id(1).retain());
    return client.received_only<wire::Puback>().reason_code;
  };
  EXPECT_EQ(retain("a", 5), ReasonCode::success);
  EXPECT_EQ(retain("b", 4), ReasonCode::quota_exceeded);
  EXPECT_EQ(retain("a", 10), ReasonCode::quota_exceeded);
  EXPECT_EQ(retain("a", 9), ReasonCode::success);
  EXPECT_EQ(retain("a", 0), ReasonCode::success);
  EXPECT_EQ(retain("b", 9), ReasonCode::success);
}

TEST(EngineLimits, RefuseClientsBeyondTheNumberOfSessions) {
  TestBroker broker({.maximum_sessions = 1});
  connected(broker, v5_0, kept("a")).vanish();
  EXPECT_EQ(connecting(broker, v5_0, {.client_id = "b"}).received_only<wire::Connack>().reason_code, ReasonCode::quota_exceeded);
  EXPECT_EQ(connecting(broker, v3_1_1, {.client_id = "b"}).received_only<wire::Connack>().reason_code,
            wire::return_code::server_unavailable);
  connected(broker, v5_0, kept("a"));
}

/// As many topic levels as a Topic Filter can have.
const std::string deepest(65'535, '/');

TEST(EngineLimits, ServeTheDeepestTopicFilter) {
  TestBroker broker;
  auto client = connected(broker, v5_0);
  EXPECT_THAT(client.subscribe(deepest).reason_codes, ElementsAre(ReasonCode::granted_qos_0));
  client.send(publish(deepest, "arrives"));
  EXPECT_THAT(client.payloads(), ElementsAre("arrives"));
  client.send(unsubscribe(2, {deepest}));
  EXPECT_THAT(client.received_only<wire::Unsuback>().reason_codes, ElementsAre(ReasonCode::success));
  client.send(publish(deepest, "no more"));
  EXPECT_THAT(client.payloads(), IsEmpty());
}

TEST(EngineLimits, EndWithTheDeepestTopicFilterSubscribed) {
  auto broker = std::make_unique<TestBroker>();
  auto client = connected(*broker, v3_1_1);
  client.subscribe(deepest);
  client.subscribe(deepest.substr(1) + '#');
  broker.reset();
}

TEST(EngineLimits, KeepARetainedMessageOfTheDeepestTopic) {
  TestBroker broker;
  auto client = connected(broker, v3_1_1);
  client.send(publish(deepest, "kept").retain());
  client.send(subscribe(1, deepest.substr(0, 30'000) + "/#"));
  EXPECT_THAT(client.payloads(), ElementsAre("kept"));
}

TEST(EngineSystemTopics, TellTheNumberOfClients) {
  TestBroker broker;
  auto client = connected(broker, v3_1_1);
  client.send(subscribe(1, "$SYS/broker/clients/connected"));
  EXPECT_THAT(client.payloads(), ElementsAre("1"));
  auto other = connected(broker, v3_1_1, {.client_id = "other"});
  EXPECT_THAT(client.payloads(), ElementsAre("2"));
  other.vanish();
  EXPECT_THAT(client.payloads(), ElementsAre("1"));
}

TEST(EngineSystemTopics, TellVersionUptimeAndCountsToWhoAsksForThem) {
  TestBroker broker;
  auto client = connected(broker, v3_1_1);
  client.send(publish("kept", "x").retain());
  client.subscribe("something/else");
  broker.pass(90s);
  client.send(subscribe(1, "$SYS/broker/#"));
  std::map<std::string, std::string> told;
  for (const auto& message : client.received_of<wire::Publish>()) {
    EXPECT_TRUE(message.retain);
    told[message.topic] = message.payload;
  }
  EXPECT_EQ(told, (std::map<std::string, std::string>{{"$SYS/broker/clients/connected", "1"},
                                                      {"$SYS/broker/clients/total", "1"},
                                                      {"$SYS/broker/retained messages/count", "1"},
                                                      {"$SYS/broker/subscriptions/count", "1"},
                                                      {"$SYS/broker/uptime", "90 seconds"},
                                                      {"$SYS/broker/version", "mqttspec mock broker"}}));
}

TEST(EngineSystemTopics, AreNotMatchedByWildcardsAtTheBeginning) {
  TestBroker broker;
  auto client = connected(broker, v5_0);
  for (const char* filter : {"#", "+/broker/version", "+/#"}) {
    client.send(subscribe(1, filter));
    EXPECT_THAT(client.payloads(), IsEmpty()) << filter;
  }
}

TEST(EngineStop, TellsEveryClientThatCanBeTold) {
  TestBroker broker;
  auto watcher = connected(broker, v5_0, {.client_id = "watcher"});
  watcher.subscribe("will");
  auto five = connected(broker, v5_0, {.client_id = "five", .will = wire::Will{.topic = "will", .payload = "x"}});
  auto three = connected(broker, v3_1_1, {.client_id = "three"});
  Client silent(broker, v5_0);
  broker.engine.shut_down(broker.now);
  broker.collect();
  for (Client* told : {&watcher, &five}) EXPECT_EQ(told->received_only<wire::Disconnect>().reason_code, ReasonCode::server_shutting_down);
  EXPECT_THAT(three.received(), IsEmpty());
  for (Client* client : {&watcher, &five, &three, &silent}) EXPECT_TRUE(client->is_closed());
}

// ---------------------------------------------------------------------------------------------------------------- parts

TEST(FrameSplitter, GivesWholePacketsHoweverTheyAreCut) {
  wire::Bytes stream;
  wire::encode(wire::Pingreq{}, v3_1_1, stream);
  wire::encode(publish("a", std::string(200, 'x')), v3_1_1, stream);
  for (std::size_t piece : {std::size_t{1}, std::size_t{3}, stream.size()}) {
    FrameSplitter splitter(1'000);
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      wire::ByteView input = wire::ByteView(stream).subspan(at, std::min(piece, stream.size() - at));
      while (auto frame = splitter.next(input)) sizes.push_back(frame->bytes.size());
    }
    EXPECT_THAT(sizes, ElementsAre(2u, 206u));
  }
}

TEST(FrameSplitter, RefusesALargePacketAfterItsFixedHeader) {
  FrameSplitter splitter(100);
  const wire::Bytes header{0x30, 0xFF, 0x01};
  wire::ByteView input = header;
  const auto frame = splitter.next(input);
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->too_large);
}

TEST(Subscriptions, MatchExactlyWhatTheStandardMatches) {
  std::mt19937 random(1);
  const char* levels[] = {"a", "b", "", "+", "$x"};
  const auto pick = [&](std::size_t from) { return random() % from; };
  const auto text = [&](bool wildcards) {
    std::string result;
    const auto count = 1 + pick(4);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) result += '/';
      if (wildcards && i + 1 == count && pick(3) == 0) return result + "#";
      const char* level = levels[pick(5)];
      if (!wildcards && level[0] == '+') level = "c";
      result += level;
    }
    return result.empty() ? std::string("a") : result;
  };
  Session session;
  Subscriptions tree;
  std::deque<Subscription> all;
  for (int i = 0; i < 200; ++i) {
    const std::string filter = text(true);
    all.push_back({.full_filter = filter, .topic_filter = filter});
    tree.add(session, all.back());
  }
  const auto expect_right = [&] {
    for (int i = 0; i < 300; ++i) {
      const std::string name = text(false);
      std::vector<const Subscription*> expected;
      for (const auto& subscription : all)
        if (topic::matches(subscription.topic_filter, name)) expected.push_back(&subscription);
      std::vector<const Subscription*> found;
      for (const auto& match : tree.matching(name)) found.push_back(match.subscription);
      EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(expected)) << name;
    }
  };
  expect_right();
  while (all.size() > 100) {
    tree.remove(all.front());
    all.pop_front();
  }
  expect_right();
  for (const auto& subscription : all) tree.remove(subscription);
  all.clear();
  expect_right();
  EXPECT_EQ(tree.levels(), 0u);
}

TEST(Subscriptions, FindTheSameInTheSameOrderHoweverManyOthersThereAre) {
  Session session;
  Subscriptions tree;
  std::deque<Subscription> all;
  const auto add = [&](const std::string& filter) {
    all.push_back({.full_filter = filter, .topic_filter = filter});
    tree.add(session, all.back());
  };
  for (int i = 0; i < 1'000; ++i) add("site/" + std::to_string(i) + "/temperature");
  for (const char* filter : {"site/7/#", "#", "+/7/temperature", "site/+/temperature", "site/7/temperature/#"}) add(filter);
  std::vector<std::string> found;
  for (const Match& match : tree.matching("site/7/temperature")) found.push_back(match.subscription->topic_filter);
  EXPECT_THAT(found, ElementsAre("#", "+/7/temperature", "site/+/temperature", "site/7/#", "site/7/temperature", "site/7/temperature/#"));
}

TEST(RetainedMessages, AreFoundByNameByPrefixAndByWildcard) {
  RetainedMessages retained;
  const std::vector<std::string> topics{"$SYS/x", "a", "a!", "a/", "a/b", "a/b/c", "ab", "b/b"};
  for (const std::string& topic : topics) {
    auto message = std::make_shared<Message>();
    message->topic = topic;
    retained.store(std::move(message));
  }
  for (const char* filter : {"a", "a/b", "nothing", "a/#", "a/+", "a/b/#", "+/b", "#", "+", "$SYS/#", "$SYS/+", "/#"}) {
    std::vector<std::string> expected;
    std::ranges::copy_if(topics, std::back_inserter(expected), [&](const auto& topic) { return topic::matches(filter, topic); });
    std::vector<std::string> found;
    for (const MessagePtr& message : retained.matching(filter)) found.push_back(message->topic);
    EXPECT_THAT(found, ::testing::ElementsAreArray(expected)) << filter;
  }
}

}  // namespace
}  // namespace mqttspec::mock_broker::testing
