#pragma once

#include "reference/spec/catalogue.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

/// Topic Names, Topic Filters and their matching (4.7, 4.8.2). Nothing here allocates except explanations.
namespace mqttspec::topic {

/// How a Topic Name or Topic Filter can be wrong.
enum class Fault : std::uint8_t {
  empty,
  with_null,
  too_long,
  wildcard_in_name,
  hash_misplaced,
  plus_misplaced,
  share_name_empty,
  share_name_or_filter_wrong,
};

/// Where the standard forbids a fault.
constexpr spec::Requirement requirement_of(Fault fault) {
  constexpr spec::Requirement requirements[] = {
      {"MQTT-4.7.3-1", "MQTT-4.7.3-1"},
      {"MQTT-4.7.3-2", "MQTT-4.7.3-2"},
      {"MQTT-4.7.3-3", "MQTT-4.7.3-3"},
      {"MQTT-4.7.1-1", "MQTT-4.7.0-1"},
      {"MQTT-4.7.1-2", "MQTT-4.7.1-1"},
      {"MQTT-4.7.1-3", "MQTT-4.7.1-2"},
      {"", "MQTT-4.8.2-1"},
      {"", "MQTT-4.8.2-2"},
  };
  return requirements[static_cast<std::size_t>(fault)];
}

/// Why a name or filter is wrong.
struct Error {
  Fault fault;
  std::size_t offset;            ///< byte within the string
  std::string_view explanation;  ///< one sentence

  spec::Requirement requirement() const { return requirement_of(fault); }
};

/// Checks length (1..65,535 bytes), U+0000 and wildcards. UTF-8 is the codec's matter.
std::optional<Error> check_name(std::string_view name);
/// Checks length, U+0000 and the places of + and #.
std::optional<Error> check_filter(std::string_view filter);

/// A Shared Subscription's parts: "$share/{share_name}/{filter}".
struct Shared {
  std::string_view share_name;
  std::string_view filter;
};
/// Whether a filter claims to be a Shared Subscription (5.0): it begins with "$share/" or is "$share".
bool is_shared(std::string_view filter);
/// The parts of a Shared Subscription, or what is wrong with it (4.8.2).
std::expected<Shared, Error> parse_shared(std::string_view filter);
/// check_filter, and parse_shared where is_shared: what a 5.0 server checks.
std::optional<Error> check_filter_or_shared(std::string_view filter);

/// Whether a valid filter (not a shared one) matches a valid name (4.7.1, 4.7.2).
bool matches(std::string_view filter, std::string_view name);

}  // namespace mqttspec::topic
