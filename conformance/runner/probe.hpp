#pragma once

#include "conformance/harness/test.hpp"
#include "conformance/runner/results.hpp"

#include <string>
#include <vector>

namespace mqttspec::conformance {

/// What one simple exchange (connect, subscribe, publish, receive) has shown of a broker in one version.
struct Probe {
  enum class Answer : std::uint8_t {
    served,       ///< the whole exchange worked
    unsupported,  ///< the broker said that it does not speak this version
    refused,      ///< a CONNACK refused us for another reason
    unserved,     ///< no or wrong answers
  };
  Answer answer = Answer::unserved;
  std::string evidence;  ///< one sentence
  bool late = false;     ///< the limit ran out
  /// The longest of a few publish-to-delivery times.
  transport::Duration latency{};
  std::vector<CapabilityResult> capabilities;
  std::vector<Capability> lacking;
};

/// Makes the exchange. @param environment its version and limit hold
Awaitable<Probe> probe(Environment environment);

}  // namespace mqttspec::conformance
