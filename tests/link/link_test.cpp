#include "reference/link/link.hpp"

#include "reference/wire/build.hpp"
#include "reference/wire/encoder.hpp"
#include "reference/wire/raw.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace mqttspec::link {
namespace {

using namespace std::chrono_literals;
using namespace wire::build;
using spec::ProtocolVersion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto v5_0 = ProtocolVersion::v5_0;

MATCHER_P(Breaks, rule, "") { return arg.rule->id == rule; }

/// A Link between a client and a server that say what a test makes them say.
class Conversation {
 public:
  explicit Conversation(Judged judged, LinkOptions options = {}) : sessions_(std::make_unique<Sessions>()) {
    options.judged = judged;
    options.began = now;
    link_ = std::make_unique<Link>(options, *sessions_);
  }

  Conversation& client(const wire::Packet& packet) { return client_bytes(wire::encode(packet, v5_0)); }
  Conversation& server(const wire::Packet& packet) { return server_bytes(wire::encode(packet, v5_0)); }
  Conversation& client_bytes(wire::Bytes bytes) {
    wire::ByteView input = bytes;
    while (auto passed = link_->client_sent(input, now)) packets_ += passed->packet.has_value();
    return *this;
  }
  Conversation& server_bytes(wire::Bytes bytes) {
    wire::ByteView input = bytes;
    while (auto passed = link_->server_sent(input, now)) packets_ += passed->packet.has_value();
    return *this;
  }
  Conversation& connected(wire::Connack connack = {}) { return client(wire::Connect{.client_id = "c"}).server(connack); }
  Conversation& wait(Duration duration) {
    now += duration;
    return *this;
  }

  std::vector<Violation> violations() { return link_->take_violations(); }
  Link& link() { return *link_; }
  int packets() const { return packets_; }

  TimePoint now{1h};

 private:
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Link> link_;
  int packets_ = 0;
};

wire::Connack allowing(std::uint16_t receive_maximum) {
  wire::Connack connack;
  connack.properties.set(wire::prop::receive_maximum, receive_maximum);
  return connack;
}

wire::Publish message(std::uint16_t id) { return publish("t", "x").qos(1).packet_id(id); }

// ---- Packets

TEST(Link, ReturnsPacketsThatArriveInPieces) {
  Conversation conversation(Judged::server);
  wire::Bytes bytes = wire::encode(wire::Connect{.client_id = "c"}, v5_0);
  wire::encode(wire::Pingreq{}, v5_0, bytes);
  for (const auto byte : bytes) conversation.client_bytes({byte});
  EXPECT_EQ(conversation.packets(), 2);
  EXPECT_THAT(conversation.violations(), IsEmpty());
}

TEST(Link, LearnsVersionAndClientIdentifierFromTheConversation) {
  Conversation conversation(Judged::server);
  EXPECT_EQ(conversation.link().client_id(), "");
  wire::Connack connack;
  connack.properties.set(wire::prop::assigned_client_identifier, "assigned");
  conversation.client(wire::Connect{.client_id = ""}).server(connack);
  EXPECT_EQ(conversation.link().client_id(), "assigned");
  EXPECT_TRUE(conversation.link().has_connect());
}

TEST(Link, ReadsTheServerByTheVersionOfTheConnect) {
  Conversation conversation(Judged::server);
  const wire::Connect connect{.version = ProtocolVersion::v3_1_1, .client_id = "c"};
  conversation.client_bytes(wire::encode(connect, ProtocolVersion::v3_1_1)).server_bytes({0x20, 0x02, 0x00, 0x00});
  EXPECT_EQ(conversation.link().version(), ProtocolVersion::v3_1_1);
  EXPECT_EQ(conversation.packets(), 2);
  EXPECT_THAT(conversation.violations(), IsEmpty());
}

// ---- The decoder's violations

TEST(Link, ReportsAReadablePacketThatBreaksARuleAndContinues) {
  Conversation conversation(Judged::server);
  conversation.client(wire::Connect{.client_id = "c"}).server_bytes({0x21, 0x03, 0x00, 0x00, 0x00}).server(wire::Pingresp{});
  EXPECT_EQ(conversation.packets(), 3);
  EXPECT_THAT(conversation.violations(), ElementsAre(Breaks("codec/reserved-flags"), Breaks("server/pingresp-without-pingreq")));
}

TEST(Link, StopsReadingAfterAnUnreadablePacket) {
  Conversation conversation(Judged::server);
  conversation.connected().server_bytes({0x36, 0x05, 0x00, 0x01, 't', 0x00, 0x01}).server(wire::Pingresp{});
  EXPECT_EQ(conversation.packets(), 2);
  EXPECT_THAT(conversation.violations(), ElementsAre(Breaks("codec/publish-qos-3")));
  EXPECT_TRUE(conversation.link().server_has_broken_bytes());
}

TEST(Link, ForgivesTheServerWhatAMalformedClientPacketMayCause) {
  Conversation conversation(Judged::server);
  conversation.connected().client_bytes({0xC1, 0x00}).server(wire::Puback{.packet_id = wire::PacketId(7)});
  EXPECT_THAT(conversation.violations(), IsEmpty());
  EXPECT_TRUE(conversation.link().client_has_broken_bytes());
}

TEST(Link, JudgesBothEndsIfAsked) {
  Conversation conversation(Judged::both);
  conversation.connected().client(wire::Puback{.packet_id = wire::PacketId(7)}).server(wire::Pingresp{});
  EXPECT_THAT(conversation.violations(), ElementsAre(Breaks("client/puback-without-publish"), Breaks("server/pingresp-without-pingreq")));
}

// ---- What the client must have received by now

TEST(Link, DoesNotHoldAClientThatPipelinesToLimitsThatItCannotKnow) {
  Conversation conversation(Judged::client);
  conversation.connected(allowing(1)).wait(1ms).client(message(1)).client(message(2));
  EXPECT_THAT(conversation.violations(), IsEmpty());
}

TEST(Link, HoldsAClientToTheLimitsOnceItHasAnsweredWhatFollowedConnack) {
  Conversation conversation(Judged::client);
  conversation.connected(allowing(1))
      .client(subscribe(9, "t"))
      .server(wire::Suback{.packet_id = wire::PacketId(9), .reason_codes = {wire::ReasonCode::granted_qos_1}});
  conversation.server(message(5)).client(puback(5)).client(message(1)).client(message(2));
  EXPECT_THAT(conversation.violations(), ElementsAre(Breaks("client/receive-maximum-exceeded")));
}

TEST(Link, HoldsAClientToTheLimitsAfterTheTransitTime) {
  Conversation conversation(Judged::client);
  conversation.connected(allowing(1)).wait(usual_transit).client(message(1)).client(message(2));
  EXPECT_THAT(conversation.violations(), ElementsAre(Breaks("client/receive-maximum-exceeded")));
}

TEST(Link, HoldsAClientToTheLimitsAtOnceWithoutTransitTime) {
  Conversation conversation(Judged::client, {.transit = 0s});
  conversation.connected(allowing(1)).client(message(1)).client(message(2));
  EXPECT_THAT(conversation.violations(), ElementsAre(Breaks("client/receive-maximum-exceeded")));
}

// ---- Violations and the trace

TEST(Link, GivesAViolationItsContextAndItsPackets) {
  Conversation conversation(Judged::client, {.number = 4});
  conversation.connected().wait(2s).client(wire::Puback{.packet_id = wire::PacketId(7)});
  const auto violations = conversation.violations();
  ASSERT_THAT(violations, SizeIs(1));
  const Violation& violation = violations.front();
  EXPECT_EQ(violation.connection, 4);
  EXPECT_EQ(violation.client_id, "c");
  EXPECT_EQ(violation.version, v5_0);
  EXPECT_EQ(violation.time, conversation.now);
  EXPECT_EQ(violation.severity, Severity::broken);
  ASSERT_THAT(violation.evidence, SizeIs(4));
  EXPECT_THAT(violation.evidence[0].text, HasSubstr("CONNECT"));
  EXPECT_THAT(violation.evidence[1].text, HasSubstr("CONNACK"));
  EXPECT_THAT(violation.evidence[2].text, HasSubstr("PUBACK"));
  EXPECT_EQ(violation.evidence[2].at, 2s);
  EXPECT_THAT(violation.evidence[3].text, HasSubstr(std::string(violation.clause.text())));
}

TEST(Link, KeepsItsOwnTraceShort) {
  Conversation conversation(Judged::client);
  conversation.connected();
  for (int i = 0; i < 10'000; ++i) conversation.client(wire::Pingreq{}).server(wire::Pingresp{});
  conversation.client(wire::Puback{.packet_id = wire::PacketId(7)});
  const auto violations = conversation.violations();
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_LT(violations.front().evidence.size(), 60u);
  EXPECT_THAT(violations.front().evidence[violations.front().evidence.size() - 2].text, HasSubstr("PUBACK"));
}

TEST(Link, WritesIntoATraceThatSeveralLinksShare) {
  TraceRecorder trace;
  Conversation first(Judged::server, {.number = 1, .trace = &trace});
  Conversation second(Judged::server, {.number = 2, .trace = &trace});
  first.client(wire::Pingreq{});
  second.client(wire::Pingreq{});
  first.link().remark(" (a remark)");
  const Trace lines = trace.take();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].connection, 1);
  EXPECT_EQ(lines[1].connection, 2);
  EXPECT_EQ(lines[1].text, "PINGREQ (a remark)");
}

TEST(Link, NamesDeliberatelyMalformedBytesAndShowsWhatFollows) {
  TraceRecorder trace;
  Conversation conversation(Judged::server, {.trace = &trace});
  conversation.client_bytes({0x36, 0x00}).client(wire::Pingreq{}).client_bytes({0xC0});
  const Trace lines = trace.take();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0].text, HasSubstr("deliberately malformed: "));
  EXPECT_EQ(lines[1].text, "PINGREQ");
  EXPECT_EQ(lines[2].text, "bytes after an unreadable packet");
}

TEST(Link, RecordsUnfinishedPacketsOfTheEndThatIsNotJudged) {
  TraceRecorder trace;
  Conversation conversation(Judged::server, {.trace = &trace});
  conversation.client_bytes({0xC0});
  EXPECT_EQ(trace.take()[0].text, "1 bytes of an unfinished packet");
}

// ---- Severity

TEST(Severity, IsThatOfTheLevel) {
  EXPECT_EQ(severity_of(spec::Level::must), Severity::broken);
  EXPECT_EQ(severity_of(spec::Level::must_not), Severity::broken);
  EXPECT_EQ(severity_of(spec::Level::should), Severity::not_advised);
  EXPECT_EQ(severity_of(spec::Level::should_not), Severity::not_advised);
  EXPECT_EQ(severity_of(spec::Level::may), Severity::not_advised);
  EXPECT_EQ(severity_of(spec::Clause(v5_0, "3.1.2.11"), v5_0), Severity::broken);
}

}  // namespace
}  // namespace mqttspec::link
