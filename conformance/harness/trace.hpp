#pragma once

#include "reference/transport/time.hpp"
#include "reference/wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::conformance {

/// One thing that happened on a connection of a case.
struct TraceLine {
  enum class Kind : std::uint8_t {
    sent,      ///< bytes from the suite to the broker
    received,  ///< bytes from the broker
    event,     ///< opened, closed, a wait that ran out, a remark
  };
  transport::Duration at{};  ///< since the case began
  int connection = 0;        ///< 1, 2, … in the order of opening; 0: not about one connection
  std::string client{};      ///< Client Identifier, as far as it is known
  Kind kind = Kind::event;
  std::string text{};    ///< the packet described, or the event
  wire::Bytes bytes{};   ///< of the packet; cut at 4 KiB
  std::size_t size = 0;  ///< of the packet, uncut; 0 where nothing was cut
};

/// What happened in one run of a case, in order. Copies share the lines.
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

/// Keeps the first and the last lines of what happens, in bounded memory, whatever a broker sends.
class TraceRecorder {
 public:
  /// Bytes of memory for the first lines, and as many for the last ones.
  static constexpr std::size_t bytes_for_each_end = 128 * std::size_t{1024};
  static constexpr std::size_t longest_packet = 4'096;

  /// @param bytes of a packet, cut at longest_packet
  void add(TraceLine line, wire::ByteView bytes);
  /// Everything kept; where lines were left out, one line says how many.
  Trace take();

 private:
  std::vector<TraceLine> first_;
  std::deque<TraceLine> last_;
  std::size_t first_bytes_ = 0;
  std::size_t last_bytes_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace mqttspec::conformance
