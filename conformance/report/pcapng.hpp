#pragma once

#include "reference/wire/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// Traffic of MQTT as pcapng files, which Wireshark and its relatives open.
namespace mqttspec::conformance::report {

/// What went over a Network Connection at one moment.
struct Traffic {
  std::chrono::system_clock::time_point at;
  std::uint32_t connection = 0;  ///< any number; the same for everything of one Network Connection
  wire::Direction from = wire::Direction::client_to_server;
  wire::Bytes bytes{};   ///< none: only a comment, which the next packet of the connection gets
  std::size_t size = 0;  ///< of what was sent, where `bytes` is only its beginning; else 0
  std::string comment{};
};

/// Each connection opens with its first traffic and ends behind its last; IP and TCP are made up around the bytes.
std::string render_pcapng(std::span<const Traffic> traffic);

}  // namespace mqttspec::conformance::report
