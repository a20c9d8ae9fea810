#include "tests/conduct/exchange.hpp"

#include "reference/wire/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>

/// Two correct ends exchange messages at random, over a line that delays and loses them: neither checker may find anything.
namespace mqttspec::conduct::testing {
namespace {

using ::testing::IsEmpty;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  bool one_in(int sides) { return below(sides) == 0; }
  int below(int sides) { return static_cast<int>(engine_() % static_cast<unsigned>(sides)); }

 private:
  std::mt19937 engine_;
};

/// One end of the delivery protocols of 4.3: what it has to send next, and what it does with what it receives.
class Peer {
 public:
  Peer(ProtocolVersion version, Dice& dice) : version_(version), dice_(&dice) {}

  void receive(const wire::Packet& packet) {
    if (const auto* publish = std::get_if<wire::Publish>(&packet)) {
      if (publish->qos == QoS::at_least_once) answers_.push_back(wire::Puback{.packet_id = *publish->packet_id});
      if (publish->qos == QoS::exactly_once) answers_.push_back(wire::Pubrec{.packet_id = *publish->packet_id});
    } else if (const auto* puback = std::get_if<wire::Puback>(&packet)) {
      const Message* const message = find(puback->packet_id);
      if (message != nullptr && message->publish.qos == QoS::at_least_once) forget(puback->packet_id);
    } else if (const auto* pubrec = std::get_if<wire::Pubrec>(&packet)) {
      Message* const message = find(pubrec->packet_id);
      if (message == nullptr || message->publish.qos != QoS::exactly_once || (message->released && version_ == ProtocolVersion::v5_0))
        return;
      message->released = true;
      answers_.push_back(wire::Pubrel{.packet_id = pubrec->packet_id});
    } else if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet)) {
      answers_.push_back(wire::Pubcomp{.packet_id = pubrel->packet_id});
    } else if (const auto* pubcomp = std::get_if<wire::Pubcomp>(&packet)) {
      forget(pubcomp->packet_id);
    }
  }

  /// The next packet, if there is one to send.
  std::optional<wire::Packet> send() {
    if (!resending_.empty()) return take(resending_);
    if (!answers_.empty() && !dice_->one_in(3)) return take(answers_);
    if (version_ != ProtocolVersion::v5_0 && dice_->one_in(4))
      for (const Message& message : sent_)
        if (!message.released && dice_->one_in(2)) return dup(message);
    if (sent_.size() >= 3 || dice_->one_in(2)) return std::nullopt;
    return publish_new();
  }

  /// The line is cut. Some implementations still send the answers that they owe.
  void resume() {
    resending_.clear();
    std::erase_if(answers_, [](const wire::Packet& packet) { return !std::holds_alternative<wire::Puback>(packet); });
    if (dice_->one_in(2)) answers_.clear();
    for (const Message& message : sent_)
      resending_.push_back(message.released ? wire::Packet(wire::Pubrel{.packet_id = *message.publish.packet_id}) : dup(message));
    if (dice_->one_in(2)) {
      resending_.insert(resending_.begin(), answers_.begin(), answers_.end());
      answers_.clear();
    }
  }

 private:
  struct Message {
    wire::Publish publish;
    bool released = false;
  };

  static wire::Packet take(std::deque<wire::Packet>& from) {
    wire::Packet packet = from.front();
    from.pop_front();
    return packet;
  }
  static wire::Packet dup(const Message& message) {
    wire::Publish again = message.publish;
    again.dup = true;
    return again;
  }
  Message* find(wire::PacketId id) {
    for (Message& message : sent_)
      if (message.publish.packet_id == id) return &message;
    return nullptr;
  }
  void forget(wire::PacketId id) {
    std::erase_if(sent_, [&](const Message& message) { return message.publish.packet_id == id; });
  }
  wire::Packet publish_new() {
    wire::Publish publish{.topic = "a", .payload = std::to_string(dice_->below(3)), .qos = static_cast<QoS>(dice_->below(3))};
    if (publish.qos == QoS::at_most_once) return publish;
    std::uint16_t id = 1;
    while (find(wire::PacketId(id)) != nullptr) ++id;
    publish.packet_id = wire::PacketId(id);
    sent_.push_back({publish});
    return publish;
  }

  ProtocolVersion version_;
  Dice* dice_;
  std::deque<Message> sent_;
  std::deque<wire::Packet> answers_;
  std::deque<wire::Packet> resending_;
};

/// The line between the two ends, with a checker at each: one beside the client judges the server, one beside the server the client.
class Line {
 public:
  Line(ProtocolVersion version, unsigned seed) : version_(version), dice_(seed), client_(version, dice_), server_(version, dice_) {}

  void run(int steps) {
    begin(false);
    for (int step = 0; step < steps && broken().empty(); ++step) {
      if (dice_.one_in(40)) {
        cut();
        begin(true);
      }
      if (dice_.one_in(2)) client_sends();
      if (dice_.one_in(2)) server_sends();
      if (dice_.one_in(2)) to_server();
      if (dice_.one_in(2)) to_client();
    }
  }

  std::vector<std::string> broken() const {
    std::vector<std::string> all = beside_client_.broken();
    all.insert(all.end(), beside_server_.broken().begin(), beside_server_.broken().end());
    return all;
  }
  std::string log() const {
    std::string lines;
    for (const auto& [what, packet] : log_) lines += what + (packet ? wire::describe(*packet, version_) : "") + "\n";
    return lines;
  }

 private:
  void begin(bool again) {
    wire::Connect connect = beside_client_.connect_kept();
    if (!again && version_ == ProtocolVersion::v5_0) connect.clean_start = true;
    if (version_ == ProtocolVersion::v5_0) connect.properties.set(wire::prop::receive_maximum, 3);
    from_client(connect);
    to_server();
    wire::Connack connack{.session_present = again};
    if (version_ == ProtocolVersion::v5_0) connack.properties.set(wire::prop::receive_maximum, 3);
    from_server(connack);
    if (dice_.one_in(2)) to_client();  // else the client does not wait for CONNACK
    if (!again) from_client(subscribe(65'000, "a", QoS::exactly_once));
    if (!again) from_server(suback(65'000, {ReasonCode::granted_qos_2}));
  }
  void cut() {
    log_.emplace_back("--- cut", std::nullopt);
    to_server_.clear();
    to_client_.clear();
    beside_client_.client_closes().next_connection();
    beside_server_.server_closes().next_connection();
    client_.resume();
    server_.resume();
  }
  void from_client(const wire::Packet& packet) {
    log_.emplace_back("client sends ", packet);
    beside_client_.client(packet);
    to_server_.push_back(packet);
  }
  void from_server(const wire::Packet& packet) {
    log_.emplace_back("server sends ", packet);
    beside_server_.server(packet);
    to_client_.push_back(packet);
  }
  void client_sends() {
    if (const auto packet = client_.send()) from_client(*packet);
  }
  void server_sends() {
    if (const auto packet = server_.send()) from_server(*packet);
  }
  void to_server() {
    if (to_server_.empty()) return;
    log_.emplace_back("server gets ", to_server_.front());
    beside_server_.client(to_server_.front());
    server_.receive(to_server_.front());
    to_server_.pop_front();
  }
  void to_client() {
    if (to_client_.empty()) return;
    log_.emplace_back("client gets ", to_client_.front());
    beside_client_.server(to_client_.front());
    client_.receive(to_client_.front());
    to_client_.pop_front();
  }

  ProtocolVersion version_;
  Dice dice_;
  Peer client_;
  Peer server_;
  ServerExchange beside_client_{version_};
  ClientExchange beside_server_{version_};
  std::deque<wire::Packet> to_server_;
  std::deque<wire::Packet> to_client_;
  std::vector<std::pair<std::string, std::optional<wire::Packet>>> log_;
};

constexpr unsigned seeds = 60;

class RandomHistories : public ::testing::TestWithParam<ProtocolVersion> {};
INSTANTIATE_TEST_SUITE_P(Versions, RandomHistories, ::testing::Values(ProtocolVersion::v3_1_1, ProtocolVersion::v5_0),
                         [](const auto& instance) { return instance.param == ProtocolVersion::v5_0 ? "v5_0" : "v3_1_1"; });

TEST_P(RandomHistories, OfCorrectEndsShowNothing) {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    Line line(GetParam(), seed);
    line.run(400);
    ASSERT_THAT(line.broken(), IsEmpty()) << "seed " << seed << "\n" << line.log();
  }
}

}  // namespace
}  // namespace mqttspec::conduct::testing
