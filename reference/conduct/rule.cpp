#include "reference/conduct/rule.hpp"

#include "reference/conduct/client_rules.hpp"
#include "reference/conduct/decoder_rules.hpp"
#include "reference/conduct/further_statements.hpp"
#include "reference/conduct/server_rules.hpp"

#include <algorithm>

namespace mqttspec::conduct {

std::span<const Rule> server_rules() { return server_rule_table; }
std::span<const Rule> client_rules() { return client_rule_table; }
std::span<const Rule> decoder_rules() { return decoder_rule_table; }
std::span<const FurtherStatement> further_statements() { return further_statement_table; }

bool watches(const Rule& rule, spec::ProtocolVersion version, std::string_view statement) {
  return rule.requirement.in(version).text() == statement ||
         std::ranges::any_of(further_statements(), [&](const FurtherStatement& further) {
           return further.rule == rule.id && further.requirement.in(version).text() == statement;
         });
}

}  // namespace mqttspec::conduct
