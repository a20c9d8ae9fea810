#include "mock_broker/retained.hpp"

#include <utility>

namespace mqttspec::mock_broker {

const MessagePtr* RetainedMessages::find(std::string_view topic) const {
  const auto found = messages_.find(topic);
  return found == messages_.end() ? nullptr : &found->second;
}

void RetainedMessages::store(MessagePtr message) {
  const std::string& topic = message->topic;
  messages_.insert_or_assign(topic, std::move(message));
}

void RetainedMessages::remove(std::string_view topic) {
  if (const auto found = messages_.find(topic); found != messages_.end()) messages_.erase(found);
}

void RetainedMessages::remove_expired(TimePoint now) {
  std::erase_if(messages_, [&](const auto& entry) { return entry.second->has_expired(now); });
}

void RetainedMessages::remove_of(std::string_view publisher) {
  std::erase_if(messages_, [&](const auto& entry) { return entry.second->publisher == publisher; });
}

std::vector<MessagePtr> RetainedMessages::matching(std::string_view filter,
                                                   bool (*matches)(std::string_view filter, std::string_view name)) const {
  std::vector<MessagePtr> found;
  for (const auto& [topic, message] : messages_)
    if (matches(filter, topic)) found.push_back(message);
  return found;
}

}  // namespace mqttspec::mock_broker
