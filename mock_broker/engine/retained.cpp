#include "mock_broker/engine/retained.hpp"

#include "reference/topic/topic.hpp"

#include <utility>

namespace mqttspec::mock_broker {

const MessagePtr* RetainedMessages::find(std::string_view topic) const {
  const auto found = messages_.find(topic);
  return found == messages_.end() ? nullptr : &found->second;
}

void RetainedMessages::forget(const Message& message) {
  if (!counts(message)) return;
  --load_.count;
  load_.bytes -= message.size();
}

RetainedMessages::Load RetainedMessages::load_with(std::string_view topic, std::size_t size) const {
  const MessagePtr* replaced = find(topic);
  const bool frees = replaced && counts(**replaced);
  return {.count = load_.count + (frees ? 0 : 1), .bytes = load_.bytes - (frees ? (*replaced)->size() : 0) + size};
}

void RetainedMessages::store(MessagePtr message) {
  const std::string& topic = message->topic;
  remove(topic);
  if (counts(*message)) {
    ++load_.count;
    load_.bytes += message->size();
  }
  messages_.insert_or_assign(topic, std::move(message));
}

void RetainedMessages::remove(std::string_view topic) {
  const auto found = messages_.find(topic);
  if (found == messages_.end()) return;
  forget(*found->second);
  messages_.erase(found);
}

template <class Predicate>
void RetainedMessages::remove_if(Predicate is_unwanted) {
  std::erase_if(messages_, [&](const auto& entry) {
    if (!is_unwanted(*entry.second)) return false;
    forget(*entry.second);
    return true;
  });
}

void RetainedMessages::remove_expired(TimePoint now) {
  remove_if([now](const Message& message) { return message.has_expired(now); });
}

void RetainedMessages::remove_of(std::string_view publisher) {
  remove_if([publisher](const Message& message) { return message.publisher == publisher; });
}

std::vector<MessagePtr> RetainedMessages::matching(std::string_view filter) const {
  std::string_view prefix = filter.substr(0, filter.find_first_of("+#"));
  if (prefix.size() == filter.size()) {
    const MessagePtr* exact = find(filter);
    return exact ? std::vector{*exact} : std::vector<MessagePtr>{};
  }
  // "sport/#" also matches "sport" (4.7.1.2).
  if (filter.ends_with("/#") && prefix.size() + 1 == filter.size()) prefix.remove_suffix(1);
  std::vector<MessagePtr> found;
  for (auto at = messages_.lower_bound(prefix); at != messages_.end() && at->first.starts_with(prefix); ++at)
    if (topic::matches(filter, at->first)) found.push_back(at->second);
  return found;
}

std::vector<MessagePtr> RetainedMessages::matching(std::string_view filter,
                                                   bool (*matches)(std::string_view filter, std::string_view name)) const {
  std::vector<MessagePtr> found;
  for (const auto& [topic, message] : messages_)
    if (matches(filter, topic)) found.push_back(message);
  return found;
}

}  // namespace mqttspec::mock_broker
