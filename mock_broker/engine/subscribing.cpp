// SUBSCRIBE to UNSUBACK (3.8 to 3.11).

#include "mock_broker/engine/broker.hpp"
#include "reference/topic/topic.hpp"

#include <algorithm>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using spec::ProtocolVersion;
using wire::ReasonCode;
namespace prop = wire::prop;

bool has_wildcard(std::string_view filter) { return filter.find_first_of("+#") != std::string_view::npos; }

bool is_shared(const Connection& connection, std::string_view filter) {
  // Before 5.0 "$share" is a topic level like any other.
  return connection.version == ProtocolVersion::v5_0 && topic::is_shared(filter);
}

std::string_view without_share(const Connection& connection, std::string_view filter) {
  if (!is_shared(connection, filter)) return filter;
  const auto shared = topic::parse_shared(filter);
  return shared ? shared->filter : filter;
}

ReasonCode granted_code(wire::QoS qos) { return static_cast<ReasonCode>(qos); }

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- SUBSCRIBE

void Broker::handle(Connection& connection, const wire::Subscribe& subscribe) {
  if (behaviour_.unsupported_subscription == Unsupported::disconnect)
    if (const auto code = unsupported(connection, subscribe))
      return fail(connection, *code, "the subscription needs what this server does not offer");

  publish_system_topics();  // who asks for them gets them as they are now
  Session& session = *connection.session;
  const auto identifier = subscribe.properties.get(prop::subscription_identifier);
  wire::Suback suback{.packet_id = subscribe.packet_id};  // [MQTT-3.8.4-2]
  std::vector<Delivery> retained;
  for (const wire::Subscription& wanted : subscribe.subscriptions) {
    // One Reason Code for each, in their order [MQTT-3.8.4-5, MQTT-3.9.3-1]
    const bool is_first = suback.reason_codes.empty();
    if (!is_first && !behaviour_.handles_every_filter) {
      suback.reason_codes.push_back(granted_code(wanted.maximum_qos));
      continue;
    }
    std::vector<Delivery> found;
    const ReasonCode code = subscribe_to(connection, wanted, identifier, found);
    // A SUBACK of 3.1 cannot refuse: its section 3.9 has the client learn nothing.
    const bool is_hidden = connection.version == ProtocolVersion::v3_1 && wire::is_error(code);
    suback.reason_codes.push_back(is_hidden ? granted_code(wanted.maximum_qos) : code);
    if (is_first || behaviour_.sends_retained_to_every_filter) std::ranges::move(found, std::back_inserter(retained));
  }

  const auto deliver_retained = [&] {
    for (Delivery& delivery : retained) deliver(session, std::move(delivery));
  };
  if (behaviour_.retained_before_suback) {
    deliver_retained();
    send(connection, std::move(suback));
  } else {
    send(connection, std::move(suback));
    deliver_retained();
  }
}

/// What the server told in CONNACK that it does not offer (3.2.2.3.11 to 3.2.2.3.13), if the packet asks for it. 5.0.
std::optional<wire::ReasonCode> Broker::unsupported(const Connection& connection, const wire::Subscribe& subscribe) const {
  if (connection.version != ProtocolVersion::v5_0) return std::nullopt;
  const bool has_identifier = subscribe.properties.has(wire::PropertyId::subscription_identifier);
  if (has_identifier && !configuration_.subscription_identifier_available) return ReasonCode::subscription_identifiers_not_supported;
  for (const wire::Subscription& wanted : subscribe.subscriptions) {
    if (is_shared(connection, wanted.topic_filter) && !configuration_.shared_subscription_available)
      return ReasonCode::shared_subscriptions_not_supported;
    if (has_wildcard(wanted.topic_filter) && !configuration_.wildcard_subscription_available)
      return ReasonCode::wildcard_subscriptions_not_supported;
  }
  return std::nullopt;
}

/// Why one subscription is refused, or success. Before 5.0 there is one code for everything [MQTT-3.9.3-2].
wire::ReasonCode Broker::refusal_of(const Connection& connection, const wire::Subscription& wanted) const {
  const bool five = connection.version == ProtocolVersion::v5_0;
  const auto code = [&](ReasonCode of_5_0) { return five ? of_5_0 : wire::return_code::subscription_failed; };
  const Session& session = *connection.session;

  if (is_shared(connection, wanted.topic_filter) && !configuration_.shared_subscription_available)
    return code(ReasonCode::shared_subscriptions_not_supported);
  if (has_wildcard(wanted.topic_filter) && !configuration_.wildcard_subscription_available)
    return code(ReasonCode::wildcard_subscriptions_not_supported);  // [MQTT-3.8.3-2 of 3.1.1]
  if (is_denied_subscription(without_share(connection, wanted.topic_filter))) return code(ReasonCode::not_authorized);
  const bool is_new = !session.subscriptions.contains(wanted.topic_filter);
  if (is_new && session.subscriptions.size() >= configuration_.maximum_subscriptions) return code(ReasonCode::quota_exceeded);
  const bool has_room = subscribed_bytes_ + wanted.topic_filter.size() <= configuration_.maximum_subscription_bytes;
  if (is_new && !has_room) return code(ReasonCode::quota_exceeded);
  return ReasonCode::success;
}

bool Broker::is_denied_subscription(std::string_view topic_filter) const {
  // A filter is covered where it would match as a name: "secret/#" covers "secret/+".
  return std::ranges::any_of(configuration_.subscribe_denied,
                             [&](const std::string& denied) { return topic::matches(denied, topic_filter); });
}

wire::ReasonCode Broker::subscribe_to(Connection& connection, const wire::Subscription& wanted, std::optional<std::uint32_t> identifier,
                                      std::vector<Delivery>& retained) {
  Session& session = *connection.session;
  if (identifier && !configuration_.subscription_identifier_available) return ReasonCode::subscription_identifiers_not_supported;
  if (const ReasonCode refusal = refusal_of(connection, wanted); refusal != ReasonCode::success) return refusal;

  const wire::QoS allowed = std::min({wanted.maximum_qos, behaviour_.granted_at_most, configuration_.maximum_qos});
  Subscription subscription{.full_filter = wanted.topic_filter,
                            .topic_filter = std::string(without_share(connection, wanted.topic_filter)),
                            .shared = is_shared(connection, wanted.topic_filter),
                            .granted = std::max(allowed, behaviour_.granted_at_least),
                            .no_local = wanted.no_local,
                            .retain_as_published = wanted.retain_as_published,
                            .identifier = identifier,
                            .effective_from = now_ + behaviour_.subscription_delay};
  const ReasonCode granted = granted_code(subscription.granted);

  // An identical Topic Filter replaces the subscription [MQTT-3.8.4-3]; in between nothing can get lost, as nothing else happens.
  const auto existing = session.subscriptions.find(wanted.topic_filter);
  const bool existed = existing != session.subscriptions.end();
  if (existed && behaviour_.carries_over) behaviour_.carries_over(subscription, existing->second);
  if (existed && !behaviour_.replaces_subscription) return granted;
  if (existed && behaviour_.subscription_counts_twice) {
    auto node = session.subscriptions.extract(existing);
    node.key() += "\xFF" + std::to_string(session.subscriptions.size());
    session.subscriptions.insert(std::move(node));
  } else if (existed) {
    subscription.effective_from = existing->second.effective_from;
    remove_subscription(session, wanted.topic_filter);
  }
  const Subscription& stored = session.subscriptions.insert_or_assign(wanted.topic_filter, std::move(subscription)).first->second;
  subscriptions_.add(session, stored);
  ++subscribed_;
  subscribed_bytes_ += stored.full_filter.size();

  using enum wire::RetainHandling;
  const bool by_handling =
      (wanted.retain_handling == send && !(existed && behaviour_.retain_handling_0_only_if_new)) ||    // [MQTT-3.3.1-9]
      (wanted.retain_handling == send_if_new && (!existed || !behaviour_.heeds_retain_handling_1)) ||  // [MQTT-3.3.1-10]
      (wanted.retain_handling == do_not_send && !behaviour_.heeds_retain_handling_2);                  // [MQTT-3.3.1-11]
  if (by_handling && (!existed || behaviour_.sends_retained_again)) add_retained(session, stored, retained);
  return granted;
}

/// The retained messages for a subscription that was just made (3.3.1.3).
void Broker::add_retained(const Session& session, const Subscription& subscription, std::vector<Delivery>& retained) {
  if (!behaviour_.sends_retained) return;
  if (subscription.shared && !behaviour_.sends_retained_to_shared) return;  // 4.8.2
  if (has_wildcard(subscription.topic_filter) && !behaviour_.sends_retained_to_wildcards) return;
  const auto& filter = subscription.topic_filter;
  for (const MessagePtr& message : behaviour_.matches ? retained_.matching(filter, behaviour_.matches) : retained_.matching(filter)) {
    if (behaviour_.checks_retained_expiry && message->has_expired(now_)) continue;  // [MQTT-3.3.2-5]
    if (subscription.no_local && behaviour_.heeds_no_local && message->publisher == session.client_id) continue;
    if (is_denied_subscription(message->topic)) continue;
    if (now_ - message->received < behaviour_.retained_unseen_for) continue;
    if (retained.size() >= behaviour_.retained_sent_at_most) return;
    Delivery delivery = delivery_of(message, subscription);
    delivery.retain = behaviour_.flags_retained;  // [MQTT-3.3.1-8 of 3.1.1]
    delivery.dup = false;
    retained.push_back(std::move(delivery));
  }
}

// ---------------------------------------------------------------------------------------------------------------- UNSUBSCRIBE

void Broker::handle(Connection& connection, const wire::Unsubscribe& unsubscribe) {
  Session& session = *connection.session;
  wire::Unsuback unsuback{.packet_id = unsubscribe.packet_id};  // [MQTT-3.10.4-5]
  for (const std::string& filter : unsubscribe.topic_filters) {
    const bool is_first = unsuback.reason_codes.empty();
    const bool heeded = is_first || behaviour_.unsubscribes_every_filter;
    unsuback.reason_codes.push_back(heeded ? unsubscribe_from(session, filter) : ReasonCode::success);
  }
  const bool nothing =
      std::ranges::all_of(unsuback.reason_codes, [](ReasonCode code) { return code == ReasonCode::no_subscription_existed; });
  if (nothing && !behaviour_.answers_unsubscribe_of_nothing) return;
  if (connection.version != ProtocolVersion::v5_0) unsuback.reason_codes.clear();
  send(connection, std::move(unsuback));  // [MQTT-3.10.4-4]; messages on their way stay there [MQTT-3.10.4-3]
}

/// Compared byte by byte, wildcards or not [MQTT-3.10.4-1].
wire::ReasonCode Broker::unsubscribe_from(Session& session, const std::string& filter) {
  std::vector<std::string> ended;
  if (session.subscriptions.contains(filter)) ended.push_back(filter);
  if (!behaviour_.unsubscribes_exactly)
    for (const auto& [full_filter, subscription] : session.subscriptions)
      if (full_filter != filter && topic::matches(filter, full_filter)) ended.push_back(full_filter);
  if (ended.empty()) return ReasonCode::no_subscription_existed;
  if (!behaviour_.unsubscribe_keeps_in_flight) {
    session.outbound.drop_waiting();
    session.outbound.drop_in_flight();
  }
  if (behaviour_.unsubscribes)
    for (const std::string& full_filter : ended) remove_subscription(session, full_filter);
  return ReasonCode::success;
}

void Broker::remove_subscription(Session& session, const std::string& filter) {
  const auto found = session.subscriptions.find(filter);
  if (found == session.subscriptions.end()) return;
  subscriptions_.remove(found->second);
  if (found->second.shared && !behaviour_.forgets_left_share_members) ++left_share_members_[found->second.full_filter].count;
  --subscribed_;
  subscribed_bytes_ -= found->second.full_filter.size();
  session.subscriptions.erase(found);
}

}  // namespace mqttspec::mock_broker
