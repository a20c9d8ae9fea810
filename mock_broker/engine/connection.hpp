#pragma once

#include "mock_broker/engine/authenticator.hpp"
#include "mock_broker/engine/frame_splitter.hpp"
#include "mock_broker/engine/interceptor.hpp"
#include "mock_broker/engine/message.hpp"
#include "reference/wire/packet.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace mqttspec::mock_broker {

struct Session;

/// A Network Connection and what holds as long as it does.
struct Connection {
  enum class State : std::uint8_t {
    waiting_for_connect,
    authenticating,  ///< CONNECT has come, and its Client has still to prove who it is (4.12)
    refused,         ///< its CONNECT was refused and it was left open, which is wrong
    connected,
    closed,  ///< to be forgotten as soon as its output has been taken
  };

  Connection(ConnectionId new_id, std::uint32_t maximum_packet_size) : id(new_id), frames(maximum_packet_size) {}

  ConnectionId id;
  State state = State::waiting_for_connect;
  spec::ProtocolVersion version = spec::ProtocolVersion::v5_0;
  FrameSplitter frames;
  Session* session = nullptr;  ///< while connected

  // What the Client said in CONNECT
  std::uint32_t maximum_packet_size = std::numeric_limits<std::uint32_t>::max();
  std::uint16_t receive_maximum = 65'535;
  std::uint16_t topic_alias_maximum = 0;
  bool wants_problem_information = true;
  std::uint32_t session_expiry_interval = 0;  ///< as the Client asked, before the server's limit
  Duration keep_alive{0};                     ///< 0: off

  // Enhanced authentication (4.12)
  const Authenticator* authenticator = nullptr;            ///< of the Authentication Method in CONNECT
  std::unique_ptr<Authentication> authentication{};        ///< while one is under way
  std::optional<wire::Connect> connect{};                  ///< waits for its end
  std::optional<std::string> final_authentication_data{};  ///< to go with CONNACK

  // What has become of it
  std::optional<TimePoint> deadline{};                    ///< for CONNECT, then by Keep Alive
  std::map<std::uint16_t, std::string> topic_aliases{};   ///< the Client's
  std::map<std::string, std::uint16_t> topics_aliased{};  ///< ours
  std::set<std::uint16_t> unreleased{};                   ///< QoS 2 PUBLISH packets taken on this connection that wait for PUBREL (4.9)

  // What is to be done on it
  wire::Bytes output{};
  bool close = false;
  bool held_back = false;  ///< whoever writes it has enough for now
  bool touched = false;    ///< stands in the broker's list of connections with something to do
};

}  // namespace mqttspec::mock_broker
