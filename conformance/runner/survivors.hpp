#pragma once

#include "reference/spec/protocol_version.hpp"

#include <expected>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

/// The defects that no case sees yet: a text file with a line `5.0 will/content-type-lost` for each of them, and comments behind #.
namespace mqttspec::conformance {

using Survivors = std::set<std::pair<spec::ProtocolVersion, std::string>>;

/// Whether a defect of this name breaks something in this version.
using DefectExists = std::function<bool(spec::ProtocolVersion, std::string_view id)>;

/// @param file named in errors
/// @return the defects, or one line that says where the text is wrong
std::expected<Survivors, std::string> parse_survivors(std::string_view text, const std::string& file, const DefectExists& exists);

/// @return the defects, or one line: no such file, or what parse_survivors says
std::expected<Survivors, std::string> read_survivors(const std::string& file, const DefectExists& exists);

}  // namespace mqttspec::conformance
