#pragma once

#include "reference/transport/runtime.hpp"
#include "reference/transport/url.hpp"

#include <expected>
#include <string>
#include <string_view>

/// The opening handshake of RFC 6455, section 4, without I/O. A head is the part of an HTTP message before the body, including the empty
/// line.
namespace mqttspec::transport {

constexpr std::string_view head_end = "\r\n\r\n";

/// For Sec-WebSocket-Key: sixteen random bytes in base64.
std::string make_web_socket_key();

std::string upgrade_request(const Url& url, const WebSocketOptions& options, std::string_view key);

/// @return the subprotocol that the server has chosen, "" for none; or a sentence that says why the handshake failed
std::expected<std::string, std::string> read_upgrade_response(std::string_view head, std::string_view key);

struct UpgradeAnswer {
  std::string response;         ///< to send
  std::string refused;          ///< why the request was refused; "" if it was accepted
  bool no_subprotocol = false;  ///< the reason is that the client did not offer "mqtt"
};

/// A server accepts one path, and clients that offer the subprotocol "mqtt" ([MQTT-6.0.0-3]).
/// @param subprotocol for the answer: "mqtt" ([MQTT-6.0.0-4]); another one, or "" for none, if the server is to be wrong
UpgradeAnswer answer_upgrade_request(std::string_view head, std::string_view path, std::string_view subprotocol = "mqtt");

/// Refuses a request without reading it. @param status "400 Bad Request", for example
UpgradeAnswer refuse_upgrade(std::string_view status, std::string_view why);

}  // namespace mqttspec::transport
