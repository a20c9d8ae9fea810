#include "reference/wire/decode.hpp"
#include "reference/wire/property_sections.hpp"
#include "reference/wire/property_table.hpp"

#include <algorithm>
#include <string>

namespace mqttspec::wire {
namespace {

/// The property that is being checked, for the functions that say what is wrong with it.
struct Suspect {
  Judge& judge;
  PropertyPlace place;
  const PropertyRule* rule;   ///< nullptr: the identifier is unknown
  const std::uint8_t* start;  ///< of the property, at its identifier
  const std::uint8_t* end;    ///< of the block

  /// Whether an integer goes on after the end of the block.
  bool integer_is_unfinished(const std::uint8_t* at) const {
    const ByteView bytes(at, std::min<std::size_t>(static_cast<std::size_t>(end - at), 4));
    return bytes.size() < 4 && std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x80; });
  }
};

// Violations are noted out of line, so that the usual way through can keep everything in registers.

/// An identifier that is none of the 27. It is a Variable Byte Integer, and may be ill-formed as one.
[[gnu::cold, gnu::noinline]] void refuse_identifier(Suspect it) {
  if (it.integer_is_unfinished(it.start))
    return it.judge.violate("codec/property-cut-short", it.start, {"A property identifier runs past the end of the properties"});
  if (*it.start >= 0x80 && it.end - it.start > 1 && it.start[1] == 0)
    return it.judge.violate("codec/property-identifier-not-minimal", it.start, {"A property identifier has more bytes than it needs"});
  Cursor in(ByteView(it.start, it.end), it.judge);
  in.variable_byte_integer("property identifier");
  it.judge.violate("codec/property-unknown", it.start, {"The standard does not define the property identifier"});
}

[[gnu::cold, gnu::noinline]] void refuse_place(Suspect it) {
  if (it.rule->id == PropertyId::subscription_identifier && it.place == PropertyPlace::publish_from_client) {
    it.judge.violate("codec/subscription-identifier-from-client", it.start, {"A PUBLISH from a client has a Subscription Identifier"});
  }
  if (it.rule->id == PropertyId::session_expiry_interval && it.place == PropertyPlace::disconnect_from_server) {
    it.judge.violate("codec/session-expiry-from-server", it.start, {"A DISCONNECT from the server has a Session Expiry Interval"});
  }
  const std::string_view place = it.place == PropertyPlace::will ? "A Will Message" : name(it.judge.type());
  it.judge.violate("codec/property-misplaced", it.start, {place, " must not have the property ", it.rule->name});
}

[[gnu::cold, gnu::noinline]] void refuse_repetition(Suspect it) {
  it.judge.violate("codec/property-repeated", table::section_of(it.rule->id, it.place), it.start,
                   {"The property ", it.rule->name, " is repeated"});
}

[[gnu::cold, gnu::noinline]] const std::uint8_t* refuse_size(Suspect it) {
  it.judge.violate("codec/property-cut-short", it.start, {"The ", it.rule->name, " runs past the end of the properties"});
  return nullptr;
}

[[gnu::cold, gnu::noinline]] void refuse_value(Suspect it, std::uint32_t value, const std::uint8_t* at) {
  if (it.rule->id == PropertyId::topic_alias) it.judge.violate("codec/topic-alias-0", at, {"The Topic Alias is 0"});
  it.judge.violate("codec/property-value-forbidden", table::section_of(it.rule->id, it.place), at,
                   {"The ", it.rule->name, " has the forbidden value ", std::to_string(value)});
}

// Each of these takes where a value begins, and returns where it ends; nullptr if that cannot be known, which the judge knows then.

template <int Bytes>
[[gnu::always_inline]] inline const std::uint8_t* check_integer(Suspect it, const std::uint8_t* at) {
  if (it.end - at < Bytes) [[unlikely]]
    return refuse_size(it);
  std::uint32_t value = 0;
  for (int i = 0; i < Bytes; ++i) value = value << 8 | at[i];
  if (value < it.rule->minimum || value > it.rule->maximum) [[unlikely]]
    refuse_value(it, value, at);
  return at + Bytes;
}

const std::uint8_t* check_variable_byte_integer(Suspect it, const std::uint8_t* at) {
  if (it.integer_is_unfinished(at)) return refuse_size(it);
  Cursor in(ByteView(at, it.end), it.judge);
  const std::uint32_t value = in.variable_byte_integer(it.rule->name);
  if (in.failed()) return nullptr;
  if (value < it.rule->minimum || value > it.rule->maximum) refuse_value(it, value, at);
  return in.at();
}

[[gnu::always_inline]] inline const std::uint8_t* check_binary(Suspect it, const std::uint8_t* at) {
  if (it.end - at < 2) [[unlikely]]
    return refuse_size(it);
  const int size = at[0] << 8 | at[1];
  if (it.end - at - 2 < size) [[unlikely]]
    return refuse_size(it);
  return at + 2 + size;
}

std::string_view text_between(const std::uint8_t* at, const std::uint8_t* end) {
  return {reinterpret_cast<const char*>(at + 2), static_cast<std::size_t>(end - at - 2)};
}

[[gnu::always_inline]] inline const std::uint8_t* check_string(Suspect it, const std::uint8_t* at,
                                                               RuleRef ill_formed = "codec/string-ill-formed",
                                                               RuleRef with_null = "codec/string-with-null") {
  const std::uint8_t* end = check_binary(it, at);
  if (end == nullptr) [[unlikely]]
    return nullptr;
  const std::string_view text = text_between(at, end);
  if (!plain::is_plain(text)) [[unlikely]]
    it.judge.check_text(text, it.rule->name, ill_formed, with_null);
  return end;
}

/// The sections on Will Messages do not repeat MQTT-3.3.2-14, which is about PUBLISH, but a Response Topic is a Topic Name there too.
const std::uint8_t* check_response_topic(Suspect it, const std::uint8_t* at) {
  const std::uint8_t* end = check_binary(it, at);
  if (end == nullptr) return nullptr;
  const std::string_view topic = text_between(at, end);
  if (!topic.empty() && plain::is_plain_name(topic)) [[likely]]
    return end;
  const RuleRef wildcard =
      it.place == PropertyPlace::will ? RuleRef("codec/topic-name-wildcard") : RuleRef("codec/response-topic-wildcard");
  if (it.judge.check_text(topic, it.rule->name)) it.judge.check_topic_name(topic, it.rule->name, wildcard);
  return end;
}

[[gnu::always_inline]] inline const std::uint8_t* check_string_pair(Suspect it, const std::uint8_t* at) {
  for (int i = 0; i < 2 && at != nullptr; ++i) at = check_string(it, at, "codec/string-pair-ill-formed", "codec/string-pair-ill-formed");
  return at;
}

[[gnu::always_inline]] inline const std::uint8_t* check_value(Suspect it, const std::uint8_t* at) {
  switch (it.rule->type) {
    case PropertyType::byte: return check_integer<1>(it, at);
    case PropertyType::two_byte_integer: return check_integer<2>(it, at);
    case PropertyType::four_byte_integer: return check_integer<4>(it, at);
    case PropertyType::variable_byte_integer: return check_variable_byte_integer(it, at);
    case PropertyType::utf8_string: return it.rule->id == PropertyId::response_topic ? check_response_topic(it, at) : check_string(it, at);
    case PropertyType::binary_data: return check_binary(it, at);
    case PropertyType::utf8_string_pair: return check_string_pair(it, at);
  }
  std::unreachable();
}

bool may_repeat(const PropertyRule& rule, PropertyPlace place) {
  return rule.repeatable && (rule.id != PropertyId::subscription_identifier || place == PropertyPlace::publish_from_server);
}

/// Checks that a property may be here, after those that were seen before it. @pre its identifier is known
[[gnu::always_inline]] inline void check_place(Suspect it, std::uint64_t seen) {
  if ((it.rule->places & table::in(it.place)) == 0) [[unlikely]]
    refuse_place(it);
  if ((seen & table::bit(it.rule->id)) != 0 && !may_repeat(*it.rule, it.place)) [[unlikely]]
    refuse_repetition(it);
}

/// Authentication Data needs an Authentication Method.
void check_authentication(const view::PropertiesView& properties, Judge& judge) {
  if (!properties.has(PropertyId::authentication_data) || properties.has(PropertyId::authentication_method)) return;
  auto data = properties.begin();
  while ((*data).id != PropertyId::authentication_data) ++data;
  judge.violate("codec/authentication-data-alone", data.at(), {"CONNECT has Authentication Data without an Authentication Method"});
}

}  // namespace

view::PropertiesView check_properties(ByteView block, PropertyPlace place, Judge& judge) {
  const std::uint8_t* end = block.data() + block.size();
  std::uint64_t seen = 0;
  for (const std::uint8_t* at = block.data(); at != end;) {
    const Suspect it{.judge = judge, .place = place, .rule = table::find(*at), .start = at, .end = end};
    if (it.rule == nullptr) [[unlikely]]
      return refuse_identifier(it), view::PropertiesView();
    check_place(it, seen);
    seen |= table::bit(it.rule->id);
    at = check_value(it, at + 1);
    if (at == nullptr) [[unlikely]]
      return {};
  }
  const view::PropertiesView properties(block, seen);
  if (place == PropertyPlace::connect) check_authentication(properties, judge);
  return properties;
}

}  // namespace mqttspec::wire
