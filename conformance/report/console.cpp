#include "conformance/report/console.hpp"

#include "conformance/report/contents.hpp"
#include "conformance/report/evidence.hpp"
#include "conformance/report/text.hpp"
#include "conformance/report/tool.hpp"
#include "conformance/runner/section.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace mqttspec::conformance::report {
namespace {

constexpr std::array versions = {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};

using Cases = std::vector<const CaseResult*>;
/// By the number of a section of the first or second level: {3, 1}.
using Sections = std::map<std::vector<int>, Cases>;

Sections by_section(const RunResult& result, ProtocolVersion version) {
  Sections sections;
  for (const CaseResult& one : result.cases) {
    if (one.version != version) continue;
    std::vector<int> section = one.clauses.empty() ? std::vector<int>() : place_of(one.clauses.front()).section;
    if (section.size() > 2) section.resize(2);
    sections[section].push_back(&one);
  }
  return sections;
}

/// "14 passed (2 slow), 1 failed", without colours and with them.
struct Counts {
  std::string plain;
  std::string painted;
};

Counts count(const Cases& cases, Colour colour) {
  Counts counts;
  for (const Verdict verdict : all_verdicts) {
    const auto number = std::ranges::count(cases, verdict, &CaseResult::verdict);
    if (number == 0) continue;
    std::string text = counted(static_cast<int>(number), verdict);
    const auto slow = std::ranges::count_if(cases, [&](const CaseResult* one) { return one->verdict == verdict && one->slow; });
    if (slow != 0) text += fmt::format(" ({} slow)", slow);
    const std::string_view separator = counts.plain.empty() ? "" : ", ";
    counts.plain += fmt::format("{}{}", separator, text);
    counts.painted += fmt::format("{}{}", separator, paint(colour, style_of(verdict), text));
  }
  return counts;
}

Verdict worst_of(const Cases& cases) {
  Verdict verdict = Verdict::skip;
  for (const CaseResult* one : cases) verdict = worst(verdict, one->verdict);
  return verdict;
}

/// A time for people: "0.31 ms", "2.5 s".
std::string span(transport::Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1000) : fmt::format("{:.3g} s", seconds);
}

class Console {
 public:
  Console(const RunResult& result, const ConsoleOptions& options, const Baseline& baseline)
      : result_(result), options_(options), baseline_(baseline) {}

  std::string render() {
    if (options_.detail != Detail::quiet) print_head();
    for (const ProtocolVersion version : versions) print_version(version);
    print_missing_capabilities();
    print_left_behind();
    print_all_evidence();
    print_summary();
    return std::move(out_);
  }

 private:
  std::string paint(Style style, std::string_view text) const { return report::paint(options_.colour, style, text); }

  /// Lines below each other, all indented.
  void print_indented(std::size_t indent, std::string_view text, Style style) {
    for (const std::string& line : wrap(printable(text), options_.columns - indent)) {
      out_ += std::string(indent, ' ') + paint(style, line) + "\n";
    }
  }

  void print_head() {
    out_ += fmt::format("{} {}  {}  seed {}\n", paint(Style::heading, tool_name), tool_version, printable(result_.target), result_.seed);
    print_timing();
  }

  void print_timing() {
    const Timing& timing = result_.timing;
    if (timing.settle.count() == 0 && !timing.settle_is_given) return;  // the run ended before, or was interrupted
    const auto settle = fmt::format("settle time {}{}", span(timing.settle), timing.settle_is_given ? ", as given" : "");
    if (timing.deliveries == 0) return print_indented(0, fmt::format("No delivery could be timed; {}", settle), Style::faint);
    const auto lag = timing.subscription_lag.count() == 0
                         ? std::string()
                         : fmt::format("; subscriptions take effect up to {} after SUBACK", span(timing.subscription_lag));
    print_indented(
        0, fmt::format("Delivery takes {} ({} to {}){}; {}", span(timing.median), span(timing.shortest), span(timing.longest), lag, settle),
        Style::faint);
  }

  /// Which cases have lines of their own below their section.
  bool is_shown(const CaseResult& one) const {
    if (options_.detail == Detail::quiet && entry_that_expects(baseline_, one) != nullptr) return false;
    if (options_.detail == Detail::verbose || one.verdict != Verdict::pass) return true;
    return one.slow && options_.detail == Detail::normal;
  }

  static std::string version_name(ProtocolVersion version) { return fmt::format("MQTT {}", spec::name(version)); }

  /// What shows that the broker does not speak a version; null where it does. Then each of its cases says the same.
  const CapabilityResult* missing_version(ProtocolVersion version) const {
    const auto found = std::ranges::find(result_.capabilities, version_name(version), &CapabilityResult::name);
    return found == result_.capabilities.end() || found->available ? nullptr : &*found;
  }

  void print_version(ProtocolVersion version) {
    Sections sections = by_section(result_, version);
    if (options_.detail == Detail::quiet) {
      std::erase_if(sections,
                    [&](const auto& entry) { return std::ranges::none_of(entry.second, [&](const auto* one) { return is_shown(*one); }); });
    }
    if (sections.empty()) return;
    out_ += "\n" + paint(Style::heading, version_name(version)) + "\n";
    if (const CapabilityResult* const missing = missing_version(version); missing != nullptr && options_.detail != Detail::verbose)
      return print_indented(2, fmt::format("{} Not offered, and so not judged: {}", mark(Verdict::skip), missing->evidence),
                            style_of(Verdict::skip));
    int chapter = 0;
    for (const auto& [section, cases] : sections) {
      if (section.size() == 2 && section.front() != chapter) {
        chapter = section.front();
        out_ += fmt::format("    {:<6}{}\n", chapter, title_of(version, fmt::to_string(chapter)));
      }
      print_section(version, fmt::format("{}", fmt::join(section, ".")), cases);
    }
  }

  void print_section(ProtocolVersion version, const std::string& number, const Cases& cases) {
    const Counts counts = count(cases, options_.colour);
    const Verdict verdict = worst_of(cases);
    const std::size_t counts_width = width(counts.plain);
    // Mark, number and counts with their gaps take 12 columns; a few dots stay between a long title and the counts.
    const std::size_t room = options_.columns - std::min(options_.columns - 16, counts_width + 12);
    const std::string_view title = number.empty() ? "Outside the sections" : title_of(version, number);
    const std::string shown_title = fit(title, std::min(width(title), room - 3));
    std::string dots;
    for (std::size_t i = width(shown_title); i < room; ++i) dots += "·";
    out_ += fmt::format("  {} {:<6}{} {} {}\n", paint(style_of(verdict), mark(verdict)), number, shown_title, paint(Style::faint, dots),
                        counts.painted);
    for (const CaseResult* one : cases) {
      if (is_shown(*one)) print_case(*one);
    }
  }

  void print_case(const CaseResult& one) {
    std::vector<std::string_view> clauses;
    for (const spec::Clause& clause : one.clauses) clauses.push_back(clause.text());
    const std::string id = printable(one.id);
    const std::string statements = fmt::format("{}", fmt::join(clauses, ", "));
    const bool fits = 8 + width(id) + 2 + statements.size() <= options_.columns;
    out_ += fmt::format("      {} {}{}{}\n", paint(style_of(one.verdict), mark(one.verdict)), paint(Style::heading, id), fits ? "  " : "",
                        fits ? paint(Style::statement, statements) : "");
    if (!fits) print_indented(8, statements, Style::statement);
    print_indented(8, one.title, Style::faint);
    if (one.verdict == Verdict::pass && !one.slow) return;
    if (const KnownCase* const known = entry_that_expects(baseline_, one); known != nullptr && one.verdict != Verdict::pass)
      return print_indented(8, fmt::format("known {}{}{}", name(one.verdict), known->why.empty() ? "" : ": ", known->why), Style::faint);
    const std::string_view what = one.verdict == Verdict::pass ? "slow" : name(one.verdict);
    print_indented(8, fmt::format("{}: {}", what, one.message), style_of(one.verdict));
  }

  void print_missing_capabilities() {
    if (options_.detail == Detail::quiet) return;
    bool is_first = true;
    for (const CapabilityResult& capability : result_.capabilities) {
      if (capability.available || capability.name == version_name(capability.version)) continue;
      if (is_first) out_ += "\n" + paint(Style::heading, "What the broker does not offer") + "\n";
      is_first = false;
      print_indented(2, fmt::format("{} (MQTT {}): {}", capability.name, spec::name(capability.version), capability.evidence),
                     Style::faint);
    }
  }

  void print_left_behind() {
    if (result_.left_behind.empty()) return;
    out_ += "\n" + paint(Style::heading, "Left behind on the broker, although the cases have cleaned up") + "\n";
    for (const LeftBehind& one : result_.left_behind)
      print_indented(2, fmt::format("{} {} of {} (MQTT {})", one.kind, one.name, one.case_id, spec::name(one.version)), Style::doubtful);
  }

  void print_all_evidence() {
    int number = 0;
    for (const CaseResult& one : result_.cases) {
      if (!needs_evidence(one.verdict, options_.detail)) continue;
      if (options_.detail != Detail::verbose && entry_that_expects(baseline_, one) != nullptr) continue;
      if (number == 0) out_ += "\n" + paint(Style::heading, "Evidence") + "\n";
      out_ += "\n" + render_evidence(one, ++number, options_);
    }
  }

  void print_summary() {
    Cases all;
    for (const CaseResult& one : result_.cases) all.push_back(&one);
    if (!out_.empty()) out_ += "\n";
    print_broken_statements();
    const double seconds = std::chrono::duration<double>(result_.duration).count();
    const std::string counts = count(all, options_.colour).painted;
    out_ += fmt::format("{} in {:.2f} s{}{}\n", counted(static_cast<int>(all.size()), "case"), seconds, counts.empty() ? "" : ": ", counts);
    if (!result_.broken_off.empty()) print_indented(0, "The run was broken off: " + result_.broken_off, Style::bad);
  }

  void print_broken_statements() {
    for (const ProtocolVersion version : versions) {
      std::vector<std::string_view> broken;
      for (const StatementResult& statement : result_.statements) {
        if (statement.version == version && statement.verdict == Verdict::fail) broken.push_back(statement.clause.text());
      }
      if (!broken.empty())
        print_indented(0, fmt::format("Broken in MQTT {}: {}", spec::name(version), fmt::join(broken, ", ")), Style::bad);
    }
  }

  const RunResult& result_;
  const ConsoleOptions& options_;
  const Baseline& baseline_;
  std::string out_;
};

}  // namespace

std::string render_console(const RunResult& result, const ConsoleOptions& options, const Baseline& baseline) {
  return Console(result, options, baseline).render();
}

std::string render_comparison(std::span<const Unexpected> unexpected, const std::string& file, const ConsoleOptions& options) {
  if (unexpected.empty()) return paint(options.colour, Style::good, "As the baseline expects") + fmt::format(" ({})\n", printable(file));
  std::string out = paint(options.colour, Style::bad,
                          fmt::format("{} against the baseline", counted(static_cast<int>(unexpected.size()), "difference"))) +
                    fmt::format(" {}:\n", printable(file));
  for (const Unexpected& one : unexpected) {
    out += fmt::format("  MQTT {:<5}  {}: expected: {}; got: {}\n", spec::name(one.version), printable(one.id), name(one.expected),
                       one.actual ? name(*one.actual) : "nothing (it is not among the results)");
  }
  return out;
}

std::string render_list(std::span<const CaseResult> cases, const ConsoleOptions& options) {
  std::size_t longest = 0;
  for (const CaseResult& one : cases) longest = std::max(longest, width(one.id));
  std::string out;
  for (const CaseResult& one : cases) {
    out += fmt::format("{:<5}  {}  {}\n", spec::name(one.version), fit(one.id, longest), paint(options.colour, Style::faint, one.title));
  }
  return out;
}

}  // namespace mqttspec::conformance::report
