#include "reference/conduct/receipts.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::conduct {
namespace {

std::string named(std::string_view packet, std::uint16_t id) {
  return std::string(packet) + " with Packet Identifier " + std::to_string(id);
}

}  // namespace

std::optional<std::uint16_t> Receipts::Queue::acknowledge(std::uint16_t id) {
  const auto own = std::ranges::find(waiting_, id);
  if (own == waiting_.end()) return std::nullopt;
  std::optional<std::uint16_t> expected;
  if (own != waiting_.begin()) expected = waiting_.front();
  waiting_.erase(waiting_.begin(), own + 1);  // one finding for one disorder
  return expected;
}

void Receipts::next_connection() {
  qos_1_.clear();
  qos_2_.clear();
  late_answers_.clear();
  for (auto& [id, counts] : by_id_) {
    counts.recorded_here = false;
    counts.may_repeat_pubrec = counts.qos_2_open;
    if (counts.pubacks < counts.publishes_qos_1 || counts.pubrecs < counts.publishes_qos_2) late_answers_.insert(id);
  }
}

void Receipts::publish(const wire::Publish& publish) {
  if (publish.qos == wire::QoS::at_most_once || !publish.packet_id) return;
  const std::uint16_t id = publish.packet_id->value();
  Counts& counts = by_id_[id];
  Queue& queue = publish.qos == wire::QoS::at_least_once ? qos_1_ : qos_2_;
  qos_1_.drop(id);
  qos_2_.drop(id);
  if (publish.dup) late_answers_.insert(id);
  if (!late_answers_.contains(id)) queue.push(id);
  if (publish.qos == wire::QoS::at_least_once) {
    ++counts.publishes_qos_1;
  } else {
    ++counts.publishes_qos_2;
    counts.qos_2_open = true;
    counts.recorded_here = false;
  }
}

void Receipts::pubrel(wire::PacketId id) { ++by_id_[id.value()].pubrels; }

void Receipts::puback(wire::PacketId id, const ReceiptRules& rules, Report& report) {
  Counts& counts = by_id_[id.value()];
  if (counts.pubacks < counts.publishes_qos_1) {
    ++counts.pubacks;
  } else if (history_ == History::seen) {
    if (counts.pubrecs < counts.publishes_qos_2)
      report.violate(rules.acknowledgement_for_other_qos,
                     named("PUBACK", id.value()) + " came for a PUBLISH of QoS 2, which PUBREC acknowledges.");
    else
      report.violate(rules.puback_without_publish, named("PUBACK", id.value()) + " came, and no PUBLISH of QoS 1 with it waits for one.");
  }
  const auto expected = qos_1_.acknowledge(id.value());
  if (history_ == History::seen && expected && rules.puback_out_of_order)
    report.violate(*rules.puback_out_of_order, named("PUBACK", id.value()) + " came ahead of the one for " + std::to_string(*expected) +
                                                   ", whose PUBLISH was sent first.");
}

void Receipts::pubrec(const wire::Pubrec& pubrec, const ReceiptRules& rules, Report& report) {
  const wire::PacketId id = pubrec.packet_id;
  Counts& counts = by_id_[id.value()];
  const bool may_repeat = counts.qos_2_open && (counts.may_repeat_pubrec || !report.resending_needs_resumption());
  if (counts.pubrecs < counts.publishes_qos_2) {
    ++counts.pubrecs;
    counts.recorded_here = counts.pubrecs == counts.publishes_qos_2 && counts.pubrels == counts.pubcomps && !is_error(pubrec.reason_code);
  } else if (may_repeat) {
    counts.may_repeat_pubrec = false;
  } else if (history_ == History::seen) {
    if (counts.pubacks < counts.publishes_qos_1)
      report.violate(rules.acknowledgement_for_other_qos,
                     named("PUBREC", id.value()) + " came for a PUBLISH of QoS 1, which PUBACK acknowledges.");
    else
      report.violate(rules.pubrec_without_publish, named("PUBREC", id.value()) + " came, and no PUBLISH of QoS 2 with it waits for one.");
  }
  const auto expected = qos_2_.acknowledge(id.value());
  if (history_ == History::seen && expected && rules.pubrec_out_of_order)
    report.violate(*rules.pubrec_out_of_order, named("PUBREC", id.value()) + " came ahead of the one for " + std::to_string(*expected) +
                                                   ", whose PUBLISH was sent first.");
}

void Receipts::pubcomp(const wire::Pubcomp& pubcomp, const ReceiptRules& rules, Report& report) {
  const wire::PacketId id = pubcomp.packet_id;
  Counts& counts = by_id_[id.value()];
  if (counts.pubcomps < counts.pubrels) {
    const bool first = counts.recorded_here && counts.pubrels == counts.pubcomps + 1;
    if (history_ == History::seen && first && pubcomp.reason_code == wire::ReasonCode::packet_identifier_not_found)
      report.violate(rules.pubcomp_denies_message,
                     named("PUBCOMP", id.value()) +
                         " came with Packet Identifier not found, and PUBREC had come for the message on this "
                         "Network Connection.");
    counts.recorded_here = false;
    ++counts.pubcomps;
    counts.qos_2_open = false;
  } else if (history_ == History::seen) {
    report.violate(rules.pubcomp_without_pubrel, named("PUBCOMP", id.value()) + " came, and no PUBREL with it waits for one.");
  }
}

}  // namespace mqttspec::conduct
