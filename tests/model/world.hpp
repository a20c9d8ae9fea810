#pragma once

#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/engine/engine.hpp"
#include "reference/conduct/client_conduct.hpp"
#include "reference/conduct/server_conduct.hpp"
#include "tests/model/ledger.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mqttspec::model {

inline constexpr std::size_t players = 3;

/// What a client acknowledges of what it gets.
enum class Answers : std::uint8_t { all, none, not_pubrel };

/// How far a client goes with a message of its own.
enum class Effort : std::uint8_t {
  complete,
  withholds_pubrel,  ///< until it is told to go on
  lost,              ///< the Network Connection breaks when PUBLISH has arrived, and no answer comes through
};

/// Clients that keep the protocol, on an engine in virtual time. Everything that the broker sends is judged by ServerConduct and by the
/// Ledger, and everything that the clients send by ClientConduct; what is found first is the complaint, and nothing happens after it.
///
/// Steps that do not fit (publishing while not connected) do nothing.
class World {
 public:
  /// @param versions of the clients
  explicit World(std::array<wire::ProtocolVersion, players> versions, mock_broker::BrokerSetup broker = {});

  /// Client Identifier and version are the player's own, and before 5.0 there are no properties.
  void connect(std::size_t player, wire::Connect connect);
  void drop(std::size_t player);
  void disconnect(std::size_t player, wire::Disconnect disconnect);
  void fall_silent(std::size_t player);
  void subscribe(std::size_t player, std::vector<wire::Subscription> subscriptions, std::optional<std::uint32_t> identifier);
  void unsubscribe(std::size_t player, std::vector<std::string> filters);
  void publish(std::size_t player, wire::Publish publish, Effort effort);
  void answer(std::size_t player, Answers answers);
  void pass(transport::Duration time);

  const Complaint& complaint() const { return complaint_; }
  /// Everything that was sent, a line for each packet.
  const std::string& script() const { return script_; }

 private:
  enum class State : std::uint8_t { away, connecting, connected, silent };

  /// One Network Connection.
  struct Link {
    Link(conduct::Sessions& of_server, conduct::Sessions& of_client, wire::ProtocolVersion version)
        : server(of_server, version), client(of_client, version) {}
    conduct::ServerConduct server;
    conduct::ClientConduct client;
    std::size_t player = 0;
    bool hears = true;
    wire::Bytes unread{};
  };
  /// A message of the client's own that is not acknowledged completely.
  struct Outgoing {
    wire::Publish publish;
    bool recorded = false;  ///< PUBREC came
  };
  struct Player {
    std::string name{};
    wire::ProtocolVersion version{};
    State state = State::away;
    mock_broker::ConnectionId link = 0;
    Answers answers = Answers::all;
    bool withholds_pubrel = false;
    bool expects_session = false;
    std::uint16_t keep_alive = 0;
    std::uint32_t session_expiry = 0;
    TimePoint last_sent{};
    std::uint16_t last_id = 0;
    std::uint64_t pings = 0;
    std::deque<wire::Packet> owed{};                 ///< answers, in order
    std::deque<Outgoing> outgoing{};                 ///< in order
    std::map<std::uint32_t, std::string> aliases{};  ///< of the broker
    std::map<std::uint16_t, std::vector<wire::ReasonCode>> requests{};
  };

  bool may(std::size_t player) const { return !complaint_ && players_.at(player).state == State::connected; }
  Link& link_of(const Player& player) { return links_.at(player.link); }
  void begin();
  void finish();
  void send(Player& player, const wire::Packet& packet);
  void part(Player& player, Parting parting, std::optional<std::uint32_t> session_expiry = {});
  void collect();
  void read(Link& link);
  void receive(Link& link, const wire::Packet& packet);
  void closed_by_broker(mock_broker::ConnectionId id, Link& link);
  void pay_answers(Player& player);
  void pay_pubrels(Player& player);
  void resume(Player& player);
  std::uint16_t unused_id(Player& player) const;
  void step_to(TimePoint time);

  // What a client does with a packet
  void take(Player& player, const wire::Connack& connack);
  void take(Player& player, const wire::Publish& publish);
  void take(Player& player, const wire::Puback& puback);
  void take(Player& player, const wire::Pubrec& pubrec);
  void take(Player& player, const wire::Pubrel& pubrel);
  void take(Player& player, const wire::Pubcomp& pubcomp);
  void take(Player& player, const wire::Suback& suback);
  void take(Player& player, const wire::Unsuback& unsuback);
  void take(Player& player, const wire::Pingresp& pingresp);
  template <class Packet>
  void take(Player&, const Packet&) {}
  void take_answer(Player& player, wire::PacketId id, const std::vector<wire::ReasonCode>& codes, const char* name);
  void acknowledge(Player& player, wire::PacketId id, wire::PacketType by);

  void complain(std::string what);
  void complain(const Player& player, const Complaint& what);
  void judge(const Player& player, const conduct::Findings& findings);
  void note(const Player& player, const std::string& what);

  static constexpr std::uint16_t most_in_flight = 5;

  mock_broker::Engine engine_;
  Ledger ledger_{most_in_flight};
  TimePoint now_{std::chrono::hours(1)};
  conduct::Sessions server_sessions_;
  conduct::Sessions client_sessions_;
  std::map<mock_broker::ConnectionId, Link> links_;
  std::array<Player, players> players_{};
  bool collecting_ = false;
  Complaint complaint_;
  std::string script_;
};

}  // namespace mqttspec::model
