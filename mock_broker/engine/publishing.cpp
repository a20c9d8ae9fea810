// Messages that come in (3.3, 4.3), the retained ones among them (3.3.1.3), and to whom they go (3.3.4, 4.5, 4.7, 4.8).

#include "mock_broker/engine/broker.hpp"
#include "reference/topic/topic.hpp"
#include "reference/wire/utf8.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using spec::ProtocolVersion;
using wire::QoS;
using wire::ReasonCode;
namespace prop = wire::prop;

bool is_version_5(const Connection& connection) { return connection.version == ProtocolVersion::v5_0; }

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- PUBLISH and PUBREL

void Broker::handle(Connection& connection, wire::Publish publish) {
  if (!resolve_topic_alias(connection, publish) || !check_capabilities(connection, publish)) return;
  switch (publish.qos) {  // [MQTT-3.3.4-1]
    case QoS::at_most_once: take_over(connection, publish); return;
    case QoS::at_least_once: return handle_qos1(connection, publish);
    case QoS::exactly_once: return handle_qos2(connection, publish);
  }
}

/// Puts the topic in the place of its alias (3.3.2.3.4). @return false if the connection has been ended
bool Broker::resolve_topic_alias(Connection& connection, wire::Publish& publish) {
  const auto alias = publish.properties.get(prop::topic_alias);
  if (!alias) return true;
  publish.properties.remove(wire::PropertyId::topic_alias);
  if (*alias > configuration_.topic_alias_maximum && behaviour_.enforces_topic_alias_maximum) {
    fail(connection, ReasonCode::topic_alias_invalid, "the Topic Alias is above the Topic Alias Maximum");  // [MQTT-3.3.2-9]
    return false;
  }
  const auto number = static_cast<std::uint16_t>(*alias);
  if (!publish.topic.empty()) {
    if (behaviour_.remaps_topic_aliases || !connection.topic_aliases.contains(number)) connection.topic_aliases[number] = publish.topic;
    return true;
  }
  const auto known = connection.topic_aliases.find(number);
  if (known == connection.topic_aliases.end()) {
    fail(connection, ReasonCode::protocol_error, "the Topic Alias stands for no topic on this connection");
    return false;
  }
  publish.topic = known->second;
  return true;
}

/// What CONNACK of 5.0 told the Client not to do. @return false if the connection has been ended
bool Broker::check_capabilities(Connection& connection, const wire::Publish& publish) {
  if (!is_version_5(connection)) return true;
  if (publish.qos > configuration_.maximum_qos && behaviour_.enforces_maximum_qos) {
    fail(connection, ReasonCode::qos_not_supported, "the QoS is above the Maximum QoS");  // [MQTT-3.2.2-11]
    return false;
  }
  if (publish.retain && !configuration_.retain_available && behaviour_.enforces_retain_available) {
    fail(connection, ReasonCode::retain_not_supported, "retained messages are not supported");  // [MQTT-3.2.2-14]
    return false;
  }
  if (publish.qos == QoS::at_most_once || !behaviour_.enforces_receive_maximum) return true;
  const bool is_known = connection.unreleased.contains(publish.packet_id->value());
  if (!is_known && connection.unreleased.size() >= configuration_.receive_maximum) {
    fail(connection, ReasonCode::receive_maximum_exceeded, "more unacknowledged PUBLISH packets than Receive Maximum");  // [MQTT-3.3.4-7]
    return false;
  }
  return true;
}

void Broker::handle_qos1(Connection& connection, const wire::Publish& publish) {
  Session& session = *connection.session;
  const wire::PacketId id = *publish.packet_id;
  if (is_version_5(connection) && session.received_qos2.contains(id.value())) {
    send(connection, wire::Puback{.packet_id = id, .reason_code = ReasonCode::packet_identifier_in_use});
    return;
  }
  // After PUBACK the Packet Identifier is free: the same one again is a new message, whatever its DUP says [MQTT-4.3.2-5].
  const bool seen = !behaviour_.qos1_packet_id_is_free_after_puback && !session.received_qos1.insert(id.value()).second;
  const ReasonCode code = seen ? ReasonCode::success : take_over(connection, publish);
  if (connection.state != Connection::State::connected) return;
  send(connection, wire::Puback{.packet_id = id, .reason_code = code});  // [MQTT-4.3.2-4]
}

void Broker::handle_qos2(Connection& connection, const wire::Publish& publish) {
  Session& session = *connection.session;
  const wire::PacketId id = *publish.packet_id;
  const auto known = session.received_qos2.find(id.value());
  if (known != session.received_qos2.end() && behaviour_.recognises_qos2_duplicate) {
    connection.unreleased.insert(id.value());
    send(connection, wire::Pubrec{.packet_id = id, .reason_code = known->second.answered});  // [MQTT-4.3.3-10]
    return;
  }

  ReceivedQos2 received;
  if (!behaviour_.completes_expired_qos2) received.message = message_from(publish, session.client_id);
  if (behaviour_.qos2_delivery == Qos2Delivery::on_pubrel && !wire::is_error(judge(publish))) {
    received.undelivered = message_from(publish, session.client_id);
  } else {
    received.answered = take_over(connection, publish);
    if (connection.state != Connection::State::connected) return;
  }
  if (!wire::is_error(received.answered) ||
      !behaviour_.refused_qos2_packet_id_is_free) {  // else the Packet Identifier is free again [MQTT-4.3.3-9]
    connection.unreleased.insert(id.value());
    session.received_qos2.insert_or_assign(id.value(), received);
  }
  send(connection, wire::Pubrec{.packet_id = id, .reason_code = received.answered});  // [MQTT-4.3.3-8]
}

void Broker::handle(Connection& connection, const wire::Pubrel& pubrel) {
  Session& session = *connection.session;
  const std::uint16_t id = pubrel.packet_id.value();
  connection.unreleased.erase(id);
  ReasonCode code = ReasonCode::success;
  const auto found = session.received_qos2.find(id);
  if (found == session.received_qos2.end()) {
    if (!behaviour_.answers_unknown_pubrel) return;
    if (is_version_5(connection) && behaviour_.reports_unknown_pubrel) code = ReasonCode::packet_identifier_not_found;
  } else {
    if (found->second.message && found->second.message->has_expired(now_)) return;  // [MQTT-4.3.3-13]
    const MessagePtr message = std::exchange(found->second.undelivered, nullptr);
    if (behaviour_.qos2_packet_id_is_free_after_pubcomp) session.received_qos2.erase(found);  // [MQTT-4.3.3-12]
    if (message) publish(message);
  }
  send(connection, wire::Pubcomp{.packet_id = pubrel.packet_id, .reason_code = code});  // [MQTT-4.3.3-11]
}

// ---------------------------------------------------------------------------------------------------------------- taking a message over

wire::ReasonCode Broker::judge(const wire::Publish& publish) const {
  const auto matches_topic = [&](const std::string& filter) { return topic::matches(filter, publish.topic); };
  if (std::ranges::any_of(configuration_.publish_denied, matches_topic)) return ReasonCode::not_authorized;
  if (behaviour_.refuses_dollar_topics && publish.topic.starts_with('$')) return ReasonCode::not_authorized;
  const bool claims_utf8 = publish.properties.get(prop::payload_format_indicator) == 1u;
  if (behaviour_.checks_payload_format && claims_utf8 && !wire::is_valid_utf8(publish.payload)) return ReasonCode::payload_format_invalid;
  if (publish.retain && !has_room_for_retained(publish.topic, publish.payload, publish.qos)) return ReasonCode::quota_exceeded;
  return ReasonCode::success;
}

/// Publishes what may be published. @return the Reason Code to answer with; the connection may have been ended
wire::ReasonCode Broker::take_over(Connection& connection, const wire::Publish& publish) {
  const ReasonCode verdict = judge(publish);
  if (verdict == ReasonCode::success) {
    const std::size_t receivers = this->publish(message_from(publish, connection.session->client_id));
    return receivers == 0 && behaviour_.reports_no_matching_subscribers && is_version_5(connection) ? ReasonCode::no_matching_subscribers
                                                                                                    : ReasonCode::success;
  }
  if (verdict == ReasonCode::not_authorized) {
    // 3.1.1 cannot say so: it acknowledges, or closes [MQTT-3.3.5-2].
    const bool says_so = is_version_5(connection) && behaviour_.reports_unauthorized_publish;
    return says_so ? verdict : ReasonCode::success;
  }
  // What 3.1.1 can neither take nor refuse is an error that ends the connection [MQTT-4.8.0-2].
  if (!is_version_5(connection) && publish.qos != QoS::at_most_once) fail(connection, verdict, "");
  return verdict;
}

MessagePtr Broker::message_from(const wire::Publish& publish, std::string_view publisher) const {
  auto message = std::make_shared<Message>();
  message->topic = publish.topic;
  message->payload = publish.payload;
  message->qos = publish.qos;
  message->retain = publish.retain;
  message->dup = publish.dup;
  message->expiry_interval = publish.properties.get(prop::message_expiry_interval);
  message->received = now_;
  message->publisher = publisher;
  // Everything else goes on unaltered and in its order [MQTT-3.3.2-4, -15, -16, -17, -18, -20; MQTT-3.1.3-10].
  message->properties = publish.properties;
  message->properties.remove(wire::PropertyId::message_expiry_interval)
      .remove(wire::PropertyId::will_delay_interval)
      .remove(wire::PropertyId::topic_alias);
  return message;
}

std::size_t Broker::publish(const MessagePtr& message) {
  retain(message);
  return distribute(message);
}

// ---------------------------------------------------------------------------------------------------------------- retaining

bool Broker::has_room_for_retained(std::string_view topic, std::string_view payload, wire::QoS qos) const {
  // A QoS 0 message may be discarded instead [MQTT-3.3.1-7 of 3.1.1].
  return payload.empty() || qos == QoS::at_most_once || fits_retained(topic, topic.size() + payload.size());
}

/// Whether a retained message of this size may take the place of the one that its topic has, or a new one.
bool Broker::fits_retained(std::string_view topic, std::size_t size) const {
  const auto load = retained_.load_with(topic, size);
  return load.count <= configuration_.maximum_retained_messages && load.bytes <= configuration_.maximum_retained_bytes;
}

void Broker::retain(const MessagePtr& message) {
  if (!message->retain && !behaviour_.retains_without_flag) {
    if (behaviour_.unflagged_removes_retained) retained_.remove(message->topic);
    return;  // [MQTT-3.3.1-12 of 3.1.1, MQTT-3.3.1-8]
  }
  if (message->payload.empty() && !behaviour_.stores_empty_retained) {
    if (behaviour_.empty_payload_clears_retained) retained_.remove(message->topic);  // [MQTT-3.3.1-6, MQTT-3.3.1-7]
    return;
  }
  if (!behaviour_.stores_retained) return;
  const bool is_known = retained_.find(message->topic) != nullptr;
  const bool is_qos0 = message->qos == QoS::at_most_once;
  if (is_known && (!behaviour_.replaces_retained || (is_qos0 && !behaviour_.qos0_replaces_retained))) return;
  retained_.remove(message->topic);
  if (is_qos0 && !behaviour_.retains_qos0) return;
  if (!fits_retained(message->topic, message->size())) retained_.remove_expired(now_);
  if (!fits_retained(message->topic, message->size())) return;

  auto stored = std::make_shared<Message>(*message);
  if (!behaviour_.retained_keeps_qos) stored->qos = QoS::at_most_once;
  if (behaviour_.changes_retained) behaviour_.changes_retained(*stored);
  retained_.store(std::move(stored));  // [MQTT-3.3.1-5]
}

// ---------------------------------------------------------------------------------------------------------------- distributing

std::vector<Match> Broker::matching(const Message& message) const {
  std::vector<Match> found =
      behaviour_.matches ? subscriptions_.matching(message.topic, behaviour_.matches) : subscriptions_.matching(message.topic);
  std::erase_if(found, [&](const Match& match) {
    const bool is_own = !message.publisher.empty() && match.session->client_id == message.publisher;
    if (match.subscription->no_local && is_own && behaviour_.heeds_no_local) return true;  // [MQTT-3.8.3-3]
    if (is_own && !behaviour_.delivers_to_publisher) return true;
    return match.subscription->effective_from > now_ || now_ - match.subscription->effective_from > behaviour_.subscription_lasts;
  });
  if (!found.empty() && is_denied_subscription(message.topic)) found.clear();
  return found;
}

/// Adds the message to the Session of everybody with a matching subscription [MQTT-4.5.0-1]. @return to how many
std::size_t Broker::distribute(const MessagePtr& message) {
  if (message->retain && message->payload.empty() && !behaviour_.forwards_empty_retained) return 0;
  std::vector<std::pair<Session*, Delivery>> copies;
  std::unordered_map<const Session*, std::size_t> copy_of;
  std::map<std::string_view, std::vector<Match>> groups;
  for (const Match& match : matching(*message)) {
    if (match.subscription->shared) {
      groups[behaviour_.tells_groups_apart ? match.subscription->full_filter : match.subscription->topic_filter].push_back(match);
      continue;
    }
    Delivery delivery = delivery_of(message, *match.subscription);
    const auto [same, is_first] = copy_of.emplace(match.session, copies.size());
    if (!is_first && behaviour_.overlapping == Overlapping::one_copy)
      merge(copies[same->second].second, delivery, behaviour_.overlapping_qos);
    else
      copies.emplace_back(match.session, std::move(delivery));
  }
  if (!behaviour_.delivers_to_every_session && copies.size() > 1) copies.resize(1);

  const std::size_t receivers = copies.size() + groups.size();
  for (auto& [session, delivery] : copies) deliver(*session, std::move(delivery));
  for (const auto& [filter, members] : groups) distribute_shared(message, members);
  return receivers;
}

Delivery Broker::delivery_of(const MessagePtr& message, const Subscription& subscription) const {
  Delivery delivery{.message = message, .qos = delivered_qos(message->qos, subscription.granted)};
  switch (behaviour_.live_retain) {
    case LiveRetain::by_option: delivery.retain = message->retain && subscription.retain_as_published; break;  // [MQTT-3.3.1-12, -13]
    case LiveRetain::always_cleared: break;
    case LiveRetain::as_published: delivery.retain = message->retain; break;
  }
  if (!behaviour_.clears_dup) delivery.dup = message->dup && delivery.qos != QoS::at_most_once;  // [MQTT-3.3.1-3]
  if (subscription.identifier) delivery.subscription_identifiers.push_back(*subscription.identifier);
  if (subscription.shared) delivery.shared_filter = subscription.full_filter;
  return delivery;
}

/// One copy for several subscriptions: the highest QoS [MQTT-3.3.4-2] and every Subscription Identifier, the same one twice if need be
/// [MQTT-3.3.4-4].
void Broker::merge(Delivery& into, const Delivery& other, OverlappingQos qos) {
  into.qos = qos == OverlappingQos::highest ? std::max(into.qos, other.qos) : std::min(into.qos, other.qos);
  into.retain = into.retain || other.retain;
  into.subscription_identifiers.insert(into.subscription_identifiers.end(), other.subscription_identifiers.begin(),
                                       other.subscription_identifiers.end());
}

wire::QoS Broker::delivered_qos(wire::QoS published, wire::QoS granted) const {
  switch (behaviour_.delivered_qos) {
    case DeliveredQos::minimum: return std::min(published, granted);  // [MQTT-3.8.4-8]
    case DeliveredQos::as_published: return published;
    case DeliveredQos::as_granted: return granted;
    case DeliveredQos::at_most_once: return QoS::at_most_once;
  }
  return std::min(published, granted);
}

// ---------------------------------------------------------------------------------------------------------------- Shared Subscriptions
// (4.8.2)

/// Gives the message to one member; to those first who are there.
void Broker::distribute_shared(const MessagePtr& message, const std::vector<Match>& members) {
  if (const auto left = left_share_members_.find(members.front().subscription->full_filter); left != left_share_members_.end())
    if (left->second.turns++ % (members.size() + left->second.count) < left->second.count) return;
  std::vector<Match> candidates;
  if (behaviour_.prefers_connected_share_members)
    std::ranges::copy_if(members, std::back_inserter(candidates),
                         [](const Match& member) { return member.session->connection != nullptr; });
  if (candidates.empty()) candidates = members;

  const auto give = [&](const Match& member) { deliver(*member.session, delivery_of(message, *member.subscription)); };
  switch (behaviour_.share_choice) {
    case ShareChoice::in_turn: return give(next_in_turn(candidates));
    case ShareChoice::first: return give(candidates.front());
    case ShareChoice::last: return give(candidates.back());
    case ShareChoice::everyone: std::ranges::for_each(members, give); return;
  }
}

/// The member that has been waiting longest for its turn.
Match Broker::next_in_turn(const std::vector<Match>& members) {
  const Match next = *std::ranges::min_element(members, {}, [](const Match& member) { return member.subscription->last_turn; });
  const auto owned = next.session->subscriptions.find(next.subscription->full_filter);
  if (owned != next.session->subscriptions.end()) owned->second.last_turn = ++share_turns_;
  return next;
}

void Broker::hand_over(const Delivery& delivery) {
  std::vector<Match> members = matching(*delivery.message);
  std::erase_if(members, [&](const Match& match) { return match.subscription->full_filter != delivery.shared_filter; });
  if (!members.empty()) distribute_shared(delivery.message, members);
}

}  // namespace mqttspec::mock_broker
