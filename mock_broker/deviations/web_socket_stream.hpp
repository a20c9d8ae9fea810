#pragma once

#include "mock_broker/deviations/web_socket_habits.hpp"
#include "reference/transport/runtime.hpp"

#include <memory>

namespace mqttspec::mock_broker {

/// Options for the handshake of a server with these habits.
transport::WebSocketServerOptions web_socket_options(const WebSocketHabits& habits);

/// A stream that reads and writes WebSocket frames with these habits; the same stream where they are correct.
std::unique_ptr<transport::Stream> with_habits(std::unique_ptr<transport::Stream> stream, const WebSocketHabits& habits);

}  // namespace mqttspec::mock_broker
