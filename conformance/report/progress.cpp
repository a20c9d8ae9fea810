#include "conformance/report/progress.hpp"

#include "conformance/report/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace mqttspec::conformance::report {
namespace {

constexpr std::chrono::milliseconds between_redraws{60};
constexpr int bar_width = 20;
constexpr std::string_view wipe_line = "\r\x1b[2K";

std::string bar(int done, int total) {
  const int filled = total == 0 ? 0 : std::clamp(bar_width * done / total, 0, bar_width);
  std::string out;
  for (int i = 0; i < bar_width; ++i) out += i < filled ? "█" : "░";
  return out;
}

}  // namespace

Progress::Progress(Write write, std::size_t columns, Colour colour, Now now)
    : write_(std::move(write)), columns_(columns), colour_(colour), now_(std::move(now)) {}

Progress::~Progress() { clear(); }

void Progress::run_started(int total) {
  total_ = total;
  redraw_when_due();
}

void Progress::case_started(const CaseResult& head) {
  under_way_[{head.id, head.version}] = started_++;
  redraw_when_due();
}

void Progress::case_finished(const CaseResult& result) {
  ++done_;
  if (result.verdict == Verdict::fail || result.verdict == Verdict::error) ++failed_;
  under_way_.erase({result.id, result.version});
  redraw_when_due();
}

void Progress::notice(const std::string& text) {
  clear();
  write_(paint(colour_, Style::faint, printable(text)) + "\n");
  next_redraw_ = {};
  redraw_when_due();
}

void Progress::clear() {
  if (is_shown_) write_(wipe_line);
  is_shown_ = false;
}

void Progress::redraw_when_due() {
  const auto now = now_();
  if (now < next_redraw_) return;
  next_redraw_ = now + between_redraws;
  is_shown_ = true;
  write_(std::string(wipe_line) + line());
}

std::string Progress::line() const {
  // The last column stays empty: some terminals wrap as soon as it is written.
  const std::size_t room = columns_ - std::min<std::size_t>(columns_, 1);
  const std::string failures = failed_ == 0 ? "" : fmt::format("  {}", counted(failed_, Verdict::fail));
  std::string rest;
  if (!under_way_.empty()) {
    const auto& oldest = *std::ranges::min_element(under_way_, {}, [](const auto& entry) { return entry.second; });
    rest = fmt::format("  {} under way: {}", under_way_.size(), printable(oldest.first.first));
    if (under_way_.size() > 1) rest += ", …";
  }
  const std::string start = fmt::format("{} {}/{}", bar(done_, total_), done_, total_);
  const std::size_t taken = width(start) + width(failures);
  if (taken > room) return fit(start, std::min(width(start), room));
  return start + paint(colour_, Style::bad, failures) + fit(rest, std::min(width(rest), room - taken));
}

}  // namespace mqttspec::conformance::report
