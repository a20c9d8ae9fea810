// Broken at WebSocket (6): they show to clients that come by ws or wss.

#include "mock_broker/deviations/defect_tables.hpp"

namespace mqttspec::mock_broker::defect_tables {
namespace {

constexpr Defect table[] = {
    {.id = "websocket/text-frames-taken",
     .requirement = {"MQTT-6.0.0-1", "MQTT-6.0.0-1"},
     .summary = "MQTT in WebSocket text frames is read",
     .change_web_socket = [](WebSocketHabits& w) { w.refuses_text_frames = false; }},
    {.id = "websocket/text-frames-sent",
     .requirement = {"MQTT-6.0.0-1", "MQTT-6.0.0-1"},
     .summary = "MQTT is sent in WebSocket text frames",
     .change_web_socket = [](WebSocketHabits& w) { w.sends_binary_frames = false; }},
    {.id = "websocket/unfinished-packet-lost",
     .requirement = {"MQTT-6.0.0-2", "MQTT-6.0.0-2"},
     .summary = "A packet that goes on in the next WebSocket frame is lost",
     .change_web_socket = [](WebSocketHabits& w) { w.joins_frames = false; }},
    {.id = "websocket/first-packet-of-a-frame-only",
     .requirement = {"MQTT-6.0.0-2", "MQTT-6.0.0-2"},
     .summary = "Of several packets in a WebSocket frame the first is read only",
     .change_web_socket = [](WebSocketHabits& w) { w.reads_all_packets_of_a_frame = false; }},
    {.id = "websocket/no-subprotocol-answered",
     .requirement = {"MQTT-6.0.0-4", "MQTT-6.0.0-4"},
     .summary = "No WebSocket Subprotocol is answered",
     .change_web_socket = [](WebSocketHabits& w) { w.subprotocol = ""; }},
    {.id = "websocket/other-subprotocol-answered",
     .requirement = {"MQTT-6.0.0-4", "MQTT-6.0.0-4"},
     .summary = "The WebSocket Subprotocol mqttv3.1 is answered",
     .change_web_socket = [](WebSocketHabits& w) { w.subprotocol = "mqttv3.1"; }},
};

}  // namespace

std::span<const Defect> transporting() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
