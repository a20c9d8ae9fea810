#include "tests/generators/arbitrary.hpp"

#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"

#include <array>
#include <ostream>

namespace mqttspec::generators {
namespace {

constexpr std::array versions = {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0, ProtocolVersion::v3_1, ProtocolVersion::v5_0};
constexpr std::array directions = {Direction::client_to_server, Direction::server_to_client};

using Decisions = std::vector<std::uint32_t>;

constexpr auto smaller = [](const Decisions& decisions) {
  const auto lower = [](std::uint32_t decision) { return rc::shrink::towards(decision, std::uint32_t{0}); };
  return rc::seq::concat(rc::shrink::removeChunks(decisions), rc::shrink::eachElement(decisions, lower));
};

/// What `make` makes of decisions.
template <class T>
rc::Gen<T> made_by(T (*make)(Choices&)) {
  return [make](const rc::Random& random, int) {
    rc::Random source = random;
    Choices choices(source.next());
    make(choices);
    const auto again = [make](Decisions&& decisions) {
      Choices given(std::move(decisions));
      return make(given);
    };
    return rc::shrinkable::map(rc::shrinkable::shrinkRecur(choices.made(), smaller), again);
  };
}

Sample sample(Choices& choices) {
  const ProtocolVersion version = choices.one_of(versions);
  const Direction from = choices.one_of(directions);
  return {version, from, packet(choices, version, from)};
}

Stream stream(Choices& choices) {
  Stream made{.version = choices.one_of(versions), .from = choices.one_of(directions), .packets = {}};
  for (std::uint32_t more = choices.below(6); more > 0; --more) made.packets.push_back(packet(choices, made.version, made.from));
  return made;
}

void show(ProtocolVersion version, Direction from, std::ostream& out) {
  out << "MQTT " << spec::name(version) << (from == Direction::client_to_server ? " from a client: " : " from the server: ");
}

void show(const Packet& packet, ProtocolVersion version, std::ostream& out) {
  out << describe(packet, version) << "  (" << wire::hex(wire::encode(packet, version), 200) << ")";
}

}  // namespace

rc::Gen<Sample> any_sample() { return made_by(sample); }
rc::Gen<Stream> any_stream() { return made_by(stream); }

void showValue(const Sample& sample, std::ostream& out) {
  show(sample.version, sample.from, out);
  show(sample.packet, sample.version, out);
}

void showValue(const Stream& stream, std::ostream& out) {
  show(stream.version, stream.from, out);
  for (const Packet& packet : stream.packets) {
    out << "\n  ";
    show(packet, stream.version, out);
  }
}

}  // namespace mqttspec::generators
