#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mqttspec::conformance {

/// What became of a case, or of a statement. docs/verdicts.md explains each.
enum class Verdict : std::uint8_t {
  pass,          ///< it was provoked, and done as the standard demands
  fail,          ///< a MUST or MUST NOT is broken
  warn,          ///< a SHOULD or SHOULD NOT is not followed
  skip,          ///< the broker lacks what the case needs
  inconclusive,  ///< something before the point in question went wrong
  flaky,         ///< failed first and passed when it was run again, without having been slow
  error,         ///< our own defect
};

inline constexpr std::array all_verdicts = {Verdict::pass,         Verdict::fail,  Verdict::warn, Verdict::skip,
                                            Verdict::inconclusive, Verdict::flaky, Verdict::error};

constexpr std::string_view name(Verdict verdict) {
  constexpr std::array<std::string_view, 7> names = {"pass", "fail", "warn", "skip", "inconclusive", "flaky", "error"};
  return names[static_cast<std::size_t>(verdict)];
}

/// The worse of two: fail, error, flaky, warn, inconclusive, pass, skip. A pass beats a skip, since something was seen.
constexpr Verdict worst(Verdict a, Verdict b) {
  constexpr std::array<int, 7> badness = {1, 6, 3, 0, 2, 4, 5};
  return badness[static_cast<std::size_t>(a)] >= badness[static_cast<std::size_t>(b)] ? a : b;
}

}  // namespace mqttspec::conformance
