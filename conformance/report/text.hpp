#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text for terminals. Widths are counted in characters (code points), which is right for everything that the standard and we write.
namespace mqttspec::conformance::report {

/// The text with everything escaped that could command a terminal or reorder a line: control characters as \x1b or \u{9b}, bidirectional
/// marks as \u{202e}, line breaks as \n, bytes that are not UTF-8 as \xff. The result is one line of valid UTF-8.
std::string printable(std::string_view text);

/// Characters of valid UTF-8.
std::size_t width(std::string_view text);

/// Breaks at spaces, or inside a word that is longer than a line. Never empty: "" gives one empty line.
/// @param columns at least 1
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

/// Fills up with spaces on the right; a text that is too long is cut and ends with "…".
std::string fit(std::string_view text, std::size_t columns);

/// "12 cases", "1 case".
std::string counted(int number, std::string_view noun);

}  // namespace mqttspec::conformance::report
