#include "tests/generators/packets.hpp"

#include "reference/wire/decoder_rules.hpp"
#include "tests/generators/text.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace mqttspec::generators {
namespace {

using namespace wire;

constexpr std::array any_qos = {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once};

bool is_v5(ProtocolVersion version) { return version == ProtocolVersion::v5_0; }

/// Makes one packet.
class Maker {
 public:
  Maker(Choices& choices, ProtocolVersion version, Direction from) : choices_(choices), version_(version), from_(from) {}

  Packet make(PacketType type) {
    switch (type) {
      case PacketType::connect: return connect();
      case PacketType::connack: return connack();
      case PacketType::publish: return publish();
      case PacketType::puback: return acknowledgement<Puback>(PropertyPlace::puback);
      case PacketType::pubrec: return acknowledgement<Pubrec>(PropertyPlace::pubrec);
      case PacketType::pubrel: return acknowledgement<Pubrel>(PropertyPlace::pubrel);
      case PacketType::pubcomp: return acknowledgement<Pubcomp>(PropertyPlace::pubcomp);
      case PacketType::subscribe: return subscribe();
      case PacketType::suback: return Suback{packet_id(), reason_codes(type), properties_of(PropertyPlace::suback)};
      case PacketType::unsubscribe: return unsubscribe();
      case PacketType::unsuback: return unsuback();
      case PacketType::pingreq: return Pingreq{};
      case PacketType::pingresp: return Pingresp{};
      case PacketType::disconnect: return disconnect();
      case PacketType::auth: return auth();
    }
    throw std::invalid_argument("no such packet type");
  }

 private:
  bool from_client() const { return from_ == Direction::client_to_server; }

  Properties properties_of(PropertyPlace place) { return is_v5(version_) ? properties(choices_, place) : Properties(); }

  PacketId packet_id() {
    constexpr std::array<std::uint16_t, 6> edges = {1, 2, 0xFF, 0x100, 0x8000, 0xFFFF};
    if (choices_.flag()) return PacketId(static_cast<std::uint16_t>(choices_.between(1, 0xFFFF)));
    return PacketId(choices_.one_of(edges));
  }

  /// A code that the packet may carry; success, where it may, is the simplest.
  ReasonCode reason_code(PacketType type) {
    std::vector<ReasonCode> allowed;
    for (unsigned value = 0; value < 256; ++value) {
      const ReasonCode code{static_cast<std::uint8_t>(value)};
      if (is_allowed(code, type, version_, from_)) allowed.push_back(code);
    }
    return choices_.flag() ? choices_.one_of(allowed) : allowed.front();
  }

  std::vector<ReasonCode> reason_codes(PacketType type) {
    std::vector<ReasonCode> codes = {reason_code(type)};
    add_some([&] { codes.push_back(reason_code(type)); });
    return codes;
  }

  /// Calls `add` a few times, seldom often. Each call can be shrunk away by itself.
  void add_some(auto add) {
    const std::uint32_t slots = choices_.once_in(100) ? 200 : choices_.below(6);
    for (std::uint32_t i = 0; i < slots; ++i)
      if (choices_.flag()) add();
  }

  Connect connect() {
    Connect p{.version = version_};
    p.client_id = version_ == ProtocolVersion::v3_1 ? client_id_3_1() : text(choices_);
    p.clean_start = !choices_.flag() || (!is_v5(version_) && p.client_id.empty());
    p.keep_alive = choices_.flag() ? static_cast<std::uint16_t>(choices_.below(0x10000)) : 0;
    p.properties = properties_of(PropertyPlace::connect);
    complete_authentication(p.properties);
    if (choices_.flag()) p.will = will();
    if (choices_.flag()) p.user_name = text(choices_);
    if ((p.user_name || is_v5(version_)) && choices_.flag()) p.password = binary(choices_);
    return p;
  }

  /// 3.1 has 1 to 23 characters.
  std::string client_id_3_1() {
    std::string id = "c";
    for (std::uint32_t more = choices_.below(23); more > 0; --more) id += static_cast<char>(choices_.between('a', 'z'));
    return id;
  }

  Will will() {
    Will w{.topic = topic_name(choices_), .payload = binary(choices_)};
    w.qos = choices_.one_of(any_qos);
    w.retain = choices_.flag();
    w.properties = properties_of(PropertyPlace::will);
    return w;
  }

  /// 3.1.2.11.10: no Authentication Data without an Authentication Method.
  void complete_authentication(Properties& items) {
    if (items.has(PropertyId::authentication_data) && !items.has(PropertyId::authentication_method))
      items.add(prop::authentication_method, text(choices_));
  }

  Connack connack() {
    Connack p{.reason_code = reason_code(PacketType::connack)};
    // 3.1 has no Session Present.
    p.session_present = p.reason_code == ReasonCode::success && version_ != ProtocolVersion::v3_1 && choices_.flag();
    p.properties = properties_of(PropertyPlace::connack);
    return p;
  }

  Publish publish() {
    Publish p{.topic = topic_name(choices_)};
    p.qos = choices_.one_of(any_qos);
    p.retain = choices_.flag();
    if (p.qos != QoS::at_most_once) {
      p.dup = choices_.flag();
      p.packet_id = packet_id();
    }
    p.properties = properties_of(from_client() ? PropertyPlace::publish_from_client : PropertyPlace::publish_from_server);
    if (p.properties.has(PropertyId::topic_alias) && choices_.flag()) p.topic.clear();
    p.payload = payload(choices_);
    return p;
  }

  /// What may be left away where nothing but success is told (3.4.2.1, 3.14.2.1), as the decoder notes it.
  Spelling spelling(ReasonCode code, const Properties& items) {
    if (!is_v5(version_) || !items.empty() || !choices_.flag()) return Spelling::shortest;
    if (code == ReasonCode::success && choices_.flag()) return Spelling::with_reason_code;
    return Spelling::with_properties;
  }

  template <class Acknowledgement>
  Acknowledgement acknowledgement(PropertyPlace place) {
    Acknowledgement p{.packet_id = packet_id()};
    if (!is_v5(version_)) return p;
    p.reason_code = reason_code(Acknowledgement::type);
    p.properties = properties_of(place);
    p.spelling = spelling(p.reason_code, p.properties);
    return p;
  }

  Subscription subscription() {
    Subscription s{.topic_filter = topic_filter(choices_, version_)};
    s.maximum_qos = choices_.one_of(any_qos);
    if (!is_v5(version_)) return s;
    constexpr std::array handlings = {RetainHandling::send, RetainHandling::send_if_new, RetainHandling::do_not_send};
    s.no_local = choices_.flag() && !s.topic_filter.starts_with("$share/");
    s.retain_as_published = choices_.flag();
    s.retain_handling = choices_.one_of(handlings);
    return s;
  }

  Subscribe subscribe() {
    Subscribe p{.packet_id = packet_id(), .properties = properties_of(PropertyPlace::subscribe)};
    p.subscriptions.push_back(subscription());
    add_some([&] { p.subscriptions.push_back(subscription()); });
    return p;
  }

  Unsubscribe unsubscribe() {
    Unsubscribe p{.packet_id = packet_id(), .properties = properties_of(PropertyPlace::unsubscribe)};
    p.topic_filters.push_back(topic_filter(choices_, version_));
    add_some([&] { p.topic_filters.push_back(topic_filter(choices_, version_)); });
    return p;
  }

  Unsuback unsuback() {
    Unsuback p{.packet_id = packet_id()};
    if (!is_v5(version_)) return p;
    p.reason_codes = reason_codes(PacketType::unsuback);
    p.properties = properties_of(PropertyPlace::unsuback);
    return p;
  }

  Disconnect disconnect() {
    Disconnect p;
    if (!is_v5(version_)) return p;
    p.reason_code = reason_code(PacketType::disconnect);
    p.properties = properties_of(from_client() ? PropertyPlace::disconnect_from_client : PropertyPlace::disconnect_from_server);
    p.spelling = spelling(p.reason_code, p.properties);
    return p;
  }

  /// 3.15.2.2.2: whatever says something has an Authentication Method.
  Auth auth() {
    Auth p{.reason_code = reason_code(PacketType::auth), .properties = properties_of(PropertyPlace::auth)};
    const bool says_something = p.reason_code != ReasonCode::success || !p.properties.empty();
    if (!says_something) {
      p.spelling = choices_.flag() ? Spelling::with_properties : Spelling::shortest;
    } else if (!p.properties.has(PropertyId::authentication_method)) {
      p.properties.add(prop::authentication_method, text(choices_));
    }
    return p;
  }

  Choices& choices_;
  ProtocolVersion version_;
  Direction from_;
};

}  // namespace

std::vector<PacketType> packet_types(ProtocolVersion version, Direction from) {
  const Senders end = from == Direction::client_to_server ? Senders::client : Senders::server;
  std::vector<PacketType> types;
  for (std::uint8_t number = 1; number < 16; ++number) {
    const PacketTypeRule& rule = rule_of(PacketType{number});
    const Senders senders = is_v5(version) ? rule.senders_5_0 : rule.senders_3_1_1;
    if ((std::to_underlying(senders) & std::to_underlying(end)) != 0) types.push_back(PacketType{number});
  }
  return types;
}

Packet packet(Choices& choices, PacketType type, ProtocolVersion version, Direction from) {
  return Maker(choices, version, from).make(type);
}

Packet packet(Choices& choices, ProtocolVersion version, Direction from) {
  const std::vector<PacketType> types = packet_types(version, from);
  return packet(choices, choices.one_of(types), version, from);
}

std::vector<Sample> packets(ProtocolVersion version, std::uint64_t seed, std::size_t count) {
  std::vector<Sample> samples;
  samples.reserve(count);
  Choices seeds(seed);
  for (std::size_t i = 0; i < count; ++i) {
    const Direction from = i % 2 == 0 ? Direction::client_to_server : Direction::server_to_client;
    const std::uint64_t high = seeds.below(std::uint64_t{1} << 32);
    Choices choices(high << 32 | seeds.below(std::uint64_t{1} << 32));
    samples.push_back({version, from, packet(choices, version, from)});
  }
  return samples;
}

}  // namespace mqttspec::generators
