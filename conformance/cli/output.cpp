#include "conformance/cli/output.hpp"

#include "conformance/report/text.hpp"
#include "conformance/report/tool.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace mqttspec::conformance::cli {
namespace {

constexpr std::size_t usual_columns = 100;
constexpr std::size_t least_columns = 60;
constexpr std::size_t most_columns = 120;

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::unexpected<std::string> cannot_write(const std::string& file) {
  return std::unexpected(fmt::format("cannot write {}: {}", file, std::strerror(errno)));
}

}  // namespace

void complain(std::string_view command, std::string_view what) {
  print(stderr, fmt::format("{} {}: {}\n", report::tool_name, command, report::printable(what)));
}

void print(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

std::expected<void, std::string> check_writable(const std::string& file) {
  if (file.empty() || file == "-") return {};
  errno = 0;
  const std::ofstream out(file, std::ios::app | std::ios::binary);
  if (!out) return cannot_write(file);
  return {};
}

std::expected<void, std::string> write_file(const std::string& file, const std::function<void(std::ostream& out)>& write) {
  if (file == "-") {
    write(std::cout);
    std::cout.flush();
    return {};
  }
  errno = 0;
  std::ofstream out(file, std::ios::trunc | std::ios::binary);
  write(out);
  out.close();
  if (!out) return cannot_write(file);
  return {};
}

std::expected<void, std::string> write_file(const std::string& file, std::string_view text) {
  return write_file(file, [text](std::ostream& out) { out << text; });
}

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1 && environment("TERM") != "dumb"; }

report::Colour colour_for(std::FILE* stream, bool allowed) {
  return allowed && is_terminal(stream) && environment("NO_COLOR").empty() ? report::Colour::on : report::Colour::off;
}

std::size_t columns_of(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_columns;
  return std::clamp<std::size_t>(size.ws_col, least_columns, most_columns);
}

}  // namespace mqttspec::conformance::cli
