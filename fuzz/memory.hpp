#pragma once

#include "fuzz/target.hpp"

#include <cstddef>

#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

namespace mqttspec::fuzz {

/// What the program holds; 0 where AddressSanitizer is not there to tell.
inline std::size_t allocated_bytes() {
#if __has_feature(address_sanitizer)
  return __sanitizer_get_current_allocated_bytes();
#else
  return 0;
#endif
}

/// Calls `live` again and again: what it takes must be below `most`, and must not grow but for a little that containers have in reserve.
template <class Live>
void check_memory(Live live, std::size_t most) {
  constexpr int rounds = 5;
  constexpr std::size_t reserve = 16'384;

  const std::size_t before = allocated_bytes();
  const auto live_some_rounds = [&] {
    for (int round = 0; round < rounds; ++round) live();
    return allocated_bytes() - before;
  };
  const std::size_t at_first = live_some_rounds();
  check(at_first < most, "more memory is taken than limits allow");
  check(live_some_rounds() < at_first + reserve, "more memory is taken each time that the same happens");
}

}  // namespace mqttspec::fuzz
