#pragma once

#include "reference/transport/runtime.hpp"
#include "reference/transport/url.hpp"

#include <expected>
#include <string>
#include <string_view>

/// The opening handshake of RFC 6455, section 4, without I/O. A head is what stands before the body of an HTTP message, with the empty
/// line.
namespace mqttspec::transport {

constexpr std::string_view head_end = "\r\n\r\n";

/// For Sec-WebSocket-Key: sixteen random bytes in base64.
std::string make_web_socket_key();

std::string upgrade_request(const Url& url, const WebSocketOptions& options, std::string_view key);

/// @return the subprotocol that the server has chosen, "" for none; or one sentence that says why this is no WebSocket
std::expected<std::string, std::string> read_upgrade_response(std::string_view head, std::string_view key);

struct UpgradeAnswer {
  std::string response;         ///< to be sent
  std::string refused;          ///< why; "" where the connection is a WebSocket from here on
  bool no_subprotocol = false;  ///< that is why
};

/// A server serves one path, and clients that offer the subprotocol "mqtt" ([MQTT-6.0.0-3]).
/// @param subprotocol that is answered: "mqtt" ([MQTT-6.0.0-4]), or by a server that is to be wrong another, or "" for none
UpgradeAnswer answer_upgrade_request(std::string_view head, std::string_view path, std::string_view subprotocol = "mqtt");

/// For what is no HTTP request, or one of endless header fields. @param status "400 Bad Request"
UpgradeAnswer refuse_upgrade(std::string_view status, std::string_view why);

}  // namespace mqttspec::transport
