#include "reference/topic/topic.hpp"
#include "reference/wire/decode.hpp"

namespace mqttspec::wire {
namespace {

/// The rule against each fault of a Topic Filter. The faults without a rule never get here: U+0000 is found in the string before, the
/// length of a string on the wire is limited, and only Topic Names may not have wildcards.
constexpr RuleRef filter_rule(topic::Fault fault) {
  using enum topic::Fault;
  switch (fault) {
    case hash_misplaced: return "codec/wildcard-hash-misplaced";
    case plus_misplaced: return "codec/wildcard-plus-misplaced";
    case share_name_empty: return "codec/share-name-empty";
    case share_name_or_filter_wrong: return "codec/share-name-and-filter";
    default: return "codec/topic-filter-empty";
  }
}

/// A Topic Filter, which should be valid in the packet's version; $share/ has a meaning in 5.0 only.
std::string_view read_topic_filter(Cursor& in) {
  const std::string_view filter = in.prefixed("Topic Filter", "codec/string-cut-short");
  if (plain::is_plain_filter(filter)) [[likely]]
    return filter;
  if (in.failed()) return filter;
  if (!plain::is_plain(filter) && !in.judge().check_text(filter, "Topic Filter")) return filter;
  const auto error = in.judge().v5() ? topic::check_filter_or_shared(filter) : topic::check_filter(filter);
  if (error) [[unlikely]]
    in.judge().violate(filter_rule(error->fault), bytes_of(filter) + error->offset, {error->explanation});
  return filter;
}

void check_options(Cursor& in, std::uint8_t options, const std::uint8_t* at, std::string_view filter) {
  const bool v5 = in.judge().v5();
  if ((options & ~view::SubscriptionEntry::meaningful(v5)) != 0)
    in.violate("codec/subscription-reserved-bits", at, {"Reserved bits after a Topic Filter are set"});
  if ((options & 0x03) == 3) in.violate("codec/subscription-qos-3", at, {"The requested QoS is 3"});
  if (v5 && (options & 0x30) == 0x30) in.violate("codec/retain-handling-3", at, {"The Retain Handling is 3"});
  if (v5 && (options & 0x04) != 0 && topic::is_shared(filter))
    in.violate("codec/no-local-on-shared", at, {"No Local is set on a Shared Subscription"});
}

view::ReasonCodesView read_reason_codes(Cursor& in, RuleRef rule_for_none, RuleRef rule_for_codes) {
  if (in.left() == 0 && !in.failed()) in.violate(rule_for_none, in.at(), {name(in.judge().type()), " has no Reason Codes"});
  const std::uint8_t* start = in.at();
  const std::size_t count = in.left();
  while (in.left() != 0) read_reason_code(in, rule_for_codes);
  return view::ReasonCodesView(ByteView(start, count), count);
}

}  // namespace

void decode_subscribe(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& subscribe = packet.emplace<view::Subscribe>(read_packet_id(in, "codec/client-packet-identifier-0"));
  if (judge.v5()) subscribe.properties = read_properties(in, PropertyPlace::subscribe);
  if (in.left() == 0 && !in.failed()) in.violate("codec/no-subscription", in.at(), {"SUBSCRIBE has no Topic Filter"});

  const std::uint8_t* start = in.at();
  std::size_t count = 0;
  for (; in.left() != 0; ++count) {
    const std::string_view filter = read_topic_filter(in);
    if (in.left() == 0 && !in.failed())
      in.violate("codec/subscription-options-missing", in.at(), {"The last Topic Filter has no options byte"});
    const std::uint8_t* options_at = in.at();
    const std::uint8_t options = in.byte("Subscription Options");
    if (!in.failed()) check_options(in, options, options_at, filter);
  }
  if (in.failed()) return;
  subscribe.subscriptions = view::SubscriptionsView(ByteView(start, in.at()), count, view::SubscriptionEntry(judge.v5()));
}

void decode_unsubscribe(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& unsubscribe = packet.emplace<view::Unsubscribe>(read_packet_id(in, "codec/client-packet-identifier-0"));
  if (judge.v5()) unsubscribe.properties = read_properties(in, PropertyPlace::unsubscribe);
  if (in.left() == 0 && !in.failed()) in.violate("codec/no-topic-filter", in.at(), {"UNSUBSCRIBE has no Topic Filter"});

  const std::uint8_t* start = in.at();
  std::size_t count = 0;
  for (; in.left() != 0; ++count) read_topic_filter(in);
  if (in.failed()) return;
  unsubscribe.topic_filters = view::TopicFiltersView(ByteView(start, in.at()), count);
}

void decode_suback(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& suback = packet.emplace<view::Suback>(read_packet_id(in, "codec/subscription-acknowledgement-identifier-0"));
  if (judge.v5()) suback.properties = read_properties(in, PropertyPlace::suback);
  suback.reason_codes = read_reason_codes(in, "codec/no-suback-code", "codec/suback-code");
}

void decode_unsuback(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& unsuback = packet.emplace<view::Unsuback>(read_packet_id(in, "codec/subscription-acknowledgement-identifier-0"));
  if (judge.v5()) {
    unsuback.properties = read_properties(in, PropertyPlace::unsuback);
    unsuback.reason_codes = read_reason_codes(in, "codec/no-unsuback-code", "codec/unsuback-code");
  }
  in.expect_end();
}

}  // namespace mqttspec::wire
