#include "mock_broker/engine/outbound.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mqttspec::mock_broker {

void Outbound::counted(const Delivery& delivery) {
  waiting_bytes_ += delivery.message->size();
  if (!totals_) return;
  ++totals_->messages;
  totals_->bytes += delivery.message->size();
}

void Outbound::uncounted(const Delivery& delivery) {
  waiting_bytes_ -= delivery.message->size();
  if (!totals_) return;
  --totals_->messages;
  totals_->bytes -= delivery.message->size();
}

void Outbound::push(Delivery delivery) {
  counted(delivery);
  line_of(delivery.qos).push_back(std::move(delivery));
}

Delivery Outbound::pop(wire::QoS qos, bool last) {
  auto& line = line_of(qos);
  Delivery taken = std::move(last ? line.back() : line.front());
  if (last)
    line.pop_back();
  else
    line.pop_front();
  uncounted(taken);
  return taken;
}

void Outbound::drop_waiting() {
  for (const Delivery& delivery : waiting_) uncounted(delivery);
  waiting_.clear();
  drop_waiting_qos0();
}

void Outbound::drop_waiting_qos0() {
  for (const Delivery& delivery : waiting_qos0_) uncounted(delivery);
  waiting_qos0_.clear();
}

void Outbound::drop_expired(TimePoint now) {
  for (auto* line : {&waiting_, &waiting_qos0_})
    std::erase_if(*line, [&](const Delivery& delivery) {
      if (!delivery.message->has_expired(now)) return false;
      uncounted(delivery);
      return true;
    });
}

std::optional<wire::PacketId> Outbound::unused_packet_id() {
  constexpr std::size_t all = 65'535;
  if (used_.size() >= all) return std::nullopt;
  do {
    last_packet_id_ = last_packet_id_ == all ? std::uint16_t{1} : static_cast<std::uint16_t>(last_packet_id_ + 1);
  } while (used_.contains(last_packet_id_));
  return wire::PacketId(last_packet_id_);
}

Outbound::InFlight& Outbound::start(wire::PacketId packet_id, Delivery delivery) {
  used_.insert(packet_id.value());
  return in_flight_.emplace_back(packet_id, std::move(delivery));
}

Outbound::InFlight* Outbound::find_in_flight(wire::PacketId packet_id) {
  const auto found = std::ranges::find(in_flight_, packet_id, &InFlight::packet_id);
  return found == in_flight_.end() ? nullptr : &*found;
}

void Outbound::finish(wire::PacketId packet_id) {
  const auto found = std::ranges::find(in_flight_, packet_id, &InFlight::packet_id);
  if (found == in_flight_.end()) return;
  in_flight_.erase(found);
  used_.erase(packet_id.value());
}

void Outbound::release(wire::PacketId packet_id) {
  const auto found = std::ranges::find(in_flight_, packet_id, &InFlight::packet_id);
  if (found == in_flight_.end()) return;
  released_.emplace_back(packet_id, std::move(found->delivery));
  in_flight_.erase(found);
}

bool Outbound::is_released(wire::PacketId packet_id) const {
  return std::ranges::find(released_, packet_id, &Released::packet_id) != released_.end();
}

void Outbound::complete(wire::PacketId packet_id) {
  if (std::erase_if(released_, [&](const Released& released) { return released.packet_id == packet_id; }) > 0)
    used_.erase(packet_id.value());
}

std::size_t Outbound::unacknowledged() const {
  return released_.size() + static_cast<std::size_t>(std::ranges::count_if(in_flight_, &InFlight::sent));
}

void Outbound::connection_changed() {
  for (InFlight& entry : in_flight_) entry.sent = false;
  for (Released& entry : released_) entry.sent = false;
}

void Outbound::drop_in_flight() {
  in_flight_.clear();
  released_.clear();
  used_.clear();
}

void Outbound::drop_shared_in_flight() {
  std::erase_if(in_flight_, [this](const InFlight& entry) {
    if (entry.delivery.shared_filter.empty()) return false;
    used_.erase(entry.packet_id.value());
    return true;
  });
}

std::vector<Delivery> Outbound::take_shared(bool started_qos2_too) {
  std::vector<Delivery> taken;
  const auto may_go = [](const Delivery& delivery) { return !delivery.shared_filter.empty(); };
  for (const InFlight& entry : in_flight_) {
    const bool movable = entry.delivery.qos == wire::QoS::at_least_once || started_qos2_too;
    if (may_go(entry.delivery) && movable) taken.push_back(entry.delivery);
  }
  for (auto* line : {&waiting_, &waiting_qos0_}) std::ranges::copy_if(*line, std::back_inserter(taken), may_go);
  return taken;
}

}  // namespace mqttspec::mock_broker
