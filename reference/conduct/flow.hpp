#pragma once

#include "reference/wire/packet.hpp"

#include <cstdint>

namespace mqttspec::conduct {

/// Flow control (5.0, 4.9) of the PUBLISHes that the judged end sends on one Network Connection.
///
/// Every PUBACK, PUBCOMP and refusing PUBREC counts from the moment it is sent, and none is lost to the upper limit that 4.9 sets to the
/// send quota: so the quota here is never below the judged end's own.
class FlowControl {
 public:
  void set_receive_maximum(std::uint32_t maximum) { maximum_ = maximum; }
  std::uint64_t receive_maximum() const { return maximum_; }
  void publish(wire::QoS qos) {
    if (qos != wire::QoS::at_most_once) ++published_;
  }
  void acknowledged() { ++acknowledged_; }
  bool exceeded() const { return published_ > maximum_ + acknowledged_; }
  /// Takes the last PUBLISH out of the count, so that one too many is one finding.
  void forgive() { --published_; }

 private:
  std::uint64_t maximum_ = 65'535;
  std::uint64_t published_ = 0;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace mqttspec::conduct
