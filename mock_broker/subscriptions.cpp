#include "mock_broker/subscriptions.hpp"

#include <utility>

namespace mqttspec::mock_broker {

struct Subscriptions::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children{};
  std::vector<Match> here{};

  const Node* child(std::string_view level) const {
    const auto found = children.find(level);
    return found == children.end() ? nullptr : found->second.get();
  }
};

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

Subscriptions::Subscriptions() : root_(std::make_unique<Node>()) {}
Subscriptions::~Subscriptions() = default;

void Subscriptions::add(Session& session, const Subscription& subscription) {
  Node* node = root_.get();
  for (Levels levels{{}, subscription.topic_filter, false}; !levels.is_last;) {
    levels = split(levels.rest);
    auto& next = node->children[std::string(levels.first)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  node->here.push_back({&session, &subscription});
}

void Subscriptions::remove(const Subscription& subscription) { remove(*root_, subscription.topic_filter, subscription); }

/// @return whether the node has become empty
bool Subscriptions::remove(Node& node, std::string_view rest, const Subscription& subscription) {
  const Levels levels = split(rest);
  const auto next = node.children.find(levels.first);
  if (next == node.children.end()) return false;
  Node& child = *next->second;
  if (levels.is_last)
    std::erase_if(child.here, [&](const Match& match) { return match.subscription == &subscription; });
  else
    remove(child, levels.rest, subscription);
  if (child.here.empty() && child.children.empty()) node.children.erase(next);
  return node.here.empty() && node.children.empty();
}

std::vector<Match> Subscriptions::matching(std::string_view topic_name) const {
  std::vector<Match> found;
  find(*root_, topic_name, true, found);
  return found;
}

void Subscriptions::find(const Node& node, std::string_view rest, bool at_root, std::vector<Match>& found) {
  const auto take = [&](const Node& from) { found.insert(found.end(), from.here.begin(), from.here.end()); };
  // A wildcard at the beginning does not match a name that begins with $ [MQTT-4.7.2-1].
  const bool wildcards_count = !(at_root && rest.starts_with('$'));
  const Node* many = wildcards_count ? node.child("#") : nullptr;
  if (many) take(*many);

  const Levels levels = split(rest);
  const auto descend = [&](const Node* child) {
    if (!child) return;
    if (!levels.is_last) return find(*child, levels.rest, false, found);
    take(*child);
    // "sport/#" also matches "sport", the parent level (4.7.1.2).
    if (const Node* parent_of = child->child("#")) take(*parent_of);
  };
  if (wildcards_count) descend(node.child("+"));
  // A name holds no wildcards [MQTT-4.7.1-1], so this is never the branch of one of them.
  descend(node.child(levels.first));
}

std::vector<Match> Subscriptions::matching(std::string_view topic_name, bool (*matches)(std::string_view, std::string_view)) const {
  std::vector<Match> found;
  collect(*root_, found);
  std::erase_if(found, [&](const Match& match) { return !matches(match.subscription->topic_filter, topic_name); });
  return found;
}

void Subscriptions::collect(const Node& node, std::vector<Match>& found) {
  found.insert(found.end(), node.here.begin(), node.here.end());
  for (const auto& [level, child] : node.children) collect(*child, found);
}

}  // namespace mqttspec::mock_broker
