#include "tests/model/world.hpp"

#include "mock_broker/engine/frame_splitter.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace mqttspec::model {
namespace {

using namespace std::chrono_literals;
using spec::ProtocolVersion;
using wire::PacketId;
using wire::PacketType;
using wire::QoS;
using wire::ReasonCode;
namespace prop = wire::prop;

/// A client of 5.0 of this number takes packets of this size at most, on all its connections.
constexpr std::size_t player_of_small_packets = 2;
constexpr std::uint32_t small_packet = 150;

mock_broker::BrokerSetup configured(mock_broker::BrokerSetup broker, std::uint16_t most_in_flight) {
  broker.configuration.maximum_in_flight = most_in_flight;
  broker.configuration.system_topics = false;
  return broker;
}

/// 3.1.1 has no Subscription Options but the QoS, and no Shared Subscriptions.
void drop_options(wire::Subscription& subscription) {
  subscription = {.topic_filter = subscription.topic_filter, .maximum_qos = subscription.maximum_qos};
  if (subscription.topic_filter.starts_with('$')) subscription.topic_filter = "a";
}

}  // namespace

World::World(std::array<ProtocolVersion, players> versions, mock_broker::BrokerSetup broker)
    : engine_(make_engine(configured(std::move(broker), most_in_flight))) {
  for (std::size_t i = 0; i < players; ++i) {
    players_.at(i).name = std::string(1, static_cast<char>('A' + i));
    players_.at(i).version = versions.at(i);
  }
}

// ---------------------------------------------------------------------------------------------------------------- steps

/// Every step has a time of its own, so that no two deadlines of whole seconds fall together by chance.
void World::begin() { step_to(now_ + 1ms); }

/// What the clients should have got by now.
void World::finish() {
  for (const Player& player : players_) {
    if (complaint_ || player.state != State::connected) continue;
    complain(player, ledger_.missing(player.name));
    if (!player.requests.empty()) complain(player, "got no answer to SUBSCRIBE or UNSUBSCRIBE");
    if (player.pings > 0) complain(player, "got no PINGRESP");
    for (const Outgoing& outgoing : player.outgoing)
      if (!outgoing.recorded) complain(player, "got no acknowledgement of its \"" + outgoing.publish.payload + "\"");
  }
}

void World::connect(std::size_t index, wire::Connect connect) {
  if (complaint_) return;
  begin();
  Player& player = players_.at(index);
  connect.client_id = player.name;
  connect.version = player.version;
  if (player.version != ProtocolVersion::v5_0) {
    connect.properties = {};
    if (connect.will) connect.will->properties = {};
  } else if (index == player_of_small_packets) {
    connect.properties.set(prop::maximum_packet_size, small_packet);
  }
  if (player.state == State::connected) link_of(player).client.connack_arrived(now_);
  const mock_broker::ConnectionId id = engine_.connection_opened(now_);
  Link& link = links_.try_emplace(id, server_sessions_, client_sessions_, player.version).first->second;
  link.player = index;
  player.link = id;
  player.state = State::connecting;
  player.keep_alive = connect.keep_alive;
  player.session_expiry = connect.properties.get(prop::session_expiry_interval).value_or(0);
  player.pings = 0;
  player.owed.clear();
  player.aliases.clear();
  player.requests.clear();
  player.expects_session = ledger_.connects(connect);
  send(player, connect);
  if (!complaint_ && player.state != State::connected) complain(player, "got no CONNACK");
  finish();
}

void World::drop(std::size_t index) {
  Player& player = players_.at(index);
  if (complaint_ || (player.state != State::connected && player.state != State::silent)) return;
  begin();
  if (complaint_ || player.state == State::away) return;
  part(player, Parting::lost);
  finish();
}

/// The client's end of the Network Connection is gone, and the broker notices at once.
void World::part(Player& player, Parting parting, std::optional<std::uint32_t> session_expiry) {
  const mock_broker::ConnectionId id = player.link;
  Link& link = link_of(player);
  note(player, "is gone");
  if (link.hears) link.server.client_closed(now_);
  judge(player, link.client.client_closed(now_));
  link.hears = false;
  player.state = State::away;
  ledger_.parts(player.name, parting, session_expiry);
  engine_.connection_lost(id, now_);
  collect();
}

void World::disconnect(std::size_t index, wire::Disconnect disconnect) {
  if (!may(index)) return;
  begin();
  Player& player = players_.at(index);
  if (player.version != ProtocolVersion::v5_0) disconnect = {};
  if (player.session_expiry == 0) disconnect.properties = {};
  const auto expiry = disconnect.properties.get(prop::session_expiry_interval);
  const bool with_will = disconnect.reason_code == ReasonCode::disconnect_with_will_message;
  player.state = State::away;
  ledger_.parts(player.name, with_will ? Parting::disconnected_will : Parting::disconnected, expiry);
  send(player, disconnect);
  finish();
}

void World::fall_silent(std::size_t index) {
  if (!may(index)) return;
  begin();
  Player& player = players_.at(index);
  Link& link = link_of(player);
  note(player, "falls silent");
  link.server.client_closed(now_);
  judge(player, link.client.client_closed(now_));
  link.hears = false;
  player.state = State::silent;
  ledger_.falls_silent(player.name);
}

void World::subscribe(std::size_t index, std::vector<wire::Subscription> subscriptions, std::optional<std::uint32_t> identifier) {
  if (!may(index)) return;
  begin();
  Player& player = players_.at(index);
  wire::Subscribe packet{.packet_id = PacketId(unused_id(player)), .subscriptions = std::move(subscriptions)};
  if (player.version != ProtocolVersion::v5_0)
    std::ranges::for_each(packet.subscriptions, drop_options);
  else if (identifier)
    packet.properties.set(prop::subscription_identifier, *identifier);
  std::vector<ReasonCode>& expected = player.requests[packet.packet_id.value()];
  for (const wire::Subscription& subscription : packet.subscriptions)
    expected.push_back(static_cast<ReasonCode>(wire::number(subscription.maximum_qos)));
  ledger_.subscribes(player.name, packet);
  send(player, packet);
  finish();
}

void World::unsubscribe(std::size_t index, std::vector<std::string> filters) {
  if (!may(index)) return;
  begin();
  Player& player = players_.at(index);
  const wire::Unsubscribe packet{.packet_id = PacketId(unused_id(player)), .topic_filters = std::move(filters)};
  std::vector<ReasonCode> expected;
  for (const bool existed : ledger_.unsubscribes(player.name, packet))
    expected.push_back(existed ? ReasonCode::success : ReasonCode::no_subscription_existed);
  if (player.version != ProtocolVersion::v5_0) expected.clear();
  player.requests[packet.packet_id.value()] = expected;
  send(player, packet);
  finish();
}

void World::publish(std::size_t index, wire::Publish publish, Effort effort) {
  if (!may(index)) return;
  Player& player = players_.at(index);
  if (player.outgoing.size() >= 10) return;
  begin();
  if (player.version != ProtocolVersion::v5_0) publish.properties = {};
  if (publish.qos != QoS::at_most_once) {
    publish.packet_id = PacketId(unused_id(player));
    player.outgoing.push_back({publish});
  }
  player.withholds_pubrel = effort == Effort::withholds_pubrel;
  if (effort == Effort::lost) fall_silent(index);
  ledger_.publishes(player.name, publish);
  send(player, publish);
  if (effort == Effort::lost && !complaint_) part(player, Parting::lost);
  finish();
}

void World::answer(std::size_t index, Answers answers) {
  if (!may(index)) return;
  begin();
  Player& player = players_.at(index);
  player.answers = answers;
  player.withholds_pubrel = false;
  pay_pubrels(player);
  pay_answers(player);
  finish();
}

void World::pass(transport::Duration time) {
  if (complaint_) return;
  script_ += "  (" + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s pass)\n";
  step_to(now_ + time);
  finish();
}

/// Deadline by deadline: the broker's, and those of the clients that have to send something.
void World::step_to(TimePoint end) {
  for (;;) {
    TimePoint next = end;
    if (const auto deadline = engine_.next_deadline()) next = std::min(next, std::max(now_, *deadline));
    for (const Player& player : players_)
      if (player.state == State::connected && player.keep_alive > 0)
        next = std::min(next, player.last_sent + std::chrono::seconds(player.keep_alive));
    now_ = next;
    ledger_.time_is(now_);
    engine_.advance(now_);
    collect();
    for (Player& player : players_) {
      const bool due =
          player.state == State::connected && player.keep_alive > 0 && now_ >= player.last_sent + std::chrono::seconds(player.keep_alive);
      if (!due || complaint_) continue;
      ++player.pings;
      send(player, wire::Pingreq{});
    }
    if (now_ >= end || complaint_) return;
  }
}

std::uint16_t World::unused_id(Player& player) const {
  const auto used = [&](std::uint16_t id) {
    return player.requests.contains(id) ||
           std::ranges::any_of(player.outgoing, [&](const Outgoing& out) { return out.publish.packet_id == PacketId(id); });
  };
  do player.last_id = static_cast<std::uint16_t>(player.last_id % 20 + 1);
  while (used(player.last_id));
  return player.last_id;
}

// ---------------------------------------------------------------------------------------------------------------- packets

void World::send(Player& player, const wire::Packet& packet) {
  Link& link = link_of(player);
  note(player, "sends " + wire::describe(packet, player.version));
  player.last_sent = now_;
  ledger_.heard(player.name);
  if (link.hears) judge(player, link.server.client_sent(packet, now_));
  judge(player, link.client.client_sent(packet, now_));
  engine_.bytes_received(player.link, wire::encode(packet, player.version), now_);
  collect();
}

/// What a client sends because of a packet reaches the broker at once, but what the broker then sends comes behind what it had sent before.
void World::collect() {
  if (std::exchange(collecting_, true)) return;
  for (auto outputs = engine_.take_output(); !outputs.empty() && !complaint_; outputs = engine_.take_output())
    for (const auto& output : outputs) {
      Link& link = links_.at(output.connection);
      link.unread.insert(link.unread.end(), output.bytes.begin(), output.bytes.end());
      read(link);
      if (output.close) closed_by_broker(output.connection, link);
    }
  collecting_ = false;
}

void World::read(Link& link) {
  const Player& player = players_.at(link.player);
  const wire::Bytes bytes = std::exchange(link.unread, {});
  wire::ByteView input = bytes;
  mock_broker::FrameSplitter splitter(wire::maximum_packet_size);
  while (const auto frame = splitter.next(input)) {
    if (complaint_) return;
    const auto packet = wire::decode(frame->bytes, {.from = wire::Direction::server_to_client, .version = player.version});
    if (!packet) return complain(player, "got what is no packet: " + packet.error().explanation);
    receive(link, *packet);
  }
}

void World::receive(Link& link, const wire::Packet& packet) {
  Player& player = players_.at(link.player);
  const bool current = &link_of(player) == &link;
  note(player, (link.hears ? "gets  " : "misses ") + wire::describe(packet, player.version));
  judge(player, link.client.server_sent(packet, now_));
  if (!link.hears) return;
  judge(player, link.server.server_sent(packet, now_));
  if (std::holds_alternative<wire::Connack>(packet)) link.client.connack_arrived(now_);
  if (current && !complaint_) std::visit([&](const auto& p) { take(player, p); }, packet);
}

/// It may close what was given up by the client, what another connection has taken over, and what has been silent.
void World::closed_by_broker(mock_broker::ConnectionId id, Link& link) {
  Player& player = players_.at(link.player);
  const bool current = player.link == id;
  if (current && (player.state == State::connected || player.state == State::connecting))
    complain(player, "is disconnected by the broker for no reason");
  if (current && player.state == State::silent && ledger_.is_connected(player.name))
    complain(player, "is disconnected by the broker ahead of one and a half times its Keep Alive");
  note(player, "is closed by the broker");
  if (link.hears) judge(player, link.server.server_closed(now_));
  link.client.server_closed(now_);
  link.hears = false;
  if (current) player.state = State::away;
}

// ---------------------------------------------------------------------------------------------------------------- what a client does

void World::take(Player& player, const wire::Connack& connack) {
  if (connack.reason_code != ReasonCode::success) return complain(player, "is refused");
  if (connack.session_present != player.expects_session)
    return complain(player, connack.session_present ? "gets Session Present 1 for no Session" : "gets Session Present 0 for its Session");
  player.state = State::connected;
  if (!connack.session_present) player.outgoing.clear();
  resume(player);
}

void World::resume(Player& player) {
  for (const Outgoing& outgoing : std::deque<Outgoing>(player.outgoing)) {
    if (complaint_) return;
    if (outgoing.recorded) {
      send(player, wire::Pubrel{.packet_id = *outgoing.publish.packet_id});
      continue;
    }
    wire::Publish again = outgoing.publish;
    again.dup = true;
    if (again.qos == QoS::at_least_once) ledger_.publishes(player.name, again);  // to the broker it is a new message
    send(player, again);
  }
}

void World::take(Player& player, const wire::Publish& publish) {
  wire::Publish resolved = publish;
  if (const auto alias = publish.properties.get(prop::topic_alias)) {
    if (!publish.topic.empty()) player.aliases[*alias] = publish.topic;
    resolved.topic = player.aliases[*alias];
  }
  complain(player, ledger_.receives(player.name, resolved));
  if (publish.qos == QoS::at_least_once) player.owed.emplace_back(wire::Puback{.packet_id = *publish.packet_id});
  if (publish.qos == QoS::exactly_once) player.owed.emplace_back(wire::Pubrec{.packet_id = *publish.packet_id});
  pay_answers(player);
}

void World::take(Player& player, const wire::Pubrel& pubrel) {
  complain(player, ledger_.receives_pubrel(player.name, pubrel.packet_id));
  player.owed.emplace_back(wire::Pubcomp{.packet_id = pubrel.packet_id});
  pay_answers(player);
}

/// Sending an answer may bring new messages, whose answers then stand behind the others.
void World::pay_answers(Player& player) {
  if (player.answers == Answers::none) return;
  for (std::size_t held = 0; player.state == State::connected && !complaint_ && player.owed.size() > held;) {
    const auto next = player.owed.begin() + static_cast<std::ptrdiff_t>(held);
    const wire::Packet answer = *next;
    if (const auto* pubcomp = std::get_if<wire::Pubcomp>(&answer); pubcomp && player.answers == Answers::not_pubrel) {
      ++held;
      continue;
    }
    player.owed.erase(next);
    if (const auto* pubrec = std::get_if<wire::Pubrec>(&answer)) ledger_.records(player.name, pubrec->packet_id);
    if (const auto* puback = std::get_if<wire::Puback>(&answer)) ledger_.completes(player.name, puback->packet_id);
    if (const auto* pubcomp = std::get_if<wire::Pubcomp>(&answer)) ledger_.completes(player.name, pubcomp->packet_id);
    send(player, answer);
    held = 0;
  }
}

void World::take(Player& player, const wire::Puback& puback) { acknowledge(player, puback.packet_id, PacketType::puback); }
void World::take(Player& player, const wire::Pubcomp& pubcomp) { acknowledge(player, pubcomp.packet_id, PacketType::pubcomp); }

void World::acknowledge(Player& player, PacketId id, PacketType by) {
  const auto removed = std::erase_if(player.outgoing, [&](const Outgoing& outgoing) {
    const bool fits = by == PacketType::puback ? outgoing.publish.qos == QoS::at_least_once : outgoing.recorded;
    return fits && outgoing.publish.packet_id == id;
  });
  if (removed == 0) complain(player, "gets a " + std::string(wire::name(by)) + " for nothing");
}

void World::take(Player& player, const wire::Pubrec& pubrec) {
  for (Outgoing& outgoing : player.outgoing)
    if (outgoing.publish.packet_id == pubrec.packet_id) outgoing.recorded = true;
  if (!player.withholds_pubrel) pay_pubrels(player);
}

/// In the order of the PUBRECs, which the broker sends in the order of the PUBLISHes.
void World::pay_pubrels(Player& player) {
  for (const Outgoing& outgoing : std::deque<Outgoing>(player.outgoing))
    if (outgoing.recorded && !complaint_) send(player, wire::Pubrel{.packet_id = *outgoing.publish.packet_id});
}

void World::take(Player& player, const wire::Suback& suback) { take_answer(player, suback.packet_id, suback.reason_codes, "SUBACK"); }
void World::take(Player& player, const wire::Unsuback& unsuback) {
  take_answer(player, unsuback.packet_id, unsuback.reason_codes, "UNSUBACK");
}

void World::take_answer(Player& player, PacketId id, const std::vector<ReasonCode>& codes, const char* name) {
  const auto request = player.requests.find(id.value());
  if (request == player.requests.end()) return complain(player, std::string("gets a ") + name + " for nothing");
  if (request->second != codes) complain(player, std::string("gets a ") + name + " with other codes than it should");
  player.requests.erase(request);
}

void World::take(Player& player, const wire::Pingresp&) {
  if (player.pings == 0) return complain(player, "gets a PINGRESP for nothing");
  --player.pings;
}

// ---------------------------------------------------------------------------------------------------------------- complaints

void World::complain(std::string what) {
  if (complaint_) return;
  script_ += "  ==> " + what + "\n";
  complaint_ = std::move(what);
}

void World::complain(const Player& player, const Complaint& what) {
  if (what) complain("client " + player.name + " " + *what);
}

void World::judge(const Player& player, const conduct::Findings& findings) {
  for (const conduct::Finding& finding : findings)
    complain("with client " + player.name + ", " + std::string(finding.rule->id) + " is broken: " + finding.explanation);
}

void World::note(const Player& player, const std::string& what) {
  const auto seconds = std::chrono::duration<double>(now_.time_since_epoch() - 1h).count();
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%9.3f  ", seconds);
  script_ += time.data() + player.name + " " + what + "\n";
}

}  // namespace mqttspec::model
