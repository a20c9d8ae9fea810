#pragma once

#include "fuzz/history.hpp"
#include "mock_broker/engine/engine.hpp"
#include "reference/conduct/client_conduct.hpp"
#include "reference/conduct/server_conduct.hpp"
#include "reference/wire/decoder.hpp"

#include <array>
#include <deque>
#include <optional>
#include <string>

namespace mqttspec::fuzz {

/// Several clients on one engine do what a history says. A client helps the history to get somewhere: its packets are made to fit its
/// connection (version, a free Packet Identifier, CONNECT first) unless the event wants them as they are.
class Clients {
 public:
  /// Who looks at what passes between clients and broker.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void opened([[maybe_unused]] unsigned slot) {}
    virtual void client_sends([[maybe_unused]] unsigned slot, [[maybe_unused]] const wire::Packet& packet) {}
    /// Bytes that are no packet; `connected`: there has been a CONNECT before.
    virtual void client_sends_malformed([[maybe_unused]] unsigned slot, [[maybe_unused]] const wire::Violation& violation) {}
    virtual void server_sends([[maybe_unused]] unsigned slot, [[maybe_unused]] const wire::Packet& packet) {}
    virtual void server_sends_malformed([[maybe_unused]] unsigned slot, [[maybe_unused]] const wire::Violation& violation) {}
    virtual void client_closes([[maybe_unused]] unsigned slot) {}
    virtual void server_closes([[maybe_unused]] unsigned slot) {}
    virtual void time_is([[maybe_unused]] transport::TimePoint now) {}
  };

  Clients(mock_broker::Engine engine, wire::ProtocolVersion version, Observer& observer)
      : engine_(std::move(engine)), version_(version), observer_(&observer) {}

  void play(wire::ByteView history);
  /// All connections are lost, and everything begins anew but for the Sessions.
  void leave();

 private:
  struct Client {
    mock_broker::ConnectionId id = 0;
    bool is_open = false;
    bool is_wrong = false;  ///< has sent what is no packet
    bool has_connected = false;
    wire::Decoder outgoing{{.from = wire::Direction::client_to_server}};
    wire::Decoder incoming{{.from = wire::Direction::server_to_client}};
    std::optional<wire::Connect> connect{};  ///< of this connection or an earlier one
    std::deque<wire::Packet> unanswered{};
  };

  void happen(const Event& event);
  void open(unsigned slot);
  void close(unsigned slot);
  void connect(unsigned slot, wire::Connect connect);
  void reconnect(unsigned slot);
  void send_politely(unsigned slot, wire::ByteView frame, std::size_t piece);
  void send_fitting(unsigned slot, wire::Packet packet, std::size_t piece);
  void send(unsigned slot, wire::ByteView bytes, std::size_t piece);
  void note_sent(unsigned slot, wire::ByteView bytes);
  void answer(unsigned slot, std::size_t most);
  void pass(unsigned argument);
  void advance(transport::TimePoint end);
  void collect();
  void receive(unsigned slot, wire::ByteView bytes);
  std::optional<unsigned> slot_of(mock_broker::ConnectionId id) const;
  wire::PacketId free_packet_id();
  wire::ProtocolVersion version_of(unsigned slot) const { return clients_[slot].outgoing.context().version; }

  mock_broker::Engine engine_;
  wire::ProtocolVersion version_;
  Observer* observer_;
  transport::TimePoint now_{std::chrono::hours(1)};
  std::array<Client, Event::slots> clients_{};
  std::uint16_t last_packet_id_ = 0;
};

}  // namespace mqttspec::fuzz
