#pragma once

#include "conformance/report/coverage.hpp"
#include "conformance/runner/results.hpp"
#include "conformance/runner/selftest.hpp"
#include "mock_broker/engine/client_watch.hpp"

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>

namespace mqttspec::conformance::report {

/// The report for programs, described by docs/report.schema.json and docs/report-format.md. Two runs of one seed on the embedded broker
/// differ in `started` and in the outermost `seconds` only. Written case by case, since traces may be large.
void write_json(std::ostream& out, const RunResult& result);

/// `coverage --json`: what stands for each statement, `{"tool": …, "statements": […]}`.
std::string render_json(std::span<const CoveredStatement> statements);

/// `selftest --json`, described by docs/selftest.schema.json. Two runs of one seed differ in the members named `seconds` only.
std::string render_json(const SelftestResult& result);

/// `mock --json`: `{"tool": …, "violations": […], "complete": …}`, oldest violation first.
/// @param most how many the broker keeps; where it has kept so many, there may have been more
std::string render_json(std::span<const mock_broker::ClientViolation> violations, std::size_t most);

}  // namespace mqttspec::conformance::report
