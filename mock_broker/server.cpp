#include "mock_broker/server.hpp"

#include "mock_broker/deviations/web_socket_stream.hpp"
#include "mock_broker/engine/engine.hpp"
#include "mock_broker/scram_authenticator.hpp"
#include "reference/transport/web_socket.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace mqttspec::mock_broker {
namespace {

using transport::Awaitable;
using transport::Error;

constexpr std::size_t read_size = 16'384;
/// How long a connection that the engine has closed may take to accept what it was still sent, and to close its own side.
constexpr std::chrono::seconds linger_time{2};
constexpr std::chrono::milliseconds accept_retry{100};

/// One stream. Coroutines that use it share it, so that it outlives its place in the server.
struct Link {
  ConnectionId id = 0;
  std::unique_ptr<transport::Stream> stream;
  std::unique_ptr<transport::Timer> linger;
  wire::Bytes backlog{};  ///< not yet handed to the stream
  std::size_t being_written = 0;
  bool reading = false;
  bool writing = false;
  bool held_back = false;  ///< the engine has been told to wait
  bool input_ended = false;
  bool text_frame_seen = false;
  bool ending = false;  ///< nothing more will be added: the rest is written, then the stream closed

  std::size_t unsent() const { return backlog.size() + being_written; }
};
using LinkPtr = std::shared_ptr<Link>;

BrokerSetup with_scram(BrokerSetup setup) {
  Configuration& configuration = setup.configuration;
  if (!configuration.users.empty() && configuration.authenticators.empty())
    configuration.authenticators.push_back(scram_authenticator(configuration.users));
  return setup;
}

}  // namespace

/// Carries bytes between the engine and the streams. Each coroutine holds it; stop() ends them all.
class Server::Pump : public std::enable_shared_from_this<Pump> {
 public:
  Pump(transport::Runtime& runtime, BrokerSetup setup)
      : runtime_(runtime),
        limit_(setup.configuration.maximum_pending_output),
        most_violations_(setup.configuration.maximum_violations),
        web_socket_(setup.web_socket),
        engine_(make_engine(with_scram(std::move(setup)))),
        clock_(runtime.make_timer()) {}

  std::expected<transport::Url, Error> listen(const transport::Url& url, const transport::ListenOptions& options) {
    if (stopped_) return std::unexpected(Error{Error::Kind::closed, "the server has been stopped"});
    transport::ListenOptions with = options;
    with.web_socket = web_socket_options(web_socket_);
    auto listener = runtime_.listen(url, with);
    if (!listener) return std::unexpected(listener.error());
    const std::shared_ptr<transport::Listener> shared = std::move(*listener);
    listeners_.push_back(shared);
    runtime_.spawn(accept_from(shared_from_this(), shared));
    return shared->url();
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    for (const auto& listener : std::exchange(listeners_, {})) listener->close();
    clock_->wake();
    if (runtime_.is_ending()) return close_links();
    engine_.shut_down(runtime_.now());
    flush();
    for (const auto& [id, link] : std::map(links_)) end(link);
  }

  std::size_t connections() const { return links_.size(); }

  std::vector<ClientViolation> violations() const {
    const std::scoped_lock lock(violations_mutex_);
    return violations_;
  }
  void clear_violations() {
    const std::scoped_lock lock(violations_mutex_);
    violations_.clear();
  }
  void on_violation(std::function<void(const ClientViolation&)> listener) { violation_listener_ = std::move(listener); }

 private:
  using Self = std::shared_ptr<Pump>;

  /// Also where the engine's last word is still on its way, as a slow broker's is.
  void end(const LinkPtr& link) {
    begin_to_end(link);
    if (!std::exchange(link->writing, true)) runtime_.spawn(write_to(shared_from_this(), link));
  }

  void close_links() {
    for (const auto& [id, link] : std::exchange(links_, {})) {
      link->stream->close();
      link->linger->wake();
    }
  }

  // ---- Streams come

  static Awaitable<void> accept_from(Self self, std::shared_ptr<transport::Listener> listener) {
    while (!self->stopped_) {
      auto stream = co_await listener->accept();
      if (self->stopped_) co_return;
      if (stream) {
        self->opened(std::move(*stream));
      } else if (stream.error().kind == Error::Kind::closed) {
        co_return;
      } else {
        co_await self->runtime_.sleep_for(accept_retry);  // out of descriptors, perhaps
      }
    }
  }

  void opened(std::unique_ptr<transport::Stream> stream) {
    auto link = std::make_shared<Link>();
    link->stream = with_habits(std::move(stream), web_socket_);
    link->linger = runtime_.make_timer();
    link->id = engine_.connection_opened(runtime_.now());
    links_.emplace(link->id, link);
    start_reading(link);
    flush();
  }

  // ---- Bytes in

  void start_reading(const LinkPtr& link) {
    if (link->reading || link->input_ended) return;
    link->reading = true;
    runtime_.spawn(read_from(shared_from_this(), link));
  }

  /// A peer that does not read what it is sent is not read from either.
  bool may_read(const Link& link) const { return link.ending || link.unsent() <= limit_; }

  static Awaitable<void> read_from(Self self, LinkPtr link) {
    wire::Bytes buffer(read_size);
    while (self->may_read(*link)) {
      const auto count = co_await link->stream->read_some(buffer);
      self->look_at_web_socket(link, count);
      if (!count || *count == 0) {
        link->reading = false;
        link->input_ended = true;
        co_return self->input_ended(link);
      }
      if (link->ending) continue;  // read until its end all the same, so that closing does not take the last answer away
      self->engine_.bytes_received(link->id, wire::ByteView(buffer).first(*count), self->runtime_.now());
      self->flush();
    }
    link->reading = false;
  }

  /// What no packet shows.
  void look_at_web_socket(const LinkPtr& link, const std::expected<std::size_t, Error>& read) {
    if (!read && read.error().kind == Error::Kind::no_subprotocol) engine_.no_subprotocol_offered(link->id, runtime_.now());
    const auto* const frames = link->stream->web_socket();
    if (frames == nullptr || frames->frames_received(transport::FrameType::text) == 0) return;
    if (!std::exchange(link->text_frame_seen, true)) engine_.text_frame_received(link->id, runtime_.now());
  }

  void input_ended(const LinkPtr& link) {
    if (!link->ending) {
      engine_.connection_lost(link->id, runtime_.now());
      begin_to_end(link);
      flush();
    }
    if (!link->writing) forget(link);
  }

  // ---- Bytes out

  /// Carries out what the engine wants done, and sees to the clock.
  void flush() {
    take_violations();
    for (auto outputs = engine_.take_output(); !outputs.empty(); outputs = engine_.take_output())
      for (auto& output : outputs) carry_out(output);
    arm_clock();
  }

  /// Out of the engine, which belongs to one thread.
  void take_violations() {
    if (engine_.violations().empty()) return;
    const std::vector<ClientViolation> taken = engine_.violations();
    engine_.clear_violations();
    {
      const std::scoped_lock lock(violations_mutex_);
      const std::size_t room = most_violations_ - std::min(most_violations_, violations_.size());
      violations_.insert(violations_.end(), taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(std::min(room, taken.size())));
    }
    if (violation_listener_) std::ranges::for_each(taken, violation_listener_);
  }

  void carry_out(Engine::Output& output) {
    const auto found = links_.find(output.connection);
    if (found == links_.end() || found->second->ending) return;
    const LinkPtr link = found->second;
    if (link->backlog.empty())
      link->backlog = std::move(output.bytes);
    else
      link->backlog.insert(link->backlog.end(), output.bytes.begin(), output.bytes.end());
    if (output.close) begin_to_end(link);
    if (link->unsent() > limit_ && !link->ending && !std::exchange(link->held_back, true)) engine_.hold_back(link->id);
    if (!std::exchange(link->writing, true)) runtime_.spawn(write_to(shared_from_this(), link));
  }

  static Awaitable<void> write_to(Self self, LinkPtr link) {
    while (!link->backlog.empty()) {
      const wire::Bytes piece = std::exchange(link->backlog, {});
      link->being_written = piece.size();
      const auto written = co_await link->stream->write(piece);
      link->being_written = 0;
      if (!written) {
        link->writing = false;
        co_return self->peer_vanished(link);
      }
      self->written(link);
    }
    link->writing = false;
    if (!link->ending) co_return;
    link->stream->shutdown_send();
    if (link->input_ended) self->forget(link);
  }

  void written(const LinkPtr& link) {
    if (link->ending) return;
    if (link->unsent() <= limit_ / 2 && std::exchange(link->held_back, false)) {
      engine_.go_on(link->id, runtime_.now());
      flush();
    }
    if (may_read(*link)) start_reading(link);
  }

  void peer_vanished(const LinkPtr& link) {
    const bool was_ending = std::exchange(link->ending, true);
    forget(link);
    if (was_ending) return;
    engine_.connection_lost(link->id, runtime_.now());
    flush();
  }

  // ---- Streams go

  void begin_to_end(const LinkPtr& link) {
    if (std::exchange(link->ending, true)) return;
    start_reading(link);
    runtime_.spawn(end_by_force(shared_from_this(), link));
  }

  /// For a peer that takes nothing more, or keeps its side open for ever.
  static Awaitable<void> end_by_force(Self self, LinkPtr link) {
    if (!self->links_.contains(link->id)) co_return;
    co_await link->linger->wait_until(self->runtime_.now() + linger_time);
    self->forget(link);
  }

  void forget(const LinkPtr& link) {
    if (links_.erase(link->id) == 0) return;
    if (link->unsent() == 0)
      link->stream->close();
    else
      link->stream->reset();
    link->linger->wake();
  }

  // ---- Time

  /// The clock's coroutine lives only while there is a deadline to wait for.
  void arm_clock() {
    const auto deadline = engine_.next_deadline();
    if (!deadline || stopped_) return;
    if (!std::exchange(ticking_, true)) {
      runtime_.spawn(tick(shared_from_this()));
    } else if (*deadline < wakes_at_) {
      clock_->wake();
    }
  }

  static Awaitable<void> tick(Self self) {
    while (!self->stopped_) {
      const auto deadline = self->engine_.next_deadline();
      if (!deadline) break;
      self->wakes_at_ = *deadline;
      const bool is_due = co_await self->clock_->wait_until(*deadline);
      if (self->stopped_) co_return;
      if (!is_due) continue;
      self->engine_.advance(self->runtime_.now());
      self->flush();
    }
    self->ticking_ = false;
  }

  transport::Runtime& runtime_;
  std::size_t limit_;
  std::size_t most_violations_;
  WebSocketHabits web_socket_;
  mutable std::mutex violations_mutex_;
  std::vector<ClientViolation> violations_;  ///< guarded by the mutex
  std::function<void(const ClientViolation&)> violation_listener_;
  Engine engine_;
  std::unique_ptr<transport::Timer> clock_;
  transport::TimePoint wakes_at_{};
  bool ticking_ = false;
  bool stopped_ = false;
  std::vector<std::shared_ptr<transport::Listener>> listeners_;
  std::map<ConnectionId, LinkPtr> links_;
};

Server::Server(transport::Runtime& runtime, Configuration configuration)
    : Server(runtime, BrokerSetup{.configuration = std::move(configuration)}) {}
Server::Server(transport::Runtime& runtime, BrokerSetup setup) : pump_(std::make_shared<Pump>(runtime, std::move(setup))) {}

Server::~Server() {
  if (pump_) pump_->stop();
}

std::expected<transport::Url, transport::Error> Server::listen(const transport::Url& url, const transport::ListenOptions& options) {
  return pump_->listen(url, options);
}
void Server::stop() { pump_->stop(); }
std::size_t Server::connections() const { return pump_->connections(); }
std::vector<ClientViolation> Server::violations() const { return pump_->violations(); }
void Server::clear_violations() { pump_->clear_violations(); }
void Server::on_violation(std::function<void(const ClientViolation&)> listener) { pump_->on_violation(std::move(listener)); }

}  // namespace mqttspec::mock_broker
