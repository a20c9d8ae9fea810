#include "reference/transport/web_socket_stream.hpp"

#include "reference/transport/busy.hpp"
#include "reference/transport/cancellation.hpp"
#include "reference/transport/http_upgrade.hpp"
#include "reference/transport/outbox.hpp"
#include "reference/transport/web_socket_frames.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {
namespace {

namespace asio = boost::asio;

constexpr std::size_t input_size = 16'384;
/// The limit for an HTTP header, in bytes.
constexpr std::size_t longest_head = 8'192;
/// A write() is split into messages of this size and waits for each.
constexpr std::size_t largest_message = 65'536;
/// Bytes of pongs that a peer may leave unread before nothing more is read from it.
constexpr std::size_t most_unsent = 65'536;

enum class Role : std::uint8_t { client, server };

std::unexpected<Error> fail(Error::Kind kind, std::string message) { return std::unexpected(Error{kind, std::move(message)}); }
std::unexpected<Error> closed_here() { return fail(Error::Kind::closed, "the stream was closed here"); }

std::span<const std::uint8_t> as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

Mask random_mask() {
  Mask mask{};
  if (RAND_bytes(mask.data(), static_cast<int>(mask.size())) != 1) throw std::runtime_error("OpenSSL cannot provide random bytes");
  return mask;
}

/// Shared by the stream and its suspended operations, because the stream may be destroyed meanwhile.
class Socket {
 public:
  Socket(Runtime& runtime, std::unique_ptr<Stream> below, Role role)
      : outbox(std::make_shared<Outbox>(runtime, std::move(below))),
        role_(role),
        frames_(role == Role::server ? Masking::masked : Masking::unmasked),
        buffer_(input_size) {}

  std::shared_ptr<Outbox> outbox;
  std::string subprotocol;
  TextFrames text_frames = TextFrames::refused;
  bool open = true;       ///< not closed here
  bool sending = true;    ///< no Close frame sent
  bool receiving = true;  ///< no Close frame received
  bool reading = false;
  bool writing = false;

  /// Takes payload from the input. @return the number of bytes; 0 if more input is needed, or if there will be none (see receiving)
  std::expected<std::size_t, Error> take(std::span<std::uint8_t> into);
  bool has_input() const { return !input_.empty(); }
  std::string_view input() const { return {reinterpret_cast<const char*>(input_.data()), input_.size()}; }
  void drop_input(std::size_t count) { input_ = input_.subspan(count); }

  void send(Fin fin, FrameType type, std::span<const std::uint8_t> payload) {
    std::vector<std::uint8_t> frame;
    append_frame(frame, fin, type, payload, role_ == Role::client ? std::optional(random_mask()) : std::nullopt);
    outbox->put(frame);
  }
  void end_sending(std::uint16_t code) {
    if (!std::exchange(sending, false)) return;
    const std::array<std::uint8_t, 2> payload{static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code & 0xFF)};
    send(Fin::last, FrameType::close, payload);
  }
  void close() {
    if (!std::exchange(open, false)) return;
    end_sending(close_code::normal);
    outbox->close();
  }

  std::uint64_t frames_received(FrameType type) const { return counts_[static_cast<std::size_t>(type)]; }

  /// Reads from below. @return the number of bytes; 0 at the end
  static Awaitable<std::expected<std::size_t, Error>> fetch(std::shared_ptr<Socket> socket);

 private:
  std::expected<void, Error> note(const FrameReader::Begun& frame);
  void answer(const FrameReader::Control& frame);
  std::unexpected<Error> refuse(std::uint16_t code, std::string_view why);

  Role role_;
  FrameReader frames_;
  std::array<std::uint64_t, 16> counts_{};
  std::vector<std::uint8_t> buffer_;
  std::span<const std::uint8_t> input_;  ///< of buffer_
  std::optional<Error> broken_;
};
using SocketPtr = std::shared_ptr<Socket>;

std::unexpected<Error> Socket::refuse(std::uint16_t code, std::string_view why) {
  broken_ = Error{Error::Kind::protocol, std::string(why)};
  end_sending(code);
  outbox->close();
  return std::unexpected(*broken_);
}

std::expected<void, Error> Socket::note(const FrameReader::Begun& frame) {
  ++counts_[static_cast<std::size_t>(frame.type)];
  // [MQTT-6.0.0-1]
  if (frame.type == FrameType::text && text_frames == TextFrames::refused)
    return refuse(close_code::unsupported_data, "expected: WebSocket binary frames; got: a text frame");
  return {};
}

void Socket::answer(const FrameReader::Control& frame) {
  if (frame.type == FrameType::close) receiving = false;
  if (frame.type == FrameType::ping && sending) send(Fin::last, FrameType::pong, frame.payload);
}

std::expected<std::size_t, Error> Socket::take(std::span<std::uint8_t> into) {
  if (broken_) return std::unexpected(*broken_);
  while (receiving) {
    const auto event = frames_.next(input_, into);
    if (!event) return refuse(event.error().code, event.error().explanation);
    if (std::holds_alternative<FrameReader::NeedsMore>(*event)) break;
    if (const auto* const data = std::get_if<FrameReader::Data>(&*event)) return data->count;
    if (const auto* const control = std::get_if<FrameReader::Control>(&*event)) answer(*control);
    if (const auto* const frame = std::get_if<FrameReader::Begun>(&*event)) {
      if (auto noted = note(*frame); !noted) return std::unexpected(std::move(noted.error()));
    }
  }
  return std::size_t{0};
}

Awaitable<std::expected<std::size_t, Error>> Socket::fetch(SocketPtr socket) {
  // During a handshake, the input so far is kept. Afterwards, all of it has been taken.
  std::copy(socket->input_.begin(), socket->input_.end(), socket->buffer_.begin());
  const auto kept = socket->input_.size();
  socket->input_ = std::span(socket->buffer_).first(kept);
  if (socket->outbox->unsent() > most_unsent) co_await socket->outbox->flushed(Outbox::Side::reader);
  auto count = co_await socket->outbox->below().read_some(std::span(socket->buffer_).subspan(kept));
  if (count) socket->input_ = std::span(socket->buffer_).first(kept + *count);
  co_return count;
}

Awaitable<std::expected<std::size_t, Error>> read_some(SocketPtr socket, std::span<std::uint8_t> into) {
  if (into.empty()) throw std::invalid_argument("read_some needs room for a byte: its result 0 means the end");
  const Busy busy(socket->reading, "read_some");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (can_be_cancelled(cancellation) && socket->has_input()) co_await let_others_go_first();
  if (is_cancelled(cancellation)) throw_cancelled();
  while (socket->open) {
    const auto taken = socket->take(into);
    if (!taken || *taken > 0 || !socket->receiving) co_return taken;
    const auto fetched = co_await Socket::fetch(socket);
    if (!socket->open) break;
    if (!fetched) co_return std::unexpected(fetched.error());
    if (*fetched == 0) co_return fail(Error::Kind::truncated, "the connection ended without a WebSocket Close frame");
  }
  co_return closed_here();
}

/// Waits until everything has been sent. @return why nothing more can be written
Awaitable<std::expected<void, Error>> flushed(const SocketPtr& socket) {
  co_await socket->outbox->flushed(Outbox::Side::writer);
  if (!socket->open || !socket->sending) co_return closed_here();
  if (socket->outbox->failure()) co_return std::unexpected(*socket->outbox->failure());
  co_return std::expected<void, Error>();
}

Awaitable<std::expected<void, Error>> write(SocketPtr socket, std::span<const std::uint8_t> bytes) {
  const Busy busy(socket->writing, "write");
  while (true) {
    auto ready = co_await flushed(socket);
    if (!ready || bytes.empty()) co_return ready;
    const auto message = bytes.first(std::min(bytes.size(), largest_message));
    socket->send(Fin::last, FrameType::binary, message);
    bytes = bytes.subspan(message.size());
  }
}

Awaitable<std::expected<void, Error>> write_message(SocketPtr socket, FrameType type,
                                                    std::span<const std::span<const std::uint8_t>> pieces) {
  if (type != FrameType::text && type != FrameType::binary) throw std::invalid_argument("a WebSocket message is text or binary");
  if (pieces.empty()) throw std::invalid_argument("a WebSocket message has one frame at least");
  const Busy busy(socket->writing, "write");
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (auto ready = co_await flushed(socket); !ready) co_return ready;
    const Fin fin = i + 1 == pieces.size() ? Fin::last : Fin::more_follows;
    socket->send(fin, i == 0 ? type : FrameType::continuation, pieces[i]);
  }
  co_return co_await flushed(socket);
}

class WebSocketStream final : public Stream, public WebSocketControl {
 public:
  explicit WebSocketStream(SocketPtr socket) : socket_(std::move(socket)) {}
  ~WebSocketStream() override { socket_->close(); }

  Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) override {
    return transport::read_some(socket_, into);
  }
  Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) override { return transport::write(socket_, bytes); }
  void shutdown_send() override {
    socket_->end_sending(close_code::normal);
    socket_->outbox->shutdown_send();
  }
  void close() override { socket_->close(); }
  void reset() override {
    socket_->open = socket_->sending = false;
    socket_->outbox->reset();
  }
  WebSocketControl* web_socket() override { return this; }

  const std::string& subprotocol() const override { return socket_->subprotocol; }
  Awaitable<std::expected<void, Error>> write_message(FrameType type, std::span<const std::span<const std::uint8_t>> pieces) override {
    return transport::write_message(socket_, type, pieces);
  }
  std::uint64_t frames_received(FrameType type) const override { return socket_->frames_received(type); }

 private:
  SocketPtr socket_;
};

/// A connection during its handshake. It is closed without a Close frame unless the stream is taken.
class Opening {
 public:
  Opening(Runtime& runtime, std::unique_ptr<Stream> below, Role role)
      : socket_(std::make_shared<Socket>(runtime, std::move(below), role)) {}
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;
  ~Opening() {
    if (!taken_) socket_->outbox->close();
  }

  Socket& socket() { return *socket_; }
  void send(std::string_view text) { socket_->outbox->put(as_bytes(text)); }
  /// Waits for the HTTP header. The bytes after it are input of the WebSocket. @param begins how every such header begins
  Awaitable<std::expected<std::string, Error>> head(std::string_view begins);
  std::unique_ptr<Stream> take() {
    taken_ = true;
    return std::make_unique<WebSocketStream>(socket_);
  }

 private:
  SocketPtr socket_;
  bool taken_ = false;
};

Awaitable<std::expected<std::string, Error>> Opening::head(std::string_view begins) {
  while (true) {
    const auto text = socket_->input();
    const auto known = std::min(text.size(), begins.size());
    if (text.substr(0, known) != begins.substr(0, known)) co_return fail(Error::Kind::handshake, "the peer does not use HTTP");
    if (const auto end = text.find(head_end); end != std::string_view::npos) {
      std::string found(text.substr(0, end + head_end.size()));
      socket_->drop_input(found.size());
      co_return found;
    }
    if (text.size() > longest_head) co_return fail(Error::Kind::handshake, "the peer's HTTP header is longer than 8192 bytes");
    const auto fetched = co_await Socket::fetch(socket_);
    if (!fetched) co_return std::unexpected(fetched.error());
    if (*fetched == 0) co_return fail(Error::Kind::handshake, "the peer closed the connection during the WebSocket handshake");
  }
}

}  // namespace

Awaitable<std::expected<std::unique_ptr<Stream>, Error>> open_web_socket(Runtime& runtime, std::unique_ptr<Stream> below, Url url,
                                                                         WebSocketOptions options) {
  Opening opening(runtime, std::move(below), Role::client);
  const auto key = make_web_socket_key();
  opening.send(upgrade_request(url, options, key));
  const auto head = co_await opening.head("HTTP/1.");
  if (!head) co_return std::unexpected(head.error());
  auto subprotocol = read_upgrade_response(*head, key);
  if (!subprotocol) co_return fail(Error::Kind::handshake, std::move(subprotocol.error()));
  opening.socket().subprotocol = std::move(*subprotocol);
  co_return opening.take();
}

Awaitable<std::expected<std::unique_ptr<Stream>, Error>> accept_web_socket(Runtime& runtime, std::unique_ptr<Stream> below,
                                                                           std::string path, WebSocketServerOptions options) {
  Opening opening(runtime, std::move(below), Role::server);
  const auto head = co_await opening.head("GET ");
  if (!head) {
    opening.send(refuse_upgrade("400 Bad Request", head.error().message).response);
    co_return std::unexpected(head.error());
  }
  const auto answer = answer_upgrade_request(*head, path, options.subprotocol);
  opening.send(answer.response);
  if (!answer.refused.empty()) co_return fail(answer.no_subprotocol ? Error::Kind::no_subprotocol : Error::Kind::handshake, answer.refused);
  opening.socket().subprotocol = std::move(options.subprotocol);
  opening.socket().text_frames = options.text_frames;
  co_return opening.take();
}

}  // namespace mqttspec::transport
