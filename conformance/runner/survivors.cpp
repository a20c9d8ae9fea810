#include "conformance/runner/survivors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace mqttspec::conformance {
namespace {

using spec::ProtocolVersion;

std::optional<ProtocolVersion> version_of(std::string_view name) {
  for (const auto version : {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0})
    if (spec::name(version) == name) return version;
  return std::nullopt;
}

}  // namespace

std::expected<Survivors, std::string> parse_survivors(std::string_view text, const std::string& file, const DefectExists& exists) {
  Survivors survivors;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto wrong = [&](std::string_view what) { return std::unexpected(fmt::format("{}:{}: {}", file, number, what)); };
    std::istringstream words{line.substr(0, line.find('#'))};
    std::string version_name;
    std::string id;
    std::string more;
    if (!(words >> version_name)) continue;
    if (!(words >> id) || words >> more) return wrong("write a version and the id of a defect");
    const auto version = version_of(version_name);
    if (!version) return wrong(fmt::format("'{}' is not 3.1.1 or 5.0", version_name));
    if (!exists(*version, id)) return wrong(fmt::format("there is no defect '{}' in MQTT {}", id, version_name));
    if (!survivors.emplace(*version, id).second) return wrong(fmt::format("'{}' stands there twice", id));
  }
  return survivors;
}

std::expected<Survivors, std::string> read_survivors(const std::string& file, const DefectExists& exists) {
  std::ifstream in(file);
  if (!in) return std::unexpected(fmt::format("{}: {}", file, std::generic_category().message(errno)));
  std::ostringstream text;
  text << in.rdbuf();
  return parse_survivors(text.view(), file, exists);
}

}  // namespace mqttspec::conformance
