#include "reference/conduct/server_conduct.hpp"
#include "reference/wire/encoder.hpp"

#include <algorithm>

/// PUBLISH and its acknowledgements, subscriptions, PINGRESP (3.3 to 3.13, 4.3 to 4.9).
namespace mqttspec::conduct {
namespace {

using wire::QoS;

constexpr DeliveryRules delivery_rules{
    .dup_on_first_qos_1 = "server/dup-on-first-delivery",
    .dup_on_first_qos_2 = "server/dup-on-first-delivery",
    .resent_without_dup = "server/resent-without-dup",
    .resent_with_other_qos = "server/resent-with-other-qos",
    .packet_identifier_in_use = "server/packet-identifier-in-use",
    .resent_on_same_connection = "server/resent-on-same-connection",
    .publish_after_pubrel = "server/publish-after-pubrel",
    .pubrel_without_pubrec = "server/pubrel-without-pubrec",
    .resent_out_of_order = "server/resent-out-of-order",
    .pubrel_out_of_order = "server/pubrel-out-of-order",
};

constexpr ReceiptRules receipt_rules{
    .puback_without_publish = "server/puback-without-publish",
    .pubrec_without_publish = "server/pubrec-without-publish",
    .pubcomp_without_pubrel = "server/pubcomp-without-pubrel",
    .pubcomp_denies_message = "server/pubcomp-denies-message",
    .acknowledgement_for_other_qos = "server/acknowledgement-for-other-qos",
    .puback_out_of_order = std::nullopt,
    .pubrec_out_of_order = std::nullopt,
};

constexpr TopicAliasRules alias_rules{
    .not_allowed = "server/topic-alias-not-allowed",
    .above_maximum = "server/topic-alias-above-maximum",
    .unknown = "server/topic-alias-unknown",
};

}  // namespace

void ServerConduct::client(const wire::Publish& publish) {
  highest_qos_sent_ = std::max(highest_qos_sent_, publish.qos);
  if (v5()) client_aliases_.note(publish);
  session_->received.publish(publish);
}

void ServerConduct::client(const wire::Pubrel& pubrel) { session_->received.pubrel(pubrel.packet_id); }
void ServerConduct::client(const wire::Subscribe& subscribe) { session_->subscriptions.subscribe(subscribe, version()); }
void ServerConduct::client(const wire::Unsubscribe& unsubscribe) { session_->subscriptions.unsubscribe(unsubscribe); }

/// One PINGREQ at a time is marked: when it is answered, the server has received what was sent before it.
void ServerConduct::client(const wire::Pingreq&) {
  ++pingreqs_;
  if (marked_pingreq_ != 0) return;
  marked_pingreq_ = pingreqs_;
  marked_answers_ = session_->sent.acknowledgements();
}

void ServerConduct::client(const wire::Puback& puback) {
  flow_.acknowledged();
  session_->sent.puback(puback.packet_id);
}

void ServerConduct::client(const wire::Pubrec& pubrec) {
  if (is_error(pubrec.reason_code)) flow_.acknowledged();
  session_->sent.pubrec(pubrec.packet_id, pubrec.reason_code);
}

void ServerConduct::client(const wire::Pubcomp& pubcomp) {
  flow_.acknowledged();
  session_->sent.pubcomp(pubcomp.packet_id);
}

void ServerConduct::server(const wire::Publish& publish, Report& report) {
  const auto topic = aliases_.resolve(publish, alias_rules, report);
  if (!judges_session()) return;
  if (topic) {
    if (publish.dup && session_->subscriptions.may_share(*topic))
      session_->sent.publish_handed_over(publish, *topic, delivery_rules, report);
    else
      session_->sent.publish(publish, *topic, delivery_rules, report);
    session_->subscriptions.judge(publish, *topic, report);
  } else if (publish.packet_id) {
    session_->sent.doubt(*publish.packet_id);
  }
  if (!v5()) return;
  flow_.publish(publish.qos);
  if (!flow_.exceeded()) return;
  report.violate("server/receive-maximum-exceeded", "PUBLISH of QoS " + std::to_string(number(publish.qos)) + " came while " +
                                                        std::to_string(flow_.receive_maximum()) +
                                                        " others were unacknowledged, and that is the client's Receive Maximum.");
  flow_.forgive();
}

void ServerConduct::server(const wire::Puback& puback, Report& report) {
  if (judges_session()) session_->received.puback(puback.packet_id, receipt_rules, report);
}

void ServerConduct::server(const wire::Pubrec& pubrec, Report& report) {
  if (judges_session()) session_->received.pubrec(pubrec, receipt_rules, report);
}

void ServerConduct::server(const wire::Pubrel& pubrel, Report& report) {
  if (judges_session()) session_->sent.pubrel(pubrel.packet_id, delivery_rules, report);
}

void ServerConduct::server(const wire::Pubcomp& pubcomp, Report& report) {
  if (judges_session()) session_->received.pubcomp(pubcomp, receipt_rules, report);
}

void ServerConduct::server(const wire::Suback& suback, Report& report) {
  if (judges_session()) session_->subscriptions.suback(suback, report);
}

void ServerConduct::server(const wire::Unsuback& unsuback, Report& report) {
  if (judges_session()) session_->subscriptions.unsuback(unsuback, report);
}

void ServerConduct::server(const wire::Pingresp&, Report& report) {
  if (!judges_session()) return;
  if (++pingresps_ == marked_pingreq_) {
    session_->sent.acknowledgements_received(marked_answers_);
    marked_pingreq_ = 0;
  }
  if (pingresps_ <= pingreqs_) return;
  report.violate("server/pingresp-without-pingreq", "PINGRESP was received, and every PINGREQ has been answered.");
  pingresps_ = pingreqs_;
}

}  // namespace mqttspec::conduct
