#pragma once

#include <cstdint>
#include <string_view>

namespace mqttspec::spec {

/// Protocol Level (3.1, 3.1.1) or Protocol Version (5.0) in byte 7 of CONNECT's variable header (3.1.2.2);
/// for MQTT 3.1 the byte after the longer name "MQIsdp".
enum class ProtocolVersion : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5_0 = 5 };

/// "3.1", "3.1.1" or "5.0", as in the command line and the reports.
constexpr std::string_view name(ProtocolVersion version) {
  switch (version) {
    case ProtocolVersion::v3_1: return "3.1";
    case ProtocolVersion::v3_1_1: return "3.1.1";
    case ProtocolVersion::v5_0: return "5.0";
  }
  return "unknown";
}

}  // namespace mqttspec::spec
