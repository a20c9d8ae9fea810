#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance::report {

/// Checks JSON against the part of JSON Schema 2020-12 that docs/report.schema.json uses. A keyword that is not understood here is an error
/// too, so that nothing in the schema goes unchecked.
/// @return what is wrong, each with the place in the document; empty where nothing is
std::vector<std::string> check_against_schema(std::string_view document, std::string_view schema);

}  // namespace mqttspec::conformance::report
