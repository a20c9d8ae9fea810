#pragma once

#include "reference/spec/protocol_version.hpp"
#include "reference/spec/statement.hpp"
#include "reference/spec/statements_3_1_1.hpp"
#include "reference/spec/statements_5_0.hpp"

#include <span>
#include <string_view>

/// The catalogue of the numbered normative statements: 139 of MQTT 3.1.1, 251 of MQTT 5.0.
namespace mqttspec::spec {

/// The statements of a version in the order of the standard. MQTT 3.1 has none of its own and is judged by those of 3.1.1.
constexpr std::span<const Statement> statements(ProtocolVersion version) {
  if (version == ProtocolVersion::v5_0) return statements_5_0;
  return statements_3_1_1;
}

/// The statement with this id, or nullptr where the version has none.
/// A plain loop: it runs at compile time for every id in the source, where algorithms with projections are slow.
constexpr const Statement* find(ProtocolVersion version, std::string_view id) {
  for (const Statement& statement : statements(version))
    if (statement.id.size() == id.size() && statement.id.back() == id.back() && statement.id == id) return &statement;
  return nullptr;
}

/// A place in one version of the standard: a numbered statement ("MQTT-3.1.2-24"), the section of a requirement to which the
/// standard gives no number ("3.1.2.11"), or nothing. A wrong statement id does not compile.
class Clause {
 public:
  constexpr Clause() = default;

  /// @param version the version whose catalogue must hold the statement
  /// @param text    a statement id, digits and dots of a section, or "" for nothing
  consteval Clause(ProtocolVersion version, std::string_view text) : text_(text) {
    const bool known = text.empty() || is_section(text) || find(version, text) != nullptr;
    if (!known) throw "no such statement in this version of the standard";
  }

  constexpr std::string_view text() const { return text_; }
  constexpr bool empty() const { return text_.empty(); }
  constexpr bool is_statement() const { return text_.starts_with("MQTT-"); }
  constexpr bool operator==(const Clause&) const = default;

 private:
  static constexpr bool is_section(std::string_view text) { return text.find_first_not_of("0123456789.") == std::string_view::npos; }

  std::string_view text_;
};

/// One requirement and where each version of the standard states it; empty where a version does not.
struct Requirement {
  Clause v3_1_1;
  Clause v5_0;

  consteval Requirement(std::string_view in_3_1_1, std::string_view in_5_0)
      : v3_1_1(ProtocolVersion::v3_1_1, in_3_1_1), v5_0(ProtocolVersion::v5_0, in_5_0) {}

  /// The clause that holds in a version (3.1 is judged by 3.1.1).
  constexpr Clause in(ProtocolVersion version) const { return version == ProtocolVersion::v5_0 ? v5_0 : v3_1_1; }
  constexpr bool operator==(const Requirement&) const = default;
};

}  // namespace mqttspec::spec
