#include "reference/topic/topic.hpp"
#include "reference/wire/decode.hpp"

namespace mqttspec::wire {
namespace {

/// A Topic Filter that is valid in the packet's version; $share/ has a meaning in 5.0 only.
std::string_view read_topic_filter(Cursor& in) {
  const std::string_view filter = in.prefixed("Topic Filter", rules::string_cut_short);
  if (plain::is_plain_filter(filter)) [[likely]]
    return filter;
  if (!plain::is_plain(filter) && !in.judge().check_text(filter, "Topic Filter")) in.stop();
  if (in.failed()) return filter;
  const auto error = in.judge().v5() ? topic::check_filter_or_shared(filter) : topic::check_filter(filter);
  if (error) [[unlikely]] {
    in.judge().violate(error->requirement.in(in.judge().version()), ViolationKind::protocol_error, ReasonCode::protocol_error,
                       bytes_of(filter) + error->offset, {error->explanation});
    in.stop();
  }
  return filter;
}

void check_options(Cursor& in, std::uint8_t options, const std::uint8_t* at, std::string_view filter) {
  const std::uint8_t reserved = in.judge().v5() ? 0xC0 : 0xFC;
  if ((options & reserved) != 0) return in.fail(rules::subscription_reserved_bits, at, {"Reserved bits behind a Topic Filter are set"});
  if ((options & 0x03) == 3) return in.fail(rules::subscription_qos_3, at, {"The requested QoS is 3"});
  if ((options & 0x30) == 0x30) return in.fail(rules::retain_handling_3, at, {"The Retain Handling is 3"});
  if ((options & 0x04) != 0 && topic::is_shared(filter))
    in.fail(rules::no_local_on_shared, at, {"No Local is set on a Shared Subscription"});
}

view::ReasonCodesView read_reason_codes(Cursor& in, const Rule& rule_for_none, const Rule& rule_for_codes) {
  if (in.left() == 0 && !in.failed()) in.fail(rule_for_none, in.at(), {name(in.judge().type()), " has no Reason Codes"});
  const std::uint8_t* start = in.at();
  const std::size_t count = in.left();
  while (in.left() != 0) read_reason_code(in, rule_for_codes);
  return view::ReasonCodesView(ByteView(start, count), count);
}

}  // namespace

void decode_subscribe(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& subscribe = packet.emplace<view::Subscribe>(read_packet_id(in, rules::client_packet_identifier_0));
  if (judge.v5()) subscribe.properties = read_properties(in, PropertyPlace::subscribe);
  if (in.left() == 0 && !in.failed()) in.fail(rules::no_subscription, in.at(), {"SUBSCRIBE has no Topic Filter"});

  const std::uint8_t* start = in.at();
  std::size_t count = 0;
  for (; in.left() != 0; ++count) {
    const std::string_view filter = read_topic_filter(in);
    if (in.left() == 0 && !in.failed())
      in.fail(rules::subscription_options_missing, in.at(), {"The last Topic Filter has no options byte"});
    const std::uint8_t* options_at = in.at();
    const std::uint8_t options = in.byte("Subscription Options");
    if (!in.failed()) check_options(in, options, options_at, filter);
  }
  if (in.failed()) return;
  subscribe.subscriptions = view::SubscriptionsView(ByteView(start, in.at()), count);
}

void decode_unsubscribe(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& unsubscribe = packet.emplace<view::Unsubscribe>(read_packet_id(in, rules::client_packet_identifier_0));
  if (judge.v5()) unsubscribe.properties = read_properties(in, PropertyPlace::unsubscribe);
  if (in.left() == 0 && !in.failed()) in.fail(rules::no_topic_filter, in.at(), {"UNSUBSCRIBE has no Topic Filter"});

  const std::uint8_t* start = in.at();
  std::size_t count = 0;
  for (; in.left() != 0; ++count) read_topic_filter(in);
  if (in.failed()) return;
  unsubscribe.topic_filters = view::TopicFiltersView(ByteView(start, in.at()), count);
}

void decode_suback(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& suback = packet.emplace<view::Suback>(read_packet_id(in, rules::subscription_acknowledgement_identifier_0));
  if (judge.v5()) suback.properties = read_properties(in, PropertyPlace::suback);
  suback.reason_codes = read_reason_codes(in, rules::no_suback_code, rules::suback_code);
}

void decode_unsuback(ByteView body, Judge& judge, PacketView& packet) {
  Cursor in(body, judge);
  auto& unsuback = packet.emplace<view::Unsuback>(read_packet_id(in, rules::subscription_acknowledgement_identifier_0));
  if (judge.v5()) {
    unsuback.properties = read_properties(in, PropertyPlace::unsuback);
    unsuback.reason_codes = read_reason_codes(in, rules::no_unsuback_code, rules::unsuback_code);
  }
  in.expect_end();
}

}  // namespace mqttspec::wire
