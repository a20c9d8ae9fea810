#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <algorithm>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::ReasonCode;
namespace raw = wire::raw;

/// A CONNECT in the format of 3.1.1 or 5.0 with this Protocol Name and Protocol Level.
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

/// Waiting is not enough, since brokers close a Network Connection on which no CONNECT arrives in time. A broker that ignores the first
/// packet accepts the CONNECT that follows.
Awaitable<void> expect_not_served(Test& test, Connection client) {
  co_await test.pass_time(test.settle());
  co_await client.send(test.connect_packet());
  const bool served =
      co_await client.has_come(wire::PacketType::connack) && std::ranges::any_of(client.waiting(wire::PacketType::connack), is_accepting);
  test.check(!served, "the broker closes the Network Connection", "it stayed open (a CONNECT that followed was accepted)");
  co_await client.expect_closed();
}

Awaitable<void> pingreq_before_connect(Test& test) {
  auto client = co_await test.open();
  co_await client.send(wire::Pingreq{});
  co_await expect_not_served(test, client);
}

Awaitable<void> publish_before_connect(Test& test) {
  auto watcher = co_await test.connect();
  co_await watcher.subscribe(test.topic(), wire::QoS::at_most_once);
  auto client = co_await test.open();
  co_await client.send(publish(test.topic(), "without CONNECT"));
  co_await expect_not_served(test, client);
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
  // 3.1.1 allows the broker to continue according to another specification, so only accepting the CONNECT is wrong, not staying open.
  co_await test.pass_time(test.settle());
  for (const auto& packet : client.waiting(wire::PacketType::connack))
    test.check(std::get<wire::Connack>(packet).reason_code != ReasonCode::success, "the broker does not process the CONNECT as MQTT 3.1.1",
               "CONNACK 0x00 Connection accepted");
}

Awaitable<void> unsupported_protocol_level(Test& test) {
  auto client = co_await test.open();
  co_await client.send_bytes(connect_with(test.version(), "MQTT", 9, test.client_id("level")));
  const auto ending = co_await client.expect_closed();
  test.check(!is_accepted(ending), "the broker refuses Protocol Level 9", "CONNACK with code 0x00");
  // A broker that also serves 5.0 may apply the rules of 5.0 to level 9, where CONNACK is optional.
  if (test.is_v5() || test.broker_serves(v5_0)) co_return;
  const bool has_code_1 = std::ranges::any_of(ending.before, [](const wire::Packet& packet) {
    const auto* connack = std::get_if<wire::Connack>(&packet);
    return connack != nullptr && connack->reason_code == wire::return_code::unacceptable_protocol_version;
  });
  test.check(has_code_1, "CONNACK with code 0x01 before the broker closes the Network Connection", "no such CONNACK");
}

Awaitable<void> client_id_accepted(Test& test, std::string id) {
  auto packet = test.connect_packet();
  packet.client_id = std::move(id);
  auto client = co_await test.begin_connect(std::move(packet));
  co_await client.expect<wire::Connack>(code(ReasonCode::success));
}

/// Two Client Identifiers belong to two clients: the second does not replace the first.
Awaitable<void> are_two_clients(Test& test, std::string first_id, std::string second_id) {
  auto packet = test.connect_packet();
  packet.client_id = std::move(first_id);
  auto first = co_await test.connect(packet);
  packet.client_id = std::move(second_id);
  auto second = co_await test.connect(packet);
  co_await second.fence();
  co_await first.expect_alive();
}

Awaitable<void> client_ids_are_case_sensitive(Test& test) { return are_two_clients(test, test.client_id("case"), test.client_id("CASE")); }

Awaitable<void> client_ids_differ_in_the_last_byte(Test& test) {
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
  constexpr std::size_t room = 11;  // 23 bytes minus the longest prefix of a run
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
    test.check(test.is_v5() || connack.reason_code == rejected, "CONNACK with code 0x00 or 0x02", wire::describe(connack, test.version()),
               because("MQTT-3.1.3-9", ""));
    co_await client.expect_closed(because("MQTT-3.1.3-9", "MQTT-3.1.3-8"));
    test.not_applicable("the broker does not accept an empty Client Identifier");
  }
  if (test.is_v5()) {
    const auto assigned = connack.properties.get(wire::prop::assigned_client_identifier);
    test.check(assigned && !assigned->empty(), "CONNACK with an Assigned Client Identifier", wire::describe(connack, v5_0),
               because("", "MQTT-3.1.3-7"));
  }
  // Two such clients have different Client Identifiers: neither replaces the other.
  auto other = co_await test.begin_connect(packet);
  co_await other.expect<wire::Connack>(code(ReasonCode::success));
  co_await client.expect_alive();
  co_await other.expect_alive();
  if (test.is_v5())
    test.check(client.client_id() != other.client_id(), "two different Assigned Client Identifiers",
               "the same one twice: " + wire::quote(client.client_id()), because("", "MQTT-3.2.2-16"));
}

Awaitable<void> empty_client_id_with_kept_session(Test& test) {
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
  // Whether the second client is accepted is checked later: if it is refused, the first one stays connected.
  auto second = co_await test.begin_connect(packet);
  co_await second.has_come(wire::PacketType::connack);
  const auto ending = co_await first.expect_closed();
  co_await second.expect<wire::Connack>(code(ReasonCode::success));
  if (test.is_v5() && ending.disconnect)
    test.check(ending.disconnect->reason_code == ReasonCode::session_taken_over, "DISCONNECT 0x8E Session taken over",
               wire::describe(*ending.disconnect, v5_0));
  co_await second.expect_alive();
}

Awaitable<void> publish_after_refused_connect(Test& test) {
  auto watcher = co_await test.connect();
  co_await watcher.subscribe(test.topic(), wire::QoS::at_most_once);
  auto client = co_await test.open();
  co_await client.send_together({make_unacceptable(test, test.connect_packet()), publish(test.topic(), "after a refused CONNECT")});
  co_await need_refusal(test, client);
  co_await watcher.expect_nothing_more();
}

Awaitable<void> packets_before_connack(Test& test) {
  auto client = co_await test.open();
  co_await client.send_together({test.connect_packet(), subscribe(1, test.topic(), wire::QoS::at_least_once),
                                 publish(test.topic(), "after CONNECT").qos(1).packet_id(2), wire::Pingreq{}});
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
  test.check(!is_accepted(co_await client.expect_closed()), "the broker refuses the unknown Authentication Method", "CONNACK 0x00 Success");
}

}  // namespace

std::vector<Case> connect_cases() {
  return {
      {.id = "connect/accepted",
       .title = "A valid CONNECT is accepted",
       .checks = {{v3_1_1, "MQTT-3.1.4-4"}, {v5_0, "MQTT-3.1.4-5"}},
       .run = plain_connect},
      {.id = "connect/pingreq-before-connect",
       .title = "The broker closes the Network Connection if the first packet is PINGREQ",
       .checks = {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.1.0-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.1.0-1"}},
       .run = pingreq_before_connect},
      {.id = "connect/publish-before-connect",
       .title = "The broker closes the Network Connection if the first packet is PUBLISH, and does not deliver the message",
       .checks = {{v3_1_1, "MQTT-4.8.0-1"}, {v3_1_1, "MQTT-3.1.0-1"}, {v5_0, "MQTT-4.13.1-1"}, {v5_0, "MQTT-3.1.0-1"}},
       .run = publish_before_connect},
      {.id = "connect/second-connect",
       .title = "The broker closes the Network Connection on a second CONNECT",
       .checks = {{v3_1_1, "MQTT-3.1.0-2"}, {v5_0, "MQTT-3.1.0-2"}},
       .run = second_connect},
      {.id = "connect/unknown-protocol-name",
       .title = "A CONNECT with an unknown Protocol Name is not accepted",
       .checks = {{v3_1_1, "MQTT-3.1.2-1"}, {v5_0, "MQTT-3.1.2-1"}},
       .run = unknown_protocol_name},
      {.id = "connect/unsupported-protocol-level",
       .title = "A CONNECT with Protocol Level 9 is refused",
       .checks = {{v3_1_1, "MQTT-3.1.2-2"}, {v5_0, "MQTT-3.1.2-2"}},
       .run = unsupported_protocol_level},
      {.id = "connect/client-id-of-23-bytes",
       .title = "A Client Identifier of 23 letters and digits is accepted",
       .checks = {{v3_1_1, "MQTT-3.1.3-5"}, {v5_0, "MQTT-3.1.3-5"}},
       .run = longest_client_id},
      {.id = "connect/client-ids-are-case-sensitive",
       .title = "Client Identifiers that differ only in case belong to different clients",
       .checks = {{v3_1_1, "MQTT-3.1.3-2"}, {v5_0, "MQTT-3.1.3-2"}},
       .run = client_ids_are_case_sensitive},
      {.id = "connect/client-ids-differ-in-the-last-byte",
       .title = "Client Identifiers of 23 bytes that differ only in the last byte belong to different clients",
       .checks = {{v3_1_1, "MQTT-3.1.3-2"}, {v5_0, "MQTT-3.1.3-2"}},
       .run = client_ids_differ_in_the_last_byte},
      {.id = "connect/client-id-of-1-byte",
       .title = "A Client Identifier of one letter is accepted",
       .checks = {{v3_1_1, "MQTT-3.1.3-5"}, {v5_0, "MQTT-3.1.3-5"}},
       .company = Company::exclusive,
       .run = shortest_client_id},
      {.id = "connect/client-id-with-every-letter-and-digit",
       .title = "Client Identifiers with each of the characters 0-9, a-z and A-Z are accepted",
       .checks = {{v3_1_1, "MQTT-3.1.3-5"}, {v5_0, "MQTT-3.1.3-5"}},
       .run = every_client_id_character},
      {.id = "connect/empty-client-id",
       .title = "A client with an empty Client Identifier is assigned a unique one, or is refused",
       .checks = {{v3_1_1, "MQTT-3.1.3-6"}, {v5_0, "MQTT-3.1.3-6"}, {v5_0, "MQTT-3.1.3-7"}, {v5_0, "MQTT-3.2.2-16"}},
       .run = empty_client_id},
      {.id = "connect/empty-client-id-with-kept-session",
       .title = "An empty Client Identifier with Clean Session 0 is refused with code 0x02",
       .checks = {{v3_1_1, "MQTT-3.1.3-8"}, {v3_1_1, "MQTT-3.1.3-7"}},
       .run = empty_client_id_with_kept_session},
      {.id = "connect/takeover",
       .title = "A CONNECT with a Client Identifier in use disconnects the existing client",
       .checks = {{v3_1_1, "MQTT-3.1.4-2"}, {v5_0, "MQTT-3.1.4-3"}},
       .run = takeover},
      {.id = "connect/publish-after-refused-connect",
       .title = "A PUBLISH sent together with a CONNECT that is refused is not processed",
       .checks = {{v3_1_1, "MQTT-3.1.4-5"}, {v5_0, "MQTT-3.1.4-6"}},
       .run = publish_after_refused_connect},
      {.id = "connect/packets-before-connack",
       .title = "Packets sent directly after CONNECT, before CONNACK, are processed",
       .checks = {{v3_1_1, "3.1.4"}, {v5_0, "3.1.4"}},
       .needs = {Capability::qos1},
       .run = packets_before_connack},
      {.id = "connect/in-two-pieces",
       .title = "A CONNECT that arrives in two pieces is accepted",
       .checks = {{v3_1_1, "MQTT-7.1.1-1"}, {v5_0, "MQTT-4.2-1"}},
       .run = connect_in_two_pieces},
      {.id = "connect/unknown-authentication-method",
       .title = "A CONNECT with an unknown Authentication Method is refused",
       .checks = {{v5_0, "MQTT-4.12.0-1"}},
       .run = authentication_method_unknown},
  };
}

}  // namespace mqttspec::conformance
