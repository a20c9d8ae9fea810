#include "tests/conduct/exchange.hpp"

/// For every rule of the server's table one history that keeps it and one that breaks it; they hold in each version that has the rule.
namespace mqttspec::conduct::testing {
namespace {

namespace prop = wire::prop;
using E = ServerExchange;

wire::Connect with_method(const E& e) { return with(e.connect(), prop::authentication_method, "M"); }
wire::Connect with_aliases(const E& e) { return with(e.connect(), prop::topic_alias_maximum, 5); }

/// Up to the PUBREC of a QoS 2 message.
E& received(E& e) { return e.connected_kept().subscribed("a").server(publish("a", "x").qos(2).packet_id(1)).client(pubrec(1)); }

std::vector<Example<E>> general() {
  return {
      {"server/packet-too-large",
       [](E& e) {
         e.client(with(e.connect(), prop::maximum_packet_size, 15)).server(connack()).subscribed("a").server(publish("a", "123456789"));
       },
       [](E& e) {
         e.client(with(e.connect(), prop::maximum_packet_size, 15)).server(connack()).subscribed("a").server(publish("a", "1234567890"));
       }},
      {"server/problem-information-too-large",
       [](E& e) {
         e.client(with(e.connect(), prop::maximum_packet_size, 20)).server(connack()).client(publish("a", "x").qos(1).packet_id(1));
         e.server(with(puback(1), prop::reason_string, "0123456789"));
       },
       [](E& e) {
         e.client(with(e.connect(), prop::maximum_packet_size, 18)).server(connack()).client(publish("a", "x").qos(1).packet_id(1));
         e.server(with(puback(1), prop::reason_string, "0123456789"));
       }},
      {"server/unwanted-problem-information",
       [](E& e) {
         e.client(with(e.connect(), prop::request_problem_information, 0))
             .server(with(connack(), prop::reason_string, "welcome"))
             .server(with(disconnect(ReasonCode::server_busy), prop::reason_string, "busy"));
       },
       [](E& e) {
         e.client(with(e.connect(), prop::request_problem_information, 0))
             .server(connack())
             .client(subscribe(1, "a"))
             .server(with(suback(1, {ReasonCode::success}), prop::user_property, {"a", "b"}));
       }},
  };
}

E& keeps_alive(E& e) {
  wire::Connect connect = e.connect();
  connect.keep_alive = 10;
  return e.client(connect).server(connack()).after(8s).client(wire::Pingreq{}).server(wire::Pingresp{});
}

std::vector<Example<E>> connecting() {
  return {
      {"server/keep-alive-timeout-too-early", [](E& e) { keeps_alive(e).after(10s).server(disconnect(ReasonCode::keep_alive_timeout)); },
       [](E& e) { keeps_alive(e).after(8s).server(disconnect(ReasonCode::keep_alive_timeout)); }},
      {"server/packet-before-connack",  //
       [](E& e) { e.client(e.connect()).client(wire::Pingreq{}).server(connack()).server(wire::Pingresp{}); },
       [](E& e) { e.client(e.connect()).client(wire::Pingreq{}).server(wire::Pingresp{}); }},
      {"server/connack-without-connect",  //
       [](E& e) { e.connected(); },       //
       [](E& e) { e.server(connack()); }},
      {"server/second-connack",      //
       [](E& e) { e.connected(); },  //
       [](E& e) { e.connected().server(connack()); }},
      {"server/session-present-after-clean-start",  //
       [](E& e) { e.client(e.connect_kept()).server(resumed()); }, [](E& e) { e.client(e.connect()).server(resumed()); }},
      {"server/session-present-without-session",
       [](E& e) {
         const auto assigned = with(connack(), prop::assigned_client_identifier, "new");
         e.client(wire::Connect{.version = e.version(), .clean_start = false}).server(e.v5() ? assigned : connack());
       },
       [](E& e) {
         const auto assigned = with(resumed(), prop::assigned_client_identifier, "new");
         e.client(wire::Connect{.version = e.version(), .clean_start = false}).server(e.v5() ? assigned : resumed());
       }},
      {"server/session-present-without-session",
       [](E& e) {
         wire::Connect again = e.connect();
         again.clean_start = false;
         e.connected().client(disconnect()).server_closes().next_connection().client(again).server(connack());
       },
       [](E& e) {
         wire::Connect again = e.connect();
         again.clean_start = false;
         e.connected().client(disconnect()).server_closes().next_connection().client(again).server(resumed());
       }},
      {"server/session-lost",  //
       [](E& e) { e.connected_kept().resumes(); },
       [](E& e) { e.connected_kept().client_closes().next_connection().client(e.connect_kept()).server(connack()); }},
      {"server/packet-after-refusal",
       [](E& e) { e.client(e.connect()).client(wire::Pingreq{}).server(connack(static_cast<ReasonCode>(e.v5() ? 0x87 : 5))); },
       [](E& e) {
         e.client(e.connect()).client(wire::Pingreq{}).server(connack(static_cast<ReasonCode>(e.v5() ? 0x87 : 5))).server(wire::Pingresp{});
       }},
      {"server/assigned-client-identifier-missing",
       [](E& e) { e.client(wire::Connect{.version = e.version()}).server(with(connack(), prop::assigned_client_identifier, "assigned")); },
       [](E& e) { e.client(wire::Connect{.version = e.version()}).server(connack()); }},
      {"server/assigned-client-identifier-in-use",
       [](E& e) {
         E other = e.another();
         other.client(wire::Connect{.version = e.version(), .client_id = "taken"}).server(connack());
         e.client(wire::Connect{.version = e.version()}).server(with(connack(), prop::assigned_client_identifier, "free"));
       },
       [](E& e) {
         E other = e.another();
         other.client(wire::Connect{.version = e.version(), .client_id = "taken"}).server(connack());
         e.client(wire::Connect{.version = e.version()}).server(with(connack(), prop::assigned_client_identifier, "taken"));
       }},
      {"server/assigned-client-identifier-in-use",
       [](E& e) {
         e.connected().client_closes().next_connection();
         e.client(wire::Connect{.version = e.version()}).server(with(connack(), prop::assigned_client_identifier, "client"));
       },
       [](E& e) {
         e.connected_kept().client_closes().next_connection();
         e.client(wire::Connect{.version = e.version()}).server(with(connack(), prop::assigned_client_identifier, "client"));
       }},
      {"server/unwanted-response-information",
       [](E& e) {
         e.client(with(e.connect(), prop::request_response_information, 1)).server(with(connack(), prop::response_information, "r"));
       },
       [](E& e) { e.client(e.connect()).server(with(connack(), prop::response_information, "r")); }},
      {"server/auth-without-method",  //
       [](E& e) { e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)); },
       [](E& e) { e.client(e.connect()).server(auth(ReasonCode::continue_authentication)); }},
      {"server/connack-with-unasked-authentication-method",
       [](E& e) { e.client(with_method(e)).server(with(connack(), prop::authentication_method, "M")); },
       [](E& e) { e.client(e.connect()).server(with(connack(), prop::authentication_method, "M")); }},
      {"server/other-authentication-method",
       [](E& e) { e.client(with_method(e)).server(with(connack(), prop::authentication_method, "M")); },
       [](E& e) { e.client(with_method(e)).server(with(connack(), prop::authentication_method, "N")); }},
      {"server/auth-before-connack-does-not-continue",
       [](E& e) { e.client(with_method(e)).server(auth(ReasonCode::continue_authentication)); },
       [](E& e) { e.client(with_method(e)).server(auth(ReasonCode::success)); }},
      {"server/unasked-auth",
       [](E& e) {
         e.client(with_method(e)).server(with(connack(), prop::authentication_method, "M"));
         e.client(auth(ReasonCode::reauthenticate)).server(auth(ReasonCode::success));
       },
       [](E& e) { e.client(with_method(e)).server(with(connack(), prop::authentication_method, "M")).server(auth(ReasonCode::success)); }},
      {"server/disconnect-before-connack",  //
       [](E& e) { e.connected().server(disconnect(ReasonCode::server_busy)); },
       [](E& e) { e.client(e.connect()).server(disconnect(ReasonCode::server_busy)); }},
      {"server/packet-after-disconnect",
       [](E& e) { e.connected().client(wire::Pingreq{}).server(wire::Pingresp{}).server(disconnect(ReasonCode::server_busy)); },
       [](E& e) { e.connected().client(wire::Pingreq{}).server(disconnect(ReasonCode::server_busy)).server(wire::Pingresp{}); }},
      {"server/unannounced-maximum-qos",
       [](E& e) {
         e.client(e.connect()).server(with(connack(), prop::maximum_qos, 1)).client(publish("a", "x").qos(2).packet_id(1));
         e.server(disconnect(ReasonCode::qos_not_supported));
       },
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(disconnect(ReasonCode::qos_not_supported)); }},
      {"server/topic-alias-refused",
       [](E& e) {
         e.client(e.connect()).server(with(connack(), prop::topic_alias_maximum, 5));
         e.client(publish("a", "x").property(prop::topic_alias, 6)).server(disconnect(ReasonCode::topic_alias_invalid));
       },
       [](E& e) {
         e.client(e.connect()).server(with(connack(), prop::topic_alias_maximum, 5));
         e.client(publish("a", "x").property(prop::topic_alias, 5)).server(disconnect(ReasonCode::topic_alias_invalid));
       }},
  };
}

std::vector<Example<E>> answers() {
  return {
      {"server/puback-without-publish",  //
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)).server(puback(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)).server(puback(2)); }},
      {"server/pubrec-without-publish",  //
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(2)); }},
      {"server/pubcomp-without-pubrel",
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).client(pubrel(1)).server(pubcomp(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).server(pubcomp(1)); }},
      {"server/pubcomp-denies-message",
       [](E& e) {  // after a new connection the server may have lost the state that it had
         e.connected_kept().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).resumes();
         e.client(pubrel(1)).server(pubcomp(1, ReasonCode::packet_identifier_not_found));
       },
       [](E& e) {
         e.connected().client(publish("a", "x").qos(2).packet_id(1)).server(pubrec(1)).client(pubrel(1));
         e.server(pubcomp(1, ReasonCode::packet_identifier_not_found));
       }},
      {"server/acknowledgement-for-other-qos",  //
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)).server(puback(1)); },
       [](E& e) { e.connected().client(publish("a", "x").qos(1).packet_id(1)).server(pubrec(1)); }},
      {"server/suback-without-subscribe",  //
       [](E& e) { e.connected().subscribed("a"); }, [](E& e) { e.connected().subscribed("a").server(suback(1, {ReasonCode::success})); }},
      {"server/granted-more-than-asked",  //
       [](E& e) { e.connected().client(subscribe(1, "a", QoS::at_least_once)).server(suback(1, {ReasonCode::granted_qos_1})); },
       [](E& e) { e.connected().client(subscribe(1, "a", QoS::at_least_once)).server(suback(1, {ReasonCode::granted_qos_2})); }},
      {"server/suback-code-count",  //
       [](E& e) { e.connected().subscribed("a"); },
       [](E& e) { e.connected().client(subscribe(1, "a")).server(suback(1, {ReasonCode::success, ReasonCode::success})); }},
      {"server/unsuback-without-unsubscribe",  //
       [](E& e) { e.connected().client(unsubscribe(1, {"a"})).server(e.unsuback(1)); },
       [](E& e) { e.connected().client(unsubscribe(1, {"a"})).server(e.unsuback(2)); }},
      {"server/unsuback-code-count",  //
       [](E& e) { e.connected().client(unsubscribe(1, {"a", "b"})).server(e.unsuback(1, 2)); },
       [](E& e) { e.connected().client(unsubscribe(1, {"a", "b"})).server(e.unsuback(1, 1)); }},
      {"server/unsuback-denies-subscription",
       [](E& e) {
         wire::Unsuback nothing = e.unsuback(3);
         nothing.reason_codes = {ReasonCode::no_subscription_existed};
         e.connected().subscribed("a").client(unsubscribe(2, {"a"})).server(e.unsuback(2)).client(unsubscribe(3, {"a"})).server(nothing);
       },
       [](E& e) {
         wire::Unsuback nothing = e.unsuback(2);
         nothing.reason_codes = {ReasonCode::no_subscription_existed};
         e.connected().subscribed("a").client(unsubscribe(2, {"a"})).server(nothing);
       }},
      {"server/pingresp-without-pingreq",  //
       [](E& e) { e.connected().client(wire::Pingreq{}).server(wire::Pingresp{}); },
       [](E& e) { e.connected().client(wire::Pingreq{}).server(wire::Pingresp{}).server(wire::Pingresp{}); }},
  };
}

std::vector<Example<E>> deliveries() {
  return {
      {"server/dup-on-first-delivery",  //
       [](E& e) { e.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)); },
       [](E& e) { e.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1).dup()); }},
      {"server/resent-without-dup",
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().subscribed("a").server(message).resumes().server(message.dup());
       },
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().subscribed("a").server(message).resumes().server(message);
       }},
      {"server/resent-with-other-qos",
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().subscribed("a").server(message).resumes().server(message.dup());
       },
       [](E& e) {
         const auto message = publish("a", "x").packet_id(1);
         e.connected_kept().subscribed("a").server(message.qos(2)).resumes().server(message.qos(1).dup());
       }},
      {"server/packet-identifier-in-use",
       [](E& e) {
         e.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(2));
       },
       [](E& e) {
         e.connected().subscribed("a").server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(1));
       }},
      {"server/resent-on-same-connection",
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected_kept().subscribed("a").server(message).resumes().server(message.dup());
       },
       [](E& e) {
         const auto message = publish("a", "x").qos(1).packet_id(1);
         e.connected().subscribed("a").server(message).server(message.dup());
       }},
      {"server/publish-after-pubrel", [](E& e) { received(e).server(pubrel(1)).resumes().server(pubrel(1)); },
       [](E& e) { received(e).server(pubrel(1)).resumes().server(publish("a", "x").qos(2).packet_id(1).dup()); }},
      {"server/pubrel-without-pubrec",               //
       [](E& e) { received(e).server(pubrel(1)); },  //
       [](E& e) { e.connected().subscribed("a").server(publish("a", "x").qos(2).packet_id(1)).server(pubrel(1)); }},
      {"server/resent-out-of-order",
       [](E& e) {
         const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(1).packet_id(2);
         e.connected_kept().subscribed("a").server(x).server(y).resumes().server(x.dup()).server(y.dup());
       },
       [](E& e) {
         const auto x = publish("a", "x").qos(1).packet_id(1), y = publish("a", "y").qos(1).packet_id(2);
         e.connected_kept().subscribed("a").server(x).server(y).resumes().server(y.dup()).server(x.dup());
       }},
      {"server/pubrel-out-of-order",
       [](E& e) { received(e).server(publish("a", "y").qos(2).packet_id(2)).client(pubrec(2)).server(pubrel(1)).server(pubrel(2)); },
       [](E& e) { received(e).server(publish("a", "y").qos(2).packet_id(2)).client(pubrec(2)).server(pubrel(2)).server(pubrel(1)); }},
      {"server/receive-maximum-exceeded",
       [](E& e) {
         e.client(with(e.connect(), prop::receive_maximum, 1)).server(connack()).subscribed("a");
         e.server(publish("a", "x").qos(1).packet_id(1)).client(puback(1)).server(publish("a", "y").qos(1).packet_id(2));
       },
       [](E& e) {
         e.client(with(e.connect(), prop::receive_maximum, 1)).server(connack()).subscribed("a");
         e.server(publish("a", "x").qos(1).packet_id(1)).server(publish("a", "y").qos(1).packet_id(2));
       }},
  };
}

std::vector<Example<E>> messages() {
  return {
      {"server/topic-not-subscribed",  //
       [](E& e) { e.connected().subscribed("a/+").server(publish("a/b", "x")); },
       [](E& e) { e.connected().subscribed("a/+").server(publish("a/b/c", "x")); }},
      {"server/wildcard-matched-dollar-topic",  //
       [](E& e) { e.connected().subscribed("$SYS/#").server(publish("$SYS/uptime", "1")); },
       [](E& e) { e.connected().subscribed("#").server(publish("$SYS/uptime", "1")); }},
      {"server/qos-above-granted",
       [](E& e) { e.connected().client(subscribe(1, "a", QoS::exactly_once)).server(publish("a", "x").qos(2).packet_id(1)); },
       [](E& e) { e.connected().subscribed("a", 1).server(publish("a", "x").qos(2).packet_id(1)); }},
      {"server/retain-on-live-message",
       [](E& e) { e.connected().subscribed("a").server(publish("a", "kept").retain()).server(publish("a", "live")); },
       [](E& e) { e.connected().subscribed("a").server(publish("a", "kept").retain()).server(publish("a", "live").retain()); }},
      {"server/unknown-subscription-identifier",
       [](E& e) {
         e.connected().client(with(subscribe(1, "a"), prop::subscription_identifier, 7));
         e.server(publish("a", "x").property(prop::subscription_identifier, 7));
       },
       [](E& e) {
         e.connected().client(with(subscribe(1, "a"), prop::subscription_identifier, 7));
         e.server(publish("a", "x").property(prop::subscription_identifier, 8));
       }},
      {"server/subscription-identifier-missing",
       [](E& e) {
         e.connected().client(with(subscribe(1, "a"), prop::subscription_identifier, 7)).subscribed("+", 0, 2).server(publish("a", "x"));
       },
       [](E& e) { e.connected().client(with(subscribe(1, "a"), prop::subscription_identifier, 7)).server(publish("a", "x")); }},
      {"server/topic-alias-not-allowed",  //
       [](E& e) { e.connected().subscribed("a").server(publish("a", "x")); },
       [](E& e) { e.connected().subscribed("a").server(publish("a", "x").property(prop::topic_alias, 1)); }},
      {"server/topic-alias-above-maximum",
       [](E& e) { e.client(with_aliases(e)).server(connack()).subscribed("a").server(publish("a", "x").property(prop::topic_alias, 5)); },
       [](E& e) { e.client(with_aliases(e)).server(connack()).subscribed("a").server(publish("a", "x").property(prop::topic_alias, 6)); }},
      {"server/topic-alias-unknown",
       [](E& e) {
         e.client(with_aliases(e)).server(connack()).subscribed("a");
         e.server(publish("a", "x").property(prop::topic_alias, 1)).server(publish("", "y").property(prop::topic_alias, 1));
       },
       [](E& e) { e.client(with_aliases(e)).server(connack()).subscribed("a").server(publish("", "y").property(prop::topic_alias, 1)); }},
  };
}

}  // namespace

std::vector<Example<ServerExchange>> server_examples() {
  std::vector<Example<E>> all;
  for (auto part : {general(), connecting(), answers(), deliveries(), messages()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace mqttspec::conduct::testing
