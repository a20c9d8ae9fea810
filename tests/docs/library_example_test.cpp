#include "mock_broker/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

using namespace mqttspec;

/// Stands for your client: it sends bytes and waits for as many in return.
class MyClient {
 public:
  explicit MyClient(std::uint16_t port) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("cannot connect");
  }
  ~MyClient() { close(socket_); }

  void exchange(const std::string& packet, std::size_t answer_size) const {
    std::string answer(answer_size, '\0');
    send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL);
    recv(socket_, answer.data(), answer_size, MSG_WAITALL);
  }

 private:
  int socket_ = socket(AF_INET, SOCK_STREAM, 0);
};

/// A broker on a port of its own, which runs beside the test.
class MyClientTest : public ::testing::Test {
 protected:
  ~MyClientTest() override {
    runtime_->executor().execute([this] { server_.stop(), runtime_->stop(); });
    thread_.join();
  }

  std::unique_ptr<transport::Runtime> runtime_ = transport::make_real_runtime();
  mock_broker::Server server_{*runtime_, {.users = {{"eva", "secret"}}}};
  const std::uint16_t port_ = server_.listen({.host = "127.0.0.1", .port = 0}).value().port;
  std::thread thread_{[this] { runtime_->run(); }};
};

const std::string connect_packet(
    "\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01"
    "a",
    15);
const std::string publish_packet("\x32\x05\x00\x01t\x00\x01", 7);  // QoS 1

TEST_F(MyClientTest, BreaksNoRule) {
  const MyClient client(port_);
  client.exchange(connect_packet, 4);
  client.exchange(publish_packet, 4);
  for (const auto& violation : server_.violations()) ADD_FAILURE() << to_string(violation);
}

TEST_F(MyClientTest, IsToldOfASecondConnect) {
  const MyClient client(port_);
  client.exchange(connect_packet, 4);
  client.exchange(connect_packet, 1);
  ASSERT_EQ(server_.violations().size(), 1u);
  EXPECT_EQ(server_.violations()[0].clause.text(), "MQTT-3.1.0-2");
}
