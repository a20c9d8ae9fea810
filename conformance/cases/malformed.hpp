#pragma once

#include "conformance/harness/test.hpp"

namespace mqttspec::conformance {

/// The whole of a case: these bytes from a connected client end its connection, and another client is not disturbed.
Awaitable<void> ends_the_connection(Test& test, wire::Bytes bytes);

}  // namespace mqttspec::conformance
