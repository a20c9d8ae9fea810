#pragma once

#include "mock_broker/engine/interceptor.hpp"
#include "reference/conduct/client_conduct.hpp"
#include "reference/transport/time.hpp"
#include "reference/wire/packet.hpp"
#include "reference/wire/violation.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::mock_broker {

/// A client has broken a rule: something for its author to read, and for its tests to assert on.
struct ClientViolation {
  ConnectionId connection = 0;
  std::string client_id;  ///< as assigned by the broker where the client left it to it; empty until there was a CONNECT
  spec::ProtocolVersion version = spec::ProtocolVersion::v5_0;
  std::string_view rule;      ///< "client/second-connect": see `mqttspec coverage`
  spec::Clause clause;        ///< the statement of this version, or its section
  std::string explanation;    ///< what came, and why it breaks the rule
  transport::TimePoint time;  ///< of the engine's clock
};

/// "[MQTT-3.1.0-2] client 'a', connection 3, MQTT 5.0: CONNECT came a second time …"
std::string to_string(const ClientViolation& violation);

/// Looks over the clients' shoulders with a ClientConduct for each connection, and writes down what they do wrong. It sees what really came
/// and what really goes out, whatever an Interceptor or a Behaviour make of it, so that no client is blamed for what the broker did.
///
/// A client that does not wait for CONNACK cannot know the limits in it: what comes together with CONNECT is not held to them, what comes
/// later is.
class ClientWatch {
 public:
  using TimePoint = transport::TimePoint;

  /// @param most_violations how many are kept, the first ones; 0: clients are not watched
  /// @param most_sessions how many Sessions of clients that are away are remembered
  ClientWatch(std::size_t most_violations, std::size_t most_sessions) : most_violations_(most_violations), sessions_(most_sessions) {}

  void connection_opened(ConnectionId id);
  /// Bytes have come: whatever the broker has sent before is taken as read.
  void input_begins(ConnectionId id);
  void received(ConnectionId id, const wire::Packet& packet, TimePoint now);
  void received_malformed(ConnectionId id, const wire::Violation& violation, TimePoint now);
  void received_text_frame(ConnectionId id, TimePoint now);
  void offered_no_subprotocol(ConnectionId id, TimePoint now);
  void received_too_large(ConnectionId id, TimePoint now);
  void sent(ConnectionId id, const wire::Packet& packet, TimePoint now);
  /// Something went out that need not be a packet.
  void sent_anything(ConnectionId id, TimePoint now);
  /// Nothing came for one and a half times the Keep Alive.
  void kept_silent(ConnectionId id, TimePoint now);
  void client_closed(ConnectionId id, TimePoint now);
  void server_closed(ConnectionId id, TimePoint now);
  void session_ended(std::string_view client_id);

  const std::vector<ClientViolation>& violations() const { return violations_; }
  void clear() { violations_.clear(); }

 private:
  struct Watched {
    explicit Watched(conduct::ClientSessions& sessions) : conduct(sessions) {}
    conduct::ClientConduct conduct;
    std::string client_id{};
    bool connack_sent = false;
  };

  Watched* find(ConnectionId id);
  void keep(ConnectionId id, const Watched& watched, conduct::Findings findings, TimePoint now);
  void keep(ConnectionId id, const Watched& watched, std::string_view rule_id, std::string explanation, TimePoint now);

  std::size_t most_violations_;
  conduct::ClientSessions sessions_;
  std::map<ConnectionId, Watched> watched_;
  std::vector<ClientViolation> violations_;
};

}  // namespace mqttspec::mock_broker
