#pragma once

#include "reference/transport/runtime.hpp"

#include <memory>

/// TLS and WebSocket on top of TCP or simulated pipes.
namespace mqttspec::transport {

using Opened = std::expected<std::unique_ptr<Stream>, Error>;

/// The client side. @param plain connects the stream below
Awaitable<Opened> open_layers(Runtime& runtime, Awaitable<Opened> plain, Url url, TimePoint deadline, ConnectOptions options);

/// The server side. The handshake of each connection runs in its own coroutine while others are accepted.
std::unique_ptr<Listener> make_layered_listener(Runtime& runtime, std::unique_ptr<Listener> plain, ListenOptions options);

}  // namespace mqttspec::transport
