#include "conformance/runner/left_behind.hpp"

#include <functional>
#include <utility>

namespace mqttspec::conformance {
namespace {

constexpr std::string_view all_our_topics = "mqttspec/#";

/// Runs steps that blame nobody.
Awaitable<void> run_steps(Environment environment, std::function<Awaitable<void>(Test&)> steps) {
  const Case subject{.id = "left-behind", .title = "", .checks = {}, .run = std::move(steps)};
  Test test(subject, std::move(environment));
  (void)co_await test.run();
}

}  // namespace

Awaitable<std::vector<std::string>> find_retained(Environment environment, std::string run_prefix, std::set<std::string> topics) {
  std::vector<std::string> found;
  std::vector<wire::Subscription> wanted = {{.topic_filter = std::string(all_our_topics)}};
  for (const auto& topic : topics)
    if (!topic.starts_with("mqttspec/")) wanted.push_back({.topic_filter = topic});
  co_await run_steps(std::move(environment), [&](Test& test) -> Awaitable<void> {
    auto client = co_await test.connect();
    co_await client.subscribe(wanted);
    co_await client.fence();
    co_await test.pass_time(test.settle());
    for (const auto& packet : client.waiting(wire::PacketType::publish)) {
      const auto& message = std::get<wire::Publish>(packet);
      const bool is_ours = topics.contains(message.topic) || message.topic.starts_with("mqttspec/" + run_prefix);
      if (!message.retain || !is_ours) continue;
      found.push_back(message.topic);
      co_await client.send(wire::Publish{.topic = message.topic, .retain = true});
    }
    co_await client.fence();
  });
  co_return found;
}

Awaitable<bool> find_session(Environment environment, std::string client_id) {
  bool found = false;
  co_await run_steps(std::move(environment), [&](Test& test) -> Awaitable<void> {
    auto packet = test.connect_packet();
    packet.client_id = client_id;
    packet.clean_start = false;
    const auto client = co_await test.connect(std::move(packet));
    found = client.connack().session_present;
    // Before 5.0 this has made a Session itself: the case's own cleaning up ends it.
  });
  co_return found;
}

}  // namespace mqttspec::conformance
