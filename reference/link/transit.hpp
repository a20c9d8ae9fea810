#pragma once

#include "reference/transport/time.hpp"
#include "reference/wire/packet.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>

namespace mqttspec::link {

using transport::Duration;
using transport::TimePoint;

/// How long a packet may be on its way before it counts as received.
inline constexpr Duration usual_transit = std::chrono::seconds(10);

/// Decides whether a client must have received CONNACK. Until then it cannot know the limits in it: a client need not wait for CONNACK
/// (3.1.4), and what it sends may have crossed with it.
///
/// It must have received CONNACK when it has sent something that answers a packet which the server sent after CONNACK, since packets
/// arrive in order: an acknowledgement, an AUTH, or a request with a Packet Identifier that only that answer has set free. Otherwise it
/// counts as received when the transit time has passed.
class Transit {
 public:
  explicit Transit(Duration longest = usual_transit) : longest_(longest) {}

  void server_sent(const wire::Packet& packet, TimePoint now);
  void client_sent(const wire::Packet& packet, TimePoint now);
  /// Since when the client must have had CONNACK; nothing while that is uncertain.
  std::optional<TimePoint> client_has_connack(TimePoint now) const;

 private:
  void prove(TimePoint now);

  Duration longest_;
  std::optional<TimePoint> connack_sent_;
  std::optional<TimePoint> proved_;
  bool clean_start_ = false;  ///< of CONNECT: otherwise acknowledgements may be left over from an earlier Network Connection
  // All of these are about packets after CONNACK, and empty once CONNACK is proved to have been received.
  bool challenged_ = false;            ///< the server sent AUTH
  std::set<std::uint16_t> delivered_;  ///< Packet Identifiers of PUBLISH packets that the server sent
  std::set<std::uint16_t> requested_;  ///< Packet Identifiers of what the client sent on this Network Connection
  std::set<std::uint16_t> answered_;   ///< those of them that the server has answered
};

}  // namespace mqttspec::link
