#include "mock_broker/deviations/web_socket_stream.hpp"

#include "mock_broker/engine/frame_splitter.hpp"
#include "reference/transport/web_socket.hpp"
#include "reference/wire/types.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace mqttspec::mock_broker {
namespace {

using transport::Awaitable;
using transport::Error;
using transport::FrameType;

/// Reads and writes WebSocket frames as a broken broker does. Its coroutines must end before it is destroyed.
class BrokenFrames final : public transport::Stream {
 public:
  BrokenFrames(std::unique_ptr<transport::Stream> below, const WebSocketHabits& habits) : below_(std::move(below)), habits_(habits) {}

  Awaitable<std::expected<std::size_t, Error>> read_some(std::span<std::uint8_t> into) override {
    while (ready_.empty()) {
      const auto count = co_await below_->read_some(into);
      if (!count || *count == 0 || !below_->web_socket()) co_return count;
      take(wire::ByteView(into).first(*count));
    }
    const std::size_t count = std::min(into.size(), ready_.size());
    std::copy_n(ready_.begin(), count, into.begin());
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count));
    co_return count;
  }

  Awaitable<std::expected<void, Error>> write(std::span<const std::uint8_t> bytes) override {
    if (habits_.sends_binary_frames || !below_->web_socket()) co_return co_await below_->write(bytes);
    const std::array pieces{bytes};
    co_return co_await below_->web_socket()->write_message(FrameType::text, pieces);
  }

  void shutdown_send() override { below_->shutdown_send(); }
  void close() override { below_->close(); }
  void reset() override { below_->reset(); }
  transport::WebSocketControl* web_socket() override { return below_->web_socket(); }

 private:
  /// What was read belongs to the frame that began last.
  void take(wire::ByteView bytes) {
    const auto& frames = *below_->web_socket();
    const auto begun = frames.frames_received(FrameType::binary) + frames.frames_received(FrameType::text) +
                       frames.frames_received(FrameType::continuation);
    if (std::exchange(begun_, begun) != begun) {
      packets_of_frame_ = 0;
      if (!habits_.joins_frames) packets_ = FrameSplitter(wire::maximum_packet_size);
    }
    while (auto packet = packets_.next(bytes)) {
      const bool is_first = packets_of_frame_++ == 0;
      if (is_first || habits_.reads_all_packets_of_a_frame) ready_.insert(ready_.end(), packet->bytes.begin(), packet->bytes.end());
      if (packet->too_large) return;
    }
  }

  std::unique_ptr<transport::Stream> below_;
  WebSocketHabits habits_;
  FrameSplitter packets_{wire::maximum_packet_size};
  std::uint64_t begun_ = 0;
  int packets_of_frame_ = 0;
  wire::Bytes ready_;  ///< whole packets that were not yet asked for
};

}  // namespace

transport::WebSocketServerOptions web_socket_options(const WebSocketHabits& habits) {
  return {.subprotocol = std::string(habits.subprotocol),
          .text_frames = habits.refuses_text_frames ? transport::TextFrames::refused : transport::TextFrames::taken};
}

std::unique_ptr<transport::Stream> with_habits(std::unique_ptr<transport::Stream> stream, const WebSocketHabits& habits) {
  const bool is_right = habits.sends_binary_frames && habits.joins_frames && habits.reads_all_packets_of_a_frame;
  if (is_right) return stream;
  return std::make_unique<BrokenFrames>(std::move(stream), habits);
}

}  // namespace mqttspec::mock_broker
