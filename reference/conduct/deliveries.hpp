#pragma once

#include "reference/conduct/history.hpp"
#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace mqttspec::conduct {

/// Which rules a message's sender is judged by.
struct DeliveryRules {
  RuleRef dup_on_qos_0;
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
class Deliveries {
 public:
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
  bool has_seen(wire::PacketId id) const { return by_id_.contains(id.value()); }

 private:
  enum class Phase : std::uint8_t {
    published,  ///< waits for PUBACK or PUBREC
    received,   ///< PUBREC was sent, PUBREL is to come
    released,   ///< PUBREL came, PUBCOMP is to be sent
    completed,  ///< the last acknowledgement was sent: the identifier may be free
    doubtful,   ///< the other end broke the sequence itself, or packets crossed in a way that can be read in several ways
  };
  enum class Ended : std::uint8_t { no, by_puback, by_refusal, by_pubcomp };

  struct Delivery {
    Phase phase = Phase::published;
    Ended ended = Ended::no;
    wire::QoS qos = wire::QoS::at_least_once;
    bool message_known = true;  ///< false when only the PUBREL was seen
    std::size_t message = 0;    ///< hash of topic and payload
    std::uint64_t order = 0;    ///< of the first delivery within the Session; 0 where that was not seen
    unsigned published_on = 0;  ///< number of the last Network Connection that carried the PUBLISH
    unsigned released_on = 0;   ///< the same of the PUBREL
    unsigned ended_on = 0;      ///< the same of the last acknowledgement
    unsigned pubrecs_here = 0;  ///< PUBRECs on the present Network Connection that no PUBREL has answered yet
  };

  Delivery* find(wire::PacketId id);
  void remember(const wire::Publish& publish, std::string_view topic);
  static bool same_message(const Delivery& delivery, const wire::Publish& publish, std::string_view topic);
  void judge_unused_id(const wire::Publish& publish, const DeliveryRules& rules, Report& report);
  void judge_completed(Delivery& delivery, const wire::Publish& publish, std::string_view topic, const DeliveryRules& rules,
                       Report& report);
  void judge_in_flight(Delivery& delivery, const wire::Publish& publish, std::string_view topic, const DeliveryRules& rules,
                       Report& report);
  void judge_resend_order(const Delivery& delivery, const DeliveryRules& rules, Report& report);
  void judge_pubrel_order(std::uint16_t id, const DeliveryRules& rules, Report& report);
  void forget_pubrec(std::uint16_t id);

  History history_;
  unsigned connection_ = 1;
  std::uint64_t next_order_ = 1;
  std::uint64_t last_resent_ = 0;            ///< highest order among what was sent again on this connection
  std::vector<std::uint16_t> pubrecs_here_;  ///< identifiers whose first PUBREC was sent on this connection, in order
  std::map<std::uint16_t, Delivery> by_id_;
};

}  // namespace mqttspec::conduct
