#pragma once

#include "reference/transport/time.hpp"
#include "reference/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mqttspec::model {

using transport::TimePoint;

/// Nothing, or what is wrong, in one sentence.
using Complaint = std::optional<std::string>;

/// How a Network Connection came to its end.
enum class Parting : std::uint8_t {
  lost,               ///< without DISCONNECT
  disconnected,       ///< with one that deletes the Will
  disconnected_will,  ///< 5.0: with one that lets the Will be published
};

/// What each client must get from a broker: a second, simple account of Sessions, Subscriptions, retained messages, Wills and expiry that
/// shares no code with the broker. Where the standard leaves a choice it has made the choices of the mock broker as it stands: one copy of
/// a message for all matching Subscriptions, nothing of QoS 0 for clients that are away, and everything sent as soon as it may be.
///
/// Which member of a Shared Subscription gets a message is the broker's affair: it must be one of them, and must be at once where all of
/// them can take it. No message is larger than some Maximum Packet Sizes and smaller than others: where the payload fits, the packet does.
///
/// Clients are known by their Client Identifiers. Time never runs backwards.
class Ledger {
 public:
  /// @param most_in_flight messages of QoS 1 and 2 that the broker sends at most ahead of their acknowledgement
  explicit Ledger(std::size_t most_in_flight) : most_in_flight_(most_in_flight) {}

  // What clients do. Each comes at the time of the last time_is().
  /// @return whether the Session is present
  bool connects(const wire::Connect& connect);
  void parts(const std::string& client, Parting parting, std::optional<std::uint32_t> session_expiry = {});
  /// The client hears nothing from now on, and says nothing, while the broker takes it for connected.
  void falls_silent(const std::string& client);
  void subscribes(const std::string& client, const wire::Subscribe& subscribe);
  /// @return for each Topic Filter whether there was such a Subscription
  std::vector<bool> unsubscribes(const std::string& client, const wire::Unsubscribe& unsubscribe);
  void publishes(const std::string& client, const wire::Publish& publish);
  /// Something came from the client.
  void heard(const std::string& client);
  void time_is(TimePoint now);

  // What clients get, and how they acknowledge.
  /// @param publish with its Topic Alias resolved
  Complaint receives(const std::string& client, const wire::Publish& publish);
  Complaint receives_pubrel(const std::string& client, wire::PacketId id);
  /// The client has sent PUBACK or PUBCOMP.
  void completes(const std::string& client, wire::PacketId id);
  /// The client has sent PUBREC.
  void records(const std::string& client, wire::PacketId id);

  /// What the client should have by now, and has not.
  Complaint missing(const std::string& client) const;
  bool is_connected(const std::string& client) const;

 private:
  struct Message {
    wire::Publish publish;
    std::string publisher;
    TimePoint at{};
    std::optional<TimePoint> expires{};
  };
  struct Subscribed {
    wire::Subscription options;
    std::optional<std::uint32_t> identifier{};
  };
  /// A message on its way to one client.
  struct Copy {
    enum class State : std::uint8_t { due, sent, recorded };
    Message message;
    std::vector<std::uint32_t> identifiers{};  ///< sorted
    bool retained = false;                     ///< a Subscription called for it
    std::uint64_t number = 0;
    State state = State::due;
    bool perhaps_sent = false;  ///< while the client heard nothing
    std::optional<wire::PacketId> id{};
    unsigned connection = 0;  ///< the last one on which it, or its PUBREL, came
    std::string group{};      ///< the Shared Subscription that it came by
  };
  /// A message for one of the members of a Shared Subscription.
  struct Shared {
    std::string group;  ///< its Topic Filter, $share and all
    Message message;
    std::map<std::string, Copy> offers{};  ///< what each client would get who was a member then
    bool at_once = false;                  ///< every member could take it
  };
  struct Session {
    wire::ProtocolVersion version{};
    bool connected = false;
    bool silent = false;
    unsigned connection = 0;
    std::size_t in_flight_allowed = 0;
    std::size_t largest_packet = 0;
    std::uint32_t expiry = 0;
    std::uint16_t keep_alive = 0;
    TimePoint last_heard{};
    std::optional<TimePoint> expires_at{};
    std::optional<wire::Will> will{};
    std::optional<TimePoint> will_due{};
    std::map<std::string, Subscribed> subscriptions{};
    std::list<Copy> copies{};
    std::map<std::string, std::uint64_t> last_number{};  ///< by topic, QoS and kind, on this connection
  };

  void ends(const std::string& client);
  void publish_will(const std::string& client);
  void distribute(const Message& message);
  void share(const Message& message);
  std::optional<Copy> offer(const std::string& client, const std::string& group, const Message& message) const;
  void add(Session& session, Copy copy);
  std::size_t in_flight(const Session& session) const;
  bool takes_more(const std::string& client, const Session& session) const;
  Complaint receives_shared(const std::string& client, const wire::Publish& publish);
  void call_for_retained(const std::string& client, Session& session, const Subscribed& subscribed);
  std::optional<TimePoint> next_event(const Session& session) const;
  void happen(const std::string& client);
  Complaint judge(Session& session, Copy& copy, const wire::Publish& publish);
  Complaint judge_properties(const Copy& copy, const wire::Publish& publish) const;
  Complaint judge_order(Session& session, const Copy& copy);
  bool has_expired(const Message& message) const { return message.expires && *message.expires <= now_; }

  std::size_t most_in_flight_;
  TimePoint now_{};
  std::uint64_t last_number_ = 0;
  std::map<std::string, Session> sessions_;
  std::map<std::string, Message> retained_;
  std::list<Shared> shared_;  ///< what nobody has got yet
};

}  // namespace mqttspec::model
