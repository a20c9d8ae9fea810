#pragma once

#include "mock_broker/engine/interceptor.hpp"
#include "reference/link/link.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace mqttspec::mock_broker {

using ClientViolation = link::Violation;

/// Records what clients do wrong, with a Link for each connection. It is given the bytes that were received and sent, whatever an
/// Interceptor or a decision of the broker makes of them, so that no client is reported for what the broker did.
class ClientWatch {
 public:
  using TimePoint = transport::TimePoint;

  struct Limits {
    std::size_t violations;             ///< that are kept, the first ones; 0: clients are not watched
    std::size_t sessions;               ///< of absent clients that are remembered
    std::uint32_t maximum_packet_size;  ///< bytes; a longer packet is not read
    transport::Duration transit;        ///< after this time a client must have received CONNACK
  };

  explicit ClientWatch(Limits limits) : limits_(limits), sessions_(limits.sessions) {}

  void connection_opened(ConnectionId id, TimePoint now);
  void received(ConnectionId id, wire::ByteView bytes, TimePoint now);
  void received_text_frame(ConnectionId id, TimePoint now);
  void offered_no_subprotocol(ConnectionId id, TimePoint now);
  void sent(ConnectionId id, wire::ByteView bytes, TimePoint now);
  /// Nothing was received until now.
  void time_passed(ConnectionId id, TimePoint now);
  void client_closed(ConnectionId id, TimePoint now);
  void server_closed(ConnectionId id, TimePoint now);
  void session_ended(std::string_view client_id) { sessions_.of_clients.forget(client_id); }

  const std::vector<ClientViolation>& violations() const { return violations_; }
  void clear() { violations_.clear(); }

 private:
  link::Link* find(ConnectionId id);
  void keep(link::Link& link);

  Limits limits_;
  link::Sessions sessions_;
  std::map<ConnectionId, link::Link> links_;
  std::vector<ClientViolation> violations_;
};

}  // namespace mqttspec::mock_broker
