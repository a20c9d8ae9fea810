#pragma once

#include "reference/conduct/history.hpp"
#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

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
/// sent packets and answers are counted; a surplus of answers is certain whatever crossed or was lost.
class Receipts {
 public:
  explicit Receipts(History history) : history_(history) {}

  void next_connection();
  void doubt_all() { history_ = History::unseen; }

  /// The other end sent a message or released one.
  void publish(const wire::Publish& publish);
  void pubrel(wire::PacketId id);

  /// The judged end acknowledged.
  void puback(wire::PacketId id, const ReceiptRules& rules, Report& report);
  void pubrec(const wire::Pubrec& pubrec, const ReceiptRules& rules, Report& report);
  void pubcomp(const wire::Pubcomp& pubcomp, const ReceiptRules& rules, Report& report);

 private:
  struct Counts {
    std::uint64_t publishes_qos_1 = 0, pubacks = 0;
    std::uint64_t publishes_qos_2 = 0, pubrecs = 0;
    std::uint64_t pubrels = 0, pubcomps = 0;
    bool recorded_here = false;  ///< PUBREC came on this Network Connection, and no PUBLISH was sent since
    bool qos_2_open = false;     ///< a PUBLISH of QoS 2 was sent, and no PUBCOMP came since
    /// The exchange is of an earlier Network Connection, and no PUBREC was repeated on this one: brokers in use do so, and 4.4 is about
    /// messages alone.
    bool may_repeat_pubrec = false;
  };

  /// Messages of one QoS that were first sent on this Network Connection and are not acknowledged, in order. Identifiers in
  /// `late_answers_` have no place in it: which of the deliveries is being acknowledged cannot be told.
  class Queue {
   public:
    void push(std::uint16_t id) { waiting_.push_back(id); }
    void drop(std::uint16_t id) { std::erase(waiting_, id); }
    void clear() { waiting_.clear(); }
    /// Takes an identifier out.
    /// @return the identifier that had to come before it; that one is then not asked for again
    std::optional<std::uint16_t> acknowledge(std::uint16_t id);

   private:
    std::vector<std::uint16_t> waiting_;
  };

  History history_;
  Queue qos_1_;
  Queue qos_2_;
  std::set<std::uint16_t> late_answers_;  ///< identifiers of which an answer to an earlier delivery may still come
  std::map<std::uint16_t, Counts> by_id_;
};

}  // namespace mqttspec::conduct
