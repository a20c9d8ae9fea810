#pragma once

#include "reference/transport/runtime.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace mqttspec::transport {

/// Sends the output of a layer (TLS, WebSocket) to the stream below, and then ends that stream.
///
/// It writes in its own coroutine, so that a writer that is cancelled leaves no incomplete record or frame, and a reader can send what the
/// protocol requires (a pong, an alert) next to the writer. It keeps everything until it has been written, so callers wait for flushed()
/// before they put more.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  /// The callers of flushed(), one of each at a time.
  enum class Side : std::uint8_t { reader, writer };

  Outbox(Runtime& runtime, std::unique_ptr<Stream> below);
  Stream& below() { return *below_; }

  /// Dropped after shutdown_send(), close(), reset() or a failure.
  void put(std::span<const std::uint8_t> bytes);
  std::size_t unsent() const { return bytes_.size() + being_written_; }
  /// Why the stream below accepts no more bytes.
  const std::optional<Error>& failure() const { return failure_; }
  /// Waits until everything has been written to the stream below, or has been dropped.
  Awaitable<void> flushed(Side side);

  /// Ends our side of the stream below as soon as everything has been written.
  void shutdown_send();
  /// Closes the stream below as soon as everything has been written. Resets it if that takes more than two seconds.
  void close();
  void reset();

 private:
  enum class End : std::uint8_t { open, shut_down, closed };

  static Awaitable<void> write_all(std::shared_ptr<Outbox> self);
  static Awaitable<void> close_by_force(std::shared_ptr<Outbox> self);
  void end_below();
  void wake();
  Timer& waiting(Side side) { return *waiting_[static_cast<std::size_t>(side)]; }

  Runtime& runtime_;
  std::unique_ptr<Stream> below_;
  std::array<std::unique_ptr<Timer>, 2> waiting_;
  std::unique_ptr<Timer> linger_;
  std::vector<std::uint8_t> bytes_;
  std::size_t being_written_ = 0;
  bool writing_ = false;
  End end_ = End::open;
  std::optional<Error> failure_;
};

}  // namespace mqttspec::transport
