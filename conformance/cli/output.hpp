#pragma once

#include "conformance/report/style.hpp"

#include <cstddef>
#include <cstdio>
#include <expected>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace mqttspec::conformance::cli {

/// A line for people on standard error: "mqttspec test: no broker at …".
void complain(std::string_view command, std::string_view what);

/// Writes everything and flushes; that nobody reads any more is no error.
void print(std::FILE* stream, std::string_view text);

/// Whether a file can be written, tried before a run that would be lost otherwise. An existing file is left as it is. "" and "-" always
/// can.
/// @return or one line that says why not
std::expected<void, std::string> check_writable(const std::string& file);

/// Replaces the file; "-" is standard output.
/// @return or one line that says why it could not be written
std::expected<void, std::string> write_file(const std::string& file, const std::function<void(std::ostream& out)>& write);
std::expected<void, std::string> write_file(const std::string& file, std::string_view text);

/// Whether a terminal that understands control sequences is behind a stream.
bool is_terminal(std::FILE* stream);
/// Colours on a terminal, unless --no-color or NO_COLOR (https://no-color.org) is given.
report::Colour colour_for(std::FILE* stream, bool allowed);
/// Columns of the terminal, from 60 to 120; 100 where there is none.
std::size_t columns_of(std::FILE* stream);

}  // namespace mqttspec::conformance::cli
