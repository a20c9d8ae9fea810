#pragma once

#include "reference/spec/protocol_version.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace mqttspec::wire {

using spec::ProtocolVersion;

/// Leaves what a container makes room for as it is, because it is written right away: packets are sized first and written once.
template <class T>
struct UninitializedAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = UninitializedAllocator<U>;
  };
  using std::allocator<T>::allocator;
  template <class U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
};

/// Encoded bytes, owned and viewed. Bytes(n) and resize() give bytes of any value; Bytes(n, value) sets them.
using Bytes = std::vector<std::uint8_t, UninitializedAllocator<std::uint8_t>>;
using ByteView = std::span<const std::uint8_t>;

/// MQTT Control Packet type: the upper four bits of the first byte (2.1.2). AUTH exists in 5.0 only.
enum class PacketType : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

/// The packet's name as the standard writes it: "CONNECT", "PUBACK".
constexpr std::string_view name(PacketType type) {
  constexpr std::string_view names[] = {"reserved (0)", "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
                                        "PUBREL",       "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
                                        "PINGREQ",      "PINGRESP", "DISCONNECT", "AUTH"};
  return names[static_cast<std::size_t>(type) & 0x0F];
}

/// Which end sends.
enum class Direction : std::uint8_t { client_to_server, server_to_client };

/// Quality of Service (4.3).
enum class QoS : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

constexpr int number(QoS qos) { return static_cast<int>(qos); }

/// Retain Handling option of a subscription (5.0, 3.8.3.1).
enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

/// Packet Identifier (2.2.1), 1..65535.
class PacketId {
 public:
  /// @throws std::invalid_argument for 0
  constexpr explicit PacketId(std::uint16_t value) : value_(value) {
    if (value == 0) throw std::invalid_argument("a Packet Identifier is never 0; use wire::raw to send one");
  }
  /// The forbidden 0. Only the decoder makes it, for a packet that breaks the rule and is nevertheless to be judged; to send it, use
  /// wire::raw.
  static constexpr PacketId zero() { return PacketId(); }

  constexpr std::uint16_t value() const { return value_; }
  constexpr bool is_zero() const { return value_ == 0; }
  constexpr auto operator<=>(const PacketId&) const = default;

 private:
  constexpr PacketId() = default;

  std::uint16_t value_ = 0;
};

/// Largest Remaining Length that four bytes can carry (2.1.4).
inline constexpr std::uint32_t maximum_remaining_length = 268'435'455;
/// Bytes in which a Variable Byte Integer is written (1.5.5); the Remaining Length is one.
constexpr std::size_t width_of_integer(std::size_t value) { return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20'0000 ? 3 : 4; }
/// Longest UTF-8 Encoded String, and longest Binary Data, in bytes (1.5.4, 1.5.6).
inline constexpr std::size_t maximum_string = 65'535;
/// Largest packet: a fixed header of five bytes and the largest Remaining Length.
inline constexpr std::uint32_t maximum_packet_size = maximum_remaining_length + 5;

}  // namespace mqttspec::wire
