#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mqttspec::wire {

/// What is wrong, or only unwise, about a UTF-8 Encoded String (1.5.4; 1.5.3 in 3.1.1).
enum class Utf8Finding : std::uint8_t {
  ill_formed,         ///< not UTF-8: overlong, surrogate, beyond U+10FFFF, cut, stray byte. MUST NOT
  null_character,     ///< U+0000. MUST NOT
  control_character,  ///< U+0001..U+001F, U+007F..U+009F. SHOULD NOT
  non_character,      ///< U+FDD0..U+FDEF, U+nFFFE, U+nFFFF. SHOULD NOT
};

struct Utf8Result {
  struct Place {
    Utf8Finding finding;
    std::size_t offset;  ///< of the character's first byte
  };
  std::optional<Place> error;   ///< the first that is forbidden
  std::optional<Place> remark;  ///< the first that is advised against, in front of any error
};

/// Checks a whole string; ASCII goes at memory speed.
Utf8Result check_utf8(std::string_view text);

/// Whether it is well-formed and holds no U+0000.
inline bool is_valid_utf8(std::string_view text) { return !check_utf8(text).error; }

/// Where the first ill-formed sequence begins. U+0000 is a character like any other here: so are payloads judged that claim to be UTF-8
/// (3.3.2.3.2), which are not UTF-8 Encoded Strings.
std::optional<std::size_t> find_ill_formed_utf8(std::string_view text);

}  // namespace mqttspec::wire
