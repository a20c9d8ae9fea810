#include "reference/link/link.hpp"

#include "reference/wire/describe.hpp"

#include <utility>
#include <variant>

namespace mqttspec::link {

using wire::Direction;

Link::Link(LinkOptions options, Sessions& sessions)
    : options_(options),
      client_{.decoder = wire::Decoder(
                  {.from = Direction::client_to_server, .version = options.version, .maximum_packet_size = options.maximum_client_packet}),
              .kind = TraceLine::Kind::sent,
              .is_judged = options.judged != Judged::server},
      server_{.decoder = wire::Decoder(
                  {.from = Direction::server_to_client, .version = options.version, .maximum_packet_size = options.maximum_server_packet}),
              .kind = TraceLine::Kind::received,
              .is_judged = options.judged != Judged::client},
      transit_(options.transit),
      own_trace_(options.trace != nullptr ? TraceRecorder::Limits{.first = 0, .last = 0} : options.evidence),
      trace_(options.trace != nullptr ? options.trace : &own_trace_) {
  if (server_.is_judged) server_conduct_.emplace(sessions.of_server, options.version);
  if (client_.is_judged) client_conduct_.emplace(sessions.of_clients, options.version);
}

std::optional<Passed> Link::client_sent(wire::ByteView& input, TimePoint now) { return take(client_, input, now); }
std::optional<Passed> Link::server_sent(wire::ByteView& input, TimePoint now) { return take(server_, input, now); }

std::optional<Passed> Link::take(Side& side, wire::ByteView& input, TimePoint now) {
  if (side.is_unreadable) {
    pass_rest(side, input, now);
    return std::nullopt;
  }
  if (input.empty()) return std::nullopt;
  const wire::ByteView start = input;
  const auto next = side.decoder.next(input);
  if (!next) return pass_unreadable(side, next.error(), start, now);
  if (*next) return pass(side, **next, now);
  // What the owner of the Link sends in pieces would otherwise be seen with its last piece only.
  if (!side.is_judged) trace_->add(line(side.kind, now, std::to_string(start.size()) + " bytes of an unfinished packet"), start);
  return std::nullopt;
}

Passed Link::pass_unreadable(Side& side, const wire::Violation& violation, wire::ByteView rest, TimePoint now) {
  side.is_broken = true;
  side.is_unreadable = true;
  const std::string_view what = side.is_judged ? "unreadable packet: " : "deliberately malformed: ";
  trace_->add(line(side.kind, now, std::string(what) + violation.explanation), rest);
  if (is_client(side)) {
    if (server_conduct_) server_conduct_->client_misbehaved(now);
    if (client_conduct_) judge_unreadable(violation, now);
  } else {
    if (client_conduct_) client_conduct_->server_misbehaved(now);
    // The limit on what is read is this program's own, unless the client has set it, which conduct judges by itself.
    if (server_conduct_ && violation.kind() != wire::ViolationKind::too_large)
      keep(server_conduct_->server_sent_malformed(violation, now), now);
  }
  return {.packet = {}, .bytes = rest, .violation = violation};
}

/// A client may ask for a version that is not known here, and it cannot know a limit before it has read CONNACK.
void Link::judge_unreadable(const wire::Violation& violation, TimePoint now) {
  const bool is_known_limit = !violation.clause.empty() && transit_.client_has_connack(now).has_value();
  const bool is_wrong =
      violation.kind() == wire::ViolationKind::too_large ? is_known_limit : violation.kind() != wire::ViolationKind::unsupported;
  if (is_wrong) keep(client_conduct_->client_sent_malformed(violation, now), now);
}

Passed Link::pass(Side& side, const wire::Decoded& decoded, TimePoint now) {
  const wire::Violation* violation = decoded.violation ? &*decoded.violation : nullptr;
  Passed passed{.packet = wire::to_owned(decoded.packet), .bytes = decoded.bytes, .violation = decoded.violation};
  const bool is_first_break = violation != nullptr && !std::exchange(side.is_broken, true);
  const bool is_deliberate = is_first_break && !side.is_judged;
  if (violation == nullptr) learn(side, *passed.packet);
  if (is_deliberate)
    trace_->add(line(side.kind, now, "deliberately malformed: " + violation->explanation), decoded.bytes);
  else
    trace_->add_packet(line(side.kind, now), decoded.bytes, version());
  judge(side, *passed.packet, violation, now);
  return passed;
}

/// Bytes that are not read: they can be shown, if they happen to be a packet.
void Link::pass_rest(Side& side, wire::ByteView& input, TimePoint now) {
  if (input.empty()) return;
  const auto packet = wire::decode(input, side.decoder.context());
  trace_->add(line(side.kind, now, packet ? wire::describe(*packet, version()) : "bytes after an unreadable packet"), input);
  input = {};
}

void Link::learn(const Side& side, const wire::Packet& packet) {
  if (const auto* connect = std::get_if<wire::Connect>(&packet); connect != nullptr && is_client(side) && !has_connect_) {
    has_connect_ = true;
    client_id_ = connect->client_id;
    server_.decoder.set_version(connect->version);
  }
  const auto* connack = std::get_if<wire::Connack>(&packet);
  if (connack == nullptr || is_client(side) || !client_id_.empty()) return;
  if (const auto assigned = connack->properties.get(wire::prop::assigned_client_identifier)) client_id_ = *assigned;
}

/// The conduct checker of an end that broke a rule of the decoder on purpose does not see the packet, since nobody knows what the other
/// end makes of it.
void Link::judge(const Side& side, const wire::Packet& packet, const wire::Violation* violation, TimePoint now) {
  if (is_client(side)) {
    if (violation == nullptr) transit_.client_sent(packet, now);
    if (client_conduct_) {
      if (const auto since = transit_.client_has_connack(now)) client_conduct_->connack_arrived(*since);
      if (violation != nullptr) keep(client_conduct_->client_sent_violation(*violation, now), now);
      keep(client_conduct_->client_sent(packet, now), now);
    }
    if (server_conduct_ && violation != nullptr) server_conduct_->client_misbehaved(now);
    if (server_conduct_ && violation == nullptr) keep(server_conduct_->client_sent(packet, now), now);
    return;
  }
  if (violation == nullptr) transit_.server_sent(packet, now);
  if (server_conduct_) {
    if (violation != nullptr) keep(server_conduct_->server_sent_violation(*violation, now), now);
    keep(server_conduct_->server_sent(packet, now), now);
  }
  if (client_conduct_ && violation != nullptr) client_conduct_->server_misbehaved(now);
  if (client_conduct_ && violation == nullptr) keep(client_conduct_->server_sent(packet, now), now);
}

void Link::client_sent_text_frame(TimePoint now) {
  client_.is_unreadable = true;
  trace_->add(line(client_.kind, now, "a WebSocket text frame"));
  if (client_conduct_) keep(client_conduct_->client_sent_text_frame(now), now);
  if (server_conduct_) server_conduct_->client_misbehaved(now);
}

void Link::client_offered_no_subprotocol(TimePoint now) {
  if (client_conduct_) keep(client_conduct_->client_offered_no_subprotocol(now), now);
}

void Link::client_closed(TimePoint now, std::string_view how) {
  note(how.empty() ? "the client closed the Network Connection" : std::string(how), now);
  if (client_conduct_) keep(client_conduct_->client_closed(now), now);
  if (server_conduct_) server_conduct_->client_closed(now);
}

void Link::server_closed(TimePoint now, std::string_view how) {
  note(how.empty() ? "the server closed the Network Connection" : std::string(how), now);
  if (server_conduct_) keep(server_conduct_->server_closed(now), now);
  if (client_conduct_) client_conduct_->server_closed(now);
}

void Link::time_passed(TimePoint now) {
  if (!client_conduct_) return;
  if (const auto since = transit_.client_has_connack(now)) client_conduct_->connack_arrived(*since);
  keep(client_conduct_->time_passed(now), now);
}

void Link::client_misbehaves(TimePoint now) {
  if (server_conduct_) server_conduct_->client_misbehaved(now);
}

void Link::server_misbehaves(TimePoint now) {
  if (client_conduct_) client_conduct_->server_misbehaved(now);
}

void Link::note(std::string text, TimePoint now) { trace_->add(line(TraceLine::Kind::event, now, std::move(text))); }

TraceLine Link::line(TraceLine::Kind kind, TimePoint now, std::string text) const {
  return {.at = now - options_.began, .connection = options_.number, .client = client_id_, .kind = kind, .text = std::move(text)};
}

void Link::keep(conduct::Findings findings, TimePoint now) {
  for (conduct::Finding& finding : findings) {
    note(std::string(finding.clause.text()) + ": " + finding.explanation, now);
    violations_.push_back({.rule = finding.rule,
                           .clause = finding.clause,
                           .severity = severity_of(finding.rule->level),
                           .explanation = std::move(finding.explanation),
                           .connection = options_.number,
                           .client_id = client_id_,
                           .version = version(),
                           .time = now,
                           .evidence = own_trace_.snapshot()});
  }
}

}  // namespace mqttspec::link
