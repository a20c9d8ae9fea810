#pragma once

#include "reference/conduct/client_rules.hpp"
#include "reference/conduct/decoder_rules.hpp"
#include "reference/conduct/rule.hpp"
#include "reference/conduct/server_rules.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqttspec::conduct {

/// A rule was broken.
struct Finding {
  const Rule* rule;         ///< never null; lives as long as the program
  spec::Clause clause;      ///< of the connection's version
  std::string explanation;  ///< one or two sentences for people: what came, and why it breaks the rule
};

using Findings = std::vector<Finding>;

/// Names a rule where it is judged: `violate("server/second-connack", "...")`. An id that is in neither table does not compile.
class RuleRef {
 public:
  consteval RuleRef(const char* id) : rule_(find(id)) {}
  const Rule& operator*() const { return *rule_; }
  const Rule* get() const { return rule_; }

 private:
  static consteval const Rule* find(std::string_view id) {
    for (const Rule& rule : server_rule_table)
      if (rule.id == id) return &rule;
    for (const Rule& rule : client_rule_table)
      if (rule.id == id) return &rule;
    throw "no such rule in server_rules.hpp or client_rules.hpp";
  }

  const Rule* rule_;
};

/// Collects what was found about one packet.
class Report {
 public:
  explicit Report(spec::ProtocolVersion version) : version_(version) {}

  /// A rule that the connection's version does not have is never broken.
  void violate(RuleRef rule, std::string explanation) {
    const spec::Clause clause = (*rule).requirement.in(version_);
    if (!clause.empty()) findings_.push_back({rule.get(), clause, std::move(explanation)});
  }

  /// The same with a clause that is more precise than the rule's.
  void violate(RuleRef rule, spec::Clause clause, std::string explanation) {
    if (clause.empty()) return violate(rule, std::move(explanation));
    findings_.push_back({rule.get(), clause, std::move(explanation)});
  }

  /// Forwards what the decoder found.
  void violate(const wire::Violation& violation) {
    findings_.push_back({&rule_for(*violation.rule), violation.clause, violation.explanation + "."});
  }

  spec::ProtocolVersion version() const { return version_; }
  /// 5.0 allows sending again only after a Session was resumed; before, a sender may do it whenever it likes.
  bool resending_needs_resumption() const { return version_ == spec::ProtocolVersion::v5_0; }
  Findings take() { return std::move(findings_); }

 private:
  spec::ProtocolVersion version_;
  Findings findings_;
};

}  // namespace mqttspec::conduct
