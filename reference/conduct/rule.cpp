#include "reference/conduct/rule.hpp"

#include "reference/conduct/client_rules.hpp"
#include "reference/conduct/server_rules.hpp"

namespace mqttspec::conduct {

std::span<const Rule> server_rules() { return server_rule_table; }
std::span<const Rule> client_rules() { return client_rule_table; }

}  // namespace mqttspec::conduct
