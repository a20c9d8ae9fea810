#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

namespace mqttspec::conformance {
namespace {

using wire::ReasonCode;

/// Creates a Session that is kept: connects, subscribes, so that the Session has state to keep, and disconnects.
Awaitable<wire::Connect> create_kept_session(Test& test) {
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
  auto packet = co_await create_kept_session(test);
  auto again = co_await test.begin_connect(std::move(packet));
  co_await again.expect<wire::Connack>(code(ReasonCode::success), session_present());
}

Awaitable<void> clean(Test& test) {
  auto packet = co_await create_kept_session(test);
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
  auto again = co_await test.begin_connect(make_unacceptable(test, co_await create_kept_session(test)));
  const auto ending = co_await again.need_closed();  // another case checks that the broker refuses unknown methods
  for (const auto& each : ending.before)
    if (const auto* connack = std::get_if<wire::Connack>(&each))
      test.check(!connack->session_present, "Session Present 0 in a CONNACK that refuses the connection", "Session Present 1");
}

}  // namespace

std::vector<Case> connack_cases() {
  return {
      {.id = "connack/session-not-present-for-new-client",
       .title = "Session Present is 0 if the broker has no Session for the client",
       .checks = {{v3_1_1, "MQTT-3.2.2-3"}, {v5_0, "MQTT-3.2.2-3"}, {v5_0, "MQTT-3.1.2-6"}},
       .run = first_time},
      {.id = "connack/session-present-when-resumed",
       .title = "Session Present is 1 when a kept Session is resumed",
       .checks = {{v3_1_1, "MQTT-3.2.2-2"}, {v5_0, "MQTT-3.2.2-3"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = kept},
      {.id = "connack/session-not-present-after-clean-start",
       .title = "Session Present is 0 if the client requests a clean start",
       .checks = {{v3_1_1, "MQTT-3.2.2-1"}, {v5_0, "MQTT-3.2.2-2"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = clean},
      {.id = "connack/session-present-after-takeover",
       .title = "Session Present is 1 for a connection that takes over a kept Session",
       .checks = {{v3_1_1, "MQTT-3.2.2-2"}, {v5_0, "MQTT-3.2.2-3"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = after_takeover},
      {.id = "connack/session-not-present-when-refused",
       .title = "Session Present is 0 in a CONNACK that refuses the connection, even if the broker has a Session for the client",
       .checks = {{v5_0, "MQTT-3.2.2-6"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = refused},
  };
}

}  // namespace mqttspec::conformance
