#pragma once

#include "reference/transport/time.hpp"
#include "reference/wire/types.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mqttspec::mock_broker {

struct Message;
struct Subscription;

/// Session Present in a CONNACK (3.2.2.1.1).
enum class SessionPresent : std::uint8_t { as_it_is, never, also_after_clean_start, also_without_session };

/// What a Client that connects with the Client Identifier of a connected one brings about (3.1.4).
enum class Takeover : std::uint8_t { existing_client_goes, both_stay, new_client_goes };

/// Copies of a message for a Client whose subscriptions overlap (3.3.4; 3.3.5 in 3.1.1).
enum class Overlapping : std::uint8_t { one_copy, copy_per_subscription };

/// QoS of that one copy, among the maximum QoS of the matching subscriptions.
enum class OverlappingQos : std::uint8_t { highest, lowest };

/// When a QoS 2 message goes onward (4.3.3, methods A and B).
enum class Qos2Delivery : std::uint8_t { on_publish, on_pubrel };

/// What the QoS of a delivered message is made from (3.8.4).
enum class DeliveredQos : std::uint8_t { minimum, as_published, as_granted, at_most_once };

/// Packet Identifiers of the server's PUBLISH packets (2.2.1).
enum class ServerPacketIds : std::uint8_t { unused, always_one };

/// Member of a Shared Subscription that gets a message (4.8.2).
enum class ShareChoice : std::uint8_t { in_turn, first, last, everyone };

/// What becomes of a message that its Client has refused.
enum class AfterRefusal : std::uint8_t {
  ends,    ///< the exchange is over
  pubrel,  ///< Free: to PUBREC comes PUBREL all the same (4.3.3), and the message no more
  stays,   ///< it goes on being unacknowledged
};

/// How a subscription to something that the server does not offer is refused in 5.0 (3.2.2.3.11 to 3.2.2.3.13).
enum class Unsupported : std::uint8_t { disconnect, suback };

/// RETAIN of live messages for subscriptions with and without Retain As Published (3.3.1.3).
enum class LiveRetain : std::uint8_t { by_option, always_cleared, as_published };

/// The decisions that the engine takes, each named; as they stand they are right. The first clause in a comment is of 3.1.1, the second
/// of 5.0. A field can be set to something wrong (defects.cpp does) or to another right choice (variants.cpp does); "Free" tells where
/// there are several. What can be had by changing packets on their way is not here but in an Interceptor.
struct Behaviour {
  // ---- Connecting

  bool requires_connect_first = true;                         ///< MQTT-3.1.0-1. Else other packets before CONNECT are passed over
  bool refuses_second_connect = true;                         ///< MQTT-3.1.0-2. Else it is passed over
  bool answers_malformed_connect = true;                      ///< 3.1.4, Free in 5.0: CONNACK with the Reason Code, or nothing
  bool answers_malformed_connect_always = false;              ///< MQTT-3.1.4-1: before 5.0 no CONNACK
  bool closes_after_malformed_connect = true;                 ///< MQTT-3.1.4-1. Else it waits for another one
  bool serves_pipelined = true;                               ///< 3.1.4: what comes in one piece with CONNECT
  bool checks_empty_client_id = true;                         ///< MQTT-3.1.3-8: refused without Clean Session before 5.0
  bool assigns_unique_client_ids = true;                      ///< MQTT-3.1.3-6, MQTT-3.2.2-16
  bool distinguishes_client_id_case = true;                   ///< MQTT-3.1.3-2
  std::size_t client_id_bytes_used = 65'535;                  ///< MQTT-3.1.3-2: what stands behind them distinguishes nobody
  std::size_t client_id_bytes_allowed = 65'535;               ///< MQTT-3.1.3-5: 23 at least
  bool checks_credentials = true;                             ///< 3.1.4, MQTT-3.1.4-2
  bool refuses_unknown_authentication_method = true;          ///< MQTT-4.12.0-1
  bool closes_after_failed_authentication = true;             ///< MQTT-4.12.0-4. Else nothing happens
  bool closes_after_failed_reauthentication = true;           ///< MQTT-4.12.1-2. Else nothing happens
  bool checks_authentication_method = true;                   ///< MQTT-4.12.1-1: of AUTH
  bool checks_code_of_auth = true;                            ///< MQTT-4.12.0-3
  bool refuses_packets_during_authentication = true;          ///< MQTT-3.1.2-30. Else they are passed over
  bool refuses_unasked_auth = true;                           ///< MQTT-4.12.0-7. Else it is passed over
  bool closes_after_refusal = true;                           ///< MQTT-3.2.2-5, MQTT-3.2.2-7
  bool processes_after_refusal = false;                       ///< MQTT-3.1.4-5, MQTT-3.1.4-6 (shows if it does not close)
  bool answers_after_refusal = false;                         ///< MQTT-3.1.4-5, MQTT-3.1.4-6
  Takeover takeover = Takeover::existing_client_goes;         ///< MQTT-3.1.4-2, MQTT-3.1.4-3
  SessionPresent session_present = SessionPresent::as_it_is;  ///< MQTT-3.2.2-1 to -3, MQTT-3.2.2-2 and -3

  // ---- Keep alive (3.1.2.10)

  bool enforces_keep_alive = true;                      ///< MQTT-3.1.2-24, MQTT-3.1.2-22
  double keep_alive_factor = 1.5;                       ///< MQTT-3.1.2-24, MQTT-3.1.2-22
  bool pingreq_is_sign_of_life = true;                  ///< MQTT-3.1.2-24, MQTT-3.1.2-22: every packet counts
  bool publish_is_sign_of_life = true;                  ///< MQTT-3.1.2-24, MQTT-3.1.2-22
  std::optional<std::uint16_t> silent_keep_alive = {};  ///< 3.1.2.10, MQTT-3.2.2-22: used in place of the Client's without telling

  // ---- Sessions (3.1.2.4, 4.1)

  bool resumes_session = true;                     ///< MQTT-3.1.2-4, MQTT-3.1.2-5
  bool keeps_subscriptions = true;                 ///< MQTT-3.1.2-4, MQTT-3.1.2-5
  bool queues_for_disconnected = true;             ///< MQTT-3.1.2-5, MQTT-4.5.0-1
  void (*changes_queued)(Message&) = nullptr;      ///< MQTT-3.1.2-5, MQTT-4.5.0-1: what becomes of a message that has to wait
  bool keeps_queue = true;                         ///< MQTT-3.1.2-5, MQTT-3.1.2-5: what was queued is delivered on reconnection
  bool keeps_in_flight = true;                     ///< MQTT-4.4.0-1
  bool keeps_received_packet_ids = true;           ///< MQTT-4.3.3-2, MQTT-4.3.3-10: QoS 2 of the Client survives the connection
  bool clean_start_drops_subscriptions = true;     ///< MQTT-3.1.2-6, MQTT-3.1.2-4
  bool clean_start_drops_queue = true;             ///< MQTT-3.1.2-6, MQTT-3.1.2-4
  bool clean_start_drops_in_flight = true;         ///< MQTT-3.1.2-6, MQTT-3.1.2-4: what was sent and not acknowledged, PUBREL too
  bool clean_start_drops_received_ids = true;      ///< MQTT-3.1.2-6, MQTT-3.1.2-4: QoS 2 of the Client
  bool takeover_keeps_session = true;              ///< MQTT-3.1.2-4, MQTT-3.1.2-5
  bool lost_connection_keeps_session = true;       ///< MQTT-3.1.2-4, MQTT-3.1.2-23: as a DISCONNECT does
  bool clean_session_ends_with_connection = true;  ///< MQTT-3.1.2-6, MQTT-4.1.0-2: Session Expiry Interval 0
  bool ends_expired_session = true;                ///< MQTT-4.1.0-2
  bool stores_session = true;                      ///< MQTT-3.1.2-4, MQTT-3.1.2-23
  bool heeds_session_expiry_of_disconnect = true;  ///< 3.14.2.2.2
  bool refuses_raised_session_expiry = true;       ///< 3.14.2.2.2: from 0 in DISCONNECT
  /// MQTT-3.1.2-4, MQTT-3.1.2-5: what becomes of each subscription of a Session that goes on.
  void (*changes_resumed)(Subscription&) = nullptr;
  transport::Duration subscription_lasts = transport::Duration::max();  ///< MQTT-4.1.0-2, MQTT-4.1.0-1: then it is forgotten
  bool queues_qos0 = false;                                             ///< Free: QoS 0 messages for a Client that is away

  // ---- Wills (3.1.2.5)

  bool publishes_will = true;                  ///< MQTT-3.1.2-8
  bool will_on_keep_alive_timeout = true;      ///< MQTT-3.1.2-8
  bool will_on_error = true;                   ///< MQTT-3.1.2-8
  bool will_on_takeover = true;                ///< MQTT-3.1.2-8
  bool will_on_connection_lost = true;         ///< MQTT-3.1.2-8
  bool disconnect_deletes_will = true;         ///< MQTT-3.14.4-3
  bool disconnect_with_will_publishes = true;  ///< MQTT-3.1.2-8 of 5.0: Reason Code 0x04
  bool will_published_once = true;             ///< MQTT-3.1.2-10
  bool will_replaced_by_connect = true;        ///< MQTT-3.1.2-12, MQTT-3.1.2-10: a CONNECT without Will leaves none
  bool waits_will_delay = true;                ///< MQTT-3.1.2-8 of 5.0
  bool waits_will_delay_at_takeover = true;    ///< MQTT-3.1.3-9: the connection that takes over recalls the Will
  bool reconnection_cancels_will = true;       ///< MQTT-3.1.3-9
  bool session_end_publishes_will = true;      ///< MQTT-3.1.2-8 of 5.0
  bool publishes_will_of_refused = false;      ///< MQTT-3.1.2-8: of a CONNECT that was refused

  // ---- Subscribing (3.8, 3.10)

  wire::QoS granted_at_most = wire::QoS::exactly_once;   ///< Free: MQTT-3.8.4-6, MQTT-3.8.4-7
  wire::QoS granted_at_least = wire::QoS::at_most_once;  ///< MQTT-3.8.4-5: never more than asked for
  bool replaces_subscription = true;                     ///< MQTT-3.8.4-3: identical Topic Filter. Else the first one stays
  /// MQTT-3.8.4-3: what the new subscription takes over from the one that it replaces.
  void (*carries_over)(Subscription& now, const Subscription& before) = nullptr;
  bool subscription_counts_twice = false;                          ///< MQTT-3.8.4-3: the replaced one stays beside the new one
  bool handles_every_filter = true;                                ///< MQTT-3.8.4-4, MQTT-3.8.4-5. Else only the first of a SUBSCRIBE
  bool retained_before_suback = false;                             ///< Free (3.8.4)
  transport::Duration subscription_delay{0};                       ///< Free: how long after its SUBACK a subscription takes effect
  Unsupported unsupported_subscription = Unsupported::disconnect;  ///< Free within 3.2.2.3.11 to 3.2.2.3.13
  bool unsubscribes = true;                                        ///< MQTT-3.10.4-1, -2
  bool unsubscribes_every_filter = true;                           ///< MQTT-3.10.4-6
  bool unsubscribes_exactly = true;                                ///< MQTT-3.10.4-1. Else all that a Topic Filter matches
  bool unsubscribe_keeps_in_flight = true;                         ///< MQTT-3.10.4-3
  bool answers_unsubscribe_of_nothing = true;                      ///< MQTT-3.10.4-5

  // ---- Receiving messages (3.3, 4.3)

  bool qos1_packet_id_is_free_after_puback = true;        ///< MQTT-4.3.2-2, MQTT-4.3.2-5. Else a repeated one is taken for a duplicate
  bool recognises_qos2_duplicate = true;                  ///< MQTT-4.3.3-2, MQTT-4.3.3-10
  bool qos2_packet_id_is_free_after_pubcomp = true;       ///< MQTT-4.3.3-2, MQTT-4.3.3-12
  bool refused_qos2_packet_id_is_free = true;             ///< MQTT-4.3.3-9: after a PUBREC of 0x80 or more
  bool completes_expired_qos2 = true;                     ///< MQTT-4.3.3-13: PUBCOMP also when the message has expired meanwhile
  Qos2Delivery qos2_delivery = Qos2Delivery::on_publish;  ///< Free
  bool repeats_pubrec_when_resumed = false;               ///< Free (4.4): of exchanges that the connection broke off
  bool reports_no_matching_subscribers = false;           ///< Free: 0x10 in PUBACK and PUBREC
  bool answers_unknown_pubrel = true;                     ///< MQTT-4.3.3-2, MQTT-4.3.3-11
  bool reports_unknown_pubrel = true;                     ///< Free: PUBCOMP 0x92 or 0x00
  bool refuses_dollar_topics = false;                     ///< Free: messages of Clients to topics that begin with $ (4.7.2)
  bool checks_payload_format = false;                     ///< Free: 0x99 for a payload that is not the UTF-8 that it claims to be
  bool enforces_receive_maximum = true;                   ///< 3.3.4: DISCONNECT 0x93
  bool enforces_topic_alias_maximum = true;               ///< 3.3.2.3.4: DISCONNECT 0x94
  bool remaps_topic_aliases = true;                       ///< 3.3.2.3.4: the last Topic Name given to an alias counts
  bool forgets_topic_aliases = true;                      ///< MQTT-3.3.2-7: with the connection
  bool enforces_maximum_qos = true;                       ///< 3.2.2.3.4: DISCONNECT 0x9B
  bool enforces_retain_available = true;                  ///< 3.2.2.3.5: DISCONNECT 0x9A
  bool reports_unauthorized_publish = true;               ///< Free: 0x87, or a success although the message is dropped

  // ---- Distributing messages (3.3.4, 4.5, 4.7)

  /// MQTT-4.7.1-2 and on: replaces the matching of valid filters (a Shared Subscription's without its prefix) with topic names.
  bool (*matches)(std::string_view filter, std::string_view name) = nullptr;
  Overlapping overlapping = Overlapping::one_copy;           ///< Free
  OverlappingQos overlapping_qos = OverlappingQos::highest;  ///< MQTT-3.3.5-1, MQTT-3.3.4-2
  DeliveredQos delivered_qos = DeliveredQos::minimum;        ///< MQTT-3.8.4-6, MQTT-3.8.4-8
  bool delivers_to_every_session = true;                     ///< MQTT-4.5.0-1. Else to the first only
  bool delivers_to_publisher = true;                         ///< MQTT-4.5.0-1
  bool heeds_no_local = true;                                ///< MQTT-3.8.3-3
  bool clears_dup = true;                                    ///< MQTT-3.3.1-3
  LiveRetain live_retain = LiveRetain::by_option;            ///< MQTT-3.3.1-9; MQTT-3.3.1-12, -13
  ShareChoice share_choice = ShareChoice::in_turn;           ///< Free but for `everyone` (4.8.2)
  bool prefers_connected_share_members = true;               ///< Free (4.8.2)
  bool hands_over_shared_messages = true;                    ///< 4.8.2: QoS 1 of a Session that ended
  bool tells_groups_apart = true;                            ///< 4.8.2: Shared Subscriptions to one topic by their ShareNames
  bool forgets_left_share_members = true;                    ///< 4.8.2. Else they keep their turn, and what they get is lost
  bool completes_shared_in_flight = true;                    ///< MQTT-4.8.2-4: QoS 2 when its member reconnects
  bool hands_over_started_qos2 = false;                      ///< MQTT-4.8.2-5
  bool hands_over_refused = false;                           ///< MQTT-4.8.2-6
  int subscription_identifiers_sent = 1'000'000;             ///< MQTT-3.3.4-3, -4: at most so many in a message

  // ---- Retained messages (3.3.1.3)

  bool stores_retained = true;                        ///< MQTT-3.3.1-5
  bool replaces_retained = true;                      ///< MQTT-3.3.1-5
  bool empty_payload_clears_retained = true;          ///< MQTT-3.3.1-10, MQTT-3.3.1-6
  bool stores_empty_retained = false;                 ///< MQTT-3.3.1-11, MQTT-3.3.1-7
  bool forwards_empty_retained = true;                ///< MQTT-3.3.1-10, MQTT-3.3.1-6: to those subscribed already
  bool retains_without_flag = false;                  ///< MQTT-3.3.1-12, MQTT-3.3.1-8
  bool unflagged_removes_retained = false;            ///< MQTT-3.3.1-12, MQTT-3.3.1-8
  bool retains_qos0 = true;                           ///< Free: a retained QoS 0 message may be discarded (the old one must)
  bool qos0_replaces_retained = true;                 ///< MQTT-3.3.1-7, MQTT-3.3.1-5
  bool retained_ends_with_publisher = false;          ///< MQTT-3.3.1-5: removed when its publisher's Session ends
  bool sends_retained = true;                         ///< MQTT-3.3.1-6, MQTT-3.3.1-9
  bool sends_retained_to_wildcards = true;            ///< MQTT-3.3.1-6, MQTT-3.3.1-9
  bool sends_retained_again = true;                   ///< MQTT-3.8.4-3, MQTT-3.8.4-4: when a subscription is replaced
  bool sends_retained_to_every_filter = true;         ///< MQTT-3.8.4-4, MQTT-3.8.4-5. Else for the first of a SUBSCRIBE
  bool retained_keeps_qos = true;                     ///< MQTT-3.3.1-5
  bool flags_retained = true;                         ///< MQTT-3.3.1-8, 3.3.1.3
  bool heeds_retain_handling_1 = true;                ///< MQTT-3.3.1-10
  bool heeds_retain_handling_2 = true;                ///< MQTT-3.3.1-11
  bool retain_handling_0_only_if_new = false;         ///< MQTT-3.3.1-9
  bool sends_retained_to_shared = false;              ///< 4.8.2: not for Shared Subscriptions
  bool checks_retained_expiry = true;                 ///< MQTT-3.3.2-5
  std::size_t retained_sent_at_most = 1'000'000'000;  ///< MQTT-3.3.1-6, MQTT-3.3.1-9: for one subscription
  transport::Duration retained_unseen_for{0};         ///< MQTT-3.3.1-6, MQTT-3.3.1-9: not sent so soon after it has come
  void (*changes_retained)(Message&) = nullptr;       ///< MQTT-3.3.1-5: what becomes of a message that is stored

  // ---- Sending messages (3.3, 4.3, 4.4, 4.6, 4.9)

  ServerPacketIds packet_ids = ServerPacketIds::unused;  ///< MQTT-2.3.1-4, MQTT-2.2.1-4
  bool resends_publish = true;                           ///< MQTT-4.4.0-1
  bool resends_pubrel = true;                            ///< MQTT-4.4.0-1
  bool resends_with_dup = true;                          ///< MQTT-3.3.1-1
  bool resends_with_same_packet_id = true;               ///< MQTT-4.4.0-1
  bool resends_in_order = true;                          ///< MQTT-4.6.0-6, MQTT-4.6.0-5
  bool resends_publish_after_pubrel = false;             ///< MQTT-4.3.3-1, MQTT-4.3.3-6: the PUBLISH in place of the PUBREL
  bool resends_acknowledged = false;                     ///< MQTT-4.3.2-1, MQTT-4.4.0-2: also what a PUBACK has answered
  transport::Duration resends_after{0};                  ///< MQTT-4.4.0-1 of 5.0: 0 never; else while connected, again and again
  AfterRefusal after_refusal = AfterRefusal::ends;       ///< MQTT-4.4.0-2: a PUBACK or PUBREC of 0x80 and more
  bool sends_in_order = true;                            ///< MQTT-4.6.0-6, MQTT-4.6.0-5: of the queue the oldest first
  bool duplicates_lowered_qos1 = false;                  ///< Free: QoS 1 message twice to a subscription with QoS 0 (3.8.4)
  bool heeds_receive_maximum = true;                     ///< MQTT-3.3.4-9
  int send_quota_beyond = 0;                             ///< MQTT-4.9.0-1, MQTT-4.9.0-2: so much more than the Receive Maximum, or less
  bool released_uses_quota = true;                       ///< MQTT-3.3.4-9: a QoS 2 exchange up to its PUBCOMP
  bool quota_blocks_only_publish = true;                 ///< MQTT-3.3.4-10, MQTT-4.9.0-3. Else answers stop too
  bool heeds_maximum_packet_size = true;                 ///< MQTT-3.1.2-24
  bool oversized_message_counts_as_sent = true;          ///< MQTT-3.1.2-25. Else it stays in flight for ever
  bool uses_topic_aliases = true;                        ///< Free, where the Client allows them
  bool heeds_topic_alias_maximum = true;                 ///< MQTT-3.1.2-26, -27, MQTT-3.3.2-11
  bool counts_down_message_expiry = true;                ///< MQTT-3.3.2-6
  bool drops_expired_messages = true;                    ///< MQTT-3.3.2-5
  bool expires_messages_in_flight = false;               ///< MQTT-4.3.3-7
  bool heeds_request_problem_information = true;         ///< MQTT-3.1.2-29
  bool heeds_request_response_information = true;        ///< MQTT-3.1.2-28
  bool gives_reason_strings = true;                      ///< Free

  // ---- Ending connections (3.14, 4.8, 4.13)

  bool closes_on_error = true;                   ///< MQTT-4.8.0-1, MQTT-4.13.1-1. Else the packet is passed over
  bool disconnects_before_closing = true;        ///< 4.13.1, SHOULD: with a Reason Code
  bool closes_after_disconnect_sent = true;      ///< MQTT-4.13.2-1: having sent a DISCONNECT
  bool closes_after_disconnect_received = true;  ///< 3.14.4

  // ---- Pace

  transport::Duration answer_delay{0};  ///< Free: everything goes out so much later
};

}  // namespace mqttspec::mock_broker
