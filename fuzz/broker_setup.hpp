#pragma once

#include "fuzz/target.hpp"
#include "mock_broker/engine/engine.hpp"

#include <optional>

namespace mqttspec::fuzz {

/// Limits so low that a short history reaches them.
void lower_limits(mock_broker::Configuration& configuration);

/// The broker that two bytes of options choose: what it offers, and which freedom of the standard it uses. Or the broken one.
mock_broker::Engine make_broker(std::uint8_t offers, std::uint8_t variant);
/// The same with low limits whatever the options say, and never broken.
mock_broker::Engine make_small_broker(std::uint8_t offers, std::uint8_t variant);

/// The broker with the defect that the environment variable MQTTSPEC_DEFECT names, for seeing that it is found. A fuzzing build has no
/// defects, which are half of its sources, and never makes one.
std::optional<mock_broker::Engine> make_broken_broker();

}  // namespace mqttspec::fuzz
