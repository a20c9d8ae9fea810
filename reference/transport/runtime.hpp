#pragma once

#include "reference/transport/time.hpp"
#include "reference/transport/tls.hpp"
#include "reference/transport/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::transport {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// Why a stream or a connection attempt failed.
struct Error {
  enum class Kind : std::uint8_t {
    refused,         ///< no listener there
    unreachable,     ///< no route, no such host
    timed_out,       ///< the deadline passed
    reset,           ///< the peer aborted the connection
    closed,          ///< used after close(), or written to after the peer had left
    handshake,       ///< the TLS or WebSocket handshake failed; the message says why
    no_subprotocol,  ///< the same, because a WebSocket client did not offer "mqtt"
    protocol,        ///< the peer broke the rules of TLS or WebSocket
    truncated,       ///< the bytes ended without close_notify (TLS) or a Close frame (WebSocket)
    other,
  };
  Kind kind = Kind::other;
  std::string message;  ///< for people
};

class WebSocketControl;

/// An ordered, lossless stream of bytes (4.2), used by coroutines of one executor. One read and one write may run at the same time; a
/// second read or write throws std::logic_error. The destructor closes the stream; operations under way end with Kind::closed.
///
/// However fast a peer sends, a loop that reads its stream does not keep other coroutines from running.
///
/// shutdown_send() and close() first send close_notify (TLS) or a Close frame (WebSocket), then end the stream below. A peer may answer
/// with its own end at once. A Close frame from the peer is answered when this side ends. If the peer does not take the last bytes within
/// two seconds after close(), the stream is reset.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Waits for at least one byte.
  /// @return the number of bytes; 0 if the peer has ended its side. After Kind::truncated and Kind::protocol (a WebSocket text frame, for
  /// example) the connection is closed.
  /// @pre into is not empty (std::invalid_argument)
  virtual Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) = 0;
  /// Returns when all bytes have been handed to the stream below. They must live until then.
  virtual Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) = 0;
  /// Ends our side; reading continues (half-close).
  virtual void shutdown_send() = 0;
  /// Closes both sides in an orderly way: the peer receives what was written, then the end. A read under way ends with Kind::closed.
  virtual void close() = 0;
  /// Aborts: TCP sends RST, and bytes that the peer has not received are lost. A read under way ends with Kind::closed.
  virtual void reset() = 0;
  /// Access to the frames if this is an open WebSocket, otherwise nullptr. Lives as long as the stream.
  virtual WebSocketControl* web_socket() { return nullptr; }
};

/// A point where one coroutine waits until a deadline or until it is woken. The destructor wakes it.
class Timer {
 public:
  virtual ~Timer() = default;
  /// @return true at the deadline, false if wake() was called first. One wait at a time. TimePoint::max() means no deadline.
  /// Other coroutines that are ready run first, even if the deadline has passed.
  virtual Awaitable<bool> wait_until(TimePoint deadline) = 0;
  /// Ends the wait under way, if any.
  virtual void wake() = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  /// Waits for a connection. Its handshake (TLS, WebSocket) may not be complete yet; reads and writes wait for it, and fail if it fails.
  /// @return Kind::closed after close()
  virtual Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept() = 0;
  /// The URL with the actual port.
  virtual Url url() const = 0;
  virtual void close() = 0;
};

struct WebSocketOptions {
  /// The value of Sec-WebSocket-Protocol; "" omits it. Any answer is accepted; WebSocketControl::subprotocol() returns it.
  std::string subprotocols = "mqtt";
  /// Additional header fields of the request.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct ConnectOptions {
  std::shared_ptr<const TlsClient> tls =
      nullptr;                       ///< for mqtts and wss; nullptr trusts the system's authorities and has no client certificate
  WebSocketOptions web_socket = {};  ///< for ws and wss
};

/// How a server treats WebSocket text frames, which MQTT forbids.
enum class TextFrames : std::uint8_t { refused, taken };

/// The server side of WebSocket. Any value but the default breaks section 6 of MQTT, for servers that are wrong on purpose.
struct WebSocketServerOptions {
  std::string subprotocol = "mqtt";  ///< sent to clients that offer "mqtt"; "" sends none
  TextFrames text_frames = TextFrames::refused;
};

struct ListenOptions {
  std::shared_ptr<const TlsServer> tls = nullptr;  ///< required for mqtts and wss
  WebSocketServerOptions web_socket = {};          ///< for ws and wss
  /// A connection that does not complete its TLS and WebSocket handshakes in this time is reset.
  Duration handshake_timeout = std::chrono::seconds(10);
};

/// Gives access to time and streams. One thread runs it, and all its coroutines.
///
/// Every operation can be cancelled by `awaitable_operators` (`a || b`). It then throws boost::system::system_error(operation_aborted),
/// like Asio's own operations, and has taken nothing: a cancelled read_some() leaves the bytes, and a cancelled accept() the connection,
/// for the next call. A cancelled write() may have sent a part. `||` is expensive compared with a plain read; where packets are read, let
/// one coroutine read and another wait on a Timer.
///
/// A runtime must outlive its streams, timers and listeners, except those that suspended coroutines own: it destroys these itself.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual TimePoint now() const = 0;
  virtual boost::asio::any_io_executor executor() = 0;
  virtual std::unique_ptr<Timer> make_timer() = 0;
  /// @param deadline for the whole attempt, including TLS and WebSocket
  Awaitable<std::expected<std::unique_ptr<Stream>, Error>> connect(const Url& url, TimePoint deadline, const ConnectOptions& options = {});
  std::expected<std::unique_ptr<Listener>, Error> listen(const Url& url, const ListenOptions& options = {});
  /// Runs until stop() is called or no work is left. May be called again, and then continues. A SimRuntime has no work left if nothing is
  /// ready and no deadline is set, however many coroutines are suspended.
  virtual void run() = 0;
  virtual void stop() = 0;

  Awaitable<void> sleep_until(TimePoint deadline);
  Awaitable<void> sleep_for(Duration duration);
  /// Starts a coroutine on the executor. An exception that leaves it leaves run().
  void spawn(Awaitable<void> task);
  /// Runs one coroutine to its end, together with everything that is ready or becomes due until then, and rethrows what it throws.
  /// Coroutines that it started and did not wait for stay suspended until the next run.
  /// @throws std::logic_error if nothing is left that could wake it (a deadlock; SimRuntime only), or if stop() was called
  void run_to_end(Awaitable<void> task);
  /// Whether the destructor has started; nothing may be spawned then.
  bool is_ending() const { return ending_; }

 protected:
  /// The stream below TLS and WebSocket: TCP, or a pipe in memory. The scheme of the URL is ignored.
  virtual Awaitable<std::expected<std::unique_ptr<Stream>, Error>> connect_plain(const Url& url, TimePoint deadline) = 0;
  virtual std::expected<std::unique_ptr<Listener>, Error> listen_plain(const Url& url) = 0;
  /// The first call in the destructor of each runtime.
  void begin_to_end() { ending_ = true; }

 private:
  std::expected<ConnectOptions, Error> complete(ConnectOptions options, Scheme scheme);

  std::shared_ptr<const TlsClient> system_tls_;  ///< loaded when first needed
  bool ending_ = false;
};

/// Sockets and the monotonic clock, with Asio.
std::unique_ptr<Runtime> make_real_runtime();

/// How simulated pipes treat bytes.
struct SimOptions {
  std::uint64_t seed = 1;
  /// Writes are cut into pieces between these sizes, and each order of magnitude is equally likely. Pieces that become due at the same time
  /// are delivered together. Pieces of one write() become due at least a nanosecond apart, so that a reader that keeps up sees every cut.
  std::size_t smallest_segment = 1;
  std::size_t largest_segment = 65'536;
  /// Delay of each piece, uniform between the two. The order is kept.
  Duration least_delay = std::chrono::microseconds(20);
  Duration most_delay = std::chrono::microseconds(200);
  /// Bytes that a pipe holds before a write waits for the reader.
  std::size_t pipe_capacity = 1u << 20;
};

/// One thread, pipes in memory, and a virtual clock that jumps to the next deadline when nothing is ready. The same seed gives the same
/// run. Several SimRuntimes may run at the same time, each on its own thread. connect() reaches listeners of the same runtime by port, and
/// takes one delay there and one back. TLS and WebSocket take random bytes from the system, so with them only the MQTT packets are the
/// same. Each connection has its own random generator, seeded in the order of the calls to connect().
/// @throws std::invalid_argument for inconsistent options
std::unique_ptr<Runtime> make_sim_runtime(const SimOptions& options = {});

}  // namespace mqttspec::transport
