// The mock broker's engine with low limits lives through the same history again and again: its memory is bounded, and does not grow.
// Input: as for broker_engine.

#include "fuzz/broker_setup.hpp"
#include "fuzz/clients.hpp"

#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

namespace mqttspec::fuzz {
namespace {

constexpr int rounds = 5;
/// What lower_limits() leaves to a broker, generously: some packets, Sessions and messages of 4,096 bytes.
constexpr std::size_t most_bytes = 2u << 20;
/// Containers may have grown a little.
constexpr std::size_t most_growth = 16'384;

std::size_t allocated_bytes() {
#if __has_feature(address_sanitizer)
  return __sanitizer_get_current_allocated_bytes();
#else
  return 0;
#endif
}

}  // namespace

void broker_endurance(wire::ByteView input) {
  const auto version = context_of(take_byte(input)).version;
  const std::uint8_t offers = take_byte(input);
  const std::uint8_t variant = take_byte(input);

  const std::size_t before = allocated_bytes();
  Clients::Observer nobody;
  Clients clients(make_small_broker(offers, variant), version, nobody);
  const auto play = [&] {
    for (int round = 0; round < rounds; ++round) {
      clients.play(input);
      clients.leave();
    }
    return allocated_bytes() - before;
  };
  const std::size_t at_first = play();
  check(at_first < most_bytes, "the broker takes more memory than its limits allow");
  check(play() < at_first + most_growth, "the broker takes more memory each time that the same happens");
}

}  // namespace mqttspec::fuzz
