#pragma once

#include "reference/wire/packet.hpp"

#include <vector>

/// One packet of each kind with every field in use, for tests that go through all of them.
namespace mqttspec::wire::testing {

struct Sample {
  Direction from;
  Packet packet;
};

std::vector<Sample> samples_3_1_1();
std::vector<Sample> samples_5_0();
/// Those of 3.1.1 with the version's own CONNECT.
std::vector<Sample> samples_3_1();

std::vector<Sample> samples(ProtocolVersion version);

}  // namespace mqttspec::wire::testing
