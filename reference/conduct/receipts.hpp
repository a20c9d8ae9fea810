#pragma once

#include "reference/conduct/history.hpp"
#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace mqttspec::conduct {

/// Which rules an acknowledging end is judged by. Only clients are bound to an order (4.6).
struct ReceiptRules {
  RuleRef puback_without_publish;
  RuleRef pubrec_without_publish;
  RuleRef pubcomp_without_pubrel;
  RuleRef pubcomp_denies_message;
  RuleRef acknowledgement_for_other_qos;
  std::optional<RuleRef> puback_out_of_order;
  std::optional<RuleRef> pubrec_out_of_order;
};

/// The messages that the judged end receives within one Session and has to acknowledge (2.2.1, 4.3, 4.6).
///
/// Every PUBLISH and PUBREL allows one answer, also where it was sent again, and also on a later Network Connection of the Session. So
/// the answers that are due are counted; a surplus is certain whatever crossed or was lost.
///
/// In a Session whose past is not known a Packet Identifier is in doubt until an exchange under it that began on a Network Connection that
/// was seen has been completed.
///
/// Memory: one entry for each Packet Identifier whose exchange is not completed (in a Session whose past is not known: that was used), so
/// less than 6 MiB. Time does not depend on how many there are.
class Receipts {
 public:
  explicit Receipts(History history) : history_(history) {}

  void next_connection();
  void doubt_all();

  /// The other end sent a message or released one.
  void publish(const wire::Publish& publish);
  void pubrel(wire::PacketId id);

  /// The judged end acknowledged.
  void puback(wire::PacketId id, const ReceiptRules& rules, Report& report);
  void pubrec(const wire::Pubrec& pubrec, const ReceiptRules& rules, Report& report);
  void pubcomp(const wire::Pubcomp& pubcomp, const ReceiptRules& rules, Report& report);

  /// Entries that are kept, for tests of the memory that is taken.
  std::size_t size() const { return by_id_.size(); }

 private:
  struct Counts {
    std::uint32_t pubacks_due = 0;
    std::uint32_t pubrecs_due = 0;
    std::uint32_t pubcomps_due = 0;
    unsigned connection = 0;                   ///< number of the last Network Connection that this was adapted to
    std::uint64_t place = 0;                   ///< in the queue of its QoS; 0: none
    wire::QoS qos = wire::QoS::at_least_once;  ///< of the last PUBLISH
    bool late_answers = false;                 ///< an answer to an earlier delivery may still be sent
    bool began_here = false;                   ///< the exchange began with a first delivery when no answer was due
    bool is_certain = false;                   ///< an exchange that was seen from its beginning has been completed
    bool recorded_here = false;                ///< PUBREC was received on this Network Connection, and no PUBLISH was sent since
    bool qos_2_open = false;                   ///< a PUBLISH of QoS 2 was sent, and no PUBCOMP was received since
    /// The exchange is of an earlier Network Connection, and no PUBREC was repeated on this one: brokers in use do so, and 4.4 is about
    /// messages alone.
    bool may_repeat_pubrec = false;
  };

  /// Messages of one QoS that were first sent on this Network Connection and are not acknowledged, in order. Identifiers with
  /// `late_answers` have no place in it: which of the deliveries is being acknowledged is not known.
  struct Queue {
    std::deque<std::pair<std::uint16_t, std::uint64_t>> waiting{};  ///< identifiers and their places; some have left it
    std::uint64_t passed = 0;                                       ///< places up to this one are not asked for again
  };

  Counts& counts(wire::PacketId id);
  bool judges(const Counts& counts) const { return history_ == History::seen || counts.is_certain; }
  void push(Queue& queue, std::uint16_t id, Counts& counts);
  bool waits(const Queue& queue, std::uint16_t id, std::uint64_t place) const;
  std::optional<std::uint16_t> acknowledge(Queue& queue, wire::QoS qos, Counts& counts);
  void forget_if_completed(wire::PacketId id, Counts& counts);

  History history_;
  unsigned connection_ = 1;
  std::uint64_t next_place_ = 1;
  Queue qos_1_;
  Queue qos_2_;
  std::unordered_map<std::uint16_t, Counts> by_id_;
};

}  // namespace mqttspec::conduct
