#pragma once

#include "reference/transport/time.hpp"
#include "reference/wire/packet.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mqttspec::mock_broker {

using transport::Duration;
using transport::TimePoint;

/// An Application Message that the broker has taken over.
struct Message {
  std::string topic;
  std::string payload;
  wire::QoS qos = wire::QoS::at_most_once;
  bool retain = false;
  bool dup = false;                                ///< as it came; only a broken broker looks at it
  wire::Properties properties{};                   ///< those that go with it to subscribers, without its Message Expiry Interval
  std::optional<std::uint32_t> expiry_interval{};  ///< seconds from `received`
  TimePoint received{};
  std::string publisher{};  ///< Client Identifier; empty for the broker's own

  std::size_t size() const { return topic.size() + payload.size(); }

  bool has_expired(TimePoint now) const { return expiry_interval && now - received >= std::chrono::seconds(*expiry_interval); }

  /// Message Expiry Interval to be sent on: what came less the whole seconds waited here [MQTT-3.3.2-6].
  std::uint32_t remaining_expiry(TimePoint now) const {
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - received).count();
    return static_cast<std::uint32_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(*expiry_interval) - waited));
  }
};
using MessagePtr = std::shared_ptr<const Message>;

/// A message on its way to one Session.
struct Delivery {
  MessagePtr message;
  wire::QoS qos = wire::QoS::at_most_once;
  bool retain = false;
  bool dup = false;  ///< copied from the publisher by a broken broker
  std::vector<std::uint32_t> subscription_identifiers{};
  std::string shared_filter{};  ///< the Shared Subscription that it came through, "$share/…"; else empty
};

}  // namespace mqttspec::mock_broker
