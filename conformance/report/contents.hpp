#pragma once

#include "reference/spec/protocol_version.hpp"

#include <string_view>

namespace mqttspec::conformance::report {

/// The title of a chapter ("3") or of a section of the second level ("3.1") in a version's table of contents; "" where there is none.
std::string_view title_of(spec::ProtocolVersion version, std::string_view section);

}  // namespace mqttspec::conformance::report
