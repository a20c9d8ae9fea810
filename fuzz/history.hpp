#pragma once

#include "fuzz/target.hpp"

#include <cstdint>
#include <optional>

namespace mqttspec::fuzz {

/// One event of a history: a byte that says what happens, to whom and how, and what goes with it.
struct Event {
  enum class What : std::uint8_t {
    client_packet = 0,  ///< a packet follows
    server_packet = 1,  ///< a packet follows; to an engine: a client's packet that comes in pieces
    answers = 2,        ///< the client answers what has come
    client_closes = 3,
    time_passes = 4,
    raw_bytes = 5,  ///< a byte with their number, and bytes follow
    server_closes = 6,
    again = 7,
  };
  static constexpr unsigned slots = 4;
  static constexpr unsigned arguments = 8;

  unsigned slot = 0;  ///< which of the connections
  What what = What::client_packet;
  unsigned argument = 0;
  wire::ByteView data{};  ///< the packet or the bytes

  bool has_packet() const { return what == What::client_packet || what == What::server_packet; }
};

/// The event at the front; nothing at the end.
std::optional<Event> take_event(wire::ByteView& input);
/// The byte in front of an event's data.
std::uint8_t first_byte(const Event& event);

}  // namespace mqttspec::fuzz
