#pragma once

#include "reference/transport/time.hpp"
#include "reference/wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mqttspec::conformance {

/// One thing that happened on a connection of a case.
struct TraceLine {
  enum class Kind : std::uint8_t {
    sent,      ///< bytes from the suite to the broker
    received,  ///< bytes from the broker
    event,     ///< opened, closed, a wait that ran out, a remark
  };
  transport::Duration at{};  ///< since the case began
  int connection = 0;        ///< 1, 2, … in the order of opening; 0: not about one connection
  std::string client;        ///< Client Identifier, as far as it is known
  Kind kind = Kind::event;
  std::string text;      ///< the packet described, or the event
  wire::Bytes bytes;     ///< of the packet; cut at 4 KiB
  std::size_t size = 0;  ///< of the packet, uncut; 0 where nothing was cut
};

using Trace = std::vector<TraceLine>;

}  // namespace mqttspec::conformance
