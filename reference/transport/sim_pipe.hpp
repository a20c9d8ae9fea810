#pragma once

#include "reference/transport/random.hpp"
#include "reference/transport/runtime.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace mqttspec::transport {

/// One direction of a simulated connection: bytes in transit from a writer to a reader. No coroutines and no clock; `now` is a parameter.
///
/// Bytes are cut into pieces, and each piece becomes due at its own time, in order. Pieces of one put() become due one after the other, so
/// that a reader that keeps up sees every cut. The first piece of a put() joins the previous piece if that one is due later.
class SimPipe {
 public:
  enum class Peer : std::uint8_t { there, closed, reset };

  SimPipe(const SimOptions& options, std::uint64_t seed) : options_(options), random_(seed) {}

  // The writer's side.

  /// @return the number of bytes for which there was room
  std::size_t put(std::span<const std::uint8_t> bytes, TimePoint now);
  /// After a put() that had too little room: whether to try again (half of the capacity is free).
  bool has_room() const { return held_ <= options_.pipe_capacity / 2; }
  /// No more bytes will follow.
  void end(TimePoint now);
  /// Drops the bytes that have not arrived yet. The reader sees the reset one delay later.
  void abort(TimePoint now);
  /// The state of the reader, as far as the writer can know it.
  Peer reader(TimePoint now) const { return now >= reader_left_ ? reader_ : Peer::there; }
  /// When reader() changes; TimePoint::max() if it will not.
  TimePoint reader_leaves() const { return reader_left_; }

  // The reader's side.

  /// @return how many of the bytes that have arrived were copied to `into`
  std::size_t take(std::span<std::uint8_t> into, TimePoint now);
  /// When the next byte or the end arrives or has arrived; TimePoint::max() if nothing is in transit.
  TimePoint next_arrival() const { return segments_.empty() ? end_due_ : segments_.front().due; }
  /// The state of the writer after all bytes that have arrived.
  Peer writer(TimePoint now) const { return segments_.empty() && now >= end_due_ ? end_ : Peer::there; }
  /// The reader leaves: bytes are dropped, and the writer sees one delay later how (closed or reset).
  void leave(Peer how, TimePoint now);

 private:
  struct Segment {
    TimePoint due;
    std::size_t size;
  };

  TimePoint arrival(TimePoint now);
  void append(TimePoint due, std::size_t size);
  void drop_taken();

  SimOptions options_;
  Random random_;
  std::vector<std::uint8_t> bytes_;
  std::size_t taken_ = 0;  ///< of bytes_, from the front
  std::size_t held_ = 0;
  std::deque<Segment> segments_;
  TimePoint last_due_ = TimePoint::min();
  Peer end_ = Peer::there;
  TimePoint end_due_ = TimePoint::max();
  Peer reader_ = Peer::there;
  TimePoint reader_left_ = TimePoint::max();
};

}  // namespace mqttspec::transport
