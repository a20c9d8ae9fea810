#pragma once

#include "reference/transport/runtime.hpp"
#include "tests/transport/certificates.hpp"

#include <gtest/gtest.h>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mqttspec::transport::testing {

using namespace std::chrono_literals;
using boost::asio::experimental::awaitable_operators::operator&&;
using boost::asio::experimental::awaitable_operators::operator||;

inline std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// @return the value; throws the error message if there is none
template <class T>
T value_of(std::expected<T, Error> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// @return the kind of the error; throws if there is none
template <class T>
Error::Kind failure_of(const std::expected<T, Error>& result) {
  if (result) throw std::logic_error("expected: an error; got: success");
  return result.error().kind;
}

inline Awaitable<void> send(Stream& stream, std::string_view text) { value_of(co_await stream.write(bytes(text))); }

/// The result of one read; "" at the end.
inline Awaitable<std::string> receive_some(Stream& stream, std::size_t most = 65'536) {
  std::string text(most, '\0');
  const auto count = value_of(co_await stream.read_some({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  text.resize(count);
  co_return text;
}

inline Awaitable<std::string> receive(Stream& stream, std::size_t count) {
  std::string text;
  while (text.size() < count) {
    const auto some = co_await receive_some(stream, std::min<std::size_t>(count - text.size(), 65'536));
    if (some.empty()) throw std::runtime_error("the stream ended after \"" + text + "\"");
    text += some;
  }
  co_return text;
}

inline Awaitable<std::string> receive_to_end(Stream& stream) {
  std::string text;
  while (true) {
    const auto some = co_await receive_some(stream);
    if (some.empty()) co_return text;
    text += some;
  }
}

/// A connection through a listener of the same runtime.
struct Ends {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
};

inline Url anywhere(Scheme scheme = Scheme::mqtt) {
  return {.scheme = scheme, .host = "127.0.0.1", .port = 0, .path = is_web_socket(scheme) ? "/mqtt" : ""};
}

/// With a certificate if the scheme needs one.
inline std::unique_ptr<Listener> listener_for(Runtime& runtime, Scheme scheme) {
  return value_of(runtime.listen(anywhere(scheme), {.tls = is_tls(scheme) ? known_server() : nullptr}));
}

/// The options with which a client reaches such a listener.
inline ConnectOptions options_for(Scheme scheme) { return {.tls = is_tls(scheme) ? trusting_client() : nullptr}; }

inline Awaitable<Ends> connected(Runtime& runtime, Scheme scheme = Scheme::mqtt) {
  const auto listener = listener_for(runtime, scheme);
  auto [client, server] = co_await (runtime.connect(listener->url(), runtime.now() + 5s, options_for(scheme)) && listener->accept());
  co_return Ends{value_of(std::move(client)), value_of(std::move(server))};
}

/// Runs `body(ends)` on a new connection.
inline void with_connection(Runtime& runtime, const std::function<Awaitable<void>(Ends&)>& body, Scheme scheme = Scheme::mqtt) {
  runtime.run_to_end([](Runtime& rt, Scheme over, const auto& run) -> Awaitable<void> {
    auto ends = co_await connected(rt, over);
    co_await run(ends);
  }(runtime, scheme, body));
}

struct RuntimeKind {
  std::string_view name;
  std::unique_ptr<Runtime> (*make)();
};
inline constexpr RuntimeKind real{"Real", make_real_runtime};
inline constexpr RuntimeKind simulated{"Sim", [] { return make_sim_runtime(); }};

}  // namespace mqttspec::transport::testing
