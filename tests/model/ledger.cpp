#include "tests/model/ledger.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>
#include <string_view>
#include <utility>

namespace mqttspec::model {
namespace {

using spec::ProtocolVersion;
using std::chrono::seconds;
using wire::QoS;
namespace prop = wire::prop;

constexpr std::uint32_t never = 0xFFFF'FFFF;

/// First level and the rest; no rest behind the last level.
std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

/// 4.7, level by level. (No topic of these histories begins with $.)
bool matches(std::optional<std::string_view> filter, std::optional<std::string_view> topic) {
  if (!filter) return !topic;
  const auto [wanted, filter_rest] = split(*filter);
  if (wanted == "#") return true;
  if (!topic) return false;
  const auto [level, topic_rest] = split(*topic);
  if (wanted != "+" && wanted != level) return false;
  if (!topic_rest && filter_rest == "#") return true;
  return matches(filter_rest, topic_rest);
}

/// The Topic Filter of a Shared Subscription; nothing for an ordinary one.
std::optional<std::string_view> shared_filter(std::string_view filter) {
  constexpr std::string_view prefix = "$share/";
  if (!filter.starts_with(prefix)) return std::nullopt;
  return filter.substr(filter.find('/', prefix.size()) + 1);
}

std::string text_of(const wire::Publish& publish) {
  return "\"" + publish.payload + "\" to " + publish.topic + " with QoS " + std::to_string(wire::number(publish.qos)) +
         (publish.retain ? " and RETAIN" : "");
}

bool same(const wire::Publish& expected, const wire::Publish& came) {
  return expected.topic == came.topic && expected.payload == came.payload && expected.qos == came.qos && expected.retain == came.retain;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- Sessions

bool Ledger::connects(const wire::Connect& connect) {
  const std::string& client = connect.client_id;
  if (is_connected(client)) parts(client, Parting::lost);
  if (connect.clean_start && sessions_.contains(client)) ends(client);
  const bool present = sessions_.contains(client);
  const bool five = connect.version == ProtocolVersion::v5_0;
  Session& session = sessions_[client];
  session.version = connect.version;
  session.connected = true;
  session.silent = false;
  ++session.connection;
  session.in_flight_allowed = std::min<std::size_t>(most_in_flight_, connect.properties.get(prop::receive_maximum).value_or(65'535));
  session.largest_packet = connect.properties.get(prop::maximum_packet_size).value_or(268'435'455);
  session.expiry = connect.clean_start ? 0 : never;
  if (five) session.expiry = connect.properties.get(prop::session_expiry_interval).value_or(0);
  session.keep_alive = connect.keep_alive;
  session.last_heard = now_;
  session.expires_at.reset();
  session.will = connect.will;
  session.will_due.reset();
  session.last_number.clear();
  return present;
}

void Ledger::parts(const std::string& client, Parting parting, std::optional<std::uint32_t> session_expiry) {
  Session& session = sessions_.at(client);
  session.connected = false;
  session.silent = false;
  if (session_expiry) session.expiry = *session_expiry;
  std::erase_if(session.copies, [](const Copy& copy) { return copy.message.publish.qos == QoS::at_most_once; });
  if (parting == Parting::disconnected) session.will.reset();
  if (session.expiry != never) session.expires_at = now_ + seconds(session.expiry);
  if (session.will) {
    const std::uint32_t delay = session.will->properties.get(prop::will_delay_interval).value_or(0);
    if (delay == 0)
      publish_will(client);
    else
      session.will_due = now_ + seconds(delay);
  }
  if (session.expiry == 0) ends(client);
}

void Ledger::falls_silent(const std::string& client) {
  Session& session = sessions_.at(client);
  session.silent = true;
  for (Copy& copy : session.copies) copy.perhaps_sent = true;
}

void Ledger::ends(const std::string& client) {
  publish_will(client);
  const std::list<Copy> left = std::move(sessions_.at(client).copies);
  sessions_.erase(client);
  // What another member may get now. QoS 2 that was begun is not among it [MQTT-4.8.2-5].
  for (const Copy& copy : left)
    if (!copy.group.empty() && copy.message.publish.qos == QoS::at_least_once)
      shared_.push_back({.group = copy.group, .message = copy.message});
  for (Shared& shared : shared_) {
    shared.offers.erase(client);
    shared.at_once = false;
  }
  const auto nobody_is_left = [&](const Shared& shared) {
    return shared.offers.empty() && std::ranges::none_of(sessions_ | std::views::values, [&](const Session& session) {
             return session.subscriptions.contains(shared.group);
           });
  };
  std::erase_if(shared_, nobody_is_left);
}

void Ledger::publish_will(const std::string& client) {
  Session& session = sessions_.at(client);
  session.will_due.reset();
  if (!session.will) return;
  const wire::Will will = *std::exchange(session.will, std::nullopt);
  wire::Publish publish{
      .topic = will.topic, .payload = will.payload, .qos = will.qos, .retain = will.retain, .properties = will.properties};
  publish.properties.remove(wire::PropertyId::will_delay_interval);
  publishes(client, publish);
}

bool Ledger::is_connected(const std::string& client) const {
  const auto found = sessions_.find(client);
  return found != sessions_.end() && found->second.connected;
}

// ---------------------------------------------------------------------------------------------------------------- time

void Ledger::heard(const std::string& client) {
  const auto found = sessions_.find(client);
  if (found != sessions_.end()) found->second.last_heard = now_;
}

/// The Keep Alive of a silent client, its Will Delay Interval, the end of its Session.
std::optional<TimePoint> Ledger::next_event(const Session& session) const {
  std::optional<TimePoint> next;
  const auto consider = [&](TimePoint time) { next = std::min(next.value_or(time), time); };
  if (session.silent && session.keep_alive > 0) consider(session.last_heard + seconds(session.keep_alive) * 3 / 2);
  if (session.will_due) consider(*session.will_due);
  if (session.expires_at) consider(*session.expires_at);
  return next;
}

void Ledger::happen(const std::string& client) {
  Session& session = sessions_.at(client);
  if (session.connected) return parts(client, Parting::lost);
  if (session.will_due && *session.will_due <= now_) publish_will(client);
  if (session.expires_at && *session.expires_at <= now_) ends(client);
}

void Ledger::time_is(TimePoint now) {
  for (;;) {
    std::optional<std::pair<TimePoint, std::string>> first;
    for (const auto& [client, session] : sessions_)
      if (const auto at = next_event(session); at && *at <= now && (!first || *at < first->first)) first = {*at, client};
    if (!first) break;
    now_ = first->first;
    happen(first->second);
  }
  now_ = now;
}

// ---------------------------------------------------------------------------------------------------------------- Subscriptions

void Ledger::subscribes(const std::string& client, const wire::Subscribe& subscribe) {
  Session& session = sessions_.at(client);
  for (const wire::Subscription& wanted : subscribe.subscriptions) {
    const Subscribed subscribed{.options = wanted, .identifier = subscribe.properties.get(prop::subscription_identifier)};
    const bool is_new = session.subscriptions.insert_or_assign(wanted.topic_filter, subscribed).second;
    if (shared_filter(wanted.topic_filter)) continue;
    const bool calls =
        wanted.retain_handling == wire::RetainHandling::send || (wanted.retain_handling == wire::RetainHandling::send_if_new && is_new);
    if (calls) call_for_retained(client, session, subscribed);
  }
}

void Ledger::call_for_retained(const std::string& client, Session& session, const Subscribed& subscribed) {
  for (const Message& message : retained_ | std::views::values) {
    if (!matches(subscribed.options.topic_filter, message.publish.topic) || has_expired(message)) continue;
    if (subscribed.options.no_local && message.publisher == client) continue;
    Copy copy{.message = message, .retained = true};
    copy.message.publish.qos = std::min(message.publish.qos, subscribed.options.maximum_qos);
    if (subscribed.identifier) copy.identifiers = {*subscribed.identifier};
    add(session, std::move(copy));
  }
}

std::vector<bool> Ledger::unsubscribes(const std::string& client, const wire::Unsubscribe& unsubscribe) {
  std::vector<bool> existed;
  for (const std::string& filter : unsubscribe.topic_filters) existed.push_back(sessions_.at(client).subscriptions.erase(filter) > 0);
  return existed;
}

// ---------------------------------------------------------------------------------------------------------------- messages

void Ledger::publishes(const std::string& client, const wire::Publish& publish) {
  Message message{.publish = publish, .publisher = client, .at = now_};
  message.publish.dup = false;
  message.publish.packet_id.reset();
  if (const auto interval = publish.properties.get(prop::message_expiry_interval)) message.expires = now_ + seconds(*interval);
  if (publish.retain && publish.payload.empty()) retained_.erase(publish.topic);
  if (publish.retain && !publish.payload.empty()) retained_.insert_or_assign(publish.topic, message);
  distribute(message);
  share(message);
}

/// What a client gets of a message by a Shared Subscription that it has.
std::optional<Ledger::Copy> Ledger::offer(const std::string& client, const std::string& group, const Message& message) const {
  const auto session = sessions_.find(client);
  if (session == sessions_.end()) return std::nullopt;
  const auto subscribed = session->second.subscriptions.find(group);
  if (subscribed == session->second.subscriptions.end()) return std::nullopt;
  const wire::Subscription& options = subscribed->second.options;
  Copy copy{.message = message, .group = group};
  copy.message.publish.qos = std::min(message.publish.qos, options.maximum_qos);
  copy.message.publish.retain = message.publish.retain && options.retain_as_published;
  if (subscribed->second.identifier) copy.identifiers = {*subscribed->second.identifier};
  return copy;
}

void Ledger::share(const Message& message) {
  std::map<std::string, Shared> groups;
  for (const auto& [client, session] : sessions_)
    for (const std::string& group : session.subscriptions | std::views::keys) {
      if (const auto filter = shared_filter(group); !filter || !matches(*filter, message.publish.topic)) continue;
      Shared& shared = groups.try_emplace(group, Shared{.group = group, .message = message, .at_once = true}).first->second;
      shared.offers.emplace(client, *offer(client, group, message));
      shared.at_once = shared.at_once && session.connected && !session.silent && takes_more(client, session) &&
                       message.publish.payload.size() < session.largest_packet;
    }
  for (Shared& shared : groups | std::views::values) shared_.push_back(std::move(shared));
}

void Ledger::distribute(const Message& message) {
  for (auto& [client, session] : sessions_) {
    Copy copy{.message = message};
    copy.message.publish.qos = QoS::at_most_once;
    copy.message.publish.retain = false;
    bool wanted = false;
    for (const auto& [filter, subscribed] : session.subscriptions) {
      if (shared_filter(filter) || !matches(filter, message.publish.topic)) continue;
      if (subscribed.options.no_local && message.publisher == client) continue;
      wanted = true;
      const QoS qos = std::min(message.publish.qos, subscribed.options.maximum_qos);
      copy.message.publish.qos = std::max(copy.message.publish.qos, qos);
      if (message.publish.retain && subscribed.options.retain_as_published) copy.message.publish.retain = true;
      if (subscribed.identifier) copy.identifiers.push_back(*subscribed.identifier);
    }
    if (wanted) add(session, std::move(copy));
  }
}

void Ledger::add(Session& session, Copy copy) {
  if (!session.connected && copy.message.publish.qos == QoS::at_most_once) return;
  if (copy.message.publish.payload.size() >= session.largest_packet) return;  // [MQTT-3.1.2-25]
  std::ranges::sort(copy.identifiers);
  copy.number = ++last_number_;
  copy.perhaps_sent = session.silent;
  session.copies.push_back(std::move(copy));
}

// ---------------------------------------------------------------------------------------------------------------- what came

Complaint Ledger::receives(const std::string& client, const wire::Publish& publish) {
  Session& session = sessions_.at(client);
  const auto resent = std::ranges::find_if(session.copies, [&](const Copy& copy) {
    return copy.state == Copy::State::sent && copy.connection < session.connection && copy.id == publish.packet_id;
  });
  if (publish.packet_id && resent != session.copies.end()) {
    if (!publish.dup) return "got " + text_of(publish) + " again without DUP";
    return judge(session, *resent, publish);
  }
  auto identifiers = publish.properties.all(prop::subscription_identifier);
  std::ranges::sort(identifiers);
  const auto is_due = [&](const Copy& copy) {
    const bool lapsed = has_expired(copy.message) && !copy.perhaps_sent;
    return copy.state == Copy::State::due && !lapsed && same(copy.message.publish, publish);
  };
  // The same message may come by a Shared Subscription and by others: Subscription Identifiers tell them apart.
  auto due = std::ranges::find_if(session.copies, [&](const Copy& copy) { return is_due(copy) && copy.identifiers == identifiers; });
  if (due == session.copies.end() && !receives_shared(client, publish)) return std::nullopt;
  if (due == session.copies.end()) due = std::ranges::find_if(session.copies, is_due);
  if (due == session.copies.end()) return "got " + text_of(publish) + ", which was not due";
  if (publish.dup && !due->perhaps_sent) return "got " + text_of(publish) + " for the first time with DUP";
  const Complaint complaint = judge(session, *due, publish);
  if (publish.qos == QoS::at_most_once) session.copies.erase(due);
  return complaint;
}

/// @return nothing where a message for the members of a Shared Subscription has come to one of them
Complaint Ledger::receives_shared(const std::string& client, const wire::Publish& publish) {
  Session& session = sessions_.at(client);
  // What has to come at once is taken for it first: the same message may have been sent before, and lost.
  shared_.sort([](const Shared& a, const Shared& b) { return a.at_once && !b.at_once; });
  for (auto shared = shared_.begin(); shared != shared_.end(); ++shared) {
    const auto known = shared->offers.find(client);
    auto copy = known != shared->offers.end() ? std::optional(known->second) : offer(client, shared->group, shared->message);
    if (!copy || !same(copy->message.publish, publish) || judge_properties(*copy, publish)) continue;
    // Where it was not taken at once the broker may have begun with another member, or with this one while it was silent.
    if (shared->at_once && publish.dup) continue;
    copy->state = Copy::State::sent;
    copy->id = publish.packet_id;
    copy->connection = session.connection;
    if (publish.qos != QoS::at_most_once) session.copies.push_back(*copy);
    shared_.erase(shared);
    return std::nullopt;
  }
  return "got " + text_of(publish) + ", which was not due by a Shared Subscription";
}

std::size_t Ledger::in_flight(const Session& session) const {
  return static_cast<std::size_t>(std::ranges::count_if(session.copies, [&](const Copy& copy) {
    const bool here = copy.connection == session.connection;
    return copy.state == Copy::State::recorded || (copy.state == Copy::State::sent && here);
  }));
}

/// Whether nothing waits for it, or may, and there is room for two messages more: one by each Shared Subscription of these histories.
bool Ledger::takes_more(const std::string& client, const Session& session) const {
  const bool waits = std::ranges::any_of(session.copies, [](const Copy& copy) { return copy.state == Copy::State::due; }) ||
                     std::ranges::any_of(shared_, [&](const Shared& shared) { return shared.offers.contains(client); });
  return !waits && in_flight(session) + 2 <= session.in_flight_allowed;
}

Complaint Ledger::judge(Session& session, Copy& copy, const wire::Publish& publish) {
  copy.state = Copy::State::sent;
  copy.id = publish.packet_id;
  copy.connection = session.connection;
  if (!same(copy.message.publish, publish)) return "got " + text_of(publish) + " in place of " + text_of(copy.message.publish);
  if (const Complaint complaint = judge_order(session, copy)) return complaint;
  return session.version == ProtocolVersion::v5_0 ? judge_properties(copy, publish) : std::nullopt;
}

/// 4.6: the order of one topic and QoS. Retained messages that a Subscription called for are apart, and so are those of Shared
/// Subscriptions, which may come from another member.
Complaint Ledger::judge_order(Session& session, const Copy& copy) {
  if (!copy.group.empty()) return std::nullopt;
  const wire::Publish& publish = copy.message.publish;
  const char kind = copy.retained ? 'r' : 'l';
  std::uint64_t& last = session.last_number[kind + std::to_string(wire::number(publish.qos)) + publish.topic];
  if (copy.number < last) return "got " + text_of(publish) + " behind a message of this topic and QoS that had been published after it";
  last = copy.number;
  return std::nullopt;
}

Complaint Ledger::judge_properties(const Copy& copy, const wire::Publish& publish) const {
  auto identifiers = publish.properties.all(prop::subscription_identifier);
  std::ranges::sort(identifiers);
  if (!std::ranges::equal(identifiers, copy.identifiers)) return "got " + text_of(publish) + " with other Subscription Identifiers";
  const wire::Properties& sent = copy.message.publish.properties;
  if (publish.properties.get(prop::response_topic) != sent.get(prop::response_topic) ||
      publish.properties.all(prop::user_property) != sent.all(prop::user_property))
    return "got " + text_of(publish) + " with other properties than it was published with";
  const auto interval = sent.get(prop::message_expiry_interval);
  const auto left = publish.properties.get(prop::message_expiry_interval);
  if (interval.has_value() != left.has_value()) return "got " + text_of(publish) + " with or without Message Expiry Interval";
  if (!interval || has_expired(copy.message)) return std::nullopt;
  const auto waited = std::chrono::floor<seconds>(now_ - copy.message.at).count();
  const auto rest = static_cast<std::int64_t>(*interval) - waited;
  if (*left != rest && *left != rest - 1)
    return "got " + text_of(publish) + " with Message Expiry Interval " + std::to_string(*left) + " after " + std::to_string(waited) +
           " of " + std::to_string(*interval) + " s";
  return std::nullopt;
}

Complaint Ledger::receives_pubrel(const std::string& client, wire::PacketId id) {
  Session& session = sessions_.at(client);
  for (Copy& copy : session.copies) {
    if (copy.state != Copy::State::recorded || copy.id != id) continue;
    copy.connection = session.connection;
    return std::nullopt;
  }
  return "got a PUBREL with Packet Identifier " + std::to_string(id.value()) + ", which it has sent no PUBREC for";
}

void Ledger::completes(const std::string& client, wire::PacketId id) {
  std::erase_if(sessions_.at(client).copies, [&](const Copy& copy) { return copy.state != Copy::State::due && copy.id == id; });
}

void Ledger::records(const std::string& client, wire::PacketId id) {
  for (Copy& copy : sessions_.at(client).copies)
    if (copy.state == Copy::State::sent && copy.id == id) {
      copy.state = Copy::State::recorded;
      copy.connection = 0;  // a PUBREL is to come
    }
}

// ---------------------------------------------------------------------------------------------------------------- what did not come

Complaint Ledger::missing(const std::string& client) const {
  const auto found = sessions_.find(client);
  if (found == sessions_.end() || !found->second.connected || found->second.silent) return std::nullopt;
  const Session& session = found->second;
  for (const Copy& copy : session.copies)
    if (copy.state == Copy::State::recorded && copy.connection != session.connection)
      return "has not got the PUBREL of " + text_of(copy.message.publish);
  for (const Shared& shared : shared_)
    if (shared.at_once && shared.offers.contains(client))
      return "nor another member of " + shared.group + " has got " + text_of(shared.message.publish);
  const bool is_full = in_flight(session) >= session.in_flight_allowed;
  for (const Copy& copy : session.copies) {
    const bool held_up = copy.message.publish.qos != QoS::at_most_once && is_full;
    if (held_up) continue;
    if (copy.state == Copy::State::sent && copy.connection != session.connection)
      return "has not got " + text_of(copy.message.publish) + " again on its new connection";
    if (copy.state == Copy::State::due && !has_expired(copy.message)) return "has not got " + text_of(copy.message.publish);
  }
  return std::nullopt;
}

}  // namespace mqttspec::model
