#pragma once

#include "reference/wire/packet.hpp"
#include "reference/wire/packet_view.hpp"
#include "reference/wire/types.hpp"
#include "reference/wire/violation.hpp"

#include <cstdint>
#include <expected>
#include <optional>

namespace mqttspec::wire {

/// What a packet is judged by.
struct DecodeContext {
  Direction from;
  /// What the connection speaks. A CONNECT brings its own; before one has been seen any other packet is read by the rules of this.
  ProtocolVersion version = ProtocolVersion::v5_0;
  /// Largest packet accepted, in bytes of the whole packet.
  std::uint32_t maximum_packet_size = wire::maximum_packet_size;
};

/// Something in a valid packet that the standard advises against: a control character or non-character in a UTF-8 string (1.5.4).
struct Remark {
  spec::Clause clause;
  std::size_t offset = 0;  ///< from the packet's first byte
  std::string_view explanation;
};

/// A packet whose fields could be read.
struct Decoded {
  PacketView packet;             ///< views into `bytes`
  ByteView bytes;                ///< the packet as it was received
  std::optional<Remark> remark;  ///< the first one
  /// The first rule that the packet breaks. A strict receiver treats it as an error; one that judges reports it and goes on.
  std::optional<Violation> violation;
};

/// Decodes one whole packet without copying, and without allocating unless it breaks a rule. Bytes that end early, or go on after the
/// packet, are malformed.
/// @return the packet, also where it breaks a rule but can be read; otherwise its first violation, which need not be the one that makes it
/// unreadable
///
/// In a packet that breaks a rule
/// - what the rule is about is as received: undefined Reason Codes, Packet Identifier 0 (PacketId::zero()), ill-formed UTF-8, forbidden
///   values;
/// - a repeated or misplaced property is among the properties; get() returns the first value;
/// - reserved bits and bytes after the last field are ignored.
std::expected<Decoded, Violation> decode_view(ByteView packet, const DecodeContext& context);

/// Decodes one whole packet into one that owns its contents, as a strict receiver: a packet that breaks a rule is an error.
std::expected<Packet, Violation> decode(ByteView packet, const DecodeContext& context);

struct RemainingLength;

/// Cuts a stream into packets. It keeps at most one unfinished packet, and never more than the Maximum Packet Size: a longer one is
/// refused as soon as its fixed header has been read.
class Decoder {
 public:
  explicit Decoder(DecodeContext context) : context_(context) {}

  /// Takes bytes from the front of `input` until a packet is complete, and shortens `input` by what it took; call it again while
  /// `input` is not empty.
  /// @return a packet, as decode_view does; nothing when `input` is used up before a packet is complete; or the violation in a packet that
  /// cannot be read. The stream then has no more packets: every later call returns the same violation.
  /// The views live until the next call, and no longer than the input's bytes.
  std::expected<std::optional<Decoded>, Violation> next(ByteView& input);

  /// Bytes of the unfinished packet.
  std::size_t buffered() const { return delivered_ ? 0 : buffer_.size(); }
  const DecodeContext& context() const { return context_; }
  /// For limits and versions that are known after construction. A client's CONNECT sets the version itself.
  void set_version(ProtocolVersion version) { context_.version = version; }
  void set_maximum_packet_size(std::uint32_t bytes) { context_.maximum_packet_size = bytes; }

 private:
  std::expected<std::optional<Decoded>, Violation> decode_packet(ByteView packet, RemainingLength length);
  [[gnu::noinline]] std::expected<std::optional<Decoded>, Violation> next_in_pieces(ByteView& input);
  void buffer(ByteView& input, std::size_t count);

  DecodeContext context_;
  Bytes buffer_;
  bool between_packets_ = true;  ///< nothing is in buffer_ or broken_, so that the input begins with a packet
  bool delivered_ = false;       ///< buffer_ holds a packet that the caller has seen
  std::optional<Violation> broken_;
};

}  // namespace mqttspec::wire
