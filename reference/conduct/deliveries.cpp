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
  last_released_ = 0;
  pubrecs_here_.clear();
  received_ = acknowledgements_;  // what has not been received by now is lost
}

void Deliveries::doubt_all() {
  history_ = History::unseen;
  for (auto& [id, delivery] : by_id_) delivery.phase = Phase::doubtful;
  completed_.clear();
}

void Deliveries::doubt(PacketId id) { by_id_[id.value()].phase = Phase::doubtful; }

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
  const bool old_pubrels_may_follow = pubrecs_here(delivery) > 0 && !state_shows(delivery);
  delivery = Delivery{.phase = old_pubrels_may_follow ? Phase::doubtful : Phase::published,
                      .qos = publish.qos,
                      .message = hash_of(publish, topic),
                      .order = publish.dup ? 0 : next_order_++,
                      .last_answer = delivery.last_answer,
                      .published_on = connection_};
}

void Deliveries::publish(const Publish& publish, std::string_view topic, const DeliveryRules& rules, Report& report) {
  if (!publish.packet_id) return;
  Delivery* delivery = find(*publish.packet_id);
  if (delivery == nullptr) {
    judge_unused_id(publish, rules, report);
    return remember(publish, topic);
  }
  switch (delivery->phase) {
    case Phase::doubtful:
      if (state_shows(*delivery)) remember(publish, topic);
      return;
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
  if (publish.dup && history_ == History::seen && connection_ == 1 && !is_forgotten(publish.packet_id->value()))
    report.violate(dup_on_first_delivery(publish.qos, rules),
                   packet(publish) + " is the first delivery of this message: the Session is new and the identifier was never used in it.");
}

/// The last acknowledgement was sent. Without DUP this is a new message; with DUP the acknowledgement may have been lost, or have
/// crossed with this packet.
void Deliveries::judge_completed(Delivery& delivery, const Publish& publish, std::string_view topic, const DeliveryRules& rules,
                                 Report& report) {
  const bool crossed = delivery.ended_on == connection_;
  if (!publish.dup) {
    // A correct sender frees the identifier when it receives the last acknowledgement. One PUBREC more may still be answered.
    if (pubrecs_here(delivery) == 0) received_ = std::max(received_, delivery.last_answer);
    return remember(publish, topic);
  }
  if (delivery.published_on != connection_) {
    remember(publish, topic);
    // Acknowledged ahead of its resending: the identifier may be free before the second acknowledgement is sent.
    if (crossed) by_id_[publish.packet_id->value()].phase = Phase::doubtful;
    return;
  }
  if (!same_message(delivery, publish, topic) && delivery.message_known) {
    report.violate(
        dup_on_first_delivery(publish.qos, rules),
        packet(publish) + " has another message than the one that was acknowledged under this identifier, so it is a first delivery.");
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
                     packet(publish) + " was received after the PUBREL of the same identifier, which PUBCOMP has not answered.");
    else
      report.violate(rules.packet_identifier_in_use,
                     packet(publish) + " was received while the PUBREL of this identifier waits for its PUBCOMP.");
    delivery.phase = Phase::doubtful;
    return;
  }
  if (!repeats || (!publish.dup && delivery.published_on == connection_ && report.resending_needs_resumption())) {
    report.violate(rules.packet_identifier_in_use,
                   packet(publish) + " was received while another message with this identifier is not acknowledged completely.");
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
  if (pubrecs_here(delivery) == 0) delivery.phase = Phase::published;
}

void Deliveries::judge_resend_order(const Delivery& delivery, const DeliveryRules& rules, Report& report) {
  if (delivery.order == 0) return;
  if (delivery.order < last_resent_)
    report.violate(rules.resent_out_of_order, "A message was sent again after one that was first delivered later.");
  last_resent_ = std::max(last_resent_, delivery.order);
}

void Deliveries::pubrel(PacketId id, const DeliveryRules& rules, Report& report) {
  const auto name = [&] { return "PUBREL with Packet Identifier " + std::to_string(id.value()); };
  Delivery* delivery = find(id);
  if (delivery == nullptr) {
    if (history_ == History::seen && !is_forgotten(id.value())) {
      report.violate(rules.pubrel_without_pubrec, name() + " was received, and no PUBREC with this identifier was sent in this Session.");
      return;
    }
    by_id_[id.value()] = Delivery{.phase = Phase::released, .qos = QoS::exactly_once, .message_known = false, .released_on = connection_};
    return;
  }
  switch (delivery->phase) {
    case Phase::doubtful:
      if (!state_shows(*delivery)) return;
      delivery->message_known = false;
      delivery->qos = QoS::exactly_once;
      break;
    case Phase::published:
      report.violate(rules.pubrel_without_pubrec, name() + " was received while its PUBLISH still waits for " +
                                                      (delivery->qos == QoS::exactly_once ? "PUBREC." : "PUBACK: it was of QoS 1."));
      delivery->phase = Phase::doubtful;
      return;
    case Phase::received: judge_pubrel_order(id.value(), *delivery, rules, report); break;
    case Phase::released:
      if (delivery->released_on == connection_ && pubrecs_here(*delivery) == 0)
        report.violate(rules.resent_on_same_connection, name() + " was received twice on this Network Connection after one PUBREC.");
      break;
    case Phase::completed:
      if (delivery->ended == Ended::by_puback && delivery->published_on == connection_)
        report.violate(rules.pubrel_without_pubrec, name() + " was received for a message of QoS 1 that PUBACK has acknowledged.");
      if (delivery->ended == Ended::by_pubcomp && delivery->released_on == connection_ && pubrecs_here(*delivery) == 0)
        report.violate(rules.resent_on_same_connection, name() + " was received twice on this Network Connection after one PUBREC.");
      if (delivery->ended != Ended::by_pubcomp || delivery->released_on == connection_) {
        delivery->phase = Phase::doubtful;
        return;
      }
      break;
  }
  delivery->phase = Phase::released;
  delivery->released_on = connection_;
  if (pubrecs_here(*delivery) > 0) --delivery->pubrecs;
}

bool Deliveries::waits_for_pubrel(const Answer& pubrec) const {
  const auto found = by_id_.find(pubrec.id);
  return pubrec.number > last_released_ && found != by_id_.end() && found->second.phase == Phase::received &&
         found->second.pubrec == pubrec.number;
}

/// PUBRELs have the order of the PUBRECs; only those are compared whose PUBREC was sent on this Network Connection.
void Deliveries::judge_pubrel_order(std::uint16_t id, const Delivery& delivery, const DeliveryRules& rules, Report& report) {
  if (delivery.pubrecs_on != connection_) return;
  received_ = std::max(received_, delivery.pubrec);  // PUBREL answers it
  while (!pubrecs_here_.empty() && !waits_for_pubrel(pubrecs_here_.front())) pubrecs_here_.pop_front();
  if (pubrecs_here_.empty() || pubrecs_here_.front().number >= delivery.pubrec) return;
  report.violate(rules.pubrel_out_of_order, "PUBREL with Packet Identifier " + std::to_string(id) + " was received before the one for " +
                                                std::to_string(pubrecs_here_.front().id) + ", whose PUBREC was sent first.");
  last_released_ = delivery.pubrec;  // one finding for one disorder
}

/// The other end has sent an acknowledgement of it.
Deliveries::Delivery& Deliveries::answered(PacketId id) {
  Delivery& delivery = by_id_.try_emplace(id.value(), Delivery{.phase = Phase::doubtful}).first->second;
  delivery.last_answer = ++acknowledgements_;
  return delivery;
}

void Deliveries::complete(std::uint16_t id, Delivery& delivery, Ended how) {
  delivery.ended = how;
  delivery.ended_on = connection_;
  if (delivery.phase != Phase::completed) return;
  completed_.push_back({id, delivery.last_answer});
  if (completed_.size() <= most_completed) return;
  const Answer oldest = completed_.front();
  completed_.pop_front();
  const auto found = by_id_.find(oldest.id);
  if (found == by_id_.end() || found->second.phase != Phase::completed || found->second.last_answer != oldest.number) return;
  by_id_.erase(found);
  if (!forgotten_) forgotten_ = std::make_unique<std::bitset<identifiers>>();
  forgotten_->set(oldest.id);
}

void Deliveries::puback(PacketId id) {
  Delivery& delivery = answered(id);
  const bool fits = delivery.phase == Phase::published && delivery.qos == QoS::at_least_once;
  delivery.phase = fits ? Phase::completed : Phase::doubtful;
  complete(id.value(), delivery, Ended::by_puback);
}

void Deliveries::pubrec(PacketId id, wire::ReasonCode code) {
  Delivery& delivery = answered(id);
  const bool open = delivery.phase == Phase::published || delivery.phase == Phase::received || delivery.phase == Phase::released;
  if (!open || delivery.qos != QoS::exactly_once) {
    delivery.phase = Phase::doubtful;
  } else if (is_error(code)) {
    delivery.phase = delivery.phase == Phase::published ? Phase::completed : Phase::doubtful;
    complete(id.value(), delivery, Ended::by_refusal);
  } else {
    delivery.pubrecs = pubrecs_here(delivery) + 1;
    delivery.pubrecs_on = connection_;
    if (delivery.phase != Phase::published) return;
    delivery.phase = Phase::received;
    delivery.pubrec = acknowledgements_;
    pubrecs_here_.push_back({id.value(), acknowledgements_});
    if (pubrecs_here_.size() > 2 * by_id_.size() + 16)
      std::erase_if(pubrecs_here_, [this](const Answer& pubrec) { return !waits_for_pubrel(pubrec); });
  }
}

void Deliveries::pubcomp(PacketId id) {
  Delivery& delivery = answered(id);
  delivery.phase = delivery.phase == Phase::released ? Phase::completed : Phase::doubtful;
  complete(id.value(), delivery, Ended::by_pubcomp);
}

}  // namespace mqttspec::conduct
