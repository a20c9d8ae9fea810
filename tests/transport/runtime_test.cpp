// What both runtimes guarantee.
#include "tests/transport/support.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>

namespace mqttspec::transport::testing {
namespace {

/// More than the socket buffers of both sides, or the capacity of the pipe.
std::string more_than_buffers_hold() {
  std::string text;
  text.resize(20'000'000, 'x');
  return text;
}

class BothRuntimes : public ::testing::TestWithParam<RuntimeKind> {
 protected:
  std::unique_ptr<Runtime> runtime = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Transport, BothRuntimes, ::testing::Values(real, simulated),
                         [](const auto& info) { return std::string(info.param.name); });

/// Streams of all schemes on both runtimes.
class AllStreams : public ::testing::TestWithParam<std::tuple<RuntimeKind, Scheme>> {
 protected:
  Scheme scheme() const { return std::get<Scheme>(GetParam()); }
  Awaitable<Ends> connected() { return testing::connected(*runtime, scheme()); }
  void with_connection(const std::function<Awaitable<void>(Ends&)>& body) { testing::with_connection(*runtime, body, scheme()); }

  std::unique_ptr<Runtime> runtime = std::get<RuntimeKind>(GetParam()).make();
};

std::string name_of(const ::testing::TestParamInfo<std::tuple<RuntimeKind, Scheme>>& info) {
  const auto& [kind, scheme] = info.param;
  const auto url = to_string(Url{.scheme = scheme, .path = ""});
  return fmt::format("{}_{}", kind.name, url.substr(0, url.find(':')));
}

INSTANTIATE_TEST_SUITE_P(Transport, AllStreams,
                         ::testing::Combine(::testing::Values(real, simulated),
                                            ::testing::Values(Scheme::mqtt, Scheme::mqtts, Scheme::ws, Scheme::wss)),
                         name_of);

TEST_P(AllStreams, CarriesBytesThereAndBack) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "ping");
    EXPECT_EQ(co_await receive(*ends.server, 4), "ping");
    co_await send(*ends.server, "pong");
    EXPECT_EQ(co_await receive(*ends.client, 4), "pong");
  });
}

TEST_P(AllStreams, CarriesMoreThanFitsInABuffer) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    std::string much;
    while (much.size() < 5'000'000) much += fmt::format("{:0>100}", much.size());
    const auto received = co_await (send(*ends.client, much) && receive(*ends.server, much.size()));
    EXPECT_EQ(received, much);
  });
}

TEST_P(AllStreams, LetsOthersRunWhileEveryReadCompletesAtOnce) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "x");
    co_await receive(*ends.server, 1);
    const std::string much(40'000, 'x');  // less than a socket's receive buffer
    co_await send(*ends.client, much);
    bool others_ran = false;
    boost::asio::post(co_await boost::asio::this_coro::executor, [&others_ran] { others_ran = true; });
    for (std::size_t received = 0; received < much.size();) received += (co_await receive_some(*ends.server, 1'000)).size();
    EXPECT_TRUE(others_ran);
  });
}

TEST_P(BothRuntimes, RefusesAConnectionWithoutListener) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto url = value_of(rt.listen(anywhere()))->url();
    EXPECT_EQ(failure_of(co_await rt.connect(url, rt.now() + 5s)), Error::Kind::refused);
  }(*runtime));
}

TEST_P(BothRuntimes, RefusesASecondListenerOnOnePort) {
  const auto listener = value_of(runtime->listen(anywhere()));
  EXPECT_NE(listener->url().port, 0);
  EXPECT_EQ(failure_of(runtime->listen(listener->url())), Error::Kind::other);
}

TEST_P(AllStreams, EndsOneDirectionAndKeepsTheOther) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "last");
    ends.client->shutdown_send();
    EXPECT_EQ(co_await receive_to_end(*ends.server), "last");
    EXPECT_EQ(co_await receive_some(*ends.server), "") << "the end persists";
    co_await send(*ends.server, "answer");
    EXPECT_EQ(co_await receive(*ends.client, 6), "answer");
    EXPECT_EQ(failure_of(co_await ends.client->write(bytes("more"))), Error::Kind::closed);
  });
}

TEST_P(AllStreams, ShowsTheEndAfterWhatWasWrittenBeforeClose) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "last");
    ends.client->close();
    EXPECT_EQ(co_await receive_to_end(*ends.server), "last");
  });
}

TEST_P(AllStreams, ClosesAStreamThatIsDestroyed) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "last");
    ends.client = nullptr;
    EXPECT_EQ(co_await receive_to_end(*ends.server), "last");
  });
}

TEST_P(AllStreams, ClosesInAnOrderlyWayWithUnreadBytes) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    const std::string much(200'000, 'x');  // more than the peer's receive buffer
    co_await send(*ends.server, "never read");
    co_await runtime->sleep_for(1ms);
    co_await send(*ends.client, much);
    ends.client->close();
    EXPECT_EQ((co_await receive_to_end(*ends.server)).size(), much.size());
  });
}

TEST_P(AllStreams, EndsItsOwnReadOnClose) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    boost::asio::post(runtime->executor(), [&ends] { ends.client->close(); });
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await ends.client->read_some(buffer)), Error::Kind::closed);
    EXPECT_EQ(failure_of(co_await ends.client->read_some(buffer)), Error::Kind::closed);
    EXPECT_EQ(failure_of(co_await ends.client->write(bytes("x"))), Error::Kind::closed);
  });
}

TEST_P(AllStreams, EndsAReadOfAStreamThatIsDestroyed) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    boost::asio::post(runtime->executor(), [&ends] { ends.client = nullptr; });
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await ends.client->read_some(buffer)), Error::Kind::closed);
  });
}

TEST_P(AllStreams, DistinguishesAResetFromAnEnd) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    ends.client->reset();
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await ends.server->read_some(buffer)), Error::Kind::reset);
    EXPECT_EQ(failure_of(co_await ends.client->read_some(buffer)), Error::Kind::closed);
  });
}

TEST_P(AllStreams, EndsAReadUnderWayWhenThePeerResets) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    boost::asio::post(runtime->executor(), [&ends] { ends.client->reset(); });
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await ends.server->read_some(buffer)), Error::Kind::reset);
  });
}

TEST_P(AllStreams, EndsAReadUnderWayWhenThePeerCloses) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    boost::asio::post(runtime->executor(), [&ends] { ends.client->close(); });
    EXPECT_EQ(co_await receive_some(*ends.server), "");
  });
}

TEST_P(AllStreams, EndsAWriteUnderWayWhenThePeerResets) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    const std::string much = more_than_buffers_hold();
    const auto abort = [](Stream& stream) -> Awaitable<void> {
      co_await receive(stream, 1000);
      stream.reset();
    };
    const auto written = co_await (ends.client->write(bytes(much)) && abort(*ends.server));
    std::array<std::uint8_t, 8> buffer{};
    if (written) EXPECT_EQ(failure_of(co_await ends.client->read_some(buffer)), Error::Kind::reset);
    if (!written) EXPECT_EQ(failure_of(written), Error::Kind::reset);
  });
}

TEST_P(AllStreams, RefusesTwoReadsAtOnce) {
  with_connection([](Ends& ends) -> Awaitable<void> {
    const auto second_read_is_refused = [](Stream& stream) -> Awaitable<bool> {
      std::array<std::uint8_t, 8> buffer{};
      try {
        static_cast<void>(co_await stream.read_some(buffer));
      } catch (const std::logic_error&) {
        co_return true;
      }
      co_return false;
    };
    std::array<std::uint8_t, 8> buffer{};
    const auto result = co_await (ends.client->read_some(buffer) || second_read_is_refused(*ends.client));
    EXPECT_TRUE(std::get<1>(result));
  });
}

// Time.

TEST_P(BothRuntimes, SleepsAtLeastAsLongAsRequested) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto start = rt.now();
    co_await rt.sleep_for(2ms);
    EXPECT_GE(rt.now() - start, 2ms);
    co_await rt.sleep_until(start);
    co_await rt.sleep_for(Duration::zero());
  }(*runtime));
}

TEST_P(BothRuntimes, DistinguishesADueTimerFromAWokenOne) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto timer = rt.make_timer();
    timer->wake();
    EXPECT_TRUE(co_await timer->wait_until(rt.now() + 1ms)) << "a wake() without a wait must not end a later one";
    boost::asio::post(rt.executor(), [&timer] { timer->wake(); });
    EXPECT_FALSE(co_await timer->wait_until(TimePoint::max()));
    EXPECT_TRUE(co_await timer->wait_until(rt.now() - 1s));
  }(*runtime));
}

TEST_P(BothRuntimes, EndsTheWaitOfATimerThatIsDestroyed) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    auto timer = rt.make_timer();
    boost::asio::post(rt.executor(), [&timer] { timer = nullptr; });
    EXPECT_FALSE(co_await timer->wait_until(TimePoint::max()));
  }(*runtime));
}

// Cancellation.

TEST_P(AllStreams, LosesNoByteToACancelledRead) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    const auto writer = [](Runtime& rt, Stream& stream) -> Awaitable<void> {
      for (int i = 0; i < 200; ++i) {
        co_await send(stream, "0123456789");
        if (i % 3 == 0) co_await rt.sleep_for(20us);
      }
      stream.shutdown_send();
    };
    const auto impatient_reader = [](Runtime& rt, Stream& stream) -> Awaitable<std::string> {
      std::string all;
      while (true) {
        std::array<std::uint8_t, 7> buffer{};
        const auto result = co_await (rt.sleep_for(10us) || stream.read_some(buffer));
        if (result.index() == 0) continue;
        const auto count = value_of(std::get<1>(result));
        if (count == 0) co_return all;
        all.append(reinterpret_cast<const char*>(buffer.data()), count);
      }
    };
    const auto all = co_await (writer(*runtime, *ends.client) && impatient_reader(*runtime, *ends.server));
    std::string expected;
    for (int i = 0; i < 200; ++i) expected += "0123456789";
    EXPECT_EQ(all, expected);
  });
}

TEST_P(BothRuntimes, LosesNothingToAnOperationThatIsCancelledAtOnce) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto nothing = []() -> Awaitable<void> { co_return; };
    const auto listener = value_of(rt.listen(anywhere()));
    const auto client = value_of(co_await rt.connect(listener->url(), rt.now() + 5s));
    co_await rt.sleep_for(1ms);
    const auto no_accept = co_await (nothing() || listener->accept());
    EXPECT_EQ(no_accept.index(), 0u);
    const auto server = value_of(co_await listener->accept());

    co_await send(*client, "x");
    co_await rt.sleep_for(1ms);
    std::array<std::uint8_t, 8> buffer{};
    const auto no_read = co_await (nothing() || server->read_some(buffer));
    EXPECT_EQ(no_read.index(), 0u);
    EXPECT_EQ(co_await receive_some(*server), "x");
  }(*runtime));
}

TEST_P(AllStreams, PrefersBytesToADeadlineThatIsNotDue) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    co_await send(*ends.client, "x");
    std::array<std::uint8_t, 8> buffer{};
    const auto result = co_await (ends.server->read_some(buffer) || runtime->sleep_for(5s));
    EXPECT_EQ(result.index(), 0u);
  });
}

TEST_P(AllStreams, CancelsATimer) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    const auto timer = runtime->make_timer();
    co_await send(*ends.client, "x");
    std::array<std::uint8_t, 8> buffer{};
    const auto result = co_await (timer->wait_until(TimePoint::max()) || ends.server->read_some(buffer));
    EXPECT_EQ(result.index(), 1u);
    EXPECT_TRUE(co_await timer->wait_until(runtime->now() + 1ms)) << "the timer can be used again";
  });
}

TEST_P(BothRuntimes, LosesNoConnectionToACancelledAccept) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    const auto timed_out = co_await (listener->accept() || rt.sleep_for(1ms));
    EXPECT_EQ(timed_out.index(), 1u);
    const auto client = value_of(co_await rt.connect(listener->url(), rt.now() + 5s));
    const auto accepted = co_await (listener->accept() || rt.sleep_for(5s));
    EXPECT_EQ(accepted.index(), 0u);
  }(*runtime));
}

TEST_P(BothRuntimes, CancelsAConnectionAttempt) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto nothing = []() -> Awaitable<void> { co_return; };
    const auto listener = value_of(rt.listen(anywhere()));
    const auto result = co_await (nothing() || rt.connect(listener->url(), rt.now() + 5s));
    EXPECT_EQ(result.index(), 0u);
  }(*runtime));
}

TEST_P(AllStreams, CancelsAWriteThatWaitsForItsReader) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    const std::string much = more_than_buffers_hold();
    const auto result = co_await (ends.client->write(bytes(much)) || runtime->sleep_for(2ms));
    EXPECT_EQ(result.index(), 1u);
  });
}

TEST_P(AllStreams, ThrowsOperationAbortedFromWhatWasCancelled) {
  with_connection([this](Ends& ends) -> Awaitable<void> {
    bool aborted = false;
    const auto reader = [&]() -> Awaitable<void> {
      std::array<std::uint8_t, 8> buffer{};
      try {
        static_cast<void>(co_await ends.client->read_some(buffer));
      } catch (const boost::system::system_error& error) {
        aborted = error.code() == boost::asio::error::operation_aborted;
      }
    };
    co_await (reader() || runtime->sleep_for(1ms));
    EXPECT_TRUE(aborted);
  });
}

// Listeners.

TEST_P(BothRuntimes, EndsAnAcceptWhenItsListenerCloses) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    auto listener = value_of(rt.listen(anywhere()));
    boost::asio::post(rt.executor(), [&listener] { listener->close(); });
    EXPECT_EQ(failure_of(co_await listener->accept()), Error::Kind::closed);
    EXPECT_EQ(failure_of(co_await listener->accept()), Error::Kind::closed);
    listener = value_of(rt.listen(anywhere()));
    boost::asio::post(rt.executor(), [&listener] { listener = nullptr; });
    EXPECT_EQ(failure_of(co_await listener->accept()), Error::Kind::closed);
  }(*runtime));
}

TEST_P(BothRuntimes, ResetsConnectionsThatWereNotAcceptedWhenItsListenerCloses) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    const auto client = value_of(co_await rt.connect(listener->url(), rt.now() + 5s));
    listener->close();
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await client->read_some(buffer)), Error::Kind::reset);
  }(*runtime));
}

TEST_P(BothRuntimes, ReusesAPortThatWasReleased) {
  const auto url = value_of(runtime->listen(anywhere()))->url();
  EXPECT_EQ(value_of(runtime->listen(url))->url(), url);
}

// Running.

TEST_P(BothRuntimes, RethrowsWhatTheTaskThrows) {
  const auto task = [](Runtime& rt) -> Awaitable<void> {
    co_await rt.sleep_for(1us);
    throw std::domain_error("thrown");
  };
  EXPECT_THROW(runtime->run_to_end(task(*runtime)), std::domain_error);
}

TEST_P(BothRuntimes, LetsAnExceptionOfASpawnedCoroutineLeaveRun) {
  const auto task = [](Runtime& rt) -> Awaitable<void> {
    co_await rt.sleep_for(1us);
    throw std::domain_error("thrown");
  };
  const auto immediate = []() -> Awaitable<void> {
    throw std::domain_error("thrown");
    co_return;
  };
  runtime->spawn(task(*runtime));
  EXPECT_THROW(runtime->run(), std::domain_error);
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> { co_await rt.sleep_for(1us); }(*runtime));
  runtime->spawn(immediate());
  EXPECT_THROW(runtime->run_to_end(runtime->sleep_for(1h)), std::domain_error);
}

TEST_P(BothRuntimes, IsNotStoppedByATaskOfAnEarlierRun) {
  const auto task = []() -> Awaitable<void> {
    throw std::domain_error("thrown");
    co_return;
  };
  runtime->spawn(task());
  EXPECT_THROW(runtime->run_to_end(runtime->sleep_for(1ms)), std::domain_error);
  runtime->run_to_end(runtime->sleep_for(3ms));
}

TEST_P(BothRuntimes, StopsAndContinues) {
  int steps = 0;
  const auto task = [&](Runtime& rt) -> Awaitable<void> {
    ++steps;
    rt.stop();
    co_await rt.sleep_for(1us);
    ++steps;
  };
  runtime->spawn(task(*runtime));
  runtime->run();
  EXPECT_EQ(steps, 1);
  runtime->run();
  EXPECT_EQ(steps, 2);
}

TEST_P(AllStreams, IsDestroyedUnderSuspendedCoroutines) {
  const auto hold = [](Runtime& rt, Scheme over) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    const auto timer = rt.make_timer();
    auto ends = co_await testing::connected(rt, over);
    auto idle = co_await testing::connected(rt, over);
    std::array<std::uint8_t, 8> buffer{};
    std::array<std::uint8_t, 8> other_buffer{};
    const std::string much = more_than_buffers_hold();
    const auto both = co_await (ends.client->read_some(buffer) && ends.client->write(bytes(much)) && idle.server->read_some(other_buffer) &&
                                listener->accept() && timer->wait_until(rt.now() + 1h));
    ADD_FAILURE() << "expected: the wait never ends; got: it ended";
  };
  runtime->spawn(hold(*runtime, scheme()));
  runtime->spawn(runtime->sleep_for(1h));
  runtime->run_to_end(runtime->sleep_for(5ms));
  runtime = nullptr;
}

TEST_P(BothRuntimes, IsDestroyedUnderACoroutineThatNeverRan) {
  runtime->spawn(runtime->sleep_for(1h));
  runtime = nullptr;
}

}  // namespace
}  // namespace mqttspec::transport::testing
