#pragma once

#include "mock_broker/engine/session.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqttspec::mock_broker {

/// A subscription that matches a topic, and whose it is.
struct Match {
  Session* session;
  const Subscription* subscription;
};

/// All subscriptions of all Sessions in a tree of topic levels (4.7): finding those that match a name costs what the name is deep, not what
/// there is. It refers to subscriptions that the Sessions own.
///
/// A Topic Filter can have 65,536 levels, so nothing here follows them by recursion, and the nodes do not own one another: they stand in
/// one vector, and the ways down from them in one hash table.
class Subscriptions {
 public:
  Subscriptions();

  void add(Session& session, const Subscription& subscription);
  void remove(const Subscription& subscription);
  /// Of several on the same filter in the order in which they were added; more general filters first.
  std::vector<Match> matching(std::string_view topic_name) const;
  /// The same with a rule of matching that is not the standard's.
  std::vector<Match> matching(std::string_view topic_name, bool (*matches)(std::string_view filter, std::string_view name)) const;

  /// Nodes below the root: what the tree takes of memory.
  std::size_t levels() const { return nodes_.size() - 1 - unused_.size(); }

 private:
  using Index = std::uint32_t;
  static constexpr Index root = 0;
  static constexpr Index none = 0;  ///< the root is nobody's child

  struct Node {
    Index parent = none;
    Index any_one = none;   ///< the child "+"
    Index any_many = none;  ///< the child "#"
    std::uint32_t children = 0;
    std::string level{};
    std::vector<Match> here{};
  };
  struct Edge {
    Index from;
    std::string_view level;  ///< in the node that it leads to
    bool operator==(const Edge&) const = default;
  };
  struct EdgeHash {
    std::size_t operator()(const Edge& edge) const;
  };

  Index child(Index from, std::string_view level) const;
  Index child_or_new(Index from, std::string_view level);
  void erase(Index leaf);

  std::deque<Node> nodes_;  ///< never moved, as edges refer to their levels
  std::vector<Index> unused_;
  std::unordered_map<Edge, Index, EdgeHash> edges_;
};

}  // namespace mqttspec::mock_broker
