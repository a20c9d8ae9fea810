#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
#include "conformance/harness/test.hpp"

namespace mqttspec::conformance {
namespace {

using wire::ReasonCode;

/// Leaves a Session behind: connects with one that is kept, subscribes, so that there is something to keep, and disconnects.
Awaitable<wire::Connect> leave_session(Test& test) {
  const auto packet = test.kept_session_packet(test.client_id("kept"));
  auto client = co_await test.connect(packet);
  co_await client.subscribe(test.topic("kept"), wire::QoS::at_least_once);
  if (const auto expiry = client.connack().properties.get(wire::prop::session_expiry_interval); expiry && *expiry == 0)
    test.not_applicable("the broker set the Session Expiry Interval to 0");
  co_await leave(client);
  co_return packet;
}

Awaitable<void> first_time(Test& test) {
  auto client = co_await test.begin_connect(test.kept_session_packet(test.client_id("new")));
  co_await client.expect<wire::Connack>(code(ReasonCode::success), no_session_present());
}

Awaitable<void> kept(Test& test) {
  auto packet = co_await leave_session(test);
  auto again = co_await test.begin_connect(std::move(packet));
  co_await again.expect<wire::Connack>(code(ReasonCode::success), session_present());
}

Awaitable<void> clean(Test& test) {
  auto packet = co_await leave_session(test);
  packet.clean_start = true;
  auto again = co_await test.begin_connect(std::move(packet));
  co_await again.expect<wire::Connack>(code(ReasonCode::success), no_session_present());
}

Awaitable<void> after_takeover(Test& test) {
  const auto packet = test.kept_session_packet(test.client_id("over"));
  auto first = co_await test.connect(packet);
  co_await first.subscribe(test.topic("kept"), wire::QoS::at_least_once);
  auto second = co_await test.begin_connect(packet);
  co_await second.expect<wire::Connack>(code(ReasonCode::success), session_present());
}

Awaitable<void> refused(Test& test) {
  auto again = co_await test.begin_connect(to_be_refused(test, co_await leave_session(test)));
  const auto ending = co_await again.need_closed();  // a broker that takes every method is another case's matter
  for (const auto& each : ending.before)
    if (const auto* connack = std::get_if<wire::Connack>(&each))
      test.check(!connack->session_present, "Session Present 0 in a CONNACK that refuses", "Session Present 1");
}

}  // namespace

std::vector<Case> connack_cases() {
  return {
      {.id = "connack/session-not-present-at-first",
       .title = "Session Present is 0 for a client that the broker has no Session of",
       .checks = {{v3_1_1, "MQTT-3.2.2-3"}, {v5_0, "MQTT-3.2.2-3"}, {v5_0, "MQTT-3.1.2-6"}},
       .run = first_time},
      {.id = "connack/session-present-when-kept",
       .title = "Session Present is 1 when a kept Session is resumed",
       .checks = {{v3_1_1, "MQTT-3.2.2-2"}, {v5_0, "MQTT-3.2.2-3"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = kept},
      {.id = "connack/session-not-present-when-clean",
       .title = "Session Present is 0 when the client asks to start afresh",
       .checks = {{v3_1_1, "MQTT-3.2.2-1"}, {v5_0, "MQTT-3.2.2-2"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = clean},
      {.id = "connack/session-present-after-takeover",
       .title = "A connection that takes over a kept Session is told so by Session Present",
       .checks = {{v3_1_1, "MQTT-3.2.2-2"}, {v5_0, "MQTT-3.2.2-3"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = after_takeover},
      {.id = "connack/session-not-present-when-refused",
       .title = "Session Present is 0 in a CONNACK that refuses, also where there is a Session",
       .checks = {{v5_0, "MQTT-3.2.2-6"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = refused},
  };
}

}  // namespace mqttspec::conformance
