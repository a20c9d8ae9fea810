#pragma once

#include "reference/wire/decoder.hpp"
#include "reference/wire/rules.hpp"

#include <initializer_list>
#include <string_view>

namespace mqttspec::wire {

/// What is known of a packet while it is being decoded, and the first thing found wrong with it. One per packet.
class Judge {
 public:
  /// @param violation empty; receives what is found wrong
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

  /// Notes a violation at a byte of the packet; the explanation's parts are put together to one sentence. Later ones are ignored.
  [[gnu::cold, gnu::noinline]] void violate(const Rule& rule, const std::uint8_t* at, std::initializer_list<std::string_view> explanation);
  /// The same for a rule whose clause depends on where it is applied.
  [[gnu::cold, gnu::noinline]] void violate(spec::Clause clause, ViolationKind kind, ReasonCode code, const std::uint8_t* at,
                                            std::initializer_list<std::string_view> explanation);
  [[gnu::cold, gnu::noinline]] void note(spec::Clause clause, const std::uint8_t* at, std::string_view explanation);

  /// Checks a UTF-8 Encoded String, whose name is for explanations.
  /// @return whether it is free of violations
  bool check_text(std::string_view text, std::string_view name, const Rule& ill_formed = rules::string_ill_formed,
                  const Rule& with_null = rules::string_with_null);
  /// Checks a valid string as a Topic Name that must not be empty.
  bool check_topic_name(std::string_view topic, std::string_view name, const Rule& wildcard);

  bool failed() const { return violation_.has_value(); }
  std::optional<Remark>& remark() { return remark_; }

 private:
  ByteView packet_;
  Direction from_;
  ProtocolVersion version_;
  PacketType type_;
  std::optional<Violation>& violation_;
  std::optional<Remark> remark_;
};

inline const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace mqttspec::wire
