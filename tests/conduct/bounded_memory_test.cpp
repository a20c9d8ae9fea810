#include "tests/conduct/exchange.hpp"

#include "reference/conduct/deliveries.hpp"
#include "reference/conduct/receipts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Long-lived connections: what is kept of the past is bounded, and a doubt does not last for ever.
namespace mqttspec::conduct::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace prop = wire::prop;

constexpr std::uint16_t cycled(int i) { return static_cast<std::uint16_t>(1 + i % 65'535); }

TEST(Deliveries, KeepFewOfThoseThatAreCompleted) {
  constexpr DeliveryRules rules{.dup_on_first_qos_1 = "server/dup-on-first-delivery",
                                .dup_on_first_qos_2 = "server/dup-on-first-delivery",
                                .resent_without_dup = "server/resent-without-dup",
                                .resent_with_other_qos = "server/resent-with-other-qos",
                                .packet_identifier_in_use = "server/packet-identifier-in-use",
                                .resent_on_same_connection = "server/resent-on-same-connection",
                                .publish_after_pubrel = "server/publish-after-pubrel",
                                .pubrel_without_pubrec = "server/pubrel-without-pubrec",
                                .resent_out_of_order = "server/resent-out-of-order",
                                .pubrel_out_of_order = "server/pubrel-out-of-order"};
  Deliveries deliveries(History::seen);
  Report report(v5);
  for (int i = 0; i < 200'000; ++i) {
    const wire::PacketId id(cycled(i));
    const bool twice = i % 2 == 0;
    deliveries.publish(publish("a", "x").qos(twice ? 2 : 1).packet_id(cycled(i)), "a", rules, report);
    if (!twice) {
      deliveries.puback(id);
      continue;
    }
    deliveries.pubrec(id, ReasonCode::success);
    deliveries.pubrel(id, rules, report);
    deliveries.pubcomp(id);
  }
  EXPECT_LE(deliveries.size(), Deliveries::most_completed);
  EXPECT_TRUE(deliveries.has_seen(wire::PacketId(1)));
  EXPECT_THAT(report.take(), IsEmpty());
}

TEST(Receipts, KeepNothingOfThoseThatAreCompleted) {
  ServerExchange exchange(v5);
  Receipts receipts(History::seen);
  constexpr ReceiptRules rules{.puback_without_publish = "client/puback-without-publish",
                               .pubrec_without_publish = "client/pubrec-without-publish",
                               .pubcomp_without_pubrel = "client/pubcomp-without-pubrel",
                               .pubcomp_denies_message = "client/pubcomp-denies-message",
                               .acknowledgement_for_other_qos = "client/acknowledgement-for-other-qos",
                               .puback_out_of_order = "client/puback-out-of-order",
                               .pubrec_out_of_order = "client/pubrec-out-of-order"};
  Report report(v5);
  for (int i = 0; i < 200'000; ++i) {
    receipts.publish(publish("a", "x").qos(1).packet_id(cycled(i)));
    receipts.puback(wire::PacketId(cycled(i)), rules, report);
  }
  EXPECT_EQ(receipts.size(), 0u);
  EXPECT_THAT(report.take(), IsEmpty());
}

TEST(ServerConduct, JudgesAnIdentifierAgainAfterAPingrespShowedThatStrayAcknowledgementsWereReceived) {
  ServerExchange exchange(v5);
  exchange.connected().subscribed("a").client(puback(1)).client(wire::Pingreq{}).server(wire::Pingresp{});
  exchange.server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/packet-identifier-in-use"));
}

TEST(ServerConduct, DoesNotTakeAnEarlierPingrespForAnAnswerToALaterPingreq) {
  ServerExchange exchange(v5);
  exchange.connected().subscribed("a").client(wire::Pingreq{}).client(puback(1)).client(wire::Pingreq{}).server(wire::Pingresp{});
  exchange.server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, JudgesAnIdentifierAgainAfterAnotherOneShowedThatStrayAcknowledgementsWereReceived) {
  ServerExchange exchange(v5);
  exchange.connected().subscribed("a").client(puback(1));
  exchange.server(publish("a", "w").qos(1).packet_id(2)).client(puback(2)).server(publish("a", "x").qos(1).packet_id(2));
  exchange.server(publish("a", "y").qos(1).packet_id(1)).server(publish("a", "z").qos(1).packet_id(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/packet-identifier-in-use"));
}

TEST(ServerConduct, JudgesAnIdentifierAgainAfterAPubrelThatFollowedAllAcknowledgements) {
  ServerExchange exchange(v5);
  exchange.connected_kept().subscribed("a").server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1));
  exchange.client_closes().next_connection();  // with a smaller Maximum Packet Size, messages in flight may be discarded
  exchange.client(with(exchange.connect_kept(), prop::maximum_packet_size, 1'000)).server(resumed());
  exchange.server(pubrel(1)).server(pubrel(1));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/resent-on-same-connection"));
}

TEST(ServerConduct, JudgesAnswersInASessionOfUnknownPastAfterACompletedExchange) {
  ServerExchange exchange(v5);
  exchange.client(exchange.connect_kept()).server(resumed()).server(puback(1));
  EXPECT_THAT(exchange.broken(), IsEmpty());
  exchange.client(publish("a", "x").qos(1).packet_id(1)).server(puback(1)).server(puback(1)).server(puback(2));
  EXPECT_THAT(exchange.broken(), ElementsAre("server/puback-without-publish"));
}

TEST(ServerConduct, ToleratesALateAnswerInASessionOfUnknownPastToWhatWasSentAgain) {
  ServerExchange exchange(v5);
  exchange.client(exchange.connect_kept()).server(resumed());
  exchange.client(publish("a", "x").qos(1).packet_id(1).dup()).server(puback(1)).server(puback(1));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesTopicAliasesWhoseNamesTakeTooMuchMemory) {
  ServerExchange exchange(v5);
  exchange.client(with(exchange.connect(), prop::topic_alias_maximum, 100)).server(connack()).subscribed("#");
  const std::string name(60'000, 'n');
  for (std::uint32_t alias = 1; alias <= 100; ++alias) exchange.server(publish(name, "x").property(prop::topic_alias, alias));
  for (std::uint32_t alias = 1; alias <= 100; ++alias) exchange.server(publish("", "x").property(prop::topic_alias, alias));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

TEST(ServerConduct, ToleratesEverythingFromAClientThatSendsTooManyBytesBeforeConnack) {
  ServerExchange exchange(v5);
  exchange.client(exchange.connect());
  for (std::uint16_t id = 1; id <= 3; ++id) exchange.client(publish("a", std::string(most_early_bytes / 2, 'x')).qos(1).packet_id(id));
  exchange.server(connack()).server(puback(1)).server(puback(7));
  EXPECT_THAT(exchange.broken(), IsEmpty());
}

}  // namespace
}  // namespace mqttspec::conduct::testing
