#pragma once

#include "reference/transport/name_lookup.hpp"
#include "reference/transport/runtime.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string_view>

/// TCP for RealRuntime. TLS and WebSocket are layers above it (layers.hpp), as they are above simulated pipes.
namespace mqttspec::transport {

/// Translates an error of the operating system for users of a Stream. @param doing "cannot connect to mqtt://localhost:1883"
Error to_error(const boost::system::error_code& code, std::string_view doing);

/// Resolves the name and tries its addresses, IPv4 and IPv6, in turn. Each gets an equal share of the remaining time, so that one that
/// never answers does not use all of it.
Awaitable<std::expected<boost::asio::ip::tcp::socket, Error>> connect_tcp(NameLookup& names, Url url, TimePoint deadline);

std::unique_ptr<Stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);

/// Listens on the first address of the host that is available. Blocks while it resolves a name.
std::expected<std::unique_ptr<Listener>, Error> listen_tcp(const boost::asio::any_io_executor& executor, NameLookup& names, const Url& url);

}  // namespace mqttspec::transport
