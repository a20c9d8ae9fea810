#include "fuzz/clients.hpp"

#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mqttspec::fuzz {
namespace {

using namespace std::chrono_literals;
using transport::Duration;
using transport::TimePoint;
using wire::ProtocolVersion;

constexpr std::size_t whole = static_cast<std::size_t>(-1);
/// More than any history can ask for.
constexpr int most_wake_ups = 10'000;
constexpr std::size_t most_unanswered = 1'000;

/// How long to wait; nothing: until the engine's next deadline.
constexpr std::optional<Duration> waits[Event::arguments] = {1ms, 1s, 15s, 60s, 1h, 24h, 24h * 100, std::nullopt};
constexpr std::size_t pieces[Event::arguments] = {1, 2, 3, 5, 8, 16, 100, 1'000};

wire::Connect default_connect(unsigned slot, ProtocolVersion version) { return {.version = version, .client_id = {"abcd"[slot]}}; }

/// What a client with a right mind answers.
std::optional<wire::Packet> answer_to(const wire::Packet& packet) {
  if (const auto* publish = std::get_if<wire::Publish>(&packet)) {
    if (publish->qos == wire::QoS::at_least_once) return wire::Puback{.packet_id = *publish->packet_id};
    if (publish->qos == wire::QoS::exactly_once) return wire::Pubrec{.packet_id = *publish->packet_id};
  }
  if (const auto* pubrec = std::get_if<wire::Pubrec>(&packet); pubrec != nullptr && !wire::is_error(pubrec->reason_code))
    return wire::Pubrel{.packet_id = pubrec->packet_id};
  if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet)) return wire::Pubcomp{.packet_id = pubrel->packet_id};
  return std::nullopt;
}

}  // namespace

void Clients::play(wire::ByteView history) {
  while (const auto event = take_event(history)) happen(*event);
  advance(now_ + 1s);
}

void Clients::leave() {
  for (unsigned slot = 0; slot < Event::slots; ++slot) {
    close(slot);
    clients_[slot] = {};
  }
  last_packet_id_ = 0;
}

void Clients::happen(const Event& event) {
  const bool as_it_is = event.argument % 2 != 0;
  switch (event.what) {
    case Event::What::client_packet:
      if (as_it_is) return send(event.slot, event.data, whole);
      return send_politely(event.slot, event.data, whole);
    case Event::What::server_packet: return send_politely(event.slot, event.data, pieces[event.argument]);
    case Event::What::answers: return answer(event.slot, event.argument == Event::arguments - 1 ? whole : event.argument + 1);
    case Event::What::client_closes: return close(event.slot);
    case Event::What::time_passes: return pass(event.argument);
    case Event::What::raw_bytes: return send(event.slot, event.data, whole);
    case Event::What::server_closes:
      if (!clients_[event.slot].is_open) return;
      if (as_it_is)
        engine_.hold_back(clients_[event.slot].id);
      else
        engine_.go_on(clients_[event.slot].id, now_);
      return collect();
    case Event::What::again: return reconnect(event.slot);
  }
}

// ---- Connections

void Clients::open(unsigned slot) {
  Client& client = clients_[slot];
  if (client.is_open) return;
  client = {.id = engine_.connection_opened(now_), .is_open = true, .connect = std::move(client.connect)};
  client.outgoing.set_version(version_);
  client.incoming.set_version(version_);
  observer_->opened(slot);
  collect();
}

void Clients::close(unsigned slot) {
  Client& client = clients_[slot];
  if (!client.is_open) return;
  client.is_open = false;
  observer_->client_closes(slot);
  engine_.connection_lost(client.id, now_);
  collect();
}

void Clients::connect(unsigned slot, wire::Connect connect) {
  if (clients_[slot].has_connected) close(slot);
  const ProtocolVersion version = connect.version;
  send(slot, wire::encode(wire::Packet(std::move(connect)), version), whole);
}

/// The same client comes back for its Session.
void Clients::reconnect(unsigned slot) {
  close(slot);
  wire::Connect again = clients_[slot].connect.value_or(default_connect(slot, version_));
  again.clean_start = false;
  if (again.version == ProtocolVersion::v5_0) again.properties.set(wire::prop::session_expiry_interval, 1'000);
  connect(slot, std::move(again));
}

// ---- What clients send

void Clients::send_politely(unsigned slot, wire::ByteView frame, std::size_t piece) {
  auto packet = wire::decode(frame, {.from = wire::Direction::client_to_server, .version = version_});
  if (!packet) return send(slot, frame, piece);
  if (auto* first = std::get_if<wire::Connect>(&*packet)) return connect(slot, std::move(*first));
  if (!clients_[slot].is_open || !clients_[slot].has_connected)
    connect(slot, clients_[slot].connect.value_or(default_connect(slot, version_)));
  send_fitting(slot, *std::move(packet), piece);
}

void Clients::send_fitting(unsigned slot, wire::Packet packet, std::size_t piece) {
  if (!clients_[slot].is_open) return;
  if (auto* publish = std::get_if<wire::Publish>(&packet); publish != nullptr && publish->packet_id) {
    publish->packet_id = free_packet_id();
    publish->dup = false;
  }
  if (auto* subscribe = std::get_if<wire::Subscribe>(&packet)) subscribe->packet_id = free_packet_id();
  if (auto* unsubscribe = std::get_if<wire::Unsubscribe>(&packet)) unsubscribe->packet_id = free_packet_id();
  const bool fits = version_of(slot) == ProtocolVersion::v5_0 || !std::holds_alternative<wire::Auth>(packet);
  if (fits) send(slot, wire::encode(packet, version_of(slot)), piece);
}

wire::PacketId Clients::free_packet_id() {
  if (++last_packet_id_ == 0) ++last_packet_id_;
  return wire::PacketId(last_packet_id_);
}

void Clients::send(unsigned slot, wire::ByteView bytes, std::size_t piece) {
  open(slot);
  while (!bytes.empty() && clients_[slot].is_open) {
    const wire::ByteView part = take(bytes, piece);
    note_sent(slot, part);
    engine_.bytes_received(clients_[slot].id, part, now_);
    collect();
  }
}

void Clients::note_sent(unsigned slot, wire::ByteView bytes) {
  Client& client = clients_[slot];
  while (!bytes.empty() && !client.is_wrong) {
    const auto next = client.outgoing.next(bytes);
    if (!next) {
      client.is_wrong = true;
      return observer_->client_sends_malformed(slot, next.error());
    }
    if (!*next) return;
    if ((*next)->violation) {
      client.is_wrong = true;
      return observer_->client_sends_malformed(slot, *(*next)->violation);
    }
    const wire::Packet packet = wire::to_owned((*next)->packet);
    if (const auto* connect = std::get_if<wire::Connect>(&packet); connect != nullptr && !client.has_connected) {
      client.has_connected = true;
      client.connect = *connect;
      client.incoming.set_version(connect->version);
    }
    observer_->client_sends(slot, packet);
  }
}

void Clients::answer(unsigned slot, std::size_t most) {
  Client& client = clients_[slot];
  for (std::size_t sent = 0; sent < most && client.is_open && !client.unanswered.empty(); ++sent) {
    const wire::Packet packet = std::move(client.unanswered.front());
    client.unanswered.pop_front();
    if (const auto reply = answer_to(packet)) send(slot, wire::encode(*reply, version_of(slot)), whole);
  }
}

// ---- Time

void Clients::pass(unsigned argument) {
  const auto wait = waits[argument];
  advance(wait ? now_ + *wait : std::max(now_, engine_.next_deadline().value_or(now_)));
}

void Clients::advance(TimePoint end) {
  for (int wake_ups = 0;; ++wake_ups) {
    check(wake_ups < most_wake_ups, "the engine wakes up again and again");
    const auto next = engine_.next_deadline();
    const bool is_last = !next || *next > end;
    now_ = is_last ? end : std::max(now_, *next);
    observer_->time_is(now_);
    engine_.advance(now_);
    collect();
    if (is_last) return;
  }
}

// ---- What comes from the broker

void Clients::collect() {
  for (auto outputs = engine_.take_output(); !outputs.empty(); outputs = engine_.take_output()) {
    for (const auto& output : outputs) {
      const auto slot = slot_of(output.connection);
      if (!slot) continue;
      receive(*slot, output.bytes);
      if (!output.close || !clients_[*slot].is_open) continue;
      clients_[*slot].is_open = false;
      observer_->server_closes(*slot);
    }
  }
}

void Clients::receive(unsigned slot, wire::ByteView bytes) {
  Client& client = clients_[slot];
  while (!bytes.empty()) {
    const auto next = client.incoming.next(bytes);
    if (!next) {
      // Who began with something that is no CONNECT has agreed on no version.
      if (client.has_connected || !client.is_wrong) observer_->server_sends_malformed(slot, next.error());
      return;
    }
    if (!*next) return;
    if ((*next)->violation) {
      if (client.has_connected || !client.is_wrong) observer_->server_sends_malformed(slot, *(*next)->violation);
      return;
    }
    wire::Packet packet = wire::to_owned((*next)->packet);
    observer_->server_sends(slot, packet);
    if (client.unanswered.size() < most_unanswered) client.unanswered.push_back(std::move(packet));
  }
}

std::optional<unsigned> Clients::slot_of(mock_broker::ConnectionId id) const {
  for (unsigned slot = 0; slot < Event::slots; ++slot)
    if (clients_[slot].is_open && clients_[slot].id == id) return slot;
  return std::nullopt;
}

}  // namespace mqttspec::fuzz
