#include "conformance/cli/display.hpp"

#include "conformance/cli/output.hpp"

namespace mqttspec::conformance::cli {

report::ConsoleOptions console_options(std::FILE* stream, const Display& display) {
  return {.colour = colour_for(stream, display.colour_allowed), .detail = display.detail, .columns = columns_of(stream)};
}

std::unique_ptr<report::Progress> make_progress(const Display& display) {
  if (!display.progress_allowed || !is_terminal(stderr)) return nullptr;
  return std::make_unique<report::Progress>([](std::string_view text) { print(stderr, text); }, columns_of(stderr),
                                            colour_for(stderr, display.colour_allowed));
}

}  // namespace mqttspec::conformance::cli
