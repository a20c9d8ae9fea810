// Topic Names and Topic Filters against plain rules. The input is a filter, a byte 0xFF, which UTF-8 never has, and a name.

#include "reference/topic/topic.hpp"
#include "fuzz/models.hpp"
#include "fuzz/target.hpp"

namespace mqttspec::fuzz {
namespace {

void check_error(const std::optional<topic::Error>& error, std::string_view text) {
  if (!error) return;
  check(error->offset <= text.size(), "a topic's error is placed behind its end");
  check(!error->explanation.empty(), "a topic's error is not explained");
  check(!error->requirement().in(spec::ProtocolVersion::v5_0).empty(), "a topic's error names no statement");
}

void check_validity(std::string_view text) {
  const auto name_error = topic::check_name(text);
  const auto filter_error = topic::check_filter(text);
  const auto shared_error = topic::check_filter_or_shared(text);
  check(!name_error == model::is_valid_name(text), "check_name errs");
  check(!filter_error == model::is_valid_filter(text), "check_filter errs");
  check(!shared_error == model::is_valid_filter_or_shared(text), "check_filter_or_shared errs");
  for (const auto& error : {name_error, filter_error, shared_error}) check_error(error, text);
}

void check_shared(std::string_view filter) {
  check(topic::is_shared(filter) == (model::levels(filter).front() == "$share"), "is_shared errs");
  if (!topic::is_shared(filter)) return;
  const auto shared = topic::parse_shared(filter);
  if (!shared) return;
  check("$share/" + std::string(shared->share_name) + "/" + std::string(shared->filter) == filter, "parse_shared loses something");
  check(model::is_valid_filter(shared->filter), "parse_shared yields a Topic Filter that is not valid");
}

}  // namespace

void topic(wire::ByteView input) {
  const std::string_view text = text_of(input);
  const std::size_t middle = std::min(text.find('\xFF'), text.size());
  const std::string_view filter = text.substr(0, middle);
  const std::string_view name = middle == text.size() ? std::string_view() : text.substr(middle + 1);

  check_validity(filter);
  check_validity(name);
  check_shared(filter);
  if (model::is_valid_filter(filter) && model::is_valid_name(name))
    check(topic::matches(filter, name) == model::matches(filter, name), "matches errs");
}

}  // namespace mqttspec::fuzz
