#include "reference/wire/judge.hpp"

#include "reference/wire/utf8.hpp"

namespace mqttspec::wire {

void Judge::violate(const Rule& rule, const std::uint8_t* at, std::initializer_list<std::string_view> explanation) {
  violate(rule.requirement.in(version_), rule.kind, rule.reason_code, at, explanation);
}

void Judge::violate(spec::Clause clause, ViolationKind kind, ReasonCode code, const std::uint8_t* at,
                    std::initializer_list<std::string_view> explanation) {
  if (violation_) return;
  const auto offset = static_cast<std::size_t>(at - packet_.data());
  violation_.emplace(Violation{.kind = kind, .clause = clause, .reason_code = code, .offset = offset, .explanation = {}});
  for (const std::string_view part : explanation) violation_->explanation += part;
}

void Judge::note(spec::Clause clause, const std::uint8_t* at, std::string_view explanation) {
  if (remark_) return;
  remark_ = Remark{.clause = clause, .offset = static_cast<std::size_t>(at - packet_.data()), .explanation = explanation};
}

bool Judge::check_text(std::string_view text, std::string_view name, const Rule& ill_formed, const Rule& with_null) {
  constexpr spec::Requirement unwise("1.5.3", "1.5.4");
  const Utf8Result result = check_utf8(text);
  if (result.remark) {
    const bool control = result.remark->finding == Utf8Finding::control_character;
    note(unwise.in(version_), bytes_of(text) + result.remark->offset,
         control ? "A string holds a control character" : "A string holds a Unicode non-character");
  }
  if (!result.error) return true;
  const bool null = result.error->finding == Utf8Finding::null_character;
  violate(null ? with_null : ill_formed, bytes_of(text) + result.error->offset,
          {"The ", name, null ? " holds the null character U+0000" : " is not well-formed UTF-8"});
  return false;
}

bool Judge::check_topic_name(std::string_view topic, std::string_view name, const Rule& wildcard) {
  if (topic.empty()) {
    violate(rules::topic_name_empty, bytes_of(topic) - 2, {"The ", name, " is empty"});
    return false;
  }
  if (const std::size_t at = topic.find_first_of("+#"); at != std::string_view::npos) {
    violate(wildcard, bytes_of(topic) + at, {"The ", name, " contains the wildcard ", topic.substr(at, 1)});
    return false;
  }
  return true;
}

}  // namespace mqttspec::wire
