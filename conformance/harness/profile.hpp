#pragma once

#include <optional>
#include <string>

namespace mqttspec::conformance {

/// What no packet tells of a broker, and its user does. docs/profile.md
struct Profile {
  /// Whether the credentials of the run are the only ones that let a client in with their User Name: a wrong password has to be refused.
  bool passwords_are_checked = false;
  std::optional<std::string> forbidden_publish{};    ///< a Topic Name that the client of the run may not publish to
  std::optional<std::string> forbidden_subscribe{};  ///< a Topic Filter that it may not subscribe to
};

}  // namespace mqttspec::conformance
