#pragma once

#include "reference/transport/name_lookup.hpp"

/// For tests: a RealRuntime that asks another resolver than the system's.
namespace mqttspec::transport {

std::unique_ptr<Runtime> make_real_runtime(LookUp look_up);

}  // namespace mqttspec::transport
