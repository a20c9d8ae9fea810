#include "conformance/cli/commands.hpp"
#include "conformance/cli/interrupt.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/report/json.hpp"
#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/defects.hpp"
#include "mock_broker/server.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace mqttspec::conformance::cli {
namespace {

constexpr std::string_view command = "mock";

void list_defects() {
  std::size_t longest = 0;
  for (const mock_broker::Defect& defect : mock_broker::defects()) longest = std::max(longest, defect.id.size());
  for (const mock_broker::Defect& defect : mock_broker::defects()) {
    print(stdout, fmt::format("{:<{}}  {}\n", defect.id, longest, defect.summary));
  }
}

/// @return the files of TLS read, where one of the URLs needs them; or one line that says what is wrong with them
std::expected<transport::ListenOptions, std::string> listen_options(const MockArguments& arguments) {
  if (!arguments.needs_certificate()) return transport::ListenOptions{};
  auto tls = transport::load_tls_server(arguments.tls);
  if (!tls) return std::unexpected(std::move(tls.error()));
  return transport::ListenOptions{.tls = *std::move(tls)};
}

/// Clients are given a moment to take the DISCONNECT and to close.
transport::Awaitable<void> stop_when_clients_are_told(transport::Runtime& runtime, const mock_broker::Server& server) {
  constexpr std::chrono::milliseconds step{5};
  constexpr int most_steps = 100;
  for (int i = 0; i < most_steps && server.connections() > 0; ++i) co_await runtime.sleep_for(step);
  runtime.stop();
}

/// Serves until a signal comes. `places` is told where it listens. @return false where it could not listen
bool serve(transport::Runtime& runtime, mock_broker::Server& server, const std::vector<transport::Url>& urls,
           const transport::ListenOptions& options, std::FILE* places) {
  // The watch begins first: whoever reads where the broker listens may stop it at once.
  const InterruptWatch watch([&] {
    runtime.executor().execute([&] {
      server.stop();
      runtime.spawn(stop_when_clients_are_told(runtime, server));
    });
  });
  for (const transport::Url& url : urls) {
    const auto listening = server.listen(url, options);
    if (!listening) {
      complain(command, fmt::format("cannot listen on {}: {}", transport::to_string(url), listening.error().message));
      return false;
    }
    print(places, fmt::format("listening on {}\n", transport::to_string(*listening)));
  }
  runtime.run();
  return true;
}

}  // namespace

ExitCode run_mock(const MockArguments& arguments) {
  if (arguments.list_defects) {
    list_defects();
    return conforms;
  }
  const mock_broker::Defect* defect = nullptr;
  if (!arguments.defect.empty()) {
    defect = mock_broker::find_defect(arguments.defect);
    if (defect == nullptr) {
      complain(command, fmt::format("no defect '{}'; see mqttspec mock --list-defects", arguments.defect));
      return wrong_usage;
    }
  }
  if (const auto writable = check_writable(arguments.json_file); !writable) {
    complain(command, writable.error());
    return wrong_usage;
  }
  const auto options = listen_options(arguments);
  if (!options) {
    complain(command, options.error());
    return wrong_usage;
  }
  const auto runtime = transport::make_real_runtime();
  const mock_broker::Configuration configuration{.users = arguments.users, .anonymous_allowed = arguments.users.empty()};
  auto server = defect == nullptr ? mock_broker::Server(*runtime, configuration)
                                  : mock_broker::Server(*runtime, mock_broker::setup_with(*defect, configuration));
  if (!arguments.quiet)
    server.on_violation([](const mock_broker::ClientViolation& violation) { print(stdout, link::to_string(violation) + "\n"); });
  // The record has standard output to itself.
  const bool is_served = serve(*runtime, server, arguments.listen, *options, arguments.json_file == "-" ? stderr : stdout);
  const auto violations = server.violations();
  if (!arguments.json_file.empty()) {
    const auto written = write_file(arguments.json_file, report::render_json(violations, configuration.maximum_violations));
    if (!written) {
      complain(command, written.error());
      return not_completed;
    }
  }
  if (!is_served) return not_completed;
  return arguments.strict && !violations.empty() ? broken : conforms;
}

}  // namespace mqttspec::conformance::cli
