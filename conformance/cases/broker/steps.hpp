#pragma once

#include "conformance/harness/test.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Steps that many cases share. If a step fails, its case is inconclusive or does not apply.
namespace mqttspec::conformance {

inline constexpr std::uint32_t short_expiry = 1;   ///< Message Expiry Interval, seconds
inline constexpr std::uint32_t long_expiry = 600;  ///< Message Expiry Interval, seconds
/// After this time a message with short_expiry has expired, even if the broker uses whole seconds and checks once a second.
inline constexpr transport::Duration past_short_expiry = std::chrono::milliseconds(3'200);
/// The same without the check once a second, for cases in which the message may still exist.
inline constexpr transport::Duration about_short_expiry = std::chrono::milliseconds(2'200);

/// A message to test.topic() with a Message Expiry Interval.
wire::Publish expiring(const Test& test, std::string text, std::uint32_t seconds, wire::QoS level = wire::QoS::at_least_once);

/// Packet Identifiers that reveal swapped or truncated bytes.
inline constexpr std::uint16_t distinct_packet_ids[] = {1, 2, 256, 65'535};

/// A client that is subscribed, and one that publishes.
struct Pair {
  Connection subscriber;
  Connection publisher;
};

/// Connects both, subscribes one to test.topic(), and waits until messages are delivered.
Awaitable<Pair> connect_pair(Test& test, wire::QoS level);
/// The same with a subscriber whose Session is kept; resume_kept() resumes it.
Awaitable<Pair> connect_kept_pair(Test& test, wire::QoS level);

/// The same with a subscriber that has this Receive Maximum, and that acknowledges by hand from now on.
Awaitable<Pair> connect_pair_with_receive_maximum(Test& test, std::uint32_t receive_maximum, wire::QoS level);

/// Performs the whole exchange of a received message, unless it has QoS 0.
Awaitable<void> acknowledge(Connection subscriber, const wire::Publish& message);

/// Connects the client of this case whose Session is kept when its connection ends.
Awaitable<Connection> connect_kept(Test& test, Acknowledging how = Acknowledging::automatic);
/// Connects the same client and resumes its Session.
Awaitable<Connection> resume_kept(Test& test, Acknowledging how = Acknowledging::automatic);
/// Connects the same client with a clean start.
Awaitable<Connection> start_clean(Test& test, Acknowledging how = Acknowledging::automatic);

/// Subscribes, and waits until messages are delivered, which may be some time after the SUBACK in a cluster.
/// @param topic a Topic Name that only this Topic Filter of the subscriber matches; by default the Topic Filter itself
Awaitable<void> establish(Test& test, Connection subscriber, Connection publisher, wire::Subscription subscription,
                          std::optional<std::string> topic = {});
Awaitable<void> establish(Test& test, Connection subscriber, Connection publisher, std::string filter, wire::QoS level);
/// Waits until messages are delivered from one client to the other. Consumes the messages that it publishes for this purpose.
/// @param level the granted QoS
Awaitable<void> warm_up(Test& test, Connection subscriber, Connection publisher, std::string topic, wire::QoS level);

/// Publishes a message, which every subscriber must receive. A new subscription may take effect after its SUBACK, so a message that does
/// not arrive is published a second time.
/// @return the message that each subscriber received
Awaitable<std::vector<wire::Publish>> expect_delivery(Test& test, std::vector<Connection> subscribers, Connection publisher,
                                                      wire::Publish message);

/// Whether warm_up() published this message; some of them arrive late.
bool is_warm_up(const wire::Publish& message);

/// Changes a CONNECT into one that every broker must refuse: in 5.0 an unknown Authentication Method, in 3.1.1 an empty Client Identifier
/// with Clean Session 0.
wire::Connect make_unacceptable(const Test& test, wire::Connect packet);
/// Waits until the broker closes the Network Connection of such a CONNECT. @return all packets received before, without an accepting
/// CONNACK
Awaitable<Ending> need_refusal(Test& test, Connection client);
/// Whether a packet is a CONNACK with code 0; and whether one was received before the end.
bool is_accepting(const wire::Packet& packet);
bool is_accepted(const Ending& ending);

/// Sends DISCONNECT and waits until the broker has closed the Network Connection.
Awaitable<void> leave(Connection connection);

/// Publishes to test.topic(), in order, as many messages at a time as the broker accepts, and completes their exchanges.
Awaitable<void> publish_all(Test& test, Connection publisher, std::vector<std::string> payloads, wire::QoS level);

/// Waits for a message. The case does not apply if none arrives, since QoS 0 messages may be lost.
Awaitable<void> skip_if_lost(Test& test, Connection subscriber);
/// Waits as long as expect_nothing_more() does. @return all messages received
Awaitable<std::vector<wire::Publish>> receive_remaining(Test& test, Connection subscriber);

/// A payload, and how many copies of it must be delivered.
struct Copies {
  std::string payload;
  int least;
  int most;
};
inline constexpr int any_number = 1'000'000;

/// Receives messages until there are enough copies of each payload, and checks that there are not too many, nor any other payloads except
/// those of warm_up().
Awaitable<void> expect_copies(Test& test, Connection subscriber, std::vector<Copies> expected);

/// The broker must send this packet or close the Network Connection.
template <class P>
Awaitable<std::optional<P>> expect_or_closed(Connection connection) {
  if (!co_await connection.has_come(P::type) && !connection.is_open()) co_return std::nullopt;
  co_return co_await connection.expect<P>();
}

}  // namespace mqttspec::conformance
