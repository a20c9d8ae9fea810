#pragma once

#include "conformance/harness/profile.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mqttspec::conformance {

/// What a profile says of a broker. docs/profile.md
struct KnownBroker {
  struct Credentials {
    std::string user_name;
    std::string password;
  };
  std::optional<Credentials> credentials{};
  Profile profile{};
};

/// @param file what errors call the text  @return one line that says what is wrong and where
std::expected<KnownBroker, std::string> parse_profile(std::string_view text, const std::string& file);
std::expected<KnownBroker, std::string> read_profile(const std::string& file);

}  // namespace mqttspec::conformance
