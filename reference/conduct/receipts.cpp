#include "reference/conduct/receipts.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::conduct {
namespace {

std::string named(std::string_view packet, std::uint16_t id) {
  return std::string(packet) + " with Packet Identifier " + std::to_string(id);
}

}  // namespace

// ---- The order of acknowledgements

void Receipts::push(Queue& queue, std::uint16_t id, Counts& counts) {
  counts.place = next_place_++;
  queue.waiting.emplace_back(id, counts.place);
  if (queue.waiting.size() > 2 * by_id_.size() + 16)
    std::erase_if(queue.waiting, [&](const auto& entry) { return !waits(queue, entry.first, entry.second); });
}

bool Receipts::waits(const Queue& queue, std::uint16_t id, std::uint64_t place) const {
  const auto found = by_id_.find(id);
  return place > queue.passed && found != by_id_.end() && found->second.connection == connection_ && found->second.place == place;
}

/// Takes an identifier out of its queue.
/// @return the identifier that had to be acknowledged before it; that one is then not asked for again
std::optional<std::uint16_t> Receipts::acknowledge(Queue& queue, wire::QoS qos, Counts& counts) {
  if (counts.qos != qos) return std::nullopt;
  while (!queue.waiting.empty() && !waits(queue, queue.waiting.front().first, queue.waiting.front().second)) queue.waiting.pop_front();
  const std::uint64_t own = std::exchange(counts.place, 0);
  if (own <= queue.passed || queue.waiting.empty() || queue.waiting.front().second >= own) return std::nullopt;
  queue.passed = own;  // one finding for one disorder
  return queue.waiting.front().first;
}

// ---- Answers that are due

void Receipts::next_connection() {
  ++connection_;
  qos_1_ = {};
  qos_2_ = {};
}

void Receipts::doubt_all() {
  history_ = History::unseen;
  by_id_.clear();
  qos_1_ = {};
  qos_2_ = {};
}

/// What is known of an identifier, adapted to the present Network Connection.
Receipts::Counts& Receipts::counts(wire::PacketId id) {
  Counts& counts = by_id_.try_emplace(id.value(), Counts{.connection = connection_}).first->second;
  if (counts.connection == connection_) return counts;
  counts.connection = connection_;
  counts.place = 0;
  counts.recorded_here = false;
  counts.may_repeat_pubrec = counts.qos_2_open;
  counts.late_answers = counts.pubacks_due > 0 || counts.pubrecs_due > 0;
  return counts;
}

void Receipts::forget_if_completed(wire::PacketId id, Counts& counts) {
  if (counts.pubacks_due > 0 || counts.pubrecs_due > 0 || counts.pubcomps_due > 0 || counts.qos_2_open) return;
  if (history_ == History::seen) {
    by_id_.erase(id.value());
  } else if (counts.began_here) {
    counts.is_certain = true;
  }
}

void Receipts::publish(const wire::Publish& publish) {
  if (publish.qos == wire::QoS::at_most_once || !publish.packet_id) return;
  Counts& counts = this->counts(*publish.packet_id);
  const bool is_first = counts.pubacks_due == 0 && counts.pubrecs_due == 0 && counts.pubcomps_due == 0 && !counts.qos_2_open;
  counts.began_here = !publish.dup && (is_first || counts.began_here);
  counts.place = 0;
  counts.qos = publish.qos;
  if (publish.dup) counts.late_answers = true;
  if (!counts.late_answers && judges(counts))
    push(publish.qos == wire::QoS::at_least_once ? qos_1_ : qos_2_, publish.packet_id->value(), counts);
  if (publish.qos == wire::QoS::at_least_once) {
    ++counts.pubacks_due;
  } else {
    ++counts.pubrecs_due;
    counts.qos_2_open = true;
    counts.recorded_here = false;
  }
}

void Receipts::pubrel(wire::PacketId id) { ++counts(id).pubcomps_due; }

void Receipts::puback(wire::PacketId id, const ReceiptRules& rules, Report& report) {
  Counts& counts = this->counts(id);
  if (counts.pubacks_due > 0) {
    --counts.pubacks_due;
  } else if (judges(counts)) {
    if (counts.pubrecs_due > 0)
      report.violate(rules.acknowledgement_for_other_qos,
                     named("PUBACK", id.value()) + " was received for a PUBLISH of QoS 2, which PUBREC acknowledges.");
    else
      report.violate(rules.puback_without_publish,
                     named("PUBACK", id.value()) + " was received, and no PUBLISH of QoS 1 with it waits for one.");
  }
  const auto expected = acknowledge(qos_1_, wire::QoS::at_least_once, counts);
  if (expected && rules.puback_out_of_order)
    report.violate(*rules.puback_out_of_order, named("PUBACK", id.value()) + " was received before the one for " +
                                                   std::to_string(*expected) + ", whose PUBLISH was sent first.");
  forget_if_completed(id, counts);
}

void Receipts::pubrec(const wire::Pubrec& pubrec, const ReceiptRules& rules, Report& report) {
  const wire::PacketId id = pubrec.packet_id;
  Counts& counts = this->counts(id);
  const bool may_repeat = counts.qos_2_open && (counts.may_repeat_pubrec || !report.resending_needs_resumption());
  if (counts.pubrecs_due > 0) {
    --counts.pubrecs_due;
    counts.recorded_here = counts.pubrecs_due == 0 && counts.pubcomps_due == 0 && !is_error(pubrec.reason_code);
  } else if (may_repeat) {
    counts.may_repeat_pubrec = false;
  } else if (judges(counts)) {
    if (counts.pubacks_due > 0)
      report.violate(rules.acknowledgement_for_other_qos,
                     named("PUBREC", id.value()) + " was received for a PUBLISH of QoS 1, which PUBACK acknowledges.");
    else
      report.violate(rules.pubrec_without_publish,
                     named("PUBREC", id.value()) + " was received, and no PUBLISH of QoS 2 with it waits for one.");
  }
  const auto expected = acknowledge(qos_2_, wire::QoS::exactly_once, counts);
  if (expected && rules.pubrec_out_of_order)
    report.violate(*rules.pubrec_out_of_order, named("PUBREC", id.value()) + " was received before the one for " +
                                                   std::to_string(*expected) + ", whose PUBLISH was sent first.");
  forget_if_completed(id, counts);
}

void Receipts::pubcomp(const wire::Pubcomp& pubcomp, const ReceiptRules& rules, Report& report) {
  const wire::PacketId id = pubcomp.packet_id;
  Counts& counts = this->counts(id);
  if (counts.pubcomps_due > 0) {
    const bool first = counts.recorded_here && counts.pubcomps_due == 1;
    if (judges(counts) && first && pubcomp.reason_code == wire::ReasonCode::packet_identifier_not_found)
      report.violate(rules.pubcomp_denies_message,
                     named("PUBCOMP", id.value()) +
                         " was received with Packet Identifier not found, and PUBREC had been received for the message on this "
                         "Network Connection.");
    counts.recorded_here = false;
    --counts.pubcomps_due;
    counts.qos_2_open = false;
  } else if (judges(counts)) {
    report.violate(rules.pubcomp_without_pubrel, named("PUBCOMP", id.value()) + " was received, and no PUBREL with it waits for one.");
  }
  forget_if_completed(id, counts);
}

}  // namespace mqttspec::conduct
