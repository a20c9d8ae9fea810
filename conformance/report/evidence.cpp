#include "conformance/report/evidence.hpp"

#include "conformance/report/text.hpp"
#include "reference/wire/describe.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace mqttspec::conformance::report {
namespace {

constexpr std::size_t longest_client = 20;  ///< characters of a Client Identifier in front of a packet
constexpr std::size_t first_lines = 20;     ///< of a long trace, unless verbose
constexpr std::size_t last_lines = 40;
constexpr std::size_t longest_hex = 512;  ///< bytes of a packet shown; the JSON report holds more

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// Text behind a label, broken into lines that are indented to stand below each other.
std::string paragraph(const std::string& label, std::size_t label_width, std::string_view text, std::size_t columns) {
  const std::size_t room = std::max<std::size_t>(columns - std::min(columns, label_width), 20);
  std::string out = label;
  bool is_first = true;
  for (const std::string& line : wrap(printable(text), room)) {
    if (!is_first) out += spaces(label_width);
    out += line + "\n";
    is_first = false;
  }
  return out;
}

class TraceTable {
 public:
  TraceTable(const Trace& trace, const ConsoleOptions& options) : trace_(trace), options_(options) {
    for (const TraceLine& line : trace) who_width_ = std::max(who_width_, width(who(line)));
  }

  std::string render() const {
    std::string out;
    const bool is_cut = options_.detail != Detail::verbose && trace_.size() > first_lines + last_lines + 1;
    for (std::size_t i = 0; i < trace_.size(); ++i) {
      if (is_cut && i == first_lines) {
        const std::size_t left_out = trace_.size() - first_lines - last_lines;
        out += fmt::format("     … {} lines left out here; --verbose and --json show them\n", left_out);
        i += left_out;
      }
      out += row(trace_[i]);
    }
    return out;
  }

 private:
  static std::string who(const TraceLine& line) {
    if (line.connection == 0) return "";
    std::string text = fmt::format("#{}", line.connection);
    const std::string client = printable(line.client);
    if (!client.empty()) text += " " + fit(client, std::min(width(client), longest_client));
    return text;
  }

  static std::string_view arrow(TraceLine::Kind kind) {
    switch (kind) {
      case TraceLine::Kind::sent: return "→";
      case TraceLine::Kind::received: return "←";
      case TraceLine::Kind::event: return "·";
    }
    return " ";
  }

  static Style style(TraceLine::Kind kind) {
    switch (kind) {
      case TraceLine::Kind::sent: return Style::sent;
      case TraceLine::Kind::received: return Style::received;
      case TraceLine::Kind::event: return Style::faint;
    }
    return Style::faint;
  }

  std::string row(const TraceLine& line) const {
    const std::string time = fmt::format("{:>12}", fmt::format("+{:.4f} s", std::chrono::duration<double>(line.at).count()));
    const std::string label = fmt::format("   {}  {}  {} ", paint(options_.colour, Style::faint, time), fit(who(line), who_width_),
                                          paint(options_.colour, style(line.kind), arrow(line.kind)));
    const std::size_t label_width = 3 + time.size() + 2 + who_width_ + 2 + 1 + 1;
    std::string out = paragraph(label, label_width, line.text, options_.columns);
    if (options_.detail != Detail::verbose || line.bytes.empty()) return out;

    std::string bytes = wire::hex(line.bytes, longest_hex);
    if (line.bytes.size() > longest_hex) bytes += fmt::format(" ({} bytes in all)", line.bytes.size());
    for (const std::string& piece :
         wrap(printable(bytes), std::max<std::size_t>(options_.columns - std::min(options_.columns, label_width), 20))) {
      out += spaces(label_width) + paint(options_.colour, Style::faint, piece) + "\n";
    }
    return out;
  }

  const Trace& trace_;
  const ConsoleOptions& options_;
  std::size_t who_width_ = 0;
};

/// The statement and what it demands; for a clause without a number the section.
std::string render_clause(const spec::Clause& clause, ProtocolVersion version, const ConsoleOptions& options) {
  if (clause.empty()) return "";
  const spec::Statement* const statement = spec::find(version, clause.text());
  const std::string name = statement != nullptr ? std::string(clause.text()) : fmt::format("section {}", clause.text());
  const std::string_view requirement = statement != nullptr ? statement->requirement : "the standard gives this requirement no number";
  const std::string label = fmt::format("   {}  ", paint(options.colour, Style::statement, name));
  return paragraph(label, 3 + name.size() + 2, requirement, options.columns);
}

std::string render_blame(const Blame& blame, ProtocolVersion version, const ConsoleOptions& options) {
  const auto labelled = [&](std::string_view label, std::string_view text) {
    const std::string start = fmt::format("     {}  ", paint(options.colour, style_of(blame.verdict), fit(label, 8)));
    return paragraph(start, 5 + 8 + 2, text, options.columns);
  };
  return "\n" + render_clause(blame.clause, version, options) + labelled("expected", blame.expected) + labelled("got", blame.got);
}

std::string render_trace(std::string_view title, const Trace& trace, const ConsoleOptions& options) {
  if (trace.empty()) return "";
  std::string out = "\n";
  if (!title.empty()) out += fmt::format("   {}\n", title);
  return out + TraceTable(trace, options).render();
}

}  // namespace

bool needs_evidence(Verdict verdict, Detail detail) {
  switch (verdict) {
    case Verdict::fail:
    case Verdict::warn:
    case Verdict::flaky:
    case Verdict::error: return true;
    case Verdict::inconclusive: return detail == Detail::verbose;
    case Verdict::pass:
    case Verdict::skip: return false;
  }
  return false;
}

std::string render_evidence(const CaseResult& result, int number, const ConsoleOptions& options) {
  const std::string ordinal = fmt::format("{}) ", number);
  std::string out = fmt::format("{}{}  {}\n", ordinal, paint(options.colour, Style::heading, printable(result.id)),
                                paint(options.colour, Style::faint, fmt::format("MQTT {}", spec::name(result.version))));
  out += paragraph("   ", 3, result.title, options.columns);
  const std::string verdict = fmt::format("{}: ", name(result.verdict));
  out += paragraph("   " + paint(options.colour, style_of(result.verdict), verdict), 3 + verdict.size(), result.message, options.columns);
  for (const Blame& blame : result.blames) out += render_blame(blame, result.version, options);
  if (result.verdict == Verdict::flaky) {
    out += render_trace("The run that failed:", result.first_trace, options);
    out += render_trace("The run that passed, alone and with longer limits:", result.trace, options);
  } else {
    out += render_trace("", result.trace, options);
  }
  return out;
}

}  // namespace mqttspec::conformance::report
