#pragma once

#include "conformance/harness/case.hpp"

#include <vector>

/// The table of cases: one function for each section of the standard, in its order.
namespace mqttspec::conformance {

/// All cases, in the order of the standard.
std::vector<Case> all_cases();

}  // namespace mqttspec::conformance
