#pragma once

#include "conformance/harness/test.hpp"
#include "conformance/runner/results.hpp"

#include <set>
#include <string>
#include <vector>

/// The look at the end of a run at what is still on the broker, although each case cleans up behind itself.
namespace mqttspec::conformance {

/// Retained messages below the run's own topics, or on topics that cases have used. They are cleared once more.
/// @param run_prefix with which all names of this run begin
/// @return their topics; nothing where the broker does not let itself be asked
Awaitable<std::vector<std::string>> find_retained(Environment environment, std::string run_prefix, std::set<std::string> topics);

/// Whether the broker still has a Session for a Client Identifier. It is ended then.
Awaitable<bool> find_session(Environment environment, std::string client_id);

}  // namespace mqttspec::conformance
