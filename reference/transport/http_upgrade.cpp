#include "reference/transport/http_upgrade.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

namespace mqttspec::transport {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view mqtt_subprotocol = "mqtt";
constexpr std::string_view web_socket_version = "13";
constexpr std::size_t key_bytes = 16;

std::string to_base64(std::span<const unsigned char> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Sixteen bytes are 22 characters of base64 and "==".
bool is_key(std::string_view text) {
  std::array<unsigned char, key_bytes + 2> bytes{};
  if (text.size() != 24 || !text.ends_with("==")) return false;
  return EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), 24) == static_cast<int>(bytes.size());
}

/// RFC 6455, section 1.3.
std::string accept_for(std::string_view key) {
  const auto text = fmt::format("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) throw std::runtime_error("no SHA-1");
  return to_base64(std::span(digest).first(length));
}

std::string_view value_of(const http::fields& fields, std::string_view name) {
  const auto value = fields[boost::beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

bool lists(const http::fields& fields, http::field name, std::string_view token) {
  return http::token_list(fields[name]).exists(boost::beast::string_view(token.data(), token.size()));
}

/// Unlike HTTP's own tokens, subprotocols are case-sensitive.
bool offers_mqtt(const http::fields& fields) {
  return std::ranges::any_of(http::token_list(fields["Sec-WebSocket-Protocol"]),
                             [](const auto& token) { return std::string_view(token.data(), token.size()) == mqtt_subprotocol; });
}

bool is_upgrade(const http::fields& fields) {
  return lists(fields, http::field::upgrade, "websocket") && lists(fields, http::field::connection, "upgrade");
}

/// @return whether the head is valid
template <bool is_request>
bool parse(http::parser<is_request, http::empty_body>& parser, std::string_view head) {
  boost::system::error_code code;
  parser.skip(true);  // the body, if any, is not read
  while (!parser.is_header_done() && !code && !head.empty()) head.remove_prefix(parser.put(boost::asio::buffer(head), code));
  return parser.is_header_done() && !code;
}

bool is_served(std::string_view target, std::string_view path) { return target == path || target.substr(0, target.find('?')) == path; }

std::string host_field(const Url& url) {
  const bool is_default = url.port == (is_tls(url.scheme) ? 443 : 80);
  const auto host = url.host.contains(':') ? fmt::format("[{}]", url.host) : url.host;
  return is_default ? host : fmt::format("{}:{}", host, url.port);
}

}  // namespace

std::string make_web_socket_key() {
  std::array<unsigned char, key_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("OpenSSL cannot provide random bytes");
  return to_base64(bytes);
}

std::string upgrade_request(const Url& url, const WebSocketOptions& options, std::string_view key) {
  auto text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", url.path, host_field(url));
  text += fmt::format("Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: {}\r\n", key, web_socket_version);
  if (!options.subprotocols.empty()) text += fmt::format("Sec-WebSocket-Protocol: {}\r\n", options.subprotocols);
  for (const auto& [name, value] : options.headers) text += fmt::format("{}: {}\r\n", name, value);
  return text + "\r\n";
}

std::expected<std::string, std::string> read_upgrade_response(std::string_view head, std::string_view key) {
  http::response_parser<http::empty_body> parser;
  if (!parse(parser, head)) return std::unexpected("the answer to the WebSocket request is not HTTP");
  const auto& response = parser.get();
  if (response.result() != http::status::switching_protocols) {
    return std::unexpected(fmt::format("expected: HTTP status 101 for the WebSocket request; got: {} {}", response.result_int(),
                                       std::string_view(response.reason().data(), response.reason().size())));
  }
  if (!is_upgrade(response)) return std::unexpected("the server switches to a protocol other than WebSocket");
  if (value_of(response, "Sec-WebSocket-Accept") != accept_for(key)) return std::unexpected("the server's Sec-WebSocket-Accept is wrong");
  if (!value_of(response, "Sec-WebSocket-Extensions").empty())
    return std::unexpected("the server uses a WebSocket extension that was not requested");
  return std::string(value_of(response, "Sec-WebSocket-Protocol"));
}

UpgradeAnswer refuse_upgrade(std::string_view status, std::string_view why) {
  return {.response = fmt::format("HTTP/1.1 {}\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: {}\r\n"
                                  "Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}\n",
                                  status, web_socket_version, why.size() + 1, why),
          .refused = std::string(why)};
}

UpgradeAnswer answer_upgrade_request(std::string_view head, std::string_view path, std::string_view subprotocol) {
  constexpr std::string_view bad = "400 Bad Request";
  http::request_parser<http::empty_body> parser;
  if (!parse(parser, head)) return refuse_upgrade(bad, "this is not an HTTP request");
  const auto& request = parser.get();
  if (request.method() != http::verb::get || request.version() != 11)
    return refuse_upgrade(bad, "a WebSocket request is a GET of HTTP/1.1");
  if (!is_served({request.target().data(), request.target().size()}, path)) {
    return refuse_upgrade("404 Not Found", fmt::format("MQTT is available at {}", path));
  }
  if (!is_upgrade(request)) return refuse_upgrade("426 Upgrade Required", "MQTT is available over WebSocket");
  if (value_of(request, "Sec-WebSocket-Version") != web_socket_version) {
    return refuse_upgrade("426 Upgrade Required", "the supported version of WebSocket is 13");
  }
  const auto key = value_of(request, "Sec-WebSocket-Key");
  if (!is_key(key)) return refuse_upgrade(bad, "Sec-WebSocket-Key is missing or wrong");
  if (!offers_mqtt(request)) {
    auto answer = refuse_upgrade(bad, "the WebSocket subprotocol \"mqtt\" is not offered [MQTT-6.0.0-3]");
    answer.no_subprotocol = true;
    return answer;
  }
  const auto chosen = subprotocol.empty() ? std::string() : fmt::format("Sec-WebSocket-Protocol: {}\r\n", subprotocol);
  return {.response = fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Accept: {}\r\n{}\r\n",
                                  accept_for(key), chosen),
          .refused = {}};
}

}  // namespace mqttspec::transport
