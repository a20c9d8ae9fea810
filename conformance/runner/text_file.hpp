#pragma once

#include <toml++/toml.h>

#include <expected>
#include <string>
#include <string_view>

/// Files that users write: baselines and profiles.
namespace mqttspec::conformance {

/// @return all of its bytes, or why it cannot be read, in one line that names it
std::expected<std::string, std::string> read_text_file(const std::string& file);

/// @param file named in errors
/// @return the root table, or one line with the place where the text stops being TOML
std::expected<toml::table, std::string> parse_toml(std::string_view text, const std::string& file);

}  // namespace mqttspec::conformance
