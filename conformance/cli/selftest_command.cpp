#include "conformance/cases/cases.hpp"
#include "conformance/cli/collector.hpp"
#include "conformance/cli/commands.hpp"
#include "conformance/cli/display.hpp"
#include "conformance/cli/embedded_broker.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/report/json.hpp"
#include "conformance/report/selftest.hpp"
#include "conformance/runner/selftest.hpp"
#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/defects.hpp"
#include "mock_broker/deviations/variants.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

namespace mqttspec::conformance::cli {
namespace {

constexpr std::string_view command = "selftest";
constexpr int most_combined = 6;

using Variants = std::vector<const mock_broker::Variant*>;

/// What is looked up once the command line has been read.
struct Plan {
  std::vector<BrokenBroker> broken;
  std::vector<RightBroker> right;
  SelftestOptions options;
};

BrokenBroker broken_broker(const mock_broker::Defect& defect) {
  BrokenBroker broker{.id = std::string(defect.id), .summary = std::string(defect.summary), .broken = {}, .run = {}};
  for (const ProtocolVersion version : {v3_1_1, v5_0})
    if (defect.holds_in(version)) broker.broken.emplace_back(version, defect.requirement.in(version));
  broker.run = [&defect](const std::vector<Case>& cases, const RunOptions& options, Observer& observer) {
    const auto make_server = [&](transport::Runtime& runtime, mock_broker::Configuration configuration) {
      return mock_broker::Server(runtime, mock_broker::setup_with(defect, std::move(configuration)));
    };
    return run_on_embedded_broker(make_server, cases, options, observer);
  };
  return broker;
}

RightBroker right_broker(std::string id, std::string summary, Variants variants) {
  const auto make_server = [variants = std::move(variants)](transport::Runtime& runtime, mock_broker::Configuration configuration) {
    return mock_broker::Server(runtime, mock_broker::setup_with(variants, std::move(configuration)));
  };
  return {.id = std::move(id),
          .summary = std::move(summary),
          .run = [make_server](const std::vector<Case>& cases, const RunOptions& options, Observer& observer) {
            return run_on_embedded_broker(make_server, cases, options, observer);
          }};
}

/// Two variants or more, each once, in the order of the catalogue.
Variants draw_variants(std::mt19937_64& random) {
  const auto all = mock_broker::variants();
  const std::size_t wanted = 2 + random() % (most_combined - 1);
  std::set<std::size_t> chosen;
  while (chosen.size() < wanted) chosen.insert(random() % all.size());
  Variants variants;
  for (const std::size_t number : chosen) variants.push_back(&all[number]);
  return variants;
}

RightBroker random_combination(int number, std::mt19937_64& random) {
  auto variants = draw_variants(random);
  std::vector<std::string_view> ids;
  for (const mock_broker::Variant* variant : variants) ids.push_back(variant->id);
  return right_broker(fmt::format("combination/{}", number), fmt::format("{}", fmt::join(ids, ", ")), std::move(variants));
}

bool selects(const Selection& selection, const BrokenBroker& broker, ProtocolVersion version) {
  return selection.selects({.id = broker.id, .title = broker.summary, .checks = broker.broken, .run = {}}, version);
}

std::vector<BrokenBroker> broken_brokers(const std::vector<std::string>& only) {
  const Selection selection{.only = only, .skip = {}};
  std::vector<BrokenBroker> brokers;
  for (const mock_broker::Defect& defect : mock_broker::defects()) {
    BrokenBroker broker = broken_broker(defect);
    const BrokenBroker whole = broker;
    std::erase_if(broker.broken, [&](const Check& check) { return !selects(selection, whole, check.version); });
    if (!broker.broken.empty()) brokers.push_back(std::move(broker));
  }
  return brokers;
}

/// The combinations are drawn before they are selected, so that each is the same whatever the selection.
std::vector<RightBroker> right_brokers(const SelftestArguments& arguments) {
  std::vector<RightBroker> brokers;
  for (const mock_broker::Variant& variant : mock_broker::variants())
    brokers.push_back(right_broker(std::string(variant.id), std::string(variant.summary), {&variant}));
  std::mt19937_64 random(arguments.seed);
  for (int number = 1; number <= arguments.random_variants; ++number) brokers.push_back(random_combination(number, random));
  std::erase_if(brokers, [&](const RightBroker& broker) {
    return !arguments.only.empty() &&
           std::ranges::none_of(arguments.only, [&](const std::string& pattern) { return matches_glob(pattern, broker.id); });
  });
  return brokers;
}

/// The first pattern that selects neither a defect nor a variant: most likely a slip.
std::optional<std::string> idle_pattern(const SelftestArguments& arguments) {
  for (const std::string& pattern : arguments.only) {
    SelftestArguments alone = arguments;
    alone.only = {pattern};
    if (broken_brokers(alone.only).empty() && right_brokers(alone).empty()) return pattern;
  }
  return std::nullopt;
}

/// @return what to do, or one line that says what is wrong with the arguments
std::expected<Plan, std::string> make_plan(const SelftestArguments& arguments) {
  if (const auto idle = idle_pattern(arguments)) return std::unexpected(fmt::format("no defect and no variant matches '{}'", *idle));
  Plan plan{.broken = broken_brokers(arguments.only), .right = right_brokers(arguments), .options = {.seed = arguments.seed}};
  plan.options.jobs = arguments.jobs != 0 ? arguments.jobs : static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  plan.options.complete = arguments.only.empty();
  if (const auto writable = check_writable(arguments.json_file); !writable) return std::unexpected(writable.error());
  return plan;
}

ExitCode report_result(const SelftestResult& result, const SelftestArguments& arguments) {
  if (!arguments.json_file.empty()) {
    if (const auto written = write_file(arguments.json_file, report::render_json(result)); !written) {
      complain(command, written.error());
      return not_completed;
    }
  }
  std::FILE* const stream = arguments.json_file == "-" ? stderr : stdout;
  print(stream, report::render_selftest(result, console_options(stream, arguments.display)));
  return result.holds() ? conforms : broken;
}

}  // namespace

ExitCode run_selftest(const SelftestArguments& arguments) {
  const auto plan = make_plan(arguments);
  if (!plan) {
    complain(command, plan.error());
    return wrong_usage;
  }
  Collector collector(make_progress(arguments.display));
  const SelftestResult result = conformance::run_selftest(all_cases(), plan->broken, plan->right, plan->options, collector);
  collector.end_progress();
  return report_result(result, arguments);
}

}  // namespace mqttspec::conformance::cli
