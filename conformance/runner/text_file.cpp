#include "conformance/runner/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace mqttspec::conformance {

std::expected<std::string, std::string> read_text_file(const std::string& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  // A directory opens and goes bad at the first character.
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad()) return std::unexpected(fmt::format("cannot read {}: {}", file, std::strerror(errno)));
  return std::move(text).str();
}

std::expected<toml::table, std::string> parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    std::string description(error.description());
    std::ranges::replace(description, '\n', ' ');
    return std::unexpected(fmt::format("{}:{}: this is not TOML: {}", file, error.source().begin.line, description));
  }
}

}  // namespace mqttspec::conformance
