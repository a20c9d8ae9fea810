#pragma once

#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace mqttspec::conduct {

/// Which rules a PUBLISH's sender is judged by.
struct TopicAliasRules {
  RuleRef not_allowed;
  RuleRef above_maximum;
  RuleRef unknown;
};

/// The Topic Aliases that the judged end has set on one Network Connection (5.0, 3.3.2.3.4).
///
/// Memory: names of at most `most_bytes` are remembered, so less than 8 MiB. What exceeds that cannot be resolved, and is not reported.
class TopicAliases {
 public:
  static constexpr std::size_t most_bytes = 1u << 20;

  /// What the other end allows; unknown until it has said so.
  void set_maximum(std::uint32_t maximum) { maximum_ = maximum; }

  /// Judges how a PUBLISH names its topic. A Topic Alias 0, and no Topic Name at all, are matters of the decoder.
  /// @return the Topic Name, or nothing where it cannot be known
  std::optional<std::string> resolve(const wire::Publish& publish, const TopicAliasRules& rules, Report& report);

 private:
  std::optional<std::uint32_t> maximum_;
  std::size_t bytes_ = 0;                                                ///< of the names
  std::unordered_map<std::uint32_t, std::optional<std::string>> names_;  ///< nothing where the name was not kept
};

/// The Topic Aliases of the end that is not judged: whether the judged one has a reason to refuse them.
class OtherAliases {
 public:
  /// What the judged end allows; unknown until it has said so.
  void set_maximum(std::uint32_t maximum) { maximum_ = maximum; }
  /// A PUBLISH of 5.0 was sent. What was sent before the maximum was known is held to it as well.
  void note(const wire::Publish& publish);
  /// Whether there was a Topic Alias, and the judged end had to accept all that there were.
  bool all_valid() const { return highest_ > 0 && !invalid_ && highest_ <= maximum_; }

 private:
  std::uint32_t maximum_ = 0;
  std::uint32_t highest_ = 0;
  bool invalid_ = false;     ///< 0, or without a Topic Name that had been given to it
  std::vector<bool> named_;  ///< by Topic Alias, 16 bits
};

}  // namespace mqttspec::conduct
