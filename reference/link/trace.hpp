#pragma once

#include "reference/spec/protocol_version.hpp"
#include "reference/transport/time.hpp"
#include "reference/wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqttspec::link {

/// One thing that happened on a Network Connection.
struct TraceLine {
  enum class Kind : std::uint8_t {
    sent,      ///< bytes from the client to the server
    received,  ///< bytes from the server to the client
    event,     ///< opened, closed, a wait that timed out, a remark
  };
  transport::Duration at{};  ///< since the trace began
  int connection = 0;        ///< 1, 2, … in the order of opening; 0: not about one connection
  std::string client{};      ///< Client Identifier, if it is known
  Kind kind = Kind::event;
  std::string text{};    ///< the packet described, or the event
  wire::Bytes bytes{};   ///< of the packet; cut at 4 KiB
  std::size_t size = 0;  ///< of the packet, uncut; 0 if nothing was cut
};

/// What happened in one run of a case, or shortly before a violation, in order. Copies share the lines.
class Trace {
 public:
  Trace() = default;
  explicit Trace(std::vector<TraceLine> lines) : lines_(std::make_shared<const std::vector<TraceLine>>(std::move(lines))) {}

  std::size_t size() const { return lines_ ? lines_->size() : 0; }
  bool empty() const { return size() == 0; }
  const TraceLine& operator[](std::size_t i) const { return (*lines_)[i]; }
  const TraceLine* begin() const { return lines_ ? lines_->data() : nullptr; }
  const TraceLine* end() const { return begin() + size(); }

 private:
  std::shared_ptr<const std::vector<TraceLine>> lines_;
};

/// Keeps the first and the last lines of what happens, in bounded memory. Packets are described only when the lines are asked for, so that
/// recording one costs little more than a copy of its bytes. Not thread-safe.
class TraceRecorder {
 public:
  static constexpr std::size_t longest_packet = 4'096;  ///< bytes that are kept of one packet

  /// Bytes of memory for each end of the trace. A recorder without any room keeps nothing.
  struct Limits {
    std::size_t first = 128 * std::size_t{1024};
    std::size_t last = 128 * std::size_t{1024};
  };

  TraceRecorder() = default;
  explicit TraceRecorder(Limits limits) : limits_(limits) {}

  /// Adds a line that has a text.
  /// @param bytes cut at longest_packet
  void add(TraceLine line, wire::ByteView bytes = {});
  /// Adds a packet; its description becomes the text.
  void add_packet(TraceLine line, wire::ByteView bytes, spec::ProtocolVersion version);
  /// Appends to the text of the latest line.
  void remark(std::string_view text);
  /// While it is paused nothing is added.
  void pause() { paused_ = true; }

  /// All lines that were kept, and the recorder begins from scratch. One line says how many were left out.
  Trace take();
  /// A copy of the same.
  Trace snapshot() const;

 private:
  struct Entry {
    TraceLine line;
    /// Of a packet that is not described yet.
    bool is_packet = false;
    spec::ProtocolVersion version = spec::ProtocolVersion::v5_0;
  };

  static std::size_t memory_of(const Entry& entry);
  static void describe(Entry& entry);
  void keep(Entry entry, wire::ByteView bytes);

  Limits limits_{};
  std::vector<Entry> first_;
  std::deque<Entry> last_;
  std::size_t first_bytes_ = 0;
  std::size_t last_bytes_ = 0;
  std::size_t left_out_ = 0;
  bool paused_ = false;
};

}  // namespace mqttspec::link
