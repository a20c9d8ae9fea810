#include "reference/wire/decode.hpp"

namespace mqttspec::wire {
namespace {

void check_reason_code(Cursor& in, ReasonCode code, const std::uint8_t* at, RuleRef rule) {
  const Judge& judge = in.judge();
  if (is_allowed(code, judge.type(), judge.version(), judge.from())) [[likely]]
    return;
  if (judge.has_violation()) return;  // a SUBACK may have a million of them
  const std::string_view sender = judge.from_client() ? " from a client" : " from the server";
  in.violate(rule, at, {name(judge.type()), sender, " must not carry the code ", describe(code, judge.type(), judge.version())});
}

/// In an acknowledgement with a Reason Code the Property Length is optional.
view::PropertiesView read_optional_properties(Cursor& in, PropertyPlace place) {
  if (in.left() == 0) return {};
  return read_properties(in, place);
}

/// The spelling with which the encoder writes the same bytes again.
Spelling spelling_of(ReasonCode code, const view::PropertiesView& properties, bool has_property_length) {
  if (!properties.empty()) return Spelling::shortest;
  if (has_property_length) return Spelling::with_properties;
  return code == ReasonCode::success ? Spelling::with_reason_code : Spelling::shortest;
}

/// What may follow the Packet Identifier in 5.0.
template <class P>
[[gnu::noinline]] void read_reason(Cursor in, P& packet, PropertyPlace place, RuleRef rule) {
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
                                                          RuleRef rule) {
  Cursor in(body, judge);
  auto& acknowledgement = packet.emplace<Acknowledgement>(read_packet_id(in, "codec/publish-acknowledgement-identifier-0"));
  if (in.left() != 0) read_reason(in, acknowledgement, place, rule);
}

}  // namespace

ReasonCode read_reason_code(Cursor& in, RuleRef rule) {
  const std::uint8_t* start = in.at();
  const ReasonCode code{in.byte("Reason Code")};
  if (!in.failed()) check_reason_code(in, code, start, rule);
  return code;
}

void decode_puback(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Puback>(body, judge, packet, PropertyPlace::puback, "codec/puback-code");
}
void decode_pubrec(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Pubrec>(body, judge, packet, PropertyPlace::pubrec, "codec/pubrec-code");
}
void decode_pubrel(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Pubrel>(body, judge, packet, PropertyPlace::pubrel, "codec/pubrel-code");
}
void decode_pubcomp(ByteView body, Judge& judge, PacketView& packet) {
  decode_acknowledgement<view::Pubcomp>(body, judge, packet, PropertyPlace::pubcomp, "codec/pubcomp-code");
}

void decode_connack(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  const std::uint8_t flags = in.byte("Connect Acknowledge Flags");
  // 3.1 does not use the byte, and does not say what its value is.
  const bool flags_count = judge.version() != ProtocolVersion::v3_1;
  if (flags_count && (flags & 0xFE) != 0) {
    in.violate("codec/connack-reserved-flags", body.data(), {"Reserved bits of the Connect Acknowledge Flags are set"});
  }
  const ReasonCode code = read_reason_code(in, "codec/connack-code");
  const bool session_present = (flags & 0x01) != 0;
  if (flags_count && !in.failed() && session_present && code != ReasonCode::success) {
    in.violate("codec/session-present-with-error", body.data(), {"Session Present is 1 although the connection is refused"});
  }
  auto& connack = packet.emplace<view::Connack>(session_present, code);
  if (judge.v5()) connack.properties = read_properties(in, PropertyPlace::connack);
  in.expect_end();
}

void decode_ping(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  if (judge.type() == PacketType::pingreq) {
    packet.emplace<view::Pingreq>();
  } else {
    packet.emplace<view::Pingresp>();
  }
  in.expect_end();
}

void decode_disconnect(ByteView body, Judge& judge, PacketView& packet) {
  auto& disconnect = packet.emplace<view::Disconnect>();
  if (body.empty()) return;
  const PropertyPlace place = judge.from_client() ? PropertyPlace::disconnect_from_client : PropertyPlace::disconnect_from_server;
  read_reason(Cursor(body, judge), disconnect, place, "codec/disconnect-code");
}

/// AUTH, unlike the acknowledgements, has no form with a Reason Code and no Property Length (3.15.2.2.1). 3.15.2.2.2 makes it a protocol
/// error to omit the Authentication Method, but 3.15.2.1 allows it with Success and no properties.
void decode_auth(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& auth = packet.emplace<view::Auth>();
  if (in.left() != 0) {
    auth.reason_code = read_reason_code(in, "codec/auth-code");
    const std::uint8_t* properties_at = in.at();
    auth.properties = read_properties(in, PropertyPlace::auth);
    auth.spelling = auth.properties.empty() ? Spelling::with_properties : Spelling::shortest;
    const bool may_be_omitted = auth.reason_code == ReasonCode::success && auth.properties.empty();
    if (!in.failed() && !may_be_omitted && !auth.properties.has(PropertyId::authentication_method)) {
      in.violate("codec/authentication-method-missing", properties_at, {"AUTH has no Authentication Method"});
    }
  } else {
    // An omitted Reason Code is Success, which only the server sends.
    check_reason_code(in, auth.reason_code, in.at(), "codec/auth-code");
  }
  in.expect_end();
}

}  // namespace mqttspec::wire
