#pragma once

#include <bit>
#include <cstdint>

namespace mqttspec::transport {

/// SplitMix64: small, with the same numbers on every platform. (The distributions of the standard library do not guarantee that.)
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }

  /// Uniform, both ends included.
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    const auto count = most - least + 1;
    return count == 0 ? next() : least + next() % count;
  }

  /// Each power of two between the ends is equally likely, so that small numbers occur in a wide range. @pre 1 <= least <= most
  std::uint64_t between_by_magnitude(std::uint64_t least, std::uint64_t most) {
    if (least == most) return least;
    const auto bits = between(static_cast<std::uint64_t>(std::bit_width(least)), static_cast<std::uint64_t>(std::bit_width(most)));
    const auto low = std::uint64_t{1} << (bits - 1);
    const auto high = low + (low - 1);
    return between(low < least ? least : low, high > most ? most : high);
  }

 private:
  std::uint64_t state_;
};

}  // namespace mqttspec::transport
