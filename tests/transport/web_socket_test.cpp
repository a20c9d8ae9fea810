// WebSocket only; runtime_test.cpp tests what all streams have in common.
#include "reference/transport/web_socket.hpp"
#include "tests/transport/support.hpp"

#include <fmt/format.h>

namespace mqttspec::transport::testing {
namespace {

/// A frame of up to 125 bytes, masked with zeros.
std::string raw_frame(int first_byte, std::string_view payload) {
  return std::string{static_cast<char>(first_byte), static_cast<char>(0x80 | payload.size())} + std::string(4, '\0') + std::string(payload);
}

constexpr std::string_view request =
    "GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: other, mqtt\r\n";

class WebSocket : public ::testing::TestWithParam<RuntimeKind> {
 protected:
  /// Runs `act(client, server)` with a client that has a plain stream to a WebSocket server.
  void with_raw_client(const std::function<Awaitable<void>(Stream&, Stream&)>& act, ListenOptions options = {}) {
    runtime->run_to_end([](Runtime& rt, const auto& run, ListenOptions with) -> Awaitable<void> {
      const auto listener = value_of(rt.listen(anywhere(Scheme::ws), with));
      auto plain = listener->url();
      plain.scheme = Scheme::mqtt;
      const auto client = value_of(co_await rt.connect(plain, rt.now() + 5s));
      const auto server = value_of(co_await listener->accept());
      co_await run(*client, *server);
    }(*runtime, act, options));
  }

  /// Sends bytes that are not a valid request. @return the first line of the answer; the server also closes the connection
  std::string refusal_of(std::string_view sent, Error::Kind kind = Error::Kind::handshake) {
    std::string line;
    with_raw_client([&](Stream& client, Stream& server) -> Awaitable<void> {
      co_await send(client, sent);
      std::array<std::uint8_t, 8> buffer{};
      EXPECT_EQ(failure_of(co_await server.read_some(buffer)), kind);
      const auto answer = co_await receive_to_end(client);
      line = answer.substr(0, answer.find('\r'));
    });
    return line;
  }

  /// @return the error message of a client that receives this response
  std::string complaint_about(std::string_view response) {
    std::string message;
    runtime->run_to_end([&](Runtime& rt) -> Awaitable<void> {
      const auto listener = value_of(rt.listen(anywhere()));
      auto url = listener->url();
      url.scheme = Scheme::ws;
      url.path = "/mqtt";
      const auto answer = [&]() -> Awaitable<std::unique_ptr<Stream>> {
        auto stream = value_of(co_await listener->accept());
        co_await receive_some(*stream);
        co_await send(*stream, response);
        co_return stream;
      };
      auto [client, server] = co_await (rt.connect(url, rt.now() + 5s) && answer());
      EXPECT_EQ(failure_of(client), Error::Kind::handshake);
      message = client.error().message;
    }(*runtime));
    return message;
  }

  std::unique_ptr<Runtime> runtime = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Transport, WebSocket, ::testing::Values(real, simulated),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(WebSocket, OffersAndAnswersTheSubprotocolOfMqtt) {
  with_connection(
      *runtime,
      [](Ends& ends) -> Awaitable<void> {
        EXPECT_EQ(ends.client->web_socket()->subprotocol(), "mqtt");
        co_await send(*ends.client, "x");
        co_await receive(*ends.server, 1);
        EXPECT_EQ(ends.server->web_socket()->subprotocol(), "mqtt");
      },
      Scheme::ws);
}

TEST_P(WebSocket, HasFramesOnlyWithAWebSocketScheme) {
  with_connection(
      *runtime,
      [](Ends& ends) -> Awaitable<void> {
        EXPECT_EQ(ends.client->web_socket(), nullptr);
        co_return;
      },
      Scheme::mqtts);
}

TEST_P(WebSocket, SendsAMessageInTheGivenFrames) {
  with_connection(
      *runtime,
      [](Ends& ends) -> Awaitable<void> {
        const std::array pieces{bytes("on"), bytes(""), bytes("e pac"), bytes("ket")};
        value_of(co_await ends.client->web_socket()->write_message(FrameType::binary, pieces));
        EXPECT_EQ(co_await receive(*ends.server, 10), "one packet");
        const auto& seen = *ends.server->web_socket();
        EXPECT_EQ(seen.frames_received(FrameType::binary), 1u);
        EXPECT_EQ(seen.frames_received(FrameType::continuation), 3u);
      },
      Scheme::ws);
}

TEST_P(WebSocket, ClosesTheConnectionOnATextFrame) {
  with_connection(
      *runtime,
      [](Ends& ends) -> Awaitable<void> {
        const std::array piece{bytes("text")};
        value_of(co_await ends.client->web_socket()->write_message(FrameType::text, piece));
        std::array<std::uint8_t, 8> buffer{};
        EXPECT_EQ(failure_of(co_await ends.server->read_some(buffer)), Error::Kind::protocol);
        EXPECT_EQ(failure_of(co_await ends.server->read_some(buffer)), Error::Kind::protocol) << "the error persists";
        EXPECT_EQ(ends.server->web_socket()->frames_received(FrameType::text), 1u);
        EXPECT_EQ(co_await receive_some(*ends.client), "");
        EXPECT_EQ(ends.client->web_socket()->frames_received(FrameType::close), 1u);
      },
      Scheme::ws);
}

TEST_P(WebSocket, RejectsMessagesOfOtherTypesAndWithoutFrames) {
  with_connection(
      *runtime,
      [](Ends& ends) -> Awaitable<void> {
        const std::array piece{bytes("x")};
        int refused = 0;
        for (const auto type : {FrameType::ping, FrameType::binary}) {
          try {
            static_cast<void>(
                co_await ends.client->web_socket()->write_message(type, std::span(piece).first(type == FrameType::ping ? 1 : 0)));
          } catch (const std::invalid_argument&) {
            ++refused;
          }
        }
        EXPECT_EQ(refused, 2);
      },
      Scheme::ws);
}

TEST_P(WebSocket, RefusesInvalidRequests) {
  const std::string whole = std::string(request) + "\r\n";
  const auto without = [&](std::string_view field) {
    auto text = whole;
    const auto at = text.find(field);
    return text.erase(at, text.find("\r\n", at) + 2 - at);
  };
  EXPECT_EQ(refusal_of(std::string("\x10\x0c\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00", 15)), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of("GET nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(without("Sec-WebSocket-Protocol"), Error::Kind::no_subprotocol), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(without("Sec-WebSocket-Key")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal_of(without("Sec-WebSocket-Version")), "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(refusal_of(without("Upgrade: websocket")), "HTTP/1.1 426 Upgrade Required");
  EXPECT_EQ(refusal_of("GET /other" + whole.substr(9)), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(refusal_of(std::string(request) + "X: " + std::string(20'000, 'x')), "HTTP/1.1 400 Bad Request");
}

TEST_P(WebSocket, AnswersARequestAsTheStandardShowsIt) {
  with_raw_client([](Stream& client, Stream& server) -> Awaitable<void> {
    // The key and the answer are from RFC 6455, section 1.3. A frame follows in the same segment.
    co_await send(client, std::string(request) + "\r\n" + raw_frame(0x82, "first"));
    EXPECT_EQ(co_await receive(server, 5), "first");
    server.close();
    const auto answer = co_await receive_to_end(client);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
    EXPECT_TRUE(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) << answer;
    EXPECT_TRUE(answer.contains("Sec-WebSocket-Protocol: mqtt\r\n")) << answer;
  });
}

TEST_P(WebSocket, ExplainsAFailedHandshake) {
  EXPECT_TRUE(complaint_about("HTTP/1.1 404 Not Found\r\n\r\n").contains("404 Not Found"));
  EXPECT_TRUE(complaint_about(std::string(" \x02\x00\x00", 4)).contains("does not use HTTP"));
  EXPECT_TRUE(complaint_about("HTTP/1.1 nonsense\r\n\r\n").contains("is not HTTP"));
  EXPECT_TRUE(complaint_about("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n")
                  .contains("Sec-WebSocket-Accept"));
  EXPECT_TRUE(complaint_about("HTTP/1.1 101 x\r\n\r\n").contains("a protocol other than"));
  EXPECT_TRUE(complaint_about("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')).contains("longer than"));
}

TEST_P(WebSocket, AnswersAFloodOfPingsInBoundedMemory) {
  with_raw_client([](Stream& client, Stream& server) -> Awaitable<void> {
    std::string flood = std::string(request) + "\r\n";
    constexpr int pings = 10'000;
    for (int i = 0; i < pings; ++i) flood += raw_frame(0x89, std::string(100, 'p'));
    flood += raw_frame(0x82, "end");
    const auto drain = [](Stream& stream) -> Awaitable<std::size_t> {
      std::size_t total = 0;
      while (total < pings * 102) total += (co_await receive_some(stream)).size();
      co_return total;
    };
    // The server reads the flood only as fast as the client reads the pongs.
    const auto [total, last] = co_await (send(client, flood) && drain(client) && receive(server, 3));
    EXPECT_EQ(last, "end");
    EXPECT_GE(total, pings * 102u);
    EXPECT_EQ(server.web_socket()->frames_received(FrameType::ping), static_cast<std::uint64_t>(pings));
  });
}

TEST_P(WebSocket, ClosesTheConnectionOfAPeerThatOnlySendsFramesWithoutPayload) {
  with_connection(
      *runtime,
      [](Ends& ends) -> Awaitable<void> {
        const std::vector<std::span<const std::uint8_t>> pieces(2'000);
        value_of(co_await ends.server->web_socket()->write_message(FrameType::binary, pieces));
        std::array<std::uint8_t, 8> buffer{};
        EXPECT_EQ(failure_of(co_await ends.client->read_some(buffer)), Error::Kind::protocol);
      },
      Scheme::ws);
}

TEST_P(WebSocket, DoesNotReadFromAPeerThatDoesNotTakeItsPongs) {
  with_raw_client([this](Stream& client, Stream& server) -> Awaitable<void> {
    std::string flood = std::string(request) + "\r\n";
    while (flood.size() < 30'000'000) flood += raw_frame(0x89, std::string(125, 'p'));
    std::array<std::uint8_t, 8> buffer{};
    const auto flooding = [](Stream& stream, std::string_view text, Stream& other, std::span<std::uint8_t> into) -> Awaitable<void> {
      const auto sent = co_await (send(stream, text) || other.read_some(into));
      ADD_FAILURE() << "expected: both operations wait; got: one ended: " << sent.index();
    };
    co_await (flooding(client, flood, server, buffer) || runtime->sleep_for(300ms));
  });
}

TEST_P(WebSocket, AnswersACloseFrameWhenItsOwnSideEnds) {
  with_raw_client([](Stream& client, Stream& server) -> Awaitable<void> {
    co_await send(client, std::string(request) + "\r\n" + raw_frame(0x82, "last") + raw_frame(0x88, "\x03\xe8"));
    EXPECT_EQ(co_await receive_to_end(server), "last");
    co_await send(server, "answer");
    server.close();
    const auto all = co_await receive_to_end(client);
    EXPECT_TRUE(
        all.ends_with("\x82\x06"
                      "answer\x88\x02\x03\xe8"))
        << all;
  });
}

TEST_P(WebSocket, DistinguishesATruncationFromAnEnd) {
  with_raw_client([](Stream& client, Stream& server) -> Awaitable<void> {
    co_await send(client, std::string(request) + "\r\n" + raw_frame(0x82, "half").substr(0, 8));
    client.close();
    EXPECT_EQ(co_await receive(server, 2), "ha");
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await server.read_some(buffer)), Error::Kind::truncated);
  });
}

// Handshakes that are never completed.

class Handshakes : public ::testing::TestWithParam<std::tuple<RuntimeKind, Scheme>> {
 protected:
  Scheme scheme() const { return std::get<Scheme>(GetParam()); }
  std::unique_ptr<Runtime> runtime = std::get<RuntimeKind>(GetParam()).make();
};

std::string name_of(const ::testing::TestParamInfo<std::tuple<RuntimeKind, Scheme>>& info) {
  const auto& [kind, scheme] = info.param;
  const auto url = to_string(Url{.scheme = scheme, .path = ""});
  return fmt::format("{}_{}", kind.name, url.substr(0, url.find(':')));
}

INSTANTIATE_TEST_SUITE_P(Transport, Handshakes,
                         ::testing::Combine(::testing::Values(real, simulated), ::testing::Values(Scheme::mqtts, Scheme::ws, Scheme::wss)),
                         name_of);

TEST_P(Handshakes, EndAtTheDeadlineOfTheClient) {
  runtime->run_to_end([](Runtime& rt, Scheme over) -> Awaitable<void> {
    const auto silent = value_of(rt.listen(anywhere()));
    auto url = silent->url();
    url.scheme = over;
    url.path = is_web_socket(over) ? "/mqtt" : "";
    const auto start = rt.now();
    auto [client, server] = co_await (rt.connect(url, start + 20ms, options_for(over)) && silent->accept());
    EXPECT_EQ(failure_of(client), Error::Kind::timed_out);
    EXPECT_GE(rt.now() - start, 20ms);
  }(*runtime, scheme()));
}

TEST_P(Handshakes, EndAtTheTimeoutOfTheServerAndDoNotDelayOthers) {
  runtime->run_to_end([](Runtime& rt, Scheme over) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere(over), {.tls = is_tls(over) ? known_server() : nullptr, .handshake_timeout = 300ms}));
    auto plain = listener->url();
    plain.scheme = Scheme::mqtt;
    const auto silent = value_of(co_await rt.connect(plain, rt.now() + 5s));
    const auto stalled = value_of(co_await listener->accept());
    auto [client, server] = co_await (rt.connect(listener->url(), rt.now() + 5s, options_for(over)) && listener->accept());
    co_await send(*value_of(std::move(client)), "x");
    EXPECT_EQ(co_await receive(*value_of(std::move(server)), 1), "x");
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await stalled->read_some(buffer)), Error::Kind::timed_out);
    EXPECT_EQ(failure_of(co_await silent->read_some(buffer)), Error::Kind::reset);
  }(*runtime, scheme()));
}

TEST_P(Handshakes, EndWhenTheAcceptedStreamIsClosed) {
  runtime->run_to_end([](Runtime& rt, Scheme over) -> Awaitable<void> {
    const auto listener = listener_for(rt, over);
    auto plain = listener->url();
    plain.scheme = Scheme::mqtt;
    const auto silent = value_of(co_await rt.connect(plain, rt.now() + 5s));
    auto accepted = value_of(co_await listener->accept());
    accepted = nullptr;
    EXPECT_EQ(co_await receive_some(*silent), "");
  }(*runtime, scheme()));
}

TEST_P(Handshakes, CanBeCancelled) {
  runtime->run_to_end([](Runtime& rt, Scheme over) -> Awaitable<void> {
    const auto silent = value_of(rt.listen(anywhere()));
    auto url = silent->url();
    url.scheme = over;
    const auto result = co_await (rt.connect(url, rt.now() + 5s, options_for(over)) || rt.sleep_for(5ms));
    EXPECT_EQ(result.index(), 1u);
    const auto server = value_of(co_await silent->accept());
    std::array<std::uint8_t, 4096> buffer{};
    auto count = co_await server->read_some(buffer);
    while (count && *count > 0) count = co_await server->read_some(buffer);
    EXPECT_TRUE(!count || *count == 0) << "the connection is closed";
  }(*runtime, scheme()));
}

}  // namespace
}  // namespace mqttspec::transport::testing
