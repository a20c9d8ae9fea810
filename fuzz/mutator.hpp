#pragma once

#include "fuzz/target.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// Changes to inputs that keep their structure most of the time: packets are decoded, changed in a field or a property and encoded again,
/// exchanged, repeated and left out; now and then a bit or a length is made wrong. Where nothing is known of the bytes, libFuzzer's own
/// changes are made.
namespace mqttspec::fuzz {

/// @param buffer holds the input in its first `size` bytes, and has room for the result
/// @return the size of the result
std::size_t mutate(std::span<std::uint8_t> buffer, std::size_t size, const Layout& layout, unsigned seed);

/// Puts an input of the pieces of two into `out`. @return its size
std::size_t cross_over(wire::ByteView one, wire::ByteView other, std::span<std::uint8_t> out, const Layout& layout, unsigned seed);

}  // namespace mqttspec::fuzz
