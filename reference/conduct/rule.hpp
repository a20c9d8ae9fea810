#pragma once

#include "reference/spec/catalogue.hpp"

#include <span>
#include <string_view>

namespace mqttspec::conduct {

/// One thing that an end of a Network Connection has to do, or to leave, and that can be judged from the packets alone.
struct Rule {
  std::string_view id;            ///< "server/second-connack": who is judged, and what breaks the rule
  spec::Requirement requirement;  ///< where the standard says so; a version without a clause does not have the rule
  spec::Level level;
  std::string_view summary;  ///< one line: what the rule demands
};

/// Another statement that a rule watches.
struct FurtherStatement {
  std::string_view rule;  ///< its id
  spec::Requirement requirement;
};

/// Everything that ServerConduct judges, in the order of the standard's subjects.
std::span<const Rule> server_rules();
/// Everything that ClientConduct judges.
std::span<const Rule> client_rules();
/// The decoder's rules, under the same ids ("codec/reserved-flags"). Both checkers forward the decoder's violations as findings of them.
std::span<const Rule> decoder_rules();
/// What the rules watch beside the statements that they name.
std::span<const FurtherStatement> further_statements();

/// Whether a rule watches a statement of this version.
bool watches(const Rule& rule, spec::ProtocolVersion version, std::string_view statement);

}  // namespace mqttspec::conduct
