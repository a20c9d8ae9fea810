#pragma once

#include "reference/transport/random.hpp"
#include "reference/transport/runtime.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace mqttspec::transport {

/// One direction of a simulated connection: bytes on their way from a writer to a reader. No coroutines, no clock: `now` is handed in.
///
/// What is put in is cut into pieces, each due at its own time, never before the one ahead of it. Pieces of one put() become due one after
/// the other, so a cut is really seen by a reader that keeps up; the first piece of a put() joins the one ahead when that is due later.
class SimPipe {
 public:
  enum class Peer : std::uint8_t { there, closed, reset };

  SimPipe(const SimOptions& options, std::uint64_t seed) : options_(options), random_(seed) {}

  // The writer's end.

  /// @return how many bytes found room
  std::size_t put(std::span<const std::uint8_t> bytes, TimePoint now);
  /// After a put() that found too little room: whether another is worth while (half of the room is free again).
  bool has_room() const { return held_ <= options_.pipe_capacity / 2; }
  /// No more bytes will come.
  void end(TimePoint now);
  /// Bytes that have not arrived yet never will; the reader learns of it a delay later.
  void abort(TimePoint now);
  /// What the writer knows of the reader by now.
  Peer reader(TimePoint now) const { return now >= reader_left_ ? reader_ : Peer::there; }
  /// When reader() changes; TimePoint::max() when nothing is under way.
  TimePoint reader_leaves() const { return reader_left_; }

  // The reader's end.

  /// @return how many bytes it has put into `into` of those that have arrived
  std::size_t take(std::span<std::uint8_t> into, TimePoint now);
  /// When the next byte or the end arrives or has arrived; TimePoint::max() when nothing is under way.
  TimePoint next_arrival() const { return segments_.empty() ? end_due_ : segments_.front().due; }
  /// How the writer stands when every byte that has arrived is taken.
  Peer writer(TimePoint now) const { return segments_.empty() && now >= end_due_ ? end_ : Peer::there; }
  /// Nobody reads any more: bytes are dropped, and the writer learns a delay later how (closed or reset).
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
