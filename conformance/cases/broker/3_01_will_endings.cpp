// When a Will Message is published (3.1.2.5, 3.1.3.2.2): each way in which a Network Connection ends, with and without delay.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

/// How the connection with the Will ends.
enum class End : std::uint8_t {
  disconnect,
  disconnect_with_will,     ///< Reason Code 0x04
  disconnect_ends_session,  ///< the same, with Session Expiry Interval 0
  drop,
  malformed,
  takeover,  ///< another connection resumes the Session
};

/// What the client does next. (No clean start: it ends the Session, and with it the delay, but MQTT-3.1.2-8 also allows the broker to
/// delete the Will, so both are correct.)
enum class Then : std::uint8_t { nothing, resumes };

enum class Published : std::uint8_t { never, immediately, after_the_delay, when_the_session_ends };

constexpr std::uint32_t short_delay = 2;   // seconds
constexpr std::uint32_t long_delay = 600;  // seconds
constexpr std::uint32_t short_session = 1;
constexpr std::uint32_t long_session = 60;

struct Ending {
  std::string_view id;
  std::string_view title;  ///< continues "A Will Message "
  End end;
  std::uint32_t delay;
  std::uint32_t session;
  Then then;
  Published published;
};

struct EndingRow {
  Ending row;
  Check check;
};

std::vector<EndingRow> endings() {
  constexpr Check at_end = {v5_0, "MQTT-3.1.2-8"};
  constexpr Check deleted = {v5_0, "MQTT-3.14.4-3"};
  constexpr Check recalled = {v5_0, "MQTT-3.1.3-9"};
  using enum End;
  using enum Then;
  using enum Published;
  return {
      {{"disconnect/delayed", "with a delay is not published after DISCONNECT", disconnect, short_delay, long_session, nothing, never},
       deleted},
      {{"disconnect/delay-longer-than-session", "whose delay is longer than the Session is not published after DISCONNECT", disconnect,
        long_delay, short_session, nothing, never},
       deleted},
      {{"disconnect-with-will/delayed", "is published after its delay, not earlier, after DISCONNECT 0x04", disconnect_with_will,
        short_delay, long_session, nothing, after_the_delay},
       at_end},
      {{"disconnect-with-will/resumed", "is not published if the client resumes its Session within the delay after DISCONNECT 0x04",
        disconnect_with_will, short_delay, long_session, resumes, never},
       recalled},
      {{"disconnect-with-will/delay-longer-than-session",
        "whose delay is longer than the Session is published when the Session ends after DISCONNECT 0x04", disconnect_with_will, long_delay,
        short_session, nothing, when_the_session_ends},
       at_end},
      {{"disconnect-with-will/ends-session", "is published immediately, whatever its delay, when DISCONNECT 0x04 ends the Session",
        disconnect_ends_session, long_delay, long_session, nothing, immediately},
       at_end},
      {{"lost-connection/no-session",
        "is published immediately, whatever its delay, when the connection is lost and the Session is not kept", drop, long_delay, 0,
        nothing, immediately},
       at_end},
      {{"malformed/delayed", "is published after its delay, not earlier, after a Malformed Packet", malformed, short_delay, long_session,
        nothing, after_the_delay},
       at_end},
      {{"malformed/resumed", "is not published if the client resumes its Session within the delay after a Malformed Packet", malformed,
        short_delay, long_session, resumes, never},
       recalled},
      {{"malformed/delay-longer-than-session",
        "whose delay is longer than the Session is published when the Session ends after a Malformed Packet", malformed, long_delay,
        short_session, nothing, when_the_session_ends},
       at_end},
      {{"takeover/delayed", "with a delay is not published when another connection resumes the Session", takeover, short_delay,
        long_session, nothing, never},
       recalled},
  };
}

Awaitable<Connection> watcher(Test& test, QoS level) {
  auto connection = co_await test.connect();
  co_await establish(test, connection, connection, test.topic("will"), level);
  co_return connection;
}

/// The CONNECT with which the client reconnects.
wire::Connect without_will(wire::Connect packet) {
  packet.will.reset();
  packet.clean_start = false;
  return packet;
}

Awaitable<void> end_it(Test& test, Connection client, const wire::Connect& packet, End end) {
  switch (end) {
    case End::disconnect: co_await leave(client); break;
    case End::disconnect_with_will: co_await client.disconnect({.reason_code = ReasonCode::disconnect_with_will_message}); break;
    case End::disconnect_ends_session: {
      wire::Disconnect last{.reason_code = ReasonCode::disconnect_with_will_message};
      last.properties.set(wire::prop::session_expiry_interval, 0);
      co_await client.disconnect(last);
      break;
    }
    case End::drop: co_await client.drop(); break;
    case End::malformed:
      co_await client.send_bytes(wire::raw::with_flags(wire::encode(pubrel(1), test.version()), 0x00));
      co_await client.need_closed();
      break;
    case End::takeover:
      (void)co_await test.connect(without_will(packet));
      co_await client.need_closed();
      break;
  }
}

/// Publishes a message that must be the next one: a Will Message that is already on its way would arrive first.
Awaitable<void> expect_no_will(Test& test, Connection watching) {
  auto later = co_await test.connect();
  co_await later.publish(publish(test.topic("will"), "later").qos(1));
  co_await watching.expect<wire::Publish>(payload("later"));
  co_await watching.expect_nothing_more();
}

/// The delay of a row, or a longer one if the broker answers slowly and the client must reconnect in time.
Awaitable<std::uint32_t> delay_of(Test& test, const Ending& row) {
  if (row.delay != short_delay || row.published != Published::never || row.end == End::disconnect) co_return row.delay;
  const auto began = test.now();
  (void)co_await test.connect();
  const auto answer = std::chrono::ceil<std::chrono::seconds>(test.now() - began).count();
  co_return row.delay + static_cast<std::uint32_t>(4 * (answer - 1));
}

Awaitable<void> will_at_end(Test& test, const Ending& row) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  const auto delay = co_await delay_of(test, row);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic("will"), .payload = "gone", .qos = QoS::at_least_once};
  packet.will->properties.set(wire::prop::will_delay_interval, delay);
  if (row.session != 0) packet.properties.set(wire::prop::session_expiry_interval, row.session);
  auto client = co_await test.connect(packet);
  if (client.connack().properties.get(wire::prop::session_expiry_interval).value_or(row.session) != row.session)
    test.not_applicable("the broker chose another Session Expiry Interval");

  const auto ended = test.now();
  co_await end_it(test, client, packet, row.end);
  if (row.then != Then::nothing) (void)co_await test.connect(without_will(packet));
  const auto delay_is_over = ended + std::chrono::seconds(delay);
  const bool reconnects = row.then == Then::resumes || row.end == End::takeover;
  if (reconnects && test.now() > delay_is_over - 100ms) test.set_up_failed("reconnecting took longer than the Will Delay Interval");

  switch (row.published) {
    case Published::never: {
      const auto end_of_wait = std::min(delay_is_over, ended + std::chrono::seconds(row.session)) + 700ms;
      const auto wait = delay == long_delay ? end_of_wait : delay_is_over + 700ms;
      if (test.now() < wait) co_await test.pass_time(wait - test.now());
      co_await expect_no_will(test, watching);
      break;
    }
    case Published::after_the_delay: {
      co_await test.pass_time(1s);
      const bool early = !watching.waiting(wire::PacketType::publish).empty() && test.now() < delay_is_over - 100ms;
      test.check(!early, fmt::format("no Will Message before the Will Delay Interval of {} s has passed", delay), "the Will Message");
      if (test.now() < delay_is_over) co_await test.pass_time(delay_is_over - test.now());
      co_await watching.expect<wire::Publish>(payload("gone"));
      break;
    }
    case Published::when_the_session_ends: co_await test.pass_time(1s); [[fallthrough]];
    case Published::immediately:
      co_await watching.expect<wire::Publish>(payload("gone"));
      co_await watching.expect_nothing_more(because("MQTT-3.1.2-10", "MQTT-3.1.2-10"));
      break;
  }
}

/// The broker must keep the whole Will during the delay.
Awaitable<void> delayed_with_all_properties(Test& test) {
  using namespace wire::prop;
  auto watching = co_await watcher(test, QoS::exactly_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic("will"), .payload = std::string("gone\0", 5), .qos = QoS::exactly_once, .retain = true};
  wire::Properties wanted;
  wanted.add(payload_format_indicator, 1).add(content_type, "text/plain").add(response_topic, test.topic("answer"));
  wanted.add(correlation_data, std::string("\0\xFF\x31", 3)).add(user_property, {"b", "1"}).add(user_property, {"a", "2"});
  packet.will->properties = wanted;
  packet.will->properties.set(will_delay_interval, 1).set(message_expiry_interval, long_delay);
  packet.properties.set(session_expiry_interval, long_session);
  auto client = co_await test.connect(packet);
  co_await client.drop();
  co_await test.pass_time(1s);
  auto late = co_await watching.expect<wire::Publish>(topic_name(test.topic("will")), payload(packet.will->payload), qos(2));
  const auto has_all = [&](const wire::Publish& message) {
    return std::ranges::all_of(wanted.items(),
                               [&](const wire::Property& each) { return std::ranges::count(message.properties.items(), each) > 0; });
  };
  test.check(has_all(late) && late.properties.has(wire::PropertyId::message_expiry_interval), "the Will Message with all its properties",
             wire::describe(late, v5_0));
  auto newcomer = co_await test.connect();
  co_await newcomer.subscribe(test.topic("will"), QoS::exactly_once);
  const auto kept = co_await newcomer.expect<wire::Publish>(payload(packet.will->payload), retained(), qos(2));
  test.check(has_all(kept), "the retained Will Message with all its properties", wire::describe(kept, v5_0));
}

/// The broker must not store the Will of a CONNECT that it refuses.
Awaitable<void> not_published_for_refused_connect(Test& test) {
  auto watching = co_await watcher(test, QoS::at_least_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic("will"), .payload = "of a refused client", .qos = QoS::at_least_once};
  co_await need_refusal(test, co_await test.begin_connect(make_unacceptable(test, packet)));
  co_await expect_no_will(test, watching);
}

Awaitable<void> kept_with_qos2(Test& test) {
  auto watching = co_await watcher(test, QoS::exactly_once);
  auto packet = test.connect_packet();
  packet.will = wire::Will{.topic = test.topic("will"), .payload = "gone", .qos = QoS::exactly_once, .retain = true};
  auto client = co_await test.connect(packet);
  co_await client.drop();
  co_await watching.need<wire::Publish>(payload("gone"));
  auto late = co_await test.connect();
  co_await late.subscribe(test.topic("will"), QoS::exactly_once);
  co_await late.expect<wire::Publish>(payload("gone"), retained(), qos(2));
}

}  // namespace

std::vector<Case> will_ending_cases() {
  std::vector<Case> cases;
  for (const auto& [row, check] : endings())
    cases.push_back({.id = fmt::format("will/ending/{}", row.id),
                     .title = fmt::format("A Will Message {}", row.title),
                     .checks = {check},
                     .needs = {Capability::qos1, Capability::sessions},
                     .pace = Pace::by_the_clock,
                     .run = [ending = row](Test& test) { return will_at_end(test, ending); }});
  cases.push_back({.id = "will/retained/qos2",
                   .title = "A QoS 2 Will Message with Will Retain 1 is retained with QoS 2",
                   .checks = {{v3_1_1, "MQTT-3.1.2-17"}, {v5_0, "MQTT-3.1.2-15"}},
                   .needs = {Capability::qos2, Capability::retained},
                   .run = kept_with_qos2});
  cases.push_back({.id = "will/delayed-with-all-properties",
                   .title = "A delayed Will Message is published with its QoS, Will Retain and properties",
                   .checks = {{v5_0, "MQTT-3.1.2-8"}, {v5_0, "MQTT-3.1.2-15"}, {v5_0, "3.1.3.2"}},
                   .needs = {Capability::qos2, Capability::retained, Capability::sessions},
                   .pace = Pace::by_the_clock,
                   .run = delayed_with_all_properties});
  cases.push_back({.id = "will/not-published-for-refused-connect",
                   .title = "The Will Message of a CONNECT that is refused is not published",
                   .checks = {{v3_1_1, "MQTT-3.1.2-8"}, {v5_0, "3.1.2.5"}},
                   .needs = {Capability::qos1},
                   .run = not_published_for_refused_connect});
  return cases;
}

}  // namespace mqttspec::conformance
