#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mqttspec::transport {

enum class Scheme : std::uint8_t { mqtt, mqtts, ws, wss };

constexpr bool is_tls(Scheme scheme) { return scheme == Scheme::mqtts || scheme == Scheme::wss; }
constexpr bool is_web_socket(Scheme scheme) { return scheme == Scheme::ws || scheme == Scheme::wss; }

/// Where a broker is: `mqtt:// mqtts:// ws:// wss://host[:port][/path]`.
struct Url {
  Scheme scheme = Scheme::mqtt;
  std::string host = "localhost";  ///< a name, an IPv4 address, or an IPv6 address without its brackets
  std::uint16_t port = 1883;       ///< default by scheme: 1883, 8883, 80, 443; 0 lets listen() choose
  std::string path = {};           ///< WebSocket only, "/mqtt" unless given
  bool operator==(const Url&) const = default;
};

/// @return the URL, or one sentence that says what is wrong and what is right
std::expected<Url, std::string> parse_url(std::string_view text);
/// The text that parse_url reads back.
std::string to_string(const Url& url);

}  // namespace mqttspec::transport
