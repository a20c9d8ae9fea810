#pragma once

#include "mock_broker/engine/message.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::mock_broker {

/// The retained message of each topic (3.3.1.3).
class RetainedMessages {
 public:
  const MessagePtr* find(std::string_view topic) const;
  void store(MessagePtr message);
  void remove(std::string_view topic);
  void remove_expired(TimePoint now);
  void remove_of(std::string_view publisher);
  /// How many there are, and the bytes of their topics and payloads, without the broker's own.
  struct Load {
    std::size_t count = 0;
    std::size_t bytes = 0;
  };
  Load load() const { return load_; }
  /// As it would be with a Client's message of this size stored for the topic.
  Load load_with(std::string_view topic, std::size_t size) const;
  /// In the order of their topics. Only those are looked at that begin as the Topic Filter does up to its first wildcard.
  std::vector<MessagePtr> matching(std::string_view filter) const;
  /// The same with a rule of matching that is not the standard's.
  std::vector<MessagePtr> matching(std::string_view filter, bool (*matches)(std::string_view filter, std::string_view name)) const;

 private:
  static bool counts(const Message& message) { return !message.publisher.empty(); }
  void forget(const Message& message);
  template <class Predicate>
  void remove_if(Predicate is_unwanted);

  Load load_;
  std::map<std::string, MessagePtr, std::less<>> messages_;
};

}  // namespace mqttspec::mock_broker
