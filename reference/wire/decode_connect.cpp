#include "reference/wire/decode.hpp"
#include "reference/wire/utf8.hpp"

#include <algorithm>

namespace mqttspec::wire {
namespace {

/// Connect Flags (3.1.2.3).
struct Flags {
  std::uint8_t byte;
  bool reserved() const { return (byte & 0x01) != 0; }
  bool clean_start() const { return (byte & 0x02) != 0; }
  bool will() const { return (byte & 0x04) != 0; }
  std::uint8_t will_qos() const { return byte >> 3 & 0x03; }
  bool will_retain() const { return (byte & 0x20) != 0; }
  bool password() const { return (byte & 0x40) != 0; }
  bool user_name() const { return (byte & 0x80) != 0; }
};

/// Names that the standards define, with the levels that go with them.
struct Protocol {
  std::string_view name;
  ProtocolVersion version;
};
constexpr Protocol protocols[] = {
    {"MQTT", ProtocolVersion::v3_1_1},
    {"MQTT", ProtocolVersion::v5_0},
    {"MQIsdp", ProtocolVersion::v3_1},
};

void read_protocol(Cursor& in) {
  const std::uint8_t* start = in.at();
  const std::string_view name = in.prefixed("Protocol Name", "codec/string-cut-short");
  if (in.failed()) return;
  const auto known = [name](const Protocol& protocol) { return protocol.name == name; };
  if (std::ranges::none_of(protocols, known)) {
    return in.violate("codec/protocol-name", start + 2, {"The Protocol Name is neither MQTT nor MQIsdp"});
  }
  const std::uint8_t level = in.byte("Protocol Level");
  if (in.failed()) return;
  for (const Protocol& protocol : protocols)
    if (protocol.name == name && std::to_underlying(protocol.version) == level) return in.judge().set_version(protocol.version);
  in.violate("codec/protocol-level", in.at() - 1,
             {"The Protocol Level ", std::to_string(level), " is not defined for the Protocol Name ", name});
}

void check_flags(Cursor& in, Flags flags, const std::uint8_t* at) {
  if (flags.reserved()) in.violate("codec/connect-reserved-flag", at, {"The reserved bit 0 of the Connect Flags is set"});
  if (flags.will_qos() == 3) in.violate("codec/will-qos-3", at, {"The Will QoS is 3"});
  if (!flags.will() && flags.will_qos() != 0) in.violate("codec/will-qos-without-will", at, {"The Will QoS is set without the Will Flag"});
  if (!flags.will() && flags.will_retain()) in.violate("codec/will-retain-without-will", at, {"Will Retain is set without the Will Flag"});
  if (!in.judge().v5() && flags.password() && !flags.user_name())
    in.violate("codec/password-without-user-name", at, {"The Password Flag is set without the User Name Flag"});
}

/// Checks that a field follows that a flag announces.
bool is_there(Cursor& in, RuleRef rule, std::string_view what) {
  if (in.left() != 0) return true;
  if (!in.failed()) in.violate(rule, in.at(), {"The Connect Flags announce ", what, ", which is missing"});
  return false;
}

void check_will_format(const view::Will& will, Judge& judge) {
  if (will.properties.get(prop::payload_format_indicator) != 1u) return;
  const auto ill_formed = find_ill_formed_utf8(will.payload);
  if (!ill_formed) return;
  judge.note(spec::Clause(ProtocolVersion::v5_0, "3.1.3.2.3"), bytes_of(will.payload) + *ill_formed,
             "The Will Payload is not UTF-8 although the Payload Format Indicator says so");
}

std::optional<view::Will> read_will(Cursor& in, Flags flags) {
  if (!flags.will() || !is_there(in, "codec/will-missing", "a Will Message")) return std::nullopt;
  view::Will will{.topic = {}, .payload = {}, .qos = QoS{flags.will_qos()}, .retain = flags.will_retain()};
  if (in.judge().v5()) will.properties = read_properties(in, PropertyPlace::will);
  if (!is_there(in, "codec/will-missing", "a Will Topic")) return will;
  will.topic = in.topic_name("Will Topic", "codec/topic-name-wildcard");
  if (!is_there(in, "codec/will-missing", "a Will Payload")) return will;
  will.payload = in.binary("Will Payload");
  if (!in.failed()) check_will_format(will, in.judge());
  return will;
}

/// In 3.1 a packet may end before a User Name or Password that its flags announce (MQTT V3.1, CONNECT, "User name and password flags").
bool ends_early_in_3_1(const Cursor& in) { return in.judge().version() == ProtocolVersion::v3_1 && in.left() == 0; }

std::optional<std::string_view> read_user_name(Cursor& in, Flags flags) {
  if (!flags.user_name() || ends_early_in_3_1(in) || !is_there(in, "codec/user-name-missing", "a User Name")) return std::nullopt;
  return in.string("User Name");
}

std::optional<std::string_view> read_password(Cursor& in, Flags flags) {
  if (!flags.password() || ends_early_in_3_1(in) || !is_there(in, "codec/password-missing", "a Password")) return std::nullopt;
  return in.binary("Password");
}

}  // namespace

std::optional<ProtocolVersion> version_of_connect(ByteView body) {
  for (const Protocol& protocol : protocols) {
    const std::size_t size = protocol.name.size();
    if (body.size() < size + 3 || body[0] != 0 || body[1] != size) continue;
    const std::string_view name(reinterpret_cast<const char*>(body.data()) + 2, size);
    if (name == protocol.name && body[size + 2] == std::to_underlying(protocol.version)) return protocol.version;
  }
  return std::nullopt;
}

void decode_connect(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  read_protocol(in);
  const Flags flags{in.byte("Connect Flags")};
  if (in.failed()) return;
  check_flags(in, flags, in.at() - 1);

  auto& connect = packet.emplace<view::Connect>();
  connect.version = judge.version();
  connect.clean_start = flags.clean_start();
  connect.keep_alive = in.two_bytes("Keep Alive");
  if (judge.v5()) connect.properties = read_properties(in, PropertyPlace::connect);
  if (in.left() == 0 && !in.failed()) in.violate("codec/client-identifier-missing", in.at(), {"CONNECT has no Client Identifier"});
  connect.client_id = in.string("Client Identifier");
  connect.will = read_will(in, flags);
  connect.user_name = read_user_name(in, flags);
  connect.password = read_password(in, flags);
  in.expect_end();
}

}  // namespace mqttspec::wire
