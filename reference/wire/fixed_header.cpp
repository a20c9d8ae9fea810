#include "reference/wire/fixed_header.hpp"

#include "reference/wire/decode.hpp"

#include <string>

namespace mqttspec::wire {
namespace {

void check_sender(Judge& judge) {
  const PacketType type = judge.type();
  const PacketTypeRule& rule = rule_of(type);
  if (first_byte::may_send(rule, judge.from(), judge.version())) return;
  const std::uint8_t* start = judge.packet().data();
  const Senders senders = judge.v5() ? rule.senders_5_0 : rule.senders_3_1_1;
  if (senders == Senders::none) {
    const std::string number = std::to_string(std::to_underlying(type));
    return judge.violate("codec/reserved-type", start, {"The packet type ", number, " is reserved"});
  }
  judge.violate("codec/wrong-sender", start, {judge.from_client() ? "A client" : "The server", " must not send ", name(type)});
}

void check_first_byte(Judge& judge) {
  const std::uint8_t* start = judge.packet().data();
  if (first_byte::is_right(*start, judge.version(), judge.from())) return;
  check_sender(judge);
  const PacketTypeRule& rule = rule_of(judge.type());
  judge.violate(rule.flags_rule, start,
                {"The fixed-header flags of ", name(judge.type()), " are ", std::to_string(*start & 0x0F), " instead of ",
                 std::to_string(rule.flags)});
}

void check_length(Judge& judge, RemainingLength length, const DecodeContext& context) {
  const std::uint8_t* start = judge.packet().data();
  if (length.state == RemainingLength::State::too_long)
    return judge.violate("codec/integer-too-long", start + 1, {"The Remaining Length has more than four bytes"});
  if (length.state != RemainingLength::State::complete || length.packet_size() <= context.maximum_packet_size) return;
  const RuleRef rule = judge.from_client() ? RuleRef("codec/client-packet-too-large") : RuleRef("codec/server-packet-too-large");
  judge.violate(rule, start + 1, {name(judge.type()), " is longer than the Maximum Packet Size"});
}

/// 5.0 requires the shortest form; 3.1.1 has no such rule (2.2.3).
void check_minimal(Judge& judge, RemainingLength length) {
  if (length.minimal || !judge.v5()) return;
  judge.violate("codec/integer-not-minimal", judge.packet().data() + 1, {"The Remaining Length has more bytes than it needs"});
}

/// Checks that there are as many bytes as the Remaining Length counts.
void check_extent(Judge& judge, RemainingLength length) {
  const ByteView bytes = judge.packet();
  const std::uint8_t* end = bytes.data() + bytes.size();
  if (length.state != RemainingLength::State::complete) [[unlikely]] {
    return judge.violate("codec/packet-cut-short", end, {"The packet ends in its fixed header"});
  }
  if (bytes.size() == length.packet_size()) [[likely]]
    return;
  if (bytes.size() < length.packet_size())
    return judge.violate("codec/packet-cut-short", end, {"The packet ends before its Remaining Length"});
  judge.violate("codec/bytes-after-packet", bytes.data() + length.packet_size(), {"Bytes follow the end of the packet"});
}

/// Looks ahead, because a client's CONNECT is judged by its own version from its first byte on.
/// @return nothing while the version is not known
std::optional<ProtocolVersion> version_of(ByteView bytes, RemainingLength length, const DecodeContext& context) {
  const bool is_connect = !bytes.empty() && bytes[0] >> 4 == std::to_underlying(PacketType::connect);
  if (!is_connect || context.from == Direction::server_to_client) return context.version;
  if (length.state == RemainingLength::State::incomplete) return std::nullopt;
  // A packet that is refused for its length is not read further.
  const bool too_long = length.state == RemainingLength::State::too_long || length.packet_size() > context.maximum_packet_size;
  if (too_long) return context.version;
  return version_of_connect(bytes.subspan(1u + length.width));
}

}  // namespace

void check_fixed_header(Judge& judge, RemainingLength length, const DecodeContext& context) {
  const ByteView bytes = judge.packet();
  if (bytes.empty()) return judge.violate("codec/packet-cut-short", bytes.data(), {"There is no packet"});
  judge.set_version(version_of(bytes, length, context).value_or(context.version));
  check_first_byte(judge);
  check_minimal(judge, length);
  check_length(judge, length, context);
  check_extent(judge, length);
}

std::optional<Violation> check_beginning(ByteView bytes, const DecodeContext& context) {
  const RemainingLength length = read_remaining_length(bytes);
  const auto version = version_of(bytes, length, context);
  std::optional<Violation> violation;
  Judge judge(bytes, context.from, version.value_or(context.version), violation);
  if (version) {
    check_first_byte(judge);
    check_minimal(judge, length);
  } else {
    check_sender(judge);
  }
  check_length(judge, length, context);
  if (judge.is_readable()) violation.reset();
  return violation;
}

}  // namespace mqttspec::wire
