#pragma once

#include "conformance/harness/case.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance {

/// Which cases run. A pattern is a case id with * ("qos2/*"), a section of a version ("v5/3.3": cases that check something in 3.3 or below;
/// "v3/4.7"), or a statement id with * ("MQTT-4.3.3-*"). Without `only` patterns all are selected; `skip` patterns take away.
struct Selection {
  std::vector<std::string> only;
  std::vector<std::string> skip;

  bool selects(const Case& candidate, spec::ProtocolVersion version) const;
};

/// Whether text matches a pattern in which * stands for any run of characters.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace mqttspec::conformance
