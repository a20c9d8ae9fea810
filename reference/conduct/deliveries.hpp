#pragma once

#include "reference/conduct/history.hpp"
#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace mqttspec::conduct {

/// Which rules a message's sender is judged by.
struct DeliveryRules {
  RuleRef dup_on_first_qos_1;
  RuleRef dup_on_first_qos_2;
  RuleRef resent_without_dup;
  RuleRef resent_with_other_qos;
  RuleRef packet_identifier_in_use;
  RuleRef resent_on_same_connection;
  RuleRef publish_after_pubrel;
  RuleRef pubrel_without_pubrec;
  RuleRef resent_out_of_order;
  RuleRef pubrel_out_of_order;
};

/// The messages of QoS 1 and 2 that the judged end sends within one Session, by Packet Identifier: when it may use one, when DUP, when
/// PUBREL (2.2.1, 4.3, 4.4, 4.6).
///
/// The judged end's packets are reported when they arrive, the other end's when they leave. So an acknowledgement counts from the moment
/// it is sent, since it may have arrived; and after the Network Connection was lost it may also not have arrived.
///
/// Where packets can be read in several ways, the Packet Identifier is in doubt, and nothing is reported about it. The doubt ends with the
/// next PUBLISH or PUBREL that the judged end sends under it after it is certain to have received all earlier acknowledgements of it: from
/// then on the state is known again.
///
/// Memory: one entry for each Packet Identifier whose exchange is not completed, of `most_completed` that are, and a bit for each of the
/// others; so less than 8 MiB, and about 20 KiB where few messages are in flight. Time does not depend on how many there are.
class Deliveries {
 public:
  /// How many exchanges are remembered after they were completed.
  static constexpr std::size_t most_completed = 128;

  explicit Deliveries(History history) : history_(history) {}

  /// The Session goes on with a new Network Connection.
  void next_connection();
  /// From here on the state of what is in flight is not certain.
  void doubt_all();

  /// The same for one Packet Identifier.
  void doubt(wire::PacketId id);

  /// The judged end sent a PUBLISH. `topic` is its Topic Name with the alias resolved.
  void publish(const wire::Publish& publish, std::string_view topic, const DeliveryRules& rules, Report& report);
  /// The same where an unused Packet Identifier may come with DUP: a Shared Subscription's message that another client had been sent.
  void publish_handed_over(const wire::Publish& publish, std::string_view topic, const DeliveryRules& rules, Report& report);
  /// The judged end sent a PUBREL.
  void pubrel(wire::PacketId id, const DeliveryRules& rules, Report& report);

  /// The other end acknowledged.
  void puback(wire::PacketId id);
  void pubrec(wire::PacketId id, wire::ReasonCode code);
  void pubcomp(wire::PacketId id);

  /// Whether a message with this Packet Identifier is in flight for certain.
  bool in_use(wire::PacketId id) const;
  /// Whether anything has been sent under this Packet Identifier in this Session.
  bool has_seen(wire::PacketId id) const { return by_id_.contains(id.value()) || is_forgotten(id.value()); }

  /// How many acknowledgements the other end has sent.
  std::uint64_t acknowledgements() const { return acknowledgements_; }
  /// The judged end is certain to have received the first `count` acknowledgements: it answered something that was sent after them.
  void acknowledgements_received(std::uint64_t count) { received_ = std::max(received_, count); }

  /// Entries that are kept, for tests of the memory that is taken.
  std::size_t size() const { return by_id_.size(); }

 private:
  enum class Phase : std::uint8_t {
    published,  ///< waits for PUBACK or PUBREC
    received,   ///< PUBREC was sent, PUBREL is to come
    released,   ///< PUBREL came, PUBCOMP is to be sent
    completed,  ///< the last acknowledgement was sent: the identifier may be free
    doubtful,   ///< the other end broke the sequence itself, or packets may have crossed
  };
  enum class Ended : std::uint8_t { no, by_puback, by_refusal, by_pubcomp };

  struct Delivery {
    Phase phase = Phase::published;
    Ended ended = Ended::no;
    wire::QoS qos = wire::QoS::at_least_once;
    bool message_known = true;      ///< false when only the PUBREL was seen
    std::size_t message = 0;        ///< hash of topic and payload
    std::uint64_t order = 0;        ///< of the first delivery within the Session; 0 where that was not seen
    std::uint64_t pubrec = 0;       ///< number of the first PUBREC, as of all acknowledgements
    std::uint64_t last_answer = 0;  ///< the same of the last acknowledgement of any type
    unsigned published_on = 0;      ///< number of the last Network Connection that carried the PUBLISH
    unsigned released_on = 0;       ///< the same of the PUBREL
    unsigned ended_on = 0;          ///< the same of the last acknowledgement
    unsigned pubrecs_on = 0;        ///< the Network Connection that `pubrecs` is about
    unsigned pubrecs = 0;           ///< PUBRECs on it that no PUBREL has answered yet
  };
  using Entries = std::unordered_map<std::uint16_t, Delivery>;
  /// An identifier and the number of an acknowledgement.
  struct Answer {
    std::uint16_t id;
    std::uint64_t number;
  };
  static constexpr std::size_t identifiers = 65'536;

  Delivery* find(wire::PacketId id);
  Delivery& answered(wire::PacketId id);
  bool is_forgotten(std::uint16_t id) const { return forgotten_ && forgotten_->test(id); }
  bool state_shows(const Delivery& delivery) const { return delivery.last_answer <= received_; }
  unsigned pubrecs_here(const Delivery& delivery) const { return delivery.pubrecs_on == connection_ ? delivery.pubrecs : 0; }
  void complete(std::uint16_t id, Delivery& delivery, Ended how);
  bool waits_for_pubrel(const Answer& pubrec) const;
  void remember(const wire::Publish& publish, std::string_view topic);
  static bool same_message(const Delivery& delivery, const wire::Publish& publish, std::string_view topic);
  void judge_unused_id(const wire::Publish& publish, const DeliveryRules& rules, Report& report);
  void judge_completed(Delivery& delivery, const wire::Publish& publish, std::string_view topic, const DeliveryRules& rules,
                       Report& report);
  void judge_in_flight(Delivery& delivery, const wire::Publish& publish, std::string_view topic, const DeliveryRules& rules,
                       Report& report);
  void judge_resend_order(const Delivery& delivery, const DeliveryRules& rules, Report& report);
  void judge_pubrel_order(std::uint16_t id, const Delivery& delivery, const DeliveryRules& rules, Report& report);

  History history_;
  unsigned connection_ = 1;
  std::uint64_t next_order_ = 1;
  std::uint64_t last_resent_ = 0;       ///< highest order among what was sent again on this connection
  std::uint64_t acknowledgements_ = 0;  ///< sent by the other end in this Session
  std::uint64_t received_ = 0;          ///< how many of them the judged end is certain to have received, or never will
  std::deque<Answer> pubrecs_here_;     ///< first PUBRECs on this connection; some have been answered already
  std::uint64_t last_released_ = 0;     ///< the highest PUBREC that PUBREL has answered on this connection
  std::deque<Answer> completed_;        ///< exchanges that are remembered, by their last acknowledgement
  Entries by_id_;
  std::unique_ptr<std::bitset<identifiers>> forgotten_;  ///< identifiers that were used and have no entry; null: none
};

}  // namespace mqttspec::conduct
