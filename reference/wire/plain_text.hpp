#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Looks at text sixteen bytes at a time, with the vector extensions that GCC and Clang share: the fast way through ordinary strings.
namespace mqttspec::wire::plain {

using Block [[gnu::vector_size(16)]] = signed char;
using Halves [[gnu::vector_size(16)]] = std::uint64_t;

inline Block load(const char* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

/// A block made of the ends of 1 to 15 bytes, read so that each byte is in it at least once.
inline Block load_short(const char* from, std::size_t size) {
  Halves halves;
  if (size >= 8) {
    std::uint64_t first, last;
    std::memcpy(&first, from, 8);
    std::memcpy(&last, from + size - 8, 8);
    halves = Halves{first, last};
  } else if (size >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, from, 4);
    std::memcpy(&last, from + size - 4, 4);
    const std::uint64_t both = std::uint64_t{first} << 32 | last;
    halves = Halves{both, both};
  } else {
    const auto byte = [from](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(from[at])}; };
    // 0x20 fills up: it is plain, and no wildcard.
    const std::uint64_t three = 0x2020202020000000u | byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
    halves = Halves{three, three};
  }
  return (Block)halves;
}

/// A test's result has all bits of a byte set where the byte is found.
template <class Found>
inline bool any(Found found) {
  const auto halves = (Halves)found;
  return (halves[0] | halves[1]) != 0;
}

/// A bit for each byte that was found, the first byte's lowest.
template <class Found>
inline std::uint64_t bits_of(Found found) {
#ifdef __SSE2__
  return static_cast<std::uint64_t>(__builtin_ia32_pmovmskb128(found));
#else
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 16; ++i) bits |= std::uint64_t{found[i] != 0} << i;
  return bits;
#endif
}

/// Whether `test`, which maps a Block to a mask, finds a byte anywhere.
template <class Test>
inline bool finds(std::string_view text, Test test) {
  const char* at = text.data();
  std::size_t left = text.size();
  if (left < 16) return left != 0 && any(test(load_short(at, left)));
  for (; left >= 64; at += 64, left -= 64) {
    if (any(test(load(at)) | test(load(at + 16)) | test(load(at + 32)) | test(load(at + 48)))) return true;
  }
  for (; left >= 16; at += 16, left -= 16) {
    if (any(test(load(at)))) return true;
  }
  return left != 0 && any(test(load(at + left - 16)));
}

/// Control characters, U+007F and everything that is not ASCII (negative as signed bytes).
inline auto odd(Block block) { return (block < 0x20) | (block == 0x7F); }

/// Whether the text is printable ASCII, about which nothing is left to be checked.
inline bool is_plain(std::string_view text) {
  return !finds(text, [](Block block) { return odd(block); });
}

/// Whether the text is printable ASCII without wildcards.
inline bool is_plain_name(std::string_view text) {
  return !finds(text, [](Block block) { return odd(block) | (block == '+') | (block == '#'); });
}

/// Where the characters are that matter to a Topic Filter of at most 64 bytes: a bit for each byte.
struct FilterBits {
  std::uint64_t odd = 0, plus = 0, hash = 0, slash = 0;

  void look_at(Block block, std::size_t at) {
    odd |= bits_of(plain::odd(block)) << at;
    plus |= bits_of(block == '+') << at;
    hash |= bits_of(block == '#') << at;
    slash |= bits_of(block == '/') << at;
  }
};

/// Whether a Topic Filter is printable ASCII of 16 to 64 bytes, is about no `$` topic, and has its wildcards in their places (4.7.1): the
/// fast way to find that nothing is left to be checked.
inline bool is_plain_filter(std::string_view filter) {
  const std::size_t size = filter.size();
  if (size < 16 || size > 64 || filter[0] == '$') return false;
  FilterBits bits;
  for (std::size_t at = 0; at + 16 <= size; at += 16) bits.look_at(load(filter.data() + at), at);
  bits.look_at(load(filter.data() + size - 16), size - 16);
  const std::uint64_t last = std::uint64_t{1} << (size - 1);
  const std::uint64_t behind_separator = bits.slash << 1 | 1;
  const std::uint64_t before_separator = bits.slash >> 1 | last;
  const bool plus_fits = (bits.plus & ~(behind_separator & before_separator)) == 0;
  const bool hash_fits = (bits.hash & ~(behind_separator & last)) == 0;
  return bits.odd == 0 && plus_fits && hash_fits;
}

}  // namespace mqttspec::wire::plain
