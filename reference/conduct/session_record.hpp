#pragma once

#include "reference/conduct/deliveries.hpp"
#include "reference/conduct/receipts.hpp"
#include "reference/conduct/subscriptions.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace mqttspec::conduct {

/// Packets of a client that are kept until CONNACK says which Session they belong to.
inline constexpr std::size_t most_early_packets = 1'000;
inline constexpr std::size_t most_early_bytes = 1u << 20;

/// What was seen of one Session, over all its Network Connections.
struct SessionRecord {
  explicit SessionRecord(History history) : sent(history), received(history), subscriptions(history) {}

  /// A new Network Connection resumes the Session.
  /// @param other_maximum the Maximum Packet Size that the other end allows from now on: with a lower one, messages in flight may
  ///                      have become too large and are then discarded unseen (5.0, 3.1.2.11.4)
  void next_connection(std::uint32_t other_maximum) {
    sent.next_connection();
    received.next_connection();
    if (other_maximum < maximum_packet_size) sent.doubt_all();
    maximum_packet_size = other_maximum;
  }

  /// Something happened that leaves the Session in a state that cannot be known.
  void doubt() {
    sent.doubt_all();
    received.doubt_all();
    subscriptions.doubt_all();
  }

  Deliveries sent;    ///< messages from the judged end
  Receipts received;  ///< messages to the judged end
  Subscriptions subscriptions;
  std::uint32_t maximum_packet_size = std::numeric_limits<std::uint32_t>::max();  ///< of the other end
};

}  // namespace mqttspec::conduct
