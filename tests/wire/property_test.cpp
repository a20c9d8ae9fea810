#include "reference/wire/property.hpp"

#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace mqttspec::wire {
namespace {

TEST(PropertyRules, AreTheTwentySevenInAscendingOrder) {
  ASSERT_EQ(property_rules().size(), 27u);
  for (std::size_t i = 1; i < property_rules().size(); ++i) EXPECT_LT(property_rules()[i - 1].id, property_rules()[i].id);
}

TEST(PropertyRules, AreFoundByIdentifier) {
  for (const PropertyRule& rule : property_rules()) EXPECT_EQ(find_property_rule(static_cast<std::uint32_t>(rule.id)), &rule);
  for (const std::uint32_t id : {0u, 4u, 0x2Bu, 0x3Fu, 0x40u, 0xFFu, 0x101u}) EXPECT_EQ(find_property_rule(id), nullptr) << id;
  EXPECT_EQ(name(PropertyId::correlation_data), "Correlation Data");
  EXPECT_EQ(name(PropertyId{0}), "unknown");
}

std::size_t counted_size(const Properties& properties) {
  std::size_t size = 0;
  for (const Property& item : properties.items()) size += encoded_size(item);
  return size;
}

TEST(Properties, KnowTheirSizeHoweverTheyWerePutTogether) {
  Properties properties;
  properties.add(prop::content_type, "text").add(prop::user_property, {"a", "1"}).add(prop::subscription_identifier, 128);
  EXPECT_EQ(properties.encoded_size(), 7u + 7u + 3u);
  properties.set(prop::content_type, "application/json").set(prop::topic_alias, 1);
  EXPECT_EQ(properties.encoded_size(), counted_size(properties));
  EXPECT_EQ(Properties(std::vector<Property>(properties.items().begin(), properties.items().end())).encoded_size(),
            properties.encoded_size());
  properties.remove(PropertyId::user_property);
  EXPECT_EQ(properties.encoded_size(), counted_size(properties));
}

TEST(Properties, LeaveNoSizeBehindWhenTheyAreMoved) {
  Properties properties;
  properties.add(prop::topic_alias, 1);
  Properties moved = std::move(properties);
  EXPECT_EQ(properties.encoded_size(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.encoded_size(), 3u);
  properties = std::move(moved);
  EXPECT_EQ(moved.encoded_size(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(properties.encoded_size(), 3u);
}

TEST(Properties, AreReadReplacedAndRemoved) {
  Properties properties;
  properties.set(prop::receive_maximum, 1)
      .add(prop::user_property, {"a", "1"})
      .add(prop::user_property, {"b", "2"})
      .set(prop::receive_maximum, 2);
  EXPECT_EQ(properties.get(prop::receive_maximum), 2u);
  EXPECT_EQ(properties.items().size(), 3u);
  EXPECT_EQ(properties.all(prop::user_property), (std::vector<StringPair>{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(properties.has(PropertyId::user_property));
  properties.remove(PropertyId::user_property);
  EXPECT_FALSE(properties.has(PropertyId::user_property));
  EXPECT_FALSE(properties.get(prop::user_property));
}

/// Table 2-4, written down a second time, by packet: the decoder is held against this and not against its own table.
const std::map<std::string, std::set<int>> allowed = {
    {"CONNECT", {0x11, 0x21, 0x27, 0x22, 0x19, 0x17, 0x26, 0x15, 0x16}},
    {"Will", {0x18, 0x01, 0x02, 0x03, 0x08, 0x09, 0x26}},
    {"CONNACK", {0x11, 0x21, 0x24, 0x25, 0x27, 0x12, 0x22, 0x1F, 0x26, 0x28, 0x29, 0x2A, 0x13, 0x1A, 0x1C, 0x15, 0x16}},
    {"PUBLISH from the Server", {0x01, 0x02, 0x23, 0x08, 0x09, 0x26, 0x0B, 0x03}},
    {"PUBLISH from a Client", {0x01, 0x02, 0x23, 0x08, 0x09, 0x26, 0x03}},
    {"PUBACK", {0x1F, 0x26}},
    {"PUBREC", {0x1F, 0x26}},
    {"PUBREL", {0x1F, 0x26}},
    {"PUBCOMP", {0x1F, 0x26}},
    {"SUBSCRIBE", {0x0B, 0x26}},
    {"SUBACK", {0x1F, 0x26}},
    {"UNSUBSCRIBE", {0x26}},
    {"UNSUBACK", {0x1F, 0x26}},
    {"DISCONNECT from a Client", {0x11, 0x1F, 0x26, 0x1C}},
    {"DISCONNECT from the Server", {0x1F, 0x26, 0x1C}},
    {"AUTH", {0x15, 0x16, 0x1F, 0x26}},
};

/// A valid value for any property.
Property sample(PropertyId id) {
  switch (find_property_rule(static_cast<std::uint32_t>(id))->type) {
    case PropertyType::utf8_string:
    case PropertyType::binary_data: return {id, std::string("text")};
    case PropertyType::utf8_string_pair: return {id, StringPair("name", "value")};
    default: return {id, std::uint32_t{1}};
  }
}

struct Carrier {
  Direction from;
  Packet packet;
};

/// A packet that is valid but for the property that it carries.
Carrier carrier(const std::string& place, Properties properties) {
  constexpr PacketId id{1};
  constexpr auto client = Direction::client_to_server;
  constexpr auto server = Direction::server_to_client;
  const bool needs_method = properties.has(PropertyId::authentication_data) || place == "AUTH";
  const bool may_have_method = place == "AUTH" || place == "CONNECT" || place == "CONNACK";
  if (needs_method && may_have_method && !properties.has(PropertyId::authentication_method))
    properties.add(prop::authentication_method, "m");
  if (place == "CONNECT") return {client, Connect{.properties = properties}};
  if (place == "Will") return {client, Connect{.will = Will{.topic = "w", .payload = "", .properties = properties}}};
  if (place == "CONNACK") return {server, Connack{.properties = properties}};
  if (place == "PUBLISH from the Server") return {server, Publish{.topic = "t", .properties = properties}};
  if (place == "PUBLISH from a Client") return {client, Publish{.topic = "t", .properties = properties}};
  if (place == "PUBACK") return {server, Puback{.packet_id = id, .properties = properties}};
  if (place == "PUBREC") return {client, Pubrec{.packet_id = id, .properties = properties}};
  if (place == "PUBREL") return {server, Pubrel{.packet_id = id, .properties = properties}};
  if (place == "PUBCOMP") return {client, Pubcomp{.packet_id = id, .properties = properties}};
  if (place == "SUBSCRIBE") return {client, Subscribe{.packet_id = id, .subscriptions = {{.topic_filter = "t"}}, .properties = properties}};
  if (place == "SUBACK") return {server, Suback{.packet_id = id, .reason_codes = {ReasonCode::granted_qos_0}, .properties = properties}};
  if (place == "UNSUBSCRIBE") return {client, Unsubscribe{.packet_id = id, .topic_filters = {"t"}, .properties = properties}};
  if (place == "UNSUBACK") return {server, Unsuback{.packet_id = id, .reason_codes = {ReasonCode::success}, .properties = properties}};
  if (place == "DISCONNECT from a Client") return {client, Disconnect{.properties = properties}};
  if (place == "DISCONNECT from the Server") return {server, Disconnect{.properties = properties}};
  return {client, Auth{.reason_code = ReasonCode::continue_authentication, .properties = properties}};
}

std::expected<Packet, Violation> decoded(const std::string& place, Properties properties) {
  const Carrier packet = carrier(place, std::move(properties));
  return decode(encode(packet.packet, ProtocolVersion::v5_0), {.from = packet.from});
}

TEST(PropertyRules, LetEachPropertyIntoItsPacketsOnly) {
  for (const auto& [place, ids] : allowed) {
    for (const PropertyRule& rule : property_rules()) {
      const bool may_stand = ids.contains(static_cast<int>(rule.id));
      const auto result = decoded(place, Properties({sample(rule.id)}));
      EXPECT_EQ(result.has_value(), may_stand) << rule.name << " in " << place << (result ? "" : ": " + result.error().explanation);
    }
  }
}

TEST(PropertyRules, LetEachPropertyStandOnceExceptTwo) {
  for (const auto& [place, ids] : allowed) {
    for (const int number : ids) {
      const PropertyId id{static_cast<std::uint8_t>(number)};
      const bool may_repeat =
          id == PropertyId::user_property || (id == PropertyId::subscription_identifier && place == "PUBLISH from the Server");
      const auto result = decoded(place, Properties({sample(id), sample(id)}));
      EXPECT_EQ(result.has_value(), may_repeat) << name(id) << " in " << place;
      if (!result) {
        EXPECT_EQ(result.error().reason_code(), ReasonCode::protocol_error);
        EXPECT_NE(result.error().clause.text(), "2.2.2.2") << "no section for " << name(id) << " in " << place;
      }
    }
  }
}

}  // namespace
}  // namespace mqttspec::wire
