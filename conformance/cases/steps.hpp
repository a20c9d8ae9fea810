#pragma once

#include "conformance/harness/test.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Steps that many cases of message delivery share. Where one goes wrong its case is inconclusive, or does not apply.
namespace mqttspec::conformance {

inline constexpr std::uint32_t short_expiry = 1;   ///< Message Expiry Interval, seconds
inline constexpr std::uint32_t long_expiry = 600;  ///< Message Expiry Interval, seconds
/// After so long a message with short_expiry has expired, also by a clock of whole seconds that is looked at once a second.
inline constexpr transport::Duration past_short_expiry = std::chrono::milliseconds(3'200);
/// The same, without the look once a second: where it does no harm if the message is still there.
inline constexpr transport::Duration about_short_expiry = std::chrono::milliseconds(2'200);

/// A message to test.topic() with a Message Expiry Interval.
wire::Publish expiring(const Test& test, std::string text, std::uint32_t seconds, wire::QoS level = wire::QoS::at_least_once);

/// Packet Identifiers whose bytes cannot be mixed up unnoticed.
inline constexpr std::uint16_t telling_packet_ids[] = {1, 2, 256, 65'535};

/// A client that is subscribed, and one that publishes.
struct Pair {
  Connection subscriber;
  Connection publisher;
};

/// Connects both, and subscribes one to test.topic(). Messages are known to flow when it returns.
Awaitable<Pair> connect_pair(Test& test, wire::QoS level);
/// The same with a subscriber whose Session is kept; resume_kept() comes back to it.
Awaitable<Pair> connect_kept_pair(Test& test, wire::QoS level);

/// Connects the client of this case whose Session outlives its connection.
Awaitable<Connection> connect_kept(Test& test, Acknowledging how = Acknowledging::automatic);
/// Connects the same client, to the same Session.
Awaitable<Connection> resume_kept(Test& test, Acknowledging how = Acknowledging::automatic);
/// Connects the same client with a clean start.
Awaitable<Connection> start_afresh(Test& test, Acknowledging how = Acknowledging::automatic);

/// Subscribes, and waits until messages flow: in a cluster that may be a little after the SUBACK.
/// @param topic a Topic Name that this filter matches and no other one of the subscriber does; the filter itself unless given
Awaitable<void> establish(Test& test, Connection subscriber, Connection publisher, wire::Subscription subscription,
                          std::optional<std::string> topic = {});
Awaitable<void> establish(Test& test, Connection subscriber, Connection publisher, std::string filter, wire::QoS level);
/// Waits until messages flow from one client to the other, and takes those that it needs for it.
/// @param level the QoS that was granted
Awaitable<void> warm_up(Test& test, Connection subscriber, Connection publisher, std::string topic, wire::QoS level);

/// Publishes, and every subscriber must get it. Subscriptions that were made just before may take effect a little after their SUBACK: what
/// does not come at once is published a second time.
/// @return what each of them got
Awaitable<std::vector<wire::Publish>> expect_delivery(Test& test, std::vector<Connection> subscribers, Connection publisher,
                                                      wire::Publish message);

/// Whether a message is one of those with which warm_up() tried the way; some come late.
bool is_warm_up(const wire::Publish& message);

/// Changes a CONNECT into one that every broker has to refuse: 5.0 an unknown Authentication Method, 3.1.1 an empty Client Identifier for
/// a Session that is to be kept.
wire::Connect to_be_refused(const Test& test, wire::Connect packet);
/// Waits for the end of the Network Connection of such a CONNECT. @return all that came ahead of it; no CONNACK of them accepts
Awaitable<Ending> need_refusal(Test& test, Connection client);
/// Whether it is a CONNACK with code 0; and whether one came before the end.
bool is_accepting(const wire::Packet& packet);
bool is_accepted(const Ending& ending);

/// Sends DISCONNECT and waits for the end of the Network Connection: the broker knows that the client is away.
Awaitable<void> leave(Connection connection);

/// Publishes to test.topic(), in order, as many at a time as the broker takes, and goes through the whole exchange.
Awaitable<void> publish_all(Test& test, Connection publisher, std::vector<std::string> payloads, wire::QoS level);

/// Waits for a message. The case does not apply when none comes: QoS 0 messages may be lost.
Awaitable<void> skip_if_lost(Test& test, Connection subscriber);
/// Listens as long as expect_nothing_more() does. @return the messages that came
Awaitable<std::vector<wire::Publish>> whatever_comes(Test& test, Connection subscriber);

/// A payload that must come, and how often.
struct Copies {
  std::string payload;
  int least;
  int most;
};
inline constexpr int any_number = 1'000'000;

/// Takes messages until each of these payloads has come as often as it must, listens for more, and checks that none has come too often.
/// Any other payload but those of warm_up() is one too many.
Awaitable<void> expect_copies(Test& test, Connection subscriber, std::vector<Copies> wanted);

/// The broker must send this packet or end the Network Connection.
template <class P>
Awaitable<std::optional<P>> expect_or_end(Connection connection) {
  if (!co_await connection.has_come(P::type) && !connection.is_open()) co_return std::nullopt;
  co_return co_await connection.expect<P>();
}

}  // namespace mqttspec::conformance
