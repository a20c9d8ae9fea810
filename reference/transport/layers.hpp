#pragma once

#include "reference/transport/runtime.hpp"

#include <memory>

/// TLS and WebSocket on whatever bears them: TCP or simulated pipes.
namespace mqttspec::transport {

using Opened = std::expected<std::unique_ptr<Stream>, Error>;

/// The client's side. @param plain gives the stream that bears the layers
Awaitable<Opened> open_layers(Runtime& runtime, Awaitable<Opened> plain, Url url, TimePoint deadline, ConnectOptions options);

/// The server's side: each connection shakes hands in a coroutine of its own while others are accepted.
std::unique_ptr<Listener> make_layered_listener(Runtime& runtime, std::unique_ptr<Listener> plain, ListenOptions options);

}  // namespace mqttspec::transport
