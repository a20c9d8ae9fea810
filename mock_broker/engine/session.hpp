#pragma once

#include "mock_broker/engine/message.hpp"
#include "mock_broker/engine/outbound.hpp"
#include "reference/wire/packet.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace mqttspec::mock_broker {

struct Connection;

/// A subscription of one Session, with the options granted.
struct Subscription {
  std::string full_filter;   ///< as it was asked for: the key of the Session's subscriptions
  std::string topic_filter;  ///< without "$share/{ShareName}/"
  bool shared = false;
  wire::QoS granted = wire::QoS::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  std::optional<std::uint32_t> identifier{};
  TimePoint effective_from{};
  std::uint64_t last_turn = 0;  ///< of a Shared Subscription: when this member got its last message
};

/// A QoS 2 PUBLISH that came and was not yet released by PUBREL (4.3.3).
struct ReceivedQos2 {
  wire::ReasonCode answered = wire::ReasonCode::success;
  MessagePtr undelivered = nullptr;  ///< when messages go onward with PUBREL only
  MessagePtr message = nullptr;      ///< for a broker that forgets what has expired
};

/// Session State of a server (4.1).
struct Session {
  static constexpr std::uint32_t never_expires = 0xFFFF'FFFF;

  std::string key;  ///< where it stands among the broker's Sessions
  std::string client_id;
  Connection* connection = nullptr;  ///< null while the Client is away
  std::map<std::string, Subscription, std::less<>> subscriptions{};
  Outbound outbound{};
  std::map<std::uint16_t, ReceivedQos2> received_qos2{};
  std::set<std::uint16_t> received_qos1{};               ///< only a broken broker remembers them
  std::map<std::uint16_t, std::string> topic_aliases{};  ///< only a broken broker keeps them beyond a connection
  std::uint32_t expiry_interval = 0;  ///< seconds; 0: ends with the Network Connection. Without Clean Session before 5.0 it never expires
  std::optional<TimePoint> expires_at{};
  std::optional<wire::Will> will{};
  std::optional<TimePoint> will_due{};   ///< while its Will Delay Interval runs
  std::optional<TimePoint> resend_at{};  ///< only a broken broker resends while connected
};

}  // namespace mqttspec::mock_broker
