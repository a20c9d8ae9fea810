#include "conformance/runner/baseline.hpp"

#include "conformance/runner/text_file.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace mqttspec::conformance {
namespace {

using Name = std::pair<ProtocolVersion, std::string>;

constexpr std::string_view not_explained = "not yet explained";
constexpr std::string_view default_heading =
    "# The cases that this broker does not pass. Every case that is not listed must pass.\n"
    "# Written by `mqttspec test --update-baseline`, which keeps each `why`.\n";

std::optional<Verdict> parse_known_verdict(std::string_view text) {
  for (const Verdict verdict : all_verdicts) {
    if (verdict != Verdict::pass && verdict != Verdict::error && name(verdict) == text) return verdict;
  }
  return std::nullopt;
}

std::optional<ProtocolVersion> parse_version(std::string_view text) {
  for (const ProtocolVersion version : {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0}) {
    if (spec::name(version) == text) return version;
  }
  return std::nullopt;
}

std::string heading_of(std::string_view text) {
  std::string heading;
  while (text.starts_with('#')) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    heading.append(line).push_back('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return heading;
}

/// Reads one [[known]] table; its errors say what is wrong, the caller says where.
std::expected<KnownCase, std::string> parse_known(const toml::table& table, const CaseExists& exists) {
  for (const auto& [key, value] : table) {
    const std::string_view named = key.str();
    if (named != "mqtt" && named != "case" && named != "verdict" && named != "why") {
      return std::unexpected("unknown key '" + std::string(named) + "'; a known case has mqtt, case, verdict and why");
    }
    if (!value.is_string()) return std::unexpected("'" + std::string(named) + "' must be a string in quotes");
  }
  for (const std::string_view key : {"mqtt", "case", "verdict"}) {
    if (!table.contains(key)) return std::unexpected("'" + std::string(key) + "' is missing; a known case has mqtt, case, verdict and why");
  }
  const std::string mqtt = table["mqtt"].value_or(std::string());
  const std::string verdict_name = table["verdict"].value_or(std::string());
  KnownCase known{.id = table["case"].value_or(std::string()), .why = table["why"].value_or(std::string())};

  const auto version = parse_version(mqtt);
  if (!version) return std::unexpected("mqtt is '" + mqtt + "'; it must be 3.1.1 or 5.0");
  known.version = *version;

  const auto verdict = parse_known_verdict(verdict_name);
  if (!verdict) return std::unexpected("verdict is '" + verdict_name + "'; it must be fail, warn, skip, inconclusive or flaky");
  known.verdict = *verdict;

  if (!exists(known.version, known.id)) return std::unexpected("there is no case '" + known.id + "' in MQTT " + mqtt);
  return known;
}

/// "flaky" is for what goes now so, now otherwise: it may pass, fail, be skipped, or not come to the point.
bool is_expected(Verdict expected, Verdict actual) {
  if (actual == expected) return true;
  return expected == Verdict::flaky && actual != Verdict::warn && actual != Verdict::error;
}

Name name_of(const KnownCase& known) { return {known.version, known.id}; }
Name name_of(const CaseResult& result) { return {result.version, result.id}; }

/// A TOML basic string.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 0x0f];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::expected<Baseline, std::string> parse_baseline(std::string_view text, const std::string& file, const CaseExists& exists) {
  const auto root = parse_toml(text, file);
  if (!root) return std::unexpected(root.error());
  const auto wrong_at = [&](const toml::node& node, const std::string& what) {
    return std::unexpected(file + ":" + std::to_string(node.source().begin.line) + ": " + what);
  };
  Baseline baseline{.heading = heading_of(text), .known = {}};
  std::map<Name, KnownCase> sorted;
  for (const auto& [key, value] : *root) {
    if (key != "known") return wrong_at(value, "unknown key '" + std::string(key.str()) + "'; a baseline holds [[known]] tables");
    if (!value.is_array_of_tables()) return wrong_at(value, "'known' must be written as [[known]] tables");
    for (const toml::node& node : *value.as_array()) {
      const auto known = parse_known(*node.as_table(), exists);
      if (!known) return wrong_at(node, known.error());
      if (!sorted.emplace(name_of(*known), *known).second) return wrong_at(node, "case '" + known->id + "' is listed twice");
    }
  }
  for (auto& [name, known] : sorted) baseline.known.push_back(std::move(known));
  return baseline;
}

std::expected<Baseline, std::string> read_baseline(const std::string& file, const CaseExists& exists) {
  const auto text = read_text_file(file);
  if (!text) return std::unexpected(text.error());
  return parse_baseline(*text, file, exists);
}

const KnownCase* entry_that_expects(const Baseline& baseline, const CaseResult& result) {
  const auto entry = std::ranges::find(baseline.known, name_of(result), [](const KnownCase& known) { return name_of(known); });
  return entry != baseline.known.end() && is_expected(entry->verdict, result.verdict) ? &*entry : nullptr;
}

std::vector<Unexpected> compare(const RunResult& result, const Baseline& baseline, Coverage coverage) {
  std::map<Name, Verdict> not_yet_seen;
  for (const KnownCase& known : baseline.known) not_yet_seen.emplace(name_of(known), known.verdict);

  std::vector<Unexpected> unexpected;
  const auto was_run = [&](ProtocolVersion version) {
    return std::ranges::find(result.cases, version, &CaseResult::version) != result.cases.end();
  };
  for (const CaseResult& one : result.cases) {
    const auto known = not_yet_seen.extract(name_of(one));
    const Verdict expected = known ? known.mapped() : Verdict::pass;
    if (!is_expected(expected, one.verdict)) unexpected.push_back({one.version, one.id, expected, one.verdict});
  }
  if (coverage == Coverage::partial) return unexpected;
  for (const auto& [name, verdict] : not_yet_seen) {
    // What a rule of conduct says comes only where it is broken.
    if (was_run(name.first) && verdict != Verdict::flaky) unexpected.push_back({name.first, name.second, verdict, std::nullopt});
  }
  return unexpected;
}

Baseline update(const Baseline& old, const RunResult& result) {
  std::map<Name, KnownCase> known;
  for (const KnownCase& entry : old.known) known.emplace(name_of(entry), entry);
  for (const CaseResult& one : result.cases) {
    const auto found = known.find(name_of(one));
    if (found != known.end() && is_expected(found->second.verdict, one.verdict)) continue;
    if (one.verdict == Verdict::pass || one.verdict == Verdict::error) {
      known.erase(name_of(one));
      continue;
    }
    const auto [entry, is_new] = known.try_emplace(name_of(one), KnownCase{one.version, one.id, one.verdict, std::string(not_explained)});
    entry->second.verdict = one.verdict;
  }
  Baseline updated{.heading = old.heading, .known = {}};
  for (auto& [name, entry] : known) updated.known.push_back(std::move(entry));
  return updated;
}

std::string to_toml(const Baseline& baseline) {
  std::string text = baseline.heading.empty() ? std::string(default_heading) : baseline.heading;
  for (const KnownCase& known : baseline.known) {
    text += "\n[[known]]\nmqtt = " + quoted(spec::name(known.version));
    text += "\ncase = " + quoted(known.id);
    text += "\nverdict = " + quoted(name(known.verdict));
    text += "\nwhy = " + quoted(known.why) + "\n";
  }
  return text;
}

}  // namespace mqttspec::conformance
