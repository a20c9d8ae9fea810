#include "reference/transport/sim_pipe.hpp"

#include <algorithm>

namespace mqttspec::transport {

TimePoint SimPipe::arrival(TimePoint now) {
  const auto least = static_cast<std::uint64_t>(options_.least_delay.count());
  const auto most = static_cast<std::uint64_t>(options_.most_delay.count());
  return now + Duration(static_cast<Duration::rep>(random_.between(least, most)));
}

void SimPipe::append(TimePoint due, std::size_t size) {
  if (!segments_.empty() && segments_.back().due == due) {
    segments_.back().size += size;
  } else {
    segments_.push_back({due, size});
  }
  last_due_ = due;
}

std::size_t SimPipe::put(std::span<const std::uint8_t> bytes, TimePoint now) {
  if (reader_ != Peer::there) return bytes.size();  // dropped: the writer does not know yet that the reader has left
  const auto count = std::min(bytes.size(), options_.pipe_capacity - held_);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  held_ += count;
  auto gap = Duration::zero();
  for (std::size_t left = count; left > 0;) {
    const auto size = std::min<std::size_t>(left, random_.between_by_magnitude(options_.smallest_segment, options_.largest_segment));
    const auto due = arrival(now);
    append(last_due_ == TimePoint::min() ? due : std::max(due, last_due_ + gap), size);
    gap = Duration(1);
    left -= size;
  }
  return count;
}

void SimPipe::end(TimePoint now) {
  if (end_ != Peer::there) return;
  end_ = Peer::closed;
  end_due_ = std::max(arrival(now), last_due_);
}

void SimPipe::abort(TimePoint now) {
  if (end_ == Peer::reset) return;
  while (!segments_.empty() && segments_.back().due > now) {
    held_ -= segments_.back().size;
    bytes_.resize(bytes_.size() - segments_.back().size);
    segments_.pop_back();
  }
  end_ = Peer::reset;
  end_due_ = arrival(now);
}

std::size_t SimPipe::take(std::span<std::uint8_t> into, TimePoint now) {
  std::size_t count = 0;
  while (count < into.size() && !segments_.empty() && segments_.front().due <= now) {
    auto& segment = segments_.front();
    const auto size = std::min(segment.size, into.size() - count);
    count += size;
    segment.size -= size;
    if (segment.size == 0) segments_.pop_front();
  }
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(taken_), count, into.begin());
  taken_ += count;
  held_ -= count;
  drop_taken();
  return count;
}

void SimPipe::drop_taken() {
  constexpr std::size_t worth_moving = 4096;
  if (held_ == 0) {
    bytes_.clear();
    taken_ = 0;
  } else if (taken_ > worth_moving && taken_ > held_) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
}

void SimPipe::leave(Peer how, TimePoint now) {
  if (reader_ != Peer::there) return;
  reader_ = how;
  reader_left_ = arrival(now);
  segments_.clear();
  bytes_.clear();
  taken_ = held_ = 0;
}

}  // namespace mqttspec::transport
