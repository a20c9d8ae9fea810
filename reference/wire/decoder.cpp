#include "reference/wire/decoder.hpp"

#include "reference/wire/decode.hpp"
#include "reference/wire/framing.hpp"

#include <array>
#include <utility>

namespace mqttspec::wire {
namespace {

constexpr bool may_send(const PacketTypeRule& rule, Direction from, ProtocolVersion version) {
  const Senders senders = version == ProtocolVersion::v5_0 ? rule.senders_5_0 : rule.senders_3_1_1;
  const Senders sender = from == Direction::client_to_server ? Senders::client : Senders::server;
  return (std::to_underlying(senders) & std::to_underlying(sender)) != 0;
}

/// Flags of the fixed header; those of PUBLISH are its own matter. In 3.1 a SUBSCRIBE, UNSUBSCRIBE or PUBREL that is sent again may have
/// DUP set.
consteval bool flags_are_right(PacketType type, std::uint8_t flags, ProtocolVersion version) {
  const PacketTypeRule& rule = rule_of(type);
  if (type == PacketType::publish || flags == rule.flags) return true;
  return version == ProtocolVersion::v3_1 && rule.flags == 2 && flags == 0x0A;
}

/// The versions and senders of which a packet may begin with a byte, as a bit for each.
constexpr std::uint8_t bit_of(ProtocolVersion version, Direction from) {
  const int number = std::to_underlying(version) - std::to_underlying(ProtocolVersion::v3_1);
  return static_cast<std::uint8_t>(1 << (2 * number + std::to_underlying(from)));
}

constexpr std::array<std::uint8_t, 256> right_first_bytes = [] {
  std::array<std::uint8_t, 256> bits{};
  for (unsigned byte = 0; byte < bits.size(); ++byte) {
    for (const auto version : {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0}) {
      for (const auto from : {Direction::client_to_server, Direction::server_to_client}) {
        const PacketType type{static_cast<std::uint8_t>(byte >> 4)};
        const bool right = may_send(rule_of(type), from, version) && flags_are_right(type, byte & 0x0F, version);
        if (right) bits[byte] |= bit_of(version, from);
      }
    }
  }
  return bits;
}();

[[gnu::cold]] void check_sender(Judge& judge) {
  const PacketType type = judge.type();
  const PacketTypeRule& rule = rule_of(type);
  if (may_send(rule, judge.from(), judge.version())) return;
  const std::uint8_t* start = judge.packet().data();
  const Senders senders = judge.v5() ? rule.senders_5_0 : rule.senders_3_1_1;
  if (senders == Senders::none) return judge.violate(rules::reserved_type, start, {"The packet type ", name(type), " is reserved"});
  judge.violate(rules::wrong_sender, start, {judge.from_client() ? "A Client" : "The Server", " must not send ", name(type)});
}

void check_first_byte(Judge& judge) {
  const std::uint8_t* start = judge.packet().data();
  if ((right_first_bytes[*start] & bit_of(judge.version(), judge.from())) != 0) [[likely]]
    return;
  check_sender(judge);
  judge.violate(rule_of(judge.type()).flags_rule, start,
                {"The flags in the fixed header of ", name(judge.type()), " are not those prescribed"});
}

void check_length(Judge& judge, const RemainingLength& length, const DecodeContext& context) {
  const std::uint8_t* start = judge.packet().data();
  if (length.state == RemainingLength::State::too_long) [[unlikely]] {
    return judge.violate(rules::integer_too_long, start + 1, {"The Remaining Length has more than four bytes"});
  }
  if (length.state != RemainingLength::State::complete || length.packet_size() <= context.maximum_packet_size) [[likely]]
    return;
  const Rule& rule = judge.from_client() ? rules::client_packet_too_large : rules::server_packet_too_large;
  judge.violate(rule, start + 1, {name(judge.type()), " is longer than the Maximum Packet Size"});
}

/// 5.0 demands the shortest form; 3.1.1 has no such rule (2.2.3).
void check_minimal(Judge& judge, const RemainingLength& length) {
  if (length.minimal || !judge.v5()) [[likely]]
    return;
  judge.violate(rules::integer_not_minimal, judge.packet().data() + 1, {"The Remaining Length is written in more bytes than it needs"});
}

/// A client's CONNECT is judged by its own version from its first byte on, so this looks ahead.
/// @return nothing while it cannot be known
std::optional<ProtocolVersion> version_of(ByteView bytes, const RemainingLength& length, const DecodeContext& context) {
  const bool is_connect = !bytes.empty() && bytes[0] >> 4 == std::to_underlying(PacketType::connect);
  if (!is_connect || context.from == Direction::server_to_client) [[likely]]
    return context.version;
  if (length.state == RemainingLength::State::incomplete) return std::nullopt;
  // Of a packet that is refused for its length nothing more is read.
  const bool too_long = length.state == RemainingLength::State::too_long || length.packet_size() > context.maximum_packet_size;
  if (too_long) return context.version;
  return version_of_connect(bytes.subspan(1u + length.width));
}

using Decode = void (*)(ByteView body, Judge& judge, PacketView& packet);

/// Index: PacketType. Type 0 never comes here.
constexpr Decode decoders[16] = {nullptr,
                                 decode_connect,
                                 decode_connack,
                                 decode_publish,
                                 decode_acknowledgement,
                                 decode_acknowledgement,
                                 decode_acknowledgement,
                                 decode_acknowledgement,
                                 decode_subscribe,
                                 decode_suback,
                                 decode_unsubscribe,
                                 decode_unsuback,
                                 decode_ping,
                                 decode_ping,
                                 decode_disconnect,
                                 decode_auth};

/// The packet's bytes are those that its Remaining Length counts, no less and no more.
void check_extent(Judge& judge, const RemainingLength& length) {
  const ByteView bytes = judge.packet();
  const std::uint8_t* end = bytes.data() + bytes.size();
  if (length.state != RemainingLength::State::complete) [[unlikely]] {
    return judge.violate(rules::packet_cut_short, end, {"The packet ends in its fixed header"});
  }
  if (bytes.size() == length.packet_size()) [[likely]]
    return;
  if (bytes.size() < length.packet_size())
    return judge.violate(rules::packet_cut_short, end, {"The packet ends before its Remaining Length"});
  judge.violate(rules::bytes_behind_packet, bytes.data() + length.packet_size(), {"Bytes follow behind the packet's Remaining Length"});
}

}  // namespace

void decode_into(Decoded& decoded, const RemainingLength& length, const DecodeContext& context, std::optional<Violation>& violation) {
  const ByteView bytes = decoded.bytes;
  if (bytes.empty()) [[unlikely]]
    return Judge(bytes, context.from, context.version, violation).violate(rules::packet_cut_short, bytes.data(), {"There is no packet"});
  Judge judge(bytes, context.from, version_of(bytes, length, context).value_or(context.version), violation);
  check_first_byte(judge);
  check_minimal(judge, length);
  check_length(judge, length, context);
  check_extent(judge, length);
  if (judge.failed()) [[unlikely]]
    return;
  decoders[bytes[0] >> 4](bytes.subspan(1u + length.width), judge, decoded.packet);
  if (judge.remark()) [[unlikely]]
    decoded.remark = judge.remark();
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
  return violation;
}

std::expected<Decoded, Violation> decode_view(ByteView packet, const DecodeContext& context) {
  std::expected<Decoded, Violation> result(std::in_place, Undecided{}, packet, std::nullopt);
  std::optional<Violation> violation;
  decode_into(*result, read_remaining_length(packet), context, violation);
  if (violation) [[unlikely]]
    result = std::unexpected(*std::move(violation));
  return result;
}

std::expected<Packet, Violation> decode(ByteView packet, const DecodeContext& context) {
  const auto decoded = decode_view(packet, context);
  if (!decoded) return std::unexpected(decoded.error());
  return to_owned(decoded->packet);
}

}  // namespace mqttspec::wire
