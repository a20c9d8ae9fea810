#pragma once

#include "conformance/harness/outcome.hpp"
#include "reference/spec/catalogue.hpp"
#include "reference/wire/types.hpp"

#include <optional>
#include <set>
#include <string_view>

namespace mqttspec::conformance {

/// A broker that never answers a SUBSCRIBE would fail every case in which a SUBACK says something. The statement that it must answer owns
/// this failure.
/// @param received types of packets that have come in the whole run  @return the type that the outcome lacks for a failure which another
/// statement owns
std::optional<wire::PacketType> lacking_basic(const Outcome& outcome, spec::ProtocolVersion version,
                                              const std::set<wire::PacketType>& received);

}  // namespace mqttspec::conformance
