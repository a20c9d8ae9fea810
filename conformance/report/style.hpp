#pragma once

#include "conformance/harness/verdict.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mqttspec::conformance::report {

enum class Colour : std::uint8_t { off, on };

/// How each part of a report looks.
enum class Style : std::uint8_t { heading, faint, statement, good, bad, doubtful, sent, received };

/// The text in a style; the bare text without colours.
std::string paint(Colour colour, Style style, std::string_view text);

/// ✓ ✗ ! – ? ~ ‼
std::string_view mark(Verdict verdict);
Style style_of(Verdict verdict);
/// "14 passed", "1 failed", "2 skipped", …
std::string counted(int number, Verdict verdict);

}  // namespace mqttspec::conformance::report
