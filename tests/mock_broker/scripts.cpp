#include "tests/mock_broker/scripts.hpp"

#include "reference/wire/raw.hpp"
#include "tests/mock_broker/client.hpp"

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string_view>

namespace mqttspec::mock_broker::testing {
namespace {

namespace raw = wire::raw;
using raw::Builder;
using wire::Bytes;
using wire::PacketType;
using wire::Properties;

const std::string script_method = "SCRIPT";

/// Authentication whose every step a script decides: "right" and "wrong" end it, everything else makes it go on.
class ScriptAuthentication final : public Authentication {
 public:
  AuthenticationStep respond(const std::optional<std::string>& data) override {
    using enum AuthenticationStep::Outcome;
    if (data == "right") return {succeeded, "welcome"};
    if (data == "wrong") return {failed};
    return {continues, "go on"};
  }
};

class ScriptAuthenticator final : public Authenticator {
 public:
  std::string_view method() const override { return script_method; }
  std::unique_ptr<Authentication> begin() const override { return std::make_unique<ScriptAuthentication>(); }
};

BrokerSetup with_authenticator(BrokerSetup broker) {
  broker.configuration.authenticators.push_back(std::make_shared<ScriptAuthenticator>());
  return broker;
}

/// One script's broker, and what has been seen of it.
class Stage {
 public:
  Stage(BrokerSetup broker, ProtocolVersion version) : broker_(with_authenticator(std::move(broker))), version_(version) {}

  ProtocolVersion version() const { return version_; }
  bool five() const { return version_ == v5_0; }

  /// A connection under a name for the transcript.
  Client& open(const std::string& name) {
    look();
    return clients_.emplace_back(name, Client(broker_, version_)).second;
  }
  Client& join(ConnectOptions options) {
    Client& client = open(options.client_id);
    client.send(connect_packet(version_, std::move(options)));
    look();
    return client;
  }
  Client& join(std::string client_id) { return join({.client_id = std::move(client_id)}); }
  void pass(transport::Duration time) {
    broker_.pass(time);
    look();
  }
  void say(Client& client, const wire::Packet& packet) {
    client.send(packet);
    look();
  }
  void say(Client& client, const Bytes& bytes) {
    client.send_bytes(bytes);
    look();
  }
  void drop(Client& client) {
    client.vanish();
    look();
  }

  /// Acknowledges everything that a client has got, as a good client does, until nothing more comes.
  void acknowledge(Client& client) {
    for (auto packets = std::exchange(unanswered_[&client], {}); !packets.empty(); packets = std::exchange(unanswered_[&client], {}))
      for (const auto& packet : packets)
        if (const auto answer = answer_to(packet)) say(client, *answer);
  }

  std::string transcript() {
    look();
    return std::move(transcript_);
  }

 private:
  void look() {
    for (auto& [name, client] : clients_) write_down(name, client, client.received_bytes());
  }

  void write_down(const std::string& name, Client& client, const Bytes& bytes) {
    if (!bytes.empty()) transcript_ += name + " < " + std::to_string(bytes.size()) + ": " + wire::hex(bytes, 4'000) + "\n";
    if (client.is_closed() && closed_.insert(&client).second) transcript_ += name + " closed\n";
    if (bytes.empty()) return;
    wire::ByteView input = bytes;
    FrameSplitter splitter(wire::maximum_packet_size);
    while (auto frame = splitter.next(input))
      if (auto packet = wire::decode(frame->bytes, {.from = wire::Direction::server_to_client, .version = version_}))
        unanswered_[&client].push_back(std::move(*packet));
  }

  static std::optional<wire::Packet> answer_to(const wire::Packet& packet) {
    if (const auto* message = std::get_if<wire::Publish>(&packet)) {
      if (message->qos == QoS::at_least_once) return wire::Puback{.packet_id = *message->packet_id};
      if (message->qos == QoS::exactly_once) return wire::Pubrec{.packet_id = *message->packet_id};
    }
    if (const auto* released = std::get_if<wire::Pubrel>(&packet)) return wire::Pubcomp{.packet_id = released->packet_id};
    return std::nullopt;
  }

  TestBroker broker_;
  ProtocolVersion version_;
  std::deque<std::pair<std::string, Client>> clients_;
  std::set<const Client*> closed_;
  std::map<const Client*, std::vector<wire::Packet>> unanswered_;
  std::string transcript_;
};

wire::Will will_with(Properties properties = {}, QoS qos = QoS::exactly_once, bool retain = false) {
  return {.topic = "will", .payload = "last words", .qos = qos, .retain = retain, .properties = std::move(properties)};
}

PublishBuilder message(int qos, std::uint16_t id, std::string topic = "a", std::string payload = "x") {
  const auto built = publish(std::move(topic), std::move(payload)).qos(qos);
  return qos == 0 ? built : built.packet_id(id);
}

// ---------------------------------------------------------------------------------------------------------------- connecting

void handshakes(Stage& s) {
  s.say(s.open("ping first"), wire::Pingreq{});
  Client& late = s.open("publish first");
  s.say(late, publish("a", "x"));
  s.say(late, connect_packet(s.version(), {.client_id = "late"}));
  Client& twice = s.join("twice");
  s.say(twice, connect_packet(s.version(), {.client_id = "twice"}));
  s.say(twice, wire::Pingreq{});
  s.say(twice, wire::Pingreq{});
  s.join(std::string(23, 'a'));
  s.join("Zebra");
  s.join("q");
  s.join("Same");
  s.join("same");
  s.join("one-twenty-two-charact-1");
  s.join("one-twenty-two-charact-2");
  s.join({.client_id = ""});
  s.join({.client_id = ""});
  s.join(kept(""));
  s.join("\xEF\xBB\xBFsame");
  s.pass(1min);
}

void credentials(Stage& s) {
  Client& watcher = s.join({.client_id = "watcher", .user_name = "mqttspec", .password = "secret"});
  s.say(watcher, subscribe(1, "#"));
  Client& stranger = s.join({.client_id = "stranger", .user_name = "mqttspec", .password = "wrong"});
  s.say(stranger, publish("a", "sneaked in"));
  s.join({.client_id = "method", .properties = Properties().set(prop::authentication_method, "X")});
  s.join({.client_id = "will", .will = will_with({}, QoS::exactly_once, true)});
}

void odd_connects(Stage& s) {
  const Bytes good = wire::encode(connect_packet(s.version(), {.client_id = "odd"}), s.version());
  constexpr std::size_t name_at = 4;
  constexpr std::size_t level_at = 8;
  constexpr std::size_t flags_at = 9;
  const auto offer = [&](const std::string& name, const Bytes& bytes) {
    Client& client = s.open(name);
    s.say(client, bytes);
    s.say(client, good);
    s.say(client, wire::Pingreq{});
  };
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, "#"));
  offer("name", raw::with_byte(good, name_at, 'W'));
  Bytes level = raw::with_byte(good, level_at, 9);
  offer("level", level);
  wire::encode(publish("a", "behind"), s.version(), level);
  offer("level and a message", level);
  offer("reserved", raw::with_byte(good, flags_at, 0x03));
  offer("will qos 3", raw::with_byte(good, flags_at, 0x1E));
  offer("will qos", raw::with_byte(good, flags_at, 0x0A));
  offer("will retain", raw::with_byte(good, flags_at, 0x22));
  offer("flags", raw::with_flags(good, 1));
  const Bytes no_properties = s.five() ? Bytes{0} : Bytes{};
  const auto connect_with = [&](std::uint8_t flags, std::string_view id, auto add) {
    Builder body;
    body.string("MQTT").byte(static_cast<std::uint8_t>(s.version())).byte(flags).two_bytes(0).bytes(no_properties).string(id);
    add(body);
    return raw::packet(PacketType::connect, 0, body);
  };
  offer("will qos 3 with will", connect_with(0x1E, "odd", [&](Builder& b) { b.bytes(no_properties).string("w").string("x"); }));
  offer("user name missing", connect_with(0x82, "odd", [](Builder&) {}));
  offer("will topic", connect_with(0x06, "odd", [&](Builder& b) { b.bytes(no_properties).string("w\xFF").string("x"); }));
  offer("password", connect_with(0x42, "odd", [](Builder& b) { b.string("secret"); }));
  offer("user name without flag", connect_with(0x02, "odd", [](Builder& b) { b.string("mqttspec"); }));
  offer("password without flag", connect_with(0x82, "odd", [](Builder& b) { b.string("mqttspec").string("secret"); }));
  offer("ill-formed", connect_with(0x02, "o\xFF", [](Builder&) {}));
  offer("null", connect_with(0x02, std::string_view("o\0d", 3), [](Builder&) {}));
  offer("trailing", connect_with(0x02, "odd", [](Builder& b) { b.byte(0); }));
  const auto will_with_topic = [&](std::string_view topic, const Bytes& properties) {
    return connect_with(0x06, "odd", [&](Builder& b) { b.bytes(properties).string(topic).string("x"); });
  };
  offer("will topic empty", will_with_topic("", no_properties));
  offer("will topic with wildcard", will_with_topic("w/+", no_properties));
  Builder cut;
  cut.string("MQTT").byte(static_cast<std::uint8_t>(s.version())).byte(2).two_bytes(0).bytes(no_properties).two_bytes(9).text("cut");
  offer("client identifier cut", raw::packet(PacketType::connect, 0, cut));
  if (!s.five()) return;
  offer("will format", will_with_topic("w", {2, 0x01, 2}));
  offer("will delays", will_with_topic("w", {10, 0x18, 0, 0, 0, 1, 0x18, 0, 0, 0, 1}));
  const auto without_properties = [] { return Builder().string("MQTT").byte(5).byte(2).two_bytes(0); };
  offer("property length missing", raw::packet(PacketType::connect, 0, without_properties()));
  offer("properties cut", raw::packet(PacketType::connect, 0, without_properties().byte(100)));
  for (const Properties& properties :
       {Properties().set(prop::request_response_information, 2),
        Properties().add(prop::authentication_method, "a").add(prop::authentication_method, "b"),
        Properties().set(prop::receive_maximum, 0), Properties().set(prop::maximum_packet_size, 0),
        Properties().set(prop::request_problem_information, 2), Properties().set(prop::content_type, "x"),
        Properties().set(prop::authentication_data, "x"), Properties().add(prop::receive_maximum, 5).add(prop::receive_maximum, 6)})
    s.join({.client_id = "property", .properties = properties});
}

void keep_alives(Stage& s) {
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, "will", QoS::exactly_once));
  s.join({.client_id = "silent", .keep_alive = 4, .will = will_with()});
  Client& pinging = s.join({.client_id = "pinging", .keep_alive = 4});
  Client& talking = s.join({.client_id = "talking", .keep_alive = 4});
  s.join({.client_id = "never", .keep_alive = 0});
  for (int i = 0; i < 5; ++i) {
    s.pass(3s);
    s.say(pinging, wire::Pingreq{});
    s.say(talking, publish("b", "alive"));
  }
  s.pass(5min);
}

void takeovers(Stage& s) {
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, "will"));
  auto options = kept("same");
  options.will = will_with();
  s.join(options);
  s.join(kept("same"));
  Client& third = s.join("same");
  s.say(third, wire::Pingreq{});
}

// ---------------------------------------------------------------------------------------------------------------- authentication

wire::Auth auth(ReasonCode code, const std::string& data, const std::string& method = script_method) {
  return {.reason_code = code, .properties = Properties().set(prop::authentication_method, method).set(prop::authentication_data, data)};
}

void authentications(Stage& s) {
  if (!s.five()) return;
  const auto begin = [&](const std::string& name, Properties more = {}) -> Client& {
    auto properties = std::move(more);
    properties.set(prop::authentication_method, script_method);
    return s.join({.client_id = name, .properties = std::move(properties)});
  };
  const auto proved = [&](const std::string& name, Properties more = {}) -> Client& {
    Client& client = begin(name, std::move(more));
    s.say(client, auth(ReasonCode::continue_authentication, "right"));
    return client;
  };
  s.say(begin("wrong"), auth(ReasonCode::continue_authentication, "wrong"));
  s.say(begin("other code"), auth(ReasonCode::reauthenticate, "right"));
  s.say(begin("other method"), auth(ReasonCode::continue_authentication, "right", "OTHER"));
  s.say(begin("early"), publish("a", "x"));
  Client& again = proved("again");
  s.say(again, auth(ReasonCode::reauthenticate, "more"));
  s.say(again, auth(ReasonCode::continue_authentication, "right"));
  s.say(proved("again and wrong"), auth(ReasonCode::reauthenticate, "wrong"));
  s.say(proved("again by another"), auth(ReasonCode::reauthenticate, "right", "OTHER"));
  s.say(s.join("unasked"), auth(ReasonCode::reauthenticate, "right"));
  proved("small", Properties().set(prop::maximum_packet_size, 60));
}

void forbidden_topics(Stage& s) {
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, {{.topic_filter = "#"}, {.topic_filter = "mqttspec/forbidden/subscribe"}}));
  Client& publisher = s.join("publisher");
  for (int qos = 0; qos <= 2; ++qos) {
    s.say(publisher, message(qos, 1, "mqttspec/forbidden/publish"));
    s.say(publisher, message(qos, 1, "allowed"));
    s.say(publisher, pubrel(1));
  }
  s.join(std::string(30, 'z'));
}

/// Everything that may be explained, to a client that takes small packets.
void explanations(Stage& s) {
  if (!s.five()) return;
  const auto small = [&](const std::string& name) -> Client& {
    return s.join({.client_id = name, .properties = Properties().set(prop::maximum_packet_size, 60)});
  };
  Client& client = small("client");
  s.say(client, subscribe(1, "a", QoS::exactly_once));
  s.say(client, unsubscribe(2, {"nothing"}));
  s.say(client, message(1, 1));
  s.say(client, message(2, 2));
  s.say(client, pubrel(2));
  s.acknowledge(client);
  s.say(client, connect_packet(s.version(), {.client_id = "client"}));
}

// ---------------------------------------------------------------------------------------------------------------- sessions and wills

void kept_sessions(Stage& s) {
  Client& first = s.join(kept("kept"));
  s.say(first,
        subscribe(1, {{.topic_filter = "a", .maximum_qos = QoS::exactly_once}, {.topic_filter = "b", .maximum_qos = QoS::at_least_once}}));
  Client& publisher = s.join("publisher");
  for (std::uint16_t i = 1; i <= 3; ++i) s.say(publisher, message(1 + i % 2, i, "a", "in flight " + std::to_string(i)));
  s.drop(first);
  for (std::uint16_t i = 4; i <= 6; ++i) s.say(publisher, message(1 + i % 2, i, "a", "queued " + std::to_string(i)));
  s.say(publisher, message(0, 0));
  Client& second = s.join(kept("kept"));
  s.acknowledge(second);
  s.say(publisher, message(2, 7, "a", "released"));
  s.say(second, pubrec(7));
  s.drop(second);
  Client& third = s.join(kept("kept"));
  s.acknowledge(third);
  s.drop(third);
  s.say(publisher, message(1, 8, "a", "lost"));
  Client& clean = s.join("kept");
  s.say(publisher, message(1, 9, "a", "nobody's"));
  s.drop(clean);
  s.say(publisher, message(1, 10, "a", "nobody's"));
  s.join(kept("kept"));
  s.join(kept("Kept"));
}

void session_expiry(Stage& s) {
  if (!s.five()) return;
  const ConnectOptions options{.client_id = "a", .clean_start = false, .properties = Properties().set(prop::session_expiry_interval, 10)};
  s.drop(s.join(options));
  s.pass(5s);
  Client& again = s.join(options);
  s.drop(again);
  s.pass(11s);
  Client& last = s.join(options);
  s.say(last, wire::Disconnect{.properties = Properties().set(prop::session_expiry_interval, 0)});
  s.join(options);
  Client& raising = s.join({.client_id = "b"});
  s.say(raising, wire::Disconnect{.properties = Properties().set(prop::session_expiry_interval, 5)});
}

void wills(Stage& s) {
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, {{.topic_filter = "will", .maximum_qos = QoS::exactly_once}}));
  const auto with = [](std::string id, wire::Will will) {
    auto options = kept(std::move(id));
    options.will = std::move(will);
    return options;
  };
  s.drop(s.join(with("dropped", will_with())));
  s.drop(s.join(kept("dropped")));
  s.say(s.join(with("wrong", will_with())), Bytes{0xF5, 0x00});
  s.say(s.join(with("leaving", will_with())), wire::Disconnect{});
  s.drop(s.join(with("retained", will_with({}, QoS::at_least_once, true))));
  auto silent = with("empty", will_with());
  silent.will->payload = "";
  s.drop(s.join(silent));
  s.say(s.join("late"), subscribe(1, "will", QoS::at_least_once));
  if (!s.five()) return;
  s.drop(s.join(with("properties", will_with(Properties()
                                                 .set(prop::payload_format_indicator, 1)
                                                 .set(prop::message_expiry_interval, 60)
                                                 .set(prop::content_type, "text")
                                                 .set(prop::response_topic, "answers")
                                                 .set(prop::correlation_data, "42")
                                                 .add(prop::user_property, {"b", "1"})
                                                 .add(prop::user_property, {"a", "2"})))));
  s.say(s.join(with("0x04", will_with())), wire::Disconnect{.reason_code = ReasonCode::disconnect_with_will_message});
  const auto delayed = [&](std::string id, std::uint32_t delay, std::uint32_t expiry) {
    auto options = with(std::move(id), will_with(Properties().set(prop::will_delay_interval, delay)));
    options.properties.set(prop::session_expiry_interval, expiry);
    return options;
  };
  s.drop(s.join(delayed("delayed", 10, 100)));
  s.pass(20s);
  s.drop(s.join(delayed("back", 10, 100)));
  s.join(kept("back"));
  s.drop(s.join(delayed("expiring", 100, 10)));
  s.pass(200s);
}

// ---------------------------------------------------------------------------------------------------------------- subscriptions and
// matching

void subscriptions(Stage& s) {
  Client& publisher = s.join("publisher");
  Client& client = s.join("client");
  s.say(client, subscribe(7, {{.topic_filter = "a", .maximum_qos = QoS::at_most_once},
                              {.topic_filter = "b", .maximum_qos = QoS::at_least_once},
                              {.topic_filter = "c/#", .maximum_qos = QoS::exactly_once}}));
  for (const char* topic : {"a", "b", "c/d"}) s.say(publisher, message(2, 1, topic)), s.say(publisher, pubrel(1));
  s.say(client, subscribe(8, "c/d", QoS::at_most_once));
  s.say(client, subscribe(9, "b", QoS::exactly_once));
  for (const char* topic : {"b", "c/d"}) s.say(publisher, message(2, 1, topic)), s.say(publisher, pubrel(1));
  s.say(client, unsubscribe(10, {"+", "nothing"}));
  s.say(client, unsubscribe(11, {"nothing"}));
  s.say(publisher, message(0, 0, "a"));
  s.say(client, unsubscribe(12, {"nothing", "a", "b"}));
  s.say(client, unsubscribe(13, {"c/#", "c/d"}));
  for (const char* topic : {"a", "b", "c/d"}) s.say(publisher, message(0, 0, topic));
  s.acknowledge(client);
  s.say(client, subscribe(16, "a"));
  s.say(publisher, message(0, 0, "a", "again"));
  Client& leaving = s.join(kept("leaving"));
  s.say(leaving, subscribe(14, "f", QoS::exactly_once));
  s.say(publisher, message(2, 3, "f"));
  s.say(leaving, unsubscribe(15, {"f"}));
  s.drop(leaving);
  s.acknowledge(s.join(kept("leaving")));
}

void subscription_options(Stage& s) {
  if (!s.five()) return;
  Client& client = s.join("client");
  const auto with_identifier = [](std::uint32_t identifier, wire::Subscription subscription) {
    return wire::Subscribe{.packet_id = wire::PacketId(3),
                           .subscriptions = {std::move(subscription)},
                           .properties = Properties().set(prop::subscription_identifier, identifier)};
  };
  s.say(client, subscribe(1, {{.topic_filter = "own", .no_local = true}}));
  s.say(client, message(0, 0, "own"));
  s.say(client, subscribe(2, {{.topic_filter = "published", .retain_as_published = true}}));
  s.say(client, message(0, 0, "published").retain());
  s.say(client, with_identifier(5, {.topic_filter = "i/#"}));
  s.say(client, with_identifier(6, {.topic_filter = "i/+"}));
  s.say(client, message(0, 0, "i/j"));
  s.say(client, message(0, 0, "r").retain());
  for (const auto handling : {wire::RetainHandling::do_not_send, wire::RetainHandling::send_if_new, wire::RetainHandling::send})
    for (const char* filter : {"r", "+"}) s.say(client, subscribe(4, {{.topic_filter = filter, .retain_handling = handling}}));
}

void shares(Stage& s) {
  if (!s.five()) return;
  Client& publisher = s.join("publisher");
  s.say(publisher, message(0, 0, "x", "old").retain());
  Client& a = s.join("a");
  Client& b = s.join("b");
  Client& away = s.join(kept("away"));
  for (Client* member : {&a, &b, &away}) s.say(*member, subscribe(1, "$share/g/x", QoS::at_least_once));
  s.drop(away);
  for (std::uint16_t i = 1; i <= 3; ++i) s.say(publisher, message(2, i, "x", std::to_string(i)));
  s.say(a, puback(1, ReasonCode::unspecified_error));
  s.say(a, subscribe(2, "$share/h/y", QoS::exactly_once));
  s.say(publisher, message(2, 9, "y"));
  s.say(b, subscribe(2, "$share/h/y", QoS::exactly_once));
  s.drop(a);
  Client& kept_member = s.join(kept("member"));
  s.say(kept_member, subscribe(1, "$share/k/z", QoS::exactly_once));
  s.say(publisher, message(2, 10, "z"));
  s.drop(kept_member);
  s.join(kept("member"));
}

void matches(Stage& s) {
  const char* filters[] = {"sport/#",
                           "#",
                           "+",
                           "+/+",
                           "sport/+",
                           "sport/+/player",
                           "+/tennis/#",
                           "+/monitor",
                           "$SYS/#",
                           "$SYS/+",
                           "$mine",
                           "/finance",
                           "finance",
                           "finance/",
                           "a//b",
                           "a/b",
                           "ACCOUNTS",
                           "a.b",
                           " a",
                           "a",
                           "a/+/b/#",
                           "A\xCC\x8A",
                           "/+",
                           ("\xEF\xBB\xBF"
                            "a"),
                           "+/#",
                           "x/+/y/+",
                           "\u00C4",
                           "\uFF21",
                           "%41",
                           "\\A",
                           "q/ a",
                           "q/a/../b",
                           "a*",
                           "sport/football/#",
                           "a/sport/#"};
  const char* names[] = {"sport",
                         "sport/",
                         "sport/tennis",
                         "sport/tennis/player",
                         "/finance",
                         "finance",
                         "finance/",
                         "$mine",
                         "$mine/monitor",
                         "$SYS/monitor",
                         "a//b",
                         "a/b",
                         "accounts",
                         "a.b",
                         "a ",
                         "a",
                         "a/c/b/d",
                         "\xC3\x85",
                         "a/$b",
                         "x//y/",
                         "\u00E4",
                         "A",
                         "q/a",
                         "q/b",
                         "b",
                         "ab",
                         "a/b/sport/tennis",
                         "sport/player",
                         "sport/tennis/other",
                         ("\xEF\xBB\xBF"
                          "a")};
  Client& publisher = s.join("publisher");
  for (const char* filter : filters) s.say(s.join("f" + std::string(filter)), subscribe(1, filter));
  for (const char* name : names) s.say(publisher, message(0, 0, name, name));
  Client& both = s.join("long");
  s.say(both, subscribe(1, std::string(100, 'n') + "1"));
  s.say(publisher, message(0, 0, std::string(100, 'n') + "2"));
}

// ---------------------------------------------------------------------------------------------------------------- messages

void flows(Stage& s) {
  Client& publisher = s.join("publisher");
  Client& subscriber = s.join("subscriber");
  s.say(subscriber, subscribe(1, "#", QoS::exactly_once));
  s.say(publisher, subscribe(1, "own"));
  s.say(publisher, message(0, 0, "own", "zero"));
  for (std::uint16_t i = 1; i <= 3; ++i) s.say(publisher, message(1, i, "a", "one " + std::to_string(i)));
  s.say(publisher, message(1, 1, "a", "one again").dup());
  for (int repeat = 0; repeat < 2; ++repeat) {
    s.say(publisher, message(2, 5, "a", "two " + std::to_string(repeat)));
    s.say(publisher, message(2, 5, "a", "two " + std::to_string(repeat)).dup());
    s.say(publisher, pubrel(5));
    s.say(publisher, pubrel(5));
  }
  s.say(publisher, message(2, 6, "a", "first dup").dup());
  s.say(publisher, message(0, 0, "a", ""));
  s.say(publisher, message(0, 0, "A/B", std::string("bin\0\xFF", 5)));
  s.say(publisher, message(0, 0,
                           "\xEF\xBB\xBF"
                           "a",
                           std::string(70'000, 'x')));
  s.acknowledge(subscriber);
  s.say(subscriber, pubrec(2'000));
  s.pass(5s);
  Client& other = s.join("other");
  s.say(other, subscribe(1, {{.topic_filter = "#"}, {.topic_filter = "a", .maximum_qos = QoS::at_least_once}}));
  for (int qos = 0; qos <= 2; ++qos) s.say(publisher, message(qos, 20, "a", "lower"));
  s.say(other, subscribe(2,
                         "\xEF\xBB\xBF"
                         "b"));
}

void unacknowledged(Stage& s) {
  Client& publisher = s.join("publisher");
  Client& subscriber = s.join(kept("subscriber"));
  s.say(subscriber, subscribe(1, "a", QoS::exactly_once));
  s.say(publisher, message(1, 1, "a", "1"));
  s.say(publisher, message(2, 2, "a", "2"));
  s.pass(10s);
  s.say(subscriber, puback(1));
  s.say(publisher, message(1, 3, "a", "3"));
  s.drop(subscriber);
  s.pass(10s);
  Client& again = s.join(kept("subscriber"));
  s.say(again, pubrec(2, s.five() ? ReasonCode::unspecified_error : ReasonCode::success));
  s.acknowledge(again);
  Client& halfway = s.join(kept("publisher 2"));
  s.say(halfway, message(2, 4, "a", "4"));
  s.drop(halfway);
  s.say(s.join(kept("publisher 2")), message(2, 4, "a", "4").dup());
}

void retained_messages(Stage& s) {
  Client& publisher = s.join("publisher");
  Client& live = s.join("live");
  s.say(live, subscribe(1, "#", QoS::exactly_once));
  s.say(publisher, message(1, 1, "r/1", "old").retain());
  s.say(publisher, message(2, 2, "r/2", "two").retain());
  s.say(publisher, message(0, 0, "r/1", "new").retain());
  s.say(publisher, message(0, 0, "r/2", "not retained"));
  s.say(publisher, message(0, 0, "r/3", "not retained"));
  s.say(publisher, message(1, 3, "r/4", "cleared").retain());
  s.say(publisher, message(0, 0, "r/4", "").retain());
  s.say(publisher, message(0, 0, "r/5", "").retain());
  s.say(publisher, message(1, 4, "r/6", "one").retain());
  s.say(publisher, message(1, 5, "r/6", "one more").retain());
  s.say(publisher, wire::Disconnect{});
  Client& late = s.join("late");
  s.say(late, subscribe(1, "r/+", QoS::exactly_once));
  s.say(late, subscribe(2, {{.topic_filter = "r/1"}, {.topic_filter = "r/2"}, {.topic_filter = "r/3"}}));
  s.say(late, subscribe(3, "r/1"));
}

void properties_of_messages(Stage& s) {
  if (!s.five()) return;
  Client& publisher = s.join("publisher");
  Client& subscriber = s.join(kept("subscriber"));
  s.say(subscriber, subscribe(1, "#", QoS::exactly_once));
  s.say(publisher, message(0, 0)
                       .property(prop::payload_format_indicator, 1)
                       .property(prop::user_property, {"b", "1"})
                       .property(prop::user_property, {"a", "2"})
                       .property(prop::user_property, {"b", "3"})
                       .property(prop::content_type, "text")
                       .property(prop::response_topic, "answers")
                       .property(prop::correlation_data, std::string("4\0"
                                                                     "2",
                                                                     3))
                       .property(prop::message_expiry_interval, 100));
  s.say(publisher, message(2, 1, "a", "sent").property(prop::message_expiry_interval, 5));
  s.drop(subscriber);
  s.say(publisher, message(1, 2, "a", "short").property(prop::message_expiry_interval, 5));
  s.say(publisher, message(1, 3, "a", "long").property(prop::message_expiry_interval, 100));
  s.say(publisher, message(0, 0, "r", "short").retain().property(prop::message_expiry_interval, 5));
  s.pass(10s);
  s.say(publisher, pubrel(1));
  Client& again = s.join(kept("subscriber"));
  s.say(again, subscribe(2, "r"));
}

void limits_of_the_client(Stage& s) {
  if (!s.five()) return;
  Client& publisher = s.join("publisher");
  auto options = kept("small");
  options.properties.set(prop::receive_maximum, 1).set(prop::maximum_packet_size, 60).set(prop::request_problem_information, 0);
  Client& small = s.join(options);
  s.say(small, subscribe(1, "#", QoS::exactly_once));
  s.say(publisher, message(1, 1, "a", std::string(100, 'x')));
  for (std::uint16_t i = 2; i <= 4; ++i) s.say(publisher, message(1, i, "a", std::to_string(i)));
  s.say(small, wire::Pingreq{});
  s.acknowledge(small);
  Client& aliases = s.join({.client_id = "aliases", .properties = Properties().set(prop::topic_alias_maximum, 1)});
  s.say(aliases, subscribe(1, "#"));
  for (const char* topic : {"t/1", "t/1", "t/2"}) s.say(publisher, message(0, 0, topic));
}

void limits_of_the_server(Stage& s) {
  if (!s.five()) return;
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, "#"));
  Client& eager = s.join("eager");
  for (std::uint16_t i = 1; i <= 40; ++i) s.say(eager, message(2, i));
  s.say(s.join("retaining"), message(0, 0).retain());
  s.say(s.join("alias 10"), message(0, 0).property(prop::topic_alias, 10));
  s.say(s.join("alias 11"), message(0, 0).property(prop::topic_alias, 11));
  Client& first = s.join(kept("alias"));
  s.say(first, message(0, 0).property(prop::topic_alias, 1));
  s.drop(first);
  s.say(s.join(kept("alias")), message(0, 0, "").property(prop::topic_alias, 1));
}

// ---------------------------------------------------------------------------------------------------------------- invalid packets

void invalid_packets(Stage& s) {
  const auto with_properties = [&](Builder builder) { return s.five() ? builder.byte(0) : builder; };
  const auto subscribe_with = [&](std::string_view filter, std::uint8_t options) {
    return raw::packet(PacketType::subscribe, 2, with_properties(Builder().two_bytes(1)).string(filter).byte(options));
  };
  const auto encoded = [&](const wire::Packet& packet) { return wire::encode(packet, s.version()); };
  std::vector<Bytes> invalid = {
      raw::with_flags(encoded(subscribe(1, "a")), 0),
      raw::with_flags(encoded(unsubscribe(1, {"a"})), 0),
      raw::with_flags(encoded(pubrel(1)), 0),
      raw::with_flags(encoded(puback(1)), 1),
      raw::with_flags(encoded(pubrec(1)), 1),
      raw::with_flags(encoded(pubcomp(1)), 1),
      raw::with_flags(encoded(wire::Pingreq{}), 1),
      raw::with_flags(encoded(wire::Disconnect{}), 1),
      raw::with_flags(encoded(message(2, 1)), 0x06),
      raw::with_flags(encoded(message(0, 0)), 0x08),
      Bytes{0xC0, 0x80, 0x80, 0x80, 0x80, 0x00},
      raw::packet(PacketType::pingreq, 0, Builder().byte(0)),
      encoded(message(0, 0, "a\xFF")),
      encoded(message(0, 0, std::string("a\0b", 3))),
      encoded(message(0, 0, "a/+")),
      encoded(message(0, 0, "")),
      raw::packet(PacketType::publish, 2, with_properties(Builder().string("a").two_bytes(0))),
      subscribe_with("a", 3),
      subscribe_with("a", 0x40),
      subscribe_with("", 0),
      subscribe_with("a\xFF", 0),
      subscribe_with(std::string_view("a\0b", 3), 0),
      subscribe_with("a/#/b", 0),
      subscribe_with("a+", 0),
      raw::packet(PacketType::subscribe, 2, with_properties(Builder().two_bytes(1))),
      raw::packet(PacketType::subscribe, 2, with_properties(Builder().two_bytes(0)).string("a").byte(0)),
      raw::packet(PacketType::unsubscribe, 2, with_properties(Builder().two_bytes(1))),
      raw::packet(PacketType::unsubscribe, 2, with_properties(Builder().two_bytes(0)).string("a")),
      raw::packet(PacketType::unsubscribe, 2, with_properties(Builder().two_bytes(1)).string("a\xFF")),
      raw::packet(PacketType::pubrel, 2, Builder().two_bytes(0)),
      raw::packet(PacketType::publish, 0, Builder()),
      raw::packet(PacketType::publish, 0, Builder().two_bytes(9).text("cut")),
      raw::packet(PacketType::publish, 2, Builder().string("a")),
      raw::packet(PacketType::subscribe, 2, Builder()),
      raw::packet(PacketType::subscribe, 2, with_properties(Builder().two_bytes(1)).two_bytes(9).text("cut")),
      raw::packet(PacketType::subscribe, 2, with_properties(Builder().two_bytes(1)).string("a")),
      raw::packet(PacketType::unsubscribe, 2, Builder()),
      raw::packet(PacketType::unsubscribe, 2, with_properties(Builder().two_bytes(1)).two_bytes(9).text("cut")),
      raw::packet(PacketType::unsuback, 0, with_properties(Builder().two_bytes(1)).bytes(s.five() ? Bytes{0} : Bytes{})),
  };
  for (const auto type : {PacketType::puback, PacketType::pubrec, PacketType::pubrel, PacketType::pubcomp})
    invalid.push_back(raw::packet(type, type == PacketType::pubrel ? 2 : 0, Builder().byte(1)));
  if (s.five()) {
    const wire::Packet more[] = {
        message(0, 0).property(prop::subscription_identifier, 1),
        message(0, 0).property(prop::topic_alias, 0),
        message(0, 0).property(prop::response_topic, "a/#"),
        message(0, 0).property(prop::payload_format_indicator, 2),
        message(0, 0).property(prop::content_type, "a").property(prop::content_type, "b"),
        message(0, 0).property(prop::receive_maximum, 1),
        wire::Subscribe{.packet_id = wire::PacketId(1),
                        .subscriptions = {{.topic_filter = "a"}},
                        .properties = Properties().set(prop::subscription_identifier, 0)},
        wire::Subscribe{.packet_id = wire::PacketId(1),
                        .subscriptions = {{.topic_filter = "a"}},
                        .properties = Properties().add(prop::subscription_identifier, 1).add(prop::subscription_identifier, 2)},
        wire::Disconnect{.reason_code = ReasonCode{0x42}},
        wire::Auth{.reason_code = ReasonCode::reauthenticate, .properties = Properties().set(prop::authentication_method, "X")},
    };
    for (const auto& packet : more) invalid.push_back(encoded(packet));
    for (const auto type : {PacketType::puback, PacketType::pubrec, PacketType::pubrel, PacketType::pubcomp})
      invalid.push_back(raw::packet(type, type == PacketType::pubrel ? 2 : 0, Builder().two_bytes(1).byte(0x8E)));
    for (const char* filter : {"$share//a", "$share/a+/b", "$share/g", "$share/g/"}) invalid.push_back(subscribe_with(filter, 0));
    invalid.push_back(subscribe_with("$share/g/a", 0x04));
    invalid.push_back(subscribe_with("a", 0x30));
    const auto publish_with = [](const Builder& properties) {
      return raw::packet(PacketType::publish, 0, Builder().string("a").properties(properties).text("x"));
    };
    using enum wire::PropertyId;
    invalid.push_back(publish_with(Builder().property(response_topic).string("a\xFF")));
    invalid.push_back(publish_with(Builder().property(content_type).string("a\xFF")));
    invalid.push_back(publish_with(Builder().property(user_property).string("a\xFF").string("b")));
    invalid.push_back(publish_with(Builder().byte(0x7F).byte(0)));
    invalid.push_back(raw::packet(PacketType::publish, 0, Builder().string("a")));
    invalid.push_back(raw::packet(PacketType::publish, 0, Builder().string("a").byte(9).byte(1)));
    invalid.push_back(raw::packet(PacketType::publish, 0, Builder().string("a").variable_byte_integer(0, 2)));
    invalid.push_back(raw::packet(PacketType::subscribe, 2, Builder().two_bytes(1)));
    const auto identifier = Builder().property(subscription_identifier).variable_byte_integer(1, 2);
    invalid.push_back(raw::packet(PacketType::subscribe, 2, Builder().two_bytes(1).properties(identifier).string("a").byte(0)));
    const auto misplaced = Builder().property(topic_alias).two_bytes(1);
    invalid.push_back(raw::packet(PacketType::subscribe, 2, Builder().two_bytes(1).properties(misplaced).string("a").byte(0)));
    invalid.push_back(raw::packet(PacketType::unsubscribe, 2, Builder().two_bytes(1).properties(misplaced).string("a")));
    invalid.push_back(raw::packet(PacketType::auth, 2, Builder()));
  }
  s.say(s.join("watcher"), subscribe(1, "will"));
  for (std::size_t i = 0; i < invalid.size(); ++i) {
    Client& client = s.join({.client_id = "invalid " + std::to_string(i), .will = will_with()});
    s.say(client, invalid[i]);
    s.say(client, wire::Pingreq{});
  }
}

void slow_publisher_and_two_subscribers(Stage& s) {
  Client& publisher = s.join("publisher");
  Client& first = s.join("first");
  Client& second = s.join("second");
  s.say(first, subscribe(1, "a", QoS::at_least_once));
  s.say(second, subscribe(2, "a", QoS::exactly_once));
  for (std::uint16_t i = 1; i <= 4; ++i) s.say(publisher, message(2, i, "a", std::to_string(i)));
  for (std::uint16_t i = 1; i <= 4; ++i) s.say(publisher, pubrel(i));
  s.acknowledge(first);
  s.acknowledge(second);
}

// ---------------------------------------------------------------------------------------------------------------- parts of a Session

void parts_of_a_session(Stage& s) {
  Client& publisher = s.join("publisher");
  s.say(publisher, subscribe(1, "a", QoS::exactly_once));
  Client& first = s.join(kept("c"));
  s.say(first, subscribe(1, {{.topic_filter = "a", .maximum_qos = QoS::exactly_once}, {.topic_filter = "w/#"}}));
  if (s.five()) {
    s.say(first, subscribe(2, {{.topic_filter = "b", .no_local = true, .retain_as_published = true}, {.topic_filter = "$share/g/sh"}}));
    s.say(first, wire::Subscribe{.packet_id = wire::PacketId(3),
                                 .subscriptions = {{.topic_filter = "i"}},
                                 .properties = Properties().set(prop::subscription_identifier, 7)});
  }
  s.say(first, message(2, 20, "a", "not released"));
  s.join(kept("c"));  // at takeover
  const auto publish_all = [&](Client& client) {
    s.say(publisher, message(2, 1, "a"));
    s.say(publisher, pubrel(1));
    for (const char* topic : {"w/x", "sh", "i"}) s.say(publisher, message(0, 0, topic));
    s.say(publisher, message(0, 0, "b").retain());
    s.say(client, message(0, 0, "b", "own"));
  };
  Client& second = s.join(kept("c"));
  publish_all(second);
  s.drop(second);
  s.pass(10s);
  s.say(publisher, message(1, 2, "a", "queued"));
  Client& third = s.join(kept("c"));
  publish_all(third);
  s.drop(third);
  s.say(publisher, message(1, 3, "a", "queued again"));
  auto afresh = kept("c");
  afresh.clean_start = true;
  Client& last = s.join(afresh);
  s.say(last, message(2, 20, "a", "a new one"));
}

void refused_and_pipelined(Stage& s) {
  s.say(s.join("watcher"), subscribe(1, "will"));
  auto options = kept("");
  options.will = will_with();
  if (s.five()) options.properties.set(prop::authentication_method, "none such");
  const auto piped = [&](const std::string& name, const wire::Connect& connect) {
    Bytes bytes;
    wire::encode(connect, s.version(), bytes);
    wire::encode(subscribe(1, "a"), s.version(), bytes);
    s.say(s.open(name), bytes);
  };
  piped("refused", connect_packet(s.version(), options));
  piped("accepted", connect_packet(s.version(), {.client_id = "accepted"}));
}

void long_streams_and_names(Stage& s) {
  Client& publisher = s.join("publisher");
  s.say(s.join("subscriber"), subscribe(1, "#"));
  for (const std::size_t size : {2'000U, 40'000U}) s.say(publisher, message(0, 0, std::string(size, 'n')));
  for (int i = 0; i < 705; ++i) s.say(publisher, message(0, 0, "a", std::to_string(i)));
  for (int i = 0; i < 60; ++i) s.say(publisher, message(0, 0, "r/" + std::to_string(i)).retain());
  s.say(s.join("late"), subscribe(1, "r/#"));
}

// ---------------------------------------------------------------------------------------------------------------- what 5.0 adds

void windows(Stage& s) {
  if (!s.five()) return;
  Client& publisher = s.join("publisher");
  const auto with_window = [&](std::string id, std::uint32_t size) -> Client& {
    return s.join({.client_id = std::move(id), .properties = Properties().set(prop::receive_maximum, size)});
  };
  Client& one = with_window("one", 1);
  s.say(one, subscribe(1, "two", QoS::exactly_once));
  Client& refusing = with_window("refusing", 1);
  s.say(refusing, subscribe(1, "one", QoS::at_least_once));
  s.say(with_window("many", 40'000), subscribe(1, "one", QoS::at_least_once));
  for (std::uint16_t i = 1; i <= 2; ++i) {
    s.say(publisher, message(1, i, "one"));
    s.say(publisher, message(2, i + 10, "two"));
  }
  s.say(one, pubrec(1));
  s.say(refusing, puback(1, ReasonCode::implementation_specific_error));
  Client& small = s.join({.client_id = "small", .properties = Properties().set(prop::maximum_packet_size, 100)});
  s.say(small, subscribe(1, "s"));
  for (const std::size_t size : {93U, 94U, 95U}) s.say(publisher, message(0, 0, "s", std::string(size, 'x')));
  s.say(publisher, message(2, 30, "$mqttspec/refused"));
  s.say(publisher, message(2, 30, "two", "new"));
  Client& watcher = s.join("watcher");
  s.say(watcher, subscribe(1, "+"));
  for (const char* topic : {"x", "y", ""}) s.say(publisher, message(0, 0, topic).property(prop::topic_alias, 1));
  for (const auto& [topic, alias] : {std::pair{"z", 2u}, std::pair{"", 1u}})
    s.say(publisher, message(0, 0, topic).property(prop::topic_alias, alias));
}

void properties_on_their_way(Stage& s) {
  if (!s.five()) return;
  Client& publisher = s.join("publisher");
  Client& away = s.join(kept("away"));
  s.say(away, subscribe(1, "p", QoS::at_least_once));
  s.drop(away);
  auto sent = message(1, 1, "p").retain();
  for (int i = 0; i < 20; ++i) sent = sent.property(prop::user_property, {"name", std::to_string(i)});
  s.say(publisher, sent);
  s.join(kept("away"));
  s.say(s.join("late"), subscribe(1, "p"));
}

void options_made_again(Stage& s) {
  if (!s.five()) return;
  Client& client = s.join("client");
  for (const bool set : {true, false}) {
    s.say(client, subscribe(1, {{.topic_filter = "o", .no_local = set}, {.topic_filter = "p", .retain_as_published = set}}));
    s.say(client, message(0, 0, "o"));
    s.say(client, message(0, 0, "p").retain());
  }
  s.say(s.join("late"), subscribe(1, {{.topic_filter = "p", .retain_handling = wire::RetainHandling::send_if_new}}));
}

void shares_that_change(Stage& s) {
  if (!s.five()) return;
  Client& publisher = s.join("publisher");
  Client& member = s.join(kept("member"));
  s.say(member, subscribe(1, "$share/g/x", QoS::exactly_once));
  s.say(s.join("other group"), subscribe(1, "$share/h/x"));
  Client& leaving = s.join("leaving");
  s.say(leaving, subscribe(1, {{.topic_filter = "$share/g/x"}, {.topic_filter = "x"}}));
  s.say(leaving, unsubscribe(2, {"$share/g/x"}));
  for (std::uint16_t i = 1; i <= 4; ++i) s.say(publisher, message(2, i, "x", std::to_string(i)));
  s.drop(member);
  s.join(kept("member"));
}

void delayed_wills_at_takeover(Stage& s) {
  if (!s.five()) return;
  s.say(s.join("watcher"), subscribe(1, "will"));
  auto options = kept("c");
  options.will = will_with(Properties().set(prop::will_delay_interval, 10));
  s.join(options);
  s.join(kept("c"));
  s.pass(20s);
}

/// The long ones last: a difference is often found before.
constexpr void (*scripts[])(Stage&) = {
    handshakes,
    credentials,
    authentications,
    forbidden_topics,
    explanations,
    takeovers,
    session_expiry,
    wills,
    subscriptions,
    subscription_options,
    shares,
    retained_messages,
    properties_of_messages,
    unacknowledged,
    limits_of_the_client,
    limits_of_the_server,
    slow_publisher_and_two_subscribers,
    kept_sessions,
    parts_of_a_session,
    refused_and_pipelined,
    windows,
    properties_on_their_way,
    options_made_again,
    shares_that_change,
    delayed_wills_at_takeover,
    keep_alives,
    odd_connects,
    flows,
    long_streams_and_names,
    invalid_packets,
    matches,
};

}  // namespace

std::size_t script_count() { return std::size(scripts); }

std::string transcript(BrokerSetup broker, spec::ProtocolVersion version, std::size_t script) {
  Stage stage(std::move(broker), version);
  scripts[script](stage);
  return stage.transcript();
}

}  // namespace mqttspec::mock_broker::testing
