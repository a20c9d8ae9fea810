#pragma once

#include "reference/wire/property.hpp"
#include "reference/wire/reason_code.hpp"
#include "reference/wire/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// MQTT Control Packets that own what they hold. Fields of 5.0 only (properties, reason codes of acknowledgements, subscription
/// options) are left at their defaults in older versions, which do not write them. Payloads and other binary data are in std::string.
namespace mqttspec::wire {

/// How much a packet spells out of a success without properties that 5.0 allows to be left away (3.4.2.1, 3.14.2.1, 3.15.2.1). It
/// makes a packet that was decoded come out again byte for byte.
enum class Spelling : std::uint8_t { shortest, with_reason_code, with_properties };

/// Will Message of a CONNECT (3.1.2.5).
struct Will {
  std::string topic;
  std::string payload;
  QoS qos = QoS::at_most_once;
  bool retain = false;
  Properties properties{};
  bool operator==(const Will&) const = default;
};

struct Connect {
  static constexpr PacketType type = PacketType::connect;
  ProtocolVersion version = ProtocolVersion::v5_0;
  std::string client_id{};
  bool clean_start = true;       ///< Clean Session in 3.1.1
  std::uint16_t keep_alive = 0;  ///< seconds; 0 turns it off
  std::optional<Will> will{};
  std::optional<std::string> user_name{};
  std::optional<std::string> password{};
  Properties properties{};
  bool operator==(const Connect&) const = default;
};

struct Connack {
  static constexpr PacketType type = PacketType::connack;
  bool session_present = false;
  ReasonCode reason_code = ReasonCode::success;  ///< Connect Return code in 3.1.1
  Properties properties{};
  bool operator==(const Connack&) const = default;
};

struct Publish {
  static constexpr PacketType type = PacketType::publish;
  std::string topic{};  ///< may be empty in 5.0 where a Topic Alias stands
  std::string payload{};
  QoS qos = QoS::at_most_once;
  bool retain = false;
  bool dup = false;
  std::optional<PacketId> packet_id{};  ///< present if and only if QoS is above 0
  Properties properties{};
  bool operator==(const Publish&) const = default;
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP have one shape (3.4 to 3.7).
template <PacketType Type>
struct Acknowledgement {
  static constexpr PacketType type = Type;
  PacketId packet_id;
  ReasonCode reason_code = ReasonCode::success;
  Properties properties{};
  Spelling spelling = Spelling::shortest;
  bool operator==(const Acknowledgement&) const = default;
};
using Puback = Acknowledgement<PacketType::puback>;
using Pubrec = Acknowledgement<PacketType::pubrec>;
using Pubrel = Acknowledgement<PacketType::pubrel>;
using Pubcomp = Acknowledgement<PacketType::pubcomp>;

/// A Topic Filter with its Subscription Options (3.8.3.1).
struct Subscription {
  std::string topic_filter;
  QoS maximum_qos = QoS::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::send;
  bool operator==(const Subscription&) const = default;
};

struct Subscribe {
  static constexpr PacketType type = PacketType::subscribe;
  PacketId packet_id;
  std::vector<Subscription> subscriptions{};
  Properties properties{};
  bool operator==(const Subscribe&) const = default;
};

struct Suback {
  static constexpr PacketType type = PacketType::suback;
  PacketId packet_id;
  std::vector<ReasonCode> reason_codes{};
  Properties properties{};
  bool operator==(const Suback&) const = default;
};

struct Unsubscribe {
  static constexpr PacketType type = PacketType::unsubscribe;
  PacketId packet_id;
  std::vector<std::string> topic_filters{};
  Properties properties{};
  bool operator==(const Unsubscribe&) const = default;
};

struct Unsuback {
  static constexpr PacketType type = PacketType::unsuback;
  PacketId packet_id;
  std::vector<ReasonCode> reason_codes{};  ///< empty in 3.1.1
  Properties properties{};
  bool operator==(const Unsuback&) const = default;
};

struct Pingreq {
  static constexpr PacketType type = PacketType::pingreq;
  bool operator==(const Pingreq&) const = default;
};

struct Pingresp {
  static constexpr PacketType type = PacketType::pingresp;
  bool operator==(const Pingresp&) const = default;
};

struct Disconnect {
  static constexpr PacketType type = PacketType::disconnect;
  ReasonCode reason_code = ReasonCode::normal_disconnection;
  Properties properties{};
  Spelling spelling = Spelling::shortest;
  bool operator==(const Disconnect&) const = default;
};

struct Auth {
  static constexpr PacketType type = PacketType::auth;
  ReasonCode reason_code = ReasonCode::success;
  Properties properties{};
  Spelling spelling = Spelling::shortest;
  bool operator==(const Auth&) const = default;
};

/// Any MQTT Control Packet.
using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe, Suback, Unsubscribe, Unsuback, Pingreq,
                            Pingresp, Disconnect, Auth>;

constexpr PacketType type_of(const Packet& packet) {
  return std::visit([](const auto& p) { return p.type; }, packet);
}

}  // namespace mqttspec::wire
