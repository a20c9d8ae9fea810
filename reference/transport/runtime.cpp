#include "reference/transport/runtime.hpp"

#include "reference/transport/layers.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace mqttspec::transport {

namespace asio = boost::asio;

namespace {

Awaitable<Opened> failing(Error error) { co_return std::unexpected(std::move(error)); }

}  // namespace

Awaitable<Opened> Runtime::connect(const Url& url, TimePoint deadline, const ConnectOptions& options) {
  if (url.scheme == Scheme::mqtt) return connect_plain(url, deadline);
  auto complete_options = complete(options, url.scheme);
  if (!complete_options) return failing(std::move(complete_options.error()));
  return open_layers(*this, connect_plain(url, deadline), url, deadline, std::move(*complete_options));
}

std::expected<ConnectOptions, Error> Runtime::complete(ConnectOptions options, Scheme scheme) {
  if (options.tls || !is_tls(scheme)) return options;
  if (!system_tls_) {
    auto loaded = load_tls_client({});
    if (!loaded) return std::unexpected(Error{Error::Kind::other, std::move(loaded.error())});
    system_tls_ = std::move(*loaded);
  }
  options.tls = system_tls_;
  return options;
}

std::expected<std::unique_ptr<Listener>, Error> Runtime::listen(const Url& url, const ListenOptions& options) {
  if (is_tls(url.scheme) && !options.tls) {
    return std::unexpected(Error{Error::Kind::other, fmt::format("{} needs a certificate and its key", to_string(url))});
  }
  auto plain = listen_plain(url);
  if (!plain || url.scheme == Scheme::mqtt) return plain;
  return make_layered_listener(*this, std::move(*plain), options);
}

Awaitable<void> Runtime::sleep_until(TimePoint deadline) {
  const auto timer = make_timer();
  co_await timer->wait_until(deadline);
}

Awaitable<void> Runtime::sleep_for(Duration duration) {
  const auto start = now();
  return sleep_until(duration < TimePoint::max() - start ? start + duration : TimePoint::max());
}

void Runtime::spawn(Awaitable<void> task) {
  asio::co_spawn(executor(), std::move(task), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

void Runtime::run_to_end(Awaitable<void> task) {
  struct Outcome {
    bool ended = false;
    bool abandoned = false;
    std::exception_ptr thrown;
  };
  const auto outcome = std::make_shared<Outcome>();
  asio::co_spawn(executor(), std::move(task), [this, outcome](const std::exception_ptr& thrown) {
    outcome->ended = true;
    outcome->thrown = thrown;
    if (!outcome->abandoned) stop();
  });
  // Should another coroutine's exception leave run(), then this task may still end in a later run, which it must not stop.
  struct Abandon {
    Outcome& outcome;
    ~Abandon() { outcome.abandoned = true; }
  } const abandon{*outcome};

  run();
  if (!outcome->ended) {
    throw std::logic_error(
        "run_to_end: the task has not ended, and nothing can wake it: nothing is ready and no deadline is set (deadlock)"
        ", or someone else called stop()");
  }
  if (outcome->thrown) std::rethrow_exception(outcome->thrown);
}

}  // namespace mqttspec::transport
