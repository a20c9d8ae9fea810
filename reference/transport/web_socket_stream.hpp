#pragma once

#include "reference/transport/runtime.hpp"

#include <memory>
#include <string>

namespace mqttspec::transport {

/// Opens a WebSocket on a stream, and gives the stream within. A deadline is the caller's business: he resets `below`.
Awaitable<std::expected<std::unique_ptr<Stream>, Error>> open_web_socket(Runtime& runtime, std::unique_ptr<Stream> below, Url url,
                                                                         WebSocketOptions options);

/// The server's side. A request that is refused is answered so. @param path that is served
Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept_web_socket(Runtime& runtime, std::unique_ptr<Stream> below,
                                                                           std::string path, WebSocketServerOptions options);

}  // namespace mqttspec::transport
