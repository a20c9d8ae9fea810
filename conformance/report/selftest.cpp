#include "conformance/report/selftest.hpp"

#include "conformance/report/text.hpp"
#include "conformance/report/tool.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mqttspec::conformance::report {
namespace {

class SelftestReport {
 public:
  SelftestReport(const SelftestResult& result, const ConsoleOptions& options) : result_(result), options_(options) {}

  std::string render() {
    if (options_.detail == Detail::verbose) print_everything();
    print_defects("Defects that survive", [](const TriedDefect& one) { return !one.is_killed(); });
    print_defects("Defects that no case of their own statement kills",
                  [](const TriedDefect& one) { return one.is_killed() && !one.killed_by_own; });
    print_idle_cases();
    print_false_alarms();
    print_summary();
    return std::move(out_);
  }

 private:
  void print_heading(std::string_view text, Style style) { out_ += paint(options_.colour, style, text) + "\n"; }

  void print_line(const std::string& text) { out_ += "  " + printable(text) + "\n"; }

  static std::string head(const TriedDefect& defect) {
    return fmt::format("{:<5}  {}  {}", spec::name(defect.version), defect.id, defect.clause.text());
  }

  static std::string head(const TriedVariant& variant) { return fmt::format("{}  {}", variant.id, variant.summary); }

  void print_everything() {
    print_heading("Defects, and the cases that kill them", Style::heading);
    for (const TriedDefect& defect : result_.defects) {
      const std::string_view note = defect.killed_by_own || !defect.is_killed() ? "" : "not by a case of its statement: ";
      print_line(
          fmt::format("{}  {}{}", head(defect), note, defect.is_killed() ? fmt::format("{}", fmt::join(defect.killed_by, ", ")) : "–"));
    }
    out_ += "\n";
    print_heading("Variants, and the cases that fail on them", Style::heading);
    for (const TriedVariant& variant : result_.variants) print_line(fmt::format("{}: {}", head(variant), variant.failures.size()));
    out_ += "\n";
  }

  template <class Predicate>
  void print_defects(std::string_view heading, const Predicate& is_wanted) {
    if (std::ranges::none_of(result_.defects, is_wanted)) return;
    print_heading(heading, Style::bad);
    for (const TriedDefect& defect : result_.defects) {
      if (!is_wanted(defect)) continue;
      print_line(fmt::format("{}  {}", head(defect), defect.summary));
      if (defect.is_killed()) print_line(fmt::format("         killed by {}", fmt::join(defect.killed_by, ", ")));
    }
    out_ += "\n";
  }

  void print_idle_cases() {
    if (result_.idle_cases.empty()) return;
    print_heading("Cases that kill nothing", Style::bad);
    for (const IdleCase& one : result_.idle_cases) print_line(fmt::format("{:<5}  {}", spec::name(one.version), one.id));
    out_ += "\n";
  }

  void print_false_alarms() {
    for (const TriedVariant& variant : result_.variants) {
      if (variant.failures.empty()) continue;
      print_heading(printable(fmt::format("False alarms on {}", head(variant))), Style::bad);
      for (const FalseAlarm& one : variant.failures)
        print_line(fmt::format("{:<5}  {} {}: {}", spec::name(one.version), one.case_id, name(one.verdict), one.message));
      out_ += "\n";
    }
  }

  void print_summary() {
    const int defects = static_cast<int>(result_.defects.size());
    const int variants = static_cast<int>(result_.variants.size());
    const int killed = result_.killed();
    out_ += fmt::format("{}, each in one version: {} killed, {} of them not by a case of their own statement; {} survive\n",
                        counted(defects, "defect"), killed, killed - result_.killed_by_own_case(), defects - killed);
    out_ += fmt::format("{}: {} tolerated\n", counted(variants, "variant"), variants - result_.variants_failed());
    out_ += fmt::format("{}, each in one version: {} kill nothing\n", counted(result_.cases, "case"), result_.idle_cases.size());
    const std::string verdict = result_.holds() ? paint(options_.colour, Style::good, "The suite holds")
                                                : paint(options_.colour, Style::bad, "The suite does not hold");
    out_ += fmt::format("{}: {} {}, seed {}, in {:.1f} s\n", verdict, tool_name, tool_version, result_.seed,
                        std::chrono::duration<double>(result_.duration).count());
  }

  const SelftestResult& result_;
  const ConsoleOptions& options_;
  std::string out_;
};

}  // namespace

std::string render_selftest(const SelftestResult& result, const ConsoleOptions& options) {
  return SelftestReport(result, options).render();
}

}  // namespace mqttspec::conformance::report
