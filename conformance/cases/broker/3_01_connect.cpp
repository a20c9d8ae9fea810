#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::ReasonCode;
namespace raw = wire::raw;

/// A CONNECT of 3.1.1 or 5.0 form with a Protocol Name and Protocol Level of one's own.
wire::Bytes connect_with(ProtocolVersion form, std::string_view protocol_name, std::uint8_t level, std::string_view client_id) {
  raw::Builder rest;
  rest.string(protocol_name).byte(level).byte(0x02).two_bytes(0);
  if (form == v5_0) rest.properties({});
  rest.string(client_id);
  return raw::packet(wire::PacketType::connect, 0, rest);
}

Awaitable<void> plain_connect(Test& test) {
  auto client = co_await test.begin_connect(test.connect_packet());
  co_await client.expect<wire::Connack>(code(ReasonCode::success));
}

/// Waiting alone shows nothing: brokers close connections that bring no CONNECT in time. One that passes over what came first serves the
/// CONNECT that follows.
Awaitable<void> expect_no_service(Test& test, Connection client) {
  co_await test.pass_time(test.settle());
  co_await client.send(test.connect_packet());
  const bool served =
      co_await client.has_come(wire::PacketType::connack) && std::ranges::any_of(client.waiting(wire::PacketType::connack), is_accepting);
  test.check(!served, "the broker closes the Network Connection", "it stayed open, and a CONNECT that followed was accepted");
  co_await client.expect_closed();
}

Awaitable<void> first_packet_is_pingreq(Test& test) {
  auto client = co_await test.open();
  co_await client.send(wire::Pingreq{});
  co_await expect_no_service(test, client);
}

Awaitable<void> first_packet_is_publish(Test& test) {
  auto watcher = co_await test.connect();
  co_await watcher.subscribe(test.topic(), wire::QoS::at_most_once);
  auto client = co_await test.open();
  co_await client.send(publish(test.topic(), "without CONNECT"));
  co_await expect_no_service(test, client);
  co_await watcher.expect_nothing_more();
}

Awaitable<void> second_connect(Test& test) {
  const auto packet = test.connect_packet();
  auto client = co_await test.connect(packet);
  co_await client.send(packet);
  co_await client.expect_closed();
}

Awaitable<void> unknown_protocol_name(Test& test) {
  auto client = co_await test.open();
  co_await client.send_bytes(connect_with(test.version(), "MQTX", static_cast<std::uint8_t>(test.version()), test.client_id("name")));
  if (test.is_v5()) {
    test.check(!is_accepted(co_await client.expect_closed()), "the broker refuses the Protocol Name", "CONNACK 0x00 Success");
    co_return;
  }
  // 3.1.1 lets the broker go on by some other specification, so that an open connection is no fault; only accepting by this one is.
  co_await test.pass_time(test.settle());
  for (const auto& packet : client.waiting(wire::PacketType::connack))
    test.check(std::get<wire::Connack>(packet).reason_code != ReasonCode::success, "the CONNECT is not processed by this specification",
               "CONNACK 0x00 Connection accepted");
}

Awaitable<void> unsupported_protocol_level(Test& test) {
  auto client = co_await test.open();
  co_await client.send_bytes(connect_with(test.version(), "MQTT", 9, test.client_id("level")));
  const auto ending = co_await client.expect_closed();
  test.check(!is_accepted(ending), "the broker refuses Protocol Level 9", "CONNACK with code 0");
  // A broker that speaks 5.0 as well may answer level 9 by the rules of 5.0, which leave the CONNACK free.
  if (test.is_v5() || test.broker_serves(v5_0)) co_return;
  const bool told = std::ranges::any_of(ending.before, [](const wire::Packet& packet) {
    const auto* connack = std::get_if<wire::Connack>(&packet);
    return connack != nullptr && connack->reason_code == wire::return_code::unacceptable_protocol_version;
  });
  test.check(told, "CONNACK with code 0x01 before the Network Connection is closed", "the connection was closed without it");
}

Awaitable<void> client_id_accepted(Test& test, std::string id) {
  auto packet = test.connect_packet();
  packet.client_id = std::move(id);
  auto client = co_await test.begin_connect(std::move(packet));
  co_await client.expect<wire::Connack>(code(ReasonCode::success));
}

/// Two Client Identifiers are two clients: the one does not take the other's place.
Awaitable<void> are_two_clients(Test& test, std::string first_id, std::string second_id) {
  auto packet = test.connect_packet();
  packet.client_id = std::move(first_id);
  auto first = co_await test.connect(packet);
  packet.client_id = std::move(second_id);
  auto second = co_await test.connect(packet);
  co_await second.fence();
  co_await first.expect_alive();
}

Awaitable<void> client_ids_differ_in_case(Test& test) { return are_two_clients(test, test.client_id("case"), test.client_id("CASE")); }

Awaitable<void> client_ids_differ_at_the_end(Test& test) {
  const auto id = test.client_id();
  const std::string padding(22 - id.size(), 'Z');
  return are_two_clients(test, id + padding + "1", id + padding + "2");
}

Awaitable<void> longest_client_id(Test& test) {
  auto id = test.client_id();
  id += std::string(23 - id.size(), 'Z');
  return client_id_accepted(test, std::move(id));
}

Awaitable<void> shortest_client_id(Test& test) { return client_id_accepted(test, "Q"); }

Awaitable<void> every_client_id_character(Test& test) {
  constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::size_t room = 11;  // 23 bytes less the longest prefix of a run
  for (std::size_t at = 0; at < letters.size(); at += room) {
    auto packet = test.connect_packet();
    packet.client_id = test.client_id() + std::string(letters.substr(at, room));
    auto client = co_await test.begin_connect(std::move(packet));
    co_await client.expect<wire::Connack>(code(ReasonCode::success));
    co_await client.disconnect();
  }
}

Awaitable<void> empty_client_id(Test& test) {
  auto packet = test.connect_packet();
  packet.client_id.clear();
  auto client = co_await test.begin_connect(packet);
  const auto connack = co_await client.expect<wire::Connack>();
  if (connack.reason_code != ReasonCode::success) {
    const auto rejected = test.is_v5() ? ReasonCode::client_identifier_not_valid : wire::return_code::identifier_rejected;
    test.check(test.is_v5() || connack.reason_code == rejected, "success, or CONNACK 0x02 Identifier rejected", "another refusal",
               because("MQTT-3.1.3-9", ""));
    co_await client.expect_closed(because("MQTT-3.1.3-9", "MQTT-3.1.3-8"));
    test.not_applicable("the broker does not accept an empty Client Identifier");
  }
  if (test.is_v5()) {
    const auto assigned = connack.properties.get(wire::prop::assigned_client_identifier);
    test.check(assigned && !assigned->empty(), "CONNACK with an Assigned Client Identifier", "CONNACK without one",
               because("", "MQTT-3.1.3-7"));
  }
  // Two such clients have Identifiers of their own: neither takes the other's place.
  auto other = co_await test.begin_connect(packet);
  co_await other.expect<wire::Connack>(code(ReasonCode::success));
  co_await client.expect_alive();
  co_await other.expect_alive();
  if (test.is_v5())
    test.check(client.client_id() != other.client_id(), "Assigned Client Identifiers that differ",
               "the same one twice: " + client.client_id(), because("", "MQTT-3.2.2-16"));
}

Awaitable<void> empty_client_id_for_a_kept_session(Test& test) {
  auto packet = test.connect_packet();
  packet.client_id.clear();
  packet.clean_start = false;
  auto client = co_await test.begin_connect(std::move(packet));
  co_await client.expect<wire::Connack>(code(wire::return_code::identifier_rejected));
  co_await client.expect_closed();
}

Awaitable<void> takeover(Test& test) {
  const auto packet = test.connect_packet();
  auto first = co_await test.connect(packet);
  // That the newcomer is served is looked at afterwards: one that is turned away has disconnected nobody.
  auto second = co_await test.begin_connect(packet);
  co_await second.has_come(wire::PacketType::connack);
  const auto ending = co_await first.expect_closed();
  co_await second.expect<wire::Connack>(code(ReasonCode::success));
  if (test.is_v5() && ending.disconnect)
    test.check(ending.disconnect->reason_code == ReasonCode::session_taken_over, "DISCONNECT 0x8E Session taken over",
               wire::describe(*ending.disconnect, v5_0));
  co_await second.expect_alive();
}

Awaitable<void> nothing_after_refusal(Test& test) {
  auto watcher = co_await test.connect();
  co_await watcher.subscribe(test.topic(), wire::QoS::at_most_once);
  auto client = co_await test.open();
  co_await client.send_together({to_be_refused(test, test.connect_packet()), publish(test.topic(), "behind a refused CONNECT")});
  co_await need_refusal(test, client);
  co_await watcher.expect_nothing_more();
}

Awaitable<void> packets_behind_connect(Test& test) {
  auto client = co_await test.open();
  co_await client.send_together({test.connect_packet(), subscribe(1, test.topic(), wire::QoS::at_least_once),
                                 publish(test.topic(), "behind CONNECT").qos(1).packet_id(2), wire::Pingreq{}});
  co_await client.expect<wire::Connack>(code(ReasonCode::success));
  co_await client.expect<wire::Suback>(packet_id(1));
  co_await client.expect<wire::Puback>(packet_id(2));
  co_await client.expect<wire::Pingresp>();
}

Awaitable<void> connect_in_two_pieces(Test& test) {
  auto client = co_await test.open();
  const auto bytes = wire::encode(test.connect_packet(), test.version());
  const auto half = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2);
  co_await client.send_bytes({bytes.begin(), half});
  co_await test.pass_time(std::chrono::milliseconds(5));
  co_await client.send_bytes({half, bytes.end()});
  co_await client.expect<wire::Connack>(code(ReasonCode::success));
}

Awaitable<void> authentication_method_unknown(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::authentication_method, "mqttspec no such method");
  auto client = co_await test.begin_connect(std::move(packet));
  test.check(!is_accepted(co_await client.expect_closed()), "the broker refuses an Authentication Method that it cannot know",
             "CONNACK 0x00 Success");
}

}  // namespace

std::vector<Case> connect_cases() {
  return {
      {.id = "connect/accepted",
       .title = "A well-formed CONNECT is acknowledged with a CONNACK that accepts",
       .checks = {{v3_1_1, "MQTT-3.1.4-4"}, {v5_0, "MQTT-3.1.4-5"}},
       .run = plain_connect},
      {.id = "connect/first-packet-pingreq",
       .title = "A connection that begins with PINGREQ is closed",
       .checks = {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.1.0-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.1.0-1"}},
       .run = first_packet_is_pingreq},
      {.id = "connect/first-packet-publish",
       .title = "A connection that begins with PUBLISH is closed, and the message goes nowhere",
       .checks = {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.1.0-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.1.0-1"}},
       .run = first_packet_is_publish},
      {.id = "connect/second-connect",
       .title = "A second CONNECT on a connection ends it",
       .checks = {{v3_1_1, "MQTT-3.1.0-2"}, {v5_0, "MQTT-3.1.0-2"}},
       .run = second_connect},
      {.id = "connect/unknown-protocol-name",
       .title = "A CONNECT with another Protocol Name is not accepted",
       .checks = {{v3_1_1, "MQTT-3.1.2-1"}, {v5_0, "MQTT-3.1.2-1"}},
       .run = unknown_protocol_name},
      {.id = "connect/unsupported-protocol-level",
       .title = "A CONNECT with a Protocol Level from the future is refused",
       .checks = {{v3_1_1, "MQTT-3.1.2-2"}, {v5_0, "MQTT-3.1.2-2"}},
       .run = unsupported_protocol_level},
      {.id = "connect/client-id-of-23-bytes",
       .title = "A Client Identifier of 23 letters and digits is accepted",
       .checks = {{v3_1_1, "MQTT-3.1.3-5"}, {v5_0, "MQTT-3.1.3-5"}},
       .run = longest_client_id},
      {.id = "connect/client-ids-differ-in-case",
       .title = "Client Identifiers that differ in case alone are two clients",
       .checks = {{v3_1_1, "MQTT-3.1.3-2"}, {v5_0, "MQTT-3.1.3-2"}},
       .run = client_ids_differ_in_case},
      {.id = "connect/client-ids-differ-at-the-end",
       .title = "Client Identifiers of 23 bytes that differ in the last one are two clients",
       .checks = {{v3_1_1, "MQTT-3.1.3-2"}, {v5_0, "MQTT-3.1.3-2"}},
       .run = client_ids_differ_at_the_end},
      {.id = "connect/client-id-of-1-byte",
       .title = "A Client Identifier of one letter is accepted",
       .checks = {{v3_1_1, "MQTT-3.1.3-5"}, {v5_0, "MQTT-3.1.3-5"}},
       .company = Company::exclusive,
       .run = shortest_client_id},
      {.id = "connect/client-id-of-every-letter-and-digit",
       .title = "Client Identifiers may use all of 0-9, a-z and A-Z",
       .checks = {{v3_1_1, "MQTT-3.1.3-5"}, {v5_0, "MQTT-3.1.3-5"}},
       .run = every_client_id_character},
      {.id = "connect/empty-client-id",
       .title = "A client without Client Identifier is given one of its own, or is refused",
       .checks = {{v3_1_1, "MQTT-3.1.3-6"}, {v5_0, "MQTT-3.1.3-6"}, {v5_0, "MQTT-3.1.3-7"}, {v5_0, "MQTT-3.2.2-16"}},
       .run = empty_client_id},
      {.id = "connect/empty-client-id-for-a-kept-session",
       .title = "An empty Client Identifier with Clean Session 0 is refused with 0x02",
       .checks = {{v3_1_1, "MQTT-3.1.3-8"}, {v3_1_1, "MQTT-3.1.3-7"}},
       .run = empty_client_id_for_a_kept_session},
      {.id = "connect/takeover",
       .title = "A client that connects with an Identifier in use takes the place of the connected one",
       .checks = {{v3_1_1, "MQTT-3.1.4-2"}, {v5_0, "MQTT-3.1.4-3"}},
       .run = takeover},
      {.id = "connect/nothing-after-refusal",
       .title = "What follows a refused CONNECT is not processed",
       .checks = {{v3_1_1, "MQTT-3.1.4-5"}, {v5_0, "MQTT-3.1.4-6"}},
       .run = nothing_after_refusal},
      {.id = "connect/packets-behind-connect",
       .title = "Packets sent right behind CONNECT, before its CONNACK, are served",
       .checks = {{v3_1_1, "3.1.4"}, {v5_0, "3.1.4"}},
       .needs = {Capability::qos1},
       .run = packets_behind_connect},
      {.id = "connect/in-two-pieces",
       .title = "A CONNECT that arrives in two pieces is one CONNECT",
       .checks = {{v3_1_1, "MQTT-7.1.1-1"}, {v5_0, "MQTT-4.2-1"}},
       .run = connect_in_two_pieces},
      {.id = "connect/unknown-authentication-method",
       .title = "A CONNECT with an Authentication Method that the broker does not know is refused",
       .checks = {{v5_0, "MQTT-4.12.0-1"}},
       .run = authentication_method_unknown},
  };
}

}  // namespace mqttspec::conformance
