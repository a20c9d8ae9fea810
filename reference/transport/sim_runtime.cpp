#include "reference/transport/cancellation.hpp"
#include "reference/transport/runtime.hpp"
#include "reference/transport/sim_pipe.hpp"
#include "reference/transport/simulation.hpp"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <map>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {
namespace {

namespace asio = boost::asio;

using Peer = SimPipe::Peer;
using Accepted = std::expected<std::unique_ptr<Stream>, Error>;

std::unexpected<Error> fail(Error::Kind kind, std::string message) { return std::unexpected(Error{kind, std::move(message)}); }

void refuse_second(const Waiter& waiter, const char* operation) {
  if (waiter.is_waiting()) throw std::logic_error(fmt::format("a second {} while one is under way", operation));
}

/// Shared by both ends of a connection and by every coroutine that is suspended in one of their operations, because an end may be destroyed
/// meanwhile.
struct Connection {
  struct Side {
    Side(const std::shared_ptr<Simulation>& simulation, const SimOptions& options, std::uint64_t seed)
        : outgoing(options, seed), reading(simulation), writing(simulation) {}
    SimPipe outgoing;
    Waiter reading;
    Waiter writing;
    bool sending = true;
    bool open = true;
  };

  Connection(const std::shared_ptr<Simulation>& simulation, const SimOptions& options, Random random)
      : sides{Side(simulation, options, random.next()), Side(simulation, options, random.next())} {}

  TimePoint now() const { return sides[0].reading.simulation().now(); }
  Side& other(const Side& side) { return &side == sides.data() ? sides[1] : sides[0]; }

  std::array<Side, 2> sides;
};

Awaitable<std::expected<std::size_t, Error>> read_some(std::shared_ptr<Connection> connection, Connection::Side& side,
                                                       std::span<std::uint8_t> into) {
  if (into.empty()) throw std::invalid_argument("read_some needs room for a byte: its result 0 means the end");
  refuse_second(side.reading, "read_some");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  auto& other = connection->other(side);
  auto& pipe = other.outgoing;
  for (bool may_take = !can_be_cancelled(cancellation);; may_take = true) {
    if (!side.open) co_return fail(Error::Kind::closed, "the stream was closed here");
    const auto due = pipe.next_arrival();
    if (due > connection->now()) {
      co_await side.reading.wait(due);
    } else if (!may_take) {
      co_await side.reading.pass();
    } else {
      const auto count = pipe.take(into, connection->now());
      if (count > 0) {
        if (pipe.has_room()) other.writing.wake();
        co_return count;
      }
      if (pipe.writer(connection->now()) == Peer::reset) co_return fail(Error::Kind::reset, "the peer reset the connection");
      co_return std::size_t{0};
    }
    if (is_cancelled(cancellation)) throw_cancelled();
  }
}

Awaitable<std::expected<void, Error>> write(std::shared_ptr<Connection> connection, Connection::Side& side,
                                            std::span<const std::uint8_t> bytes) {
  refuse_second(side.writing, "write");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  auto& pipe = side.outgoing;
  while (true) {
    if (!side.sending) co_return fail(Error::Kind::closed, "the stream was closed for sending here");
    const auto peer = pipe.reader(connection->now());
    if (peer == Peer::reset) co_return fail(Error::Kind::reset, "the peer reset the connection");
    if (peer == Peer::closed) co_return fail(Error::Kind::closed, "the peer has closed the connection");
    const auto count = pipe.put(bytes, connection->now());
    if (count > 0) connection->other(side).reading.reschedule(pipe.next_arrival());
    bytes = bytes.subspan(count);
    if (bytes.empty()) co_return std::expected<void, Error>();
    co_await side.writing.wait(pipe.reader_leaves());
    if (is_cancelled(cancellation)) throw_cancelled();
  }
}

class SimStream final : public Stream {
 public:
  SimStream(std::shared_ptr<Connection> connection, std::size_t side)
      : connection_(std::move(connection)), side_(connection_->sides[side]), other_(connection_->other(side_)) {}
  ~SimStream() override { close(); }

  Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) override {
    return transport::read_some(connection_, side_, into);
  }
  Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) override {
    return transport::write(connection_, side_, bytes);
  }

  void shutdown_send() override {
    if (!side_.sending) return;
    side_.sending = false;
    side_.outgoing.end(connection_->now());
    side_.writing.wake();
    other_.reading.reschedule(side_.outgoing.next_arrival());
  }

  void close() override {
    if (!side_.open) return;
    shutdown_send();
    leave(Peer::closed);
  }

  void reset() override {
    if (!side_.open) return;
    side_.sending = false;
    side_.outgoing.abort(connection_->now());
    side_.writing.wake();
    leave(Peer::reset);
  }

 private:
  void leave(Peer how) {
    side_.open = false;
    other_.outgoing.leave(how, connection_->now());
    side_.reading.wake();
    other_.reading.reschedule(side_.outgoing.next_arrival());
    other_.writing.wake();  // no reader is left for what it still has to send
  }

  std::shared_ptr<Connection> connection_;
  Connection::Side& side_;
  Connection::Side& other_;
};

struct Network;

struct Listening {
  explicit Listening(const std::shared_ptr<Simulation>& simulation) : accepting(simulation) {}
  Waiter accepting;
  std::deque<std::unique_ptr<Stream>> backlog;
  bool open = true;
};

/// Connects the streams of one runtime.
struct Network {
  static constexpr std::uint16_t first_free_port = 49'152;

  explicit Network(const SimOptions& given) : options(given), random(given.seed) {}

  std::shared_ptr<Listening> find(std::uint16_t port) const {
    const auto found = listening.find(port);
    return found == listening.end() ? nullptr : found->second;
  }

  /// @return 0 if all are taken
  std::uint16_t free_port() const {
    for (unsigned port = first_free_port; port <= 0xffff; ++port) {
      if (!listening.contains(static_cast<std::uint16_t>(port))) return static_cast<std::uint16_t>(port);
    }
    return 0;
  }

  SimOptions options;
  Random random;  ///< seeds the generator of each connection, so that the bytes of one connection do not change how another is cut
  std::shared_ptr<Simulation> simulation = std::make_shared<Simulation>();
  std::map<std::uint16_t, std::shared_ptr<Listening>> listening;
};

Awaitable<Accepted> accept(std::shared_ptr<Listening> listening) {
  refuse_second(listening->accepting, "accept");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  for (bool may_take = !can_be_cancelled(cancellation);; may_take = true) {
    if (!listening->open) co_return fail(Error::Kind::closed, "the listener was closed");
    if (listening->backlog.empty()) {
      co_await listening->accepting.wait(TimePoint::max());
    } else if (!may_take) {
      co_await listening->accepting.pass();
    } else {
      auto stream = std::move(listening->backlog.front());
      listening->backlog.pop_front();
      co_return stream;
    }
    if (is_cancelled(cancellation)) throw_cancelled();
  }
}

class SimListener final : public Listener {
 public:
  SimListener(std::shared_ptr<Network> network, std::shared_ptr<Listening> listening, Url url)
      : network_(std::move(network)), listening_(std::move(listening)), url_(std::move(url)) {}
  ~SimListener() override { close(); }

  Awaitable<Accepted> accept() override { return transport::accept(listening_); }
  Url url() const override { return url_; }

  void close() override {
    if (!listening_->open) return;
    listening_->open = false;
    network_->listening.erase(url_.port);
    for (const auto& stream : std::exchange(listening_->backlog, {}))
      stream->reset();  // as TCP does with connections that were not accepted
    listening_->accepting.wake();
  }

 private:
  std::shared_ptr<Network> network_;
  std::shared_ptr<Listening> listening_;
  Url url_;
};

Awaitable<bool> wait_until(std::shared_ptr<Waiter> waiter, TimePoint deadline) {
  refuse_second(*waiter, "wait_until");
  const auto why = co_await waiter->wait(deadline);
  if (why == Wake::cancelled) throw_cancelled();
  co_return why == Wake::due;
}

class SimTimer final : public Timer {
 public:
  explicit SimTimer(std::shared_ptr<Simulation> simulation) : waiter_(std::make_shared<Waiter>(std::move(simulation))) {}
  ~SimTimer() override { wake(); }
  Awaitable<bool> wait_until(TimePoint deadline) override { return transport::wait_until(waiter_, deadline); }
  void wake() override { waiter_->wake(); }

 private:
  std::shared_ptr<Waiter> waiter_;
};

Awaitable<Accepted> connect(std::shared_ptr<Network> network, Url url, TimePoint deadline) {
  const auto& options = network->options;
  Random random(network->random.next());
  const auto delay = [&] {
    return Duration(static_cast<Duration::rep>(
        random.between(static_cast<std::uint64_t>(options.least_delay.count()), static_cast<std::uint64_t>(options.most_delay.count()))));
  };
  const auto start = network->simulation->now();
  const auto there = start + delay();
  const auto back = there + delay();
  Waiter waiter(network->simulation);
  if (back > deadline) {
    if (co_await waiter.wait(deadline) == Wake::cancelled) throw_cancelled();
    co_return fail(Error::Kind::timed_out, fmt::format("{} did not answer in time", to_string(url)));
  }
  if (co_await waiter.wait(there) == Wake::cancelled) throw_cancelled();
  std::unique_ptr<Stream> stream;
  if (const auto listening = network->find(url.port)) {
    const auto connection = std::make_shared<Connection>(network->simulation, options, random);
    stream = std::make_unique<SimStream>(connection, 0);
    listening->backlog.push_back(std::make_unique<SimStream>(connection, 1));
    listening->accepting.wake();
  }
  if (co_await waiter.wait(back) == Wake::cancelled) throw_cancelled();
  if (!stream) co_return fail(Error::Kind::refused, fmt::format("no listener at {}", to_string(url)));
  co_return stream;
}

class SimRuntime final : public Runtime {
 public:
  explicit SimRuntime(const SimOptions& options) : network_(std::make_shared<Network>(options)) {}
  SimRuntime(const SimRuntime&) = delete;
  SimRuntime& operator=(const SimRuntime&) = delete;
  ~SimRuntime() override {
    begin_to_end();
    network_->simulation->shut_down();
  }

  TimePoint now() const override { return network_->simulation->now(); }
  asio::any_io_executor executor() override { return network_->simulation->executor(); }
  std::unique_ptr<Timer> make_timer() override { return std::make_unique<SimTimer>(network_->simulation); }
  void run() override { network_->simulation->run(); }
  void stop() override { network_->simulation->stop(); }

 protected:
  Awaitable<Accepted> connect_plain(const Url& url, TimePoint deadline) override { return transport::connect(network_, url, deadline); }
  std::expected<std::unique_ptr<Listener>, Error> listen_plain(const Url& url) override;

 private:
  std::shared_ptr<Network> network_;
};

std::expected<std::unique_ptr<Listener>, Error> SimRuntime::listen_plain(const Url& url) {
  auto taken = url;
  if (taken.port == 0) taken.port = network_->free_port();
  if (taken.port == 0) return fail(Error::Kind::other, "all ports are taken");
  auto listening = std::make_shared<Listening>(network_->simulation);
  if (!network_->listening.emplace(taken.port, listening).second) {
    return fail(Error::Kind::other, fmt::format("port {} is taken", taken.port));
  }
  return std::make_unique<SimListener>(network_, std::move(listening), std::move(taken));
}

void check(const SimOptions& options) {
  const auto demand = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(fmt::format("SimOptions: {}", what));
  };
  demand(options.smallest_segment >= 1, "smallest_segment is at least 1");
  demand(options.smallest_segment <= options.largest_segment, "smallest_segment is at most largest_segment");
  demand(options.least_delay >= Duration::zero(), "least_delay is not negative");
  demand(options.least_delay <= options.most_delay, "least_delay is at most most_delay");
  demand(options.pipe_capacity >= 1, "pipe_capacity is at least 1");
}

}  // namespace

std::unique_ptr<Runtime> make_sim_runtime(const SimOptions& options) {
  check(options);
  return std::make_unique<SimRuntime>(options);
}

}  // namespace mqttspec::transport
