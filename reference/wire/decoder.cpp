#include "reference/wire/decoder.hpp"

#include "reference/wire/decode.hpp"
#include "reference/wire/fixed_header.hpp"

#include <algorithm>

namespace mqttspec::wire {
namespace {

using Decode = void (*)(ByteView body, Judge& judge, PacketView& packet);

/// Index: PacketType. A packet of type 0 is unreadable before it gets here.
constexpr Decode decoders[16] = {
    nullptr,          decode_connect, decode_connack,     decode_publish,  decode_puback, decode_pubrec, decode_pubrel,     decode_pubcomp,
    decode_subscribe, decode_suback,  decode_unsubscribe, decode_unsuback, decode_ping,   decode_ping,   decode_disconnect, decode_auth,
};

/// Becomes a PacketView in the place where it is needed, without one being moved there.
struct Undecided {
  operator PacketView() const { return PacketView(std::in_place_type<view::Pingreq>); }
};

/// Decodes `decoded.bytes`, which begin with this Remaining Length, into the rest of it.
/// @return whether the packet can be read; if not, only the violation has a meaning
[[gnu::always_inline]] inline bool decode_into(Decoded& decoded, RemainingLength length, const DecodeContext& context) {
  const ByteView bytes = decoded.bytes;
  Judge judge(bytes, context.from, context.version, decoded.violation);
  if (!is_plain_header(bytes, length, context)) [[unlikely]] {
    check_fixed_header(judge, length, context);
    if (!judge.is_readable()) return false;
  }
  decoders[bytes[0] >> 4](bytes.subspan(1u + length.width), judge, decoded.packet);
  if (judge.remark()) [[unlikely]]
    decoded.remark = judge.remark();
  return judge.is_readable();
}

}  // namespace

std::expected<Decoded, Violation> decode_view(ByteView packet, const DecodeContext& context) {
  std::expected<Decoded, Violation> result(std::in_place, Undecided{}, packet, std::nullopt, std::nullopt);
  if (!decode_into(*result, read_remaining_length(packet), context)) [[unlikely]] {
    Violation violation = *std::move(result->violation);
    result = std::unexpected(std::move(violation));
  }
  return result;
}

std::expected<Packet, Violation> decode(ByteView packet, const DecodeContext& context) {
  auto decoded = decode_view(packet, context);
  if (!decoded) return std::unexpected(std::move(decoded).error());
  if (decoded->violation) return std::unexpected(*std::move(decoded->violation));
  return to_owned(decoded->packet);
}

// ---------------------------------------------------------------------------------------------------------------- a stream of packets

[[gnu::always_inline]] inline std::expected<std::optional<Decoded>, Violation> Decoder::decode_packet(ByteView packet,
                                                                                                      RemainingLength length) {
  std::expected<std::optional<Decoded>, Violation> result(std::in_place, std::in_place, Undecided{}, packet, std::nullopt, std::nullopt);
  Decoded& decoded = **result;
  if (!decode_into(decoded, length, context_)) [[unlikely]] {
    between_packets_ = false;
    broken_ = std::move(decoded.violation);
    result = std::unexpected(*broken_);
  } else if (const auto* connect = std::get_if<view::Connect>(&decoded.packet)) [[unlikely]] {
    if (context_.from == Direction::client_to_server) context_.version = connect->version;
  }
  return result;
}

std::expected<std::optional<Decoded>, Violation> Decoder::next(ByteView& input) {
  if (between_packets_) [[likely]] {
    const RemainingLength length = read_remaining_length(input);
    const std::size_t size = length.packet_size();
    if (length.state == RemainingLength::State::complete && size <= input.size()) [[likely]] {
      const ByteView packet = input.first(size);
      input = input.subspan(size);
      return decode_packet(packet, length);
    }
  }
  return next_in_pieces(input);
}

/// Takes a packet in pieces: its header byte by byte, because that has the length of the packet; then what there is of the rest.
std::expected<std::optional<Decoded>, Violation> Decoder::next_in_pieces(ByteView& input) {
  if (broken_) return std::unexpected(*broken_);
  if (std::exchange(delivered_, false)) {
    buffer_.clear();
    between_packets_ = true;
    return next(input);
  }
  if (input.empty()) return std::nullopt;
  between_packets_ = false;
  RemainingLength length = read_remaining_length(buffer_);
  while (length.state == RemainingLength::State::incomplete && !input.empty()) {
    buffer(input, 1);
    length = read_remaining_length(buffer_);
  }
  const bool complete = length.state == RemainingLength::State::complete;
  const bool fits = complete && length.packet_size() <= context_.maximum_packet_size;
  if (fits && buffer_.size() <= length.packet_size()) buffer(input, length.packet_size() - buffer_.size());
  if (complete && buffer_.size() == length.packet_size()) {
    delivered_ = true;
    return decode_packet(buffer_, length);
  }
  broken_ = check_beginning(buffer_, context_);
  if (broken_) return std::unexpected(*broken_);
  return std::nullopt;
}

void Decoder::buffer(ByteView& input, std::size_t count) {
  const ByteView bytes = input.first(std::min(count, input.size()));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  input = input.subspan(bytes.size());
}

}  // namespace mqttspec::wire
