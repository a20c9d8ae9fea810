#pragma once

#include "conformance/harness/case.hpp"

#include <vector>

namespace mqttspec::conformance {

/// All cases, in the order of the standard. Their table is broker/sections.hpp.
std::vector<Case> all_cases();

}  // namespace mqttspec::conformance
