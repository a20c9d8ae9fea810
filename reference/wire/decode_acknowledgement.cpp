#include "reference/wire/decode.hpp"

namespace mqttspec::wire {
namespace {

void check_reason_code(Cursor& in, ReasonCode code, const std::uint8_t* at, const Rule& rule) {
  const Judge& judge = in.judge();
  if (is_allowed(code, judge.type(), judge.version(), judge.from())) [[likely]]
    return;
  const std::string_view sender = judge.from_client() ? " from a Client" : " from the Server";
  in.fail(rule, at, {name(judge.type()), sender, " must not carry the code ", describe(code, judge.type(), judge.version())});
}

/// How an acknowledgement is written that has a Reason Code; a Property Length is optional behind it.
view::PropertiesView read_optional_properties(Cursor& in, PropertyPlace place) {
  if (in.left() == 0) return {};
  return read_properties(in, place);
}

/// The spelling by which the encoder makes the same bytes again.
Spelling spelling_of(ReasonCode code, const view::PropertiesView& properties, bool has_property_length) {
  if (!properties.empty()) return Spelling::shortest;
  if (has_property_length) return Spelling::with_properties;
  return code == ReasonCode::success ? Spelling::with_reason_code : Spelling::shortest;
}

/// What may stand behind the Packet Identifier in 5.0.
template <class P>
[[gnu::noinline]] void read_reason(Cursor in, P& packet, PropertyPlace place, const Rule& rule) {
  if (in.judge().v5()) {
    packet.reason_code = read_reason_code(in, rule);
    const bool has_property_length = in.left() != 0;
    packet.properties = read_optional_properties(in, place);
    packet.spelling = spelling_of(packet.reason_code, packet.properties, has_property_length);
  }
  in.expect_end();
}

/// PUBACK, PUBREC, PUBREL, PUBCOMP.
template <class Acknowledgement>
[[gnu::always_inline]] inline void decode_acknowledgement(ByteView body, Judge& judge, PacketView& packet, PropertyPlace place,
                                                          const Rule& rule) {
  Cursor in(body, judge);
  auto& acknowledgement = packet.emplace<Acknowledgement>(read_packet_id(in, rules::publish_acknowledgement_identifier_0));
  if (in.left() != 0) read_reason(in, acknowledgement, place, rule);
}

}  // namespace

ReasonCode read_reason_code(Cursor& in, const Rule& rule) {
  const std::uint8_t* start = in.at();
  const ReasonCode code{in.byte("Reason Code")};
  if (!in.failed()) check_reason_code(in, code, start, rule);
  return code;
}

void decode_puback(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Puback>(body, judge, packet, PropertyPlace::puback, rules::puback_code);
}
void decode_pubrec(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Pubrec>(body, judge, packet, PropertyPlace::pubrec, rules::pubrec_code);
}
void decode_pubrel(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Pubrel>(body, judge, packet, PropertyPlace::pubrel, rules::pubrel_code);
}
void decode_pubcomp(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Pubcomp>(body, judge, packet, PropertyPlace::pubcomp, rules::pubcomp_code);
}

void decode_connack(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  const std::uint8_t flags = in.byte("Connect Acknowledge Flags");
  // 3.1 leaves the byte unused, and says nothing of its value.
  const bool flags_count = judge.version() != ProtocolVersion::v3_1;
  if (flags_count && (flags & 0xFE) != 0) {
    in.fail(rules::connack_reserved_flags, body.data(), {"Reserved bits of the Connect Acknowledge Flags are set"});
  }
  const ReasonCode code = read_reason_code(in, rules::connack_code);
  if (flags_count && !in.failed() && flags != 0 && code != ReasonCode::success) {
    in.fail(rules::session_present_with_error, body.data(), {"Session Present is set although the connection is refused"});
  }
  auto& connack = packet.emplace<view::Connack>((flags & 0x01) != 0, code);
  if (judge.v5()) connack.properties = read_properties(in, PropertyPlace::connack);
  in.expect_end();
}

void decode_ping(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  in.expect_end();
  if (in.failed()) return;
  if (judge.type() == PacketType::pingreq) {
    packet.emplace<view::Pingreq>();
  } else {
    packet.emplace<view::Pingresp>();
  }
}

void decode_disconnect(ByteView body, Judge& judge, PacketView& packet) {
  auto& disconnect = packet.emplace<view::Disconnect>();
  if (body.empty()) return;
  const PropertyPlace place = judge.from_client() ? PropertyPlace::disconnect_from_client : PropertyPlace::disconnect_from_server;
  read_reason(Cursor(body, judge), disconnect, place, rules::disconnect_code);
}

/// AUTH, unlike the acknowledgements, has no form with a Reason Code and no Property Length (3.15.2.2.1). The Authentication Method,
/// which 3.15.2.2.2 makes a protocol error to omit, may be left away where the standard says so: with Success and no properties (3.15.2.1).
void decode_auth(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& auth = packet.emplace<view::Auth>();
  if (in.left() != 0) {
    auth.reason_code = read_reason_code(in, rules::auth_code);
    const std::uint8_t* properties_at = in.at();
    auth.properties = read_properties(in, PropertyPlace::auth);
    auth.spelling = auth.properties.empty() ? Spelling::with_properties : Spelling::shortest;
    const bool nothing_to_say = auth.reason_code == ReasonCode::success && auth.properties.empty();
    if (!in.failed() && !nothing_to_say && !auth.properties.has(PropertyId::authentication_method)) {
      in.fail(rules::authentication_method_missing, properties_at, {"AUTH has no Authentication Method"});
    }
  } else {
    // Left away it is Success, which only the Server sends.
    check_reason_code(in, auth.reason_code, in.at(), rules::auth_code);
  }
  in.expect_end();
}

}  // namespace mqttspec::wire
