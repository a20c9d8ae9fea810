#include "reference/transport/name_lookup.hpp"

#include "reference/transport/real_runtime.hpp"
#include "tests/transport/support.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace mqttspec::transport::testing {
namespace {

const Addresses loopback{boost::asio::ip::address_v4::loopback()};
const auto unknown = boost::system::error_code(boost::asio::error::host_not_found);

/// A resolver that does not answer until it is released.
class Hanging {
 public:
  ~Hanging() { release(); }
  LookUp look_up() const {
    return [shared = shared_](const std::string&) -> std::expected<Addresses, boost::system::error_code> {
      ++shared->asked;
      std::unique_lock lock(shared->mutex);
      shared->released.wait(lock, [&] { return shared->is_released; });
      return loopback;
    };
  }
  void release() {
    const std::scoped_lock lock(shared_->mutex);
    shared_->is_released = true;
    shared_->released.notify_all();
  }
  int asked() const { return shared_->asked; }

 private:
  /// Shared with threads that may outlive the test.
  struct Shared {
    std::mutex mutex;
    std::condition_variable released;
    bool is_released = false;
    std::atomic<int> asked = 0;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

Url to_name(std::uint16_t port = 1883) { return {.host = "broker.example", .port = port, .path = ""}; }

TEST(NameLookup, GivesTheAddressesToConnect) {
  const auto runtime = make_real_runtime([](const std::string& host) -> std::expected<Addresses, boost::system::error_code> {
    if (host == "broker.example") return loopback;
    return std::unexpected(unknown);
  });
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    EXPECT_TRUE(co_await rt.connect(to_name(listener->url().port), rt.now() + 5s));
    const auto failed = co_await rt.connect({.host = "other.example", .port = 1883, .path = ""}, rt.now() + 5s);
    EXPECT_EQ(failure_of(failed), Error::Kind::unreachable);
    EXPECT_TRUE(failed.error().message.contains("other.example")) << failed.error().message;
  }(*runtime));
}

TEST(NameLookup, ThatHangsDelaysNeitherItsCallerNorTheEndOfTheRuntime) {
  Hanging resolver;
  auto runtime = make_real_runtime(resolver.look_up());
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    EXPECT_EQ(failure_of(co_await rt.connect(to_name(), rt.now() + 1ms)), Error::Kind::timed_out);
  }(*runtime));
  runtime.reset();
  resolver.release();  // the answer is dropped
}

TEST(NameLookup, ThatHangsIsLeftWhenTheRuntimeIsStopped) {
  const Hanging resolver;
  auto runtime = make_real_runtime(resolver.look_up());
  runtime->spawn([](Runtime& rt) -> Awaitable<void> { static_cast<void>(co_await rt.connect(to_name(), TimePoint::max())); }(*runtime));
  runtime->spawn([](Runtime& rt) -> Awaitable<void> {
    rt.stop();
    co_return;
  }(*runtime));
  runtime->run();
  runtime.reset();
}

TEST(NameLookup, CanBeCancelled) {
  const Hanging resolver;
  const auto runtime = make_real_runtime(resolver.look_up());
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto first = co_await (rt.connect(to_name(), TimePoint::max()) || rt.sleep_for(1ms));
    EXPECT_EQ(first.index(), 1u);
  }(*runtime));
}

TEST(NameLookup, IsSharedByAllThatAskForTheSameName) {
  Hanging resolver;
  const auto runtime = make_real_runtime(resolver.look_up());
  runtime->run_to_end([](Runtime& rt, Hanging& answers) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    const auto url = to_name(listener->url().port);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(failure_of(co_await rt.connect(url, rt.now() + 1ms)), Error::Kind::timed_out);
    const auto attempt = [&] { return rt.connect(url, rt.now() + 5s); };
    const auto release = [&]() -> Awaitable<bool> {
      answers.release();
      co_return true;
    };
    const auto [first, second, released] = co_await (attempt() && attempt() && release());
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    EXPECT_EQ(answers.asked(), 1);
    EXPECT_TRUE(co_await attempt());
    EXPECT_EQ(answers.asked(), 2) << "answers are not cached";
  }(*runtime, resolver));
}

TEST(NameLookup, ThatHangsEndsALimitedWait) {
  const Hanging resolver;
  boost::asio::io_context context;
  NameLookup names(context, resolver.look_up());
  EXPECT_EQ(failure_of(names.find_now("broker.example", 1ms)), Error::Kind::timed_out);
}

}  // namespace
}  // namespace mqttspec::transport::testing
