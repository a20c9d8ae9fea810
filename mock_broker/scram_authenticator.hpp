#pragma once

#include "mock_broker/authenticator.hpp"

#include <map>
#include <memory>
#include <string>

namespace mqttspec::mock_broker {

/// SCRAM-SHA-256 for these users and their passwords.
std::shared_ptr<const Authenticator> scram_authenticator(std::map<std::string, std::string> users);

}  // namespace mqttspec::mock_broker
