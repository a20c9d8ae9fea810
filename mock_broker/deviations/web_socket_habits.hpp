#pragma once

#include "mock_broker/engine/behaviour.hpp"
#include "reference/transport/runtime.hpp"

#include <memory>

namespace mqttspec::mock_broker {

/// What the handshake has to know of a behaviour.
transport::WebSocketServerOptions web_socket_options(const Behaviour& behaviour);

/// A stream on which WebSocket frames are read and written as a behaviour says: the same stream where that is right.
std::unique_ptr<transport::Stream> with_web_socket_habits(std::unique_ptr<transport::Stream> stream, const Behaviour& behaviour);

}  // namespace mqttspec::mock_broker
