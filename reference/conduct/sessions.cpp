#include "reference/conduct/sessions.hpp"

#include <algorithm>

namespace mqttspec::conduct {
namespace {

using spec::ProtocolVersion;

/// Servers may discard kept Sessions by policy (4.1); none is expected to do so this early.
constexpr Duration shortest_policy = std::chrono::seconds(60);
/// A Session whose expiry is this near is not counted on.
constexpr Duration margin = std::chrono::seconds(1);

Duration sure_lifetime(std::uint32_t expiry_seconds) {
  return std::max(Duration::zero(), std::min(shortest_policy, Duration(std::chrono::seconds(expiry_seconds)) - margin));
}

std::uint32_t session_expiry(const wire::Connect& connect, const wire::Connack& connack) {
  if (const auto by_server = connack.properties.get(wire::prop::session_expiry_interval)) return *by_server;
  return connect.properties.get(wire::prop::session_expiry_interval).value_or(0);
}

}  // namespace

bool Sessions::Entry::is_open() const {
  return std::ranges::any_of(connections, [](const auto& weak) {
    const auto connection = weak.lock();
    return connection && connection->open;
  });
}

void Sessions::forget(std::string_view client_id) {
  const auto found = entries_.find(client_id);
  if (found != entries_.end() && !found->second.is_open()) entries_.erase(found);
}

/// Forgets the older half of the closed Sessions, so that it is seldom done.
void Sessions::make_room() {
  if (entries_.size() < most_) return;
  std::vector<TimePoint> closed;
  for (const auto& [client_id, entry] : entries_)
    if (!entry.is_open()) closed.push_back(entry.last_seen);
  if (closed.empty()) return;
  const auto middle = closed.begin() + static_cast<std::ptrdiff_t>(closed.size() / 2);
  std::ranges::nth_element(closed, middle);
  std::erase_if(entries_, [limit = *middle](const auto& entry) { return !entry.second.is_open() && entry.second.last_seen <= limit; });
}

Sessions::Claim::Claim(Sessions& sessions, const wire::Connect& connect) : sessions_(&sessions), connect_(connect) {
  sessions_->make_room();
  if (connect_.client_id.empty()) return;
  Entry& entry = sessions_->entries_[connect_.client_id];
  std::erase_if(entry.connections, [](const auto& other) { return other.expired() || !other.lock()->open; });
  for (const auto& weak : entry.connections) {
    const auto other = weak.lock();
    overlapped_ = true;
    if (other->answered) continue;
    other->contested = true;
    ticket_->contested = true;
  }
  before_ = entry;
  before_.connections.clear();
  entry.connections.push_back(ticket_);
  entry.owner = ticket_;
  entry.existence = Existence::unknown;  // until CONNACK tells
  entry.record = nullptr;
}

Sessions::Claim::~Claim() { ticket_->open = false; }

Sessions::Entry* Sessions::Claim::owned() {
  const auto found = sessions_->entries_.find(connect_.client_id);
  if (connect_.client_id.empty() || found == sessions_->entries_.end()) return nullptr;
  return found->second.owner.lock() == ticket_ && !ticket_->contested ? &found->second : nullptr;
}

bool Sessions::Claim::surely_existed(TimePoint now) const {
  return before_.existence == Existence::kept && !ticket_->contested && before_.version == connect_.version &&
         before_.user_name == connect_.user_name && now - before_.last_seen < before_.lifetime;
}

bool Sessions::Claim::is_taken(std::string_view client_id, TimePoint now) const {
  const auto found = sessions_->entries_.find(client_id);
  if (found == sessions_->entries_.end()) return false;
  const Entry& other = found->second;
  const bool is_kept = other.existence == Existence::kept && now - other.last_seen < other.lifetime;
  return is_kept || (other.existence == Existence::open && other.is_open());
}

std::shared_ptr<SessionRecord> Sessions::Claim::accept(const wire::Connack& connack, History when_new, std::uint32_t packet_maximum,
                                                       TimePoint now) {
  ticket_->answered = true;
  if (const auto assigned = connack.properties.get(wire::prop::assigned_client_identifier); assigned && connect_.client_id.empty()) {
    connect_.client_id = *assigned;
    Entry& entry = sessions_->entries_[connect_.client_id];
    entry = Entry{.owner = ticket_, .connections = {ticket_}};
  }
  std::shared_ptr<SessionRecord> record;
  // 3.1 has no Session Present: what looks like a new Session may be an old one.
  const bool may_be_old = connack.session_present || (connect_.version == ProtocolVersion::v3_1 && !connect_.clean_start);
  if (!may_be_old) {
    record = std::make_shared<SessionRecord>(when_new);
    record->maximum_packet_size = packet_maximum;
  } else if (before_.record && !overlapped_ && !ticket_->contested && before_.version == connect_.version && connack.session_present &&
             !connect_.clean_start) {
    record = before_.record;
    record->next_connection(packet_maximum);
  } else {
    record = std::make_shared<SessionRecord>(History::unseen);
    record->maximum_packet_size = packet_maximum;
  }

  Entry* const entry = owned();
  if (entry == nullptr) return record;
  const bool v5 = connect_.version == ProtocolVersion::v5_0;
  const std::uint32_t expiry = session_expiry(connect_, connack);
  const bool kept = v5 ? expiry > 0 : !connect_.clean_start;
  entry->existence = kept ? Existence::kept : Existence::open;
  entry->lifetime = v5 ? sure_lifetime(expiry) : shortest_policy;
  entry->record = record;
  entry->last_seen = now;
  entry->version = connect_.version;
  entry->user_name = connect_.user_name;
  if (changed_expiry_) session_expiry_changed(*changed_expiry_);
  return record;
}

void Sessions::Claim::server_seen(TimePoint now) {
  if (Entry* const entry = owned()) entry->last_seen = now;
}

void Sessions::Claim::session_expiry_changed(std::uint32_t seconds) {
  changed_expiry_ = seconds;
  Entry* const entry = owned();
  if (entry == nullptr) return;
  entry->lifetime = std::min(entry->lifetime, sure_lifetime(seconds));  // DISCONNECT may not arrive
  if (seconds == 0) entry->existence = Existence::unknown;
}

void Sessions::Claim::doubt() {
  Entry* const entry = owned();
  if (entry == nullptr) return;
  entry->existence = Existence::unknown;
  entry->record = nullptr;
}

void Sessions::Claim::closed_by_server(Farewell farewell) {
  Entry* const entry = owned();
  if (entry && entry->existence == Existence::open) {
    entry->existence = Existence::gone;
    entry->record = nullptr;
  } else if (farewell == Farewell::none) {
    doubt();
  }
  ticket_->open = false;
}

/// A Session that ends with its connection may still be found alive by the next CONNECT.
void Sessions::Claim::closed() {
  ticket_->open = false;
  Entry* const entry = owned();
  if (entry == nullptr) return;
  if (entry->existence == Existence::open) doubt();
  if (entry->existence == Existence::unknown && !entry->record && !entry->is_open()) sessions_->entries_.erase(connect_.client_id);
}

}  // namespace mqttspec::conduct
