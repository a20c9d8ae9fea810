#pragma once

#include "reference/conduct/session_record.hpp"
#include "reference/transport/time.hpp"
#include "reference/wire/packet.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conduct {

using transport::Duration;
using transport::TimePoint;

/// What is known of the Sessions between one server and its clients, by Client Identifier. The connections of one test share it; it
/// outlives them. Not thread-safe. Of very many Sessions those are forgotten that have been closed for longest.
class Sessions {
 public:
  class Claim;
  /// Whether the client had sent DISCONNECT when the server ended the Network Connection.
  enum class Farewell : std::uint8_t { none, said };

  /// @param most how many Sessions are remembered, beside those of open connections
  explicit Sessions(std::size_t most = 100'000) : most_(most) {}

  /// What is known of this Session is of no use any more. Nothing changes while a connection of it is open.
  void forget(std::string_view client_id);
  std::size_t size() const { return entries_.size(); }

 private:
  /// Whether the server has the Session.
  enum class Existence : std::uint8_t {
    unknown,
    open,  ///< its Network Connection is open, and it ends with that
    kept,  ///< it outlasts its Network Connection
    gone,  ///< it has ended
  };
  /// One Network Connection as the others see it.
  struct Ticket {
    bool answered = false;   ///< its CONNACK has been seen
    bool contested = false;  ///< another CONNECT was under way at the same time: which one came last cannot be told
    bool open = true;
  };
  struct Entry {
    Existence existence = Existence::unknown;
    std::shared_ptr<SessionRecord> record{};  ///< null when nothing is known of its contents
    std::weak_ptr<Ticket> owner{};            ///< the connection that has it
    TimePoint last_seen{};                    ///< when the owner last got a packet from the server
    Duration lifetime{};                      ///< how long it surely outlasts `last_seen`
    spec::ProtocolVersion version{};
    std::optional<std::string> user_name{};
    std::vector<std::weak_ptr<Ticket>> connections{};

    bool is_open() const;
  };

  void make_room();

  std::size_t most_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// One Network Connection's part in the Session that its CONNECT names.
class Sessions::Claim {
 public:
  /// The client sends CONNECT.
  Claim(Sessions& sessions, const wire::Connect& connect);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  /// Whether the Session surely existed when the server answered at `now`.
  bool surely_existed(TimePoint now) const;
  /// Whether another client surely had this Client Identifier at `now`: it is connected, or its Session is kept.
  bool is_taken(std::string_view client_id, TimePoint now) const;
  /// Whether the Session had surely ended before CONNECT.
  bool surely_ended() const { return before_.existence == Existence::gone; }

  /// CONNACK accepts the connection.
  /// @param when_new       what is known of the Session if it is a new one
  /// @param packet_maximum Maximum Packet Size that the end that is not judged allows
  /// @return its record: a new one, or the earlier one if the Session was resumed and is known
  std::shared_ptr<SessionRecord> accept(const wire::Connack& connack, History when_new, std::uint32_t packet_maximum, TimePoint now);

  /// A packet of the server came.
  void server_seen(TimePoint now);
  /// The client's DISCONNECT set another Session Expiry Interval. It may have been sent before CONNACK.
  void session_expiry_changed(std::uint32_t seconds);
  /// Something happened after which the Session's existence and contents are uncertain.
  void doubt();
  /// The Network Connection has ended. Without a farewell the server itself may have ended, and what it kept with it.
  void closed_by_server(Farewell farewell);
  /// The same from the other side, or where it does not matter: the server may learn of it late.
  void closed();

 private:
  Entry* owned();  ///< the entry, if this connection is its owner

  Sessions* sessions_;
  wire::Connect connect_;
  std::shared_ptr<Ticket> ticket_ = std::make_shared<Ticket>();
  Entry before_{};                                 ///< what was known when CONNECT was sent
  bool overlapped_ = false;                        ///< another connection of this client was open then
  std::optional<std::uint32_t> changed_expiry_{};  ///< by DISCONNECT, in seconds
};

}  // namespace mqttspec::conduct
