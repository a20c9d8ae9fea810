// The checkers of conduct with any packets from both ends, on several connections that share their Sessions: no crash, findings that make
// sense, and no more of them than there is to find. The input: version, and whether the same happens again and again, which must not take
// more and more memory; then a history.

#include "fuzz/history.hpp"
#include "fuzz/memory.hpp"
#include "reference/conduct/client_conduct.hpp"
#include "reference/conduct/server_conduct.hpp"

#include <array>
#include <chrono>
#include <optional>

namespace mqttspec::fuzz {
namespace {

using namespace std::chrono_literals;
using conduct::ClientConduct;
using conduct::Findings;
using conduct::ServerConduct;
using transport::Duration;
using wire::Direction;

constexpr Duration waits[Event::arguments] = {0ms, 1ms, 1s, 10s, 60s, 1h, 24h, 24h * 100};
/// One packet cannot break more rules at once; CONNACK judges those that came ahead of it, too.
constexpr std::size_t most_findings = 20;
/// A bit of the options.
constexpr std::uint8_t repeated = 0x80;
/// What is remembered of the packets of one input, generously.
constexpr std::size_t most_bytes = 8u << 20;

Findings server_sends_malformed(ServerConduct& conduct, const wire::Violation& violation, transport::TimePoint now) {
  return conduct.server_sent_malformed(violation, now);
}
Findings client_sends_malformed(ServerConduct& conduct, const wire::Violation&, transport::TimePoint now) {
  conduct.client_misbehaved(now);
  return {};
}
Findings client_closes(ServerConduct& conduct, transport::TimePoint now) {
  conduct.client_closed(now);
  return {};
}
Findings server_closes(ServerConduct& conduct, transport::TimePoint now) { return conduct.server_closed(now); }
Findings time_passes(ServerConduct&, transport::TimePoint) { return {}; }

Findings server_sends_malformed(ClientConduct& conduct, const wire::Violation&, transport::TimePoint now) {
  conduct.server_misbehaved(now);
  return {};
}
Findings client_sends_malformed(ClientConduct& conduct, const wire::Violation& violation, transport::TimePoint now) {
  return conduct.client_sent_malformed(violation, now);
}
Findings client_closes(ClientConduct& conduct, transport::TimePoint now) { return conduct.client_closed(now); }
Findings server_closes(ClientConduct& conduct, transport::TimePoint now) {
  conduct.server_closed(now);
  return {};
}
Findings time_passes(ClientConduct& conduct, transport::TimePoint now) { return conduct.time_passed(now); }

template <class Conduct>
class Connections {
 public:
  explicit Connections(wire::ProtocolVersion version) : version_(version) {}

  void begin_anew() {
    packets_ = 0;
    for (unsigned slot = 0; slot < Event::slots; ++slot) begin(slot);
  }

  void play(wire::ByteView history) {
    while (const auto event = take_event(history)) check_findings(happen(*event), *event);
  }

 private:
  void begin(unsigned slot) { connections_[slot].emplace(sessions_, version_); }

  Findings happen(const Event& event) {
    Conduct& conduct = *connections_[event.slot];
    switch (event.what) {
      case Event::What::client_packet:
      case Event::What::server_packet: return packet(event, conduct);
      case Event::What::client_closes: return client_closes(conduct, now_);
      case Event::What::server_closes: return server_closes(conduct, now_);
      case Event::What::time_passes: now_ += waits[event.argument]; return time_passes(conduct, now_);
      case Event::What::raw_bytes: return raw_bytes(event, conduct);
      case Event::What::answers:
        if constexpr (requires { conduct.connack_arrived(now_); }) conduct.connack_arrived(now_);
        return {};
      case Event::What::again: begin(event.slot); return {};
    }
    return {};
  }

  Findings packet(const Event& event, Conduct& conduct) {
    const bool from_client = event.what == Event::What::client_packet;
    const auto from = from_client ? Direction::client_to_server : Direction::server_to_client;
    const auto packet = wire::decode(event.data, {.from = from, .version = version_});
    if (packet) return from_client ? conduct.client_sent(*packet, now_) : conduct.server_sent(*packet, now_);
    return from_client ? client_sends_malformed(conduct, packet.error(), now_) : server_sends_malformed(conduct, packet.error(), now_);
  }

  /// Bytes that are no packet of either end; or one from the wrong end.
  Findings raw_bytes(const Event& event, Conduct& conduct) {
    const auto from = event.argument % 2 == 0 ? Direction::client_to_server : Direction::server_to_client;
    const auto packet = wire::decode(event.data, {.from = from, .version = version_});
    if (packet) return event.argument < 4 ? conduct.client_sent(*packet, now_) : conduct.server_sent(*packet, now_);
    return event.argument < 4 ? client_sends_malformed(conduct, packet.error(), now_)
                              : server_sends_malformed(conduct, packet.error(), now_);
  }

  /// @param early how many packets may have waited for a CONNACK
  void check_findings(const Findings& findings, const Event& event) {
    packets_ += event.has_packet() ? 1 : 0;
    check(findings.size() <= most_findings * (1 + packets_), "one event has more findings than there can be");
    for (const auto& finding : findings) {
      check(finding.rule != nullptr && !finding.clause.empty(), "a finding names no rule or no clause");
      check(!finding.explanation.empty(), "a finding is not explained");
    }
  }

  wire::ProtocolVersion version_;
  conduct::Sessions sessions_;
  transport::TimePoint now_{1h};
  std::size_t packets_ = 0;
  std::array<std::optional<Conduct>, Event::slots> connections_;
};

template <class Conduct>
void play(wire::ByteView input) {
  const std::uint8_t options = take_byte(input);
  Connections<Conduct> connections(context_of(options).version);
  const auto live = [&] {
    connections.begin_anew();
    connections.play(input);
  };
  if ((options & repeated) != 0)
    check_memory(live, most_bytes);
  else
    live();
}

}  // namespace

void server_conduct(wire::ByteView input) { play<ServerConduct>(input); }
void client_conduct(wire::ByteView input) { play<ClientConduct>(input); }

}  // namespace mqttspec::fuzz
