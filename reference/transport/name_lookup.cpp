#include "reference/transport/name_lookup.hpp"

#include "reference/transport/cancellation.hpp"
#include "reference/transport/tcp.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace mqttspec::transport {

namespace asio = boost::asio;

namespace {

using Answer = std::expected<Addresses, boost::system::error_code>;

/// A lookup under way, and those that wait for it. Used on the context's thread only.
struct Query {
  std::optional<Answer> answer;
  std::vector<std::weak_ptr<asio::steady_timer>> waiting;
};

std::expected<Addresses, Error> outcome_of(const std::optional<Answer>& answer, const std::string& host) {
  if (!answer) return std::unexpected(Error{Error::Kind::timed_out, fmt::format("the name '{}' was not resolved in time", host)});
  if (!*answer) return std::unexpected(to_error(answer->error(), fmt::format("cannot resolve '{}'", host)));
  return **answer;
}

}  // namespace

/// Shared with the threads, which may outlive the NameLookup.
struct NameLookup::State : std::enable_shared_from_this<State> {
  State(asio::io_context& on, LookUp function) : context(&on), look_up(std::move(function)) {}

  /// The lookup of this name that is under way, or a new one.
  std::shared_ptr<Query> query(const std::string& host) {
    if (const auto found = queries.find(host); found != queries.end()) return found->second;
    std::thread([self = shared_from_this(), host] { self->deliver(host, self->look_up(host)); }).detach();
    return queries.emplace(host, std::make_shared<Query>()).first->second;
  }

  /// On the lookup's thread.
  void deliver(const std::string& host, Answer answer) {
    const std::scoped_lock lock(mutex);
    if (context == nullptr) return;
    asio::post(*context, [self = shared_from_this(), host, answer = std::move(answer)]() mutable {
      const auto found = self->queries.extract(host).mapped();
      found->answer = std::move(answer);
      for (const auto& waiting : found->waiting) {
        if (const auto timer = waiting.lock()) timer->cancel();
      }
    });
  }

  std::mutex mutex;  ///< of context
  asio::io_context* context;
  const LookUp look_up;
  std::map<std::string, std::shared_ptr<Query>> queries;
};

LookUp system_look_up() {
  return [](const std::string& host) -> Answer {
    asio::io_context unused;
    boost::system::error_code code;
    const auto results = asio::ip::tcp::resolver(unused).resolve(host, "0", asio::ip::tcp::resolver::numeric_service, code);
    if (code) return std::unexpected(code);
    Addresses addresses;
    for (const auto& result : results) addresses.push_back(result.endpoint().address());
    return addresses;
  };
}

NameLookup::NameLookup(asio::io_context& context, LookUp look_up) : state_(std::make_shared<State>(context, std::move(look_up))) {}

void NameLookup::abandon() {
  const std::scoped_lock lock(state_->mutex);
  state_->context = nullptr;
}

Awaitable<std::expected<Addresses, Error>> NameLookup::find(std::string host, TimePoint deadline) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const auto query = state_->query(host);
  const auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, deadline);
  query->waiting.emplace_back(timer);
  co_await timer->async_wait(asio::as_tuple(asio::deferred));
  if (is_cancelled(cancellation)) throw_cancelled();
  co_return outcome_of(query->answer, host);
}

std::expected<Addresses, Error> NameLookup::find_now(const std::string& host, Duration limit) {
  std::packaged_task<Answer()> task([look_up = state_->look_up, host] { return look_up(host); });
  auto answer = task.get_future();
  std::thread(std::move(task)).detach();
  if (answer.wait_for(limit) != std::future_status::ready) return outcome_of(std::nullopt, host);
  return outcome_of(answer.get(), host);
}

}  // namespace mqttspec::transport
