#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <chrono>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

/// A client whose Session is kept, subscribed to test.topic().
struct Subscriber {
  Connection connection;
  wire::Connect packet;  ///< the CONNECT with which it reconnects
};

Awaitable<Subscriber> kept_subscriber(Test& test, QoS qos) {
  auto packet = test.kept_session_packet(test.client_id("kept"));
  auto connection = co_await test.connect(packet);
  co_await establish(test, connection, connection, test.topic(), qos);
  if (const auto expiry = connection.connack().properties.get(wire::prop::session_expiry_interval); expiry && *expiry == 0)
    test.not_applicable("the broker set the Session Expiry Interval to 0");
  co_return Subscriber{std::move(connection), std::move(packet)};
}

Awaitable<Connection> resume(Test& test, const wire::Connect& packet) {
  auto connection = co_await test.connect(packet);
  if (!connection.connack().session_present) test.set_up_failed("the Session was not resumed: Session Present 0");
  co_return connection;
}

Awaitable<void> publish_one(Test& test, std::string text, QoS level) {
  auto publisher = co_await test.connect();
  co_await publisher.publish(publish(test.topic(), std::move(text)).qos(level));
}

Awaitable<void> subscription_kept(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::at_least_once);
  co_await leave(subscriber.connection);
  auto again = co_await resume(test, subscriber.packet);
  co_await publish_one(test, "after resuming", QoS::at_least_once);
  co_await again.expect<wire::Publish>(payload("after resuming"));
}

Awaitable<void> subscription_kept_when_dropped(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::at_least_once);
  co_await subscriber.connection.drop();
  auto again = co_await resume(test, subscriber.packet);
  co_await publish_one(test, "after resuming", QoS::at_least_once);
  co_await again.expect<wire::Publish>(payload("after resuming"));
}

Awaitable<void> messages_queued(Test& test, QoS level) {
  auto subscriber = co_await kept_subscriber(test, level);
  co_await leave(subscriber.connection);
  auto publisher = co_await test.connect();
  for (const auto* text : {"first", "second", "third"}) co_await publisher.publish(publish(test.topic(), text).qos(level));
  auto again = co_await resume(test, subscriber.packet);
  for (const auto* text : {"first", "second", "third"}) co_await again.expect<wire::Publish>(payload(text), qos(level));
  co_await again.expect_nothing_more();
}

Awaitable<void> clean_start_discards_subscription(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::at_least_once);
  co_await leave(subscriber.connection);
  auto packet = subscriber.packet;
  packet.clean_start = true;
  auto again = co_await test.connect(packet);
  co_await publish_one(test, "for a discarded subscription", QoS::at_least_once);
  co_await again.expect_nothing_more();
}

Awaitable<void> clean_start_discards_queued(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::at_least_once);
  co_await leave(subscriber.connection);
  co_await publish_one(test, "queued", QoS::at_least_once);
  auto packet = subscriber.packet;
  packet.clean_start = true;
  auto again = co_await test.connect(packet);
  co_await again.expect_nothing_more();
}

Awaitable<void> clean_start_discards_in_flight(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::exactly_once);
  subscriber.connection.acknowledge(Acknowledging::by_hand);
  co_await publish_one(test, "in flight", QoS::exactly_once);
  co_await subscriber.connection.need<wire::Publish>(payload("in flight"));
  co_await subscriber.connection.drop();
  auto packet = subscriber.packet;
  packet.clean_start = true;
  auto again = co_await test.connect(packet);
  co_await again.expect_nothing_more();
}

Awaitable<void> ends_with_connection(Test& test) {
  auto packet = test.connect_packet();
  auto client = co_await test.connect(packet);
  co_await client.subscribe(test.topic(), QoS::at_least_once);
  co_await leave(client);
  packet.clean_start = false;
  auto again = co_await test.begin_connect(packet);
  co_await again.expect<wire::Connack>(code(wire::ReasonCode::success), no_session_present());
  co_await publish_one(test, "for a discarded subscription", QoS::at_least_once);
  co_await again.expect_nothing_more();
}

Awaitable<void> belongs_to_client_id(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::at_least_once);
  co_await leave(subscriber.connection);
  auto other = co_await test.begin_connect(test.kept_session_packet(test.client_id("other")));
  co_await other.expect<wire::Connack>(code(wire::ReasonCode::success), no_session_present());
  co_await publish_one(test, "for another client", QoS::at_least_once);
  co_await other.expect_nothing_more();
  auto again = co_await test.connect(subscriber.packet);
  co_await again.expect<wire::Publish>(payload("for another client"), because("MQTT-3.1.2-5", "MQTT-4.5.0-1"));
}

Awaitable<void> expires(Test& test) {
  auto packet = test.kept_session_packet(test.client_id("kept"));
  packet.properties.set(wire::prop::session_expiry_interval, 1);
  auto client = co_await test.connect(packet);
  co_await client.subscribe(test.topic(), QoS::at_least_once);
  if (client.connack().properties.get(wire::prop::session_expiry_interval).value_or(1) > 1)
    test.not_applicable("the broker chose a longer Session Expiry Interval");
  co_await leave(client);
  co_await test.pass_time(2500ms);
  auto again = co_await test.begin_connect(packet);
  co_await again.expect<wire::Connack>(code(wire::ReasonCode::success), no_session_present());
}

Awaitable<void> expiry_0_at_disconnect(Test& test) {
  auto subscriber = co_await kept_subscriber(test, QoS::at_least_once);
  wire::Disconnect disconnect;
  disconnect.properties.set(wire::prop::session_expiry_interval, 0);
  // The broker has read the DISCONNECT when it closes the Network Connection.
  co_await subscriber.connection.send(disconnect);
  co_await subscriber.connection.shutdown_send();
  co_await subscriber.connection.need_closed();
  auto again = co_await test.begin_connect(subscriber.packet);
  co_await again.expect<wire::Connack>(code(wire::ReasonCode::success), no_session_present());
}

/// A Session that ends with its connection keeps its subscription and exchanges while time passes and other clients connect and disconnect.
Awaitable<void> session_lasts(Test& test) {
  auto pair = co_await connect_pair(test, QoS::at_least_once);
  co_await pair.subscriber.send(publish(test.topic("exchange"), "begun").qos(2).packet_id(7));
  co_await pair.subscriber.need<wire::Pubrec>(packet_id(7));
  for (int i = 0; i < 3; ++i) {
    co_await leave(co_await test.connect());
    co_await test.pass_time(1s);
  }
  co_await pair.subscriber.send(pubrel(7));
  const auto pubcomp = co_await pair.subscriber.expect<wire::Pubcomp>(packet_id(7));
  test.check(!wire::is_error(pubcomp.reason_code), "PUBCOMP that completes the exchange", wire::describe(pubcomp, test.version()));
  co_await pair.publisher.publish(publish(test.topic(), "later").qos(1));
  co_await pair.subscriber.expect<wire::Publish>(payload("later"));
}

}  // namespace

std::vector<Case> session_cases() {
  std::vector<Case> cases;
  for (const auto level : {QoS::at_least_once, QoS::exactly_once})
    cases.push_back(
        {.id = "session/queued-messages-are-delivered/qos" + std::to_string(wire::number(level)),
         .title = "QoS " + std::to_string(wire::number(level)) +
                  " messages published while the client is disconnected are delivered when the Session is resumed",
         .checks =
             {{v3_1_1, "MQTT-3.1.2-5"}, {v3_1_1, "MQTT-4.5.0-1"}, {v5_0, "MQTT-4.5.0-1"}, {v5_0, "MQTT-3.1.2-5"}, {v5_0, "MQTT-3.1.2-23"}},
         .needs = {Capability::qos2, Capability::sessions},
         .run = [level](Test& test) { return messages_queued(test, level); }});
  const std::vector<Case> others = {
      {.id = "session/subscription-is-kept/after-disconnect",
       .title = "The subscriptions of a kept Session exist when it is resumed after DISCONNECT",
       .checks = {{v3_1_1, "MQTT-3.1.2-4"}, {v3_1_1, "MQTT-4.1.0-1"}, {v5_0, "MQTT-3.1.2-5"}, {v5_0, "MQTT-3.1.2-23"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = subscription_kept},
      {.id = "session/subscription-is-kept/after-lost-connection",
       .title = "The subscriptions of a kept Session exist when it is resumed after its connection was lost",
       .checks = {{v3_1_1, "MQTT-3.1.2-4"}, {v3_1_1, "MQTT-4.1.0-1"}, {v5_0, "MQTT-3.1.2-5"}, {v5_0, "MQTT-3.1.2-23"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = subscription_kept_when_dropped},
      {.id = "session/clean-start-discards/subscriptions",
       .title = "A clean start discards the subscriptions of the previous Session",
       .checks = {{v3_1_1, "MQTT-3.1.2-6"}, {v3_1_1, "MQTT-3.1.4-3"}, {v5_0, "MQTT-3.1.2-4"}, {v5_0, "MQTT-3.1.4-4"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = clean_start_discards_subscription},
      {.id = "session/clean-start-discards/queued-messages",
       .title = "A clean start discards the queued messages of the previous Session",
       .checks = {{v3_1_1, "MQTT-3.1.2-6"}, {v5_0, "MQTT-3.1.2-4"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = clean_start_discards_queued},
      {.id = "session/clean-start-discards/messages-in-flight",
       .title = "A clean start discards the messages in flight of the previous Session",
       .checks = {{v3_1_1, "MQTT-3.1.2-6"}, {v5_0, "MQTT-3.1.2-4"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = clean_start_discards_in_flight},
      {.id = "session/ends-with-connection",
       .title = "A Session that is not to be kept ends with its Network Connection",
       .checks = {{v3_1_1, "MQTT-3.1.2-6"}, {v3_1_1, "MQTT-3.2.2-3"}, {v5_0, "MQTT-4.1.0-2"}, {v5_0, "MQTT-3.2.2-3"}},
       .needs = {Capability::qos1},
       .run = ends_with_connection},
      {.id = "session/belongs-to-client-id",
       .title = "A Session is resumed only with its own Client Identifier",
       .checks = {{v3_1_1, "MQTT-3.1.3-2"}, {v5_0, "MQTT-3.1.3-2"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = belongs_to_client_id},
      {.id = "session/lasts-as-long-as-connection",
       .title = "A Session keeps its subscriptions and exchanges while its Network Connection is open",
       .checks = {{v3_1_1, "MQTT-4.1.0-2"}, {v5_0, "MQTT-4.1.0-1"}},
       .needs = {Capability::qos2},
       .pace = Pace::by_the_clock,
       .run = session_lasts},
      {.id = "session/expiry/elapsed",
       .title = "A Session is discarded when its Session Expiry Interval has passed",
       .checks = {{v5_0, "MQTT-4.1.0-2"}},
       .needs = {Capability::qos1, Capability::sessions},
       .pace = Pace::by_the_clock,
       .run = expires},
      {.id = "session/expiry/0-at-disconnect",
       .title = "A DISCONNECT with Session Expiry Interval 0 ends the Session",
       .checks = {{v5_0, "MQTT-4.1.0-2"}, {v5_0, "3.14.2.2.2"}},
       .needs = {Capability::qos1, Capability::sessions},
       .run = expiry_0_at_disconnect},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
