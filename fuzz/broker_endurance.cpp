// The mock broker's engine with low limits lives through the same history again and again: its memory is bounded, and does not grow.
// Input: as for broker_engine.

#include "fuzz/broker_setup.hpp"
#include "fuzz/clients.hpp"
#include "fuzz/memory.hpp"

namespace mqttspec::fuzz {
namespace {

/// What lower_limits() leaves to a broker, generously: some packets, Sessions and messages of 4,096 bytes.
constexpr std::size_t most_bytes = 2u << 20;

}  // namespace

void broker_endurance(wire::ByteView input) {
  const auto version = context_of(take_byte(input)).version;
  const std::uint8_t offers = take_byte(input);
  const std::uint8_t variant = take_byte(input);

  Clients::Observer nobody;
  Clients clients(make_small_broker(offers, variant), version, nobody);
  const auto live = [&] {
    clients.play(input);
    clients.leave();
  };
  check_memory(live, most_bytes);
}

}  // namespace mqttspec::fuzz
