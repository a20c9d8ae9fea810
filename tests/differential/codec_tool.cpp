#include "conformance/report/pcapng.hpp"
#include "reference/wire/decoder.hpp"
#include "reference/wire/encoder.hpp"
#include "tests/differential/packet_json.hpp"
#include "tests/generators/packets.hpp"
#include "tests/wire/malformed.hpp"
#include "tests/wire/notation.hpp"

#include <chrono>
#include <iostream>
#include <string>

/// The codec for scripts that hold it against other programs. A packet is a line of JSON, {"mqtt": "5.0", "from": "client", "hex": "c000"}:
///
///   codec_tool generate SEED COUNT   valid packets, a third of each version, with "packet" as it should be understood
///   codec_tool malformed SEED COUNT  the table of malformed packets, and as many generated packets with one bit flipped
///   codec_tool decode                takes packets, and puts out "packet", or "violation" with its clause and explanation
///   codec_tool pcapng                takes packets with a number "connection", and puts out a capture of them
namespace mqttspec::differential {
namespace {

using namespace wire;
using Json = nlohmann::json;

constexpr ProtocolVersion versions[] = {ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};

std::string_view name(Direction from) { return from == Direction::client_to_server ? "client" : "server"; }

Json line_of(ProtocolVersion version, Direction from, ByteView bytes) {
  return {{"mqtt", spec::name(version)}, {"from", name(from)}, {"hex", to_hex(bytes)}};
}

void put(const Json& line) { std::cout << line.dump() << '\n'; }

/// Adds what the decoder says.
void judge(Json& line, ProtocolVersion version, Direction from, ByteView bytes) {
  const auto decoded = decode(bytes, {.from = from, .version = version});
  if (decoded) {
    line["packet"] = to_json(*decoded, version);
    return;
  }
  const Violation& violation = decoded.error();
  line["violation"] = {{"clause", violation.clause.text()},
                       {"reason_code", number(violation.reason_code())},
                       {"offset", violation.offset},
                       {"explanation", violation.explanation}};
}

void generate(std::uint64_t seed, std::size_t count) {
  for (const ProtocolVersion version : versions) {
    for (const auto& sample : generators::packets(version, seed, count / std::size(versions) + 1)) {
      Json line = line_of(version, sample.from, encode(sample.packet, version));
      line["packet"] = to_json(sample.packet, version);
      put(line);
    }
  }
}

void put_malformed_table() {
  using namespace wire::testing;
  for (const auto table : {malformed_framing(), malformed_fixed_headers(), malformed_connects(), malformed_publishes(),
                           malformed_acknowledgements(), malformed_subscriptions(), malformed_properties(), malformed_strings()}) {
    for (const Malformed& row : table) {
      const Bytes packet = bytes(row.packet);
      Json line = line_of(row.version, row.from, packet);
      line["name"] = row.name;
      judge(line, row.version, row.from, packet);
      put(line);
    }
  }
}

/// Bits of packets that are not long, so that most flips hit more than text.
void put_flipped(std::uint64_t seed, std::size_t count) {
  generators::Choices choices(seed);
  for (const ProtocolVersion version : versions) {
    for (const auto& sample : generators::packets(version, seed, count / std::size(versions) + 1)) {
      Bytes packet = encode(sample.packet, version);
      const std::uint32_t bit = choices.below(std::min<std::size_t>(packet.size(), 40) * 8);
      packet[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      if (packet.size() > 2'000) continue;
      Json line = line_of(version, sample.from, packet);
      line["name"] = "bit " + std::to_string(bit) + " flipped";
      judge(line, version, sample.from, packet);
      put(line);
    }
  }
}

ProtocolVersion version_of(const Json& line) {
  for (const ProtocolVersion version : versions)
    if (line.at("mqtt") == spec::name(version)) return version;
  throw std::invalid_argument("no such version: " + line.dump());
}

Direction sender_of(const Json& line) { return line.at("from") == "client" ? Direction::client_to_server : Direction::server_to_client; }

void for_each_line(auto use) {
  for (std::string text; std::getline(std::cin, text);) use(Json::parse(text));
}

void decode_lines() {
  for_each_line([](Json line) {
    judge(line, version_of(line), sender_of(line), from_hex(line.at("hex").get<std::string>()));
    put(line);
  });
}

void capture_lines() {
  std::vector<conformance::report::Traffic> traffic;
  std::chrono::system_clock::time_point at{std::chrono::seconds(1'700'000'000)};
  for_each_line([&](const Json& line) {
    at += std::chrono::microseconds(1);
    traffic.push_back({.at = at,
                       .connection = line.at("connection").get<std::uint32_t>(),
                       .from = sender_of(line),
                       .bytes = from_hex(line.at("hex").get<std::string>()),
                       .comment = line.value("name", "")});
  });
  std::cout << conformance::report::render_pcapng(traffic);
}

int run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  if (words.size() == 3 && command == "generate") {
    generate(std::stoull(words[1]), std::stoull(words[2]));
  } else if (words.size() == 3 && command == "malformed") {
    put_malformed_table();
    put_flipped(std::stoull(words[1]), std::stoull(words[2]));
  } else if (command == "decode") {
    decode_lines();
  } else if (command == "pcapng") {
    capture_lines();
  } else {
    std::cerr << "codec_tool: generate SEED COUNT | malformed SEED COUNT | decode | pcapng\n";
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace mqttspec::differential

int main(int count, char** words) {
  std::ios::sync_with_stdio(false);
  try {
    return mqttspec::differential::run({words + 1, words + count});
  } catch (const std::exception& problem) {
    std::cerr << "codec_tool: " << problem.what() << '\n';
    return 1;
  }
}
