// Sockets only; runtime_test.cpp tests what both runtimes have in common.
#include "tests/transport/support.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <vector>

namespace mqttspec::transport::testing {
namespace {

TEST(RealRuntime, UsesTheMonotonicClock) {
  const auto runtime = make_real_runtime();
  const auto before = Clock::now();
  const auto now = runtime->now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, Clock::now());
}

TEST(RealRuntime, TriesAllAddressesOfAName) {
  const auto runtime = make_real_runtime();
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    // The first address of localhost may be ::1, which has no listener on this port.
    const auto listener = value_of(rt.listen(anywhere()));
    auto url = listener->url();
    url.host = "localhost";
    EXPECT_TRUE(co_await rt.connect(url, rt.now() + 5s));
  }(*runtime));
}

void connect_to_listener_on(const std::string& host) {
  const auto runtime = make_real_runtime();
  const auto listener = runtime->listen({.host = host, .port = 0, .path = ""});
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ((*listener)->url().host, host);
  runtime->run_to_end([](Runtime& rt, const Listener& on) -> Awaitable<void> { EXPECT_TRUE(co_await rt.connect(on.url(), rt.now() + 5s)); }(
                                                              *runtime, **listener));
}

TEST(RealRuntime, ListensOnAName) { connect_to_listener_on("localhost"); }

TEST(RealRuntime, ListensOnIpv6WhereTheMachineHasIt) {
  const auto runtime = make_real_runtime();
  const auto listener = runtime->listen({.host = "::1", .port = 0, .path = ""});
  if (listener) return connect_to_listener_on("::1");
  EXPECT_TRUE(listener.error().message.contains("::1")) << listener.error().message;
}

TEST(RealRuntime, ReportsANameWithoutAddressAsUnreachable) {
  const auto runtime = make_real_runtime();
  const Url url{.host = std::string(64, 'x'), .path = ""};  // labels have at most 63 characters, so no name server is asked
  EXPECT_EQ(failure_of(runtime->listen(url)), Error::Kind::unreachable);
  runtime->run_to_end([](Runtime& rt, Url to) -> Awaitable<void> {
    EXPECT_EQ(failure_of(co_await rt.connect(to, rt.now() + 5s)), Error::Kind::unreachable);
  }(*runtime, url));
}

TEST(RealRuntime, GivesUpAtTheDeadline) {
  using boost::asio::ip::tcp;
  const auto runtime = make_real_runtime();
  tcp::acceptor busy(runtime->executor(), tcp::v4());
  busy.bind({boost::asio::ip::address_v4::loopback(), 0});
  busy.listen(0);
  const Url url{.host = "127.0.0.1", .port = busy.local_endpoint().port(), .path = ""};
  // Linux does not answer a SYN when the backlog is full.
  runtime->run_to_end([](Runtime& rt, Url to) -> Awaitable<void> {
    std::vector<std::unique_ptr<Stream>> queue;
    for (int i = 0; i < 5; ++i) {
      auto stream = co_await rt.connect(to, rt.now() + 5ms);
      if (stream) {
        queue.push_back(std::move(*stream));
        continue;
      }
      EXPECT_EQ(failure_of(stream), Error::Kind::timed_out);
      co_return;
    }
    ADD_FAILURE() << "the backlog was never full";
  }(*runtime, url));
}

TEST(RealRuntime, LetsOthersRunWhileEveryAcceptCompletesAtOnce) {
  const auto runtime = make_real_runtime();
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    std::vector<std::unique_ptr<Stream>> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(value_of(co_await rt.connect(listener->url(), rt.now() + 5s)));
    bool others_ran = false;
    boost::asio::post(rt.executor(), [&others_ran] { others_ran = true; });
    for (std::size_t i = 0; i < clients.size(); ++i) value_of(co_await listener->accept());
    EXPECT_TRUE(others_ran);
  }(*runtime));
}

TEST(RealRuntime, NamesTheUrlInItsErrors) {
  const auto runtime = make_real_runtime();
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto url = value_of(rt.listen(anywhere()))->url();
    const auto refused = co_await rt.connect(url, rt.now() + 5s);
    EXPECT_TRUE(refused.error().message.contains(to_string(url))) << refused.error().message;
  }(*runtime));
}

}  // namespace
}  // namespace mqttspec::transport::testing
