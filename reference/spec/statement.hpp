#pragma once

#include <cstdint>
#include <string_view>

namespace mqttspec::spec {

/// Whose conduct a statement is about.
enum class Role : std::uint8_t { client, server, both };

/// How binding a statement is (RFC 2119). A statement that holds several takes the strongest: must, must not, should, should not, may.
enum class Level : std::uint8_t { must, must_not, should, should_not, may };

/// One normative statement of the standard.
struct Statement {
  std::string_view id;             ///< "MQTT-3.1.2-24", unique within one version
  std::string_view section;        ///< "3.1.2"
  std::string_view section_title;  ///< "CONNECT Variable Header"
  Role role;
  Level level;
  std::string_view requirement;  ///< what it demands, in our own words, one line
};

}  // namespace mqttspec::spec
