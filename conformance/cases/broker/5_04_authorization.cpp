#include "conformance/cases/sections.hpp"
#include "conformance/cases/steps.hpp"
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
  if (!test.profile().forbidden_publish) test.not_applicable("no forbidden topic is known: give a --profile with [forbidden] publish");
  return *test.profile().forbidden_publish;
}

std::string forbidden_subscribe(Test& test) {
  if (!test.profile().forbidden_subscribe) test.not_applicable("no forbidden topic is known: give a --profile with [forbidden] subscribe");
  return *test.profile().forbidden_subscribe;
}

/// What an acknowledgement may say of a message that is dropped. 0x00 is one of them: the standard lets a Server keep its reasons to
/// itself.
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
  const auto answer = co_await expect_or_end<P>(client);
  if (!answer) co_return;
  test.check(answer->packet_id.value() == 1, "an acknowledgement of packet identifier 1", wire::describe(*answer, test.version()));
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
  const auto suback = co_await expect_or_end<wire::Suback>(client);
  if (!suback) co_return;
  test.check(suback->reason_codes.size() == 3, "three codes, one for each Topic Filter", wire::describe(*suback, test.version()));
  const auto refused = suback->reason_codes[1];
  if (!wire::is_error(refused)) test.not_applicable("the broker grants the subscription that the profile calls forbidden");
  test.check(!wire::is_error(suback->reason_codes[0]) && !wire::is_error(suback->reason_codes[2]),
             "the Topic Filters beside the forbidden one granted", wire::describe(*suback, test.version()));
  if (!test.is_v5()) co_return;
  constexpr ReasonCode allowed[] = {ReasonCode::not_authorized, ReasonCode::unspecified_error, ReasonCode::implementation_specific_error};
  test.check(std::ranges::find(allowed, refused) != std::end(allowed), "0x87 Not authorized, or 0x80 or 0x83",
             wire::describe(*suback, v5_0), because("", "3.9.3"));
}

/// A PUBREC that refuses ends the exchange: the Packet Identifier is free.
Awaitable<void> identifier_is_free_after_refusal(Test& test) {
  const auto forbidden = forbidden_publish(test);
  auto pair = co_await connect_pair(test, QoS::exactly_once);
  co_await pair.publisher.send(publish(forbidden, "forbidden").qos(2).packet_id(7));
  const auto refusal = co_await pair.publisher.need<wire::Pubrec>(packet_id(7));
  if (!wire::is_error(refusal.reason_code))
    test.not_applicable("a forbidden PUBLISH is not refused: " + wire::describe(refusal, test.version()));
  co_await pair.publisher.send(publish(test.topic(), "new message").qos(2).packet_id(7));
  const auto answer = co_await pair.publisher.expect<wire::Pubrec>(packet_id(7));
  test.check(!wire::is_error(answer.reason_code), "the next message with the same Packet Identifier accepted",
             wire::describe(answer, test.version()));
  co_await pair.publisher.send(pubrel(7));
  co_await pair.publisher.need<wire::Pubcomp>(packet_id(7));
  co_await pair.subscriber.expect<wire::Publish>(payload("new message"));
}

}  // namespace

std::vector<Case> authorization_cases() {
  return {
      {.id = "authorization/forbidden-publish-qos1",
       .title = "A QoS 1 PUBLISH that its client may not make is acknowledged, or ends the connection",
       .checks = {{v3_1_1, "MQTT-3.3.5-2"}, {v5_0, "MQTT-3.3.4-1"}, {v5_0, "3.4.2.1"}},
       .needs = {Capability::qos1},
       .run = [](Test& test) { return publish_is_answered<wire::Puback>(test, 1); }},
      {.id = "authorization/forbidden-publish-qos2",
       .title = "A QoS 2 PUBLISH that its client may not make is acknowledged, or ends the connection",
       .checks = {{v3_1_1, "MQTT-3.3.5-2"}, {v5_0, "MQTT-3.3.4-1"}},
       .needs = {Capability::qos2},
       .run = [](Test& test) { return publish_is_answered<wire::Pubrec>(test, 2); }},
      {.id = "authorization/forbidden-subscribe",
       .title = "A forbidden Topic Filter is refused in its place among others",
       .checks = {{v3_1_1, "MQTT-3.8.4-5"}, {v5_0, "MQTT-3.8.4-6"}, {v5_0, "3.9.3"}},
       .run = subscribe_is_answered},
      {.id = "authorization/identifier-is-free-after-refusal",
       .title = "After a PUBREC that refuses, a PUBLISH with the same Packet Identifier is a new message",
       .checks = {{v5_0, "MQTT-4.3.3-9"}},
       .needs = {Capability::qos2},
       .run = identifier_is_free_after_refusal},
  };
}

}  // namespace mqttspec::conformance
