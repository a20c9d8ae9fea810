// The mock broker's engine with several clients that may do anything: everything it sends can be decoded and breaks no rule of
// ServerConduct. The input: version, what the broker offers, which freedom it uses; then a history. A failure prints the history.

#include "fuzz/broker_setup.hpp"
#include "fuzz/clients.hpp"
#include "reference/wire/describe.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace mqttspec::fuzz {
namespace {

using conduct::ClientConduct;
using conduct::ServerConduct;
using transport::TimePoint;

/// Holds both checkers to every connection. A client that breaks a rule has misbehaved, and the broker is then judged as such a client's; a
/// broker that breaks a rule is an error.
class Judges final : public Clients::Observer {
 public:
  /// What is printed of the history.
  enum class Detail : std::uint8_t { nothing, everything };

  Judges(wire::ByteView input, Detail detail) : input_(input), detail_(detail) {}

  void run();

  void opened(unsigned slot) override {
    note(slot, "opens a connection");
    connections_[slot].emplace(server_sessions_, client_sessions_, version_);
  }
  void client_sends(unsigned slot, const wire::Packet& packet) override {
    note(slot, "sends  ", &packet);
    Connection& connection = *connections_[slot];
    if (!connection.client.client_sent(packet, now_).empty()) misbehaves(slot);
    judge(slot, connection.server.client_sent(packet, now_));
  }
  void client_sends_malformed(unsigned slot, const wire::Violation& violation) override {
    note(slot, "sends what is no packet: " + violation.explanation);
    misbehaves(slot);
  }
  void server_sends(unsigned slot, const wire::Packet& packet) override {
    note(slot, "receives ", &packet);
    Connection& connection = *connections_[slot];
    static_cast<void>(connection.client.server_sent(packet, now_));
    if (std::holds_alternative<wire::Connack>(packet)) connection.client.connack_arrived(now_);
    judge(slot, connection.server.server_sent(packet, now_));
  }
  void server_sends_malformed(unsigned slot, const wire::Violation& violation) override {
    note(slot, "receives what is no packet");
    wrong(slot, "the broker has sent what the decoder refuses: " + violation.explanation);
  }
  void client_closes(unsigned slot) override {
    note(slot, "drops its connection");
    connections_[slot]->server.client_closed(now_);
    static_cast<void>(connections_[slot]->client.client_closed(now_));
  }
  void server_closes(unsigned slot) override {
    note(slot, "loses its connection");
    connections_[slot]->client.server_closed(now_);
    judge(slot, connections_[slot]->server.server_closed(now_));
  }
  void time_is(TimePoint now) override {
    now_ = now;
    for (unsigned slot = 0; slot < connections_.size(); ++slot)
      if (connections_[slot] && !connections_[slot]->client.time_passed(now).empty()) misbehaves(slot);
  }

 private:
  struct Connection {
    Connection(conduct::Sessions& of_server, conduct::Sessions& of_client, wire::ProtocolVersion version)
        : server(of_server, version), client(of_client, version) {}
    ServerConduct server;
    ClientConduct client;
  };

  void misbehaves(unsigned slot) {
    note(slot, "has misbehaved");
    connections_[slot]->server.client_misbehaved(now_);
  }
  void judge(unsigned slot, const conduct::Findings& findings) {
    if (findings.empty()) return;
    const conduct::Finding& first = findings.front();
    wrong(slot, "the broker breaks " + std::string(first.rule->id) + " (" + std::string(first.clause.text()) + "): " + first.explanation);
  }
  [[noreturn]] void wrong(unsigned slot, const std::string& what) {
    if (detail_ == Detail::nothing) Judges(input_, Detail::everything).run();
    note(slot, what);
    fail(what);
  }
  void note(unsigned slot, const std::string& what, const wire::Packet* packet = nullptr) {
    if (detail_ == Detail::nothing) return;
    const auto seconds = std::chrono::duration<double>(now_.time_since_epoch()).count();
    const auto version = connections_[slot] ? connections_[slot]->server.version() : version_;
    std::fprintf(stderr, "%12.3f  client %u %s%s\n", seconds, slot, what.c_str(),
                 packet == nullptr ? "" : wire::describe(*packet, version).c_str());
  }

  wire::ByteView input_;
  Detail detail_;
  wire::ProtocolVersion version_{};
  TimePoint now_{std::chrono::hours(1)};
  conduct::Sessions server_sessions_;
  conduct::Sessions client_sessions_;
  std::array<std::optional<Connection>, Event::slots> connections_;
};

void Judges::run() {
  wire::ByteView history = input_;
  version_ = context_of(take_byte(history)).version;
  const std::uint8_t offers = take_byte(history);
  const std::uint8_t variant = take_byte(history);
  Clients(make_broker(offers, variant), version_, *this).play(history);
}

}  // namespace

void broker_engine(wire::ByteView input) { Judges(input, Judges::Detail::nothing).run(); }

}  // namespace mqttspec::fuzz
