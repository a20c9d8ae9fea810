#include "tests/conduct/exchange.hpp"

/// For every rule of the client's table one history that keeps it and one that breaks it; they hold in each version that has the rule.
namespace mqttspec::conduct::testing {
namespace {

namespace prop = wire::prop;
using E = ClientExchange;

wire::Connect with_method(const E& e) { return with(e.connect(), prop::authentication_method, "M"); }

/// The client has read a CONNACK with this limit.
template <class Value>
E& limited(E& e, wire::PropertyKey<Value> key, Value value) {
  return e.client(e.connect()).server(with(connack(), key, value)).after(1min);
}

std::vector<Example<E>> general() {
  return {
      {"client/subprotocol-not-offered",  //
       [](E& e) { e.connected(); },       //
       [](E& e) { e.call([](auto& c, TimePoint now) { return c.client_offered_no_subprotocol(now); }); }},
      {"client/text-frame",          //
       [](E& e) { e.connected(); },  //
       [](E& e) { e.connected().call([](auto& c, TimePoint now) { return c.client_sent_text_frame(now); }); }},
      {"client/packet-too-large",  //
       [](E& e) { limited(e, prop::maximum_packet_size, 15u).client(publish("a", "123456789")); },
       [](E& e) { limited(e, prop::maximum_packet_size, 15u).client(publish("a", "1234567890")); }},
      {"client/problem-information-too-large",  //
       [](E& e) { limited(e, prop::maximum_packet_size, 20u).client(with(disconnect(), prop::reason_string, "0123456789")); },
       [](E& e) { limited(e, prop::maximum_packet_size, 15u).client(with(disconnect(), prop::reason_string, "0123456789")); }},
      {"client/server-keep-alive-exceeded",
       [](E& e) { e.client(e.connect()).server(with(connack(), prop::server_keep_alive, 10)).after(14s).client(wire::Pingreq{}); },
       [](E& e) { e.client(e.connect()).server(with(connack(), prop::server_keep_alive, 10)).after(30s).client(wire::Pingreq{}); }},
      {"client/keep-alive-exceeded",
       [](E& e) {
         wire::Connect connect = e.connect();
         connect.keep_alive = 10;
         e.client(connect).server(connack()).after(14s).client(wire::Pingreq{}).after(15s).client(wire::Pingreq{});
       },
       [](E& e) {
         wire::Connect connect = e.connect();
         connect.keep_alive = 10;
         e.client(connect).server(connack()).after(17s).client(wire::Pingreq{});
       }},
      {"client/packet-before-connect",  //
       [](E& e) { e.connected(); },     //
       [](E& e) { e.client(wire::Pingreq{}); }},
      {"client/second-connect",      //
       [](E& e) { e.connected(); },  //
       [](E& e) { e.connected().client(e.connect()); }},
      {"client/empty-client-identifier",  //
       [](E& e) { e.client(wire::Connect{.version = e.version()}); },
       [](E& e) { e.client(wire::Connect{.version = e.version(), .clean_start = false}); }},
      {"client/session-state-not-discarded",
       [](E& e) { e.client(e.connect_kept()).server(connack()).after(11s).client(publish("a", "x").qos(1).packet_id(1)); },
       [](E& e) { e.client(e.connect_kept()).server(connack()).after(11s).client(publish("a", "x").qos(1).packet_id(1).dup()); }},
      {"client/session-state-not-discarded", [](E& e) { e.client(e.connect_kept()).server(resumed()).after(11s).client(pubrel(1)); },
       [](E& e) { e.client(e.connect_kept()).server(connack()).after(11s).client(pubrel(1)); }},
      {"client/topic-alias-refused",
       [](E& e) {
         e.client(with(e.connect(), prop::topic_alias_maximum, 5)).server(connack());
         e.server(publish("a", "x").property(prop::topic_alias, 6)).client(disconnect(ReasonCode::topic_alias_invalid));
       },
       [](E& e) {
         e.client(with(e.connect(), prop::topic_alias_maximum, 5)).server(connack());
         e.server(publish("a", "x").property(prop::topic_alias, 5)).client(disconnect(ReasonCode::topic_alias_invalid));
       }},
      {"client/packet-after-disconnect",  //
       [](E& e) { e.connected().client(wire::Pingreq{}).client(disconnect()); },
       [](E& e) { e.connected().client(disconnect()).client(wire::Pingreq{}); }},
      {"client/session-expiry-raised-from-zero",
       [](E& e) { e.connected_kept().client(with(disconnect(), prop::session_expiry_interval, 5)); },
       [](E& e) { e.connected().client(with(disconnect(), prop::session_expiry_interval, 5)); }},
  };
}

std::vector<Example<E>> authentication() {
  return {
      {"client/packet-during-authentication",  //
       [](E& e) { e.client(e.connect()).client(wire::Pingreq{}); }, [](E& e) { e.client(with_method(e)).client(wire::Pingreq{}); }},
      {"client/auth-without-method",
       [](E& e) {
         e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)).client(auth(ReasonCode::continue_authentication));
       },
       [](E& e) { e.client(e.connect()).client(auth(ReasonCode::continue_authentication)); }},
      {"client/other-authentication-method",
       [](E& e) {
         e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)).client(auth(ReasonCode::continue_authentication));
       },
       [](E& e) {
         e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)).client(auth(ReasonCode::continue_authentication, "N"));
       }},
      {"client/auth-does-not-continue",
       [](E& e) {
         e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)).client(auth(ReasonCode::continue_authentication));
       },
       [](E& e) { e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)).client(auth(ReasonCode::reauthenticate)); }},
      {"client/unasked-auth",  //
       [](E& e) { e.client(with_method(e)).server(connack()).client(auth(ReasonCode::reauthenticate)); },
       [](E& e) { e.client(with_method(e)).server(connack()).client(auth(ReasonCode::continue_authentication)); }},
  };
}

std::vector<Example<E>> answers() {
  return {
      {"client/puback-without-publish",  //
       [](E& e) { e.connected().server(publish("a", "x").qos(1).packet_id(1)).client(puback(1)); },
       [](E& e) { e.connected().server(publish("a", "x").qos(1).packet_id(1)).client(puback(2)); }},
      {"client/pubrec-without-publish",  //
       [](E& e) { e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)); },
       [](E& e) { e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(2)); }},
      {"client/pubcomp-without-pubrel",
       [](E& e) { e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)).server(pubrel(1)).client(pubcomp(1)); },
       [](E& e) { e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)).client(pubcomp(1)); }},
      {"client/pubcomp-denies-message",
       [](E& e) {  // the identifier was never recorded on this connection
         e.connected_kept().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)).resumes();
         e.server(pubrel(1)).client(pubcomp(1, ReasonCode::packet_identifier_not_found));
       },
       [](E& e) {
         e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)).server(pubrel(1));
         e.client(pubcomp(1, ReasonCode::packet_identifier_not_found));
       }},
      {"client/acknowledgement-for-other-qos",  //
       [](E& e) { e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)); },
       [](E& e) { e.connected().server(publish("a", "x").qos(2).packet_id(1)).client(puback(1)); }},
      {"client/puback-out-of-order",
       [](E& e) {
         e.connected().server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(2));
         e.client(puback(1)).client(puback(2));
       },
       [](E& e) {
         e.connected().server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(2));
         e.client(puback(2)).client(puback(1));
       }},
      {"client/pubrec-out-of-order",
       [](E& e) {
         e.connected().server(publish("a", "x").qos(2).packet_id(1)).server(publish("a", "y").qos(2).packet_id(2));
         e.client(pubrec(1)).client(pubrec(2));
       },
       [](E& e) {
         e.connected().server(publish("a", "x").qos(2).packet_id(1)).server(publish("a", "y").qos(2).packet_id(2));
         e.client(pubrec(2)).client(pubrec(1));
       }},
  };
}

std::vector<Example<E>> deliveries() {
  return {
      {"client/dup-on-first-qos-1",  //
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1).dup()); }},
      {"client/dup-on-first-qos-2",  //
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1).dup()); }},
      {"client/resent-without-dup",
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().client(message).resumes().client(message.dup());
       },
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().client(message).resumes().client(message);
       }},
      {"client/resent-with-other-qos",
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().client(message).resumes().client(message.dup());
       },
       [](E& e) {
         const auto message = publish("a", "x").packet_id(1);
         e.connected_kept().client(message.qos(2)).resumes().client(message.qos(1).dup());
       }},
      {"client/packet-identifier-in-use",  //
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)).client(subscribe(2, "a")); },
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)).client(subscribe(1, "a")); }},
      {"client/resent-on-same-connection",
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().client(message).resumes().client(message.dup());
       },
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected().client(message).client(message.dup());
       }},
      {"client/publish-after-pubrel",
       [](E& e) {
         e.connected_kept().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).client(pubrel(1)).resumes().client(pubrel(1));
       },
       [](E& e) {
         const auto message = publish("a", "x").qos(2).packet_id(1);
         e.connected_kept().client(message).server(pubrec(1)).client(pubrel(1)).resumes().client(message.dup());
       }},
      {"client/pubrel-without-pubrec",
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).client(pubrel(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).client(pubrel(1)); }},
      {"client/resent-out-of-order",
       [](E& e) {
         const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(2).packet_id(2);
         e.connected_kept().client(x).client(y).resumes().client(x.dup()).client(y.dup());
       },
       [](E& e) {
         const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(2).packet_id(2);
         e.connected_kept().client(x).client(y).resumes().client(y.dup()).client(x.dup());
       }},
      {"client/pubrel-out-of-order",
       [](E& e) {
         e.connected().client(publish("a", "x").qos(2).packet_id(1)).client(publish("a", "y").qos(2).packet_id(2));
         e.server(pubrec(1)).server(pubrec(2)).client(pubrel(1)).client(pubrel(2));
       },
       [](E& e) {
         e.connected().client(publish("a", "x").qos(2).packet_id(1)).client(publish("a", "y").qos(2).packet_id(2));
         e.server(pubrec(1)).server(pubrec(2)).client(pubrel(2)).client(pubrel(1));
       }},
  };
}

std::vector<Example<E>> limits() {
  return {
      {"client/receive-maximum-exceeded",
       [](E& e) {
         limited(e, prop::receive_maximum, 1u).client(publish("a", "x").qos(1).packet_id(1)).server(puback(1));
         e.client(publish("a", "y").qos(1).packet_id(2));
       },
       [](E& e) {
         limited(e, prop::receive_maximum, 1u).client(publish("a", "x").qos(1).packet_id(1)).client(publish("a", "y").qos(1).packet_id(2));
       }},
      {"client/maximum-qos-exceeded",  //
       [](E& e) { limited(e, prop::maximum_qos, 1u).client(publish("a", "x").qos(1).packet_id(1)); },
       [](E& e) { limited(e, prop::maximum_qos, 1u).client(publish("a", "x").qos(2).packet_id(1)); }},
      {"client/retain-not-available",  //
       [](E& e) { limited(e, prop::retain_available, 0u).client(publish("a", "x")); },
       [](E& e) { limited(e, prop::retain_available, 0u).client(publish("a", "x").retain()); }},
      {"client/wildcard-not-available",  //
       [](E& e) { limited(e, prop::wildcard_subscription_available, 0u).client(subscribe(1, "a/b")); },
       [](E& e) { limited(e, prop::wildcard_subscription_available, 0u).client(subscribe(1, "a/+")); }},
      {"client/subscription-identifier-not-available",
       [](E& e) { limited(e, prop::subscription_identifier_available, 0u).client(subscribe(1, "a")); },
       [](E& e) {
         limited(e, prop::subscription_identifier_available, 0u).client(with(subscribe(1, "a"), prop::subscription_identifier, 1));
       }},
      {"client/shared-subscription-not-available",
       [](E& e) { limited(e, prop::shared_subscription_available, 0u).client(subscribe(1, "a")); },
       [](E& e) { limited(e, prop::shared_subscription_available, 0u).client(subscribe(1, "$share/g/a")); }},
      {"client/topic-alias-not-allowed",  //
       [](E& e) { e.connected().client(publish("a", "x")); },
       [](E& e) { e.connected().client(publish("a", "x").property(prop::topic_alias, 1)); }},
      {"client/topic-alias-above-maximum",  //
       [](E& e) { limited(e, prop::topic_alias_maximum, 5u).client(publish("a", "x").property(prop::topic_alias, 5)); },
       [](E& e) { limited(e, prop::topic_alias_maximum, 5u).client(publish("a", "x").property(prop::topic_alias, 6)); }},
      {"client/topic-alias-unknown",
       [](E& e) {
         limited(e, prop::topic_alias_maximum, 5u).client(publish("a", "x").property(prop::topic_alias, 1));
         e.client(publish("", "y").property(prop::topic_alias, 1));
       },
       [](E& e) { limited(e, prop::topic_alias_maximum, 5u).client(publish("", "y").property(prop::topic_alias, 1)); }},
  };
}

}  // namespace

std::vector<Example<ClientExchange>> client_examples() {
  std::vector<Example<E>> all;
  for (auto part : {general(), authentication(), answers(), deliveries(), limits()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace mqttspec::conduct::testing
