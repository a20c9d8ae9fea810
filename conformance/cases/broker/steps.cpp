#include "conformance/cases/broker/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace mqttspec::conformance {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using wire::QoS;

constexpr std::string_view kept_client = "kept";
constexpr std::size_t largest_batch = 20;
constexpr std::string_view warm_up_words = "warm-up ";

/// Pauses between two attempts: short at first, so that a fast broker causes no delay.
class Pauses {
 public:
  transport::Duration next() { return std::exchange(pause_, std::min<transport::Duration>(pause_ * 2, 1s)); }

 private:
  transport::Duration pause_ = 500us;
};

Awaitable<Pair> complete_pair(Test& test, Connection subscriber, QoS level) {
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, test.topic(), level);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

/// The number of PUBLISH packets with QoS 1 or 2 that the broker accepts at a time.
std::size_t batch_size(const Connection& publisher) {
  const auto receive_maximum = publisher.connack().properties.get(wire::prop::receive_maximum);
  return std::min<std::size_t>(receive_maximum.value_or(largest_batch), largest_batch);
}

Awaitable<void> publish_batch(Connection publisher, std::vector<wire::Publish> batch) {
  const auto level = batch.front().qos;
  co_await publisher.send_together({batch.begin(), batch.end()});
  if (level == QoS::at_most_once) co_return;
  if (level == QoS::at_least_once) {
    for (std::size_t i = 0; i < batch.size(); ++i) co_await publisher.need<wire::Puback>();
    co_return;
  }
  std::vector<wire::Packet> releases;
  for (std::size_t i = 0; i < batch.size(); ++i) co_await publisher.need<wire::Pubrec>();
  for (const auto& message : batch) releases.emplace_back(wire::Pubrel{.packet_id = *message.packet_id});
  co_await publisher.send_together(std::move(releases));
  for (std::size_t i = 0; i < batch.size(); ++i) co_await publisher.need<wire::Pubcomp>();
}

}  // namespace

wire::Publish expiring(const Test& test, std::string text, std::uint32_t seconds, QoS level) {
  return publish(test.topic(), std::move(text)).qos(level).property(wire::prop::message_expiry_interval, seconds);
}

Awaitable<Pair> connect_pair(Test& test, QoS level) {
  auto subscriber = co_await test.connect();
  co_return co_await complete_pair(test, std::move(subscriber), level);
}

Awaitable<Pair> connect_kept_pair(Test& test, QoS level) {
  auto subscriber = co_await connect_kept(test);
  co_return co_await complete_pair(test, std::move(subscriber), level);
}

Awaitable<Pair> connect_pair_with_receive_maximum(Test& test, std::uint32_t receive_maximum, QoS level) {
  auto packet = test.connect_packet();
  packet.properties.set(wire::prop::receive_maximum, receive_maximum);
  auto subscriber = co_await test.connect(packet);
  auto publisher = co_await test.connect();
  co_await establish(test, subscriber, publisher, test.topic(), level);
  // No warm-up message may still be in flight.
  co_await subscriber.fence();
  subscriber.acknowledge(Acknowledging::by_hand);
  co_return Pair{std::move(subscriber), std::move(publisher)};
}

Awaitable<void> acknowledge(Connection subscriber, const wire::Publish& message) {
  if (!message.packet_id) co_return;
  const auto id = message.packet_id->value();
  if (message.qos == QoS::at_least_once) {
    co_await subscriber.send(puback(id));
    co_return;
  }
  co_await subscriber.send(pubrec(id));
  co_await subscriber.need<wire::Pubrel>(packet_id(id));
  co_await subscriber.send(pubcomp(id));
}

Awaitable<Connection> connect_kept(Test& test, Acknowledging how) {
  auto connection = co_await test.connect(test.kept_session_packet(test.client_id(kept_client)), how);
  if (connection.connack().properties.get(wire::prop::session_expiry_interval) == 0U)
    test.not_applicable("the broker set the Session Expiry Interval to 0");
  co_return connection;
}

Awaitable<Connection> resume_kept(Test& test, Acknowledging how) {
  auto connection = co_await test.connect(test.kept_session_packet(test.client_id(kept_client)), how);
  if (!connection.connack().session_present) test.set_up_failed("the Session was not resumed (Session Present 0)");
  co_return connection;
}

Awaitable<Connection> start_clean(Test& test, Acknowledging how) {
  auto packet = test.kept_session_packet(test.client_id(kept_client));
  packet.clean_start = true;
  co_return co_await test.connect(std::move(packet), how);
}

Awaitable<void> establish(Test& test, Connection subscriber, Connection publisher, wire::Subscription subscription,
                          std::optional<std::string> topic) {
  const auto level = subscription.maximum_qos;
  auto name = topic.value_or(subscription.topic_filter);
  co_await subscriber.subscribe(std::vector{std::move(subscription)});
  co_await warm_up(test, subscriber, publisher, std::move(name), level);
}

Awaitable<void> establish(Test& test, Connection subscriber, Connection publisher, std::string filter, QoS level) {
  co_await establish(test, subscriber, publisher, wire::Subscription{.topic_filter = std::move(filter), .maximum_qos = level});
}

Awaitable<void> warm_up(Test& test, Connection subscriber, Connection publisher, std::string topic, QoS level) {
  // QoS 2 would leave exchanges open, and a QoS 1 message may be delivered twice to a subscription with QoS 0.
  const auto own_level = std::min(level, QoS::at_least_once);
  const auto words = fmt::format("{}{}", warm_up_words, subscriber.client_id());
  const auto deadline = test.now() + test.timeout();
  Pauses pauses;
  bool is_delivered = false;
  int count = 0;
  while (!is_delivered) {
    if (count > 0 && test.now() >= deadline) test.set_up_failed(fmt::format("no message to {} was delivered", wire::quote(topic)));
    if (count > 0) co_await test.pass_time(pauses.next());
    co_await publisher.publish(publish(topic, fmt::format("{}: {}", words, ++count)).qos(own_level));
    co_await subscriber.fence();
    for (const auto& packet : subscriber.waiting(wire::PacketType::publish))
      is_delivered = is_delivered || std::get<wire::Publish>(packet).payload.starts_with(words);
  }
  const auto last = fmt::format("{}: {}", words, count);
  int exchanges = 0;
  for (bool is_last = false; !is_last;) {
    const auto message = co_await subscriber.need<wire::Publish>();
    is_last = message.payload == last;
    if (message.qos == QoS::exactly_once) ++exchanges;
  }
  // If a broker raises the QoS, which other cases check, these PUBREL packets must not be mistaken for those of later messages.
  for (int i = 0; i < exchanges; ++i) co_await subscriber.need<wire::Pubrel>();
  co_await subscriber.fence();
  // A broker that resends unacknowledged messages, as 3.1.1 allows, may have done so meanwhile.
  while (!subscriber.waiting(wire::PacketType::publish).empty()) co_await subscriber.need<wire::Publish>();
}

Awaitable<std::vector<wire::Publish>> expect_delivery(Test& test, std::vector<Connection> subscribers, Connection publisher,
                                                      wire::Publish message) {
  co_await publisher.publish(message);
  bool all_received = true;
  for (auto& subscriber : subscribers) all_received = co_await subscriber.has_come(wire::PacketType::publish) && all_received;
  if (!all_received) {
    test.note("published again, in case a subscription takes effect late");
    message.payload += " (again)";
    co_await publisher.publish(message);
  }
  std::vector<wire::Publish> received;
  for (auto& subscriber : subscribers) {
    auto next = co_await subscriber.expect<wire::Publish>();
    while (next.payload != message.payload) next = co_await subscriber.expect<wire::Publish>();
    received.push_back(std::move(next));
  }
  co_return received;
}

bool is_warm_up(const wire::Publish& message) { return message.payload.starts_with(warm_up_words); }

wire::Connect make_unacceptable(const Test& test, wire::Connect packet) {
  if (test.is_v5()) {
    packet.properties.set(wire::prop::authentication_method, "mqttspec no such method");
  } else {
    packet.client_id.clear();
    packet.clean_start = false;
  }
  return packet;
}

bool is_accepting(const wire::Packet& packet) {
  const auto* connack = std::get_if<wire::Connack>(&packet);
  return connack != nullptr && connack->reason_code == wire::ReasonCode::success;
}

bool is_accepted(const Ending& ending) { return std::ranges::any_of(ending.before, is_accepting); }

Awaitable<Ending> need_refusal(Test& test, Connection client) {
  auto ending = co_await client.need_closed();
  if (is_accepted(ending)) test.set_up_failed("the broker accepted a CONNECT that it must refuse");
  co_return ending;
}

Awaitable<void> leave(Connection connection) {
  co_await connection.send(wire::Disconnect{});
  co_await connection.shutdown_send();
  co_await connection.need_closed();
}

Awaitable<void> publish_all(Test& test, Connection publisher, std::vector<std::string> payloads, QoS level) {
  std::vector<wire::Publish> batch;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    wire::Publish message = publish(test.topic(), payloads[i]).qos(level);
    if (level != QoS::at_most_once) message.packet_id = wire::PacketId(publisher.next_packet_id());
    batch.push_back(std::move(message));
    if (batch.size() == batch_size(publisher) || i + 1 == payloads.size()) co_await publish_batch(publisher, std::exchange(batch, {}));
  }
}

Awaitable<void> skip_if_lost(Test& test, Connection subscriber) {
  if (!co_await subscriber.has_come(wire::PacketType::publish) && subscriber.is_open())
    test.not_applicable("the message was not delivered, and QoS 0 messages may be lost");
}

Awaitable<void> expect_copies(Test& test, Connection subscriber, std::vector<Copies> expected) {
  std::map<std::string, int> received;
  const auto count = [&](const wire::Publish& message) {
    if (is_warm_up(message)) return;
    const auto row = std::ranges::find(expected, message.payload, &Copies::payload);
    const int copies = ++received[message.payload];
    const int most = row == expected.end() ? 0 : row->most;
    test.check(copies <= most,
               most == 0 ? fmt::format("no message {}", wire::quote(message.payload))
                         : fmt::format("at most {} {} of {}", most, most == 1 ? "copy" : "copies", wire::quote(message.payload)),
               fmt::format("copy {}: {}", copies, wire::describe(message, test.version())));
  };
  const auto is_missing = [&](const Copies& row) { return received[row.payload] < row.least; };
  while (std::ranges::any_of(expected, is_missing)) count(co_await subscriber.expect<wire::Publish>());
  for (const auto& message : co_await receive_remaining(test, subscriber)) count(message);
}

Awaitable<std::vector<wire::Publish>> receive_remaining(Test& test, Connection subscriber) {
  co_await subscriber.fence();
  co_await test.pass_time(test.settle());
  std::vector<wire::Publish> messages;
  const auto count = subscriber.waiting(wire::PacketType::publish).size();
  for (std::size_t i = 0; i < count; ++i) messages.push_back(co_await subscriber.need<wire::Publish>());
  co_return messages;
}

}  // namespace mqttspec::conformance
