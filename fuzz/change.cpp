#include "fuzz/change.hpp"

#include "tests/generators/packets.hpp"
#include "tests/generators/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace mqttspec::fuzz {
namespace {

using generators::Choices;
using wire::Direction;
using wire::PacketId;
using wire::Properties;
using wire::Property;
using wire::ProtocolVersion;
using wire::QoS;

constexpr std::string_view clients[] = {"a", "b", "c", "d", ""};
constexpr std::string_view topics[] = {"a", "a/b", "a/b/c", "b", "/", "$SYS/broker", "denied/x", "secret/x"};
constexpr std::string_view filters[] = {"a", "a/b", "#", "+", "a/#", "a/+", "+/b", "$share/g/a", "$share/g/#", "$share/h/a", "$SYS/#"};
constexpr std::uint32_t numbers[] = {0, 1, 2, 3, 4, 10, 30, 60, 127, 128, 255, 256, 65'535, 268'435'455, 0xFFFF'FFFF};

// ---- Fields, as references

auto fields(wire::Connect& p) { return std::tie(p.client_id, p.clean_start, p.keep_alive, p.will, p.user_name, p.password, p.properties); }
auto fields(wire::Connack& p) { return std::tie(p.session_present, p.reason_code, p.properties); }
auto fields(wire::Publish& p) { return std::tie(p.topic, p.payload, p.qos, p.retain, p.dup, p.packet_id, p.properties); }
template <wire::PacketType Type>
auto fields(wire::Acknowledgement<Type>& p) {
  return std::tie(p.packet_id, p.reason_code, p.properties, p.spelling);
}
auto fields(wire::Subscribe& p) { return std::tie(p.packet_id, p.subscriptions, p.properties); }
auto fields(wire::Suback& p) { return std::tie(p.packet_id, p.reason_codes, p.properties); }
auto fields(wire::Unsubscribe& p) { return std::tie(p.packet_id, p.topic_filters, p.properties); }
auto fields(wire::Unsuback& p) { return std::tie(p.packet_id, p.reason_codes, p.properties); }
auto fields(wire::Pingreq&) { return std::tuple<>(); }
auto fields(wire::Pingresp&) { return std::tuple<>(); }
auto fields(wire::Disconnect& p) { return std::tie(p.reason_code, p.properties, p.spelling); }
auto fields(wire::Auth& p) { return std::tie(p.reason_code, p.properties, p.spelling); }

/// Calls `function` with one of the fields of both packets.
template <class P, class Function>
void with_one_field(P& one, P& other, Choices& choices, Function function) {
  auto mine = fields(one);
  auto theirs = fields(other);
  constexpr auto count = std::tuple_size_v<decltype(mine)>;
  if constexpr (count > 0) {
    const std::uint32_t wanted = choices.below(count);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((I == wanted ? function(std::get<I>(mine), std::get<I>(theirs)) : void()), ...);
    }(std::make_index_sequence<count>());
  }
}

// ---- What the packets of one input share

PacketId small_id(Choices& choices) { return PacketId(static_cast<std::uint16_t>(choices.between(1, 6))); }

void relate(wire::Packet& packet, Choices& choices) {
  if (auto* connect = std::get_if<wire::Connect>(&packet)) {
    connect->client_id = choices.one_of(clients);
    if (connect->will && choices.flag()) connect->will->topic = choices.one_of(topics);
  }
  if (auto* publish = std::get_if<wire::Publish>(&packet)) {
    if (!publish->topic.empty()) publish->topic = choices.one_of(topics);
    if (publish->packet_id) publish->packet_id = small_id(choices);
    publish->payload.resize(std::min<std::size_t>(publish->payload.size(), 200));
  }
  if (auto* subscribe = std::get_if<wire::Subscribe>(&packet))
    for (auto& subscription : subscribe->subscriptions) subscription.topic_filter = choices.one_of(filters);
  if (auto* unsubscribe = std::get_if<wire::Unsubscribe>(&packet))
    for (auto& filter : unsubscribe->topic_filters) filter = choices.one_of(filters);
  std::visit(
      [&](auto& p) {
        if constexpr (requires { p.packet_id = PacketId(1); }) {
          if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(p)>, wire::Publish>) p.packet_id = small_id(choices);
        }
      },
      packet);
}

// ---- Properties

/// The properties of a packet; those of the Will are reached by replacing the Will.
Properties* properties_of(wire::Packet& packet) {
  return std::visit(
      [](auto& p) -> Properties* {
        if constexpr (requires { p.properties; })
          return &p.properties;
        else
          return nullptr;
      },
      packet);
}

void change_value(Property& property, Choices& choices) {
  if (auto* number = std::get_if<std::uint32_t>(&property.value)) *number = choices.one_of(numbers);
  if (auto* text = std::get_if<std::string>(&property.value)) *text = choices.flag() ? generators::text(choices) : choices.one_of(topics);
  if (auto* pair = std::get_if<wire::StringPair>(&property.value)) pair->second = generators::text(choices);
}

void change_properties(Properties& properties, const Properties& others, Choices& choices) {
  std::vector<Property> items(properties.items().begin(), properties.items().end());
  const auto place = items.begin() + static_cast<std::ptrdiff_t>(items.empty() ? 0 : choices.below(items.size()));
  const std::uint32_t how = choices.below(5);
  if (how == 0 && !others.empty()) items.insert(place, choices.one_of(others.items()));
  if (!items.empty() && how == 1) items.erase(place);
  if (!items.empty() && how == 2) items.push_back(Property(*place));
  if (!items.empty() && how == 3) std::swap(*place, items.front());
  if (!items.empty() && how == 4) change_value(*place, choices);
  properties = Properties(std::move(items));
}

/// A PUBLISH whose QoS was changed needs a Packet Identifier, or none.
void mend(wire::Packet& packet, Choices& choices) {
  auto* publish = std::get_if<wire::Publish>(&packet);
  if (publish == nullptr || (publish->qos != QoS::at_most_once) == publish->packet_id.has_value()) return;
  publish->packet_id = publish->packet_id ? std::nullopt : std::optional(small_id(choices));
}

}  // namespace

wire::Packet related_packet(Choices& choices, ProtocolVersion version, Direction from) {
  wire::Packet packet = generators::packet(choices, version, from);
  relate(packet, choices);
  return packet;
}

void change(wire::Packet& packet, Choices& choices, ProtocolVersion version, Direction from) {
  wire::Packet model = generators::packet(choices, wire::type_of(packet), version, from);
  if (choices.flag()) relate(model, choices);
  auto* properties = properties_of(packet);
  if (properties != nullptr && choices.flag()) return change_properties(*properties, *properties_of(model), choices);
  std::visit(
      [&](auto& mine) {
        auto& other = std::get<std::remove_cvref_t<decltype(mine)>>(model);
        with_one_field(mine, other, choices, [](auto& field, auto& others) { std::swap(field, others); });
      },
      packet);
  mend(packet, choices);
}

}  // namespace mqttspec::fuzz
