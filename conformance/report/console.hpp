#pragma once

#include "conformance/report/style.hpp"
#include "conformance/runner/baseline.hpp"
#include "conformance/runner/results.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace mqttspec::conformance::report {

/// How much the console report tells.
enum class Detail : std::uint8_t {
  quiet,    ///< what did not pass, nor end as the baseline says, and the summary
  normal,   ///< and every section that was run
  verbose,  ///< and every case, and the bytes of every packet
};

struct ConsoleOptions {
  Colour colour = Colour::off;
  Detail detail = Detail::normal;
  std::size_t columns = 100;  ///< 60 or more
};

/// The whole report, for people: the sections of each version, then the evidence for what went wrong, then the summary. Nothing that a
/// broker sent reaches the terminal unescaped.
/// @param baseline what it expects is told by its reason alone, unless all is to be told; when quiet, not at all
std::string render_console(const RunResult& result, const ConsoleOptions& options, const Baseline& baseline = {});

/// How the run stands against a baseline.
/// @param file the baseline's name
std::string render_comparison(std::span<const Unexpected> unexpected, const std::string& file, const ConsoleOptions& options);

/// `--list`: one line for each case and version.
std::string render_list(std::span<const CaseResult> cases, const ConsoleOptions& options);

}  // namespace mqttspec::conformance::report
