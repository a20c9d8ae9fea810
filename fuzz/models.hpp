#pragma once

#include "reference/wire/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Rules of the standard once more, as plainly as they can be put and without a look at the code that they are held against.
namespace mqttspec::fuzz::model {

/// The first character of a text that is not empty; nothing where none begins that UTF-8 allows.
struct Character {
  std::uint32_t code_point;
  std::size_t size;  ///< in bytes
};
std::optional<Character> first_character(std::string_view text);

/// What check_utf8 should say.
wire::Utf8Result check_utf8(std::string_view text);

std::vector<std::string_view> levels(std::string_view topic);
bool is_valid_name(std::string_view name);
bool is_valid_filter(std::string_view filter);
/// A Topic Filter of 5.0, which may be a Shared Subscription.
bool is_valid_filter_or_shared(std::string_view filter);
/// Whether a valid Topic Filter, not of a Shared Subscription, matches a valid Topic Name.
bool matches(std::string_view filter, std::string_view name);

}  // namespace mqttspec::fuzz::model
