#include "conformance/cli/arguments.hpp"

#include "conformance/report/text.hpp"
#include "conformance/report/tool.hpp"
#include "reference/wire/utf8.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace mqttspec::conformance::cli {
namespace {

constexpr double longest_wait = 86'400;  // seconds: a day
constexpr int most_jobs = 1'000;
constexpr int most_threads = 256;
constexpr int most_random_variants = 10'000;
constexpr std::size_t longest_string = 65'535;  // 1.5.4: two bytes of length

/// The words as CLI11 leaves them, before they are checked.
struct Words {
  std::vector<std::string> urls;
  std::string mqtt = "all";
  double timeout = 2;
  double patience = 30;
  std::int64_t settle = 0;
  std::uint64_t seed = 0;
  std::string user_name;
  std::string password;
  std::vector<std::string> headers;
  std::vector<std::string> listen;
  std::vector<std::string> users;
  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
  bool no_progress = false;
  TestArguments test;
  MockArguments mock;
  CoverageArguments coverage;
  SelftestArguments selftest;
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class Rep, class Period>
transport::Duration to_duration(std::chrono::duration<Rep, Period> time) {
  return std::chrono::duration_cast<transport::Duration>(time);
}

/// "2.5" seconds; CLI::Range would let "nan" through.
CLI::Validator seconds_to(double longest) {
  return CLI::Validator(
      [longest](std::string& text) -> std::string {
        double value = 0;
        const bool is_number = CLI::detail::lexical_cast(text, value);
        return is_number && value > 0 && value <= longest ? ""
                                                          : fmt::format("'{}' is not a number of seconds above 0, up to {}", text, longest);
      },
      "SECONDS");
}

/// CLI11 itself takes -1 for the largest number.
CLI::Validator natural_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool is_number = error == std::errc() && end == text.data() + text.size();
        return is_number ? "" : fmt::format("'{}' is not a number from 0 to {}", text, std::numeric_limits<std::uint64_t>::max());
      },
      "NUMBER");
}

void add_display(CLI::App& command, Words& words, const std::string& quiet, const std::string& verbose) {
  command.add_flag("--quiet", words.quiet, quiet);
  command.add_flag("--verbose", words.verbose, verbose);
  command.add_flag("--no-color", words.no_color, "No colours (also by the environment variable NO_COLOR)");
  command.add_flag("--no-progress", words.no_progress, "No line that shows how the run goes on");
}

CLI::App* add_test(CLI::App& app, Words& words) {
  CLI::App* test = app.add_subcommand("test", "Run the suite against a broker; without URL on the embedded mock broker in simulated time");
  test->footer(
      "Exit status: 0 conforms; 1 a MUST is broken, or something differs from the baseline; 2 wrong usage;\n"
      "3 the run could not be completed.");
  test->add_option("URL", words.urls, "mqtt:// mqtts:// ws:// or wss://host[:port][/path]");
  test->add_option("--mqtt", words.mqtt, "Versions to test: 3.1.1, 5.0 or all")
      ->check(CLI::IsMember({"3.1.1", "5.0", "all"}).description("VERSION"));
  test->add_option("--only", words.test.run.selection.only, "Run what matches: a case id with *, v5/3.3 or MQTT-4.3.3-* (repeatable)")
      ->type_name("PATTERN")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  test->add_option("--skip", words.test.run.selection.skip, "Leave out what matches (repeatable)")
      ->type_name("PATTERN")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  test->add_option("--profile", words.test.profile_file, "What the broker lets whom do: credentials, forbidden topics; see docs/profile.md")
      ->type_name("FILE");
  test->add_option("--baseline", words.test.baseline_file, "What is known of this broker: only differences count")->type_name("FILE");
  test->add_flag("--update-baseline", words.test.update_baseline, "Write what this run has found to the baseline");
  test->add_option("--jobs", words.test.run.jobs, "Cases at the same time, beside those that wait for time to pass [40]")
      ->check(CLI::Range(1, most_jobs));
  test->add_option("--timeout", words.timeout, "First limit for an answer in seconds [2]")->check(seconds_to(longest_wait));
  test->add_option("--patience", words.patience, "Limit in seconds when a case is run again [30]")->check(seconds_to(longest_wait));
  test->add_option("--settle", words.settle, "Milliseconds to listen for what must not come [measured]")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}).description("MILLISECONDS"));
  test->add_option("--seed", words.seed, "Of names and of everything drawn [drawn itself]")->check(natural_number());
  test->add_flag("--list", words.test.list, "List the selected cases and run nothing");
  test->add_flag("--fail-fast", words.test.run.fail_fast, "Stop after the first fail");
  test->add_flag("--strict", words.test.strict, "A warn counts as a fail");
  test->add_option("--username", words.user_name, "User Name of every connection")->type_name("NAME");
  test->add_option("--password", words.password, "Password of every connection")->type_name("PASSWORD");
  test->add_option("--cafile", words.test.tls.ca_file, "TLS: certificates of the authorities that are trusted [the system's]")
      ->type_name("FILE");
  test->add_option("--cert", words.test.tls.certificate_file, "TLS: certificate to show to the broker")->type_name("FILE");
  test->add_option("--key", words.test.tls.key_file, "TLS: key of the certificate")->type_name("FILE");
  test->add_option("--server-name", words.test.tls.server_name, "TLS: name of the broker in its certificate [the host of the URL]")
      ->type_name("NAME");
  test->add_flag("--insecure", words.test.tls.insecure, "TLS: trust any certificate");
  test->add_option("--header", words.headers, "WebSocket: a header field of the request, as in 'Name: value' (repeatable)")
      ->type_name("FIELD")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  test->add_option("--defect", words.test.defect, "Break the embedded mock broker; see mqttspec mock --list-defects")->type_name("ID");
  test->add_option("--json", words.test.json_file, "Write the report as JSON; - for standard output")->type_name("FILE");
  test->add_option("--pcap", words.test.pcap_file, "Write the packets of all cases as pcapng; - for standard output")->type_name("FILE");
  add_display(*test, words, "Show what did not pass, and the summary", "Show every case, and the bytes of packets");
  return test;
}

CLI::App* add_selftest(CLI::App& app, Words& words) {
  SelftestArguments& arguments = words.selftest;
  CLI::App* selftest =
      app.add_subcommand("selftest", "Show that the suite can fail: run it on broken mock brokers, and on unusual ones that are right");
  selftest->footer(
      "Exit status: 0 the suite holds; 1 a defect survives the cases of its statement, a case kills nothing, or a variant fails; 2 wrong "
      "usage.");
  selftest
      ->add_option("--only", arguments.only, "Try what matches: the id of a defect or variant with *, v5/3.3 or MQTT-4.3.3-* (repeatable)")
      ->type_name("PATTERN")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  selftest->add_option("--jobs", arguments.jobs, "Brokers at the same time, a thread for each [as many as processors]")
      ->check(CLI::Range(1, most_threads));
  selftest->add_option("--seed", arguments.seed, "Of everything drawn [1]")->check(natural_number());
  selftest->add_option("--random-variants", arguments.random_variants, "Combinations of variants, drawn by the seed [20]")
      ->check(CLI::Range(0, most_random_variants));
  selftest->add_option("--json", arguments.json_file, "Write the result as JSON; - for standard output")->type_name("FILE");
  add_display(*selftest, words, "Show what is wrong, and the summary", "Show every defect with the cases that kill it, and every variant");
  return selftest;
}

CLI::App* add_mock(CLI::App& app, Words& words) {
  CLI::App* mock = app.add_subcommand("mock", "Run the mock broker until SIGINT or SIGTERM");
  mock->add_option("--listen", words.listen, "mqtt:// mqtts:// ws:// or wss://address[:port][/path], port 0 for any free one (repeatable)")
      ->type_name("URL")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  mock->add_option("--cert", words.mock.tls.certificate_file, "TLS: certificate of the broker, with its chain")->type_name("FILE");
  mock->add_option("--key", words.mock.tls.key_file, "TLS: key of the certificate")->type_name("FILE");
  mock->add_option("--cafile", words.mock.tls.client_ca_file, "TLS: clients must show a certificate of one of these authorities")
      ->type_name("FILE");
  mock->add_option("--defect", words.mock.defect, "Break one thing")->type_name("ID");
  mock->add_option("--user", words.users, "Only these may connect: by User Name and Password, or by SCRAM-SHA-256 (repeatable)")
      ->type_name("NAME:PASSWORD")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  mock->add_option("--json", words.mock.json_file, "Write what clients have done wrong as JSON, at the end; - for standard output")
      ->type_name("FILE");
  mock->add_flag("--strict", words.mock.strict, "Exit with 1 if a client has done something wrong");
  mock->add_flag("--quiet", words.mock.quiet, "Do not print what clients do wrong");
  mock->add_flag("--list-defects", words.mock.list_defects, "List what can be broken");
  return mock;
}

CLI::App* add_coverage(CLI::App& app, Words& words) {
  CLI::App* coverage =
      app.add_subcommand("coverage", "List every statement with the cases, rules of conduct and defects that stand for it");
  coverage->add_option("--json", words.coverage.json_file, "Write as JSON; - for standard output")->type_name("FILE");
  coverage->add_option("--markdown", words.coverage.markdown_file, "Write as Markdown; - for standard output")->type_name("FILE");
  return coverage;
}

transport::Url parse_broker_url(const std::string& text) {
  const auto url = transport::parse_url(text);
  if (!url) throw UsageError(url.error());
  return *url;
}

std::pair<std::string, std::string> parse_header(const std::string& text) {
  const auto colon = text.find(':');
  const bool is_field = colon != std::string::npos && colon > 0 && text.find_first_of(" \t") > colon;
  const bool is_printable = std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
  if (!is_field || !is_printable) throw UsageError(fmt::format("--header '{}' is no header field: write 'Name: value'", text));
  const auto value = text.find_first_not_of(' ', colon + 1);
  return {text.substr(0, colon), value == std::string::npos ? "" : text.substr(value)};
}

/// Options that would do nothing are a mistake.
void refuse_idle_options(const CLI::App& app, std::initializer_list<const char*> options, const char* needed) {
  for (const char* const option : options) {
    if (app.count(option) != 0) throw UsageError(fmt::format("{} is for {}", option, needed));
  }
}

std::vector<ProtocolVersion> parse_versions(const std::string& text) {
  if (text == "3.1.1") return {ProtocolVersion::v3_1_1};
  if (text == "5.0") return {ProtocolVersion::v5_0};
  return {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};
}

void set_credentials(const CLI::App& app, const Words& words, RunOptions& run) {
  if (app.count("--username") != 0) {
    if (words.user_name.size() > longest_string || !wire::is_valid_utf8(words.user_name)) {
      throw UsageError("--username must be UTF-8 of at most 65535 bytes");
    }
    run.user_name = words.user_name;
  }
  if (app.count("--password") != 0) {
    if (words.password.size() > longest_string) throw UsageError("--password must have at most 65535 bytes");
    const bool runs_3_1_1 = std::ranges::find(run.versions, ProtocolVersion::v3_1_1) != run.versions.end();
    if (!run.user_name && runs_3_1_1) throw UsageError("MQTT 3.1.1 has no --password without --username; give both, or --mqtt 5.0");
    run.password = words.password;
  }
}

/// What goes with the scheme of the URL, and what does not.
void set_transport(const CLI::App& app, const Words& words, TestArguments& test) {
  const bool has_tls = test.url && transport::is_tls(test.url->scheme);
  const bool has_web_socket = test.url && transport::is_web_socket(test.url->scheme);
  if (!has_tls) refuse_idle_options(app, {"--cafile", "--cert", "--key", "--server-name", "--insecure"}, "mqtts:// and wss:// URLs");
  if (!has_web_socket) refuse_idle_options(app, {"--header"}, "ws:// and wss:// URLs");
  if (test.tls.insecure && !test.tls.ca_file.empty()) throw UsageError("--insecure and --cafile exclude each other");
  if (test.tls.certificate_file.empty() != test.tls.key_file.empty()) throw UsageError("--cert and --key belong together");
  for (const std::string& header : words.headers) test.run.connect.web_socket.headers.push_back(parse_header(header));
}

Display check_display(const Words& words) {
  if (words.quiet && words.verbose) throw UsageError("--quiet and --verbose exclude each other");
  Display display{.colour_allowed = !words.no_color, .progress_allowed = !words.no_progress && !words.quiet};
  if (words.quiet) display.detail = report::Detail::quiet;
  if (words.verbose) display.detail = report::Detail::verbose;
  return display;
}

TestArguments check_test(const CLI::App& app, const Words& words) {
  TestArguments test = words.test;
  if (words.urls.size() > 1) throw UsageError("one URL at a time: clusters of several nodes are not supported yet");
  if (!words.urls.empty()) {
    test.url = parse_broker_url(words.urls.front());
    if (test.url->port == 0) throw UsageError(fmt::format("{}: a broker's port is 1 to 65535", words.urls.front()));
  }
  if (test.url && !test.defect.empty()) throw UsageError("--defect breaks the embedded mock broker: give no URL with it");
  if (!test.url && !test.profile_file.empty()) throw UsageError("--profile is about a broker of your own: give its URL with it");
  if (test.update_baseline && test.baseline_file.empty()) throw UsageError("--update-baseline needs --baseline FILE");
  set_transport(app, words, test);
  if (test.json_file == "-" && test.pcap_file == "-") throw UsageError("--json and --pcap cannot both go to standard output");
  test.run.versions = parse_versions(words.mqtt);
  test.run.timeout = to_duration(std::chrono::duration<double>(words.timeout));
  test.run.patience = to_duration(std::chrono::duration<double>(words.patience));
  if (app.count("--settle") != 0) test.run.settle = std::chrono::milliseconds(words.settle);
  if (app.count("--seed") != 0) test.run.seed = words.seed;
  set_credentials(app, words, test.run);
  test.display = check_display(words);
  return test;
}

SelftestArguments check_selftest(const Words& words) {
  SelftestArguments selftest = words.selftest;
  selftest.display = check_display(words);
  return selftest;
}

MockArguments check_mock(const CLI::App& app, const Words& words) {
  MockArguments mock = words.mock;
  for (const std::string& user : words.users) {
    const auto colon = user.find(':');
    if (colon == 0 || colon == std::string::npos) throw UsageError("--user is NAME:PASSWORD");
    mock.users.insert_or_assign(user.substr(0, colon), user.substr(colon + 1));
  }
  for (const std::string& url : words.listen) mock.listen.push_back(parse_broker_url(url));
  if (mock.json_file == "-") mock.quiet = true;  // the output is the record alone
  if (mock.listen.empty() && !mock.list_defects) throw UsageError("say where to listen: --listen mqtt://127.0.0.1:1883");
  if (!mock.needs_certificate()) refuse_idle_options(app, {"--cert", "--key", "--cafile"}, "mqtts:// and wss:// URLs");
  if (mock.needs_certificate() && (mock.tls.certificate_file.empty() || mock.tls.key_file.empty())) {
    throw UsageError("mqtts:// and wss:// need --cert FILE and --key FILE");
  }
  return mock;
}

CoverageArguments check_coverage(const Words& words) {
  if (words.coverage.json_file == "-" && words.coverage.markdown_file == "-") {
    throw UsageError("--json and --markdown cannot both go to standard output");
  }
  return words.coverage;
}

/// One line for standard error, with the way to the help.
Stop misused(const std::string& command, std::string_view what) {
  return {wrong_usage, fmt::format("{}: {} (see {} --help)\n", command, report::printable(what), command)};
}

}  // namespace

std::expected<Arguments, Stop> parse_arguments(int count, const char* const* words_given) {
  CLI::App app("Tells whether an MQTT broker does what MQTT 3.1.1 and 5.0 demand, statement by statement.", std::string(report::tool_name));
  app.set_version_flag("--version", fmt::format("{} {}", report::tool_name, report::tool_version));
  app.require_subcommand(1);
  Words words;
  const CLI::App* const test = add_test(app, words);
  const CLI::App* const selftest = add_selftest(app, words);
  const CLI::App* const mock = add_mock(app, words);
  const CLI::App* const coverage = add_coverage(app, words);

  const auto command = [&] {
    for (const CLI::App* used : {test, selftest, mock, coverage}) {
      if (used->parsed()) return fmt::format("{} {}", report::tool_name, used->get_name());
    }
    return std::string(report::tool_name);
  };
  try {
    app.parse(count, words_given);
    if (test->parsed()) return check_test(*test, words);
    if (selftest->parsed()) return check_selftest(words);
    if (mock->parsed()) return check_mock(*mock, words);
    return check_coverage(words);
  } catch (const CLI::CallForHelp&) {
    const auto used = app.get_subcommands();
    return std::unexpected(Stop{conforms, used.empty() ? app.help() : used.front()->help(std::string(report::tool_name))});
  } catch (const CLI::CallForVersion& version) {
    return std::unexpected(Stop{conforms, std::string(version.what()) + "\n"});
  } catch (const CLI::ParseError& error) {
    return std::unexpected(misused(command(), error.what()));
  } catch (const UsageError& error) {
    return std::unexpected(misused(command(), error.what()));
  }
}

}  // namespace mqttspec::conformance::cli
