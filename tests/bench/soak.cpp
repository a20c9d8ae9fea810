// A long legal history through both checkers of conduct: the memory must stay flat, no rule may be broken, and the rate is printed.
//
//     bench_soak [PACKETS [SEED]]      1,000,000 packets of each version by default; exit 1 if memory grew or a rule was broken
//
// One client and one server, which pass each packet on at once: messages of every QoS in both directions with several in flight,
// Subscriptions that are requested, replaced and removed, PINGREQs, Network Connections that are lost, Sessions that are resumed.

#include "reference/conduct/client_conduct.hpp"
#include "reference/conduct/server_conduct.hpp"
#include "reference/wire/build.hpp"

#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <random>
#include <string>

namespace mqttspec::conduct {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using spec::ProtocolVersion;
using wire::QoS;

/// The messages of one direction, in the order of their PUBLISHes.
struct Flow {
  struct Message {
    std::uint16_t id;
    QoS qos;
    enum class Step : std::uint8_t { published, received, released } step;
  };
  std::uint16_t last_id = 0;
  std::deque<Message> in_flight;
};

class Soak {
 public:
  Soak(ProtocolVersion version, unsigned seed) : version_(version), random_(seed) { connect(false); }

  /// @return whether nothing was found
  bool run(std::uint64_t packets) {
    while (packets_ < packets && !broken_) step();
    return !broken_;
  }
  std::uint64_t packets() const { return packets_; }

 private:
  static constexpr std::size_t most_in_flight = 16;
  static constexpr unsigned topics = 1'000;

  bool v5() const { return version_ == ProtocolVersion::v5_0; }
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  void note(const Findings& findings) {
    for (const Finding& finding : findings) {
      std::printf("%s: %s\n", std::string(finding.rule->id).c_str(), finding.explanation.c_str());
      broken_ = true;
    }
  }
  void client(const wire::Packet& packet) {
    ++packets_;
    now_ += 10us;
    note(server_conduct_->client_sent(packet, now_));
    note(client_conduct_->client_sent(packet, now_));
  }
  void server(const wire::Packet& packet) {
    ++packets_;
    now_ += 10us;
    note(client_conduct_->server_sent(packet, now_));
    note(server_conduct_->server_sent(packet, now_));
  }
  void send(bool from_client, const wire::Packet& packet) { from_client ? client(packet) : server(packet); }

  void connect(bool again) {
    server_conduct_.emplace(of_server_, version_);
    client_conduct_.emplace(of_client_, version_);
    wire::Connect connect{.version = version_, .client_id = "soak", .clean_start = v5() && !again};
    if (v5()) connect.properties.set(wire::prop::session_expiry_interval, 1'000);
    client(connect);
    server(wire::Connack{.session_present = again});
    client_conduct_->connack_arrived(now_);
    if (!again) subscribe_to("topic/#");
  }
  void lose_connection() {
    server_conduct_->client_closed(now_);
    client_conduct_->server_closed(now_);
    connect(true);
    for (const bool from_client : {true, false})
      for (const Flow::Message& message : flow(from_client).in_flight)
        if (message.step == Flow::Message::Step::released)
          send(from_client, pubrel(message.id));
        else if (message.step == Flow::Message::Step::published)
          send(from_client, message_of(message).dup());
    // What was acknowledged with PUBREC goes on with PUBREL.
  }

  Flow& flow(bool from_client) { return from_client ? from_client_ : from_server_; }
  static wire::build::PublishBuilder message_of(const Flow::Message& message) {
    return publish("topic/" + std::to_string(message.id % topics), "payload " + std::to_string(message.id))
        .qos(static_cast<int>(message.qos))
        .packet_id(message.id);
  }
  void publish_message(bool from_client) {
    Flow& flow = this->flow(from_client);
    const auto qos = static_cast<QoS>(below(3));
    if (qos == QoS::at_most_once) return send(from_client, publish("topic/" + std::to_string(below(topics)), "payload"));
    if (flow.in_flight.size() >= most_in_flight) return;
    if (++flow.last_id == 0 || flow.last_id > 60'000) flow.last_id = 1;
    flow.in_flight.push_back({flow.last_id, qos, Flow::Message::Step::published});
    send(from_client, message_of(flow.in_flight.back()));
  }
  /// Acknowledges the oldest message, or one step of it.
  void acknowledge(bool from_client) {
    Flow& flow = this->flow(from_client);
    if (flow.in_flight.empty()) return;
    using Step = Flow::Message::Step;
    Flow::Message& message = flow.in_flight.front();
    if (message.qos == QoS::at_least_once) {
      send(!from_client, puback(message.id));
    } else if (message.step == Step::published) {
      message.step = Step::received;
      return send(!from_client, pubrec(message.id));
    } else if (message.step == Step::received) {
      message.step = Step::released;
      return send(from_client, pubrel(message.id));
    } else {
      send(!from_client, pubcomp(message.id));
    }
    flow.in_flight.pop_front();
  }
  void subscribe_to(const std::string& filter) {
    client(subscribe(request_id, filter, QoS::exactly_once));
    server(wire::Suback{.packet_id = wire::PacketId(request_id), .reason_codes = {wire::ReasonCode::granted_qos_2}});
  }
  void unsubscribe_from(const std::string& filter) {
    client(unsubscribe(request_id, {filter}));
    server(wire::Unsuback{.packet_id = wire::PacketId(request_id), .reason_codes = std::vector<wire::ReasonCode>(v5() ? 1 : 0)});
  }
  void step() {
    const unsigned choice = below(1'000);
    if (choice < 400) return publish_message(below(2) == 0);
    if (choice < 900) return acknowledge(below(2) == 0);
    if (choice < 930) return subscribe_to("other/" + std::to_string(random_() % 1'000'000));
    if (choice < 960) return unsubscribe_from("other/" + std::to_string(random_() % 1'000'000));
    if (choice < 998) {
      client(wire::Pingreq{});
      return server(wire::Pingresp{});
    }
    lose_connection();
  }

  static constexpr std::uint16_t request_id = 65'000;

  ProtocolVersion version_;
  std::mt19937 random_;
  TimePoint now_{1h};
  std::uint64_t packets_ = 0;
  bool broken_ = false;
  Sessions of_server_;
  Sessions of_client_;
  std::optional<ServerConduct> server_conduct_;
  std::optional<ClientConduct> client_conduct_;
  Flow from_client_;
  Flow from_server_;
};

std::size_t allocated_bytes() { return mallinfo2().uordblks; }

/// @return whether all is well
bool soak(ProtocolVersion version, std::uint64_t packets, unsigned seed) {
  constexpr std::size_t reserve = 256u << 10;
  Soak history(version, seed);
  const auto begin = std::chrono::steady_clock::now();
  if (!history.run(packets / 2)) return false;
  const std::size_t half_way = allocated_bytes();
  if (!history.run(packets)) return false;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const std::size_t at_end = allocated_bytes();
  std::printf("MQTT %s: %llu packets in %.1f s, %.0f packets/s; memory %zu KiB half-way, %zu KiB at the end\n",
              std::string(spec::name(version)).c_str(), static_cast<unsigned long long>(history.packets()), seconds,
              static_cast<double>(history.packets()) / seconds, half_way >> 10, at_end >> 10);
  return at_end < half_way + reserve;
}

}  // namespace
}  // namespace mqttspec::conduct

int main(int count, char** words) {
  const std::uint64_t packets = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1'000'000;
  const auto seed = static_cast<unsigned>(count > 2 ? std::strtoul(words[2], nullptr, 10) : 1);
  bool good = true;
  for (const auto version : {mqttspec::spec::ProtocolVersion::v3_1_1, mqttspec::spec::ProtocolVersion::v5_0})
    good = mqttspec::conduct::soak(version, packets, seed) && good;
  return good ? 0 : 1;
}
