#include "conformance/report/pcapng.hpp"

#include "conformance/report/capture.hpp"
#include "tests/report/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace mqttspec::conformance::report {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto client = wire::Direction::client_to_server;
constexpr auto server = wire::Direction::server_to_client;
constexpr std::chrono::system_clock::time_point noon{std::chrono::hours(12)};

constexpr std::uint8_t fin = 0x01;
constexpr std::uint8_t syn = 0x02;

/// A packet as it is in the file.
struct Packet {
  std::uint64_t time;
  std::uint32_t size;  ///< before it was cut
  std::vector<std::uint8_t> bytes;
  std::vector<std::string> comments;

  std::uint32_t number(std::size_t at, std::size_t width) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | bytes.at(at + i);
    return value;
  }
  std::uint32_t source_port() const { return number(20, 2); }
  std::uint32_t sequence() const { return number(24, 4); }
  std::uint8_t flags() const { return bytes.at(33); }
  std::string data() const { return {bytes.begin() + 40, bytes.end()}; }
};

/// Reads what the writer writes: the blocks of a pcapng file in the byte order of this machine.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  std::vector<Packet> packets() {
    std::vector<Packet> found;
    for (std::size_t at = 0; at < file_.size();) {
      const std::uint32_t length = four(at + 4);
      EXPECT_EQ(four(at + length - 4), length);
      if (four(at) == 6) found.push_back(packet(at, length));
      at += length;
    }
    return found;
  }

 private:
  std::uint32_t four(std::size_t at) const {
    std::uint32_t value = 0;
    std::memcpy(&value, file_.data() + at, 4);
    return value;
  }
  std::uint16_t two(std::size_t at) const { return static_cast<std::uint16_t>(four(at)); }

  Packet packet(std::size_t at, std::uint32_t length) const {
    const std::uint32_t kept = four(at + 20);
    Packet read{.time = std::uint64_t{four(at + 12)} << 32 | four(at + 16), .size = four(at + 24), .bytes = {}, .comments = {}};
    read.bytes.assign(file_.begin() + static_cast<std::ptrdiff_t>(at + 28), file_.begin() + static_cast<std::ptrdiff_t>(at + 28 + kept));
    for (std::size_t option = at + 28 + (kept + 3) / 4 * 4; option < at + length - 4 && two(option) != 0;) {
      const std::uint16_t size = two(option + 2);
      read.comments.push_back(file_.substr(option + 4, size));
      option += 4 + (size + 3u) / 4 * 4;
    }
    return read;
  }

  std::string file_;
};

std::vector<Packet> written(const std::vector<Traffic>& traffic) { return Reader(render_pcapng(traffic)).packets(); }

Traffic piece(int microsecond, std::uint32_t connection, wire::Direction from, std::string_view data) {
  return {.at = noon + microseconds(microsecond), .connection = connection, .from = from, .bytes = {data.begin(), data.end()}};
}

TEST(Pcapng, OpensAndEndsEachConnectionAroundItsData) {
  const auto packets = written({piece(0, 7, client, "ask"), piece(5, 7, server, "answer")});
  ASSERT_EQ(packets.size(), 8u);
  EXPECT_EQ(packets[0].flags(), syn);
  EXPECT_EQ(packets[1].flags() & syn, syn);
  EXPECT_EQ(packets[3].data(), "ask");
  EXPECT_EQ(packets[4].data(), "answer");
  EXPECT_EQ(packets[4].source_port(), 1883u);
  EXPECT_EQ(packets[5].flags() & fin, fin);
  EXPECT_EQ(packets[5].sequence(), packets[3].sequence() + 3);
  EXPECT_EQ(packets[6].flags() & fin, fin);
  EXPECT_EQ(packets[6].sequence(), packets[4].sequence() + 6);
}

TEST(Pcapng, HasTheTimesAndTheirOrder) {
  const auto packets = written({piece(9, 1, client, "late"), piece(3, 2, client, "early")});
  ASSERT_EQ(packets.size(), 14u);
  EXPECT_EQ(packets[3].data(), "early");
  EXPECT_EQ(packets[3].time, std::uint64_t{12} * 3'600 * 1'000'000'000 + 3'000);
  EXPECT_EQ(packets[10].data(), "late");
  EXPECT_NE(packets[3].source_port(), packets[10].source_port());
}

TEST(Pcapng, CutsLongDataIntoSegments) {
  const std::string data(100'000, 'x');
  std::string joined;
  std::uint32_t next = 0;
  for (const Packet& packet : written({piece(0, 1, client, data)})) {
    EXPECT_LE(packet.size, 65'535u);
    if (packet.data().empty()) continue;
    if (!joined.empty()) EXPECT_EQ(packet.sequence(), next);
    next = packet.sequence() + static_cast<std::uint32_t>(packet.data().size());
    joined += packet.data();
  }
  EXPECT_EQ(joined, data);
}

TEST(Pcapng, SaysWhatWasNotRecorded) {
  Traffic traffic = piece(0, 1, client, "begin");
  traffic.size = 50;
  const auto packets = written({traffic});
  EXPECT_EQ(packets[3].bytes.size(), 45u);
  EXPECT_EQ(packets[3].size, 90u);
  EXPECT_THAT(packets[3].comments, ElementsAre("only the first 5 of 50 bytes were recorded"));
  EXPECT_EQ(packets[4].sequence(), packets[3].sequence() + 50);
}

TEST(Pcapng, GivesACommentWithoutBytesToTheNextPacketOfItsConnection) {
  Traffic remark = piece(1, 1, client, "");
  remark.comment = "a remark";
  Traffic last = piece(3, 1, client, "");
  last.comment = "closed";
  const auto packets = written({piece(0, 1, client, "a"), remark, piece(2, 1, client, "b"), last});
  ASSERT_EQ(packets.size(), 8u);
  EXPECT_THAT(packets[4].comments, ElementsAre("a remark"));
  EXPECT_THAT(packets[5].comments, ElementsAre("closed"));
}

/// The ones' complement sum of a header with its checksum is all ones (RFC 1071).
TEST(Pcapng, HasRightChecksums) {
  for (const Packet& packet : written({piece(0, 1, client, "odd"), piece(1, 1, server, "even")})) {
    std::uint32_t ip = 0;
    for (std::size_t at = 0; at < 20; at += 2) ip += packet.number(at, 2);
    EXPECT_EQ((ip & 0xFFFF) + (ip >> 16), 0xFFFFu);
    std::uint32_t tcp = 6 + static_cast<std::uint32_t>(packet.bytes.size()) - 20;
    for (std::size_t at = 12; at < packet.bytes.size(); at += 2)
      tcp += at + 1 < packet.bytes.size() ? packet.number(at, 2) : packet.number(at, 1) << 8;
    EXPECT_EQ((tcp & 0xFFFF) + (tcp >> 16), 0xFFFFu);
  }
}

TEST(Capture, NamesCaseVerdictAndEvents) {
  RunResult run = sample();
  std::map<std::string, std::string> data_by_comment;
  for (const Packet& packet : Reader(render_pcapng(run)).packets())
    for (const std::string& comment : packet.comments) data_by_comment[comment] = packet.data();
  const std::string about = "connack/session-present (MQTT 3.1.1, fail): ";
  EXPECT_EQ(data_by_comment.at(about + "CONNACK Session Present, accepted"), std::string("\x20\x02\x01\x00", 4));
  EXPECT_TRUE(data_by_comment.contains(about + "opened"));
}

TEST(Capture, BeginsEachCaseWhereItBegan) {
  RunResult run = sample();
  run.cases = {failed()};
  run.cases[0].began = std::chrono::seconds(3);
  const auto packets = Reader(render_pcapng(run)).packets();
  const auto began = std::chrono::nanoseconds((run.started + std::chrono::seconds(3)).time_since_epoch()).count();
  EXPECT_EQ(packets[0].time, static_cast<std::uint64_t>(began));
}

}  // namespace
}  // namespace mqttspec::conformance::report
