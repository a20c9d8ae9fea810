#pragma once

#include "mock_broker/engine/message.hpp"
#include "reference/wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace mqttspec::mock_broker {

/// What waits in all Sessions together.
struct QueueTotals {
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

/// What one Session has still to get from the broker: messages that wait, messages in flight, and PUBREL packets without PUBCOMP (4.1). It
/// decides nothing and sends nothing; it keeps Packet Identifiers and order.
class Outbound {
 public:
  Outbound() = default;
  ~Outbound() { drop_waiting(); }
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;

  /// From now on what waits here is counted there as well. @param totals outlives this @pre nothing waits
  void count_in(QueueTotals& totals) { totals_ = &totals; }

  struct InFlight {
    wire::PacketId packet_id;
    Delivery delivery;
    bool sent = true;  ///< on the present Network Connection
  };
  struct Released {
    wire::PacketId packet_id;
    Delivery delivery;
    bool sent = true;
  };

  // ---- Messages that wait (QoS 1 and 2 in one line; QoS 0 in another, so that they never wait for an acknowledgement)

  void push(Delivery delivery);
  bool has_waiting(wire::QoS qos) const { return !line_of(qos).empty(); }
  Delivery& front(wire::QoS qos) { return line_of(qos).front(); }
  /// @param last takes the newest instead, as a broken broker does
  Delivery pop(wire::QoS qos, bool last = false);
  std::size_t waiting() const { return waiting_.size() + waiting_qos0_.size(); }
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  void drop_waiting();
  void drop_waiting_qos0();
  /// Forgets what has waited beyond its Message Expiry Interval [MQTT-3.3.2-5].
  void drop_expired(TimePoint now);

  // ---- Messages in flight

  /// A Packet Identifier that this Session does not use; nothing when all are in use.
  std::optional<wire::PacketId> unused_packet_id();
  InFlight& start(wire::PacketId packet_id, Delivery delivery);
  InFlight* find_in_flight(wire::PacketId packet_id);
  void finish(wire::PacketId packet_id);

  /// PUBREC has come: from now on it is the PUBREL that is unacknowledged. Kept in the order of the PUBRECs.
  void release(wire::PacketId packet_id);
  bool is_released(wire::PacketId packet_id) const;
  void complete(wire::PacketId packet_id);

  /// PUBLISH packets of QoS 1 and 2 sent on this connection, or released, whose exchange is not finished: they use up Receive Maximum
  /// (4.9).
  std::size_t unacknowledged() const;

  std::deque<InFlight>& in_flight() { return in_flight_; }
  std::deque<Released>& released() { return released_; }
  const std::deque<Released>& released() const { return released_; }
  /// A new Network Connection: everything in flight is to be sent again (4.4).
  void connection_changed();
  void drop_in_flight();
  /// Those of Shared Subscriptions that were not released yet.
  void drop_shared_in_flight();

  /// Takes out what came through a Shared Subscription and may go to another of its members: QoS 1, and QoS 2 that has not been sent
  /// (4.8.2).
  std::vector<Delivery> take_shared(bool started_qos2_too);

 private:
  std::deque<Delivery>& line_of(wire::QoS qos) { return qos == wire::QoS::at_most_once ? waiting_qos0_ : waiting_; }
  const std::deque<Delivery>& line_of(wire::QoS qos) const { return qos == wire::QoS::at_most_once ? waiting_qos0_ : waiting_; }

  void counted(const Delivery& delivery);
  void uncounted(const Delivery& delivery);

  QueueTotals* totals_ = nullptr;
  std::deque<Delivery> waiting_;
  std::deque<Delivery> waiting_qos0_;
  std::size_t waiting_bytes_ = 0;
  std::deque<InFlight> in_flight_;
  std::deque<Released> released_;
  std::set<std::uint16_t> used_;
  std::uint16_t last_packet_id_ = 0;
};

}  // namespace mqttspec::mock_broker
