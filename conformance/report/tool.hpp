#pragma once

#include <string_view>

/// The program's own name and version, as every report gives them.
namespace mqttspec::conformance::report {

inline constexpr std::string_view tool_name = "mqttspec";
inline constexpr std::string_view tool_version = "0.1.0";

}  // namespace mqttspec::conformance::report
