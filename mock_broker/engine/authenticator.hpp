#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mqttspec::mock_broker {

/// What the server says to a Client's Authentication Data.
struct AuthenticationStep {
  enum class Outcome : std::uint8_t { continues, succeeded, failed } outcome;
  std::optional<std::string> data = {};  ///< Authentication Data for the Client; not sent where it failed
};

/// One exchange of enhanced authentication, or of re-authentication (4.12).
class Authentication {
 public:
  virtual ~Authentication() = default;
  /// @param data Authentication Data of the CONNECT or AUTH; nothing where it had none
  virtual AuthenticationStep respond(const std::optional<std::string>& data) = 0;
};

/// An Authentication Method that the broker offers. The engine itself knows none.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual std::string_view method() const = 0;
  virtual std::unique_ptr<Authentication> begin() const = 0;
};

}  // namespace mqttspec::mock_broker
