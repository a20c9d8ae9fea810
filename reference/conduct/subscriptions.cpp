#include "reference/conduct/subscriptions.hpp"

#include "reference/topic/topic.hpp"
#include "reference/wire/describe.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace mqttspec::conduct {
namespace {

std::string with_id(std::string_view packet, wire::PacketId id) {
  return std::string(packet) + " with Packet Identifier " + std::to_string(id.value());
}

bool has(const std::vector<std::uint32_t>& identifiers, std::uint32_t identifier) {
  return std::ranges::find(identifiers, identifier) != identifiers.end();
}

/// What a level of a Topic Filter takes in the tree, about.
constexpr std::size_t memory_of_level = 160;

}  // namespace

// ---- Entries

std::size_t Subscriptions::memory_of(const Entry& entry) {
  const auto levels = static_cast<std::size_t>(std::ranges::count(entry.filter, '/')) + 1;
  return 2 * sizeof(Entry) + 2 * entry.asked.size() + 2 * entry.filter.size() + levels * memory_of_level;
}

void Subscriptions::merge(Entry& into, const Entry& from) {
  into.limit = std::max(into.limit, from.limit);
  into.retain_as_published = into.retain_as_published || from.retain_as_published;
  into.retained_calls += from.retained_calls;
  into.without_identifier = into.without_identifier || from.without_identifier;
  into.any_identifier = into.any_identifier || from.any_identifier;
  for (const std::uint32_t identifier : from.identifiers) {
    if (has(into.identifiers, identifier)) continue;
    if (into.identifiers.size() < most_identifiers)
      into.identifiers.push_back(identifier);
    else
      into.any_identifier = true;
  }
}

Subscriptions::EntryId Subscriptions::add(Entry entry) {
  const EntryId id = next_entry_++;
  entry.memory = memory_of(entry);
  memory_ += entry.memory;
  if (entry.scope == Scope::unknown)
    of_unknown_scope_.insert(id);
  else
    tree_.add(entry.filter, id);
  ++filters_[entry.asked].entries;
  entries_.emplace(id, std::move(entry));
  return id;
}

void Subscriptions::drop(EntryId id) {
  const auto found = entries_.find(id);
  const Entry& entry = found->second;
  memory_ -= entry.memory;
  if (entry.scope == Scope::unknown)
    of_unknown_scope_.erase(id);
  else
    tree_.remove(entry.filter, id);
  const auto filter = filters_.find(entry.asked);
  if (filter->second.settled == id) filter->second.settled = 0;
  if (--filter->second.entries == 0) filters_.erase(filter);
  entries_.erase(found);
}

/// The SUBSCRIBE of an entry has been granted.
void Subscriptions::settle(EntryId id) {
  // All that may match any topic are alike, so only a few are kept apart.
  if (of_unknown_scope_.size() > most_of_unknown_scope && of_unknown_scope_.contains(id)) return give_up(id);
  Filter& filter = filters_.at(entries_.at(id).asked);
  if (filter.settled == 0) {
    filter.settled = id;
    settled_.push_back(id);
    return;
  }
  merge(entries_.at(filter.settled), entries_.at(id));
  drop(id);
}

/// Merges an entry with all others that are not kept apart.
void Subscriptions::give_up(EntryId id) {
  if (!merged_) merged_ = Entry{.scope = Scope::unknown};
  merge(*merged_, entries_.at(id));
  drop(id);
}

void Subscriptions::make_room() {
  while (memory_ > most_filter_memory && !removed_.empty()) {
    const Removed removed = std::move(removed_.front());
    removed_.pop_front();
    const auto filter = filters_.find(removed.asked);
    if (filter != filters_.end() && filter->second.request == removed.request && filter->second.settled != 0)
      give_up(filter->second.settled);
  }
  while (memory_ > most_filter_memory && !settled_.empty()) {
    if (entries_.contains(settled_.front())) give_up(settled_.front());
    settled_.pop_front();
  }
  // Candidates may have been dropped or requested again since.
  if (settled_.size() > 2 * entries_.size() + 16) std::erase_if(settled_, [&](EntryId id) { return !entries_.contains(id); });
  if (removed_.size() > 2 * filters_.size() + 16)
    std::erase_if(removed_, [&](const Removed& removed) {
      const auto filter = filters_.find(removed.asked);
      return filter == filters_.end() || filter->second.request != removed.request;
    });
}

// ---- Requests and their answers

/// @return false where there are too many
bool Subscriptions::keep(Requests& requests, std::uint16_t packet_id, Request request) {
  if (requests.size() >= most_requests) return false;
  requests.emplace(packet_id, std::move(request));
  return true;
}

/// The oldest request with this Packet Identifier.
std::optional<Subscriptions::Request> Subscriptions::take(Requests& requests, wire::PacketId id) {
  const auto [begin, end] = requests.equal_range(id.value());
  if (begin == end) return std::nullopt;
  const auto oldest = std::ranges::min_element(begin, end, {}, [](const auto& entry) { return entry.second.number; });
  Request request = std::move(oldest->second);
  requests.erase(oldest);
  return request;
}

void Subscriptions::subscribe(const wire::Subscribe& subscribe, spec::ProtocolVersion version) {
  const std::uint64_t number = next_request_++;
  const bool options_count = version == spec::ProtocolVersion::v5_0;
  const auto identifier = subscribe.properties.get(wire::prop::subscription_identifier);
  const EntryId first = next_entry_;
  for (const wire::Subscription& asked : subscribe.subscriptions) {
    Entry entry{.scope = Scope::plain,
                .asked = asked.topic_filter,
                .filter = asked.topic_filter,
                .limit = wire::number(asked.maximum_qos),
                .retain_as_published = options_count && asked.retain_as_published,
                .retained_calls = !options_count || asked.retain_handling != wire::RetainHandling::do_not_send ? 1u : 0u,
                .without_identifier = !identifier.has_value()};
    if (identifier) entry.identifiers.push_back(*identifier);
    if (entry.filter.starts_with('$') && !entry.filter.starts_with("$SYS")) entry.scope = Scope::unknown;
    if (options_count && topic::is_shared(asked.topic_filter)) {
      if (const auto shared = topic::parse_shared(asked.topic_filter)) {
        entry.scope = Scope::shared;
        entry.filter = shared->filter;
        entry.retained_calls = 0;
      }
    }
    const EntryId id = add(std::move(entry));
    Filter& filter = filters_.at(asked.topic_filter);
    filter.request = number;
    filter.granted = false;
    // One packet with more filters than are kept must not take more memory until its SUBACK.
    if (memory_ > most_filter_memory) make_room();
    if (memory_ > most_filter_memory) give_up(id);
  }
  if (keep(subscribes_, subscribe.packet_id.value(), {.number = number, .first = first, .filters = subscribe.subscriptions.size()})) return;
  ++lost_subscribes_;
  for (EntryId id = first; id < next_entry_; ++id)
    if (entries_.contains(id)) settle(id);
}

void Subscriptions::unsubscribe(const wire::Unsubscribe& unsubscribe) {
  const std::uint64_t number = next_request_++;
  Request request{.number = number, .first = 0, .filters = unsubscribe.topic_filters.size()};
  for (const std::string& asked : unsubscribe.topic_filters) {
    const auto known = filters_.find(asked);
    request.held.push_back(known != filters_.end() && known->second.granted);
    if (known == filters_.end()) continue;
    known->second.request = number;
    known->second.granted = false;
    removed_.push_back({asked, number});
  }
  make_room();
  if (!keep(unsubscribes_, unsubscribe.packet_id.value(), std::move(request))) ++lost_unsubscribes_;
}

void Subscriptions::suback(const wire::Suback& suback, Report& report) {
  const auto request = take(subscribes_, suback.packet_id);
  if (!request) {
    if (lost_subscribes_ > 0)
      --lost_subscribes_;
    else if (history_ == History::seen)
      report.violate("server/suback-without-subscribe",
                     with_id("SUBACK", suback.packet_id) + " was received, and no SUBSCRIBE with it waits for one.");
    return;
  }
  if (suback.reason_codes.size() != request->filters) {
    if (lost_subscribes_ == 0)
      report.violate("server/suback-code-count", with_id("SUBACK", suback.packet_id) + " has " +
                                                     std::to_string(suback.reason_codes.size()) + " codes for " +
                                                     std::to_string(request->filters) + " Topic Filters.");
    for (EntryId id = request->first; id < request->first + request->filters; ++id)
      if (entries_.contains(id)) settle(id);
    return;
  }
  for (std::size_t i = 0; i < request->filters; ++i) {
    const EntryId id = request->first + i;
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    const wire::ReasonCode granted = suback.reason_codes[i];
    if (wire::is_error(granted)) {
      drop(id);
      continue;
    }
    const int qos = static_cast<int>(wire::number(granted));
    if (qos > entry.limit)
      report.violate("server/granted-more-than-asked", with_id("SUBACK", suback.packet_id) + " grants QoS " + std::to_string(qos) +
                                                           ", and SUBSCRIBE requested at most " + std::to_string(entry.limit) + ".");
    entry.limit = std::max(entry.limit, qos);
    if (Filter& filter = filters_.at(entry.asked); filter.request == request->number) filter.granted = true;
    settle(id);
  }
  make_room();
}

void Subscriptions::unsuback(const wire::Unsuback& unsuback, Report& report) {
  const auto request = take(unsubscribes_, unsuback.packet_id);
  if (!request) {
    if (lost_unsubscribes_ > 0)
      --lost_unsubscribes_;
    else if (history_ == History::seen)
      report.violate("server/unsuback-without-unsubscribe",
                     with_id("UNSUBACK", unsuback.packet_id) + " was received, and no UNSUBSCRIBE with it waits for one.");
    return;
  }
  if (lost_unsubscribes_ > 0) return;
  for (std::size_t i = 0; history_ == History::seen && i < std::min(unsuback.reason_codes.size(), request->held.size()); ++i)
    if (request->held[i] && unsuback.reason_codes[i] == wire::ReasonCode::no_subscription_existed)
      report.violate("server/unsuback-denies-subscription",
                     with_id("UNSUBACK", unsuback.packet_id) + " says of Topic Filter number " + std::to_string(i + 1) +
                         " that there was no Subscription; it had been granted, and not been removed since.");
  if (report.version() == spec::ProtocolVersion::v5_0 && unsuback.reason_codes.size() != request->filters)
    report.violate("server/unsuback-code-count", with_id("UNSUBACK", unsuback.packet_id) + " has " +
                                                     std::to_string(unsuback.reason_codes.size()) + " codes for " +
                                                     std::to_string(request->filters) + " Topic Filters.");
}

// ---- Messages

Subscriptions::Entries Subscriptions::matching(const std::string& topic) const {
  Entries found;
  tree_.for_each_match(topic, [&](EntryId id) { found.push_back(&entries_.at(id)); });
  for (const EntryId id : of_unknown_scope_) found.push_back(&entries_.at(id));
  if (merged_) found.push_back(&*merged_);
  return found;
}

bool Subscriptions::may_share(const std::string& topic) const {
  return std::ranges::any_of(matching(topic), [](const Entry* entry) { return entry->scope != Scope::plain; });
}

void Subscriptions::judge(const wire::Publish& publish, const std::string& topic, Report& report) {
  if (history_ == History::unseen) return;
  const Entries entries = matching(topic);
  if (entries.empty()) return judge_unmatched(topic, report);
  judge_qos(publish, entries, report);
  judge_retain(publish, topic, entries, report);
  if (report.version() == spec::ProtocolVersion::v5_0) judge_identifiers(publish, entries, report);
}

void Subscriptions::judge_unmatched(const std::string& topic, Report& report) const {
  bool by_wildcard = false;
  if (topic.starts_with('$'))
    tree_.for_each_match("x" + topic.substr(1), [&](EntryId id) {
      const Entry& entry = entries_.at(id);
      if (entry.filter.starts_with('#') || entry.filter.starts_with('+')) by_wildcard = true;
    });
  if (by_wildcard)
    report.violate(
        "server/wildcard-matched-dollar-topic",
        "PUBLISH to " + wire::quote(topic) + " was received, and only a Topic Filter that begins with a wildcard could have matched it.");
  else
    report.violate("server/topic-not-subscribed",
                   "PUBLISH to " + wire::quote(topic) + " was received, which no Subscription of this Session has matched.");
}

void Subscriptions::judge_qos(const wire::Publish& publish, const Entries& entries, Report& report) const {
  const int limit = std::ranges::max(entries, {}, &Entry::limit)->limit;
  if (wire::number(publish.qos) > limit)
    report.violate("server/qos-above-granted", "PUBLISH of QoS " + std::to_string(wire::number(publish.qos)) +
                                                   " was received, and the matching Subscriptions have at most QoS " +
                                                   std::to_string(limit) + ".");
}

/// A live message may be sent at any time among retained ones, and both look alike. But every SUBSCRIBE calls for one retained message of a
/// topic at most, so with more of them one must be live. Topics beyond most_retained_topics are counted again from 0.
void Subscriptions::judge_retain(const wire::Publish& publish, const std::string& topic, const Entries& entries, Report& report) {
  if (!publish.retain || publish.dup) return;
  if (std::ranges::any_of(entries, &Entry::retain_as_published)) return;
  std::uint64_t calls = 0;
  for (const Entry* entry : entries) calls += entry->retained_calls;
  constexpr std::hash<std::string> hash;
  const auto [found, is_new] = retained_.try_emplace(hash(topic));
  if (is_new) {
    retained_topics_.push_back(found->first);
    if (retained_topics_.size() > most_retained_topics) {
      retained_.erase(retained_topics_.front());
      retained_topics_.pop_front();
    }
  }
  Retained& retained = found->second;
  const std::size_t payload = hash(publish.payload);
  if (retained.count > 0 && retained.last_payload == payload) return;  // 3.1.1 lets a QoS 1 message be doubled at QoS 0
  retained.last_payload = payload;
  if (++retained.count <= calls) return;
  report.violate("server/retain-on-live-message", "PUBLISH to " + wire::quote(topic) + " was received with RETAIN, number " +
                                                      std::to_string(retained.count) +
                                                      " of its kind in this Session, and Subscriptions called for " +
                                                      std::to_string(calls) + " retained messages of this topic.");
}

void Subscriptions::judge_identifiers(const wire::Publish& publish, const Entries& entries, Report& report) const {
  const auto identifiers = publish.properties.all(wire::prop::subscription_identifier);
  for (const std::uint32_t identifier : identifiers)
    if (std::ranges::none_of(entries, [&](const Entry* entry) {
          return entry->any_identifier || entry->scope == Scope::unknown || has(entry->identifiers, identifier);
        }))
      report.violate("server/unknown-subscription-identifier", "PUBLISH was received with Subscription Identifier " +
                                                                   std::to_string(identifier) + ", which no matching Subscription has.");
  if (identifiers.empty() && std::ranges::none_of(entries, &Entry::without_identifier))
    report.violate("server/subscription-identifier-missing",
                   "PUBLISH was received without Subscription Identifier, and every matching Subscription has one.");
}

}  // namespace mqttspec::conduct
