#include "reference/conduct/topic_aliases.hpp"

#include <algorithm>

namespace mqttspec::conduct {

std::optional<std::string> TopicAliases::resolve(const wire::Publish& publish, const TopicAliasRules& rules, Report& report) {
  const auto alias = publish.properties.get(wire::prop::topic_alias);
  if (!alias || report.version() != spec::ProtocolVersion::v5_0) {
    if (!publish.topic.empty()) return publish.topic;
    return std::nullopt;
  }
  if (*alias == 0) return publish.topic.empty() ? std::nullopt : std::optional(publish.topic);
  const auto number = [&] { return "Topic Alias " + std::to_string(*alias); };
  if (maximum_ == 0u)
    report.violate(rules.not_allowed, "PUBLISH was received with " + number() + ", and the Topic Alias Maximum is 0 or was not given.");
  else if (maximum_ && *alias > *maximum_)
    report.violate(rules.above_maximum,
                   "PUBLISH was received with " + number() + ", and the Topic Alias Maximum is " + std::to_string(*maximum_) + ".");

  if (!publish.topic.empty()) {
    if (*alias > maximum_.value_or(65'535)) return publish.topic;
    std::optional<std::string>& name = names_[*alias];
    if (name) bytes_ -= name->size();
    if (bytes_ + publish.topic.size() <= most_bytes) {
      bytes_ += publish.topic.size();
      name = publish.topic;
    } else {
      name.reset();
    }
    return publish.topic;
  }
  const auto known = names_.find(*alias);
  if (known != names_.end()) return known->second;
  if (*alias > maximum_.value_or(65'535)) return std::nullopt;  // reported above
  report.violate(rules.unknown, "PUBLISH was received with " + number() +
                                    " in place of a Topic Name, and none was given for it on this Network Connection.");
  return std::nullopt;
}

void OtherAliases::note(const wire::Publish& publish) {
  const auto alias = publish.properties.get(wire::prop::topic_alias);
  if (!alias) return;
  highest_ = std::max<std::uint32_t>(highest_, *alias);
  if (named_.size() <= *alias) named_.resize(*alias + std::size_t{1});
  if (!publish.topic.empty()) named_[*alias] = true;
  if (*alias == 0 || !named_[*alias]) invalid_ = true;
}

}  // namespace mqttspec::conduct
