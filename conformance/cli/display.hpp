#pragma once

#include "conformance/cli/arguments.hpp"
#include "conformance/report/console.hpp"
#include "conformance/report/progress.hpp"

#include <cstdio>
#include <memory>

/// What the options of the terminal lead to, for all commands that have them.
namespace mqttspec::conformance::cli {

report::ConsoleOptions console_options(std::FILE* stream, const Display& display);

/// A progress line on standard error; nullptr where none is wanted, or nobody would see it.
std::unique_ptr<report::Progress> make_progress(const Display& display);

}  // namespace mqttspec::conformance::cli
