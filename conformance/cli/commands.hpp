#pragma once

#include "conformance/cli/arguments.hpp"

namespace mqttspec::conformance::cli {

/// Each runs one subcommand to its end and says with which status the process exits.
ExitCode run_test(TestArguments arguments);
ExitCode run_mock(const MockArguments& arguments);
ExitCode run_selftest(const SelftestArguments& arguments);
ExitCode run_coverage(const CoverageArguments& arguments);

}  // namespace mqttspec::conformance::cli
