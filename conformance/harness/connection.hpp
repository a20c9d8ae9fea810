#pragma once

#include "conformance/harness/case.hpp"
#include "conformance/harness/matchers.hpp"
#include "conformance/harness/outcome.hpp"
#include "reference/transport/web_socket.hpp"
#include "reference/wire/build.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqttspec::conformance {

class Test;

/// Thrown where the broker breaks what an expectation stands for: the case ends with `fail`.
struct PointFailed {};
/// Thrown where a step before the point in question goes wrong: the case ends as inconclusive, and no statement is blamed.
struct SetUpFailed {};
/// Thrown where the broker shows that it lacks what the case needs.
struct NotApplicable {};

/// Names the requirement that one expectation stands for, where it is not the first check of the case.
struct because {
  spec::Requirement requirement;
  consteval because(std::string_view in_3_1_1, std::string_view in_5_0) : requirement(in_3_1_1, in_5_0) {}
};

/// Who acknowledges QoS 1 and 2 messages from the broker.
enum class Acknowledging : std::uint8_t { automatic, by_hand };

/// What is waited for, and what it means when it does not come.
struct Expectation {
  enum class Purpose : std::uint8_t { point, set_up };
  Purpose purpose = Purpose::point;
  wire::PacketType type{};
  std::string description;  ///< "PUBACK with packet identifier 10"
  std::function<bool(const wire::Packet&)> fits;
  std::optional<spec::Requirement> requirement;
};

/// How the broker ended a Network Connection.
struct Ending {
  std::optional<wire::Disconnect> disconnect;  ///< that came before
  std::vector<wire::Packet> before;            ///< everything else that had not been waited for
};

/// One Network Connection of a case: a handle, cheap to copy. Everything that comes is recorded, judged by ServerConduct, and kept until it
/// is waited for. QoS 1 and 2 messages are acknowledged as they come, unless the connection was told otherwise. What a 3.1.1 broker sends
/// again before it has the acknowledgement (4.4) is acknowledged and recorded, but not kept: no case is about it.
class Connection {
 public:
  class State;
  explicit Connection(std::shared_ptr<State> state) : state_(std::move(state)) {}

  /// Puts a packet on its way; what the packet says may be as wrong as its type can express.
  Awaitable<void> send(wire::Packet packet);
  /// Puts bytes on their way, right or wrong (wire::raw).
  Awaitable<void> send_bytes(wire::Bytes bytes);
  /// Puts several packets on their way in one piece.
  Awaitable<void> send_together(std::vector<wire::Packet> packets);

  /// Puts bytes on their way as one WebSocket message, each piece of it a frame of its own. @pre the connection is a WebSocket
  Awaitable<void> send_message(transport::FrameType type, std::vector<wire::Bytes> pieces);

  /// Waits for the next packet of this type, which must fit. Packets of other types stay for later.
  /// When it does not come or does not fit, the statement under test is broken: the case's first check of the version, or what `because`
  /// names.
  template <class P, class... Matchers>
  Awaitable<P> expect(Matchers... matchers) {
    co_return std::get<P>(co_await wait_for(describe_expectation<P>(Expectation::Purpose::point, std::move(matchers)...)));
  }

  /// The same as a step on the way: when it goes wrong, the case is inconclusive.
  template <class P, class... Matchers>
  Awaitable<P> need(Matchers... matchers) {
    co_return std::get<P>(co_await wait_for(describe_expectation<P>(Expectation::Purpose::set_up, std::move(matchers)...)));
  }

  /// The broker must end the Network Connection; a DISCONNECT before is welcome. Other packets that come first do not matter.
  /// Where the client has sent something since it was connected, or its CONNECT was wrong and accepted, a broker that stays is asked with
  /// PINGREQ: packets are processed in order, so that its PINGRESP shows that it has passed over the fault, and there is nothing to be
  /// patient for.
  Awaitable<Ending> expect_closed();
  Awaitable<Ending> expect_closed(because reason);
  /// The same as a step on the way.
  Awaitable<Ending> need_closed();
  /// The broker must end the Network Connection without a packet of this type before.
  Awaitable<void> expect_closed_without(wire::PacketType forbidden);
  Awaitable<void> expect_closed_without(wire::PacketType forbidden, because reason);

  /// No Application Message may come any more: fences with PINGREQ and PINGRESP, listens for the settle time, then looks.
  Awaitable<void> expect_nothing_more();
  Awaitable<void> expect_nothing_more(because reason);
  /// Still served: a PINGREQ must be answered.
  Awaitable<void> expect_alive();
  Awaitable<void> expect_alive(because reason);
  /// Waits until a packet of this type is there, the Network Connection is over, or the limit is reached. @return whether one is there
  Awaitable<bool> has_come(wire::PacketType type);
  /// PINGREQ and its PINGRESP as a step: everything sent before has been read by the broker.
  Awaitable<void> fence();

  /// Subscribes as a step, and takes the SUBACK. The case does not apply where the broker grants less or refuses.
  Awaitable<wire::Suback> subscribe(std::string filter, wire::QoS qos);
  Awaitable<wire::Suback> subscribe(std::vector<wire::Subscription> subscriptions, wire::Properties properties = {});
  /// Unsubscribes as a step, and takes the UNSUBACK.
  Awaitable<wire::Unsuback> unsubscribe(std::vector<std::string> filters);
  /// Publishes as a step, and goes through the whole exchange of its QoS. A Packet Identifier is chosen where one is needed and missing.
  Awaitable<void> publish(wire::Publish publish);

  /// Sends DISCONNECT and closes.
  Awaitable<void> disconnect();
  Awaitable<void> disconnect(wire::Disconnect packet);
  /// Drops the Network Connection without DISCONNECT: what was sent before still arrives.
  Awaitable<void> drop();
  /// Ends our side only: a broker that waits for the rest of a packet learns that none will come.
  Awaitable<void> shutdown_send();

  /// The CONNACK, once it has come.
  const wire::Connack& connack() const;
  /// The Client Identifier of the CONNECT, or the one that the broker assigned.
  const std::string& client_id() const;
  /// A Packet Identifier that this connection has not used yet: 1001, 1002, …
  std::uint16_t next_packet_id();
  void acknowledge(Acknowledging how);

  /// Packets of a type that have come and not been waited for.
  std::vector<wire::Packet> waiting(wire::PacketType type) const;
  /// The types of all packets that have come, in their order.
  const std::vector<wire::PacketType>& arrived() const;
  bool is_open() const;
  /// The WebSocket's frames and subprotocol. @pre the connection is a WebSocket
  const transport::WebSocketControl& web_socket() const;

 private:
  friend class Test;

  template <class P, class... Matchers>
  static Expectation describe_expectation(Expectation::Purpose purpose, Matchers... matchers) {
    Expectation expectation{
        .purpose = purpose, .type = P::type, .description = std::string(wire::name(P::type)), .fits = {}, .requirement = {}};
    std::string words;
    (add_words(expectation, words, matchers), ...);
    if (!words.empty()) expectation.description += " with " + words;
    expectation.fits = [... matchers = std::move(matchers)](const wire::Packet& packet) {
      return (fits(std::get<P>(packet), matchers) && ...);
    };
    return expectation;
  }
  template <class M>
  static void add_words(Expectation&, std::string& words, const Matcher<M>& matcher) {
    words += (words.empty() ? "" : ", ") + matcher.description;
  }
  static void add_words(Expectation& expectation, std::string&, const because& reason) { expectation.requirement = reason.requirement; }
  template <class P, class M>
  static bool fits(const P& packet, const Matcher<M>& matcher) {
    return matcher.fits(packet);
  }
  template <class P>
  static bool fits(const P&, const because&) {
    return true;
  }

  Awaitable<wire::Packet> wait_for(Expectation expectation);
  Awaitable<Ending> wait_closed(Expectation::Purpose purpose, std::optional<spec::Requirement> requirement,
                                std::optional<wire::PacketType> forbidden);
  Awaitable<void> wait_over(transport::TimePoint deadline);
  /// Sends a PINGREQ of which no answer has come yet.
  Awaitable<void> ask();
  /// Whether the broker has answered a PINGREQ sent behind the client's fault, and stayed.
  Awaitable<bool> goes_on_serving();
  Awaitable<void> wait_nothing_more(std::optional<spec::Requirement> requirement);

  std::shared_ptr<State> state_;
};

}  // namespace mqttspec::conformance
