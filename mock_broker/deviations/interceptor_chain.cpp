#include "mock_broker/deviations/interceptor_chain.hpp"

#include <iterator>

namespace mqttspec::mock_broker {
namespace {

template <class Item>
void append(std::vector<Item>& all, std::vector<Item> more) {
  all.insert(all.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
}

}  // namespace

InterceptorChain::InterceptorChain(std::vector<std::unique_ptr<Interceptor>> links) : links_(std::move(links)) {}

void InterceptorChain::frame_received(const Peer& peer, wire::Bytes& frame) {
  for (const auto& link : links_) link->frame_received(peer, frame);
}

std::vector<wire::Packet> InterceptorChain::packet_received(const Peer& peer, wire::Packet packet) {
  std::vector<wire::Packet> packets;
  packets.push_back(std::move(packet));
  for (const auto& link : links_) {
    std::vector<wire::Packet> changed;
    for (auto& each : packets) append(changed, link->packet_received(peer, std::move(each)));
    packets = std::move(changed);
  }
  return packets;
}

Outgoing InterceptorChain::packet_to_send(const Peer& peer, wire::Packet packet) {
  Outgoing outgoing;
  outgoing.emplace_back(std::move(packet));
  for (const auto& link : links_) {
    Outgoing changed;
    for (auto& each : outgoing) {
      if (auto* whole = std::get_if<wire::Packet>(&each))
        append(changed, link->packet_to_send(peer, std::move(*whole)));
      else
        changed.push_back(std::move(each));
    }
    outgoing = std::move(changed);
  }
  return outgoing;
}

}  // namespace mqttspec::mock_broker
