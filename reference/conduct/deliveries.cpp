#include "reference/conduct/deliveries.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace mqttspec::conduct {
namespace {

using wire::PacketId;
using wire::Publish;
using wire::QoS;

std::size_t hash_of(const Publish& publish, std::string_view topic) {
  constexpr std::hash<std::string_view> hash;
  return hash(publish.payload) * 31 + hash(topic);
}

std::string packet(const Publish& publish) {
  return std::string(publish.dup ? "PUBLISH with DUP" : "PUBLISH") + ", QoS " + std::to_string(number(publish.qos)) +
         ", Packet Identifier " + std::to_string(publish.packet_id->value());
}

RuleRef dup_on_first_delivery(QoS qos, const DeliveryRules& rules) {
  return qos == QoS::exactly_once ? rules.dup_on_first_qos_2 : rules.dup_on_first_qos_1;
}

}  // namespace

void Deliveries::next_connection() {
  ++connection_;
  last_resent_ = 0;
  pubrecs_here_.clear();
  for (auto& [id, delivery] : by_id_) delivery.pubrecs_here = 0;
}

void Deliveries::doubt_all() {
  history_ = History::unseen;
  for (auto& [id, delivery] : by_id_) delivery.phase = Phase::doubtful;
}

void Deliveries::doubt(PacketId id) {
  by_id_[id.value()].phase = Phase::doubtful;
  forget_pubrec(id.value());
}

bool Deliveries::in_use(PacketId id) const {
  const auto found = by_id_.find(id.value());
  if (found == by_id_.end()) return false;
  const Phase phase = found->second.phase;
  return phase == Phase::published || phase == Phase::received || phase == Phase::released;
}

Deliveries::Delivery* Deliveries::find(PacketId id) {
  const auto found = by_id_.find(id.value());
  return found == by_id_.end() ? nullptr : &found->second;
}

bool Deliveries::same_message(const Delivery& delivery, const Publish& publish, std::string_view topic) {
  return delivery.message_known && delivery.message == hash_of(publish, topic);
}

void Deliveries::remember(const Publish& publish, std::string_view topic) {
  Delivery& delivery = by_id_[publish.packet_id->value()];
  const bool old_pubrels_may_come = delivery.pubrecs_here > 0;
  delivery = Delivery{.phase = old_pubrels_may_come ? Phase::doubtful : Phase::published,
                      .qos = publish.qos,
                      .message = hash_of(publish, topic),
                      .order = publish.dup ? 0 : next_order_++,
                      .published_on = connection_};
  forget_pubrec(publish.packet_id->value());
}

void Deliveries::publish(const Publish& publish, std::string_view topic, const DeliveryRules& rules, Report& report) {
  if (publish.qos == QoS::at_most_once) {
    if (publish.dup) report.violate(rules.dup_on_qos_0, "A PUBLISH of QoS 0 came with DUP set; nothing of QoS 0 is ever sent again.");
    return;
  }
  if (!publish.packet_id) return;
  Delivery* delivery = find(*publish.packet_id);
  if (delivery == nullptr) {
    judge_unused_id(publish, rules, report);
    return remember(publish, topic);
  }
  switch (delivery->phase) {
    case Phase::doubtful: return;
    case Phase::completed: return judge_completed(*delivery, publish, topic, rules, report);
    case Phase::published:
    case Phase::received:
    case Phase::released: return judge_in_flight(*delivery, publish, topic, rules, report);
  }
}

void Deliveries::publish_handed_over(const Publish& message, std::string_view topic, const DeliveryRules& rules, Report& report) {
  const bool first = message.dup && message.packet_id && message.qos != QoS::at_most_once && find(*message.packet_id) == nullptr;
  if (first)
    remember(message, topic);
  else
    publish(message, topic, rules, report);
}

/// On a Session's first Network Connection nothing can have been lost, so an earlier delivery would have been seen.
void Deliveries::judge_unused_id(const Publish& publish, const DeliveryRules& rules, Report& report) {
  if (publish.dup && history_ == History::seen && connection_ == 1)
    report.violate(dup_on_first_delivery(publish.qos, rules),
                   packet(publish) + " is the first delivery of this message: the Session is new and the identifier was never used in it.");
}

/// The last acknowledgement was sent. Without DUP this is a new message; with DUP the acknowledgement may have been lost, or have
/// crossed with this packet.
void Deliveries::judge_completed(Delivery& delivery, const Publish& publish, std::string_view topic, const DeliveryRules& rules,
                                 Report& report) {
  const bool crossed = delivery.ended_on == connection_;
  if (!publish.dup) return remember(publish, topic);
  if (delivery.published_on != connection_) {
    remember(publish, topic);
    // Acknowledged ahead of its resending: the identifier may be free before the second acknowledgement is sent.
    if (crossed) by_id_[publish.packet_id->value()].phase = Phase::doubtful;
    return;
  }
  if (!same_message(delivery, publish, topic) && delivery.message_known) {
    report.violate(
        dup_on_first_delivery(publish.qos, rules),
        packet(publish) + " holds another message than the one that was acknowledged under this identifier, so it is a first delivery.");
    return remember(publish, topic);
  }
  if (report.resending_needs_resumption())
    report.violate(
        rules.resent_on_same_connection,
        packet(publish) + " repeats a message of this Network Connection; messages are sent again only after a Session was resumed.");
  delivery.phase = Phase::doubtful;  // whether the next acknowledgement is for this one or for a new message cannot be told
}

/// The other end has not sent the last acknowledgement: the identifier is taken.
void Deliveries::judge_in_flight(Delivery& delivery, const Publish& publish, std::string_view topic, const DeliveryRules& rules,
                                 Report& report) {
  const bool repeats = same_message(delivery, publish, topic);
  if (delivery.phase == Phase::released) {
    if (publish.dup && (repeats || !delivery.message_known))
      report.violate(rules.publish_after_pubrel,
                     packet(publish) + " came after the PUBREL of the same identifier, which PUBCOMP has not answered.");
    else
      report.violate(rules.packet_identifier_in_use, packet(publish) + " came while the PUBREL of this identifier waits for its PUBCOMP.");
    delivery.phase = Phase::doubtful;
    return;
  }
  if (!repeats || (!publish.dup && delivery.published_on == connection_ && report.resending_needs_resumption())) {
    report.violate(rules.packet_identifier_in_use,
                   packet(publish) + " came while another message with this identifier is not acknowledged completely.");
    delivery.phase = Phase::doubtful;
    return;
  }
  if (publish.dup && publish.qos != delivery.qos) {
    report.violate(rules.resent_with_other_qos, packet(publish) + " repeats a message that was sent with QoS " +
                                                    std::to_string(number(delivery.qos)) + " and is not acknowledged.");
    delivery.phase = Phase::doubtful;
    return;
  }
  if (!publish.dup) {
    report.violate(rules.resent_without_dup, packet(publish) + " repeats a message that is not acknowledged, and DUP is not set.");
  } else if (delivery.published_on == connection_ && report.resending_needs_resumption()) {
    report.violate(
        rules.resent_on_same_connection,
        packet(publish) + " repeats a message of this Network Connection; messages are sent again only after a Session was resumed.");
  }
  if (delivery.published_on == connection_) return;  // a PUBREC may have crossed with it: the phase stays
  judge_resend_order(delivery, rules, report);
  delivery.published_on = connection_;
  if (delivery.pubrecs_here == 0) delivery.phase = Phase::published;
}

void Deliveries::judge_resend_order(const Delivery& delivery, const DeliveryRules& rules, Report& report) {
  if (delivery.order == 0) return;
  if (delivery.order < last_resent_)
    report.violate(rules.resent_out_of_order, "A message was sent again behind one that had been delivered after it at first.");
  last_resent_ = std::max(last_resent_, delivery.order);
}

void Deliveries::pubrel(PacketId id, const DeliveryRules& rules, Report& report) {
  const std::string name = "PUBREL with Packet Identifier " + std::to_string(id.value());
  Delivery* delivery = find(id);
  if (delivery == nullptr) {
    if (history_ == History::seen) {
      report.violate(rules.pubrel_without_pubrec, name + " came, and no PUBREC with this identifier was sent in this Session.");
      return;
    }
    by_id_[id.value()] = Delivery{.phase = Phase::released, .qos = QoS::exactly_once, .message_known = false, .released_on = connection_};
    return;
  }
  switch (delivery->phase) {
    case Phase::doubtful: return;
    case Phase::published:
      report.violate(rules.pubrel_without_pubrec, name + " came while its PUBLISH still waits for " +
                                                      (delivery->qos == QoS::exactly_once ? "PUBREC." : "PUBACK: it was of QoS 1."));
      delivery->phase = Phase::doubtful;
      return;
    case Phase::received: judge_pubrel_order(id.value(), rules, report); break;
    case Phase::released:
      if (delivery->released_on == connection_ && delivery->pubrecs_here == 0)
        report.violate(rules.resent_on_same_connection, name + " came twice on this Network Connection after one PUBREC.");
      break;
    case Phase::completed:
      if (delivery->ended == Ended::by_puback && delivery->published_on == connection_)
        report.violate(rules.pubrel_without_pubrec, name + " came for a message of QoS 1 that PUBACK has acknowledged.");
      if (delivery->ended == Ended::by_pubcomp && delivery->released_on == connection_ && delivery->pubrecs_here == 0)
        report.violate(rules.resent_on_same_connection, name + " came twice on this Network Connection after one PUBREC.");
      if (delivery->ended != Ended::by_pubcomp || delivery->released_on == connection_) {
        delivery->phase = Phase::doubtful;
        return;
      }
      break;
  }
  delivery->phase = Phase::released;
  delivery->released_on = connection_;
  if (delivery->pubrecs_here > 0) --delivery->pubrecs_here;
}

/// PUBRELs have the order of the PUBRECs; only those are compared whose PUBREC was sent on this Network Connection.
void Deliveries::judge_pubrel_order(std::uint16_t id, const DeliveryRules& rules, Report& report) {
  const auto own = std::ranges::find(pubrecs_here_, id);
  if (own == pubrecs_here_.end()) return;
  const auto earlier =
      std::find_if(pubrecs_here_.begin(), own, [this](std::uint16_t other) { return by_id_.at(other).phase == Phase::received; });
  if (earlier == own) {
    pubrecs_here_.erase(own);
    return;
  }
  report.violate(rules.pubrel_out_of_order, "PUBREL with Packet Identifier " + std::to_string(id) + " came ahead of the one for " +
                                                std::to_string(*earlier) + ", whose PUBREC was sent first.");
  pubrecs_here_.erase(pubrecs_here_.begin(), own + 1);  // one finding for one disorder
}

void Deliveries::forget_pubrec(std::uint16_t id) { std::erase(pubrecs_here_, id); }

void Deliveries::puback(PacketId id) {
  Delivery& delivery = by_id_.try_emplace(id.value(), Delivery{.phase = Phase::doubtful}).first->second;
  const bool fits = delivery.phase == Phase::published && delivery.qos == QoS::at_least_once;
  delivery.phase = fits ? Phase::completed : Phase::doubtful;
  delivery.ended = Ended::by_puback;
  delivery.ended_on = connection_;
}

void Deliveries::pubrec(PacketId id, wire::ReasonCode code) {
  Delivery& delivery = by_id_.try_emplace(id.value(), Delivery{.phase = Phase::doubtful}).first->second;
  const bool open = delivery.phase == Phase::published || delivery.phase == Phase::received || delivery.phase == Phase::released;
  if (!open || delivery.qos != QoS::exactly_once) {
    delivery.phase = Phase::doubtful;
  } else if (is_error(code)) {
    delivery.phase = delivery.phase == Phase::published ? Phase::completed : Phase::doubtful;
    delivery.ended = Ended::by_refusal;
    delivery.ended_on = connection_;
  } else {
    ++delivery.pubrecs_here;
    if (delivery.phase != Phase::published) return;
    delivery.phase = Phase::received;
    pubrecs_here_.push_back(id.value());
  }
}

void Deliveries::pubcomp(PacketId id) {
  Delivery& delivery = by_id_.try_emplace(id.value(), Delivery{.phase = Phase::doubtful}).first->second;
  delivery.phase = delivery.phase == Phase::released ? Phase::completed : Phase::doubtful;
  delivery.ended = Ended::by_pubcomp;
  delivery.ended_on = connection_;
}

}  // namespace mqttspec::conduct
