#include "conformance/harness/connection_state.hpp"

#include "conformance/harness/test.hpp"
#include "reference/topic/topic.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace mqttspec::conformance {
namespace {

/// A broker may send what it likes. Beyond this many packets that nobody waits for, or so many bytes, the connection is given up.
constexpr std::size_t most_waiting_packets = 5'000;
constexpr std::size_t most_received_bytes = 16u << 20;
/// Largest packet that is read from a broker.
constexpr std::uint32_t largest_packet = 4u << 20;

std::string describe_end(const std::expected<std::size_t, transport::Error>& read) {
  using Kind = transport::Error::Kind;
  const auto kind = read ? Kind::other : read.error().kind;
  if (kind == Kind::reset) return "the broker reset the Network Connection";
  if (kind == Kind::protocol || kind == Kind::handshake) return "the Network Connection has failed: " + read.error().message;
  return "the broker closed the Network Connection";
}

}  // namespace

Connection::State::State(Test& owner, int ordinal, std::unique_ptr<transport::Stream> stream, conduct::ServerSessions& sessions)
    : test(owner),
      number(ordinal),
      stream_(std::move(stream)),
      inbox_changed_(owner.environment_.runtime.make_timer()),
      output_changed_(owner.environment_.runtime.make_timer()),
      output_written_(owner.environment_.runtime.make_timer()),
      incoming_({.from = wire::Direction::server_to_client, .version = owner.version(), .maximum_packet_size = largest_packet}),
      outgoing_({.from = wire::Direction::client_to_server, .version = owner.version()}),
      conduct_(sessions, owner.version()) {}

void Connection::State::start() {
  running_ = 2;
  auto& runtime = test.environment_.runtime;
  runtime.spawn([](std::shared_ptr<State> self) -> Awaitable<void> { co_await self->read(); }(shared_from_this()));
  runtime.spawn([](std::shared_ptr<State> self) -> Awaitable<void> { co_await self->write(); }(shared_from_this()));
}

void Connection::State::wake() { inbox_changed_->wake(); }

Awaitable<bool> Connection::State::changed(transport::TimePoint deadline) { co_return !co_await inbox_changed_->wait_until(deadline); }

Awaitable<void> Connection::State::read() {
  std::array<std::uint8_t, 16'384> buffer{};
  while (!over) {
    const auto count = co_await stream_->read_some(buffer);
    if (!count || *count == 0) {
      if (closed_by_us) break;
      const auto now = test.now();
      over = describe_end(count);
      if (!connack) test.outcome_.awaited_in_vain.insert(wire::PacketType::connack);
      test.record(number, client_id, TraceLine::Kind::event, *over);
      report(conduct_.server_closed(now));
      break;
    }
    if (reads_packets_) take_in({buffer.data(), *count});
    wake();
  }
  --running_;
  wake();
  output_changed_->wake();
}

void Connection::State::take_in(wire::ByteView input) {
  while (!input.empty() && reads_packets_ && !over) {
    const auto start = input;
    const auto next = incoming_.next(input);
    if (!next)
      received_unreadable(next.error(), start);
    else if (*next)
      received(**next);
  }
}

void Connection::State::received_unreadable(const wire::Violation& violation, wire::ByteView bytes) {
  const auto what = "the broker sent a packet that cannot be read: " + violation.explanation;
  test.record(number, client_id, TraceLine::Kind::received, what, bytes);
  // The end of the connection is still to be observed.
  if (has_no_version()) {
    reads_packets_ = false;
    return;
  }
  give_up(what);
  unreadable_ = violation;
  if (violation.kind() != wire::ViolationKind::too_large) report(conduct_.server_sent_malformed(violation, test.now()));
}

void Connection::State::received(const wire::Decoded& decoded) {
  wire::Packet packet = wire::to_owned(decoded.packet);
  const auto* answer = std::get_if<wire::Connack>(&packet);
  if (answer != nullptr && !connack) {
    connack = *answer;
    if (const auto assigned = answer->properties.get(wire::prop::assigned_client_identifier)) {
      client_id = *assigned;
      if (connect) note_connect(*connect);
    }
  }
  if (answer == nullptr || answer->reason_code == wire::ReasonCode::success) test.outcome_.received.insert(wire::type_of(packet));
  const bool repeated = is_repetition(packet, decoded.bytes);
  const bool stray = is_stray(packet);
  test.record(number, client_id, TraceLine::Kind::received, packet, decoded.bytes,
              stray      ? " (of another case, and not subscribed to)"
              : repeated ? " (sent again, as 3.1.1 allows)"
                         : "");
  arrived.push_back(wire::type_of(packet));
  if (decoded.violation && !has_no_version()) {
    test.note_violation(*decoded.violation);
    report(conduct_.server_sent_violation(*decoded.violation, test.now()));
  }
  report(conduct_.server_sent(packet, test.now()));
  if (acknowledging == Acknowledging::automatic || stray) acknowledge(packet);
  received_bytes_ += decoded.bytes.size();
  if (inbox.size() + strays_ >= most_waiting_packets)
    give_up(fmt::format("the broker sent more than {} packets that nobody asked for", most_waiting_packets));
  else if (received_bytes_ > most_received_bytes)
    give_up(fmt::format("the broker sent more than {} MiB on one connection", most_received_bytes >> 20));
  if (!over) {
    if (stray) ++strays_;
    if (!repeated && !stray) inbox.push_back(std::move(packet));
    return;
  }
  test.record(number, client_id, TraceLine::Kind::event, *over);
}

void Connection::State::give_up(std::string why) {
  over = std::move(why);
  given_up_ = true;
}

void Connection::State::check_readable() const {
  if (unreadable_) test.unreadable(*unreadable_, *over);
  if (given_up_) test.set_up_failed(*over);
}

void Connection::State::acknowledge(const wire::Packet& packet) {
  const auto answer = [&](const wire::Packet& reply) { send(wire::encode(reply, test.version())); };
  if (const auto* publish = std::get_if<wire::Publish>(&packet)) {
    if (publish->packet_id && publish->packet_id->is_zero()) return;
    if (publish->qos == wire::QoS::at_least_once) answer(wire::Puback{.packet_id = *publish->packet_id});
    if (publish->qos == wire::QoS::exactly_once) answer(wire::Pubrec{.packet_id = *publish->packet_id});
  } else if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet); pubrel != nullptr && !pubrel->packet_id.is_zero()) {
    answer(wire::Pubcomp{.packet_id = pubrel->packet_id});
  }
}

Awaitable<void> Connection::State::write() {
  while (!closed_by_us && !over) {
    if (output_.empty() && !message_) {
      co_await output_changed_->wait_until(transport::TimePoint::max());
      continue;
    }
    writing_ = true;
    const auto written = co_await write_next();
    writing_ = false;
    if (!written) break;
    if (output_.empty() && !message_) output_written_->wake();
  }
  output_.clear();
  --running_;
  output_written_->wake();
  wake();
}

Awaitable<std::expected<void, transport::Error>> Connection::State::write_next() {
  if (!message_) {
    const wire::Bytes piece = std::exchange(output_, {});
    co_return co_await stream_->write(piece);
  }
  const Message message = *std::exchange(message_, std::nullopt);
  const std::vector<std::span<const std::uint8_t>> pieces(message.pieces.begin(), message.pieces.end());
  co_return co_await web_socket().write_message(message.type, pieces);
}

void Connection::State::send_message(transport::FrameType type, std::vector<wire::Bytes> pieces) {
  test.record(number, client_id, TraceLine::Kind::event,
              fmt::format("what follows goes in {} WebSocket {} frame{}", pieces.size(),
                          type == transport::FrameType::text ? "text" : "binary", pieces.size() == 1 ? "" : "s"));
  wire::Bytes whole;
  for (const auto& piece : pieces) whole.insert(whole.end(), piece.begin(), piece.end());
  sent_since_connack_ = sent_since_connack_ || connack.has_value();
  note_sent(whole);
  if (closed_by_us || over) return;
  message_ = Message{type, std::move(pieces)};
  output_changed_->wake();
}

transport::WebSocketControl& Connection::State::web_socket() const {
  auto* const frames = stream_->web_socket();
  if (frames == nullptr) throw std::logic_error("this connection is no WebSocket");
  return *frames;
}

void Connection::State::send(wire::ByteView bytes) {
  sent_since_connack_ = sent_since_connack_ || connack.has_value();
  note_sent(bytes);
  if (closed_by_us || over) return;
  output_.insert(output_.end(), bytes.begin(), bytes.end());
  output_changed_->wake();
}

void Connection::State::note_sent(wire::ByteView bytes) {
  wire::ByteView rest = bytes;
  while (!rest.empty() && !client_is_wrong_) {
    const auto start = rest;
    const auto next = outgoing_.next(rest);
    const wire::Violation* violation = nullptr;
    if (!next)
      violation = &next.error();
    else if (*next && (*next)->violation)
      violation = &*(*next)->violation;
    if (violation != nullptr) {
      client_is_wrong_ = true;
      test.record(number, client_id, TraceLine::Kind::sent, "deliberately malformed: " + violation->explanation, start);
      conduct_.client_misbehaved(test.now());
      return;
    }
    if (!*next) {
      test.record(number, client_id, TraceLine::Kind::sent, fmt::format("{} bytes of an unfinished packet", start.size()), start);
      return;
    }
    note_sent_packet(wire::to_owned((*next)->packet), (*next)->bytes);
  }
  if (rest.empty()) return;
  const auto behind = wire::decode(rest, outgoing_.context());
  test.record(number, client_id, TraceLine::Kind::sent, behind ? wire::describe(*behind, test.version()) : "bytes behind what was wrong",
              rest);
}

void Connection::State::note_sent_packet(const wire::Packet& packet, wire::ByteView bytes) {
  if (const auto* first = std::get_if<wire::Connect>(&packet); first != nullptr && !connect) {
    connect = *first;
    client_id = first->client_id;
    note_connect(*first);
  }
  if (const auto* publish = std::get_if<wire::Publish>(&packet)) note_retained(*publish);
  if (const auto* subscribe = std::get_if<wire::Subscribe>(&packet)) note_filters(*subscribe);
  test.record(number, client_id, TraceLine::Kind::sent, packet, bytes);
  report(conduct_.client_sent(packet, test.now()));
}

void Connection::State::note_connect(const wire::Connect& packet) {
  const bool kept = !packet.clean_start || packet.properties.get(wire::prop::session_expiry_interval).value_or(0) > 0;
  if (kept && !client_id.empty()) test.outcome_.footprint.kept_sessions.insert(client_id);
  if (packet.will && packet.will->retain) test.outcome_.footprint.retained_topics.insert(packet.will->topic);
}

void Connection::State::note_retained(const wire::Publish& packet) {
  std::string topic = packet.topic;
  if (const auto alias = packet.properties.get(wire::prop::topic_alias)) {
    if (topic.empty())
      topic = sent_aliases_[*alias];
    else
      sent_aliases_[*alias] = topic;
  }
  if (packet.retain && !topic.empty()) test.outcome_.footprint.retained_topics.insert(std::move(topic));
}

bool Connection::State::is_repetition(const wire::Packet& packet, wire::ByteView bytes) {
  if (test.version() != v3_1_1) return false;
  if (const auto* release = std::get_if<wire::Pubrel>(&packet)) {
    // From here on the PUBLISH must not come again [MQTT-4.3.3-1].
    unreleased_.erase(release->packet_id.value());
    return !released_.insert(release->packet_id.value()).second;
  }
  const auto* publish = std::get_if<wire::Publish>(&packet);
  if (publish == nullptr || !publish->packet_id) return false;
  const std::string_view behind_dup(reinterpret_cast<const char*>(bytes.data()) + 1, bytes.size() - 1);
  const auto content = std::hash<std::string_view>{}(behind_dup);
  released_.erase(publish->packet_id->value());
  const auto [last, is_new] = unreleased_.try_emplace(publish->packet_id->value(), content);
  return std::exchange(last->second, content) == content && !is_new && publish->dup;
}

bool Connection::State::is_stray(const wire::Packet& packet) const {
  const auto* publish = std::get_if<wire::Publish>(&packet);
  // An alias in place of the topic tells nothing; $ topics are the broker's own, and what must not come of them is a case's matter.
  if (publish == nullptr || publish->topic.empty() || publish->topic.starts_with('$')) return false;
  if (publish->topic.contains(test.environment_.name_prefix)) return false;
  return std::ranges::none_of(test.filters_, [&](const std::string& filter) { return topic::matches(filter, publish->topic); });
}

void Connection::State::note_filters(const wire::Subscribe& packet) {
  for (const auto& subscription : packet.subscriptions) {
    const auto shared = topic::parse_shared(subscription.topic_filter);
    const std::string filter(shared ? shared->filter : subscription.topic_filter);
    if (!topic::check_filter(filter)) test.filters_.push_back(filter);
  }
}

void Connection::State::report(const conduct::ServerConduct::Findings& findings) {
  for (const auto& finding : findings) {
    // One of each kind tells enough, and a broker that never stops must not fill the memory.
    if (std::ranges::find(test.outcome_.conduct, finding.rule->id, &ConductFinding::rule) != test.outcome_.conduct.end()) continue;
    test.record(number, client_id, TraceLine::Kind::event, fmt::format("{}: {}", finding.clause.text(), finding.explanation));
    test.outcome_.conduct.push_back(
        {.rule = std::string(finding.rule->id),
         .summary = std::string(finding.rule->summary),
         .blame = {.verdict = finding.rule->level == spec::Level::should || finding.rule->level == spec::Level::should_not ? Verdict::warn
                                                                                                                           : Verdict::fail,
                   .clause = finding.clause,
                   .expected = std::string(finding.rule->summary),
                   .got = finding.explanation}});
  }
}

Awaitable<void> Connection::State::flush() {
  const auto deadline = test.now() + test.timeout();
  while ((writing_ || !output_.empty() || message_) && !over && test.now() < deadline) co_await output_written_->wait_until(deadline);
}

void Connection::State::close() {
  if (closed_by_us) return;
  closed_by_us = true;
  if (!over) {
    over = "we closed the Network Connection";
    test.record(number, client_id, TraceLine::Kind::event, *over);
    conduct_.client_closed(test.now());
  }
  stream_->close();
  output_changed_->wake();
  wake();
}

void Connection::State::end_output() {
  if (over) return;
  test.record(number, client_id, TraceLine::Kind::event, "we ended our side of the Network Connection");
  stream_->shutdown_send();
}

Awaitable<void> Connection::State::ended() {
  while (running_ > 0) co_await changed(transport::TimePoint::max());
}

bool Connection::State::has(wire::PacketType type) const {
  return std::ranges::any_of(inbox, [type](const wire::Packet& packet) { return wire::type_of(packet) == type; });
}

std::optional<wire::Packet> Connection::State::take(wire::PacketType type) {
  const auto found = std::ranges::find(inbox, type, [](const wire::Packet& packet) { return wire::type_of(packet); });
  if (found == inbox.end()) return std::nullopt;
  wire::Packet packet = std::move(*found);
  inbox.erase(found);
  return packet;
}

std::string Connection::State::what_came() const {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(inbox.size(), most); ++i) text += (i == 0 ? "" : "; ") + wire::describe(inbox[i], test.version());
  if (inbox.size() > most) text += fmt::format("; and {} more", inbox.size() - most);
  return text;
}

}  // namespace mqttspec::conformance
