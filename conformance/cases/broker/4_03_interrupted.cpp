// QoS 1 and QoS 2 exchanges that the loss of the Network Connection interrupts (4.3, 4.4), in both directions.

#include "conformance/cases/broker/sections.hpp"
#include "conformance/cases/broker/steps.hpp"
#include "conformance/harness/test.hpp"

#include <fmt/format.h>

namespace mqttspec::conformance {
namespace {

using namespace wire::build;
using wire::QoS;

constexpr std::uint16_t id = 10;

/// The last step of the exchange before the connection is lost.
enum class Step : std::uint8_t {
  publish,  ///< PUBLISH was sent, and not answered
  pubrec,   ///< PUBREC was sent by the receiver
  pubrel,   ///< PUBREL was sent by the sender of the message
  done,     ///< the last acknowledgement was received
};

/// How the client connects again.
enum class Start : std::uint8_t { resumed, clean };

// ---- The client sends

/// What the client sends on its next connection.
enum class Next : std::uint8_t {
  same,    ///< the same message with the same Packet Identifier
  other,   ///< another message with the same Packet Identifier
  new_id,  ///< another message with another Packet Identifier; the first one is abandoned
  pubrel,  ///< PUBREL
};

struct Sending {
  std::string_view id;
  std::string_view title;
  QoS level;
  Step step;
  Start start;
  Next next;
  Copies first;   ///< in total; if step is done, only those after the client reconnected
  Copies second;  ///< of the other message
  std::vector<Check> checks;
};

std::vector<Sending> sendings() {
  const Copies none = {"second", 0, 0};
  const Copies once = {"second", 1, 1};
  const Copies at_least_once = {"second", 1, any_number};
  const auto first = [](int least, int most) { return Copies{"first", least, most}; };
  const std::vector<Check> abandoned = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-8"}, {v5_0, "MQTT-4.3.3-11"}};
  const std::vector<Check> new_after_puback = {{v3_1_1, "MQTT-4.3.2-2"}, {v5_0, "MQTT-4.3.2-5"}};
  const std::vector<Check> new_after_pubcomp = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-12"}};
  const std::vector<Check> released = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-11"}};
  const std::vector<Check> new_session = {
      {v3_1_1, "MQTT-3.1.2-6"}, {v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-3.1.2-4"}, {v5_0, "MQTT-4.3.3-8"}, {v5_0, "MQTT-4.3.3-11"}};
  using enum Step;
  using enum Start;
  return {
      {"qos1/before-puback/resumed-with-another",
       "If the connection is lost before PUBACK and the resumed Session reuses the Packet Identifier for another message",
       QoS::at_least_once, publish, resumed, Next::other, first(0, any_number), at_least_once, new_after_puback},
      {"qos1/after-puback/resumed-with-same",
       "If the connection is lost after PUBACK and the resumed Session reuses the Packet Identifier for an equal message",
       QoS::at_least_once, done, resumed, Next::same, first(1, any_number), none, new_after_puback},
      {"qos1/after-puback/resumed-with-another",
       "If the connection is lost after PUBACK and the resumed Session reuses the Packet Identifier for another message",
       QoS::at_least_once, done, resumed, Next::other, first(0, any_number), at_least_once, new_after_puback},
      {"qos2/before-pubrec/resumed-and-abandoned", "If the connection is lost before PUBREC and the resumed Session sends another message",
       QoS::exactly_once, publish, resumed, Next::new_id, first(0, 1), once, abandoned},
      {"qos2/before-pubrec/clean-start-with-another",
       "If the connection is lost before PUBREC and a new Session reuses the Packet Identifier for another message", QoS::exactly_once,
       publish, clean, Next::other, first(0, 1), once, new_session},
      {"qos2/after-pubrec/resumed-and-abandoned", "If the connection is lost after PUBREC and the resumed Session sends another message",
       QoS::exactly_once, pubrec, resumed, Next::new_id, first(0, 1), once, abandoned},
      {"qos2/after-pubrec/clean-start-with-same", "If the connection is lost after PUBREC and a new Session sends the message again",
       QoS::exactly_once, pubrec, clean, Next::same, first(1, 2), none, new_session},
      {"qos2/after-pubrec/clean-start-with-another",
       "If the connection is lost after PUBREC and a new Session reuses the Packet Identifier for another message", QoS::exactly_once,
       pubrec, clean, Next::other, first(0, 1), once, new_session},
      {"qos2/after-pubrel/resumed", "If the connection is lost after PUBREL and the resumed Session resends PUBREL", QoS::exactly_once,
       pubrel, resumed, Next::pubrel, first(1, 1), none, released},
      {"qos2/after-pubrel/clean-start-with-another",
       "If the connection is lost after PUBREL and a new Session reuses the Packet Identifier for another message", QoS::exactly_once,
       pubrel, clean, Next::other, first(0, 1), once, new_session},
      {"qos2/after-pubcomp/resumed-with-same",
       "If the connection is lost after PUBCOMP and the resumed Session reuses the Packet Identifier for an equal message",
       QoS::exactly_once, done, resumed, Next::same, first(1, 1), none, new_after_pubcomp},
      {"qos2/after-pubcomp/resumed-with-another",
       "If the connection is lost after PUBCOMP and the resumed Session reuses the Packet Identifier for another message",
       QoS::exactly_once, done, resumed, Next::other, first(0, 0), once, new_after_pubcomp},
  };
}

/// Performs the exchange of a message up to this step, and drops the connection.
Awaitable<void> interrupt(Connection publisher, const wire::Publish& message, Step step) {
  co_await publisher.send(message);
  if (message.qos == QoS::at_least_once) {
    if (step == Step::done) co_await publisher.need<wire::Puback>(packet_id(id));
  } else if (step != Step::publish) {
    co_await publisher.need<wire::Pubrec>(packet_id(id));
    if (step != Step::pubrec) co_await publisher.send(pubrel(id));
    if (step == Step::done) co_await publisher.need<wire::Pubcomp>(packet_id(id));
  }
  co_await publisher.drop();
}

/// Performs the whole exchange of a message; a missing acknowledgement fails the case.
Awaitable<void> complete(Connection publisher, wire::Publish message) {
  const auto number = message.packet_id->value();
  const bool is_qos1 = message.qos == QoS::at_least_once;
  co_await publisher.send(std::move(message));
  if (is_qos1) {
    co_await publisher.expect<wire::Puback>(packet_id(number));
    co_return;
  }
  co_await publisher.expect<wire::Pubrec>(packet_id(number));
  co_await publisher.send(pubrel(number));
  co_await publisher.expect<wire::Pubcomp>(packet_id(number), because("MQTT-4.3.3-2", "MQTT-4.3.3-11"));
}

Awaitable<void> client_sends(Test& test, const Sending& row) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_kept(test);
  co_await establish(test, subscriber, publisher, test.topic(), row.level);
  const auto first = publish(test.topic(), "first").qos(row.level).packet_id(id);
  co_await interrupt(publisher, first, row.step);
  // A completed message has been delivered, and is not counted below.
  if (row.step == Step::done) co_await subscriber.need<wire::Publish>(payload("first"));

  auto again = row.start == Start::resumed ? co_await resume_kept(test) : co_await start_clean(test);
  const auto second = publish(test.topic(), "second").qos(row.level);
  const bool is_resent = row.start == Start::resumed && row.step != Step::done;
  switch (row.next) {
    case Next::same: co_await complete(again, is_resent ? first.dup() : first); break;
    case Next::other: co_await complete(again, second.packet_id(id)); break;
    case Next::new_id:
      // The broker may continue the interrupted exchange by resending PUBREC (4.4).
      co_await again.fence();
      if (!again.waiting(wire::PacketType::pubrec).empty()) co_await again.need<wire::Pubrec>(packet_id(id));
      co_await complete(again, second.packet_id(id + 1));
      break;
    case Next::pubrel:
      co_await again.send(pubrel(id));
      co_await again.expect<wire::Pubcomp>(packet_id(id));
      break;
  }
  co_await expect_copies(test, subscriber, {row.first, row.second});
}

/// The broker may treat the second PUBLISH as the first one resent or as its replacement; either way each message is delivered at most
/// once.
Awaitable<void> identifier_in_use_with_other_payload(Test& test) {
  auto subscriber = co_await test.connect();
  auto publisher = co_await connect_kept(test);
  co_await establish(test, subscriber, publisher, test.topic(), QoS::exactly_once);
  co_await interrupt(publisher, publish(test.topic(), "first").qos(2).packet_id(id), Step::pubrec);
  auto again = co_await resume_kept(test);
  co_await again.send(publish(test.topic(), "second").qos(2).packet_id(id));
  const auto answer = co_await expect_or_closed<wire::Pubrec>(again);
  if (!answer || wire::is_error(answer->reason_code)) co_return;
  co_await again.send(pubrel(id));
  co_await again.expect<wire::Pubcomp>(packet_id(id), because("MQTT-4.3.3-2", "MQTT-4.3.3-11"));
  co_await expect_copies(test, subscriber, {{"first", 0, 1}, {"second", 0, 1}});
}

// ---- The broker sends

/// A subscriber that loses its connection during the delivery of a message.
struct Receiving {
  std::string_view id;
  std::string_view title;
  QoS level;
  Step step;
};

constexpr Receiving receivings[] = {
    {"qos1/before-puback", "An unacknowledged QoS 1 message is not sent to a new Session of the client", QoS::at_least_once, Step::publish},
    {"qos2/after-pubrec", "A QoS 2 exchange that was interrupted after PUBREC is not continued in a new Session of the client",
     QoS::exactly_once, Step::pubrec},
    {"qos2/after-pubrel", "An unanswered PUBREL is not sent to a new Session of the client", QoS::exactly_once, Step::pubrel},
};

/// Publishes a message to a subscriber, which performs the exchange up to this step and drops the connection. @return the Packet Identifier
Awaitable<std::uint16_t> interrupt_delivery(Test& test, QoS level, Step step) {
  auto [subscriber, publisher] = co_await connect_kept_pair(test, level);
  subscriber.acknowledge(Acknowledging::by_hand);
  co_await publisher.publish(publish(test.topic(), "interrupted").qos(level));
  const auto number = (co_await subscriber.need<wire::Publish>(payload("interrupted"), qos(level))).packet_id->value();
  if (level == QoS::at_least_once) {
    if (step == Step::done) co_await subscriber.send(puback(number));
  } else if (step != Step::publish) {
    co_await subscriber.send(pubrec(number));
    if (step != Step::pubrec) co_await subscriber.need<wire::Pubrel>(packet_id(number));
    if (step == Step::done) co_await subscriber.send(pubcomp(number));
  }
  if (step == Step::done) co_await subscriber.fence();
  co_await subscriber.drop();
  co_return number;
}

void check_no_pubrel(Test& test, const Connection& connection) {
  const auto found = connection.waiting(wire::PacketType::pubrel);
  test.check(found.empty(), "no PUBREL", found.empty() ? "" : wire::describe(found.front(), test.version()));
}

Awaitable<void> nothing_in_new_session(Test& test, const Receiving& row) {
  (void)co_await interrupt_delivery(test, row.level, row.step);
  auto again = co_await start_clean(test, Acknowledging::by_hand);
  co_await again.expect_nothing_more();
  check_no_pubrel(test, again);
}

/// The broker may or may not have received the PUBREC, so it continues with PUBREL or resends the PUBLISH.
Awaitable<void> continues_after_pubrec(Test& test) {
  const auto number = co_await interrupt_delivery(test, QoS::exactly_once, Step::pubrec);
  auto again = co_await resume_kept(test, Acknowledging::by_hand);
  co_await again.fence();
  if (again.waiting(wire::PacketType::pubrel).empty() && co_await again.has_come(wire::PacketType::publish)) {
    co_await again.expect<wire::Publish>(payload("interrupted"), packet_id(number), dup());
    co_await again.send(pubrec(number));
  }
  co_await again.expect<wire::Pubrel>(packet_id(number));
  co_await again.send(pubcomp(number));
  co_await again.fence();
  co_await again.drop();
  auto last = co_await resume_kept(test, Acknowledging::by_hand);
  co_await last.expect_nothing_more();
  check_no_pubrel(test, last);
}

}  // namespace

std::vector<Case> interrupted_cases() {
  std::vector<Case> cases;
  for (const Sending& row : sendings())
    cases.push_back({.id = fmt::format("interrupted/client-sends/{}", row.id),
                     .title = fmt::format("{}, messages are neither lost nor duplicated", row.title),
                     .checks = row.checks,
                     .needs = {row.level == QoS::exactly_once ? Capability::qos2 : Capability::qos1, Capability::sessions},
                     .run = [row](Test& test) { return client_sends(test, row); }});
  for (const Receiving& row : receivings)
    cases.push_back({.id = fmt::format("interrupted/broker-sends/{}/clean-start", row.id),
                     .title = std::string(row.title),
                     .checks = {{v3_1_1, "MQTT-3.1.2-6"}, {v5_0, "MQTT-3.1.2-4"}},
                     .needs = {row.level == QoS::exactly_once ? Capability::qos2 : Capability::qos1, Capability::sessions},
                     .run = [row](Test& test) { return nothing_in_new_session(test, row); }});
  const std::vector<Case> others = {
      {.id = "interrupted/client-sends/qos2/after-pubrec/resumed-with-another",
       .title = "If the connection is lost after PUBREC and the resumed Session reuses the Packet Identifier for another message, neither "
                "is delivered twice",
       .checks = {{v3_1_1, "MQTT-4.3.3-2"}, {v5_0, "MQTT-4.3.3-10"}, {v5_0, "MQTT-4.3.3-11"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = identifier_in_use_with_other_payload},
      {.id = "interrupted/broker-sends/qos2/after-pubrec/resumed",
       .title = "A QoS 2 exchange that was interrupted after the client's PUBREC is completed when the Session is resumed",
       .checks = {{v3_1_1, "MQTT-4.4.0-1"}, {v3_1_1, "MQTT-4.3.3-1"}, {v5_0, "MQTT-4.4.0-1"}, {v5_0, "MQTT-4.3.3-5"}},
       .needs = {Capability::qos2, Capability::sessions},
       .run = continues_after_pubrec},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace mqttspec::conformance
