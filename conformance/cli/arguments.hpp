#pragma once

#include "conformance/report/console.hpp"
#include "conformance/runner/runner.hpp"
#include "reference/transport/tls.hpp"
#include "reference/transport/url.hpp"

#include <algorithm>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The command line, read. CLI11 appears in arguments.cpp and nowhere else.
namespace mqttspec::conformance::cli {

/// What scripts may depend on.
enum ExitCode : int {
  conforms = 0,
  broken = 1,         ///< a MUST is broken, or something differs from the baseline
  wrong_usage = 2,    ///< nothing was run; standard error says what to do
  not_completed = 3,  ///< no broker there, broker lost, interrupted, or an error of ours
};

/// What shapes the report on the terminal.
struct Display {
  report::Detail detail = report::Detail::normal;
  bool colour_allowed = true;
  bool progress_allowed = true;
};

/// `mqttspec test`
struct TestArguments {
  std::optional<transport::Url> url;  ///< nothing: the embedded mock broker
  std::string defect;                 ///< of the embedded broker; "" for none
  RunOptions run;                     ///< but for what TLS reads from files
  transport::TlsClientOptions tls;
  std::string profile_file;   ///< "" for none
  std::string baseline_file;  ///< "" for none
  bool update_baseline = false;
  std::string json_file;  ///< "" for none, "-" for standard output
  std::string pcap_file;  ///< the same
  bool list = false;
  bool strict = false;  ///< a warn counts as a fail
  Display display;
};

/// `mqttspec mock`
struct MockArguments {
  std::vector<transport::Url> listen;
  transport::TlsServerOptions tls;
  std::string defect;                        ///< "" for none
  std::map<std::string, std::string> users;  ///< passwords by name; nobody else may connect where there are some
  std::string json_file;                     ///< for the record of violations; "" for none, "-" for standard output
  bool strict = false;                       ///< a client that broke a rule is a status of its own
  bool quiet = false;                        ///< violations by clients are not printed
  bool list_defects = false;

  bool needs_certificate() const {
    return std::ranges::any_of(listen, [](const transport::Url& url) { return transport::is_tls(url.scheme); });
  }
};

/// `mqttspec coverage`
struct CoverageArguments {
  std::string json_file;  ///< "" for none, "-" for standard output
  std::string markdown_file;
};

/// `mqttspec selftest`
struct SelftestArguments {
  std::vector<std::string> only;  ///< patterns of defects and variants; none: all
  std::uint64_t seed = 1;
  int jobs = 0;              ///< 0: as many as there are processors
  int random_variants = 20;  ///< combinations of variants
  std::string json_file;     ///< "" for none, "-" for standard output
  Display display;
};

/// Nothing is to be run: help or the version was asked for, or the usage is wrong.
struct Stop {
  ExitCode code = conforms;
  std::string text;  ///< for standard output where the code is 0, else one line for standard error
};

using Arguments = std::variant<TestArguments, MockArguments, CoverageArguments, SelftestArguments>;

/// Checks everything that can be checked without looking at files and at the table of cases.
std::expected<Arguments, Stop> parse_arguments(int count, const char* const* words);

}  // namespace mqttspec::conformance::cli
