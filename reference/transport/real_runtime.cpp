#include "reference/transport/real_runtime.hpp"

#include "reference/transport/cancellation.hpp"
#include "reference/transport/runtime.hpp"
#include "reference/transport/tcp.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <stdexcept>
#include <utility>

namespace mqttspec::transport {
namespace {

namespace asio = boost::asio;

struct Alarm {
  explicit Alarm(asio::io_context& context) : timer(context) {}
  asio::steady_timer timer;
  bool waiting = false;
};

Awaitable<bool> wait_until(std::shared_ptr<Alarm> alarm, TimePoint deadline) {
  if (alarm->waiting) throw std::logic_error("a second wait_until while one is under way");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  alarm->timer.expires_at(deadline);
  alarm->waiting = true;
  const auto [stopped] = co_await alarm->timer.async_wait(asio::as_tuple(asio::deferred));
  alarm->waiting = false;
  if (stopped && is_cancelled(cancellation)) throw_cancelled();
  co_return !stopped;
}

class RealTimer final : public Timer {
 public:
  explicit RealTimer(asio::io_context& context) : alarm_(std::make_shared<Alarm>(context)) {}
  ~RealTimer() override { wake(); }
  Awaitable<bool> wait_until(TimePoint deadline) override { return transport::wait_until(alarm_, deadline); }
  void wake() override { alarm_->timer.cancel(); }

 private:
  std::shared_ptr<Alarm> alarm_;
};

Awaitable<std::expected<std::unique_ptr<Stream>, Error>> connect_stream(NameLookup& names, Url url, TimePoint deadline) {
  auto socket = co_await connect_tcp(names, std::move(url), deadline);
  if (!socket) co_return std::unexpected(std::move(socket.error()));
  co_return make_tcp_stream(std::move(*socket));
}

class RealRuntime final : public Runtime {
 public:
  explicit RealRuntime(LookUp look_up) : names_(context_, std::move(look_up)) {}
  RealRuntime(const RealRuntime&) = delete;
  RealRuntime& operator=(const RealRuntime&) = delete;
  ~RealRuntime() override { begin_to_end(); }

  TimePoint now() const override { return Clock::now(); }
  asio::any_io_executor executor() override { return context_.get_executor(); }
  std::unique_ptr<Timer> make_timer() override { return std::make_unique<RealTimer>(context_); }
  void run() override {
    context_.restart();
    context_.run();
  }
  void stop() override { context_.stop(); }

 protected:
  Awaitable<std::expected<std::unique_ptr<Stream>, Error>> connect_plain(const Url& url, TimePoint deadline) override {
    return connect_stream(names_, url, deadline);
  }
  std::expected<std::unique_ptr<Listener>, Error> listen_plain(const Url& url) override { return listen_tcp(executor(), names_, url); }

 private:
  asio::io_context context_{1};
  NameLookup names_;  ///< after context_, on which it delivers
};

}  // namespace

std::unique_ptr<Runtime> make_real_runtime() { return make_real_runtime(system_look_up()); }
std::unique_ptr<Runtime> make_real_runtime(LookUp look_up) { return std::make_unique<RealRuntime>(std::move(look_up)); }

}  // namespace mqttspec::transport
