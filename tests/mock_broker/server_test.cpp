// The engine on streams: simulated and real.

#include "mock_broker/server.hpp"
#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/defects.hpp"
#include "reference/scram/scram.hpp"
#include "reference/transport/web_socket.hpp"
#include "reference/wire/build.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"
#include "tests/transport/certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <span>
#include <string>

namespace mqttspec::mock_broker {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using transport::Awaitable;

constexpr auto v3_1_1 = spec::ProtocolVersion::v3_1_1;
constexpr auto v5_0 = spec::ProtocolVersion::v5_0;

/// A connection to a server.
class Remote {
 public:
  explicit Remote(std::unique_ptr<transport::Stream> stream) : stream_(std::move(stream)) {}

  static Awaitable<Remote> open(transport::Runtime& runtime, transport::Url url) {
    transport::ConnectOptions options;
    if (transport::is_tls(url.scheme)) options.tls = transport::testing::trusting_client();
    auto stream = co_await runtime.connect(url, runtime.now() + 5s, options);
    if (!stream) throw std::runtime_error(stream.error().message);
    co_return Remote(std::move(*stream));
  }
  static Awaitable<Remote> join(transport::Runtime& runtime, transport::Url url, std::string client_id) {
    Remote remote = co_await open(runtime, url);
    co_await remote.send(wire::Connect{.version = v3_1_1, .client_id = std::move(client_id)});
    const auto connack = co_await remote.receive();
    EXPECT_TRUE(connack && std::holds_alternative<wire::Connack>(*connack));
    co_return remote;
  }

  Awaitable<void> send(wire::Packet packet) {
    const wire::Bytes bytes = wire::encode(packet, v3_1_1);
    const auto written = co_await stream_->write(bytes);
    EXPECT_TRUE(written);
  }
  /// @return nothing when the server has closed
  Awaitable<std::optional<wire::Packet>> receive() {
    while (true) {
      if (!input_.empty()) {
        auto next = decoder_.next(input_);
        if (!next) throw std::runtime_error(next.error().explanation);
        if (*next) co_return wire::to_owned((*next)->packet);
      }
      const auto count = co_await stream_->read_some(buffer_);
      if (!count || *count == 0) co_return std::nullopt;
      input_ = wire::ByteView(buffer_).first(*count);
    }
  }
  transport::Stream& stream() { return *stream_; }

 private:
  std::unique_ptr<transport::Stream> stream_;
  wire::Decoder decoder_{{.from = wire::Direction::server_to_client, .version = v3_1_1}};
  wire::Bytes buffer_ = wire::Bytes(4'096);
  wire::ByteView input_;
};

enum class Kind { real, simulated };

class ServerOn : public ::testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<transport::Runtime> make_runtime() const {
    return GetParam() == Kind::real ? transport::make_real_runtime() : transport::make_sim_runtime();
  }
  static transport::Url any_port() { return {.host = "127.0.0.1", .port = 0}; }

  void play(Configuration configuration, const std::function<Awaitable<void>(transport::Runtime&, Server&, transport::Url)>& act) {
    const auto runtime = make_runtime();
    Server server(*runtime, std::move(configuration));
    const auto url = server.listen(any_port());
    ASSERT_TRUE(url) << url.error().message;
    ASSERT_NE(url->port, 0);
    runtime->run_to_end(act(*runtime, server, *url));
    server.stop();
  }
};
INSTANTIATE_TEST_SUITE_P(Runtime, ServerOn, ::testing::Values(Kind::simulated, Kind::real),
                         [](const auto& info) { return info.param == Kind::real ? "Sockets" : "SimulatedTime"; });

TEST_P(ServerOn, CarriesAMessageFromOneClientToAnother) {
  play({}, [](transport::Runtime& runtime, Server& server, transport::Url url) -> Awaitable<void> {
    Remote subscriber = co_await Remote::join(runtime, url, "subscriber");
    co_await subscriber.send(subscribe(1, "a", wire::QoS::at_least_once));
    co_await subscriber.receive();
    Remote publisher = co_await Remote::join(runtime, url, "publisher");
    co_await publisher.send(publish("a", std::string(100'000, 'x')).qos(1).packet_id(3));
    const auto puback = co_await publisher.receive();
    EXPECT_TRUE(puback && std::holds_alternative<wire::Puback>(*puback));
    const auto message = co_await subscriber.receive();
    EXPECT_TRUE(message && std::get<wire::Publish>(*message).payload.size() == 100'000);
    EXPECT_EQ(server.connections(), 2u);
  });
}

transport::Url any_port_for(transport::Scheme scheme) {
  return {.scheme = scheme, .host = "127.0.0.1", .port = 0, .path = transport::is_web_socket(scheme) ? "/mqtt" : ""};
}

constexpr std::array all_schemes{transport::Scheme::mqtt, transport::Scheme::mqtts, transport::Scheme::ws, transport::Scheme::wss};

TEST_P(ServerOn, ServesAllSchemesAtOnce) {
  const auto runtime = make_runtime();
  Server server(*runtime);
  std::vector<transport::Url> urls;
  for (const auto scheme : all_schemes) {
    const auto url = server.listen(any_port_for(scheme), {.tls = transport::testing::known_server()});
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_NE(url->port, 0);
    EXPECT_EQ(url->scheme, scheme);
    urls.push_back(*url);
  }
  runtime->run_to_end([](transport::Runtime& on, std::vector<transport::Url> to) -> Awaitable<void> {
    Remote subscriber = co_await Remote::join(on, to.back(), "subscriber");
    co_await subscriber.send(subscribe(1, "a"));
    co_await subscriber.receive();
    for (const auto& url : to) {
      Remote publisher = co_await Remote::join(on, url, "publisher");
      co_await publisher.send(publish("a", std::string(100'000, 'x')));
      const auto message = co_await subscriber.receive();
      EXPECT_TRUE(message && std::get<wire::Publish>(*message).payload.size() == 100'000) << to_string(url);
    }
  }(*runtime, urls));
}

TEST_P(ServerOn, CountsConnectionsThatDoNotFinishTheirHandshake) {
  for (const auto scheme : {transport::Scheme::mqtts, transport::Scheme::ws}) {
    const auto runtime = make_runtime();
    Server server(*runtime, {.maximum_unidentified_connections = 1, .connect_timeout = 1s});
    const auto url = server.listen(any_port_for(scheme), {.tls = transport::testing::known_server()});
    ASSERT_TRUE(url) << url.error().message;
    runtime->run_to_end([](transport::Runtime& on, Server& counting, transport::Url to) -> Awaitable<void> {
      auto plain = to;
      plain.scheme = transport::Scheme::mqtt;
      Remote silent = co_await Remote::open(on, plain);
      co_await on.sleep_for(10ms);
      EXPECT_EQ(counting.connections(), 1u);
      Remote one_more = co_await Remote::open(on, plain);
      EXPECT_FALSE(co_await one_more.receive()) << "closed at once";
      EXPECT_FALSE(co_await silent.receive()) << "closed when its time to send a CONNECT is over";
      for (int i = 0; i < 100 && counting.connections() > 0; ++i) co_await on.sleep_for(10ms);
      EXPECT_EQ(counting.connections(), 0u);
      Remote good = co_await Remote::join(on, to, "good");
    }(*runtime, server, *url));
  }
}

TEST_P(ServerOn, AnswersARefusedConnectBeforeItCloses) {
  play({.available = false}, [](transport::Runtime& runtime, Server&, transport::Url url) -> Awaitable<void> {
    Remote client = co_await Remote::open(runtime, url);
    wire::Bytes bytes = wire::encode(wire::Connect{.version = v3_1_1, .client_id = "a"}, v3_1_1);
    for (int i = 0; i < 1'000; ++i) wire::encode(wire::Pingreq{}, v3_1_1, bytes);  // more than the server reads
    co_await client.stream().write(bytes);
    const auto connack = co_await client.receive();
    EXPECT_TRUE(connack && std::get<wire::Connack>(*connack).reason_code == wire::return_code::server_unavailable);
    EXPECT_FALSE(co_await client.receive());
  });
}

TEST_P(ServerOn, ForgetsClientsThatHaveVanished) {
  play({}, [](transport::Runtime& runtime, Server& server, transport::Url url) -> Awaitable<void> {
    Remote closing = co_await Remote::join(runtime, url, "closing");
    Remote aborting = co_await Remote::join(runtime, url, "aborting");
    Remote half = co_await Remote::join(runtime, url, "half");
    closing.stream().close();
    aborting.stream().reset();
    half.stream().shutdown_send();
    EXPECT_FALSE(co_await half.receive());
    for (int i = 0; i < 100 && server.connections() > 0; ++i) co_await runtime.sleep_for(10ms);
    EXPECT_EQ(server.connections(), 0u);
  });
}

TEST_P(ServerOn, DoesNotCollectMessagesForAClientThatDoesNotRead) {
  constexpr std::size_t limit = 10'000;
  play({.maximum_queued_messages = 50, .maximum_pending_output = limit},
       [](transport::Runtime& runtime, Server&, transport::Url url) -> Awaitable<void> {
         Remote lazy = co_await Remote::join(runtime, url, "lazy");
         co_await lazy.send(subscribe(1, "a"));
         co_await lazy.receive();
         Remote publisher = co_await Remote::join(runtime, url, "publisher");
         constexpr int sent = 3'000;
         for (int i = 0; i < sent; ++i) co_await publisher.send(publish("a", std::string(10'000, 'x')));
         co_await publisher.send(wire::Pingreq{});
         EXPECT_TRUE(co_await publisher.receive());
         co_await publisher.send(publish("a", "last").qos(1).packet_id(1));
         int received = 0;
         co_await lazy.send(wire::Pingreq{});
         for (auto packet = co_await lazy.receive(); packet && !std::holds_alternative<wire::Pingresp>(*packet);
              packet = co_await lazy.receive())
           ++received;
         EXPECT_LT(received, sent);
       });
}

TEST_P(ServerOn, StopsAtAnyTime) {
  play({}, [](transport::Runtime& runtime, Server& server, transport::Url url) -> Awaitable<void> {
    Remote client = co_await Remote::join(runtime, url, "client");
    Remote silent = co_await Remote::open(runtime, url);
    server.stop();
    EXPECT_FALSE(co_await client.receive());
    EXPECT_FALSE(co_await silent.receive());
    EXPECT_FALSE(co_await runtime.connect(url, runtime.now() + 1s));
    EXPECT_FALSE(server.listen(any_port()));
  });
}

TEST_P(ServerOn, ToldOfItsEndAClientOfMqtt5ReadsDisconnect) {
  play({}, [](transport::Runtime& runtime, Server& server, transport::Url url) -> Awaitable<void> {
    auto stream = co_await runtime.connect(url, runtime.now() + 5s);
    const wire::Bytes connect = wire::encode(wire::Connect{.version = v5_0, .client_id = "five"}, v5_0);
    co_await (*stream)->write(connect);
    wire::Bytes buffer(1'000);
    const auto connack = co_await (*stream)->read_some(buffer);
    EXPECT_TRUE(connack && *connack > 0);
    server.stop();
    wire::Bytes rest;
    for (auto count = co_await (*stream)->read_some(buffer); count && *count > 0; count = co_await (*stream)->read_some(buffer))
      rest.insert(rest.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    EXPECT_TRUE(std::ranges::equal(rest, wire::encode(wire::Disconnect{.reason_code = wire::ReasonCode::server_shutting_down}, v5_0)));
    (*stream)->close();
    for (int i = 0; i < 100 && server.connections() > 0; ++i) co_await runtime.sleep_for(10ms);
    EXPECT_EQ(server.connections(), 0u);
  });
}

TEST_P(ServerOn, KeepsARecordOfViolationsAndTellsOfEach) {
  play({.maximum_violations = 1}, [](transport::Runtime& runtime, Server& server, transport::Url url) -> Awaitable<void> {
    int told = 0;
    server.on_violation([&told](const ClientViolation&) { ++told; });
    for (const char* id : {"a", "b"}) {
      Remote client = co_await Remote::join(runtime, url, id);
      co_await client.send(wire::Connect{.version = v3_1_1, .client_id = id});
      EXPECT_FALSE(co_await client.receive());
    }
    EXPECT_EQ(told, 2);
    const auto violations = server.violations();
    EXPECT_TRUE(violations.size() == 1 && violations[0].client_id == "a" && violations[0].rule->id == "client/second-connect");
    server.clear_violations();
    EXPECT_TRUE(server.violations().empty());
  });
}

TEST_P(ServerOn, RecordsWhatClientsDoWrongOnWebSocket) {
  for (const bool takes_text_frames : {false, true}) {
    const auto runtime = make_runtime();
    Server server(*runtime, BrokerSetup{.web_socket = {.refuses_text_frames = !takes_text_frames}});
    const auto url = server.listen(any_port_for(transport::Scheme::ws));
    ASSERT_TRUE(url) << url.error().message;
    runtime->run_to_end([](transport::Runtime& on, transport::Url to) -> Awaitable<void> {
      const auto refused = co_await on.connect(to, on.now() + 5s, {.web_socket = {.subprotocols = "graphql-ws"}});
      EXPECT_FALSE(refused);
      Remote client = co_await Remote::join(on, to, "texter");
      const std::array<std::uint8_t, 2> pingreq{0xC0, 0};
      for (int i = 0; i < 2; ++i) {
        const std::array pieces{std::span<const std::uint8_t>(pingreq)};
        co_await client.stream().web_socket()->write_message(transport::FrameType::text, pieces);
        co_await client.receive();
      }
    }(*runtime, *url));
    std::vector<std::pair<std::string, std::string_view>> found;
    for (const ClientViolation& one : server.violations()) found.emplace_back(one.client_id, one.rule->id);
    EXPECT_EQ(found, (std::vector<std::pair<std::string, std::string_view>>{{"", "client/subprotocol-not-offered"},
                                                                            {"texter", "client/text-frame"}}));
  }
}

TEST(ServerInSimulatedTime, OffersScramToItsUsers) {
  const auto runtime = transport::make_sim_runtime();
  Server server(*runtime, Configuration{.users = {{"eva", "secret"}}});
  const auto url = server.listen({.host = "127.0.0.1", .port = 0});
  runtime->run_to_end([](transport::Runtime& on, transport::Url to) -> Awaitable<void> {
    auto stream = co_await on.connect(to, on.now() + 5s);
    wire::Connect connect{.version = v5_0, .client_id = "a"};
    connect.properties.set(wire::prop::authentication_method, std::string(scram::method));
    connect.properties.set(wire::prop::authentication_data, scram::Client("eva", "secret").first());
    const wire::Bytes bytes = wire::encode(connect, v5_0);
    co_await (*stream)->write(bytes);
    wire::Bytes buffer(1'000);
    const auto count = co_await (*stream)->read_some(buffer);
    EXPECT_TRUE(count && *count > 0 && buffer[0] == 0xF0) << "AUTH";
  }(*runtime, *url));
}

TEST(ServerInSimulatedTime, DisconnectsASilentClientAfterHoursInNoTime) {
  const auto runtime = transport::make_sim_runtime();
  Server server(*runtime);
  const auto url = server.listen({.host = "127.0.0.1", .port = 0});
  runtime->run_to_end([](transport::Runtime& on, transport::Url to) -> Awaitable<void> {
    Remote client = co_await Remote::open(on, to);
    co_await client.send(wire::Connect{.version = v3_1_1, .client_id = "a", .keep_alive = 36'000});
    co_await client.receive();
    const auto start = on.now();
    EXPECT_FALSE(co_await client.receive());
    EXPECT_GE(on.now() - start, 14h);
    EXPECT_LE(on.now() - start, 16h);
  }(*runtime, *url));
}

TEST(ServerInSimulatedTime, CanBeBrokenByADefect) {
  const auto runtime = transport::make_sim_runtime();
  Server server(*runtime, setup_with(*find_defect("ping/two-pingresps")));
  const auto url = server.listen({.host = "127.0.0.1", .port = 0});
  runtime->run_to_end([](transport::Runtime& on, transport::Url to) -> Awaitable<void> {
    Remote client = co_await Remote::join(on, to, "a");
    co_await client.send(wire::Pingreq{});
    EXPECT_TRUE(co_await client.receive());
    EXPECT_TRUE(co_await client.receive());
  }(*runtime, *url));
}

TEST(ServerInSimulatedTime, MayBeDestroyedWhileClientsAreConnected) {
  const auto runtime = transport::make_sim_runtime();
  auto server = std::make_unique<Server>(*runtime);
  const auto url = server->listen({.host = "127.0.0.1", .port = 0});
  runtime->run_to_end([](transport::Runtime& on, std::unique_ptr<Server>& own, transport::Url to) -> Awaitable<void> {
    Remote client = co_await Remote::join(on, to, "a");
    own.reset();
    EXPECT_FALSE(co_await client.receive());
  }(*runtime, server, *url));
}

// ---------------------------------------------------------------------------------------------------------------- WebSocket

using Messages = std::vector<wire::Bytes>;

/// Sends messages on a WebSocket of its own, and writes down what comes until the server closes.
Awaitable<void> look(transport::Runtime& runtime, transport::Url url, transport::FrameType type, Messages messages, std::string& seen) {
  const auto stream = (co_await runtime.connect(url, runtime.now() + 5s)).value();
  seen += "subprotocol \"" + stream->web_socket()->subprotocol() + "\"";
  for (const auto& message : messages) {
    const std::array pieces{std::span<const std::uint8_t>(message)};
    (void)co_await stream->web_socket()->write_message(type, pieces);
  }
  wire::Bytes buffer(1'000);
  auto count = co_await stream->read_some(buffer);
  for (; count && *count > 0; count = co_await stream->read_some(buffer)) seen += " " + wire::hex(wire::ByteView(buffer).first(*count));
  seen += count ? " end\n" : " " + count.error().message + "\n";
}

std::string seen_over_web_socket(const Defect* defect) {
  const auto connect = wire::encode(wire::Connect{.version = v3_1_1, .client_id = "c", .keep_alive = 5}, v3_1_1);
  const auto ping = wire::encode(wire::Pingreq{}, v3_1_1);
  wire::Bytes together = connect;
  together.insert(together.end(), ping.begin(), ping.end());
  const wire::Bytes half(connect.begin(), connect.begin() + 5);
  const wire::Bytes rest(connect.begin() + 5, connect.end());

  std::string seen;
  for (const auto& [type, messages] :
       {std::pair(transport::FrameType::binary, Messages{together}), std::pair(transport::FrameType::binary, Messages{half, rest}),
        std::pair(transport::FrameType::text, Messages{connect})}) {
    const auto runtime = transport::make_sim_runtime({.smallest_segment = 65'536});
    Server server = defect == nullptr ? Server(*runtime) : Server(*runtime, setup_with(*defect));
    const transport::Url url{.scheme = transport::Scheme::ws, .host = "sim", .port = 80, .path = "/mqtt"};
    EXPECT_TRUE(server.listen(url));
    runtime->run_to_end(look(*runtime, url, type, messages, seen));
  }
  return seen;
}

TEST(ServerOverWebSocket, IsBrokenAsItsDefectsSay) {
  const auto right = seen_over_web_socket(nullptr);
  EXPECT_TRUE(right.starts_with("subprotocol \"mqtt\" 20")) << right;
  int count = 0;
  for (const Defect& defect : defects()) {
    if (!defect.change_web_socket) continue;
    EXPECT_NE(seen_over_web_socket(&defect), right) << defect.id;
    ++count;
  }
  EXPECT_EQ(count, 6);
}

}  // namespace
}  // namespace mqttspec::mock_broker
