#pragma once

#include "conformance/report/console.hpp"
#include "conformance/runner/selftest.hpp"

#include <string>

namespace mqttspec::conformance::report {

/// What `mqttspec selftest` tells people: what is wrong with the suite, then the summary; verbose adds who has killed what.
std::string render_selftest(const SelftestResult& result, const ConsoleOptions& options);

}  // namespace mqttspec::conformance::report
