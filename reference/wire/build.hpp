#pragma once

#include "reference/wire/packet.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Short ways to write packets, for cases, tests and examples: `publish("a/b", "once").qos(2).packet_id(10)`.
namespace mqttspec::wire::build {

/// A PUBLISH that is put together step by step; it is a Packet wherever one is wanted.
class PublishBuilder {
 public:
  PublishBuilder(std::string topic, std::string payload) : publish_{.topic = std::move(topic), .payload = std::move(payload)} {}

  /// @param level 0, 1 or 2
  PublishBuilder qos(int level) const {
    return with([&](Publish& p) { p.qos = static_cast<QoS>(level); });
  }
  PublishBuilder qos(QoS level) const {
    return with([&](Publish& p) { p.qos = level; });
  }
  PublishBuilder packet_id(std::uint16_t id) const {
    return with([&](Publish& p) { p.packet_id = PacketId(id); });
  }
  PublishBuilder retain() const {
    return with([](Publish& p) { p.retain = true; });
  }
  PublishBuilder dup() const {
    return with([](Publish& p) { p.dup = true; });
  }
  template <class Value>
  PublishBuilder property(PropertyKey<Value> key, std::type_identity_t<Value> value) const {
    return with([&](Publish& p) { p.properties.add(key, std::move(value)); });
  }

  const Publish& packet() const { return publish_; }
  operator Packet() const { return publish_; }
  operator Publish() const { return publish_; }

 private:
  template <class Change>
  PublishBuilder with(Change change) const {
    PublishBuilder copy = *this;
    change(copy.publish_);
    return copy;
  }

  Publish publish_;
};

inline PublishBuilder publish(std::string topic, std::string payload) { return {std::move(topic), std::move(payload)}; }

inline Puback puback(std::uint16_t id, ReasonCode code = ReasonCode::success) { return {.packet_id = PacketId(id), .reason_code = code}; }
inline Pubrec pubrec(std::uint16_t id, ReasonCode code = ReasonCode::success) { return {.packet_id = PacketId(id), .reason_code = code}; }
inline Pubrel pubrel(std::uint16_t id, ReasonCode code = ReasonCode::success) { return {.packet_id = PacketId(id), .reason_code = code}; }
inline Pubcomp pubcomp(std::uint16_t id, ReasonCode code = ReasonCode::success) { return {.packet_id = PacketId(id), .reason_code = code}; }

inline Subscribe subscribe(std::uint16_t id, std::vector<Subscription> subscriptions) {
  return {.packet_id = PacketId(id), .subscriptions = std::move(subscriptions)};
}
inline Subscribe subscribe(std::uint16_t id, std::string filter, QoS qos = QoS::at_most_once) {
  return subscribe(id, {Subscription{.topic_filter = std::move(filter), .maximum_qos = qos}});
}
inline Unsubscribe unsubscribe(std::uint16_t id, std::vector<std::string> filters) {
  return {.packet_id = PacketId(id), .topic_filters = std::move(filters)};
}

}  // namespace mqttspec::wire::build
