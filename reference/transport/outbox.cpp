#include "reference/transport/outbox.hpp"

#include <utility>

namespace mqttspec::transport {
namespace {

constexpr std::chrono::seconds linger_time{2};

}  // namespace

Outbox::Outbox(Runtime& runtime, std::unique_ptr<Stream> below)
    : runtime_(runtime), below_(std::move(below)), waiting_{runtime.make_timer(), runtime.make_timer()}, linger_(runtime.make_timer()) {}

void Outbox::put(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || failure_ || end_ != End::open || runtime_.is_ending()) return;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  if (!std::exchange(writing_, true)) runtime_.spawn(write_all(shared_from_this()));
}

Awaitable<void> Outbox::write_all(std::shared_ptr<Outbox> self) {
  while (!self->bytes_.empty()) {
    const auto piece = std::exchange(self->bytes_, {});
    self->being_written_ = piece.size();
    auto written = co_await self->below_->write(piece);
    self->being_written_ = 0;
    if (written) continue;
    self->failure_ = std::move(written.error());
    self->bytes_.clear();
  }
  self->writing_ = false;
  self->end_below();
  self->wake();
}

Awaitable<void> Outbox::flushed(Side side) {
  while (writing_) co_await waiting(side).wait_until(TimePoint::max());
}

void Outbox::end_below() {
  if (end_ == End::shut_down) below_->shutdown_send();
  if (end_ == End::closed) {
    below_->close();
    linger_->wake();
  }
}

void Outbox::wake() {
  for (const auto& timer : waiting_) timer->wake();
}

void Outbox::shutdown_send() {
  if (end_ != End::open) return;
  end_ = End::shut_down;
  if (!writing_) end_below();
}

void Outbox::close() {
  if (std::exchange(end_, End::closed) == End::closed) return;
  if (!writing_ || runtime_.is_ending()) return end_below();
  runtime_.spawn(close_by_force(shared_from_this()));
}

Awaitable<void> Outbox::close_by_force(std::shared_ptr<Outbox> self) {
  if (!self->writing_) co_return;
  if (co_await self->linger_->wait_until(self->runtime_.now() + linger_time)) self->reset();
}

void Outbox::reset() {
  end_ = End::closed;
  bytes_.clear();
  below_->reset();
}

}  // namespace mqttspec::transport
