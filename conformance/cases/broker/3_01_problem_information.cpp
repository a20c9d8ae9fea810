// Request Problem Information (3.1.2.11.7).

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

#include <string_view>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

template <class P>
void check_no_problem_information(Test& test, const P& packet) {
  const bool has_none = !packet.properties.has(wire::PropertyId::reason_string) && !packet.properties.has(wire::PropertyId::user_property);
  test.check(has_none, fmt::format("{} without a Reason String and User Properties", wire::name(P::type)), wire::describe(packet, v5_0));
}

Awaitable<Connection> connect_without_problem_information(Test& test) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::request_problem_information, 0);
  co_return co_await test.connect(packet);
}

Awaitable<void> request_puback(Test& test) {
  auto client = co_await connect_without_problem_information(test);
  co_await client.send(publish(test.topic(), "x").qos(1).packet_id(1));
  check_no_problem_information(test, co_await client.need<wire::Puback>());
}
Awaitable<void> request_pubrec(Test& test) {
  auto client = co_await connect_without_problem_information(test);
  co_await client.send(publish(test.topic(), "x").qos(2).packet_id(1));
  check_no_problem_information(test, co_await client.need<wire::Pubrec>());
}
/// The unknown Packet Identifier could prompt the broker to add a Reason String.
Awaitable<void> request_pubcomp(Test& test) {
  auto client = co_await connect_without_problem_information(test);
  co_await client.publish(publish(test.topic(), "x").qos(2).packet_id(1));
  co_await client.send(pubrel(1));
  check_no_problem_information(test, co_await client.need<wire::Pubcomp>());
}
Awaitable<void> request_suback(Test& test) {
  auto client = co_await connect_without_problem_information(test);
  co_await client.send(subscribe(1, test.topic(), QoS::at_most_once));
  check_no_problem_information(test, co_await client.need<wire::Suback>(packet_id(1)));
}
Awaitable<void> request_unsuback(Test& test) {
  auto client = co_await connect_without_problem_information(test);
  co_await client.send(unsubscribe(1, {test.topic()}));
  check_no_problem_information(test, co_await client.need<wire::Unsuback>());
}

struct Row {
  std::string_view id;
  std::string_view name;
  std::vector<Capability> needs;
  Awaitable<void> (*run)(Test&);
};

}  // namespace

std::vector<Case> problem_information_cases() {
  const Row rows[] = {{"puback", "PUBACK", {Capability::qos1}, request_puback},
                      {"pubrec", "PUBREC", {Capability::qos2}, request_pubrec},
                      {"pubcomp", "PUBCOMP", {Capability::qos2}, request_pubcomp},
                      {"suback", "SUBACK", {}, request_suback},
                      {"unsuback", "UNSUBACK", {}, request_unsuback}};
  std::vector<Case> cases;
  for (const Row& row : rows)
    cases.push_back({.id = fmt::format("problem-information/not-in-{}", row.id),
                     .title = fmt::format("With Request Problem Information 0 {} has no Reason String or User Properties", row.name),
                     .checks = {{v5_0, "MQTT-3.1.2-29"}},
                     .needs = row.needs,
                     .run = row.run});
  return cases;
}

}  // namespace mqttspec::conformance
