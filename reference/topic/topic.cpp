#include "reference/topic/topic.hpp"

namespace mqttspec::topic {
namespace {

constexpr std::size_t maximum_size = 65'535;
constexpr std::string_view share_prefix = "$share/";

/// What holds for names and filters alike; filters say so in their own words.
std::optional<Error> check_common(std::string_view text, std::string_view if_empty) {
  if (text.empty()) return Error{Fault::empty, 0, if_empty};
  if (text.size() > maximum_size) return Error{Fault::too_long, maximum_size, "It is longer than 65,535 bytes"};
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
    return Error{Fault::with_null, at, "It contains the null character U+0000"};
  return std::nullopt;
}

/// Whether the character stands alone between two separators.
bool fills_level(std::string_view filter, std::size_t at) {
  const bool begins = at == 0 || filter[at - 1] == '/';
  const bool ends = at + 1 == filter.size() || filter[at + 1] == '/';
  return begins && ends;
}

/// Takes a level and the separator behind it from the front.
std::string_view take_level(std::string_view& text) {
  const std::size_t end = text.find('/');
  const std::string_view level = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return level;
}

}  // namespace

std::optional<Error> check_name(std::string_view name) {
  if (const auto error = check_common(name, "A Topic Name is empty")) return error;
  const std::size_t at = name.find_first_of("+#");
  if (at != std::string_view::npos) return Error{Fault::wildcard_in_name, at, "A Topic Name contains a wildcard character"};
  return std::nullopt;
}

std::optional<Error> check_filter(std::string_view filter) {
  if (const auto error = check_common(filter, "A Topic Filter is empty")) return error;
  // The first wildcard that is wrong is the one to tell of.
  const std::size_t hash = filter.find('#');
  for (std::size_t plus = filter.find('+'); plus < hash; plus = filter.find('+', plus + 1)) {
    if (!fills_level(filter, plus)) return Error{Fault::plus_misplaced, plus, "The wildcard + shares its level with other characters"};
  }
  if (hash == std::string_view::npos) return std::nullopt;
  if (hash + 1 != filter.size()) return Error{Fault::hash_misplaced, hash, "The wildcard # is not the last character of its Topic Filter"};
  if (!fills_level(filter, hash)) return Error{Fault::hash_misplaced, hash, "The wildcard # shares its level with other characters"};
  return std::nullopt;
}

bool is_shared(std::string_view filter) { return filter.starts_with(share_prefix) || filter == "$share"; }

std::expected<Shared, Error> parse_shared(std::string_view filter) {
  const auto wrong = [](Fault fault, std::size_t offset, std::string_view explanation) {
    return std::unexpected(Error{fault, offset, explanation});
  };
  if (!filter.starts_with(share_prefix)) return wrong(Fault::share_name_empty, 0, "A Shared Subscription does not begin with $share/");
  const std::string_view rest = filter.substr(share_prefix.size());
  const std::string_view share_name = rest.substr(0, rest.find('/'));
  const std::size_t behind_name = share_prefix.size() + share_name.size();
  if (share_name.empty()) return wrong(Fault::share_name_empty, share_prefix.size(), "A Shared Subscription has an empty ShareName");
  if (const std::size_t at = share_name.find_first_of("+#"); at != std::string_view::npos) {
    return wrong(Fault::share_name_or_filter_wrong, share_prefix.size() + at, "A ShareName contains a wildcard character");
  }
  if (behind_name == filter.size())
    return wrong(Fault::share_name_or_filter_wrong, behind_name, "A ShareName is not followed by / and a Topic Filter");
  const std::string_view shared_filter = filter.substr(behind_name + 1);
  if (shared_filter.empty())
    return wrong(Fault::share_name_or_filter_wrong, behind_name + 1, "A ShareName is followed by an empty Topic Filter");
  if (auto error = check_filter(shared_filter)) {
    error->offset += behind_name + 1;
    return std::unexpected(*error);
  }
  return Shared{share_name, shared_filter};
}

std::optional<Error> check_filter_or_shared(std::string_view filter) {
  if (!is_shared(filter)) return check_filter(filter);
  if (const auto error = check_common(filter, "A Topic Filter is empty")) return error;
  if (const auto shared = parse_shared(filter); !shared) return shared.error();
  return std::nullopt;
}

bool matches(std::string_view filter, std::string_view name) {
  const bool begins_with_wildcard = filter.starts_with('#') || filter.starts_with('+');
  if (begins_with_wildcard && name.starts_with('$')) return false;

  // A separator at the end stands for an empty level behind it; `more` tells "a" from "a/".
  bool more_filter = true;
  bool more_name = true;
  while (more_filter && more_name) {
    const std::size_t filter_size = filter.size();
    const std::size_t name_size = name.size();
    const std::string_view filter_level = take_level(filter);
    if (filter_level == "#") return true;
    const std::string_view name_level = take_level(name);
    if (filter_level != "+" && filter_level != name_level) return false;
    more_filter = filter_level.size() != filter_size;
    more_name = name_level.size() != name_size;
  }
  // "a/#" matches "a" also.
  return !more_name && (!more_filter || filter == "#");
}

}  // namespace mqttspec::topic
