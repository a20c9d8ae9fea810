#include "reference/wire/judge.hpp"

#include "reference/wire/utf8.hpp"

namespace mqttspec::wire {

void Judge::violate(RuleRef rule, const std::uint8_t* at, std::initializer_list<std::string_view> explanation) {
  violate(rule, rule->requirement.in(version_), at, explanation);
}

void Judge::violate(RuleRef rule, spec::Clause clause, const std::uint8_t* at, std::initializer_list<std::string_view> explanation) {
  if (rule->readability == Readability::unreadable) readable_ = false;
  if (violation_) return;
  const auto offset = static_cast<std::size_t>(at - packet_.data());
  violation_.emplace(Violation{.rule = &*rule, .clause = clause, .offset = offset, .explanation = {}});
  for (const std::string_view part : explanation) violation_->explanation += part;
}

void Judge::field_missing(std::string_view name, const std::uint8_t* at) {
  violate("codec/field-missing", rule_of(type_).layout.in(version_), at, {"The packet ends before its ", name});
}

void Judge::bytes_after_last_field(const std::uint8_t* at) {
  violate("codec/bytes-after-last-field", rule_of(type_).layout.in(version_), at, {name(type_), " has bytes after its last field"});
}

void Judge::note(spec::Clause clause, const std::uint8_t* at, std::string_view explanation) {
  if (remark_) return;
  remark_ = Remark{.clause = clause, .offset = static_cast<std::size_t>(at - packet_.data()), .explanation = explanation};
}

bool Judge::check_text(std::string_view text, std::string_view name, RuleRef ill_formed, RuleRef with_null) {
  constexpr spec::Requirement unwise("1.5.3", "1.5.4");
  const Utf8Result result = check_utf8(text);
  if (result.remark) {
    const bool control = result.remark->finding == Utf8Finding::control_character;
    note(unwise.in(version_), bytes_of(text) + result.remark->offset,
         control ? "A string contains a control character" : "A string contains a Unicode non-character");
  }
  if (!result.error) return true;
  const bool null = result.error->finding == Utf8Finding::null_character;
  violate(null ? with_null : ill_formed, bytes_of(text) + result.error->offset,
          {"The ", name, null ? " contains the null character U+0000" : " is not well-formed UTF-8"});
  return false;
}

void Judge::check_topic_name(std::string_view topic, std::string_view name, RuleRef wildcard) {
  if (topic.empty()) violate("codec/topic-name-empty", bytes_of(topic) - 2, {"The ", name, " is empty"});
  if (const std::size_t at = topic.find_first_of("+#"); at != std::string_view::npos)
    violate(wildcard, bytes_of(topic) + at, {"The ", name, " contains the wildcard ", topic.substr(at, 1)});
}

}  // namespace mqttspec::wire
