#include "reference/transport/tls_stream.hpp"

#include "reference/transport/busy.hpp"
#include "reference/transport/cancellation.hpp"
#include "reference/transport/outbox.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {
namespace {

namespace asio = boost::asio;
using Status = TlsSession::Status;

constexpr std::size_t input_size = 16'384;
/// A write() encrypts this many bytes before it waits for them to be sent.
constexpr std::size_t piece_size = 65'536;

std::unexpected<Error> fail(Error::Kind kind, std::string message) { return std::unexpected(Error{kind, std::move(message)}); }
std::unexpected<Error> closed_here() { return fail(Error::Kind::closed, "the stream was closed here"); }

/// Shared by the stream and its suspended operations, because the stream may be destroyed meanwhile.
struct Tls {
  Tls(Runtime& runtime, std::unique_ptr<Stream> below, std::unique_ptr<TlsSession> own)
      : session(std::move(own)), outbox(std::make_shared<Outbox>(runtime, std::move(below))), input(input_size) {}

  void send_output() { outbox->put(session->take_output()); }

  void end_sending() {
    if (!std::exchange(sending, false)) return;
    session->end();
    send_output();
  }

  void close() {
    if (!std::exchange(open, false)) return;
    end_sending();
    outbox->close();
  }

  std::unique_ptr<TlsSession> session;
  std::shared_ptr<Outbox> outbox;
  std::vector<std::uint8_t> input;
  bool open = true;
  bool sending = true;
  bool reading = false;
  bool writing = false;
};
using TlsPtr = std::shared_ptr<Tls>;

/// Reads from below and feeds the session. @return the number of bytes; 0 at the end
Awaitable<std::expected<std::size_t, Error>> fetch(TlsPtr tls) {
  // Reading may produce answers (to a key update). If the peer does not take them, nothing more is read from it.
  if (tls->outbox->unsent() > piece_size) co_await tls->outbox->flushed(Outbox::Side::reader);
  auto count = co_await tls->outbox->below().read_some(tls->input);
  if (count && *count > 0) tls->session->feed(std::span(tls->input).first(*count));
  co_return count;
}

Awaitable<std::expected<std::size_t, Error>> read_some(TlsPtr tls, std::span<std::uint8_t> into) {
  if (into.empty()) throw std::invalid_argument("read_some needs room for a byte: its result 0 means the end");
  const Busy busy(tls->reading, "read_some");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (can_be_cancelled(cancellation) && tls->session->may_have_more()) co_await let_others_go_first();
  if (is_cancelled(cancellation)) throw_cancelled();
  while (tls->open) {
    const auto [status, count] = tls->session->read(into);
    tls->send_output();
    if (status == Status::done) co_return count;
    if (status == Status::ended) co_return std::size_t{0};
    if (status == Status::failed) {
      tls->outbox->close();
      co_return std::unexpected(tls->session->error());
    }
    const auto fetched = co_await fetch(tls);
    if (!tls->open) break;
    if (!fetched) co_return std::unexpected(fetched.error());
    if (*fetched == 0) co_return fail(Error::Kind::truncated, "the connection ended without close_notify");
  }
  co_return closed_here();
}

Awaitable<std::expected<void, Error>> write(TlsPtr tls, std::span<const std::uint8_t> bytes) {
  const Busy busy(tls->writing, "write");
  while (true) {
    co_await tls->outbox->flushed(Outbox::Side::writer);
    if (!tls->open || !tls->sending) co_return closed_here();
    if (tls->outbox->failure()) co_return std::unexpected(*tls->outbox->failure());
    if (bytes.empty()) co_return std::expected<void, Error>();
    const auto piece = bytes.first(std::min(bytes.size(), piece_size));
    const auto [status, count] = tls->session->write(piece);
    if (status != Status::done) co_return std::unexpected(tls->session->error());
    tls->send_output();
    bytes = bytes.subspan(count);
  }
}

class TlsStream final : public Stream {
 public:
  explicit TlsStream(TlsPtr tls) : tls_(std::move(tls)) {}
  ~TlsStream() override { tls_->close(); }

  Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) override { return transport::read_some(tls_, into); }
  Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) override { return transport::write(tls_, bytes); }
  void shutdown_send() override {
    tls_->end_sending();
    tls_->outbox->shutdown_send();
  }
  void close() override { tls_->close(); }
  void reset() override {
    tls_->open = tls_->sending = false;
    tls_->outbox->reset();
  }

 private:
  TlsPtr tls_;
};

}  // namespace

Awaitable<std::expected<std::unique_ptr<Stream>, Error>> open_tls(Runtime& runtime, std::unique_ptr<Stream> below,
                                                                  std::unique_ptr<TlsSession> session) {
  const auto tls = std::make_shared<Tls>(runtime, std::move(below), std::move(session));
  auto stream = std::make_unique<TlsStream>(tls);  // closes the connection if the handshake fails
  while (true) {
    const auto status = tls->session->handshake();
    tls->send_output();
    if (status == Status::done) co_return stream;
    if (status == Status::failed) co_return std::unexpected(tls->session->error());
    const auto fetched = co_await fetch(tls);
    if (!fetched) co_return std::unexpected(fetched.error());
    if (*fetched == 0 || status == Status::ended) {
      co_return fail(Error::Kind::handshake, "the peer closed the connection during the TLS handshake; it may not use TLS");
    }
  }
}

}  // namespace mqttspec::transport
