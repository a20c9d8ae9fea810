#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::PacketType;
using wire::QoS;
using wire::ReasonCode;
namespace prop = wire::prop;

std::string names_of(const std::vector<PacketType>& types) {
  std::string words;
  for (const auto type : types) words += (words.empty() ? "" : ", ") + std::string(wire::name(type));
  return words;
}

/// Other packets that the broker could send first: the answer to a packet sent after CONNECT, and a queued message of the Session.
Awaitable<void> is_first_packet(Test& test) {
  auto pair = co_await connect_kept_pair(test, QoS::at_least_once);
  co_await leave(pair.subscriber);
  co_await pair.publisher.publish(publish(test.topic(), "kept").qos(1));
  auto client = co_await test.open();
  auto packet = test.kept_session_packet(test.client_id("kept"));
  co_await client.send_together({packet, wire::Pingreq{}, subscribe(1, test.topic("other"))});
  co_await client.has_come(PacketType::pingresp);
  test.check(!client.arrived().empty() && client.arrived().front() == PacketType::connack, "CONNACK as the first packet",
             client.arrived().empty() ? "nothing" : names_of(client.arrived()));
  co_await client.need<wire::Connack>(code(ReasonCode::success));
}

Awaitable<void> is_sent_once(Test& test) {
  auto client = co_await test.connect();
  co_await client.publish(publish(test.topic(), "x").qos(1));
  co_await client.fence();
  test.check(client.waiting(PacketType::connack).empty(), "one CONNACK on a Network Connection", "a second one");
}

/// A broker that refuses the connection may send a valid CONNACK, sends no DISCONNECT, and closes the Network Connection.
Awaitable<void> refusal(Test& test) {
  auto client = co_await test.begin_connect(make_unacceptable(test, test.connect_packet()));
  co_await client.has_come(PacketType::connack);
  for (const auto& each : client.waiting(PacketType::connack))
    if (std::get<wire::Connack>(each).reason_code == ReasonCode::success)
      test.set_up_failed("the broker accepted a CONNECT that it must refuse");
  const auto ending = co_await client.expect_closed(because("", "MQTT-3.2.2-7"));
  test.check(!ending.disconnect, "no DISCONNECT before a CONNACK that accepts the connection", "DISCONNECT", because("", "MQTT-3.14.0-1"));
  for (const auto& each : ending.before) {
    const auto* const connack = std::get_if<wire::Connack>(&each);
    if (connack == nullptr) continue;
    const bool is_expected_code =
        connack->reason_code == ReasonCode::bad_authentication_method || connack->reason_code == ReasonCode::not_authorized;
    test.recommend(is_expected_code, "CONNACK 0x8C Bad authentication method or 0x87 Not authorized", wire::describe(*connack, v5_0),
                   because("", "4.12"));
  }
}

/// Every broker must refuse an empty Client Identifier with Clean Session 0.
Awaitable<void> refusal_of_3_1_1(Test& test) {
  auto client = co_await test.begin_connect(make_unacceptable(test, test.connect_packet()));
  const auto connack = co_await client.need<wire::Connack>();
  if (connack.reason_code == ReasonCode::success) test.set_up_failed("the broker accepted a CONNECT that it must refuse");
  test.check(!connack.session_present, "Session Present 0", "Session Present 1");
  co_await client.expect_closed(because("MQTT-3.2.2-5", ""));
}

Awaitable<void> no_unrequested_response_information(Test& test) {
  for (const bool is_explicit : {false, true}) {
    auto packet = test.connect_packet();
    if (is_explicit) packet.properties.set(prop::request_response_information, 0);
    auto client = co_await test.connect(packet);
    test.check(!client.connack().properties.has(wire::PropertyId::response_information), "CONNACK without Response Information",
               wire::describe(client.connack(), v5_0));
  }
}

/// If CONNACK has no Maximum QoS, every QoS is supported.
Awaitable<void> maximum_qos_is_sent(Test& test) {
  auto client = co_await test.connect();
  const auto maximum = client.connack().properties.get(prop::maximum_qos).value_or(2);
  for (std::uint32_t level = 1; level <= maximum; ++level) {
    co_await client.send(publish(test.topic(), "x").qos(static_cast<int>(level)).packet_id(static_cast<std::uint16_t>(level)));
    const bool is_answered = co_await client.has_come(level == 1 ? PacketType::puback : PacketType::pubrec);
    const auto disconnects = client.waiting(PacketType::disconnect);
    const bool is_not_supported =
        !disconnects.empty() && std::get<wire::Disconnect>(disconnects.front()).reason_code == ReasonCode::qos_not_supported;
    test.check(!is_not_supported, "every QoS up to the Maximum QoS of CONNACK is supported (2 if it is absent)",
               "DISCONNECT 0x9B QoS not supported");
    if (!is_answered) test.set_up_failed("the PUBLISH was not acknowledged");
  }
}

Awaitable<void> subscriptions_of_every_qos(Test& test) {
  auto client = co_await test.connect();
  const auto maximum = client.connack().properties.get(prop::maximum_qos);
  if (!maximum) test.not_applicable("the broker supports every QoS (CONNACK has no Maximum QoS)");
  co_await client.send(subscribe(1, {{.topic_filter = test.topic("0"), .maximum_qos = QoS::at_most_once},
                                     {.topic_filter = test.topic("1"), .maximum_qos = QoS::at_least_once},
                                     {.topic_filter = test.topic("2"), .maximum_qos = QoS::exactly_once}}));
  const auto suback = co_await client.expect<wire::Suback>(packet_id(1), code_count(3));
  test.check(std::ranges::none_of(suback.reason_codes, wire::is_error),
             "SUBACK that grants all three subscriptions, with at most the Maximum QoS", wire::describe(suback, v5_0));
}

/// A Client Identifier that no rule forbids and that no broker must accept. If it is refused, the answer is checked.
Awaitable<void> rejected_client_id(Test& test) {
  auto packet = test.connect_packet();
  packet.client_id = test.client_id() + std::string(64, 'Z') + "-/_ .\u00E4";
  auto client = co_await test.begin_connect(packet);
  if (co_await client.has_come(PacketType::connack)) {
    const auto connack = co_await client.need<wire::Connack>();
    if (connack.reason_code == ReasonCode::success)
      test.not_applicable("the broker accepts a long Client Identifier with characters other than letters and digits");
    const bool is_suitable_code = test.is_v5() || connack.reason_code == wire::return_code::identifier_rejected ||
                                  connack.reason_code == wire::return_code::not_authorized;
    test.check(is_suitable_code, "CONNACK with code 0x02", wire::describe(connack, test.version()));
  } else {
    test.check(test.is_v5() || client.is_open(), "CONNACK with code 0x02 before the broker closes the Network Connection", "no CONNACK");
  }
  co_await client.expect_closed();
}

}  // namespace

std::vector<Case> connack_rule_cases() {
  return {
      {.id = "connack/is-first-packet",
       .title = "CONNACK is the first packet from the broker, even if other packets and queued messages are waiting",
       .checks = {{v3_1_1, "MQTT-3.2.0-1"}, {v5_0, "MQTT-3.2.0-1"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = is_first_packet},
      {.id = "connack/is-sent-once",
       .title = "The broker sends one CONNACK on a Network Connection",
       .checks = {{v5_0, "MQTT-3.2.0-2"}},
       .needs = {Capability::qos1},
       .run = is_sent_once},
      {.id = "connack/accepting-connack-is-valid",
       .title = "A CONNACK that accepts the connection has no reserved flags set and a defined code",
       .checks = {{v3_1_1, "3.2.2.1"}, {v3_1_1, "MQTT-2.2.2-1"}, {v3_1_1, "MQTT-7.0.0-2"}, {v5_0, "MQTT-3.2.2-1"}, {v5_0, "MQTT-2.1.3-1"}},
       .run = [](Test& test) -> Awaitable<void> {
         auto client = co_await test.begin_connect(test.connect_packet());
         co_await client.expect<wire::Connack>(code(ReasonCode::success));
       }},
      {.id = "connack/refusal-is-valid",
       .title = "A broker that refuses a CONNECT sends a valid CONNACK or none, sends no DISCONNECT, and closes the Network Connection",
       .checks = {{v5_0, "MQTT-3.2.2-8"}, {v5_0, "MQTT-3.2.2-7"}, {v5_0, "MQTT-3.14.0-1"}, {v5_0, "MQTT-4.13.2-1"}, {v5_0, "4.12"}},
       .run = refusal},
      {.id = "connack/refusal-has-session-present-0",
       .title = "A CONNACK that refuses the connection has Session Present 0, and the broker closes the Network Connection",
       .checks = {{v3_1_1, "MQTT-3.2.2-4"}, {v3_1_1, "MQTT-3.2.2-5"}},
       .run = refusal_of_3_1_1},
      {.id = "connack/no-unrequested-response-information",
       .title = "CONNACK has no Response Information if the client did not request it",
       .checks = {{v5_0, "MQTT-3.1.2-28"}},
       .run = no_unrequested_response_information},
      {.id = "connack/maximum-qos-is-sent",
       .title = "A broker that does not support QoS 1 or 2 sends Maximum QoS in CONNACK",
       .checks = {{v5_0, "MQTT-3.2.2-9"}},
       .run = maximum_qos_is_sent},
      {.id = "connack/subscriptions-above-maximum-qos-are-accepted",
       .title = "A broker with a Maximum QoS accepts subscriptions that request a higher QoS",
       .checks = {{v5_0, "MQTT-3.2.2-10"}},
       .run = subscriptions_of_every_qos},
      {.id = "connack/rejected-client-id",
       .title = "A broker that rejects a Client Identifier sends code 0x02 (3.1.1) and closes the Network Connection",
       .checks = {{v3_1_1, "MQTT-3.1.3-9"}, {v5_0, "MQTT-3.1.3-8"}},
       .run = rejected_client_id},
  };
}

}  // namespace mqttspec::conformance
