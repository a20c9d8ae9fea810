#include "conformance/report/pcapng.hpp"

#include "conformance/report/tcp_frames.hpp"
#include "conformance/report/tool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

namespace mqttspec::conformance::report {
namespace {

// Blocks and options of the pcapng specification.
constexpr std::uint32_t section_header = 0x0A0D0D0A;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::uint32_t length_unknown = 0xFFFFFFFF;
constexpr std::uint16_t end_of_options = 0;
constexpr std::uint16_t option_comment = 1;
constexpr std::uint16_t option_interface_name = 2;
constexpr std::uint16_t option_user_application = 4;
constexpr std::uint16_t option_time_resolution = 9;
constexpr char nanoseconds = 9;  ///< as a power of ten
constexpr std::uint32_t link_type_raw_ip = 101;

/// A block, little endian.
class Block {
 public:
  explicit Block(std::uint32_t type) {
    four(type);
    four(0);
  }

  Block& two(std::uint16_t value) {
    data_ += static_cast<char>(value & 0xFF);
    data_ += static_cast<char>(value >> 8);
    return *this;
  }
  Block& four(std::uint32_t value) { return two(static_cast<std::uint16_t>(value)).two(static_cast<std::uint16_t>(value >> 16)); }
  Block& padded(std::string_view bytes) {
    data_ += bytes;
    data_.resize((data_.size() + 3) / 4 * 4);
    return *this;
  }
  Block& option(std::uint16_t code, std::string_view value) {
    value = value.substr(0, 0xFFFF);
    return two(code).two(static_cast<std::uint16_t>(value.size())).padded(value);
  }

  /// Appends the finished block.
  void finish(std::string& out) && {
    const auto length = static_cast<std::uint32_t>(data_.size() + 4);
    for (std::size_t i = 0; i < 4; ++i) data_[4 + i] = static_cast<char>(length >> 8 * i);
    four(length);
    out += data_;
  }

 private:
  std::string data_;
};

std::string header() {
  std::string out;
  Block section(section_header);
  section.four(byte_order_magic).two(1).two(0).four(length_unknown).four(length_unknown);
  section.option(option_user_application, fmt::format("{} {}", tool_name, tool_version)).option(end_of_options, {});
  std::move(section).finish(out);
  Block interface(interface_description);
  interface.two(link_type_raw_ip).two(0).four(0);  // no limit of length
  interface.option(option_interface_name, tool_name).option(option_comment, "IP and TCP are made up around the recorded bytes");
  interface.option(option_time_resolution, std::string_view(&nanoseconds, 1)).option(end_of_options, {});
  std::move(interface).finish(out);
  return out;
}

void append_packet(std::string& out, std::chrono::system_clock::time_point at, const Frame& frame,
                   std::span<const std::string> comments = {}) {
  const auto time = static_cast<std::uint64_t>(std::chrono::nanoseconds(at.time_since_epoch()).count());
  Block packet(enhanced_packet);
  packet.four(0).four(static_cast<std::uint32_t>(time >> 32)).four(static_cast<std::uint32_t>(time));
  packet.four(static_cast<std::uint32_t>(frame.bytes.size())).four(static_cast<std::uint32_t>(frame.size));
  packet.padded({reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size()});
  for (const std::string& comment : comments) packet.option(option_comment, comment);
  if (!comments.empty()) packet.option(end_of_options, {});
  std::move(packet).finish(out);
}

/// A connection that has been opened in the file.
struct Conversation {
  TcpConversation tcp;
  std::size_t left;                     ///< traffic still to come
  std::vector<std::string> comments{};  ///< for the next packet
};

/// Puts the frames out, the first one with all comments that wait.
void append_frames(std::string& out, std::chrono::system_clock::time_point at, Conversation& conversation, std::span<const Frame> frames) {
  for (const Frame& frame : frames) append_packet(out, at, frame, std::exchange(conversation.comments, {}));
}

void append_traffic(std::string& out, Conversation& conversation, const Traffic& traffic) {
  const std::size_t size = std::max(traffic.size, traffic.bytes.size());
  if (!traffic.comment.empty()) conversation.comments.push_back(traffic.comment);
  if (size != traffic.bytes.size())
    conversation.comments.push_back(fmt::format("only the first {} of {} bytes were recorded", traffic.bytes.size(), size));
  append_frames(out, traffic.at, conversation, conversation.tcp.data(traffic.from, traffic.bytes, size));
}

/// By time; what has the same time stays in order.
std::vector<std::reference_wrapper<const Traffic>> in_order(std::span<const Traffic> traffic) {
  std::vector<std::reference_wrapper<const Traffic>> sorted(traffic.begin(), traffic.end());
  std::ranges::sort(sorted, {}, [](const Traffic& one) { return std::pair(one.at, &one); });
  return sorted;
}

}  // namespace

std::string render_pcapng(std::span<const Traffic> traffic) {
  std::map<std::uint32_t, std::size_t> left;
  for (const Traffic& one : traffic) ++left[one.connection];

  std::string out = header();
  std::map<std::uint32_t, Conversation> conversations;
  for (const Traffic& one : in_order(traffic)) {
    const auto number = static_cast<std::uint32_t>(conversations.size());
    const auto [entry, is_new] = conversations.try_emplace(one.connection, TcpConversation(number), left[one.connection]);
    Conversation& conversation = entry->second;
    if (is_new) append_frames(out, one.at, conversation, conversation.tcp.open());
    append_traffic(out, conversation, one);
    if (--conversation.left == 0) append_frames(out, one.at, conversation, conversation.tcp.close());
  }
  return out;
}

}  // namespace mqttspec::conformance::report
