#pragma once

#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/engine/client_watch.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "reference/transport/runtime.hpp"
#include "reference/transport/url.hpp"

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <vector>

namespace mqttspec::mock_broker {

/// Puts an Engine on the streams of a Runtime, real or simulated. All calls belong on the runtime's thread (or before it runs), but for
/// those that say otherwise; the runtime must outlive the server.
class Server {
 public:
  /// A correct server.
  explicit Server(transport::Runtime& runtime, Configuration configuration = {});
  /// A server with deviations: `Server(runtime, setup_with(defect))`.
  Server(transport::Runtime& runtime, BrokerSetup setup);
  Server(Server&&) noexcept = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server& operator=(Server&&) = delete;
  /// Stops it.
  ~Server();

  /// Starts to accept connections; may be called several times, with any scheme. A connection counts from the moment it is accepted, so the
  /// limits of the configuration hold while TLS and WebSocket shake hands.
  /// @param options a certificate for mqtts and wss  @return where it listens, with the port really taken
  std::expected<transport::Url, transport::Error> listen(const transport::Url& url, const transport::ListenOptions& options = {});
  /// Closes listeners at once, and connections after DISCONNECT 0x8B (Server shutting down) to 5.0 clients: connections() falls to 0 in
  /// two seconds at most, if the runtime runs on. Coroutines of the server that are still unwinding keep what they need alive.
  void stop();
  /// Streams that are open.
  std::size_t connections() const;

  /// What clients have done wrong, oldest first; as many as the configuration says. Any thread may ask.
  std::vector<ClientViolation> violations() const;
  /// Any thread may call it.
  void clear_violations();
  /// Is told of each violation as it is found, on the runtime's thread. Set before the runtime runs.
  void on_violation(std::function<void(const ClientViolation&)> listener);

 private:
  class Pump;
  std::shared_ptr<Pump> pump_;
};

}  // namespace mqttspec::mock_broker
