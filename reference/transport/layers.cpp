#include "reference/transport/layers.hpp"

#include "reference/transport/busy.hpp"
#include "reference/transport/tls_stream.hpp"
#include "reference/transport/web_socket_stream.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace mqttspec::transport {
namespace {

std::unexpected<Error> fail(Error::Kind kind, std::string message) { return std::unexpected(Error{kind, std::move(message)}); }

/// Resets the stream below a handshake at the deadline.
class Deadline {
 public:
  Deadline(Runtime& runtime, Stream& bearer, TimePoint deadline) : watch_(std::make_shared<Watch>(runtime.make_timer(), &bearer)) {
    runtime.spawn(wait(watch_, deadline));
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() {
    watch_->bearer = nullptr;
    watch_->timer->wake();
  }
  bool has_passed() const { return watch_->has_passed; }

 private:
  struct Watch {
    std::unique_ptr<Timer> timer;
    Stream* bearer;
    bool has_passed = false;
  };

  static Awaitable<void> wait(std::shared_ptr<Watch> watch, TimePoint deadline) {
    if (watch->bearer == nullptr || !co_await watch->timer->wait_until(deadline) || watch->bearer == nullptr) co_return;
    watch->has_passed = true;
    watch->bearer->reset();
  }

  std::shared_ptr<Watch> watch_;
};

Awaitable<Opened> client_layers(Runtime& runtime, std::unique_ptr<Stream> plain, Url url, ConnectOptions options) {
  Opened stream = std::move(plain);
  if (is_tls(url.scheme)) {
    stream = co_await open_tls(runtime, std::move(*stream), std::make_unique<TlsSession>(options.tls, url.host));
  }
  if (stream && is_web_socket(url.scheme)) {
    stream = co_await open_web_socket(runtime, std::move(*stream), std::move(url), std::move(options.web_socket));
  }
  co_return stream;
}

Awaitable<Opened> server_layers(Runtime& runtime, std::unique_ptr<Stream> plain, Url url, ListenOptions options) {
  Opened stream = std::move(plain);
  if (is_tls(url.scheme)) stream = co_await open_tls(runtime, std::move(*stream), std::make_unique<TlsSession>(options.tls));
  if (stream && is_web_socket(url.scheme))
    stream = co_await accept_web_socket(runtime, std::move(*stream), std::move(url.path), std::move(options.web_socket));
  co_return stream;
}

/// A connection that was accepted. Shared by the coroutines of its streams and the one that runs the handshake.
struct Accepted {
  explicit Accepted(Runtime& runtime) : reader(runtime.make_timer()), writer(runtime.make_timer()) {}

  /// Waits for the end of the handshake. @return why it failed
  static Awaitable<std::expected<void, Error>> opened(std::shared_ptr<Accepted> self, Timer& waiting) {
    while (self->bearer != nullptr && self->open) co_await waiting.wait_until(TimePoint::max());
    if (!self->open) co_return fail(Error::Kind::closed, "the stream was closed here");
    if (!self->stream) co_return std::unexpected(self->stream.error());
    co_return std::expected<void, Error>();
  }

  void close() {
    if (!std::exchange(open, false)) return;
    if (bearer != nullptr) bearer->close();
    if (stream && *stream) (*stream)->close();
    wake();
  }
  void wake() {
    reader->wake();
    writer->wake();
  }

  Stream* bearer = nullptr;  ///< during the handshake
  Opened stream = nullptr;   ///< afterwards
  bool open = true;
  bool reading = false;
  bool writing = false;
  std::unique_ptr<Timer> reader;
  std::unique_ptr<Timer> writer;
};
using AcceptedPtr = std::shared_ptr<Accepted>;

Awaitable<void> shake_hands(Runtime& runtime, AcceptedPtr accepted, std::unique_ptr<Stream> plain, Url url, ListenOptions options) {
  // Even if the runtime is destroyed meanwhile, because the bearer is destroyed with this coroutine.
  struct Forget {
    Accepted& accepted;
    ~Forget() { accepted.bearer = nullptr; }
  } const forget{*accepted};
  const Deadline deadline(runtime, *plain, runtime.now() + options.handshake_timeout);
  auto stream = co_await server_layers(runtime, std::move(plain), std::move(url), std::move(options));
  if (deadline.has_passed()) stream = fail(Error::Kind::timed_out, "the client did not finish its handshake in time");
  accepted->bearer = nullptr;
  if (accepted->open) accepted->stream = std::move(stream);
  accepted->wake();
}

Awaitable<std::expected<std::size_t, Error>> read_some(AcceptedPtr accepted, std::span<std::uint8_t> into) {
  const Busy busy(accepted->reading, "read_some");
  if (const auto opened = co_await Accepted::opened(accepted, *accepted->reader); !opened) co_return std::unexpected(opened.error());
  co_return co_await (*accepted->stream)->read_some(into);
}

Awaitable<std::expected<void, Error>> write(AcceptedPtr accepted, std::span<const std::uint8_t> bytes) {
  const Busy busy(accepted->writing, "write");
  if (auto opened = co_await Accepted::opened(accepted, *accepted->writer); !opened) co_return opened;
  co_return co_await (*accepted->stream)->write(bytes);
}

/// The stream that a layered listener returns. Until the handshake is done, ending it in any way closes the stream below.
class AcceptedStream final : public Stream {
 public:
  explicit AcceptedStream(AcceptedPtr accepted) : accepted_(std::move(accepted)) {}
  ~AcceptedStream() override { close(); }

  Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) override {
    return transport::read_some(accepted_, into);
  }
  Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) override { return transport::write(accepted_, bytes); }
  void shutdown_send() override {
    if (!is_opened()) return close();
    (*accepted_->stream)->shutdown_send();
  }
  void close() override { accepted_->close(); }
  void reset() override {
    if (accepted_->bearer != nullptr) accepted_->bearer->reset();
    if (is_opened()) (*accepted_->stream)->reset();
    close();
  }
  WebSocketControl* web_socket() override { return is_opened() ? (*accepted_->stream)->web_socket() : nullptr; }

 private:
  bool is_opened() const { return accepted_->stream && *accepted_->stream != nullptr; }

  AcceptedPtr accepted_;
};

struct Listening {
  Runtime& runtime;
  std::unique_ptr<Listener> plain;
  ListenOptions options;
};

Awaitable<Opened> accept(std::shared_ptr<Listening> listening) {
  auto plain = co_await listening->plain->accept();
  if (!plain) co_return plain;
  const auto accepted = std::make_shared<Accepted>(listening->runtime);
  accepted->bearer = plain->get();
  auto& runtime = listening->runtime;
  runtime.spawn(shake_hands(runtime, accepted, std::move(*plain), listening->plain->url(), listening->options));
  co_return std::make_unique<AcceptedStream>(accepted);
}

class LayeredListener final : public Listener {
 public:
  explicit LayeredListener(std::shared_ptr<Listening> listening) : listening_(std::move(listening)) {}
  ~LayeredListener() override { close(); }
  Awaitable<Opened> accept() override { return transport::accept(listening_); }
  Url url() const override { return listening_->plain->url(); }
  void close() override { listening_->plain->close(); }

 private:
  std::shared_ptr<Listening> listening_;
};

}  // namespace

Awaitable<Opened> open_layers(Runtime& runtime, Awaitable<Opened> plain, Url url, TimePoint deadline, ConnectOptions options) {
  auto bearer = co_await std::move(plain);
  if (!bearer) co_return bearer;
  const Deadline watch(runtime, **bearer, deadline);
  auto stream = co_await client_layers(runtime, std::move(*bearer), url, std::move(options));
  if (watch.has_passed()) co_return fail(Error::Kind::timed_out, fmt::format("{} did not finish its handshake in time", to_string(url)));
  if (!stream) stream.error().message = fmt::format("cannot connect to {}: {}", to_string(url), stream.error().message);
  co_return stream;
}

std::unique_ptr<Listener> make_layered_listener(Runtime& runtime, std::unique_ptr<Listener> plain, ListenOptions options) {
  return std::make_unique<LayeredListener>(std::make_shared<Listening>(runtime, std::move(plain), std::move(options)));
}

}  // namespace mqttspec::transport
