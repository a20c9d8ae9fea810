// The decoder on any bytes: each packet is decoded or refused, and what is said of it makes sense.

#include "reference/wire/decoder.hpp"
#include "fuzz/models.hpp"
#include "fuzz/target.hpp"
#include "reference/wire/describe.hpp"

namespace mqttspec::fuzz {
namespace {

void check_violation(const wire::Violation& violation, wire::ByteView packet) {
  check(violation.offset <= packet.size(), "a violation is placed behind the packet");
  check(!violation.clause.empty(), "a violation names neither statement nor section");
  check(!violation.explanation.empty(), "a violation is not explained");
  check(wire::is_error(violation.reason_code()), "a violation's Reason Code is no error");
  check(!model::check_utf8(violation.explanation).error, "an explanation is not UTF-8");
}

void check_decoded(const wire::Decoded& decoded, wire::ByteView packet, wire::ProtocolVersion version) {
  check(decoded.bytes.data() == packet.data() && decoded.bytes.size() == packet.size(), "the packet has other bytes than it came with");
  check(std::to_underlying(wire::type_of(decoded.packet)) == packet[0] >> 4, "the packet has another type than its first byte says");
  if (decoded.violation) {
    check_violation(*decoded.violation, packet);
    check(decoded.violation->rule->readability == wire::Readability::readable, "a packet that cannot be read was read");
  }
  if (decoded.remark) {
    check(decoded.remark->offset < packet.size(), "a remark is placed behind the packet");
    check(!decoded.remark->clause.empty() && !decoded.remark->explanation.empty(), "a remark says nothing");
  }
  const std::string text = wire::describe(wire::to_owned(decoded.packet), version);
  check(!text.empty() && !model::check_utf8(text).error, "a packet's description is not UTF-8");
}

/// A strict receiver sees the same packet, or the same violation as an error.
void check_strict(const std::expected<wire::Decoded, wire::Violation>& lenient, wire::ByteView packet, const wire::DecodeContext& context) {
  const auto strict = wire::decode(packet, context);
  const wire::Violation* violation = lenient ? nullptr : &lenient.error();
  if (lenient && lenient->violation) violation = &*lenient->violation;
  check(strict.has_value() == (violation == nullptr), "a strict receiver does not take a packet as broken, or takes a broken one");
  if (strict)
    check(*strict == wire::to_owned(lenient->packet), "a strict receiver reads another packet");
  else
    check(strict.error().rule == violation->rule && strict.error().offset == violation->offset, "a strict receiver sees another violation");
}

}  // namespace

void decoder(wire::ByteView input) {
  const wire::DecodeContext context = context_of(take_byte(input));
  do {
    const wire::ByteView packet = take_frame(input);
    const auto decoded = wire::decode_view(packet, context);
    if (decoded)
      check_decoded(*decoded, packet, context.version);
    else
      check_violation(decoded.error(), packet);
    check_strict(decoded, packet, context);
  } while (!input.empty());
}

}  // namespace mqttspec::fuzz
