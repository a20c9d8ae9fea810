#include "conformance/harness/connection.hpp"

#include "conformance/harness/connection_state.hpp"
#include "conformance/harness/test.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mqttspec::conformance {

using Purpose = Expectation::Purpose;

namespace {

/// How long a broker has to end a connection before it is asked whether it goes on serving it.
constexpr transport::Duration before_asking = std::chrono::milliseconds(500);

/// What the broker may still be spreading among its nodes when it says that it has done it.
bool changes_subscriptions(wire::PacketType answer) { return answer == wire::PacketType::suback || answer == wire::PacketType::unsuback; }

}  // namespace

Awaitable<void> Connection::send(wire::Packet packet) {
  state_->send(wire::encode(packet, state_->test.version()));
  co_return;
}

Awaitable<void> Connection::send_bytes(wire::Bytes bytes) {
  state_->send(bytes);
  co_return;
}

Awaitable<void> Connection::send_together(std::vector<wire::Packet> packets) {
  wire::Bytes bytes;
  for (const auto& packet : packets) wire::encode(packet, state_->test.version(), bytes);
  state_->send(bytes);
  co_return;
}

Awaitable<void> Connection::send_message(transport::FrameType type, std::vector<wire::Bytes> pieces) {
  co_await state_->flush();
  state_->send_message(type, std::move(pieces));
  co_await state_->flush();
}

Awaitable<wire::Packet> Connection::wait_for(Expectation expectation) {
  Test& test = state_->test;
  const auto deadline = test.now() + test.timeout();
  while (true) {
    if (auto packet = state_->take(expectation.type)) {
      if (expectation.fits(*packet)) {
        if (changes_subscriptions(expectation.type)) co_await test.environment_.runtime.sleep_for(test.environment_.subscription_lag);
        co_return std::move(*packet);
      }
      test.unmet(expectation.purpose, expectation.requirement, expectation.description, wire::describe(*packet, test.version()), false);
    }
    const auto others = state_->what_came();
    const auto and_others = others.empty() ? std::string() : ", after " + others;
    state_->check_readable();
    if (state_->over) {
      test.outcome_.awaited_in_vain.insert(expectation.type);
      test.unmet(expectation.purpose, expectation.requirement, expectation.description, *state_->over + and_others, false);
    }
    if (!co_await state_->changed(deadline) && test.now() >= deadline) {
      test.outcome_.awaited_in_vain.insert(expectation.type);
      const auto limit = std::chrono::duration<double>(test.timeout()).count();
      const auto got =
          others.empty() ? fmt::format("nothing within {:.3g} s", limit) : fmt::format("only {} within {:.3g} s", others, limit);
      test.unmet(expectation.purpose, expectation.requirement, expectation.description, got, true);
    }
  }
}

Awaitable<Ending> Connection::wait_closed(Purpose purpose, std::optional<spec::Requirement> requirement,
                                          std::optional<wire::PacketType> forbidden) {
  Test& test = state_->test;
  const auto deadline = test.now() + test.timeout();
  const std::string expected = forbidden ? fmt::format("the broker closes the Network Connection without {}", wire::name(*forbidden))
                                         : "the broker closes the Network Connection";
  co_await wait_over(std::min(deadline, test.now() + before_asking));
  const bool serves_on = !state_->over && state_->has_offended() && co_await goes_on_serving();
  if (!serves_on) co_await wait_over(deadline);
  state_->check_readable();
  Ending ending;
  for (auto& packet : std::exchange(state_->inbox, {})) {
    if (forbidden && wire::type_of(packet) == *forbidden)
      test.unmet(purpose, requirement, expected, wire::describe(packet, test.version()), false);
    if (auto* disconnect = std::get_if<wire::Disconnect>(&packet))
      ending.disconnect = std::move(*disconnect);
    else
      ending.before.push_back(std::move(packet));
  }
  if (!state_->over) {
    std::string got = serves_on ? "it stayed open (PINGREQ was answered)"
                                : fmt::format("it stayed open for {:.3g} s", std::chrono::duration<double>(test.timeout()).count());
    if (ending.disconnect) got += " after " + wire::describe(*ending.disconnect, test.version());
    const auto is_answer_to_pingreq = [](const wire::Packet& packet) { return wire::type_of(packet) == wire::PacketType::pingresp; };
    const auto first = std::ranges::find_if_not(ending.before, is_answer_to_pingreq);
    if (first != ending.before.end()) got += ", and the broker sent " + wire::describe(*first, test.version());
    test.unmet(purpose, requirement, expected, got, !serves_on);
  }
  co_return ending;
}

Awaitable<void> Connection::wait_over(transport::TimePoint deadline) {
  while (!state_->over && state_->test.now() < deadline) co_await state_->changed(deadline);
}

Awaitable<bool> Connection::goes_on_serving() {
  Test& test = state_->test;
  co_await ask();
  if (!co_await has_come(wire::PacketType::pingresp)) co_return false;
  co_await wait_over(test.now() + test.settle());
  co_return !state_->over;
}

Awaitable<bool> Connection::has_come(wire::PacketType type) {
  Test& test = state_->test;
  const auto deadline = test.now() + test.timeout();
  while (!state_->has(type) && !state_->over && test.now() < deadline) co_await state_->changed(deadline);
  const bool is_there = state_->has(type);
  if (!is_there) test.outcome_.awaited_in_vain.insert(type);
  if (!is_there) state_->check_readable();
  if (!is_there && !state_->over) test.note_late();
  co_return is_there;
}

Awaitable<Ending> Connection::expect_closed() { return wait_closed(Purpose::point, std::nullopt, std::nullopt); }
Awaitable<Ending> Connection::expect_closed(because reason) { return wait_closed(Purpose::point, reason.requirement, std::nullopt); }
Awaitable<Ending> Connection::need_closed() { return wait_closed(Purpose::set_up, std::nullopt, std::nullopt); }

Awaitable<void> Connection::expect_closed_without(wire::PacketType forbidden) {
  co_await wait_closed(Purpose::point, std::nullopt, forbidden);
}
Awaitable<void> Connection::expect_closed_without(wire::PacketType forbidden, because reason) {
  co_await wait_closed(Purpose::point, reason.requirement, forbidden);
}

Awaitable<void> Connection::ask() {
  // PINGRESPs that have come belong to something before.
  while (state_->take(wire::PacketType::pingresp)) {
  }
  co_await send(wire::Pingreq{});
}

Awaitable<void> Connection::fence() {
  co_await ask();
  co_await need<wire::Pingresp>();
}

Awaitable<void> Connection::expect_alive() {
  co_await ask();
  co_await expect<wire::Pingresp>();
}

Awaitable<void> Connection::expect_alive(because reason) {
  co_await ask();
  co_await expect<wire::Pingresp>(reason);
}

Awaitable<void> Connection::wait_nothing_more(std::optional<spec::Requirement> requirement) {
  Test& test = state_->test;
  co_await fence();
  const auto until = test.now() + test.settle();
  while (true) {
    if (const auto extra = state_->take(wire::PacketType::publish))
      test.unmet(Purpose::point, requirement, "no further Application Message", wire::describe(*extra, test.version()), false);
    state_->check_readable();
    if (state_->over) test.unmet(Purpose::set_up, std::nullopt, "the Network Connection stays open", *state_->over, false);
    if (test.now() >= until) co_return;
    co_await state_->changed(until);
  }
}

Awaitable<void> Connection::expect_nothing_more() { return wait_nothing_more(std::nullopt); }
Awaitable<void> Connection::expect_nothing_more(because reason) { return wait_nothing_more(reason.requirement); }

Awaitable<wire::Suback> Connection::subscribe(std::string filter, wire::QoS qos) {
  return subscribe(std::vector{wire::Subscription{.topic_filter = std::move(filter), .maximum_qos = qos}});
}

Awaitable<wire::Suback> Connection::subscribe(std::vector<wire::Subscription> subscriptions, wire::Properties properties) {
  Test& test = state_->test;
  const auto id = next_packet_id();
  co_await send(wire::Subscribe{.packet_id = wire::PacketId(id), .subscriptions = subscriptions, .properties = std::move(properties)});
  auto suback = co_await need<wire::Suback>(packet_id(id), code_count(subscriptions.size()));
  for (std::size_t i = 0; i < subscriptions.size(); ++i) {
    const auto granted = suback.reason_codes[i];
    if (wire::is_error(granted))
      test.not_applicable(fmt::format("the subscription to {} was refused: {}", wire::quote(subscriptions[i].topic_filter),
                                      wire::describe(granted, wire::PacketType::suback, test.version())));
    if (wire::number(granted) < wire::number(subscriptions[i].maximum_qos))
      test.not_applicable(fmt::format("the subscription to {} was granted QoS {} where {} was asked for",
                                      wire::quote(subscriptions[i].topic_filter), wire::number(granted),
                                      wire::number(subscriptions[i].maximum_qos)));
  }
  co_return suback;
}

Awaitable<wire::Unsuback> Connection::unsubscribe(std::vector<std::string> filters) {
  const auto id = next_packet_id();
  co_await send(wire::Unsubscribe{.packet_id = wire::PacketId(id), .topic_filters = std::move(filters)});
  co_return co_await need<wire::Unsuback>(packet_id(id));
}

Awaitable<void> Connection::publish(wire::Publish message) {
  Test& test = state_->test;
  if (message.qos != wire::QoS::at_most_once && !message.packet_id) message.packet_id = wire::PacketId(next_packet_id());
  const auto accepted = [&](const auto& answer) {
    if (test.is_v5() && wire::is_error(answer.reason_code))
      test.not_applicable(fmt::format("the broker refused a PUBLISH: {}", wire::describe(answer.reason_code, answer.type, test.version())));
  };
  co_await send(message);
  if (message.qos == wire::QoS::at_least_once) accepted(co_await need<wire::Puback>(packet_id(message.packet_id->value())));
  if (message.qos != wire::QoS::exactly_once) co_return;
  accepted(co_await need<wire::Pubrec>(packet_id(message.packet_id->value())));
  co_await send(wire::Pubrel{.packet_id = *message.packet_id});
  co_await need<wire::Pubcomp>(packet_id(message.packet_id->value()));
}

Awaitable<void> Connection::disconnect() { return disconnect(wire::Disconnect{}); }

Awaitable<void> Connection::disconnect(wire::Disconnect packet) {
  co_await send(std::move(packet));
  co_await state_->flush();
  state_->close();
}

Awaitable<void> Connection::drop() {
  co_await state_->flush();
  state_->close();
}

Awaitable<void> Connection::shutdown_send() {
  co_await state_->flush();
  state_->end_output();
}

const wire::Connack& Connection::connack() const {
  if (!state_->connack) throw std::logic_error("Connection::connack() before the CONNACK has come");
  return *state_->connack;
}

const std::string& Connection::client_id() const { return state_->client_id; }

std::uint16_t Connection::next_packet_id() { return ++state_->last_packet_id; }

void Connection::acknowledge(Acknowledging how) { state_->acknowledging = how; }

std::vector<wire::Packet> Connection::waiting(wire::PacketType type) const {
  std::vector<wire::Packet> found;
  for (const auto& packet : state_->inbox)
    if (wire::type_of(packet) == type) found.push_back(packet);
  return found;
}

const std::vector<wire::PacketType>& Connection::arrived() const { return state_->arrived; }

const transport::WebSocketControl& Connection::web_socket() const { return state_->web_socket(); }

bool Connection::is_open() const { return !state_->over; }

}  // namespace mqttspec::conformance
