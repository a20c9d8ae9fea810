#pragma once

#include <cstdint>

namespace mqttspec::conduct {

/// What is known of a Session's past.
enum class History : std::uint8_t {
  seen,    ///< the Session began under our eyes: what we have not seen has not happened
  unseen,  ///< it may have begun before, or packets of it were missed
};

}  // namespace mqttspec::conduct
