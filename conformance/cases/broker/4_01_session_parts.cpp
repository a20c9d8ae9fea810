// The parts of a Session (4.1): each is kept when the Session is resumed, and discarded after a clean start. How long a Session is kept
// (3.1.2.11.2).

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

/// The client whose Session is tested, another client, and the Packet Identifier that a part needs in a later step.
struct Stage {
  Connection client;
  Connection other;
  std::uint16_t packet_id = 0;
};

using StepFunction = Awaitable<void> (*)(Test&, Stage&);

/// How the first Network Connection of the Session ends.
enum class Way : std::uint8_t { disconnect, drop, takeover };

struct Part {
  std::string_view id;
  std::string_view title;  ///< "… is kept when the Session is resumed", "… is discarded by a clean start"
  std::vector<ProtocolVersion> versions;
  std::vector<Capability> needs;
  StepFunction prepare;
  StepFunction meanwhile;  ///< while the client is disconnected; not combined with a takeover
  StepFunction find;       ///< checks that it was kept
  StepFunction miss;       ///< checks that it was discarded; nullptr if that is not observable
};

// ---- Subscriptions

wire::Subscription at(std::string filter, QoS level) { return {.topic_filter = std::move(filter), .maximum_qos = level}; }

Awaitable<void> no_message(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic(), "for a discarded subscription").qos(1));
  co_await stage.client.expect_nothing_more();
}

Awaitable<void> subscribe_with_qos1(Test& test, Stage& stage) {
  co_await establish(test, stage.client, stage.other, at(test.topic(), QoS::at_least_once));
}
Awaitable<void> find_qos1(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic(), "QoS 2").qos(2));
  co_await stage.client.expect<wire::Publish>(payload("QoS 2"), qos(1));
}

Awaitable<void> subscribe_with_no_local(Test& test, Stage& stage) {
  co_await establish(test, stage.client, stage.other, {.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .no_local = true});
}
Awaitable<void> find_no_local(Test& test, Stage& stage) {
  co_await stage.client.publish(publish(test.topic(), "my own").qos(1));
  co_await stage.other.publish(publish(test.topic(), "from another client").qos(1));
  co_await stage.client.expect<wire::Publish>(payload("from another client"));
  co_await stage.client.expect_nothing_more();
}

Awaitable<void> subscribe_with_retain_as_published(Test& test, Stage& stage) {
  co_await establish(test, stage.client, stage.other,
                     {.topic_filter = test.topic(), .maximum_qos = QoS::at_least_once, .retain_as_published = true});
}
Awaitable<void> find_retain_as_published(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic(), "with RETAIN 1").qos(1).retain());
  co_await stage.client.expect<wire::Publish>(payload("with RETAIN 1"), retained());
}

constexpr std::uint32_t identifier = 77;

Awaitable<void> subscribe_with_identifier(Test& test, Stage& stage) {
  co_await stage.client.subscribe({at(test.topic(), QoS::at_least_once)},
                                  wire::Properties().set(wire::prop::subscription_identifier, identifier));
  co_await warm_up(test, stage.client, stage.other, test.topic(), QoS::at_least_once);
}
Awaitable<void> find_identifier(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic(), "identified").qos(1));
  co_await stage.client.expect<wire::Publish>(payload("identified"), property(wire::prop::subscription_identifier, identifier));
}

Awaitable<void> subscribe_with_wildcards(Test& test, Stage& stage) {
  co_await establish(test, stage.client, stage.other, at(test.topic("+/w/#"), QoS::at_least_once), test.topic("a/w"));
}
Awaitable<void> find_wildcards(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic("b/w/c/d"), "below").qos(1));
  co_await stage.client.expect<wire::Publish>(payload("below"));
}
Awaitable<void> miss_wildcards(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic("b/w/c/d"), "for a discarded subscription").qos(1));
  co_await stage.client.expect_nothing_more();
}

Awaitable<void> subscribe_shared(Test& test, Stage& stage) {
  co_await establish(test, stage.client, stage.other, at(fmt::format("$share/{}/{}", test.client_id(), test.topic()), QoS::at_least_once),
                     test.topic());
}
Awaitable<void> find_shared(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic(), "shared").qos(1));
  co_await stage.client.expect<wire::Publish>(payload("shared"));
}

constexpr int several = 10;

Awaitable<void> subscribe_to_several(Test& test, Stage& stage) {
  std::vector<wire::Subscription> all;
  for (int i = 1; i <= several; ++i) all.push_back(at(test.topic(std::to_string(i)), QoS::at_least_once));
  co_await stage.client.subscribe(all);
  co_await warm_up(test, stage.client, stage.other, all.back().topic_filter, QoS::at_least_once);
}
Awaitable<void> find_several(Test& test, Stage& stage) {
  std::vector<Copies> all;
  for (int i = 1; i <= several; ++i) {
    all.push_back({std::to_string(i), 1, any_number});
    co_await stage.other.publish(publish(test.topic(std::to_string(i)), std::to_string(i)).qos(1));
  }
  co_await expect_copies(test, stage.client, all);
}
Awaitable<void> miss_several(Test& test, Stage& stage) {
  for (int i = 1; i <= several; ++i)
    co_await stage.other.publish(publish(test.topic(std::to_string(i)), "for a discarded subscription").qos(1));
  co_await stage.client.expect_nothing_more();
}

Awaitable<void> unsubscribe_from_one(Test& test, Stage& stage) {
  co_await stage.client.subscribe({at(test.topic("deleted"), QoS::at_least_once), at(test.topic("remaining"), QoS::at_least_once)});
  co_await warm_up(test, stage.client, stage.other, test.topic("remaining"), QoS::at_least_once);
  co_await stage.client.unsubscribe({test.topic("deleted")});
}
Awaitable<void> find_one_of_two(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic("deleted"), "for the deleted subscription").qos(1));
  co_await stage.other.publish(publish(test.topic("remaining"), "for the remaining subscription").qos(1));
  co_await stage.client.expect<wire::Publish>(payload("for the remaining subscription"));
  co_await stage.client.expect_nothing_more();
}

// ---- Messages for the client

Awaitable<void> subscribe_with_qos2(Test& test, Stage& stage) {
  co_await establish(test, stage.client, stage.other, at(test.topic(), QoS::exactly_once));
}
Awaitable<void> publish_both(Test& test, Stage& stage) {
  co_await stage.other.publish(publish(test.topic(), "queued with QoS 1").qos(1));
  co_await stage.other.publish(publish(test.topic(), "queued with QoS 2").qos(2));
}
Awaitable<void> find_both(Test& test, Stage& stage) {
  return expect_copies(test, stage.client, {{"queued with QoS 1", 1, any_number}, {"queued with QoS 2", 1, 1}});
}
Awaitable<void> miss_messages(Test& test, Stage& stage) {
  co_await stage.client.expect_nothing_more();
  const auto found = stage.client.waiting(wire::PacketType::pubrel);
  test.check(found.empty(), "no PUBREL", found.empty() ? "" : wire::describe(found.front(), test.version()));
}

Awaitable<void> leave_unacknowledged(Test& test, Stage& stage, QoS level) {
  co_await establish(test, stage.client, stage.other, at(test.topic(), level));
  stage.client.acknowledge(Acknowledging::by_hand);
  co_await stage.other.publish(publish(test.topic(), "unacknowledged").qos(level));
  const auto message = co_await stage.client.need<wire::Publish>(payload("unacknowledged"), qos(level));
  stage.packet_id = message.packet_id->value();
}
Awaitable<void> leave_qos1(Test& test, Stage& stage) { return leave_unacknowledged(test, stage, QoS::at_least_once); }
Awaitable<void> leave_qos2(Test& test, Stage& stage) { return leave_unacknowledged(test, stage, QoS::exactly_once); }
Awaitable<void> leave_unreleased(Test& test, Stage& stage) {
  co_await leave_unacknowledged(test, stage, QoS::exactly_once);
  co_await stage.client.send(pubrec(stage.packet_id));
  co_await stage.client.need<wire::Pubrel>(packet_id(stage.packet_id));
}
Awaitable<void> find_unacknowledged(Test&, Stage& stage) { co_await stage.client.expect<wire::Publish>(payload("unacknowledged")); }
Awaitable<void> find_unreleased(Test&, Stage& stage) { co_await stage.client.expect<wire::Pubrel>(packet_id(stage.packet_id)); }

// ---- Messages of the client

Awaitable<void> leave_received(Test& test, Stage& stage) {
  co_await establish(test, stage.other, stage.client, at(test.topic(), QoS::exactly_once));
  stage.packet_id = stage.client.next_packet_id();
  co_await stage.client.send(publish(test.topic(), "received").qos(2).packet_id(stage.packet_id));
  co_await stage.client.need<wire::Pubrec>(packet_id(stage.packet_id));
}
/// Sends a message with the Packet Identifier of the first one, and completes its exchange.
Awaitable<void> send_with_same_id(Stage& stage, wire::Publish message) {
  co_await stage.client.send(std::move(message));
  co_await stage.client.expect<wire::Pubrec>(packet_id(stage.packet_id));
  co_await stage.client.send(pubrel(stage.packet_id));
  co_await stage.client.expect<wire::Pubcomp>(packet_id(stage.packet_id));
}
Awaitable<void> find_received(Test& test, Stage& stage) {
  co_await send_with_same_id(stage, publish(test.topic(), "received").qos(2).packet_id(stage.packet_id).dup());
  co_await expect_copies(test, stage.other, {{"received", 1, 1}});
}
Awaitable<void> miss_received(Test& test, Stage& stage) {
  co_await send_with_same_id(stage, publish(test.topic(), "new").qos(2).packet_id(stage.packet_id));
  co_await expect_copies(test, stage.other, {{"received", 0, 1}, {"new", 1, 1}});
}

std::vector<Part> parts() {
  const std::vector both = {v3_1_1, v5_0};
  const std::vector five = {v5_0};
  using enum Capability;
  return {
      {"maximum-qos", "The maximum QoS of a subscription", both, {qos2}, subscribe_with_qos1, nullptr, find_qos1, no_message},
      {"no-local", "No Local of a subscription", five, {qos1}, subscribe_with_no_local, nullptr, find_no_local, no_message},
      {"retain-as-published",
       "Retain As Published of a subscription",
       five,
       {qos1, Capability::retained},
       subscribe_with_retain_as_published,
       nullptr,
       find_retain_as_published,
       no_message},
      {"subscription-identifier",
       "The Subscription Identifier of a subscription",
       five,
       {qos1, subscription_identifiers},
       subscribe_with_identifier,
       nullptr,
       find_identifier,
       no_message},
      {"wildcard-subscription",
       "A subscription with wildcards",
       both,
       {qos1, wildcards},
       subscribe_with_wildcards,
       nullptr,
       find_wildcards,
       miss_wildcards},
      {"shared-subscription",
       "A Shared Subscription",
       five,
       {qos1, shared_subscriptions},
       subscribe_shared,
       nullptr,
       find_shared,
       no_message},
      {"ten-subscriptions", "Each of ten subscriptions", both, {qos1}, subscribe_to_several, nullptr, find_several, miss_several},
      {"deleted-subscription",
       "The remaining one of two subscriptions, and not the deleted one,",
       both,
       {qos1},
       unsubscribe_from_one,
       nullptr,
       find_one_of_two,
       nullptr},
      {"queued-messages",
       "A QoS 1 and a QoS 2 message published meanwhile",
       both,
       {qos2},
       subscribe_with_qos2,
       publish_both,
       find_both,
       miss_messages},
      {"unacknowledged-qos1", "A QoS 1 message without PUBACK", both, {qos1}, leave_qos1, nullptr, find_unacknowledged, miss_messages},
      {"unacknowledged-qos2", "A QoS 2 message without PUBREC", both, {qos2}, leave_qos2, nullptr, find_unacknowledged, miss_messages},
      {"unanswered-pubrel", "A QoS 2 message without PUBCOMP", both, {qos2}, leave_unreleased, nullptr, find_unreleased, miss_messages},
      {"received-qos2",
       "A QoS 2 message received from the client and not released",
       both,
       {qos2},
       leave_received,
       nullptr,
       find_received,
       miss_received},
  };
}

Awaitable<void> end_connection(Test& test, Stage& stage, Way way, const Part& part) {
  if (way == Way::disconnect) co_await leave(stage.client);
  if (way == Way::drop) co_await stage.client.drop();
  if (part.meanwhile != nullptr) co_await part.meanwhile(test, stage);
}

Awaitable<void> is_kept(Test& test, const Part& part, Way way) {
  Stage stage{.client = co_await connect_kept(test), .other = co_await test.connect()};
  co_await part.prepare(test, stage);
  co_await end_connection(test, stage, way, part);
  stage.client = co_await test.begin_connect(test.kept_session_packet(stage.client.client_id()));
  co_await stage.client.expect<wire::Connack>(code(wire::ReasonCode::success), session_present());
  co_await part.find(test, stage);
}

Awaitable<void> is_discarded(Test& test, const Part& part, Way way) {
  Stage stage{.client = co_await connect_kept(test), .other = co_await test.connect()};
  co_await part.prepare(test, stage);
  co_await end_connection(test, stage, way, part);
  stage.client = co_await start_clean(test);
  co_await part.miss(test, stage);
}

struct WayRow {
  Way way;
  std::string_view id;
  std::string_view words;
};
constexpr WayRow ways[] = {{Way::disconnect, "after-disconnect", "after DISCONNECT"},
                           {Way::drop, "after-lost-connection", "after its connection was lost"},
                           {Way::takeover, "at-takeover", "while the first connection is open"}};

/// The checks of these versions.
std::vector<Check> in_versions(const std::vector<Check>& checks, const std::vector<ProtocolVersion>& versions) {
  std::vector<Check> found;
  std::ranges::copy_if(checks, std::back_inserter(found),
                       [&](const Check& check) { return std::ranges::count(versions, check.version) > 0; });
  return found;
}

std::vector<Case> part_cases() {
  const std::vector<Check> kept = {{v3_1_1, "MQTT-3.1.2-4"}, {v3_1_1, "MQTT-4.1.0-1"}, {v5_0, "MQTT-3.1.2-5"}, {v5_0, "MQTT-3.1.2-23"}};
  const std::vector<Check> discarded = {{v3_1_1, "MQTT-3.1.2-6"}, {v5_0, "MQTT-3.1.2-4"}, {v5_0, "MQTT-3.1.4-4"}};
  std::vector<Case> cases;
  for (const Part& part : parts()) {
    auto needed = part.needs;
    needed.push_back(Capability::sessions);
    for (const WayRow& row : ways) {
      if (row.way == Way::takeover && part.meanwhile != nullptr) continue;
      cases.push_back({.id = fmt::format("session/resumed/{}/{}", part.id, row.id),
                       .title = fmt::format("{} is kept when the Session is resumed {}", part.title, row.words),
                       .checks = in_versions(kept, part.versions),
                       .needs = needed,
                       .run = [part, way = row.way](Test& test) { return is_kept(test, part, way); }});
      if (part.miss == nullptr || row.way == Way::drop) continue;
      cases.push_back({.id = fmt::format("session/clean-start/{}/{}", part.id, row.id),
                       .title = fmt::format("{} is discarded by a clean start {}", part.title, row.words),
                       .checks = in_versions(discarded, part.versions),
                       .needs = needed,
                       .run = [part, way = row.way](Test& test) { return is_discarded(test, part, way); }});
    }
  }
  return cases;
}

// ---- Session Expiry Interval of 5.0

constexpr std::uint32_t never = 0xFFFF'FFFF;
constexpr std::uint32_t long_time = 300;  // seconds

struct Expiry {
  std::string_view id;
  std::string_view title;
  std::vector<std::uint32_t> at_connect;       ///< of each connection, in order
  std::optional<std::uint32_t> at_disconnect;  ///< of the last one
  transport::Duration connected;               ///< how long the last connection lasts
  transport::Duration away;
  bool kept;
  Check check;
};

std::vector<Expiry> expiries() {
  return {
      {"never", "A Session with Session Expiry Interval 0xFFFFFFFF is kept", {never}, {}, 0s, 2500ms, true, {v5_0, "MQTT-3.1.2-23"}},
      {"lowered-at-disconnect",
       "A Session ends after the Session Expiry Interval that DISCONNECT lowered",
       {long_time},
       1,
       0s,
       2500ms,
       false,
       {v5_0, "MQTT-4.1.0-2"}},
      {"raised-at-disconnect",
       "A Session is kept for the Session Expiry Interval that DISCONNECT raised",
       {1},
       long_time,
       0s,
       3s,
       true,
       {v5_0, "MQTT-3.1.2-23"}},
      {"never-at-disconnect",
       "A Session is kept after a DISCONNECT with Session Expiry Interval 0xFFFFFFFF",
       {1},
       never,
       0s,
       3s,
       true,
       {v5_0, "MQTT-3.1.2-23"}},
      {"starts-when-connection-ends",
       "The Session Expiry Interval starts when the Network Connection ends",
       {2},
       {},
       3s,
       0s,
       true,
       {v5_0, "MQTT-3.1.2-23"}},
      {"lowered-by-next-connect",
       "A Session ends after the Session Expiry Interval of the last CONNECT if that is lower",
       {long_time, 1},
       {},
       0s,
       2500ms,
       false,
       {v5_0, "MQTT-4.1.0-2"}},
      {"raised-by-next-connect",
       "A Session is kept for the Session Expiry Interval of the last CONNECT if that is higher",
       {2, long_time},
       {},
       0s,
       4s,
       true,
       {v5_0, "MQTT-3.1.2-23"}},
  };
}

wire::Connect expiring_packet(Test& test, std::uint32_t interval) {
  auto packet = test.kept_session_packet(test.client_id("kept"));
  packet.properties.set(wire::prop::session_expiry_interval, interval);
  return packet;
}

/// The time to add to an interval within which a client must reconnect if the broker answers slowly.
Awaitable<std::chrono::seconds> slowness(Test& test) {
  const auto began = test.now();
  (void)co_await test.connect();
  co_return 4 * (std::chrono::ceil<std::chrono::seconds>(test.now() - began) - 1s);
}

Awaitable<void> is_kept_as_long_as_requested(Test& test, Expiry row) {
  const auto must_reconnect = row.connected > 0s;
  const auto added = must_reconnect ? co_await slowness(test) : 0s;
  if (must_reconnect) {
    row.at_connect.front() += static_cast<std::uint32_t>(added.count());
    row.connected += added;
  }
  std::optional<Connection> client;
  for (const auto interval : row.at_connect) {
    if (client) co_await leave(*client);
    client = co_await test.connect(expiring_packet(test, interval));
    const auto chosen = client->connack().properties.get(wire::prop::session_expiry_interval).value_or(interval);
    if (chosen != interval) test.not_applicable(fmt::format("the broker chose a Session Expiry Interval of {} s", chosen));
  }
  co_await client->subscribe(test.topic(), QoS::at_least_once);
  if (row.connected > 0s) co_await test.pass_time(row.connected);
  wire::Disconnect disconnect;
  if (row.at_disconnect) disconnect.properties.set(wire::prop::session_expiry_interval, *row.at_disconnect);
  const auto left = test.now();
  co_await client->send(disconnect);
  co_await client->shutdown_send();
  co_await client->need_closed();
  if (row.away > 0s) co_await test.pass_time(row.away);
  auto again = co_await test.begin_connect(expiring_packet(test, long_time));
  // If answers are slow, a Session of two seconds may have ended.
  if (must_reconnect && test.now() - left > 1500ms + added) test.set_up_failed("reconnecting took too long");
  if (row.kept)
    co_await again.expect<wire::Connack>(code(wire::ReasonCode::success), session_present());
  else
    co_await again.expect<wire::Connack>(code(wire::ReasonCode::success), no_session_present());
}

}  // namespace

std::vector<Case> session_part_cases() {
  auto cases = part_cases();
  for (const Expiry& row : expiries())
    cases.push_back({.id = fmt::format("session/expiry/{}", row.id),
                     .title = std::string(row.title),
                     .checks = {row.check},
                     .needs = {Capability::qos1, Capability::sessions},
                     .pace = Pace::by_the_clock,
                     .run = [row](Test& test) { return is_kept_as_long_as_requested(test, row); }});
  return cases;
}

}  // namespace mqttspec::conformance
