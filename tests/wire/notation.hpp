#pragma once

#include "reference/wire/notation.hpp"

namespace mqttspec::wire::testing {

/// Bytes in the notation of reference/wire/notation.hpp.
inline Bytes bytes(std::string_view notation) { return raw::read_notation(notation); }

}  // namespace mqttspec::wire::testing
