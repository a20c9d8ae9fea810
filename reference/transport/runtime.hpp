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
    refused,         ///< nobody listens there
    unreachable,     ///< no route, no such host
    timed_out,       ///< the deadline passed
    reset,           ///< the peer aborted the connection
    closed,          ///< used after close() here, or written to after the peer had gone
    handshake,       ///< TLS or WebSocket was not agreed upon; the message says why
    no_subprotocol,  ///< the same: a WebSocket client did not offer "mqtt"
    protocol,        ///< what the peer sent breaks the rules of TLS or WebSocket
    truncated,       ///< the bytes ended without the end that TLS or WebSocket has for itself
    other,
  };
  Kind kind = Kind::other;
  std::string message;  ///< for people
};

class WebSocketControl;

/// An ordered, lossless stream of bytes (4.2). Coroutines of one executor use it; one read and one write may be under way together (a
/// second read or write throws std::logic_error). Destroying it closes it, and ends what is under way with Kind::closed.
///
/// The ends of the layers: TLS sends close_notify, WebSocket a Close frame, each before the end of the stream below, on shutdown_send() and
/// on close(); a peer may answer them with its own end at once. A WebSocket peer's Close frame is answered when this side is ended, too. A
/// close() whose last bytes the peer does not take within two seconds becomes a reset().
class Stream {
 public:
  virtual ~Stream() = default;
  /// Waits for at least one byte. @return how many came; 0 when the peer has ended its side; Kind::truncated when it has done so without
  /// the end that TLS or WebSocket has for itself, Kind::protocol for what these do not allow (a WebSocket text frame): the connection is
  /// closed then
  /// @pre into is not empty (std::invalid_argument)
  virtual Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) = 0;
  /// Returns when all bytes are on their way. The bytes must live until then.
  virtual Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) = 0;
  /// Ends our side; reading goes on (half-close).
  virtual void shutdown_send() = 0;
  /// Closes both sides in good order: the peer receives what was written, and then the end. A read under way ends with Kind::closed.
  virtual void close() = 0;
  /// Aborts: TCP sends RST, and what the peer has not received yet is lost. A read under way ends with Kind::closed.
  virtual void reset() = 0;
  /// The frames, where this is a WebSocket that has been opened; lives as long as the stream.
  virtual WebSocketControl* web_socket() { return nullptr; }
};

/// A waiting point that can be woken. Destroying it wakes it.
class Timer {
 public:
  virtual ~Timer() = default;
  /// @return true when the time has come, false when wake() was called first. One wait at a time. TimePoint::max() is never.
  /// Other coroutines that are ready go first, even when the deadline has passed.
  virtual Awaitable<bool> wait_until(TimePoint deadline) = 0;
  /// Ends the wait under way; does nothing when there is none.
  virtual void wake() = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  /// Waits for a connection. It may still be shaking hands (TLS, WebSocket): its reads and writes wait for that, and fail when it fails.
  /// @return Kind::closed after close()
  virtual Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept() = 0;
  /// Where it listens, with the port that was really taken.
  virtual Url url() const = 0;
  virtual void close() = 0;
};

struct WebSocketOptions {
  /// Offered to the server, as in Sec-WebSocket-Protocol; "" offers none. What the server answers is told by WebSocketControl, and not
  /// judged.
  std::string subprotocols = "mqtt";
  /// Further header fields of the request.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct ConnectOptions {
  std::shared_ptr<const TlsClient> tls = nullptr;  ///< mqtts and wss; nullptr: the system's authorities, no certificate of our own
  WebSocketOptions web_socket = {};                ///< ws and wss
};

/// What a server makes of WebSocket text frames, which MQTT forbids.
enum class TextFrames : std::uint8_t { refused, taken };

/// A server's side of WebSocket. Another than these defaults is against section 6 of MQTT: for servers that are to be wrong.
struct WebSocketServerOptions {
  std::string subprotocol = "mqtt";  ///< answered to clients that offer "mqtt"; "" answers none
  TextFrames text_frames = TextFrames::refused;
};

struct ListenOptions {
  std::shared_ptr<const TlsServer> tls = nullptr;  ///< mqtts and wss need it
  WebSocketServerOptions web_socket = {};          ///< ws and wss
  /// A connection that has not got through TLS and WebSocket by then is reset.
  Duration handshake_timeout = std::chrono::seconds(10);
};

/// The one way to time and streams. One thread runs it; all coroutines run there.
///
/// Every operation here can be cancelled by `awaitable_operators` (`a || b`): it then throws
/// boost::system::system_error(operation_aborted), as Asio's do, and has taken nothing: a cancelled read_some() leaves the bytes, a
/// cancelled accept() the connection, to the next; a cancelled write() may have sent a part. `||` costs ten times a plain read; on a path
/// taken for each packet let one coroutine read and another wait on a Timer.
///
/// It outlives its streams, timers and listeners, but for those in coroutines that are still suspended: they are destroyed with it.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual TimePoint now() const = 0;
  virtual boost::asio::any_io_executor executor() = 0;
  virtual std::unique_ptr<Timer> make_timer() = 0;
  /// @param deadline for everything, TLS and WebSocket included
  Awaitable<std::expected<std::unique_ptr<Stream>, Error>> connect(const Url& url, TimePoint deadline, const ConnectOptions& options = {});
  std::expected<std::unique_ptr<Listener>, Error> listen(const Url& url, const ListenOptions& options = {});
  /// Runs until stop() is called or no work is left. May be called again and goes on where it was. With a SimRuntime no work is left when
  /// nothing is ready and no deadline is set, however many coroutines are suspended.
  virtual void run() = 0;
  virtual void stop() = 0;

  Awaitable<void> sleep_until(TimePoint deadline);
  Awaitable<void> sleep_for(Duration duration);
  /// Starts a coroutine on the executor. An exception that leaves it leaves run().
  void spawn(Awaitable<void> task);
  /// Runs one coroutine to its end, and everything else that is ready or becomes due until then; rethrows what it throws. What it has
  /// started and does not wait for stays suspended until the next run.
  /// @throws std::logic_error when nothing is left that could wake it (a deadlock: SimRuntime only), or when stop() was called
  void run_to_end(Awaitable<void> task);
  /// Whether its destruction has begun: nothing may be spawned any more.
  bool is_ending() const { return ending_; }

 protected:
  /// What bears the layers: TCP, or a pipe in memory. The URL's scheme does not matter.
  virtual Awaitable<std::expected<std::unique_ptr<Stream>, Error>> connect_plain(const Url& url, TimePoint deadline) = 0;
  virtual std::expected<std::unique_ptr<Listener>, Error> listen_plain(const Url& url) = 0;
  /// First of all in the destructor of each runtime.
  void begin_to_end() { ending_ = true; }

 private:
  std::expected<ConnectOptions, Error> complete(ConnectOptions options, Scheme scheme);

  std::shared_ptr<const TlsClient> system_tls_;  ///< read when it is needed first
  bool ending_ = false;
};

/// Sockets and the monotonic clock (Asio).
std::unique_ptr<Runtime> make_real_runtime();

/// How simulated pipes treat bytes.
struct SimOptions {
  std::uint64_t seed = 1;
  /// Bytes written are cut into pieces of between these sizes, each order of magnitude as likely as another; pieces that become due
  /// together are handed over together. Pieces of one write() become due at least a nanosecond apart, so that a reader that keeps up sees
  /// every cut.
  std::size_t smallest_segment = 1;
  std::size_t largest_segment = 65'536;
  /// Delay of each piece, drawn evenly between the two; order is kept.
  Duration least_delay = std::chrono::microseconds(20);
  Duration most_delay = std::chrono::microseconds(200);
  /// Bytes that a pipe holds before writing waits for reading.
  std::size_t pipe_capacity = 1u << 20;
};

/// One thread, memory pipes, and a virtual clock that jumps to the next deadline when nothing is ready: the same seed gives the same run.
/// Several SimRuntimes may run on several threads, one on each. connect() reaches what listen() of the same runtime opened, by port; it
/// takes a delay there and one back. TLS and WebSocket draw their keys from the system: with them only what the pipes carry for MQTT is the
/// same. Each connection draws from a generator of its own, seeded in the order of the calls to connect().
/// @throws std::invalid_argument for options without sense
std::unique_ptr<Runtime> make_sim_runtime(const SimOptions& options = {});

}  // namespace mqttspec::transport
