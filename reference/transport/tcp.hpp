#pragma once

#include "reference/transport/runtime.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string_view>

/// TCP under RealRuntime. TLS and WebSocket stand above it (layers.hpp), as they do above simulated pipes.
namespace mqttspec::transport {

/// What an operating system's error means to a user of a Stream. @param doing "cannot connect to mqtt://localhost:1883"
Error to_error(const boost::system::error_code& code, std::string_view doing);

/// Resolves the name and tries its addresses, IPv4 and IPv6, in turn; each gets an even share of the time that is left, so that one that
/// never answers does not use it up. The socket is non-blocking and has TCP_NODELAY.
Awaitable<std::expected<boost::asio::ip::tcp::socket, Error>> connect_tcp(Url url, TimePoint deadline);

std::unique_ptr<Stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);

/// Listens on the first of the host's addresses that can be had.
std::expected<std::unique_ptr<Listener>, Error> listen_tcp(const boost::asio::any_io_executor& executor, const Url& url);

}  // namespace mqttspec::transport
