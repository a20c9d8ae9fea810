#pragma once

#include "mock_broker/engine/authenticator.hpp"

#include "reference/scram/scram.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace mqttspec::mock_broker {

/// SCRAM-SHA-256 for these users and their passwords. @param make_nonce of the salt and of each exchange; printable
std::shared_ptr<const Authenticator> scram_authenticator(std::map<std::string, std::string> users,
                                                         std::function<std::string()> make_nonce = scram::random_nonce);

}  // namespace mqttspec::mock_broker
