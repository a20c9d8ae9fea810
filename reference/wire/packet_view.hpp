#pragma once

#include "reference/wire/packet.hpp"
#include "reference/wire/property_view.hpp"
#include "reference/wire/reason_code.hpp"
#include "reference/wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <variant>

namespace mqttspec::wire {

/// MQTT Control Packets that refer to the bytes they were decoded from: the same names as in packet.hpp, but nothing is owned, and lists
/// are read from the bytes as they are iterated. Only the decoder makes them, after it has checked that the bytes can be read so.
namespace view {

struct Will {
  std::string_view topic;
  std::string_view payload;
  QoS qos = QoS::at_most_once;
  bool retain = false;
  PropertiesView properties{};
};

struct Connect {
  static constexpr PacketType type = PacketType::connect;
  ProtocolVersion version = ProtocolVersion::v5_0;
  std::string_view client_id{};
  bool clean_start = true;
  std::uint16_t keep_alive = 0;
  std::optional<Will> will{};
  std::optional<std::string_view> user_name{};
  std::optional<std::string_view> password{};
  PropertiesView properties{};
};

struct Connack {
  static constexpr PacketType type = PacketType::connack;
  bool session_present = false;
  ReasonCode reason_code = ReasonCode::success;
  PropertiesView properties{};
};

struct Publish {
  static constexpr PacketType type = PacketType::publish;
  std::string_view topic{};
  std::string_view payload{};
  QoS qos = QoS::at_most_once;
  bool retain = false;
  bool dup = false;
  std::optional<PacketId> packet_id{};
  PropertiesView properties{};
};

template <PacketType Type>
struct Acknowledgement {
  static constexpr PacketType type = Type;
  PacketId packet_id;
  ReasonCode reason_code = ReasonCode::success;
  PropertiesView properties{};
  Spelling spelling = Spelling::shortest;
};
using Puback = Acknowledgement<PacketType::puback>;
using Pubrec = Acknowledgement<PacketType::pubrec>;
using Pubrel = Acknowledgement<PacketType::pubrel>;
using Pubcomp = Acknowledgement<PacketType::pubcomp>;

struct Subscription {
  std::string_view topic_filter;
  QoS maximum_qos = QoS::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::send;
};

/// Entries of a payload: each is read by `Entry::read`, which returns it and where the next one begins.
template <class Entry>
class Entries {
 public:
  class Iterator {
   public:
    using value_type = decltype(Entry().read(nullptr).first);
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const std::uint8_t* at, Entry entry) : at_(at), entry_(entry) {}
    value_type operator*() const { return entry_.read(at_).first; }
    Iterator& operator++() {
      at_ = entry_.read(at_).second;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const std::uint8_t* at_ = nullptr;
    [[no_unique_address]] Entry entry_{};
  };

  Entries() = default;
  /// @param payload bytes that were checked to be exactly `count` entries
  explicit Entries(ByteView payload, std::size_t count, Entry entry = {}) : payload_(payload), count_(count), entry_(entry) {}

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Iterator begin() const { return Iterator(payload_.data(), entry_); }
  Iterator end() const { return Iterator(payload_.data() + payload_.size(), entry_); }

 private:
  ByteView payload_;
  std::size_t count_ = 0;
  [[no_unique_address]] Entry entry_{};
};

class SubscriptionEntry {
 public:
  SubscriptionEntry() = default;
  explicit SubscriptionEntry(bool v5) : meaningful_(meaningful(v5)) {}

  /// The bits of the options byte that are not reserved: QoS, and in 5.0 also No Local, Retain As Published and Retain Handling.
  static constexpr std::uint8_t meaningful(bool v5) { return v5 ? 0x3F : 0x03; }

  std::pair<Subscription, const std::uint8_t*> read(const std::uint8_t* at) const;
  bool operator==(const SubscriptionEntry&) const = default;

 private:
  std::uint8_t meaningful_ = meaningful(true);
};
struct TopicFilterEntry {
  static std::pair<std::string_view, const std::uint8_t*> read(const std::uint8_t* at);
  bool operator==(const TopicFilterEntry&) const = default;
};
struct ReasonCodeEntry {
  static std::pair<ReasonCode, const std::uint8_t*> read(const std::uint8_t* at) { return {ReasonCode{*at}, at + 1}; }
  bool operator==(const ReasonCodeEntry&) const = default;
};

using SubscriptionsView = Entries<SubscriptionEntry>;
using TopicFiltersView = Entries<TopicFilterEntry>;
using ReasonCodesView = Entries<ReasonCodeEntry>;

struct Subscribe {
  static constexpr PacketType type = PacketType::subscribe;
  PacketId packet_id;
  SubscriptionsView subscriptions{};
  PropertiesView properties{};
};

struct Suback {
  static constexpr PacketType type = PacketType::suback;
  PacketId packet_id;
  ReasonCodesView reason_codes{};
  PropertiesView properties{};
};

struct Unsubscribe {
  static constexpr PacketType type = PacketType::unsubscribe;
  PacketId packet_id;
  TopicFiltersView topic_filters{};
  PropertiesView properties{};
};

struct Unsuback {
  static constexpr PacketType type = PacketType::unsuback;
  PacketId packet_id;
  ReasonCodesView reason_codes{};  ///< empty in 3.1.1
  PropertiesView properties{};
};

struct Pingreq {
  static constexpr PacketType type = PacketType::pingreq;
};

struct Pingresp {
  static constexpr PacketType type = PacketType::pingresp;
};

struct Disconnect {
  static constexpr PacketType type = PacketType::disconnect;
  ReasonCode reason_code = ReasonCode::normal_disconnection;
  PropertiesView properties{};
  Spelling spelling = Spelling::shortest;
};

struct Auth {
  static constexpr PacketType type = PacketType::auth;
  ReasonCode reason_code = ReasonCode::success;
  PropertiesView properties{};
  Spelling spelling = Spelling::shortest;
};

}  // namespace view

/// Any MQTT Control Packet, as a view.
using PacketView =
    std::variant<view::Connect, view::Connack, view::Publish, view::Puback, view::Pubrec, view::Pubrel, view::Pubcomp, view::Subscribe,
                 view::Suback, view::Unsubscribe, view::Unsuback, view::Pingreq, view::Pingresp, view::Disconnect, view::Auth>;

constexpr PacketType type_of(const PacketView& packet) {
  return std::visit([](const auto& p) { return p.type; }, packet);
}

/// A copy that owns its contents.
Packet to_owned(const PacketView& packet);
Properties to_owned(const view::PropertiesView& properties);

}  // namespace mqttspec::wire
