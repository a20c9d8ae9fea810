#include "conformance/cli/commands.hpp"
#include "conformance/cli/output.hpp"

#include <csignal>
#include <exception>
#include <variant>

namespace {

using namespace mqttspec::conformance::cli;

struct RunCommand {
  ExitCode operator()(const TestArguments& arguments) const { return run_test(arguments); }
  ExitCode operator()(const MockArguments& arguments) const { return run_mock(arguments); }
  ExitCode operator()(const CoverageArguments& arguments) const { return run_coverage(arguments); }
  ExitCode operator()(const SelftestArguments& arguments) const { return run_selftest(arguments); }
};

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const auto arguments = parse_arguments(count, words);
    if (arguments) return std::visit(RunCommand(), *arguments);
    print(arguments.error().code == conforms ? stdout : stderr, arguments.error().text);
    return arguments.error().code;
  } catch (const std::exception& error) {
    complain("stopped", error.what());
    return not_completed;
  }
}
