#pragma once

#include <string_view>

namespace mqttspec::mock_broker {

/// How a server treats WebSocket (section 6). As they stand, these habits are correct.
struct WebSocketHabits {
  bool refuses_text_frames = true;           ///< [MQTT-6.0.0-1]
  bool sends_binary_frames = true;           ///< [MQTT-6.0.0-1]; false: text frames
  bool joins_frames = true;                  ///< [MQTT-6.0.0-2]; false: a packet that continues in the next frame is lost
  bool reads_all_packets_of_a_frame = true;  ///< [MQTT-6.0.0-2]; false: only the first
  std::string_view subprotocol = "mqtt";     ///< [MQTT-6.0.0-4]: the answer to the client's offer; "" for none
};

}  // namespace mqttspec::mock_broker
