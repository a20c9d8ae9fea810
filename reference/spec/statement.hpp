#pragma once

#include <cstdint>
#include <string_view>

namespace mqttspec::spec {

/// The side to which a statement applies.
enum class Role : std::uint8_t { client, server, both };

/// Requirement level (RFC 2119). A statement with several keywords has the strongest of them, in this order.
enum class Level : std::uint8_t { must, must_not, should, should_not, may };

/// One normative statement of the standard.
struct Statement {
  std::string_view id;             ///< "MQTT-3.1.2-24", unique within one version
  std::string_view section;        ///< "3.1.2"
  std::string_view section_title;  ///< "CONNECT Variable Header"
  Role role;
  Level level;
  std::string_view requirement;  ///< in our own words, one line
};

}  // namespace mqttspec::spec
