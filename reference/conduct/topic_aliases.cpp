#include "reference/conduct/topic_aliases.hpp"

#include <algorithm>

namespace mqttspec::conduct {

std::optional<std::string> TopicAliases::resolve(const wire::Publish& publish, const TopicAliasRules& rules, Report& report) {
  const auto alias = publish.properties.get(wire::prop::topic_alias);
  if (!alias || report.version() != spec::ProtocolVersion::v5_0) {
    if (!publish.topic.empty()) return publish.topic;
    report.violate(rules.topic_name_missing, "PUBLISH came without Topic Name and without Topic Alias.");
    return std::nullopt;
  }
  const std::string number = "Topic Alias " + std::to_string(*alias);
  if (*alias == 0)
    report.violate(rules.zero, "PUBLISH came with Topic Alias 0.");
  else if (maximum_ == 0u)
    report.violate(rules.not_allowed, "PUBLISH came with " + number + ", and the Topic Alias Maximum is 0 or was not given.");
  else if (maximum_ && *alias > *maximum_)
    report.violate(rules.above_maximum,
                   "PUBLISH came with " + number + ", and the Topic Alias Maximum is " + std::to_string(*maximum_) + ".");

  if (!publish.topic.empty()) {
    if (*alias > maximum_.value_or(65'535)) return publish.topic;
    names_[*alias] = publish.topic;
    return publish.topic;
  }
  const auto known = names_.find(*alias);
  if (known != names_.end()) return known->second;
  if (*alias == 0 || *alias > maximum_.value_or(65'535)) return std::nullopt;  // found wrong above
  report.violate(rules.unknown,
                 "PUBLISH came with " + number + " in place of a Topic Name, and none was given for it on this Network Connection.");
  return std::nullopt;
}

void OtherAliases::note(const wire::Publish& publish) {
  const auto alias = publish.properties.get(wire::prop::topic_alias);
  if (!alias) return;
  highest_ = std::max<std::uint32_t>(highest_, *alias);
  if (!publish.topic.empty()) named_.insert(*alias);
  if (*alias == 0 || !named_.contains(*alias)) invalid_ = true;
}

}  // namespace mqttspec::conduct
