#include "reference/transport/tcp.hpp"

#include "reference/transport/busy.hpp"
#include "reference/transport/cancellation.hpp"
#include "reference/transport/fairness.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// The limit for resolving a name in listen(), which blocks.
constexpr std::chrono::seconds longest_lookup{10};

/// Makes an operation return its error_code instead of throwing it.
constexpr auto as_result = asio::as_tuple(asio::deferred);

std::unexpected<Error> fail(Error::Kind kind, std::string message) { return std::unexpected(Error{kind, std::move(message)}); }
std::unexpected<Error> fail(const error_code& code, std::string_view doing) { return std::unexpected(to_error(code, doing)); }

bool must_wait(const error_code& code) { return code == asio::error::would_block || code == asio::error::try_again; }

void prepare(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
}

/// A peer with Nagle's algorithm holds its next small packet back until we acknowledge the previous one, which the kernel delays by up to
/// 40 ms by default. The option is not permanent, so it is set after each read.
void acknowledge_at_once([[maybe_unused]] tcp::socket& socket) {
#ifdef TCP_QUICKACK
  const int yes = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
#endif
}

/// Shared by the stream and its suspended operations, because the stream may be destroyed meanwhile.
struct Connection {
  explicit Connection(tcp::socket connected) : socket(std::move(connected)) {}
  tcp::socket socket;
  Fairness reads;
  bool reading = false;
  bool writing = false;
};

std::unexpected<Error> closed_here() { return fail(Error::Kind::closed, "the stream was closed here"); }

Awaitable<std::expected<std::size_t, Error>> read_some(std::shared_ptr<Connection> connection, std::span<std::uint8_t> into) {
  if (into.empty()) throw std::invalid_argument("read_some needs room for a byte: its result 0 means the end");
  const Busy busy(connection->reading, "read_some");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  auto& socket = connection->socket;
  Fairness::Operation operation(connection->reads);
  if (operation.must_yield()) co_await operation.yield();
  if (is_cancelled(cancellation)) throw_cancelled();
  for (bool may_take = !can_be_cancelled(cancellation);; may_take = true) {
    if (!socket.is_open()) co_return closed_here();
    if (may_take) {
      error_code code;
      const auto count = socket.read_some(asio::buffer(into.data(), into.size()), code);
      if (!code) {
        operation.completed();
        acknowledge_at_once(socket);
        co_return count;
      }
      if (code == asio::error::eof) co_return std::size_t{0};
      if (!must_wait(code)) co_return fail(code, "cannot read");
    }
    const auto [code] = co_await socket.async_wait(tcp::socket::wait_read, as_result);
    operation.waited();
    if (is_cancelled(cancellation)) throw_cancelled();
    if (code && socket.is_open()) co_return fail(code, "cannot read");
  }
}

Awaitable<std::expected<void, Error>> write(std::shared_ptr<Connection> connection, std::span<const std::uint8_t> bytes) {
  const Busy busy(connection->writing, "write");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  auto& socket = connection->socket;
  if (!socket.is_open()) co_return closed_here();
  const auto [code, count] = co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()), as_result);
  if (!code) co_return std::expected<void, Error>();
  if (is_cancelled(cancellation)) throw_cancelled();
  if (!socket.is_open()) co_return closed_here();
  co_return fail(code, "cannot write");
}

class TcpStream final : public Stream {
 public:
  explicit TcpStream(tcp::socket socket) : connection_(std::make_shared<Connection>(std::move(socket))) { prepare(connection_->socket); }
  ~TcpStream() override { close(); }

  Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) override {
    return transport::read_some(connection_, into);
  }
  Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) override { return transport::write(connection_, bytes); }

  void shutdown_send() override {
    error_code ignored;
    connection_->socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() override {
    if (!connection_->socket.is_open()) return;
    shutdown_send();
    discard_unread();
    error_code ignored;
    connection_->socket.close(ignored);
  }

  void reset() override {
    error_code ignored;
    connection_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
    connection_->socket.close(ignored);
  }

 private:
  /// A socket that is closed with unread bytes sends RST, and the peer may then lose the last bytes that we sent.
  void discard_unread() {
    constexpr int rounds = 64;  // the peer may never stop sending
    std::array<std::uint8_t, 16'384> nowhere;
    error_code code;
    for (int round = 0; round < rounds && !code; ++round) connection_->socket.read_some(asio::buffer(nowhere), code);
  }

  std::shared_ptr<Connection> connection_;
};

struct Listening {
  explicit Listening(const asio::any_io_executor& executor) : acceptor(executor) {}
  tcp::acceptor acceptor;
  Fairness accepts;
  bool accepting = false;
};

Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept(std::shared_ptr<Listening> listening) {
  const Busy busy(listening->accepting, "accept");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  auto& acceptor = listening->acceptor;
  Fairness::Operation operation(listening->accepts);
  if (operation.must_yield()) co_await operation.yield();
  if (is_cancelled(cancellation)) throw_cancelled();
  for (bool may_take = !can_be_cancelled(cancellation);; may_take = true) {
    if (!acceptor.is_open()) co_return fail(Error::Kind::closed, "the listener was closed");
    if (may_take) {
      error_code code;
      auto socket = acceptor.accept(code);
      if (!code) {
        operation.completed();
        co_return make_tcp_stream(std::move(socket));
      }
      // After connection_aborted, the client has already left; try the next one.
      if (!must_wait(code) && code != asio::error::connection_aborted) co_return fail(code, "cannot accept");
    }
    const auto [code] = co_await acceptor.async_wait(tcp::acceptor::wait_read, as_result);
    operation.waited();
    if (is_cancelled(cancellation)) throw_cancelled();
    if (code && acceptor.is_open()) co_return fail(code, "cannot accept");
  }
}

class TcpListener final : public Listener {
 public:
  TcpListener(std::shared_ptr<Listening> listening, Url url) : listening_(std::move(listening)), url_(std::move(url)) {}
  ~TcpListener() override { close(); }
  Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept() override { return transport::accept(listening_); }
  Url url() const override { return url_; }
  void close() override {
    error_code ignored;
    listening_->acceptor.close(ignored);
  }

 private:
  std::shared_ptr<Listening> listening_;
  Url url_;
};

using Endpoints = std::vector<tcp::endpoint>;

std::optional<Endpoints> numeric(const Url& url) {
  error_code code;
  const auto address = asio::ip::make_address(url.host, code);
  if (code) return std::nullopt;
  return Endpoints{{address, url.port}};
}

Endpoints to_endpoints(const Addresses& addresses, std::uint16_t port) {
  Endpoints endpoints;
  for (const auto& address : addresses) endpoints.emplace_back(address, port);
  return endpoints;
}

Awaitable<std::expected<tcp::socket, Error>> connect_endpoint(tcp::endpoint endpoint, TimePoint deadline, std::string_view doing) {
  struct Attempt {
    explicit Attempt(const asio::any_io_executor& executor) : socket(executor), clock(executor) {}
    tcp::socket socket;
    asio::steady_timer clock;
    bool late = false;
  };
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const auto attempt = std::make_shared<Attempt>(co_await asio::this_coro::executor);
  attempt->clock.expires_at(deadline);
  attempt->clock.async_wait([weak = std::weak_ptr(attempt)](const error_code& stopped) {
    const auto pending = weak.lock();
    if (stopped || !pending) return;
    pending->late = true;
    error_code ignored;
    pending->socket.close(ignored);
  });
  const auto [code] = co_await attempt->socket.async_connect(endpoint, as_result);
  if (is_cancelled(cancellation)) throw_cancelled();
  if (attempt->late) co_return fail(Error::Kind::timed_out, fmt::format("{}: no answer in time", doing));
  if (code) co_return fail(code, doing);
  co_return std::move(attempt->socket);
}

std::expected<std::shared_ptr<Listening>, error_code> listen_endpoint(const asio::any_io_executor& executor,
                                                                      const tcp::endpoint& endpoint) {
  auto listening = std::make_shared<Listening>(executor);
  auto& acceptor = listening->acceptor;
  error_code code;
  acceptor.open(endpoint.protocol(), code);
  if (!code) acceptor.set_option(asio::socket_base::reuse_address(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (!code) acceptor.non_blocking(true, code);
  if (code) return std::unexpected(code);
  return listening;
}

}  // namespace

Error to_error(const error_code& code, std::string_view doing) {
  using Kind = Error::Kind;
  static const std::array<std::pair<error_code, Kind>, 11> kinds{{
      {asio::error::connection_refused, Kind::refused},
      {asio::error::host_not_found, Kind::unreachable},
      {asio::error::host_not_found_try_again, Kind::unreachable},
      {asio::error::no_data, Kind::unreachable},
      {asio::error::host_unreachable, Kind::unreachable},
      {asio::error::network_unreachable, Kind::unreachable},
      {asio::error::timed_out, Kind::timed_out},
      {asio::error::connection_reset, Kind::reset},
      {asio::error::connection_aborted, Kind::reset},
      {asio::error::broken_pipe, Kind::closed},
      {asio::error::not_connected, Kind::closed},
  }};
  const auto* const known = std::ranges::find(kinds, code, &std::pair<error_code, Kind>::first);
  return {known == kinds.end() ? Kind::other : known->second, fmt::format("{}: {}", doing, code.message())};
}

Awaitable<std::expected<tcp::socket, Error>> connect_tcp(NameLookup& names, Url url, TimePoint deadline) {
  const auto doing = fmt::format("cannot connect to {}", to_string(url));
  auto endpoints = numeric(url);
  if (!endpoints) {
    const auto addresses = co_await names.find(url.host, deadline);
    if (!addresses) co_return std::unexpected(addresses.error());
    endpoints = to_endpoints(*addresses, url.port);
  }
  std::expected<tcp::socket, Error> result = fail(Error::Kind::unreachable, fmt::format("{}: the name has no address", doing));
  for (auto left = endpoints->size(); left > 0 && !result; --left) {
    const auto now = Clock::now();
    const auto share = deadline == TimePoint::max() ? deadline : now + (deadline - now) / static_cast<Duration::rep>(left);
    result = co_await connect_endpoint((*endpoints)[endpoints->size() - left], share, doing);
  }
  co_return result;
}

std::unique_ptr<Stream> make_tcp_stream(tcp::socket socket) { return std::make_unique<TcpStream>(std::move(socket)); }

std::expected<std::unique_ptr<Listener>, Error> listen_tcp(const asio::any_io_executor& executor, NameLookup& names, const Url& url) {
  const auto doing = fmt::format("cannot listen on {}", to_string(url));
  auto endpoints = numeric(url);
  if (!endpoints) {
    const auto addresses = names.find_now(url.host, longest_lookup);
    if (!addresses) return fail(addresses.error().kind, fmt::format("{}: {}", doing, addresses.error().message));
    endpoints = to_endpoints(*addresses, url.port);
  }
  error_code code = asio::error::host_not_found;
  for (const auto& endpoint : *endpoints) {
    auto listening = listen_endpoint(executor, endpoint);
    if (!listening) {
      code = listening.error();
      continue;
    }
    auto taken = url;
    taken.port = (*listening)->acceptor.local_endpoint().port();
    return std::make_unique<TcpListener>(std::move(*listening), std::move(taken));
  }
  return fail(code, doing);
}

}  // namespace mqttspec::transport
