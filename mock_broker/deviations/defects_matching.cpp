// Broken matching of Topic Filters and Topic Names (4.7). Every function here answers whether a filter matches a name, and is wrong in one
// way.

#include "mock_broker/deviations/defect_tables.hpp"
#include "reference/topic/topic.hpp"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using topic::matches;
using View = std::string_view;

auto levels_of(View text) { return std::ranges::count(text, '/'); }

std::string replaced(View text, View from, View to) {
  std::string result(text);
  for (auto at = result.find(from); at != std::string::npos; at = result.find(from, at + to.size())) result.replace(at, from.size(), to);
  return result;
}

std::string lower(View text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

View trimmed(View text, char what) {
  while (text.size() > 1 && text.starts_with(what)) text.remove_prefix(1);
  while (text.size() > 1 && text.ends_with(what)) text.remove_suffix(1);
  return text;
}

View first_level(View text) { return text.substr(0, text.find('/')); }

/// + stands for any characters, also /.
bool glob(View filter, View name) {
  if (filter.empty()) return name.empty();
  if (filter.front() == '#') return true;
  if (filter == "/#" && name.empty()) return true;
  if (filter.front() == '+') {
    for (std::size_t taken = 0; taken <= name.size(); ++taken)
      if (glob(filter.substr(1), name.substr(taken))) return true;
    return false;
  }
  return !name.empty() && filter.front() == name.front() && glob(filter.substr(1), name.substr(1));
}

bool has_empty_level_under_plus(View filter, View name) {
  while (!filter.empty() && filter.front() != '#') {
    if (first_level(filter) == "+" && first_level(name).empty()) return true;
    const auto next = [](View text) { return text.find('/') == View::npos ? View() : text.substr(text.find('/') + 1); };
    if (filter.find('/') == View::npos) break;
    filter = next(filter);
    name = next(name);
  }
  return false;
}

std::string without_dollar(View name) {
  std::string result(name);
  if (result.starts_with('$')) result[0] = 'x';
  return result;
}

// ---- the multi-level wildcard

bool hash_misses_parent(View f, View n) { return matches(f, n) && !(f.ends_with("/#") && matches(f.substr(0, f.size() - 2), n)); }
bool hash_is_one_level(View f, View n) { return matches(f, n) && !(f.ends_with('#') && levels_of(n) > levels_of(f)); }
bool hash_alone_matches_nothing(View f, View n) { return f != "#" && matches(f, n); }
bool hash_behind_levels_matches_nothing(View f, View n) { return matches(f, n) && !(f.ends_with("/#") && f.size() > 2); }
bool hash_misses_children(View f, View n) { return matches(f, n) && !(f.ends_with("/#") && !matches(f.substr(0, f.size() - 2), n)); }

// ---- the single-level wildcard

bool plus_spans_levels(View f, View n) { return matches(f, n) || (f.contains('+') && !n.starts_with('$') && glob(f, n)); }
bool plus_misses_empty_levels(View f, View n) { return matches(f, n) && !has_empty_level_under_plus(f, n); }
bool plus_matches_parent(View f, View n) {
  return matches(f, n) || (f.ends_with("/+") && f.size() > 2 && matches(f.substr(0, f.size() - 2), n));
}
bool plus_first_matches_nothing(View f, View n) { return !f.starts_with('+') && matches(f, n); }
bool plus_in_the_middle_matches_nothing(View f, View n) { return !f.contains("/+/") && matches(f, n); }
bool plus_last_matches_nothing(View f, View n) { return !f.ends_with("/+") && matches(f, n); }
bool plus_and_hash_match_nothing(View f, View n) { return !(f.contains('+') && f.contains('#')) && matches(f, n); }

// ---- $

bool hash_matches_dollar(View f, View n) { return matches(f, n) || (f.starts_with('#') && matches(f, without_dollar(n))); }
bool plus_matches_dollar(View f, View n) { return matches(f, n) || (f.starts_with('+') && matches(f, without_dollar(n))); }
bool dollar_hides_from_inner_wildcards(View f, View n) {
  return matches(f, n) && !(n.starts_with('$') && (f.contains('+') || f.contains('#')));
}
bool dollar_hides_anywhere(View f, View n) { return matches(f, n) && !(n.contains("/$") && (f.starts_with('+') || f.starts_with('#'))); }

// ---- other characters

bool case_ignored(View f, View n) { return matches(lower(f), lower(n)); }
bool empty_levels_dropped(View f, View n) { return matches(replaced(f, "//", "/"), replaced(n, "//", "/")); }
bool leading_separator_dropped(View f, View n) {
  const auto strip = [](View text) { return text.size() > 1 && text.starts_with('/') ? text.substr(1) : text; };
  return matches(strip(f), strip(n));
}
bool trailing_separator_dropped(View f, View n) {
  const auto strip = [](View text) { return text.size() > 1 && text.ends_with('/') ? text.substr(0, text.size() - 1) : text; };
  return matches(strip(f), strip(n));
}
bool spaces_trimmed(View f, View n) { return matches(trimmed(f, ' '), trimmed(n, ' ')); }
bool dots_are_separators(View f, View n) { return matches(replaced(f, ".", "/"), replaced(n, ".", "/")); }
bool names_cut_at_100_bytes(View f, View n) {
  return f.contains('+') || f.contains('#') ? matches(f, n) : f.substr(0, 100) == n.substr(0, 100);
}
bool prefixes_match(View f, View n) {
  return matches(f, n) || (!f.ends_with('#') && !n.starts_with('$') && matches(std::string(f) + "/#", n));
}
/// What is to be read as what.
using Reading = std::pair<View, View>;

std::string read_as(std::span<const Reading> readings, View text) {
  std::string result(text);
  for (const auto& [from, to] : readings) result = replaced(result, from, to);
  return result;
}

bool unicode_composed(View f, View n) {
  constexpr Reading composed[] = {{"A\xCC\x8A", "\u00C5"}, {"e\xCC\x81", "\u00E9"}};
  return matches(read_as(composed, f), read_as(composed, n));
}
bool compatible_characters_folded(View f, View n) {
  constexpr Reading folded[] = {{"\uFF21", "A"}, {"\uFB01", "fi"}};
  return matches(read_as(folded, f), read_as(folded, n));
}
bool case_of_other_letters_ignored(View f, View n) {
  constexpr Reading lowered[] = {{"\u00C4", "\u00E4"}, {"\u00D6", "\u00F6"}, {"\u00DC", "\u00FC"}};
  return matches(read_as(lowered, f), read_as(lowered, n));
}
bool percent_decoded(View f, View n) {
  constexpr Reading decoded[] = {{"%41", "A"}};
  return matches(read_as(decoded, f), read_as(decoded, n));
}
bool backslashes_dropped(View f, View n) {
  constexpr Reading dropped[] = {{"\\", ""}};
  return matches(read_as(dropped, f), read_as(dropped, n));
}
bool spaces_in_levels_trimmed(View f, View n) {
  constexpr Reading trimmed_inside[] = {{"/ ", "/"}, {" /", "/"}};
  return matches(read_as(trimmed_inside, f), read_as(trimmed_inside, n));
}
/// "a/b/../c" is read as "a/c".
std::string without_dot_segments(View text) {
  std::string result(text);
  for (auto dots = result.find("/../"); dots != std::string::npos; dots = result.find("/../")) {
    const auto level = dots == 0 ? 0 : result.rfind('/', dots - 1);
    const auto from = level == std::string::npos ? 0 : level;
    result.erase(from, dots + 3 - from);
  }
  return result;
}
bool dot_segments_resolved(View f, View n) { return matches(without_dot_segments(f), without_dot_segments(n)); }

/// The wildcards of file names and of regular expressions: * any run within a level, ? and . any character, [ab] one of them.
bool file_name_wildcards(View f, View n) {
  if (f.empty()) return n.empty();
  if (f.front() == '*') {
    for (std::size_t taken = 0; taken <= std::min(n.find('/'), n.size()); ++taken)
      if (file_name_wildcards(f.substr(1), n.substr(taken))) return true;
    return false;
  }
  if (n.empty()) return false;
  if (const auto end = f.find(']'); f.front() == '[' && end != View::npos)
    return f.substr(1, end - 1).contains(n.front()) && file_name_wildcards(f.substr(end + 1), n.substr(1));
  const bool is_any = (f.front() == '?' || f.front() == '.') && n.front() != '/';
  return (is_any || f.front() == n.front()) && file_name_wildcards(f.substr(1), n.substr(1));
}
bool other_wildcards(View f, View n) { return matches(f, n) || (!f.contains('+') && !f.contains('#') && file_name_wildcards(f, n)); }

// ---- parts of a filter taken for the whole

View before_hash(View filter) { return filter.ends_with("/#") ? filter.substr(0, filter.size() - 2) : filter; }
View parent_of(View name) { return name.substr(0, name.rfind('/')); }

bool filters_below_match(View f, View n) { return matches(f, n) || (!n.starts_with('$') && f.starts_with(std::string(n) + "/")); }
bool characters_compared(View f, View n) { return matches(f, n) || (!n.starts_with('$') && f.size() > 1 && n.starts_with(before_hash(f))); }
bool hash_widens_the_level_before(View f, View n) {
  return matches(f, n) || (f.ends_with("/#") && before_hash(f).contains('/') && matches(std::string(parent_of(before_hash(f))) + "/#", n));
}
bool hash_finds_its_level_anywhere(View f, View n) {
  if (matches(f, n) || !f.ends_with("/#") || !before_hash(f).contains('/')) return matches(f, n);
  const auto parent = std::string(parent_of(before_hash(f))) + "/";
  return n.starts_with(parent) && n.contains(std::string(before_hash(f).substr(parent.size() - 1)) + "/");
}
bool plus_matches_no_level(View f, View n) { return matches(f, n) || (f.contains("/+") && matches(replaced(f, "/+", ""), n)); }
bool plus_ends_the_comparison(View f, View n) {
  const auto plus = f.find('+');
  return matches(f, n) ||
         (plus != View::npos && plus > 0 && !f.contains('#') && n.starts_with(f.substr(0, plus)) && levels_of(f) == levels_of(n));
}
bool byte_order_marks_skipped(View f, View n) { return matches(replaced(f, "\xEF\xBB\xBF", ""), replaced(n, "\xEF\xBB\xBF", "")); }

/// A defect that matches by `Rule`.
template <bool (*Rule)(View, View)>
constexpr auto matching_by = [](Behaviour& b) { b.matches = Rule; };

constexpr Defect table[] = {
    // ---- #
    {.id = "wildcard/hash-misses-parent",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "sport/# does not match sport",
     .apply = matching_by<hash_misses_parent>},
    {.id = "wildcard/hash-is-one-level",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "sport/# does not match sport/tennis/player",
     .apply = matching_by<hash_is_one_level>},
    {.id = "wildcard/hash-alone-matches-nothing",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "# alone matches nothing",
     .apply = matching_by<hash_alone_matches_nothing>},
    {.id = "wildcard/hash-behind-levels-matches-nothing",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "sport/# matches nothing",
     .apply = matching_by<hash_behind_levels_matches_nothing>},
    {.id = "wildcard/hash-matches-parent-alone",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "sport/# matches sport and nothing below it",
     .apply = matching_by<hash_misses_children>},

    // ---- +
    {.id = "wildcard/plus-spans-levels",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "sport/+ matches sport/tennis/player",
     .apply = matching_by<plus_spans_levels>},
    {.id = "wildcard/plus-misses-empty-levels",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "sport/+ does not match sport/",
     .apply = matching_by<plus_misses_empty_levels>},
    {.id = "wildcard/plus-matches-parent",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "sport/+ matches sport",
     .apply = matching_by<plus_matches_parent>},
    {.id = "wildcard/plus-first-matches-nothing",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "+ as the first level matches nothing",
     .apply = matching_by<plus_first_matches_nothing>},
    {.id = "wildcard/plus-in-the-middle-matches-nothing",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "+ between two levels matches nothing",
     .apply = matching_by<plus_in_the_middle_matches_nothing>},
    {.id = "wildcard/plus-last-matches-nothing",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "+ as the last level matches nothing",
     .apply = matching_by<plus_last_matches_nothing>},
    {.id = "wildcard/plus-and-hash-match-nothing",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "A filter with both wildcards matches nothing",
     .apply = matching_by<plus_and_hash_match_nothing>},

    // ---- $
    {.id = "dollar/leaks-into-hash",
     .requirement = {"MQTT-4.7.2-1", "MQTT-4.7.2-1"},
     .summary = "# matches names that begin with $",
     .apply = matching_by<hash_matches_dollar>},
    {.id = "dollar/leaks-into-plus",
     .requirement = {"MQTT-4.7.2-1", "MQTT-4.7.2-1"},
     .summary = "+/monitor matches names that begin with $",
     .apply = matching_by<plus_matches_dollar>},
    {.id = "dollar/hides-from-inner-wildcards",
     .requirement = {"4.7.2", "4.7.2"},
     .summary = "$SYS/# does not match what is below $SYS",
     .apply = matching_by<dollar_hides_from_inner_wildcards>},
    {.id = "dollar/hides-anywhere",
     .requirement = {"4.7.2", "4.7.2"},
     .summary = "# does not match names with a $ at the beginning of an inner level",
     .apply = matching_by<dollar_hides_anywhere>},

    // ---- names
    {.id = "topic/case-ignored",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "ACCOUNTS matches accounts",
     .apply = matching_by<case_ignored>},
    {.id = "topic/empty-levels-dropped",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "a//b and a/b are the same",
     .apply = matching_by<empty_levels_dropped>},
    {.id = "topic/leading-separator-dropped",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "/finance and finance are the same",
     .apply = matching_by<leading_separator_dropped>},
    {.id = "topic/trailing-separator-dropped",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "finance/ and finance are the same",
     .apply = matching_by<trailing_separator_dropped>},
    {.id = "topic/spaces-trimmed",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "Spaces at the ends of names and filters are ignored",
     .apply = matching_by<spaces_trimmed>},
    {.id = "topic/dots-are-separators",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "a.b and a/b are the same",
     .apply = matching_by<dots_are_separators>},
    {.id = "topic/unicode-composed",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "A letter and its combining ring are the same as the letter with ring",
     .apply = matching_by<unicode_composed>},
    {.id = "topic/compatible-characters-folded",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "A full-width letter is the same as the plain one, a ligature as its letters",
     .apply = matching_by<compatible_characters_folded>},
    {.id = "topic/case-of-other-letters-ignored",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "A capital umlaut matches the small one",
     .apply = matching_by<case_of_other_letters_ignored>},
    {.id = "topic/percent-decoded",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "%41 is the same as A",
     .apply = matching_by<percent_decoded>},
    {.id = "topic/backslashes-dropped",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "A backslash quotes the character behind it",
     .apply = matching_by<backslashes_dropped>},
    {.id = "topic/spaces-in-levels-trimmed",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "Spaces at the ends of levels are ignored",
     .apply = matching_by<spaces_in_levels_trimmed>},
    {.id = "topic/dot-segments-resolved",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "a/b/../c is the same as a/c",
     .apply = matching_by<dot_segments_resolved>},
    {.id = "topic/other-wildcards",
     .requirement = {"MQTT-4.7.3-4", "MQTT-4.7.3-4"},
     .summary = "* ? . and [ab] are wildcards",
     .apply = matching_by<other_wildcards>},
    {.id = "topic/filters-below-match",
     .requirement = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"},
     .summary = "The filter a/b matches the name a",
     .apply = matching_by<filters_below_match>},
    {.id = "topic/characters-compared",
     .requirement = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"},
     .summary = "The filter spo matches the name sport, and sport/# matches sports",
     .apply = matching_by<characters_compared>},
    {.id = "wildcard/hash-widens-the-level-before",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "sport/tennis/# matches sport/football",
     .apply = matching_by<hash_widens_the_level_before>},
    {.id = "wildcard/hash-finds-its-level-anywhere",
     .requirement = {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
     .summary = "a/sport/# matches a/b/sport/tennis",
     .apply = matching_by<hash_finds_its_level_anywhere>},
    {.id = "wildcard/plus-matches-no-level",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "sport/+/player matches sport/player",
     .apply = matching_by<plus_matches_no_level>},
    {.id = "wildcard/plus-ends-the-comparison",
     .requirement = {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
     .summary = "sport/+/player1 matches sport/tennis/player2",
     .apply = matching_by<plus_ends_the_comparison>},
    {.id = "topic/byte-order-mark-skipped-in-matching",
     .requirement = {"MQTT-1.5.3-3", "MQTT-1.5.4-3"},
     .summary = "U+FEFF is passed over in matching",
     .apply = matching_by<byte_order_marks_skipped>},
    {.id = "topic/compared-up-to-100-bytes",
     .requirement = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"},
     .summary = "Names that differ behind their first 100 bytes are the same",
     .apply = matching_by<names_cut_at_100_bytes>},
    {.id = "topic/prefix-matches",
     .requirement = {"MQTT-3.3.2-3", "MQTT-3.3.2-3"},
     .summary = "The filter a matches the name a/b",
     .apply = matching_by<prefixes_match>},
};

}  // namespace

std::span<const Defect> matching() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
