#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mqttspec::transport {

enum class Scheme : std::uint8_t { mqtt, mqtts, ws, wss };

constexpr bool is_tls(Scheme scheme) { return scheme == Scheme::mqtts || scheme == Scheme::wss; }
constexpr bool is_web_socket(Scheme scheme) { return scheme == Scheme::ws || scheme == Scheme::wss; }

/// The address of a broker: `mqtt:// mqtts:// ws:// wss://host[:port][/path]`.
struct Url {
  Scheme scheme = Scheme::mqtt;
  std::string host = "localhost";  ///< a name, an IPv4 address, or an IPv6 address without its brackets
  std::uint16_t port = 1883;       ///< 1883, 8883, 80 or 443 by scheme; with 0, listen() chooses
  std::string path = {};           ///< WebSocket only; "/mqtt" by default
  bool operator==(const Url&) const = default;
};

/// @return the URL, or a sentence that says what is wrong and what is expected
std::expected<Url, std::string> parse_url(std::string_view text);
/// The text that parse_url() reads.
std::string to_string(const Url& url);

}  // namespace mqttspec::transport
