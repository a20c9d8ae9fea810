#include "conformance/report/style.hpp"

#include <fmt/color.h>

#include <array>

namespace mqttspec::conformance::report {
namespace {

struct Look {
  std::string_view mark;
  Style style;
  std::string_view counted;  ///< behind a number
};

constexpr std::array<Look, all_verdicts.size()> looks = {{
    {"✓", Style::good, "passed"},
    {"✗", Style::bad, "failed"},
    {"!", Style::doubtful, "warned"},
    {"–", Style::faint, "skipped"},
    {"?", Style::doubtful, "inconclusive"},
    {"~", Style::doubtful, "flaky"},
    {"‼", Style::bad, "in error"},
}};

const Look& look_of(Verdict verdict) { return looks[static_cast<std::size_t>(verdict)]; }

fmt::text_style text_style(Style style) {
  switch (style) {
    case Style::heading: return fmt::emphasis::bold;
    case Style::faint: return fmt::emphasis::faint;
    case Style::statement: return fmt::emphasis::bold | fmt::fg(fmt::terminal_color::cyan);
    case Style::good: return fmt::fg(fmt::terminal_color::green);
    case Style::bad: return fmt::emphasis::bold | fmt::fg(fmt::terminal_color::red);
    case Style::doubtful: return fmt::fg(fmt::terminal_color::yellow);
    case Style::sent: return fmt::fg(fmt::terminal_color::blue);
    case Style::received: return fmt::fg(fmt::terminal_color::magenta);
  }
  return {};
}

}  // namespace

std::string paint(Colour colour, Style style, std::string_view text) {
  if (colour == Colour::off || text.empty()) return std::string(text);
  return fmt::format(text_style(style), "{}", text);
}

std::string_view mark(Verdict verdict) { return look_of(verdict).mark; }
Style style_of(Verdict verdict) { return look_of(verdict).style; }
std::string counted(int number, Verdict verdict) { return fmt::format("{} {}", number, look_of(verdict).counted); }

}  // namespace mqttspec::conformance::report
