// What is decoded is encoded to the same bytes again. MQTT has one way to write a packet, but for these: before 5.0 the Remaining Length
// may be written in more bytes than it needs; and 3.1 leaves bits open (DUP of SUBSCRIBE, UNSUBSCRIBE and PUBREL, a byte of CONNACK, flags
// of user name and password without their fields), which the packet does not keep. There the bytes must come out canonical: to be decoded
// to the same packet, and then encoded to the same bytes.

#include "fuzz/target.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>

namespace mqttspec::fuzz {
namespace {

using wire::ProtocolVersion;

std::size_t header_size(wire::ByteView packet) {
  std::size_t size = 2;
  while ((packet[size - 1] & 0x80) != 0) ++size;
  return size;
}

bool has_minimal_length(wire::ByteView packet) { return header_size(packet) == 2 || packet[header_size(packet) - 1] != 0; }

/// First byte and everything behind the Remaining Length.
bool same_but_for_length(wire::ByteView one, wire::ByteView other) {
  return one[0] == other[0] && std::ranges::equal(one.subspan(header_size(one)), other.subspan(header_size(other)));
}

ProtocolVersion version_of(const wire::Packet& packet, ProtocolVersion otherwise) {
  const auto* connect = std::get_if<wire::Connect>(&packet);
  return connect != nullptr ? connect->version : otherwise;
}

void check_payload_apart(const wire::Packet& packet, ProtocolVersion version, const wire::Bytes& whole) {
  const auto* publish = std::get_if<wire::Publish>(&packet);
  if (publish == nullptr) return;
  wire::Bytes pieces = wire::encode_publish_header(*publish, publish->payload.size(), version);
  pieces.insert(pieces.end(), publish->payload.begin(), publish->payload.end());
  check(pieces == whole, "header and payload of a PUBLISH are not its bytes");
}

void check_packet(wire::ByteView bytes, const wire::DecodeContext& context) {
  const auto packet = wire::decode(bytes, context);
  if (!packet) return;
  const ProtocolVersion version = version_of(*packet, context.version);
  const wire::Bytes encoded = wire::encode(*packet, version);
  check(encoded.size() == wire::encoded_size(*packet, version), "encoded_size errs");
  check(has_minimal_length(encoded), "the encoder writes a Remaining Length in more bytes than it needs");
  if (version == ProtocolVersion::v5_0) check(std::ranges::equal(encoded, bytes), "a packet of 5.0 is encoded to other bytes");
  if (version == ProtocolVersion::v3_1_1) check(same_but_for_length(encoded, bytes), "a packet of 3.1.1 is encoded to other bytes");

  const auto again = wire::decode(encoded, context);
  check(again.has_value(), "the decoder refuses what the encoder has made of a valid packet");
  check(*again == *packet, "a packet is another one after encoding and decoding");
  check(wire::encode(*again, version) == encoded, "the second encoding differs from the first");
  check_payload_apart(*packet, version, encoded);
}

}  // namespace

void round_trip(wire::ByteView input) {
  const wire::DecodeContext context = context_of(take_byte(input));
  while (!input.empty()) check_packet(take_frame(input), context);
}

}  // namespace mqttspec::fuzz
