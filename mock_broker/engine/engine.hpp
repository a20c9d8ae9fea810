#pragma once

#include "mock_broker/engine/behaviour.hpp"
#include "mock_broker/engine/client_watch.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "mock_broker/engine/interceptor.hpp"
#include "reference/transport/time.hpp"
#include "reference/wire/types.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace mqttspec::mock_broker {

class Broker;

/// An MQTT server for 3.1, 3.1.1 and 5.0 without sockets, threads or clock: bytes and the time go in; bytes to send, connections to close
/// and the time of the next wake-up come out. One thread at a time. Time must not run backwards.
///
/// After each call that takes a time: carry out take_output() until it is empty, and look at next_deadline() again.
class Engine {
 public:
  using TimePoint = transport::TimePoint;

  /// @param interceptor sees and changes the packets that go in and out; may be null
  explicit Engine(Configuration configuration = {}, Behaviour behaviour = {}, std::unique_ptr<Interceptor> interceptor = nullptr);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// A Network Connection has been established. The engine may refuse it: then its output says `close`.
  ConnectionId connection_opened(TimePoint now);
  /// Bytes of any length, cut anyhow. Ignored for a connection that is closed or unknown.
  void bytes_received(ConnectionId connection, wire::ByteView bytes, TimePoint now);
  /// What WebSocket shows of the client, for the record of violations: a text frame that came, a handshake without the subprotocol "mqtt".
  void text_frame_received(ConnectionId connection, TimePoint now);
  void no_subprotocol_offered(ConnectionId connection, TimePoint now);
  /// The peer closed, half-closed or reset the connection. What was still to be sent on it can be forgotten.
  void connection_lost(ConnectionId connection, TimePoint now);
  /// Time has passed. Call it when next_deadline() has come; earlier does no harm.
  void advance(TimePoint now);
  /// The server stops: DISCONNECT 0x8B (Server shutting down) where the version has it, and every connection is closed.
  void shut_down(TimePoint now);
  /// When advance() is to be called next; nothing if only a peer can make something happen.
  std::optional<TimePoint> next_deadline() const;

  /// The connection cannot take more at the moment: messages for it wait in its Session until go_on(). Answers still come.
  void hold_back(ConnectionId connection);
  void go_on(ConnectionId connection, TimePoint now);

  /// What is to be written on a connection; then, if `close`, the connection is to be closed and its id is dead.
  struct Output {
    ConnectionId connection;
    wire::Bytes bytes;
    bool close;
  };
  /// Everything to be done now, oldest connection first touched first. Taking may set free more: call it until it is empty.
  std::vector<Output> take_output();

  /// What clients have done wrong, oldest first; as many as the configuration says.
  const std::vector<ClientViolation>& violations() const;
  void clear_violations();

 private:
  std::unique_ptr<Broker> broker_;
};

}  // namespace mqttspec::mock_broker
