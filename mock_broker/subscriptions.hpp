#pragma once

#include "mock_broker/session.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::mock_broker {

/// A subscription that matches a topic, and whose it is.
struct Match {
  Session* session;
  const Subscription* subscription;
};

/// All subscriptions of all Sessions in a tree of topic levels (4.7): finding those that match a name costs what the name is deep, not what
/// there is. It refers to subscriptions that the Sessions own.
class Subscriptions {
 public:
  Subscriptions();
  ~Subscriptions();

  void add(Session& session, const Subscription& subscription);
  void remove(const Subscription& subscription);
  /// Of several on the same filter in the order in which they were added.
  std::vector<Match> matching(std::string_view topic_name) const;
  /// The same with a rule of matching that is not the standard's.
  std::vector<Match> matching(std::string_view topic_name, bool (*matches)(std::string_view filter, std::string_view name)) const;

 private:
  struct Node;
  static void find(const Node& node, std::string_view rest, bool at_root, std::vector<Match>& found);
  static bool remove(Node& node, std::string_view rest, const Subscription& subscription);
  static void collect(const Node& node, std::vector<Match>& found);

  std::unique_ptr<Node> root_;
};

}  // namespace mqttspec::mock_broker
