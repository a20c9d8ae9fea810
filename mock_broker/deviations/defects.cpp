#include "mock_broker/deviations/defects.hpp"

#include "mock_broker/deviations/defect_tables.hpp"

#include <algorithm>
#include <vector>

namespace mqttspec::mock_broker {

std::span<const Defect> defects() {
  static const std::vector<Defect> all = [] {
    using namespace defect_tables;
    std::vector<Defect> joined;
    for (const auto& table : {connecting(), sessions(), subscribing(), matching(), receiving(), delivering(), forwarding(), retaining(),
                              malformed(), undecodable(), authenticating(), explaining(), transporting()})
      joined.insert(joined.end(), table.begin(), table.end());
    return joined;
  }();
  return all;
}

const Defect* find_defect(std::string_view id) {
  const auto all = defects();
  const auto found = std::ranges::find(all, id, &Defect::id);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace mqttspec::mock_broker
