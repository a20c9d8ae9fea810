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

template <class Requests>
auto find_request(Requests& requests, wire::PacketId id) {
  return std::ranges::find_if(requests, [&](const auto& request) { return request.packet_id == id.value(); });
}

}  // namespace

void Subscriptions::subscribe(const wire::Subscribe& subscribe, spec::ProtocolVersion version) {
  const std::uint64_t number = next_request_++;
  subscribes_.push_back({number, subscribe.packet_id.value(), subscribe.subscriptions.size()});
  const bool options_count = version == spec::ProtocolVersion::v5_0;
  for (const wire::Subscription& asked : subscribe.subscriptions) {
    Entry entry{.request = number,
                .scope = Scope::plain,
                .asked = asked.topic_filter,
                .filter = asked.topic_filter,
                .limit = wire::number(asked.maximum_qos),
                .retain_as_published = options_count && asked.retain_as_published,
                .wants_retained = !options_count || asked.retain_handling != wire::RetainHandling::do_not_send,
                .identifier = subscribe.properties.get(wire::prop::subscription_identifier)};
    if (entry.filter.starts_with('$') && !entry.filter.starts_with("$SYS")) entry.scope = Scope::unknown;
    if (options_count && topic::is_shared(asked.topic_filter)) {
      if (const auto shared = topic::parse_shared(asked.topic_filter)) {
        entry.scope = Scope::shared;
        entry.filter = shared->filter;
        entry.wants_retained = false;
      }
    }
    held_[asked.topic_filter] = {.request = number};
    entries_.push_back(std::move(entry));
  }
}

void Subscriptions::unsubscribe(const wire::Unsubscribe& unsubscribe) {
  const std::uint64_t number = next_request_++;
  Request request{number, unsubscribe.packet_id.value(), unsubscribe.topic_filters.size()};
  for (const std::string& filter : unsubscribe.topic_filters) {
    const auto known = held_.find(filter);
    request.held.push_back(known != held_.end() && known->second.granted);
    if (known != held_.end()) known->second = {.request = number};
  }
  unsubscribes_.push_back(std::move(request));
}

void Subscriptions::suback(const wire::Suback& suback, Report& report) {
  const auto request = find_request(subscribes_, suback.packet_id);
  if (request == subscribes_.end()) {
    if (history_ == History::seen)
      report.violate("server/suback-without-subscribe",
                     with_id("SUBACK", suback.packet_id) + " came, and no SUBSCRIBE with it waits for one.");
    return;
  }
  const Request answered = std::move(*request);
  subscribes_.erase(request);
  if (suback.reason_codes.size() != answered.filters) {
    report.violate("server/suback-code-count", with_id("SUBACK", suback.packet_id) + " has " + std::to_string(suback.reason_codes.size()) +
                                                   " codes for " + std::to_string(answered.filters) + " Topic Filters.");
    return;
  }
  auto code = suback.reason_codes.begin();
  std::erase_if(entries_, [&](Entry& entry) {
    if (entry.request != answered.number) return false;
    const wire::ReasonCode granted = *code++;
    if (wire::is_error(granted)) return true;
    if (static_cast<int>(wire::number(granted)) > entry.limit)
      report.violate("server/granted-more-than-asked", with_id("SUBACK", suback.packet_id) + " grants QoS " +
                                                           std::to_string(wire::number(granted)) + ", and SUBSCRIBE asked for " +
                                                           std::to_string(entry.limit) + " at most.");
    entry.limit = std::max(entry.limit, static_cast<int>(wire::number(granted)));
    if (Held& held = held_[entry.asked]; held.request == answered.number) held.granted = true;
    return false;
  });
}

void Subscriptions::unsuback(const wire::Unsuback& unsuback, Report& report) {
  const auto request = find_request(unsubscribes_, unsuback.packet_id);
  if (request == unsubscribes_.end()) {
    if (history_ == History::seen)
      report.violate("server/unsuback-without-unsubscribe",
                     with_id("UNSUBACK", unsuback.packet_id) + " came, and no UNSUBSCRIBE with it waits for one.");
    return;
  }
  for (std::size_t i = 0; history_ == History::seen && i < std::min(unsuback.reason_codes.size(), request->held.size()); ++i)
    if (request->held[i] && unsuback.reason_codes[i] == wire::ReasonCode::no_subscription_existed)
      report.violate("server/unsuback-denies-subscription",
                     with_id("UNSUBACK", unsuback.packet_id) + " says of Topic Filter number " + std::to_string(i + 1) +
                         " that there was no Subscription; it had been granted, and not been removed since.");
  if (report.version() == spec::ProtocolVersion::v5_0 && unsuback.reason_codes.size() != request->filters)
    report.violate("server/unsuback-code-count", with_id("UNSUBACK", unsuback.packet_id) + " has " +
                                                     std::to_string(unsuback.reason_codes.size()) + " codes for " +
                                                     std::to_string(request->filters) + " Topic Filters.");
  unsubscribes_.erase(request);
}

Subscriptions::Entries Subscriptions::matching(const std::string& topic) const {
  Entries found;
  for (const Entry& entry : entries_)
    if (entry.scope == Scope::unknown || topic::matches(entry.filter, topic)) found.push_back(&entry);
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
  const bool by_wildcard = topic.starts_with('$') && std::ranges::any_of(entries_, [&](const Entry& entry) {
                             const bool wild = entry.filter.starts_with('#') || entry.filter.starts_with('+');
                             return wild && topic::matches(entry.filter, "x" + topic.substr(1));
                           });
  if (by_wildcard)
    report.violate(
        "server/wildcard-matched-dollar-topic",
        "PUBLISH to " + wire::quote(topic) + " came, and only a Topic Filter that begins with a wildcard could have matched it.");
  else
    report.violate("server/topic-not-subscribed",
                   "PUBLISH to " + wire::quote(topic) + " came, which no Subscription of this Session has matched.");
}

void Subscriptions::judge_qos(const wire::Publish& publish, const Entries& entries, Report& report) const {
  const int limit = std::ranges::max(entries, {}, &Entry::limit)->limit;
  if (wire::number(publish.qos) > limit)
    report.violate("server/qos-above-granted", "PUBLISH of QoS " + std::to_string(wire::number(publish.qos)) +
                                                   " came, and the matching Subscriptions have QoS " + std::to_string(limit) + " at most.");
}

/// A live message may come at any time beside retained ones, and both look alike. But every SUBSCRIBE calls for one retained message of a
/// topic at most, so that with more of them one must be live.
void Subscriptions::judge_retain(const wire::Publish& publish, const std::string& topic, const Entries& entries, Report& report) {
  if (!publish.retain || publish.dup) return;
  if (std::ranges::any_of(entries, &Entry::retain_as_published)) return;
  const auto calls = static_cast<std::size_t>(std::ranges::count_if(entries, &Entry::wants_retained));
  constexpr std::hash<std::string> hash;
  Retained& retained = retained_[hash(topic)];
  const std::size_t payload = hash(publish.payload);
  if (retained.count > 0 && retained.last_payload == payload) return;  // 3.1.1 lets a QoS 1 message be doubled at QoS 0
  retained.last_payload = payload;
  if (++retained.count <= calls) return;
  report.violate("server/retain-on-live-message", "PUBLISH to " + wire::quote(topic) + " came with RETAIN, the number " +
                                                      std::to_string(retained.count) +
                                                      " of its kind in this Session, and Subscriptions called for " +
                                                      std::to_string(calls) + " retained messages of this topic.");
}

void Subscriptions::judge_identifiers(const wire::Publish& publish, const Entries& entries, Report& report) const {
  const auto identifiers = publish.properties.all(wire::prop::subscription_identifier);
  for (const std::uint32_t identifier : identifiers)
    if (std::ranges::find(entries, std::optional(identifier), &Entry::identifier) == entries.end() &&
        std::ranges::find(entries, Scope::unknown, &Entry::scope) == entries.end())
      report.violate("server/unknown-subscription-identifier",
                     "PUBLISH came with Subscription Identifier " + std::to_string(identifier) + ", which no matching Subscription has.");
  if (identifiers.empty() && std::ranges::all_of(entries, [](const Entry* entry) { return entry->identifier.has_value(); }))
    report.violate("server/subscription-identifier-missing",
                   "PUBLISH came without Subscription Identifier, and every matching Subscription has one.");
}

}  // namespace mqttspec::conduct
