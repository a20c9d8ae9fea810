#pragma once

#include "reference/wire/decoder.hpp"
#include "reference/wire/decoder_rules.hpp"

#include <initializer_list>
#include <string_view>

namespace mqttspec::wire {

/// What is known of a packet while it is being decoded, and the first violation in it. One per packet.
class Judge {
 public:
  /// @param violation empty; receives the first violation
  Judge(ByteView packet, Direction from, ProtocolVersion version, std::optional<Violation>& violation)
      : packet_(packet),
        from_(from),
        version_(version),
        type_(packet.empty() ? PacketType{} : PacketType(packet[0] >> 4)),
        violation_(violation) {}

  ByteView packet() const { return packet_; }
  Direction from() const { return from_; }
  bool from_client() const { return from_ == Direction::client_to_server; }
  ProtocolVersion version() const { return version_; }
  bool v5() const { return version_ == ProtocolVersion::v5_0; }
  PacketType type() const { return type_; }
  void set_version(ProtocolVersion version) { version_ = version; }

  /// Notes a violation at a byte of the packet; the explanation's parts are joined to one sentence. Of a later one only is noted whether it
  /// makes the packet unreadable.
  [[gnu::cold, gnu::noinline]] void violate(RuleRef rule, const std::uint8_t* at, std::initializer_list<std::string_view> explanation);
  /// The same with a clause that is more precise than the rule's.
  [[gnu::cold, gnu::noinline]] void violate(RuleRef rule, spec::Clause clause, const std::uint8_t* at,
                                            std::initializer_list<std::string_view> explanation);
  /// The packet ends where this field should begin, or in it.
  [[gnu::cold, gnu::noinline]] void field_missing(std::string_view name, const std::uint8_t* at);
  /// The packet goes on after its last field.
  [[gnu::cold, gnu::noinline]] void bytes_after_last_field(const std::uint8_t* at);
  [[gnu::cold, gnu::noinline]] void note(spec::Clause clause, const std::uint8_t* at, std::string_view explanation);

  /// Checks a UTF-8 Encoded String, whose name is for explanations.
  /// @return whether it is free of violations
  bool check_text(std::string_view text, std::string_view name, RuleRef ill_formed = "codec/string-ill-formed",
                  RuleRef with_null = "codec/string-with-null");
  /// Checks a string without violations as a Topic Name that must not be empty.
  void check_topic_name(std::string_view topic, std::string_view name, RuleRef wildcard);

  bool has_violation() const { return violation_.has_value(); }
  /// Whether no violation so far prevents the packet from being read.
  bool is_readable() const { return readable_; }
  std::optional<Remark>& remark() { return remark_; }

 private:
  ByteView packet_;
  Direction from_;
  ProtocolVersion version_;
  PacketType type_;
  bool readable_ = true;
  std::optional<Violation>& violation_;
  std::optional<Remark> remark_;
};

inline const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace mqttspec::wire
