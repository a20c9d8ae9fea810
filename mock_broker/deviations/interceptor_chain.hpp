#pragma once

#include "mock_broker/engine/interceptor.hpp"

#include <memory>
#include <vector>

namespace mqttspec::mock_broker {

/// Several Interceptors, one behind the other: what comes passes the first one first, and so does what goes out.
class InterceptorChain final : public Interceptor {
 public:
  explicit InterceptorChain(std::vector<std::unique_ptr<Interceptor>> links);

  void frame_received(const Peer& peer, wire::Bytes& frame) override;
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override;
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override;

 private:
  std::vector<std::unique_ptr<Interceptor>> links_;
};

}  // namespace mqttspec::mock_broker
