#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mqttspec::topic {

/// Values under Topic Filters, in a tree of topic levels (4.7): the time to find those that match a Topic Name depends on the levels of the
/// name, not on the number of filters.
///
/// A Topic Filter can have 65,536 levels, so nothing here recurses, and nodes do not own one another: they are in one sequence, and the
/// edges between them in one hash table. Not thread-safe.
template <class Value>
class SubscriptionTree {
 public:
  SubscriptionTree() : nodes_(1) {}

  /// Adds a value under a valid filter (not a shared one). A filter can have several values.
  void add(std::string_view filter, Value value) {
    Index at = root;
    for (Levels levels{{}, filter, false}; !levels.is_last;) {
      levels = split(levels.rest);
      at = child_or_new(at, levels.first);
    }
    nodes_[at].here.push_back(std::move(value));
  }

  /// Removes the values under this filter that equal `value`.
  void remove(std::string_view filter, const Value& value) {
    Index at = root;
    for (Levels levels{{}, filter, false}; !levels.is_last;) {
      levels = split(levels.rest);
      at = child(at, levels.first);
      if (at == none) return;
    }
    std::erase(nodes_[at].here, value);
    while (at != root && nodes_[at].here.empty() && nodes_[at].children == 0) erase(std::exchange(at, nodes_[at].parent));
  }

  /// Calls `visit` with each value whose filter matches the Topic Name; values under one filter in the order in which they were added.
  template <class Visit>
  void for_each_match(std::string_view name, Visit visit) const {
    const auto take = [&](Index node) {
      for (const Value& value : nodes_[node].here) visit(value);
    };
    /// A node and the levels of the name that are to be matched below it.
    struct Step {
      Index at;
      Levels levels;
    };
    std::vector<Step> waiting;
    waiting.push_back({root, {{}, name, false}});
    while (!waiting.empty()) {
      const Step step = waiting.back();
      waiting.pop_back();
      const Node& node = nodes_[step.at];
      if (step.levels.is_last) take(step.at);
      // A wildcard at the beginning does not match a name that begins with $ [MQTT-4.7.2-1].
      const bool wildcards_count = step.at != root || !name.starts_with('$');
      // "sport/#" also matches "sport", the parent level (4.7.1.2).
      if (node.any_many != none && wildcards_count) take(node.any_many);
      if (step.levels.is_last || node.children == 0) continue;

      const Levels next = split(step.levels.rest);
      if (const Index same = literal_child(step.at, next.first); same != none) waiting.push_back({same, next});
      if (node.any_one != none && wildcards_count) waiting.push_back({node.any_one, next});
    }
  }

  /// Nodes below the root: what the tree takes of memory.
  std::size_t levels() const { return nodes_.size() - 1 - unused_.size(); }

 private:
  using Index = std::uint32_t;
  static constexpr Index root = 0;
  static constexpr Index none = 0;  ///< the root is nobody's child

  /// Topic levels one after another. Two separators next to each other, or one at an end, make an empty level (4.7.1.1).
  struct Levels {
    std::string_view first;
    std::string_view rest;
    bool is_last;
  };
  struct Node {
    Index parent = none;
    Index any_one = none;   ///< the child "+"
    Index any_many = none;  ///< the child "#"
    std::uint32_t children = 0;
    std::string level{};
    std::vector<Value> here{};
  };
  struct Edge {
    Index from;
    std::string_view level;  ///< in the node that it leads to
    bool operator==(const Edge&) const = default;
  };
  struct EdgeHash {
    std::size_t operator()(const Edge& edge) const {
      constexpr std::size_t odd = 0x9E37'79B9'7F4A'7C15;  // spreads neighbouring numbers
      return std::hash<std::string_view>{}(edge.level) ^ (edge.from * odd);
    }
  };

  static Levels split(std::string_view text) {
    const auto separator = text.find('/');
    if (separator == std::string_view::npos) return {text, {}, true};
    return {text.substr(0, separator), text.substr(separator + 1), false};
  }

  Index literal_child(Index from, std::string_view level) const {
    const auto found = edges_.find({from, level});
    return found == edges_.end() ? none : found->second;
  }
  Index child(Index from, std::string_view level) const {
    if (level == "+") return nodes_[from].any_one;
    if (level == "#") return nodes_[from].any_many;
    return literal_child(from, level);
  }
  Index child_or_new(Index from, std::string_view level) {
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
  void erase(Index leaf) {
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

  std::deque<Node> nodes_;  ///< never moved, as edges refer to their levels
  std::vector<Index> unused_;
  std::unordered_map<Edge, Index, EdgeHash> edges_;
};

}  // namespace mqttspec::topic
