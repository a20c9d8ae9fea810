#pragma once

#include "reference/spec/protocol_version.hpp"
#include "reference/wire/packet.hpp"
#include "reference/wire/types.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mqttspec::mock_broker {

/// A Network Connection as the engine knows it. Never reused by one engine.
using ConnectionId = std::uint64_t;

/// Whose packet an Interceptor is looking at.
struct Peer {
  ConnectionId connection;
  spec::ProtocolVersion version;  ///< 5.0 until a CONNECT has been read
  std::string_view client_id;     ///< empty until a CONNECT has been accepted
};

/// What goes out in place of a packet: packets, or bytes that need not be one.
using Outgoing = std::vector<std::variant<wire::Packet, wire::Bytes>>;

/// Stands between the engine and its peers, at the packet boundary, and may change what passes. It knows nothing of the engine and the
/// engine nothing of it: defects and variants that are a matter of packets and not of decisions are Interceptors.
class Interceptor {
 public:
  virtual ~Interceptor() = default;

  /// A whole packet as it came, before it is decoded: what is made valid here is a malformed packet that the broker tolerates, what is
  /// emptied one that it passes over.
  virtual void frame_received([[maybe_unused]] const Peer& peer, [[maybe_unused]] wire::Bytes& frame) {}

  /// A valid packet that came. @return what the engine shall process in its place
  virtual std::vector<wire::Packet> packet_received([[maybe_unused]] const Peer& peer, wire::Packet packet) {
    std::vector<wire::Packet> packets;
    packets.push_back(std::move(packet));
    return packets;
  }

  /// A packet that the engine sends. @return what goes out in its place
  virtual Outgoing packet_to_send([[maybe_unused]] const Peer& peer, wire::Packet packet) {
    Outgoing outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }
};

}  // namespace mqttspec::mock_broker
