#pragma once

#include "reference/transport/runtime.hpp"

#include <memory>
#include <string>

namespace mqttspec::transport {

/// Makes a WebSocket handshake on a stream and returns the stream inside. To enforce a deadline, the caller resets `below`.
Awaitable<std::expected<std::unique_ptr<Stream>, Error>> open_web_socket(Runtime& runtime, std::unique_ptr<Stream> below, Url url,
                                                                         WebSocketOptions options);

/// The server side. A request that is refused gets an HTTP answer that says why. @param path the path that the server accepts
Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept_web_socket(Runtime& runtime, std::unique_ptr<Stream> below,
                                                                           std::string path, WebSocketServerOptions options);

}  // namespace mqttspec::transport
