#pragma once

#include "reference/transport/time.hpp"

#include <optional>
#include <vector>

namespace mqttspec::conformance {

/// What the probe has measured on the broker, and the waits that follow from it.
struct Timing {
  int deliveries = 0;                       ///< messages that were timed from PUBLISH to delivery; 0 where none came
  transport::Duration shortest{};           ///< of these times
  transport::Duration median{};             ///< of these times
  transport::Duration longest{};            ///< of these times
  transport::Duration subscription_lag{};   ///< the longest that a subscription took effect after its SUBACK; 0 mostly
  transport::Duration subscription_wait{};  ///< what cases wait after SUBACK and UNSUBACK for that
  transport::Duration settle{};             ///< what cases listen for what must not come
  bool settle_is_given = false;             ///< by --settle
};

/// @param deliveries times from PUBLISH to delivery  @param lag see Timing  @param longest_wait no wait becomes longer than this
Timing judge_timing(std::vector<transport::Duration> deliveries, transport::Duration lag, std::optional<transport::Duration> given_settle,
                    transport::Duration longest_wait);

}  // namespace mqttspec::conformance
