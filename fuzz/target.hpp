#pragma once

#include "reference/wire/decoder.hpp"
#include "reference/wire/types.hpp"

#include <cstdint>
#include <string_view>

/// What is fuzzed: functions that take any bytes and stop the program when something is wrong. They know nothing of libFuzzer, so that
/// every build can run them on the bytes that once went wrong.
namespace mqttspec::fuzz {

/// How the bytes of an input are arranged, for those who make or change inputs.
struct Layout {
  enum class Kind : std::uint8_t {
    bytes,     ///< nothing is known of them
    packets,   ///< options, then MQTT Control Packets one behind the other
    clients,   ///< options, then events as in history.hpp, all of which clients bring about
    exchange,  ///< the same with packets of both ends
  };
  Kind kind = Kind::bytes;
  std::size_t options = 0;  ///< bytes in front; the first one is read by context_of() where there are packets

  bool has_events() const { return kind == Kind::clients || kind == Kind::exchange; }
};

struct Target {
  std::string_view name;
  Layout layout;
  void (*run)(wire::ByteView input);
};

void decoder(wire::ByteView input);
void round_trip(wire::ByteView input);
void incremental(wire::ByteView input);
void properties(wire::ByteView input);
void topic(wire::ByteView input);
void utf8(wire::ByteView input);
void broker_engine(wire::ByteView input);
void broker_endurance(wire::ByteView input);
void server_conduct(wire::ByteView input);
void client_conduct(wire::ByteView input);

inline constexpr Target targets[] = {
    {"decoder", {Layout::Kind::packets, 1}, decoder},
    {"round_trip", {Layout::Kind::packets, 1}, round_trip},
    {"incremental", {Layout::Kind::packets, 3}, incremental},
    {"properties", {Layout::Kind::bytes, 1}, properties},
    {"topic", {Layout::Kind::bytes, 0}, topic},
    {"utf8", {Layout::Kind::bytes, 0}, utf8},
    {"broker_engine", {Layout::Kind::clients, 3}, broker_engine},
    {"broker_endurance", {Layout::Kind::clients, 3}, broker_endurance},
    {"server_conduct", {Layout::Kind::exchange, 1}, server_conduct},
    {"client_conduct", {Layout::Kind::exchange, 1}, client_conduct},
};

/// nullptr for an unknown name.
constexpr const Target* find_target(std::string_view name) {
  for (const Target& target : targets)
    if (target.name == name) return &target;
  return nullptr;
}

/// Something is wrong: says so and ends the program, in a way that a fuzzer takes for a crash.
[[noreturn]] void fail(std::string_view what);
/// The same unless `holds`.
inline void check(bool holds, std::string_view what) {
  if (!holds) [[unlikely]]
    fail(what);
}

/// Version (the lower two bits) and direction (the third) that an input's first byte chooses.
wire::DecodeContext context_of(std::uint8_t option);
/// The byte that context_of() reads so.
std::uint8_t option_of(const wire::DecodeContext& context);

/// Takes bytes from the front; fewer when there are not so many.
wire::ByteView take(wire::ByteView& input, std::size_t count);
/// One byte from the front; 0 at the end.
std::uint8_t take_byte(wire::ByteView& input);
/// The packet at the front, as far as its Remaining Length tells; else all that is left.
wire::ByteView take_frame(wire::ByteView& input);

inline std::string_view text_of(wire::ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace mqttspec::fuzz
