#pragma once

#include "tests/generators/packets.hpp"

#include <rapidcheck.h>

#include <iosfwd>

/// The generators for RapidCheck. A counter-example is shrunk by leaving decisions away and by making them smaller.
namespace mqttspec::generators {

/// A valid packet of any version, direction and type.
rc::Gen<Sample> any_sample();

/// Packets of one version and direction, in a row; they may be none.
struct Stream {
  ProtocolVersion version;
  Direction from;
  std::vector<Packet> packets;
};
rc::Gen<Stream> any_stream();

/// What RapidCheck shows of a counter-example.
void showValue(const Sample& sample, std::ostream& out);
void showValue(const Stream& stream, std::ostream& out);

}  // namespace mqttspec::generators
