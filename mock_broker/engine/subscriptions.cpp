#include "mock_broker/engine/subscriptions.hpp"

#include <functional>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

/// Topic levels one after another. Two separators next to each other, or one at an end, make an empty level (4.7.1.1).
struct Levels {
  std::string_view first;
  std::string_view rest;
  bool is_last;
};

Levels split(std::string_view text) {
  const auto separator = text.find('/');
  if (separator == std::string_view::npos) return {text, {}, true};
  return {text.substr(0, separator), text.substr(separator + 1), false};
}

}  // namespace

std::size_t Subscriptions::EdgeHash::operator()(const Edge& edge) const {
  constexpr std::size_t odd = 0x9E37'79B9'7F4A'7C15;  // spreads neighbouring numbers
  return std::hash<std::string_view>{}(edge.level) ^ (edge.from * odd);
}

Subscriptions::Subscriptions() : nodes_(1) {}

// ---------------------------------------------------------------------------------------------------------------- the tree

Subscriptions::Index Subscriptions::child(Index from, std::string_view level) const {
  if (level == "+") return nodes_[from].any_one;
  if (level == "#") return nodes_[from].any_many;
  const auto found = edges_.find({from, level});
  return found == edges_.end() ? none : found->second;
}

Subscriptions::Index Subscriptions::child_or_new(Index from, std::string_view level) {
  if (const Index known = child(from, level); known != none) return known;
  auto made = static_cast<Index>(nodes_.size());
  if (unused_.empty()) {
    nodes_.emplace_back();
  } else {
    made = unused_.back();
    unused_.pop_back();
  }
  Node& node = nodes_[made];
  node.parent = from;
  node.level = level;
  Node& parent = nodes_[from];
  ++parent.children;
  if (level == "+")
    parent.any_one = made;
  else if (level == "#")
    parent.any_many = made;
  else
    edges_.emplace(Edge{from, node.level}, made);
  return made;
}

void Subscriptions::erase(Index leaf) {
  Node& node = nodes_[leaf];
  Node& parent = nodes_[node.parent];
  --parent.children;
  if (node.level == "+")
    parent.any_one = none;
  else if (node.level == "#")
    parent.any_many = none;
  else
    edges_.erase({node.parent, node.level});
  node = Node{};
  unused_.push_back(leaf);
}

void Subscriptions::add(Session& session, const Subscription& subscription) {
  Index at = root;
  for (Levels levels{{}, subscription.topic_filter, false}; !levels.is_last;) {
    levels = split(levels.rest);
    at = child_or_new(at, levels.first);
  }
  nodes_[at].here.push_back({&session, &subscription});
}

void Subscriptions::remove(const Subscription& subscription) {
  Index at = root;
  for (Levels levels{{}, subscription.topic_filter, false}; !levels.is_last;) {
    levels = split(levels.rest);
    at = child(at, levels.first);
    if (at == none) return;
  }
  std::erase_if(nodes_[at].here, [&](const Match& match) { return match.subscription == &subscription; });
  while (at != root && nodes_[at].here.empty() && nodes_[at].children == 0) erase(std::exchange(at, nodes_[at].parent));
}

// ---------------------------------------------------------------------------------------------------------------- matching

std::vector<Match> Subscriptions::matching(std::string_view topic_name) const {
  std::vector<Match> found;
  const auto take = [&](Index from) { found.insert(found.end(), nodes_[from].here.begin(), nodes_[from].here.end()); };
  /// A node and the levels of the name that are to be matched below it.
  struct Step {
    Index at;
    Levels levels;
  };
  std::vector<Step> waiting{{root, {{}, topic_name, false}}};
  while (!waiting.empty()) {
    const Step step = waiting.back();
    waiting.pop_back();
    const Node& node = nodes_[step.at];
    if (step.levels.is_last) take(step.at);
    // A wildcard at the beginning does not match a name that begins with $ [MQTT-4.7.2-1].
    const bool wildcards_count = step.at != root || !topic_name.starts_with('$');
    // "sport/#" also matches "sport", the parent level (4.7.1.2).
    if (node.any_many != none && wildcards_count) take(node.any_many);
    if (step.levels.is_last || node.children == 0) continue;

    const Levels next = split(step.levels.rest);
    // A name holds no wildcards [MQTT-4.7.1-1], so this is never the branch of one of them.
    if (const Index same = child(step.at, next.first); same != none) waiting.push_back({same, next});
    if (node.any_one != none && wildcards_count) waiting.push_back({node.any_one, next});
  }
  return found;
}

std::vector<Match> Subscriptions::matching(std::string_view topic_name, bool (*matches)(std::string_view, std::string_view)) const {
  std::vector<Match> found;
  for (const Node& node : nodes_)
    for (const Match& match : node.here)
      if (matches(match.subscription->topic_filter, topic_name)) found.push_back(match);
  return found;
}

}  // namespace mqttspec::mock_broker
