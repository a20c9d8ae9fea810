#pragma once

#include "reference/conduct/report.hpp"
#include "reference/link/trace.hpp"
#include "reference/spec/catalogue.hpp"

#include <cstdint>
#include <string>

namespace mqttspec::link {

/// What it means that a statement or rule is not kept.
enum class Severity : std::uint8_t {
  broken,       ///< MUST and MUST NOT, and requirements without a number
  not_advised,  ///< SHOULD and SHOULD NOT; and MAY, which nothing can break: at most it is not what a reader would expect
};

constexpr Severity severity_of(spec::Level level) {
  return level == spec::Level::must || level == spec::Level::must_not ? Severity::broken : Severity::not_advised;
}

/// The severity of a clause: that of its statement's level. A section counts as a MUST.
constexpr Severity severity_of(spec::Clause clause, spec::ProtocolVersion version) {
  const auto* statement = spec::find(version, clause.text());
  return statement != nullptr ? severity_of(statement->level) : Severity::broken;
}

/// An end of a Network Connection has broken a rule.
struct Violation {
  const conduct::Rule* rule = nullptr;  ///< never null; lives as long as the program
  spec::Clause clause{};                ///< of the connection's version
  Severity severity = Severity::broken;
  std::string explanation{};  ///< one or two sentences: what was observed, and why it breaks the rule
  int connection = 0;         ///< the number of the Link
  std::string client_id{};    ///< as assigned by the server if the client left it to the server; empty before CONNECT
  spec::ProtocolVersion version = spec::ProtocolVersion::v5_0;
  transport::TimePoint time{};
  Trace evidence{};  ///< the packets up to the one that shows it; empty if the trace is kept elsewhere
};

/// "[MQTT-3.1.0-2] client "a", connection 3, MQTT 5.0: a second CONNECT was received …"
std::string to_string(const Violation& violation);

}  // namespace mqttspec::link
