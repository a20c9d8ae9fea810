#include "reference/conduct/client_conduct.hpp"
#include "reference/topic/topic.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>
#include <functional>

/// PUBLISH and its acknowledgements, SUBSCRIBE, UNSUBSCRIBE (3.3 to 3.11, 4.3 to 4.9).
namespace mqttspec::conduct {
namespace {

using wire::QoS;

constexpr DeliveryRules delivery_rules{
    .dup_on_first_qos_1 = "client/dup-on-first-qos-1",
    .dup_on_first_qos_2 = "client/dup-on-first-qos-2",
    .resent_without_dup = "client/resent-without-dup",
    .resent_with_other_qos = "client/resent-with-other-qos",
    .packet_identifier_in_use = "client/packet-identifier-in-use",
    .resent_on_same_connection = "client/resent-on-same-connection",
    .publish_after_pubrel = "client/publish-after-pubrel",
    .pubrel_without_pubrec = "client/pubrel-without-pubrec",
    .resent_out_of_order = "client/resent-out-of-order",
    .pubrel_out_of_order = "client/pubrel-out-of-order",
};

constexpr ReceiptRules receipt_rules{
    .puback_without_publish = "client/puback-without-publish",
    .pubrec_without_publish = "client/pubrec-without-publish",
    .pubcomp_without_pubrel = "client/pubcomp-without-pubrel",
    .pubcomp_denies_message = "client/pubcomp-denies-message",
    .acknowledgement_for_other_qos = "client/acknowledgement-for-other-qos",
    .puback_out_of_order = "client/puback-out-of-order",
    .pubrec_out_of_order = "client/pubrec-out-of-order",
};

constexpr TopicAliasRules alias_rules{
    .not_allowed = "client/topic-alias-not-allowed",
    .above_maximum = "client/topic-alias-above-maximum",
    .unknown = "client/topic-alias-unknown",
};

bool has_wildcard(std::string_view filter) { return filter.find_first_of("+#") != std::string_view::npos; }

}  // namespace

void ClientConduct::client(const wire::Publish& publish, Report& report) {
  const auto topic = aliases_.resolve(publish, alias_rules, report);
  if (!judges_session()) return;
  judge_limits(publish, report);
  if (publish.packet_id && !publish.dup && requests_.contains(publish.packet_id->value()))
    report.violate("client/packet-identifier-in-use", "PUBLISH came with Packet Identifier " + std::to_string(publish.packet_id->value()) +
                                                          ", whose SUBSCRIBE or UNSUBSCRIBE has not been answered.");
  if (publish.dup && publish.packet_id) judge_left_over("PUBLISH with DUP", *publish.packet_id, report);
  if (topic)
    session_->sent.publish(publish, *topic, delivery_rules, report);
  else if (publish.packet_id)
    session_->sent.doubt(*publish.packet_id);
}

/// In a Session that is new to the server the client may not go on with what an earlier one left. (One that asked for a new Session is
/// judged by what is known of that.)
void ClientConduct::judge_left_over(std::string_view packet, wire::PacketId id, Report& report) {
  if (connect_->clean_start || connack_->session_present || !knows_limits() || session_->sent.has_seen(id)) return;
  report.violate("client/session-state-not-discarded", std::string(packet) + " came with Packet Identifier " + std::to_string(id.value()) +
                                                           ", which was never used in this Session, and CONNACK had Session Present 0.");
}

void ClientConduct::judge_limits(const wire::Publish& publish, Report& report) {
  if (!v5()) return;
  flow_.publish(publish.qos);
  if (!knows_limits()) return;
  if (flow_.exceeded()) {
    report.violate("client/receive-maximum-exceeded", "PUBLISH of QoS " + std::to_string(number(publish.qos)) + " came while " +
                                                          std::to_string(flow_.receive_maximum()) +
                                                          " others were unacknowledged, and that is the server's Receive Maximum.");
    flow_.forgive();
  }
  const auto maximum_qos = connack_->properties.get(wire::prop::maximum_qos);
  if (maximum_qos && number(publish.qos) > static_cast<int>(*maximum_qos))
    report.violate("client/maximum-qos-exceeded", "PUBLISH of QoS " + std::to_string(number(publish.qos)) +
                                                      " came, and the server's Maximum QoS is " + std::to_string(*maximum_qos) + ".");
  if (publish.retain && connack_->properties.get(wire::prop::retain_available) == 0u)
    report.violate("client/retain-not-available", "PUBLISH came with RETAIN, and the server has no retained messages.");
}

void ClientConduct::client(const wire::Puback& puback, Report& report) {
  if (judges_session()) session_->received.puback(puback.packet_id, receipt_rules, report);
}

void ClientConduct::client(const wire::Pubrec& pubrec, Report& report) {
  if (judges_session()) session_->received.pubrec(pubrec, receipt_rules, report);
}

void ClientConduct::client(const wire::Pubrel& pubrel, Report& report) {
  if (!judges_session()) return;
  judge_left_over("PUBREL", pubrel.packet_id, report);
  session_->sent.pubrel(pubrel.packet_id, delivery_rules, report);
}

void ClientConduct::client(const wire::Pubcomp& pubcomp, Report& report) {
  if (judges_session()) session_->received.pubcomp(pubcomp, receipt_rules, report);
}

void ClientConduct::client(const wire::Subscribe& subscribe, Report& report) {
  judge_limits(subscribe, report);
  judge_request_id(subscribe, subscribe.packet_id, report);
}

void ClientConduct::client(const wire::Unsubscribe& unsubscribe, Report& report) {
  judge_request_id(unsubscribe, unsubscribe.packet_id, report);
}

void ClientConduct::judge_limits(const wire::Subscribe& subscribe, Report& report) {
  if (!v5()) return;
  const auto lacks = [&](auto key) { return knows_limits() && connack_->properties.get(key) == 0u; };
  for (const wire::Subscription& subscription : subscribe.subscriptions) {
    const bool shared = topic::is_shared(subscription.topic_filter);
    const std::string filter = wire::quote(subscription.topic_filter);
    if (shared && lacks(wire::prop::shared_subscription_available))
      report.violate("client/shared-subscription-not-available",
                     "SUBSCRIBE came for " + filter + ", and the server has no Shared Subscriptions.");
    if (has_wildcard(subscription.topic_filter) && lacks(wire::prop::wildcard_subscription_available))
      report.violate("client/wildcard-not-available", "SUBSCRIBE came for " + filter + ", and the server has no Wildcard Subscriptions.");
  }
  if (subscribe.properties.has(wire::PropertyId::subscription_identifier) && lacks(wire::prop::subscription_identifier_available))
    report.violate("client/subscription-identifier-not-available",
                   "SUBSCRIBE came with a Subscription Identifier, and the server has none of them.");
}

void ClientConduct::judge_request_id(const wire::Packet& request, wire::PacketId id, Report& report) {
  const auto bytes = wire::encode(request, version());
  const std::size_t content = std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto outstanding = requests_.find(id.value());
  const bool asked_already = outstanding != requests_.end();
  const bool repeated = asked_already && outstanding->second == content && !report.resending_needs_resumption();
  const bool in_use = judges_session() && !repeated && (asked_already || session_->sent.in_use(id));
  if (in_use)
    report.violate("client/packet-identifier-in-use", std::string(wire::name(type_of(request))) + " came with Packet Identifier " +
                                                          std::to_string(id.value()) +
                                                          ", which is in use for a packet without its last answer.");
  requests_.insert_or_assign(id.value(), content);
}

void ClientConduct::server(const wire::Publish& publish) {
  if (v5()) server_aliases_.note(publish);
  if (!session_ || !publish.packet_id) return;
  session_->received.publish(publish);
}

void ClientConduct::server(const wire::Pubrel& pubrel) {
  if (!session_) return;
  session_->received.pubrel(pubrel.packet_id);
}

void ClientConduct::server(const wire::Puback& puback) {
  if (!session_) return;
  flow_.acknowledged();
  session_->sent.puback(puback.packet_id);
}

void ClientConduct::server(const wire::Pubrec& pubrec) {
  if (!session_) return;
  if (is_error(pubrec.reason_code)) flow_.acknowledged();
  session_->sent.pubrec(pubrec.packet_id, pubrec.reason_code);
}

void ClientConduct::server(const wire::Pubcomp& pubcomp) {
  if (!session_) return;
  flow_.acknowledged();
  session_->sent.pubcomp(pubcomp.packet_id);
}

void ClientConduct::server(const wire::Suback& suback) { requests_.erase(suback.packet_id.value()); }
void ClientConduct::server(const wire::Unsuback& unsuback) { requests_.erase(unsuback.packet_id.value()); }

}  // namespace mqttspec::conduct
