#pragma once

#include "mock_broker/engine/interceptor.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/packet.hpp"

#include <concepts>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Interceptors in one line, for the tables of defects and variants: `changing_sent<wire::Puback, [](wire::Puback& p) { … }>` is a function
/// that makes one. The function given may take the Peer too.
namespace mqttspec::mock_broker::mutations {

/// The other Packet Identifier that a broken broker takes for `id`.
inline wire::PacketId other(wire::PacketId id) {
  return wire::PacketId(id.value() == 65'535 ? std::uint16_t{1} : static_cast<std::uint16_t>(id.value() + 1));
}

namespace detail {

/// Calls a function without state that came as a template argument. It is made anew from its type: clang 19 gives the objects behind such
/// arguments names that clash between translation units.
template <auto Function, class P>
decltype(auto) call(P& packet, const Peer& peer) {
  if constexpr (!std::is_class_v<decltype(Function)>)
    return Function(packet, peer);
  else if constexpr (std::invocable<decltype(Function), P&, const Peer&>)
    return decltype(Function){}(packet, peer);
  else
    return decltype(Function){}(packet);
}

/// Hands each packet of one type that goes out to `Change`, which may drop it by returning false.
template <class P, auto Change>
class ChangeSent final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    if (auto* changed = std::get_if<P>(&packet)) {
      if constexpr (std::is_same_v<decltype(call<Change>(*changed, peer)), bool>) {
        if (!call<Change>(*changed, peer)) return outgoing;
      } else {
        call<Change>(*changed, peer);
      }
    }
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }
};

template <class P, auto Change>
class ChangeReceived final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    if (auto* changed = std::get_if<P>(&packet)) {
      if constexpr (std::is_same_v<decltype(call<Change>(*changed, peer)), bool>) {
        if (!call<Change>(*changed, peer)) return {};
      } else {
        call<Change>(*changed, peer);
      }
    }
    std::vector<wire::Packet> packets;
    packets.push_back(std::move(packet));
    return packets;
  }
};

/// Lets `Replace(packet, peer)` say what goes out in the place of each packet of one type.
template <class P, auto Replace>
class ReplaceSent final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    if (auto* replaced = std::get_if<P>(&packet)) return call<Replace>(*replaced, peer);
    Outgoing outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }
};

template <class P, auto Change>
class ChangeBytes final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    if (!std::holds_alternative<P>(packet)) {
      outgoing.emplace_back(std::move(packet));
      return outgoing;
    }
    wire::Bytes bytes = wire::encode(packet, peer.version);
    call<Change>(bytes, peer);
    outgoing.emplace_back(std::move(bytes));
    return outgoing;
  }
};

template <wire::PacketType Type, auto Repair>
class RepairReceived final : public Interceptor {
 public:
  void frame_received(const Peer& peer, wire::Bytes& frame) override {
    if (!frame.empty() && static_cast<wire::PacketType>(frame[0] >> 4) == Type) call<Repair>(frame, peer);
  }
};

template <class P>
Outgoing both(P& packet, const Peer&) {
  Outgoing outgoing;
  outgoing.emplace_back(packet);
  outgoing.emplace_back(packet);
  return outgoing;
}

}  // namespace detail

/// Keeps a packet of a type back until the next one of that type, and sends them in the reverse order; another packet sets it free.
template <class P>
class SwapsPairs final : public Interceptor {
 public:
  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    Outgoing outgoing;
    const auto kept = kept_.find(peer.connection);
    if (kept == kept_.end()) {
      if (std::holds_alternative<P>(packet))
        kept_.emplace(peer.connection, std::move(packet));
      else
        outgoing.emplace_back(std::move(packet));
      return outgoing;
    }
    if (std::holds_alternative<P>(packet)) std::swap(packet, kept->second);
    outgoing.emplace_back(std::move(kept->second));
    outgoing.emplace_back(std::move(packet));
    kept_.erase(kept);
    return outgoing;
  }

 private:
  std::map<ConnectionId, wire::Packet> kept_;
};

template <class I>
std::unique_ptr<Interceptor> making() {
  return std::make_unique<I>();
}

/// Changes packets that the engine sends; `false` drops one.
template <class P, auto Change>
std::unique_ptr<Interceptor> changing_sent() {
  return std::make_unique<detail::ChangeSent<P, Change>>();
}

/// Changes packets before the engine processes them; `false` drops one.
template <class P, auto Change>
std::unique_ptr<Interceptor> changing_received() {
  return std::make_unique<detail::ChangeReceived<P, Change>>();
}

template <class P>
std::unique_ptr<Interceptor> dropping_sent() {
  return changing_sent<P, [](const P&) { return false; }>();
}

template <class P>
std::unique_ptr<Interceptor> dropping_received() {
  return changing_received<P, [](const P&) { return false; }>();
}

template <class P>
std::unique_ptr<Interceptor> sending_twice() {
  return std::make_unique<detail::ReplaceSent<P, &detail::both<P>>>();
}

/// @tparam Replace Outgoing(P&) or Outgoing(P&, const Peer&)
template <class P, auto Replace>
std::unique_ptr<Interceptor> replacing_sent() {
  return std::make_unique<detail::ReplaceSent<P, Replace>>();
}

/// Changes the bytes of packets that the engine sends, and may make them invalid.
template <class P, auto Change>
std::unique_ptr<Interceptor> changing_bytes() {
  return std::make_unique<detail::ChangeBytes<P, Change>>();
}

/// Changes the bytes of packets of one type before they are decoded. What is made valid so is tolerated.
template <wire::PacketType Type, auto Repair>
std::unique_ptr<Interceptor> repairing() {
  return std::make_unique<detail::RepairReceived<Type, Repair>>();
}

}  // namespace mqttspec::mock_broker::mutations
