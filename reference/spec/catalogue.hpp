#pragma once

#include "reference/spec/protocol_version.hpp"
#include "reference/spec/statement.hpp"
#include "reference/spec/statements_3_1_1.hpp"
#include "reference/spec/statements_5_0.hpp"

#include <optional>
#include <span>
#include <string_view>

/// The catalogue of the numbered normative statements: 140 of MQTT 3.1.1, 251 of MQTT 5.0.
namespace mqttspec::spec {

/// The statements of a version in the order of the standard. MQTT 3.1 has no numbered statements; those of 3.1.1 are used.
constexpr std::span<const Statement> statements(ProtocolVersion version) {
  if (version == ProtocolVersion::v5_0) return statements_5_0;
  return statements_3_1_1;
}

/// The statement with this id, or nullptr if the version has no such statement.
/// A plain loop, because it runs at compile time for every id in the source, where algorithms with projections are slow.
constexpr const Statement* find(ProtocolVersion version, std::string_view id) {
  for (const Statement& statement : statements(version))
    if (statement.id.size() == id.size() && statement.id.back() == id.back() && statement.id == id) return &statement;
  return nullptr;
}

/// A place in one version of the standard: a numbered statement ("MQTT-3.1.2-24"), the section of a requirement that has no number
/// in the standard ("3.1.2.11"), or nothing. A wrong statement id in the source does not compile.
class Clause {
 public:
  constexpr Clause() = default;

  /// @param version the version whose catalogue must contain the statement
  /// @param text    a statement id, digits and dots of a section, or "" for nothing
  consteval Clause(ProtocolVersion version, std::string_view text) : Clause(parse(version, text).value()) {}

  /// The clause with this text, or nothing if the text is neither a statement of this version nor a section.
  /// @param text must outlive the result if it names a section; the ids of statements are taken from the catalogue
  static constexpr std::optional<Clause> parse(ProtocolVersion version, std::string_view text) {
    if (is_section(text)) return Clause(text, text);
    if (const Statement* statement = find(version, text)) return Clause(statement->id, statement->section);
    return std::nullopt;
  }

  constexpr std::string_view text() const { return text_; }
  /// The section that contains it, as the catalogue names it ("3.1.0"); "" for nothing.
  constexpr std::string_view section() const { return section_; }
  constexpr bool empty() const { return text_.empty(); }
  constexpr bool is_statement() const { return text_.starts_with("MQTT-"); }
  constexpr bool operator==(const Clause&) const = default;

 private:
  constexpr Clause(std::string_view text, std::string_view section) : text_(text), section_(section) {}
  /// Digits and dots, or empty.
  static constexpr bool is_section(std::string_view text) { return text.find_first_not_of("0123456789.") == std::string_view::npos; }

  std::string_view text_;
  std::string_view section_;
};

/// One requirement, and the clause that states it in each version of the standard; empty if a version does not state it.
struct Requirement {
  Clause v3_1_1;
  Clause v5_0;

  consteval Requirement(std::string_view in_3_1_1, std::string_view in_5_0)
      : v3_1_1(ProtocolVersion::v3_1_1, in_3_1_1), v5_0(ProtocolVersion::v5_0, in_5_0) {}

  /// The clause of this version (3.1.1 for 3.1).
  constexpr Clause in(ProtocolVersion version) const { return version == ProtocolVersion::v5_0 ? v5_0 : v3_1_1; }
  constexpr bool operator==(const Requirement&) const = default;
};

}  // namespace mqttspec::spec
