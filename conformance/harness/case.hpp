#pragma once

#include "reference/spec/catalogue.hpp"
#include "reference/transport/runtime.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance {

using spec::ProtocolVersion;
using transport::Awaitable;
class Test;

inline constexpr ProtocolVersion v3_1_1 = ProtocolVersion::v3_1_1;
inline constexpr ProtocolVersion v5_0 = ProtocolVersion::v5_0;

/// A statement, or a section where the requirement has no number, that a case checks in one version. Wrong ids do not compile.
struct Check {
  ProtocolVersion version;
  spec::Clause clause;
  consteval Check(ProtocolVersion of, std::string_view id) : version(of), clause(of, id) {}
  /// For clauses that were checked before, in other tables.
  constexpr Check(ProtocolVersion of, spec::Clause known) : version(of), clause(known) {}
};

/// What a broker may lack without breaking the standard.
enum class Capability : std::uint8_t {
  qos1,
  qos2,
  retained,
  wildcards,
  shared_subscriptions,
  subscription_identifiers,
  empty_client_id,  ///< assigns a Client Identifier where none is given
  sessions,         ///< keeps a Session when the connection ends
};

/// Whether a case may run beside others.
enum class Company : std::uint8_t {
  any,        ///< its own client ids and topics keep it apart
  exclusive,  ///< it would see other cases' traffic (a bare #), or they its effects
};

/// Whether a case has to let real seconds pass; such cases run beside the others without taking their turns.
enum class Pace : std::uint8_t { quick, by_the_clock };

/// A case: what it checks, what it needs, and how it goes. docs/writing-a-case.md
struct Case {
  std::string id;             ///< "section-word/what-must-happen"
  std::string title;          ///< one sentence that is true of a conforming broker
  std::vector<Check> checks;  ///< it runs in every version that is named here
  std::vector<Capability> needs = {};
  Company company = Company::any;
  Pace pace = Pace::quick;
  std::function<Awaitable<void>(Test&)> run;

  bool runs_in(ProtocolVersion version) const;
  std::vector<spec::Clause> clauses(ProtocolVersion version) const;
};

}  // namespace mqttspec::conformance
