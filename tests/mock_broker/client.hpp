#pragma once

#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/engine/engine.hpp"
#include "mock_broker/engine/frame_splitter.hpp"
#include "reference/wire/build.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Clients on an engine, without sockets: what they send is processed at once, and what they get waits to be looked at.
namespace mqttspec::mock_broker::testing {

using namespace std::chrono_literals;
using namespace mqttspec::wire::build;
using spec::ProtocolVersion;
using transport::TimePoint;
using wire::QoS;
using wire::ReasonCode;
namespace prop = wire::prop;

inline constexpr auto v3_1 = ProtocolVersion::v3_1;
inline constexpr auto v3_1_1 = ProtocolVersion::v3_1_1;
inline constexpr auto v5_0 = ProtocolVersion::v5_0;

class Client;

/// An engine, its clock, and what has been sent to each connection.
class TestBroker {
 public:
  explicit TestBroker(Configuration configuration = {}) : engine(std::move(configuration)) {}
  explicit TestBroker(BrokerSetup setup) : engine(make_engine(std::move(setup))) {}

  /// Lets time pass, deadline by deadline.
  void pass(transport::Duration time) {
    const TimePoint end = now + time;
    while (const auto next = engine.next_deadline()) {
      if (*next > end) break;
      now = std::max(now, *next);
      engine.advance(now);
      collect();
    }
    now = end;
    engine.advance(now);
    collect();
  }

  void collect() {
    for (auto outputs = engine.take_output(); !outputs.empty(); outputs = engine.take_output())
      for (auto& output : outputs) {
        auto& received = inboxes[output.connection];
        received.bytes.insert(received.bytes.end(), output.bytes.begin(), output.bytes.end());
        received.closed = received.closed || output.close;
      }
  }

  struct Inbox {
    wire::Bytes bytes;
    bool closed = false;
  };

  Engine engine;
  TimePoint now{std::chrono::hours(1)};
  std::map<ConnectionId, Inbox> inboxes;
};

/// One connection to a TestBroker.
class Client {
 public:
  Client(TestBroker& broker, ProtocolVersion version)
      : broker_(&broker), version_(version), id_(broker.engine.connection_opened(broker.now)) {
    broker.collect();
  }

  ProtocolVersion version() const { return version_; }

  Client& send(const wire::Packet& packet) { return send_bytes(wire::encode(packet, version_)); }
  Client& send_bytes(const wire::Bytes& bytes) {
    broker_->engine.bytes_received(id_, bytes, broker_->now);
    broker_->collect();
    return *this;
  }
  /// The connection breaks.
  void vanish() {
    broker_->engine.connection_lost(id_, broker_->now);
    broker_->collect();
  }

  bool is_closed() { return broker_->inboxes[id_].closed; }

  /// What has come and was not yet looked at.
  std::vector<wire::Packet> received() {
    auto& inbox = broker_->inboxes[id_];
    wire::ByteView input = inbox.bytes;
    std::vector<wire::Packet> packets;
    FrameSplitter splitter(wire::maximum_packet_size);
    while (auto frame = splitter.next(input)) {
      auto packet = wire::decode(frame->bytes, {.from = wire::Direction::server_to_client, .version = version_});
      if (!packet) {
        ADD_FAILURE() << "the broker has sent an invalid packet: " << packet.error().explanation << " " << wire::hex(frame->bytes);
        break;
      }
      packets.push_back(std::move(*packet));
    }
    inbox.bytes.clear();
    return packets;
  }

  /// What has come, as bytes.
  wire::Bytes received_bytes() { return std::exchange(broker_->inboxes[id_].bytes, {}); }

  /// The only packet that has come, which must be a P.
  template <class P>
  P received_only() {
    const auto packets = received();
    if (packets.size() != 1 || !std::holds_alternative<P>(packets.front())) {
      ADD_FAILURE() << "one " << wire::name(P::type) << " was expected, and this has come:" << describe(packets);
      return sample<P>();
    }
    return std::get<P>(packets.front());
  }

  /// All packets of a type that have come; the others are dropped.
  template <class P>
  std::vector<P> received_of() {
    std::vector<P> found;
    for (const wire::Packet& packet : received())
      if (const auto* wanted = std::get_if<P>(&packet)) found.push_back(*wanted);
    return found;
  }

  /// Payloads of the PUBLISH packets that have come; the other packets are dropped.
  std::vector<std::string> payloads() {
    std::vector<std::string> found;
    for (const auto& publish : received_of<wire::Publish>()) found.push_back(publish.payload);
    return found;
  }

  /// Subscribes, and takes the SUBACK out of what has come.
  wire::Suback subscribe(const std::string& filter, QoS qos = QoS::at_most_once) {
    return subscribe(wire::Subscription{.topic_filter = filter, .maximum_qos = qos});
  }
  wire::Suback subscribe(wire::Subscription subscription, wire::Properties properties = {}) {
    send(wire::Subscribe{.packet_id = wire::PacketId(1), .subscriptions = {std::move(subscription)}, .properties = std::move(properties)});
    return received_only<wire::Suback>();
  }

  std::string describe(const std::vector<wire::Packet>& packets) const {
    std::string text;
    for (const auto& packet : packets) text += "\n  " + wire::describe(packet, version_);
    return text;
  }

 private:
  template <class P>
  static P sample() {
    if constexpr (requires { P{.packet_id = wire::PacketId(1)}; })
      return P{.packet_id = wire::PacketId(1)};
    else
      return P{};
  }

  TestBroker* broker_;
  ProtocolVersion version_;
  ConnectionId id_;
};

/// What a test wants of a CONNECT; the rest is as in most tests.
struct ConnectOptions {
  std::string client_id = "client";
  bool clean_start = true;
  std::uint16_t keep_alive = 0;
  std::optional<wire::Will> will = {};
  std::optional<std::string> user_name = {};
  std::optional<std::string> password = {};
  wire::Properties properties = {};
};

inline wire::Connect connect_packet(ProtocolVersion version, ConnectOptions options) {
  return {.version = version,
          .client_id = std::move(options.client_id),
          .clean_start = options.clean_start,
          .keep_alive = options.keep_alive,
          .will = std::move(options.will),
          .user_name = std::move(options.user_name),
          .password = std::move(options.password),
          .properties = std::move(options.properties)};
}

/// A client that has sent CONNECT; its CONNACK waits to be looked at.
inline Client connecting(TestBroker& broker, ProtocolVersion version, ConnectOptions options = {}) {
  Client client(broker, version);
  client.send(connect_packet(version, std::move(options)));
  return client;
}

/// A client that has connected.
inline Client connected(TestBroker& broker, ProtocolVersion version, ConnectOptions options = {}) {
  Client client = connecting(broker, version, std::move(options));
  const auto connack = client.received_only<wire::Connack>();
  EXPECT_EQ(connack.reason_code, ReasonCode::success);
  return client;
}

/// Options of a client whose Session stays, in any version.
inline ConnectOptions kept(std::string client_id) {
  return {.client_id = std::move(client_id),
          .clean_start = false,
          .properties = wire::Properties().set(prop::session_expiry_interval, 0xFFFF'FFFF)};
}

/// Tests that hold in 3.1.1 and 5.0.
class BothVersions : public ::testing::TestWithParam<ProtocolVersion> {
 protected:
  ProtocolVersion version() const { return GetParam(); }
  Client connected(ConnectOptions options = {}) { return testing::connected(broker, version(), std::move(options)); }
  Client connecting(ConnectOptions options = {}) { return testing::connecting(broker, version(), std::move(options)); }
  TestBroker broker;
};

inline std::string version_name(const ::testing::TestParamInfo<ProtocolVersion>& info) { return info.param == v5_0 ? "v5" : "v3"; }

}  // namespace mqttspec::mock_broker::testing
