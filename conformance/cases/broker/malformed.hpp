#pragma once

#include "conformance/harness/test.hpp"

namespace mqttspec::conformance {

/// A complete case: a connected client sends these bytes, the broker closes its Network Connection, and another client is still served.
Awaitable<void> ends_the_connection(Test& test, wire::Bytes bytes);

}  // namespace mqttspec::conformance
