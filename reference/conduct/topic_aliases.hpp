#pragma once

#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace mqttspec::conduct {

/// Which rules a PUBLISH's sender is judged by.
struct TopicAliasRules {
  RuleRef topic_name_missing;
  RuleRef zero;
  RuleRef not_allowed;
  RuleRef above_maximum;
  RuleRef unknown;
};

/// The Topic Aliases that the judged end has set on one Network Connection (5.0, 3.3.2.3.4).
class TopicAliases {
 public:
  /// What the other end allows; unknown until it has said so.
  void set_maximum(std::uint32_t maximum) { maximum_ = maximum; }

  /// Judges how a PUBLISH names its topic.
  /// @return the Topic Name, or nothing where it cannot be known
  std::optional<std::string> resolve(const wire::Publish& publish, const TopicAliasRules& rules, Report& report);

 private:
  std::optional<std::uint32_t> maximum_;
  std::map<std::uint32_t, std::string> names_;
};

}  // namespace mqttspec::conduct
