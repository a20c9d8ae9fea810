#include "conformance/cases/cases.hpp"
#include "conformance/cli/collector.hpp"
#include "conformance/cli/commands.hpp"
#include "conformance/cli/display.hpp"
#include "conformance/cli/embedded_broker.hpp"
#include "conformance/cli/interrupt.hpp"
#include "conformance/cli/known_names.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/report/capture.hpp"
#include "conformance/report/json.hpp"
#include "conformance/runner/profile.hpp"
#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/defects.hpp"
#include "mock_broker/server.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <ostream>
#include <random>

namespace mqttspec::conformance::cli {
namespace {

constexpr std::string_view command = "test";

/// What is looked up once the command line has been read. Nothing has been run yet.
struct Plan {
  std::vector<Case> cases;
  std::vector<CaseResult> listed;
  std::shared_ptr<const transport::TlsClient> tls = nullptr;
  std::optional<KnownBroker> known_broker = {};
  const mock_broker::Defect* defect = nullptr;
  Baseline baseline;
};

std::expected<Baseline, std::string> find_baseline(const TestArguments& arguments, const KnownNames& names) {
  const std::string& file = arguments.baseline_file;
  std::error_code unknown;
  const bool is_new = arguments.update_baseline && !std::filesystem::exists(file, unknown);
  if (file.empty() || is_new) return Baseline{};
  return read_baseline(file, [&](ProtocolVersion version, std::string_view id) { return names.has_case(version, id); });
}

/// @return what to run, or one line that says what is wrong with the arguments
std::expected<Plan, std::string> make_plan(const TestArguments& arguments) {
  Plan plan{.cases = all_cases(), .listed = {}, .baseline = {}};
  const KnownNames names(plan.cases);
  if (const auto idle = names.idle_pattern(arguments.run)) {
    return std::unexpected(fmt::format("nothing matches '{}' in the versions to be tested; see --list", *idle));
  }
  plan.listed = list_cases(plan.cases, arguments.run);
  if (plan.listed.empty()) return std::unexpected("--mqtt, --only and --skip leave no case to run; see --list");
  if (!arguments.defect.empty()) {
    plan.defect = mock_broker::find_defect(arguments.defect);
    if (plan.defect == nullptr) return std::unexpected(fmt::format("no defect '{}'; see mqttspec mock --list-defects", arguments.defect));
  }
  if (arguments.list) return plan;
  if (arguments.url && transport::is_tls(arguments.url->scheme)) {
    auto tls = transport::load_tls_client(arguments.tls);
    if (!tls) return std::unexpected(tls.error());
    plan.tls = *std::move(tls);
  }
  if (!arguments.profile_file.empty()) {
    auto known = read_profile(arguments.profile_file);
    if (!known) return std::unexpected(known.error());
    if (known->credentials && (arguments.run.user_name || arguments.run.password))
      return std::unexpected(fmt::format("{} has credentials: leave --username and --password away", arguments.profile_file));
    plan.known_broker = *std::move(known);
  }
  auto baseline = find_baseline(arguments, names);
  if (!baseline) return std::unexpected(baseline.error());
  plan.baseline = *std::move(baseline);
  for (const std::string& file : {arguments.json_file, arguments.pcap_file})
    if (const auto writable = check_writable(file); !writable) return std::unexpected(writable.error());
  if (!arguments.update_baseline) return plan;
  if (const auto writable = check_writable(arguments.baseline_file); !writable) return std::unexpected(writable.error());
  return plan;
}

/// Where the report for people goes: standard output may be taken by another one.
std::FILE* console_stream(const TestArguments& arguments) {
  return arguments.json_file == "-" || arguments.pcap_file == "-" ? stderr : stdout;
}

report::ConsoleOptions console_options(const TestArguments& arguments) {
  return cli::console_options(console_stream(arguments), arguments.display);
}

/// @return the status that the verdicts call for
ExitCode judge_alone(const RunResult& result, const TestArguments& arguments) {
  const auto& summary = result.summary;
  const auto judged = summary[Verdict::pass] + summary[Verdict::fail] + summary[Verdict::warn] + summary[Verdict::flaky];
  if (judged == 0 && summary[Verdict::inconclusive] > 0) {
    complain(command, "no case came to its point, so nothing is known of this broker; the report says what went wrong");
    return not_completed;
  }
  const bool is_broken = summary[Verdict::fail] > 0 || (arguments.strict && summary[Verdict::warn] > 0);
  return is_broken ? broken : conforms;
}

ExitCode judge_by_baseline(const RunResult& result, const TestArguments& arguments, const Baseline& baseline) {
  const bool is_selection = !arguments.run.selection.only.empty() || !arguments.run.selection.skip.empty() || arguments.run.fail_fast;
  const auto unexpected = compare(result, baseline, is_selection ? Coverage::partial : Coverage::complete);
  print(console_stream(arguments), report::render_comparison(unexpected, arguments.baseline_file, console_options(arguments)));
  return unexpected.empty() ? conforms : broken;
}

ExitCode write_baseline(const RunResult& result, const TestArguments& arguments, const Baseline& baseline) {
  if (const auto written = write_file(arguments.baseline_file, to_toml(update(baseline, result))); !written) {
    complain(command, written.error());
    return not_completed;
  }
  print(console_stream(arguments), fmt::format("The baseline {} has been written\n", arguments.baseline_file));
  return conforms;
}

/// Writes a report to the file that was asked for.
/// @return false if it could not be written
bool write_report(const std::string& file, const std::function<void(std::ostream& out)>& write) {
  if (file.empty()) return true;
  const auto written = write_file(file, write);
  if (!written) complain(command, written.error());
  return written.has_value();
}

/// Writes all reports.
ExitCode report_run(const RunResult& result, const TestArguments& arguments, const Plan& plan) {
  const bool json_is_written = write_report(arguments.json_file, [&](std::ostream& out) { report::write_json(out, result); });
  const bool pcap_is_written = write_report(arguments.pcap_file, [&](std::ostream& out) { out << report::render_pcapng(result); });
  if (!result.broken_off.empty() && result.cases.empty()) {
    complain(command, result.broken_off);
    return not_completed;
  }
  print(console_stream(arguments), report::render_console(result, console_options(arguments), plan.baseline));
  const bool is_complete = result.broken_off.empty() && result.summary[Verdict::error] == 0;
  if (!is_complete || !json_is_written || !pcap_is_written) return not_completed;
  if (arguments.update_baseline) return write_baseline(result, arguments, plan.baseline);
  if (!arguments.baseline_file.empty()) return judge_by_baseline(result, arguments, plan.baseline);
  return judge_alone(result, arguments);
}

std::string target_of(const TestArguments& arguments) {
  if (arguments.url) return transport::to_string(*arguments.url);
  return arguments.defect.empty() ? "embedded mock broker" : fmt::format("embedded mock broker with the defect {}", arguments.defect);
}

RunResult run_on_embedded_broker(const TestArguments& arguments, const Plan& plan, Observer& observer) {
  const auto make_server = [&](transport::Runtime& runtime, mock_broker::Configuration configuration) {
    return plan.defect == nullptr ? mock_broker::Server(runtime, std::move(configuration))
                                  : mock_broker::Server(runtime, mock_broker::setup_with(*plan.defect, std::move(configuration)));
  };
  return cli::run_on_embedded_broker(make_server, plan.cases, arguments.run, observer);
}

RunResult run_on(const transport::Url& url, const TestArguments& arguments, const Plan& plan, Observer& observer) {
  return run_suite(*transport::make_real_runtime(), plan.cases, url, arguments.run, observer);
}

/// Ends the process with the report of what there is.
[[noreturn]] void report_interrupted(Collector& collector, const TestArguments& arguments, const Plan& plan,
                                     std::chrono::system_clock::time_point started) {
  const auto lock = collector.hold();
  collector.end_progress();
  RunResult result{.target = target_of(arguments),
                   .started = started,
                   .duration = std::chrono::system_clock::now() - started,
                   .seed = arguments.run.seed.value(),
                   .capabilities = {},
                   .cases = collector.finished(plan.listed),
                   .statements = {},
                   .summary = {},
                   .broken_off = "interrupted"};
  summarise(result);
  const ExitCode code = report_run(result, arguments, plan);
  // The run still goes on in the other thread: nothing of it may be torn down.
  std::_Exit(code);
}

}  // namespace

ExitCode run_test(TestArguments arguments) {
  auto plan = make_plan(arguments);
  if (!plan) {
    complain(command, plan.error());
    return wrong_usage;
  }
  if (arguments.list) {
    print(stdout, report::render_list(plan->listed, console_options(arguments)));
    return conforms;
  }
  arguments.run.connect.tls = plan->tls;
  if (const auto& known = plan->known_broker) {
    arguments.run.profile = known->profile;
    if (known->credentials) arguments.run.user_name = known->credentials->user_name;
    if (known->credentials) arguments.run.password = known->credentials->password;
  }
  // Drawn here, since the simulation and a report of an interrupted run need it too. Short, to be typed again.
  if (!arguments.run.seed) arguments.run.seed = std::random_device()();
  for (const KnownCase& known : plan->baseline.known) arguments.run.known[{known.id, known.version}] = known.verdict;

  Collector collector(make_progress(arguments.display));
  RunResult result;
  {
    const auto started = std::chrono::system_clock::now();
    const InterruptWatch watch([&] { report_interrupted(collector, arguments, *plan, started); });
    result = arguments.url ? run_on(*arguments.url, arguments, *plan, collector) : run_on_embedded_broker(arguments, *plan, collector);
  }
  collector.end_progress();
  result.target = target_of(arguments);
  return report_run(result, arguments, *plan);
}

}  // namespace mqttspec::conformance::cli
