// TLS only; runtime_test.cpp tests what all streams have in common.
#include "tests/transport/support.hpp"

#include <fmt/format.h>

#include <optional>

namespace mqttspec::transport::testing {
namespace {

TlsServerOptions server_files(const std::string& name) {
  const auto& files = Certificates::made();
  return {.certificate_file = files.certificate(name), .key_file = files.key(name)};
}

std::string authority() { return Certificates::made().certificate("ca"); }

class Tls : public ::testing::TestWithParam<RuntimeKind> {
 protected:
  struct Attempt {
    TlsServerOptions server = server_files("server");
    TlsClientOptions client = {.ca_file = authority()};
  };

  /// Sends bytes to a server that echoes them. @return the bytes received, or the client's error
  std::expected<std::string, Error> greet(const Attempt& attempt) {
    const auto client = load_tls_client(attempt.client).value();
    const auto server = load_tls_server(attempt.server).value();
    std::expected<std::string, Error> outcome = "nothing";
    runtime->run_to_end([&]() -> Awaitable<void> {
      const auto listener = value_of(runtime->listen(anywhere(Scheme::mqtts), {.tls = server}));
      runtime->spawn(echo_once(*listener));
      outcome = co_await ask(listener->url(), {.tls = client});
    }());
    return outcome;
  }

  static Awaitable<void> echo_once(Listener& listener) {
    const auto stream = value_of(co_await listener.accept());
    std::array<std::uint8_t, 100> buffer{};
    const auto count = co_await stream->read_some(buffer);
    if (count) co_await stream->write(std::span(buffer).first(*count));
  }

  Awaitable<std::expected<std::string, Error>> ask(Url url, ConnectOptions options) {
    const auto stream = co_await runtime->connect(url, runtime->now() + 5s, options);
    if (!stream) co_return std::unexpected(stream.error());
    const auto written = co_await (*stream)->write(bytes("hello"));
    if (!written) co_return std::unexpected(written.error());
    std::string answer(5, '\0');
    const auto count = co_await (*stream)->read_some({reinterpret_cast<std::uint8_t*>(answer.data()), answer.size()});
    if (!count) co_return std::unexpected(count.error());
    co_return answer.substr(0, *count);
  }

  void expect_refused(const Attempt& attempt, std::string_view says) {
    const auto outcome = greet(attempt);
    ASSERT_FALSE(outcome) << *outcome;
    EXPECT_EQ(outcome.error().kind, Error::Kind::handshake) << outcome.error().message;
    EXPECT_TRUE(outcome.error().message.contains(says)) << outcome.error().message;
  }

  std::unique_ptr<Runtime> runtime = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Transport, Tls, ::testing::Values(real, simulated), [](const auto& info) { return std::string(info.param.name); });

TEST_P(Tls, TrustsTheGivenAuthority) { EXPECT_EQ(greet({}), "hello"); }

TEST_P(Tls, RejectsACertificateOfAnUnknownAuthority) {
  expect_refused({.server = server_files("stranger")}, "cannot verify the server's certificate: self-signed certificate");
  expect_refused({.client = {}}, "cannot verify the server's certificate");
}

TEST_P(Tls, RejectsAnExpiredCertificate) { expect_refused({.server = server_files("expired")}, "expired"); }

TEST_P(Tls, RejectsACertificateForAnotherName) {
  expect_refused({.client = {.ca_file = authority(), .server_name = "other.test"}}, "not for 'other.test'");
  expect_refused({.client = {.ca_file = authority(), .server_name = "127.0.0.2"}}, "not for '127.0.0.2'");
}

TEST_P(Tls, AcceptsACertificateForTheGivenServerName) {
  EXPECT_EQ(greet({.client = {.ca_file = authority(), .server_name = "broker.test"}}), "hello");
}

TEST_P(Tls, AcceptsAnyCertificateIfInsecure) {
  EXPECT_EQ(greet({.server = server_files("stranger"), .client = {.insecure = true}}), "hello");
}

TEST_P(Tls, PresentsTheClientCertificateToAServerThatRequiresOne) {
  auto server = server_files("server");
  server.client_ca_file = authority();
  const auto& files = Certificates::made();
  const TlsClientOptions known{.ca_file = authority(), .certificate_file = files.certificate("client"), .key_file = files.key("client")};
  EXPECT_EQ(greet({.server = server, .client = known}), "hello");
  expect_refused({.server = server}, "it requires a client certificate");
  const TlsClientOptions stranger{
      .ca_file = authority(), .certificate_file = files.certificate("stranger"), .key_file = files.key("stranger")};
  expect_refused({.server = server, .client = stranger}, "the peer rejected");
}

TEST_P(Tls, DetectsAPeerThatDoesNotUseTls) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = value_of(rt.listen(anywhere()));
    auto url = listener->url();
    url.scheme = Scheme::mqtts;
    const auto answer = [](Listener& on) -> Awaitable<std::unique_ptr<Stream>> {
      auto stream = value_of(co_await on.accept());
      co_await send(*stream, "HTTP/1.1 400 Bad Request\r\n\r\n");
      co_return stream;
    };
    auto [client, server] = co_await (rt.connect(url, rt.now() + 5s, options_for(Scheme::mqtts)) && answer(*listener));
    EXPECT_EQ(failure_of(client), Error::Kind::handshake);
    EXPECT_TRUE(client.error().message.contains("does not use TLS")) << client.error().message;
  }(*runtime));
}

TEST_P(Tls, DistinguishesATruncationFromAnEnd) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    // A relay ends the bytes of both sides without close_notify.
    const auto listener = listener_for(rt, Scheme::mqtts);
    const auto relay = value_of(rt.listen(anywhere()));
    auto url = relay->url();
    url.scheme = Scheme::mqtts;
    std::unique_ptr<Stream> front;
    std::unique_ptr<Stream> back;
    const auto carry = [](Stream& from, Stream& to) -> Awaitable<void> {
      std::array<std::uint8_t, 4096> buffer{};
      for (auto count = co_await from.read_some(buffer); count && *count > 0; count = co_await from.read_some(buffer)) {
        co_await to.write(std::span(buffer).first(*count));
      }
    };
    const auto join = [&]() -> Awaitable<void> {
      front = value_of(co_await relay->accept());
      auto plain = listener->url();
      plain.scheme = Scheme::mqtt;
      back = value_of(co_await rt.connect(plain, rt.now() + 5s));
      rt.spawn(carry(*front, *back));
      rt.spawn(carry(*back, *front));
    };
    rt.spawn(join());
    auto [connected, accepted] = co_await (rt.connect(url, rt.now() + 5s, options_for(Scheme::mqtts)) && listener->accept());
    const auto client = value_of(std::move(connected));
    const auto server = value_of(std::move(accepted));
    co_await send(*server, "half");
    EXPECT_EQ(co_await receive(*client, 4), "half");
    front->close();
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await client->read_some(buffer)), Error::Kind::truncated);
  }(*runtime));
}

TEST_P(Tls, ClosesOnAForgedRecord) {
  runtime->run_to_end([](Runtime& rt) -> Awaitable<void> {
    const auto listener = listener_for(rt, Scheme::mqtts);
    auto plain = listener->url();
    plain.scheme = Scheme::mqtt;
    const auto attacker = value_of(co_await rt.connect(plain, rt.now() + 5s));
    const auto server = value_of(co_await listener->accept());
    co_await send(*attacker, std::string("\x16\x03\x01\xFF\xFF", 5) + std::string(70'000, '\xFF'));
    std::array<std::uint8_t, 8> buffer{};
    EXPECT_EQ(failure_of(co_await server->read_some(buffer)), Error::Kind::handshake);
  }(*runtime));
}

TEST(TlsFiles, AreRejectedWithAReason) {
  const auto& files = Certificates::made();
  const auto junk = files.file("junk", "no certificate");
  const auto says = [](const auto& loaded) { return loaded ? std::string("nothing wrong") : loaded.error(); };
  EXPECT_TRUE(says(load_tls_client({.ca_file = "/nowhere/ca.pem"})).contains("/nowhere/ca.pem: No such file"));
  EXPECT_TRUE(says(load_tls_client({.ca_file = files.file("empty", "")})).contains("it is empty"));
  EXPECT_TRUE(says(load_tls_client({.ca_file = junk})).contains("contains no PEM certificates"));
  EXPECT_TRUE(says(load_tls_client({.certificate_file = files.certificate("client")})).contains("the key is missing"));
  EXPECT_TRUE(says(load_tls_server({})).contains("needs a certificate"));
  EXPECT_TRUE(says(load_tls_server({.certificate_file = junk, .key_file = files.key("server")})).contains("contains no PEM certificate"));
  EXPECT_TRUE(
      says(load_tls_server({.certificate_file = files.certificate("server"), .key_file = junk})).contains("contains no PEM private key"));
  EXPECT_TRUE(
      says(load_tls_server({.certificate_file = files.certificate("server"), .key_file = files.key("client")})).contains("does not match"));
}

TEST_P(Tls, ListensOnlyWithACertificate) {
  for (const auto scheme : {Scheme::mqtts, Scheme::wss}) {
    const auto listening = runtime->listen(anywhere(scheme));
    ASSERT_FALSE(listening);
    EXPECT_TRUE(listening.error().message.contains("needs a certificate")) << listening.error().message;
  }
}

}  // namespace
}  // namespace mqttspec::transport::testing
