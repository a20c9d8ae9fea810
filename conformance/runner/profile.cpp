#include "conformance/runner/profile.hpp"

#include "conformance/runner/text_file.hpp"
#include "reference/topic/topic.hpp"
#include "reference/wire/utf8.hpp"

#include <fmt/format.h>

#include <array>

namespace mqttspec::conformance {
namespace {

constexpr std::size_t longest_string = 65'535;  // two bytes of length

using Problem = std::optional<std::string>;

/// A table of the file and the keys that it may have.
struct Section {
  std::string_view name;
  std::array<std::string_view, 2> keys;
};
constexpr Section credentials{"credentials", {"username", "password"}};
constexpr Section forbidden{"forbidden", {"publish", "subscribe"}};

Problem check_section(const toml::table& table, const Section& section) {
  for (const auto& [key, value] : table) {
    const std::string_view named = key.str();
    if (named != section.keys[0] && named != section.keys[1])
      return fmt::format("[{}] has {} and {}, and no '{}'", section.name, section.keys[0], section.keys[1], named);
    if (!value.is_string()) return fmt::format("'{}' of [{}] must be a string in quotes", named, section.name);
    if (value.as_string()->get().size() > longest_string)
      return fmt::format("'{}' of [{}] has more than {} bytes", named, section.name, longest_string);
  }
  return std::nullopt;
}

Problem check_sections(const toml::table& root) {
  for (const auto& [key, value] : root) {
    const std::string_view named = key.str();
    const Section* const section = named == credentials.name ? &credentials : named == forbidden.name ? &forbidden : nullptr;
    if (section == nullptr) return fmt::format("there is no '{}'; a profile has [credentials] and [forbidden]", named);
    if (!value.is_table()) return fmt::format("'{}' must be a table: [{}]", named, named);
    if (auto problem = check_section(*value.as_table(), *section)) return problem;
  }
  return std::nullopt;
}

Problem read_credentials(const toml::table& root, KnownBroker& known) {
  if (!root.contains(credentials.name)) return std::nullopt;
  const auto user_name = root["credentials"]["username"].value<std::string>();
  const auto password = root["credentials"]["password"].value<std::string>();
  if (!user_name || !password) return "[credentials] needs username and password";
  if (!wire::is_valid_utf8(*user_name)) return "'username' of [credentials] has a character that MQTT does not allow";
  known.credentials = {*user_name, *password};
  known.profile.passwords_are_checked = true;
  return std::nullopt;
}

Problem read_forbidden(const toml::table& root, KnownBroker& known) {
  known.profile.forbidden_publish = root["forbidden"]["publish"].value<std::string>();
  known.profile.forbidden_subscribe = root["forbidden"]["subscribe"].value<std::string>();
  if (const auto& name = known.profile.forbidden_publish)
    if (const auto error = topic::check_name(*name))
      return fmt::format("'publish' of [forbidden] is no Topic Name: {}", error->explanation);
  if (const auto& filter = known.profile.forbidden_subscribe)
    if (const auto error = topic::check_filter_or_shared(*filter))
      return fmt::format("'subscribe' of [forbidden] is no Topic Filter: {}", error->explanation);
  return std::nullopt;
}

}  // namespace

std::expected<KnownBroker, std::string> parse_profile(std::string_view text, const std::string& file) {
  const auto root = parse_toml(text, file);
  if (!root) return std::unexpected(root.error());
  KnownBroker known;
  auto problem = check_sections(*root);
  if (!problem) problem = read_credentials(*root, known);
  if (!problem) problem = read_forbidden(*root, known);
  if (problem) return std::unexpected(fmt::format("{}: {}", file, *problem));
  return known;
}

std::expected<KnownBroker, std::string> read_profile(const std::string& file) {
  const auto text = read_text_file(file);
  if (!text) return std::unexpected(text.error());
  return parse_profile(*text, file);
}

}  // namespace mqttspec::conformance
