#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;
using wire::ReasonCode;

std::string forbidden_publish(Test& test) {
  if (!test.profile().forbidden_publish) test.not_applicable("the profile does not name a topic to which publishing is forbidden");
  return *test.profile().forbidden_publish;
}

std::string forbidden_subscribe(Test& test) {
  if (!test.profile().forbidden_subscribe)
    test.not_applicable("the profile does not name a Topic Filter to which subscribing is forbidden");
  return *test.profile().forbidden_subscribe;
}

/// Whether an acknowledgement of a discarded message may have this code. 0x00 is allowed: a Server need not disclose that it discards it.
bool may_answer_forbidden(ReasonCode code) {
  constexpr ReasonCode allowed[] = {ReasonCode::success, ReasonCode::no_matching_subscribers, ReasonCode::unspecified_error,
                                    ReasonCode::implementation_specific_error, ReasonCode::not_authorized};
  return std::ranges::find(allowed, code) != std::end(allowed);
}

template <class P>
Awaitable<void> publish_is_answered(Test& test, int level) {
  const auto topic = forbidden_publish(test);
  auto client = co_await test.connect();
  co_await client.send(publish(topic, "forbidden").qos(level).packet_id(1));
  const auto answer = co_await expect_or_closed<P>(client);
  if (!answer) co_return;
  test.check(answer->packet_id.value() == 1, "an acknowledgement with packet identifier 1", wire::describe(*answer, test.version()));
  if (test.is_v5())
    test.check(may_answer_forbidden(answer->reason_code), "Reason Code 0x87 Not authorized, or 0x00, 0x10, 0x80 or 0x83",
               wire::describe(*answer, v5_0), because("", "3.4.2.1"));
}

Awaitable<void> subscribe_is_answered(Test& test) {
  const auto filter = forbidden_subscribe(test);
  auto client = co_await test.connect();
  co_await client.send(subscribe(1, {wire::Subscription{.topic_filter = test.topic("allowed"), .maximum_qos = QoS::at_most_once},
                                     wire::Subscription{.topic_filter = filter, .maximum_qos = QoS::at_least_once},
                                     wire::Subscription{.topic_filter = test.topic("allowed too"), .maximum_qos = QoS::at_most_once}}));
  const auto suback = co_await expect_or_closed<wire::Suback>(client);
  if (!suback) co_return;
  test.check(suback->reason_codes.size() == 3, "SUBACK with three codes, one for each Topic Filter",
             wire::describe(*suback, test.version()));
  const auto rejected = suback->reason_codes[1];
  if (!wire::is_error(rejected)) test.not_applicable("the broker grants the subscription that is forbidden according to the profile");
  test.check(!wire::is_error(suback->reason_codes[0]) && !wire::is_error(suback->reason_codes[2]),
             "SUBACK that grants the other two Topic Filters", wire::describe(*suback, test.version()));
  if (!test.is_v5()) co_return;
  constexpr ReasonCode allowed[] = {ReasonCode::not_authorized, ReasonCode::unspecified_error, ReasonCode::implementation_specific_error};
  test.check(std::ranges::find(allowed, rejected) != std::end(allowed), "SUBACK code 0x87 Not authorized, or 0x80 or 0x83",
             wire::describe(*suback, v5_0), because("", "3.9.3"));
}

/// A PUBREC with an error code ends the exchange, so the Packet Identifier is free.
Awaitable<void> packet_id_is_free_after_rejection(Test& test) {
  const auto forbidden = forbidden_publish(test);
  auto pair = co_await connect_pair(test, QoS::exactly_once);
  co_await pair.publisher.send(publish(forbidden, "forbidden").qos(2).packet_id(7));
  const auto rejection = co_await pair.publisher.need<wire::Pubrec>(packet_id(7));
  if (!wire::is_error(rejection.reason_code))
    test.not_applicable("the broker does not reject the forbidden PUBLISH: " + wire::describe(rejection, test.version()));
  co_await pair.publisher.send(publish(test.topic(), "new message").qos(2).packet_id(7));
  const auto answer = co_await pair.publisher.expect<wire::Pubrec>(packet_id(7));
  test.check(!wire::is_error(answer.reason_code), "PUBREC that accepts the next message with the same Packet Identifier",
             wire::describe(answer, test.version()));
  co_await pair.publisher.send(pubrel(7));
  co_await pair.publisher.need<wire::Pubcomp>(packet_id(7));
  co_await pair.subscriber.expect<wire::Publish>(payload("new message"));
}

}  // namespace

std::vector<Case> authorization_cases() {
  return {
      {.id = "authorization/forbidden-publish/qos1",
       .title = "A forbidden QoS 1 PUBLISH is acknowledged, or the broker closes the Network Connection",
       .checks = {{v3_1_1, "MQTT-3.3.5-2"}, {v5_0, "MQTT-3.3.4-1"}, {v5_0, "3.4.2.1"}},
       .needs = {Capability::qos1},
       .run = [](Test& test) { return publish_is_answered<wire::Puback>(test, 1); }},
      {.id = "authorization/forbidden-publish/qos2",
       .title = "A forbidden QoS 2 PUBLISH is acknowledged, or the broker closes the Network Connection",
       .checks = {{v3_1_1, "MQTT-3.3.5-2"}, {v5_0, "MQTT-3.3.4-1"}},
       .needs = {Capability::qos2},
       .run = [](Test& test) { return publish_is_answered<wire::Pubrec>(test, 2); }},
      {.id = "authorization/forbidden-subscribe",
       .title = "Only the forbidden one of three Topic Filters is rejected",
       .checks = {{v3_1_1, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.8.4-6"}, {v5_0, "3.9.3"}},
       .run = subscribe_is_answered},
      {.id = "authorization/packet-id-is-free-after-rejection",
       .title = "A QoS 2 PUBLISH is a new message after a forbidden one with the same Packet Identifier was rejected",
       .checks = {{v5_0, "MQTT-4.3.3-9"}},
       .needs = {Capability::qos2},
       .run = packet_id_is_free_after_rejection},
  };
}

}  // namespace mqttspec::conformance
