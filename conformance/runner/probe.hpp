#pragma once

#include "conformance/harness/test.hpp"
#include "conformance/runner/results.hpp"

#include <set>
#include <string>
#include <vector>

namespace mqttspec::conformance {

/// How far a simple exchange comes, step by step.
enum class Milestone : std::uint8_t { nothing, network_connection, connack, suback, delivery };

/// What one simple exchange (connect, subscribe, publish, receive) has shown of a broker in one version.
struct Probe {
  enum class Answer : std::uint8_t {
    served,       ///< the whole exchange worked
    unsupported,  ///< the broker said that it does not speak this version
    refused,      ///< a CONNACK refused us for another reason
    unserved,     ///< no or wrong answers
  };
  Answer answer = Answer::unserved;
  Milestone reached = Milestone::nothing;
  std::string evidence;                           ///< one sentence
  bool late = false;                              ///< the limit ran out
  bool needed_patience = false;                   ///< it was served only with a longer limit
  bool closed_on_connect = false;                 ///< the broker ended the connection on CONNECT, without a word
  std::vector<transport::Duration> deliveries{};  ///< times from PUBLISH to delivery
  transport::Duration subscription_lag{};         ///< the longest from SUBACK to the PUBLISH that came first
  std::set<wire::PacketType> received{};          ///< types of packets that have come
  std::vector<CapabilityResult> capabilities;
  std::vector<Capability> lacking;
};

/// Makes the exchange, and measures how fast it goes. @param environment its version and limit hold
Awaitable<Probe> probe(Environment environment);

/// Makes the exchange once, only so far. @return `served` where it came there
Awaitable<Probe> probe_up_to(Environment environment, Milestone enough);

}  // namespace mqttspec::conformance
