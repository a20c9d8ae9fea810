#include "conformance/harness/case.hpp"

#include <algorithm>

namespace mqttspec::conformance {

bool Case::runs_in(ProtocolVersion version) const { return std::ranges::find(checks, version, &Check::version) != checks.end(); }

std::vector<spec::Clause> Case::clauses(ProtocolVersion version) const {
  std::vector<spec::Clause> found;
  for (const Check& check : checks)
    if (check.version == version) found.push_back(check.clause);
  return found;
}

}  // namespace mqttspec::conformance
