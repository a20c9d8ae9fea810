#pragma once

#include "conformance/runner/results.hpp"

#include <string>

namespace mqttspec::conformance::report {

/// The traces of all cases as a pcapng file. Comments name the case and its verdict, and what happened beside packets.
std::string render_pcapng(const RunResult& result);

}  // namespace mqttspec::conformance::report
