#pragma once

#include "conformance/report/console.hpp"

#include <string>

namespace mqttspec::conformance::report {

/// Whether a verdict is shown with its evidence: what the broker is blamed for, what is unstable, and our own errors; what was inconclusive
/// only in the verbose report.
bool needs_evidence(Verdict verdict, Detail detail);

/// One case in full: what is blamed, what was expected, what was received, and all packets with their times.
/// @param number in front of it, counted from 1
std::string render_evidence(const CaseResult& result, int number, const ConsoleOptions& options);

}  // namespace mqttspec::conformance::report
