#include "conformance/report/tcp_frames.hpp"

#include "reference/wire/raw.hpp"

#include <algorithm>

namespace mqttspec::conformance::report {
namespace {

using wire::Direction;

constexpr std::size_t largest_segment = 32'768;
constexpr std::size_t ip_header = 20;
constexpr std::size_t tcp_header = 20;
constexpr std::uint8_t protocol_tcp = 6;

constexpr std::uint32_t first_client_port = 20'000;
constexpr std::uint32_t client_ports = 40'000;

// Flags of TCP (RFC 9293, 3.1).
constexpr std::uint8_t fin = 0x01;
constexpr std::uint8_t syn = 0x02;
constexpr std::uint8_t push = 0x08;
constexpr std::uint8_t ack = 0x10;

/// The sum of RFC 1071 over several pieces, each of which but the last has an even number of bytes.
class Checksum {
 public:
  void add(wire::ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      const std::uint32_t low = i + 1 < bytes.size() ? bytes[i + 1] : 0;
      sum_ += std::uint32_t{bytes[i]} << 8 | low;
    }
  }
  std::uint16_t result() const {
    std::uint64_t sum = sum_;
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

void put_checksum(wire::Bytes& bytes, std::size_t at, std::uint16_t checksum) {
  bytes[at] = static_cast<std::uint8_t>(checksum >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(checksum);
}

}  // namespace

TcpConversation::TcpConversation(std::uint32_t number)
    : client_{.address = {10, 1, static_cast<std::uint8_t>(number / client_ports / 256),
                          static_cast<std::uint8_t>(number / client_ports % 256)},
              .port = static_cast<std::uint16_t>(first_client_port + number % client_ports),
              .next_sequence = 1'000},
      server_{.address = {10, 0, 0, 1}, .port = 1883, .next_sequence = 5'000} {}

std::vector<Frame> TcpConversation::open() {
  std::vector<Frame> frames;
  frames.push_back(segment(Direction::client_to_server, syn, {}, 0));
  ++client_.next_sequence;
  frames.push_back(segment(Direction::server_to_client, syn | ack, {}, 0));
  ++server_.next_sequence;
  frames.push_back(acknowledgement());
  return frames;
}

std::vector<Frame> TcpConversation::data(Direction from, wire::ByteView bytes, std::size_t size) {
  std::vector<Frame> frames;
  while (size > 0) {
    const std::size_t here = std::min(size, largest_segment);
    const wire::ByteView known = bytes.first(std::min(here, bytes.size()));
    frames.push_back(segment(from, push | ack, known, here));
    Side& sender = from == Direction::client_to_server ? client_ : server_;
    sender.next_sequence += static_cast<std::uint32_t>(here);
    bytes = bytes.subspan(known.size());
    size -= here;
  }
  return frames;
}

Frame TcpConversation::acknowledgement() { return segment(Direction::client_to_server, ack, {}, 0); }

std::vector<Frame> TcpConversation::close() {
  std::vector<Frame> frames;
  frames.push_back(segment(Direction::client_to_server, fin | ack, {}, 0));
  ++client_.next_sequence;
  frames.push_back(segment(Direction::server_to_client, fin | ack, {}, 0));
  ++server_.next_sequence;
  frames.push_back(acknowledgement());
  return frames;
}

Frame TcpConversation::segment(Direction from, std::uint8_t flags, wire::ByteView bytes, std::size_t size) {
  const bool from_client = from == Direction::client_to_server;
  const Side& sender = from_client ? client_ : server_;
  const Side& receiver = from_client ? server_ : client_;
  const bool acknowledges = (flags & ack) != 0;

  wire::raw::Builder ip;
  ip.bytes({0x45, 0x00}).two_bytes(static_cast<std::uint16_t>(ip_header + tcp_header + size));
  ip.two_bytes(next_identification_++).two_bytes(0x4000);  // do not fragment
  ip.bytes({64, protocol_tcp}).two_bytes(0).bytes(sender.address).bytes(receiver.address);
  wire::Bytes packet = ip.data();
  Checksum of_header;
  of_header.add(packet);
  put_checksum(packet, 10, of_header.result());

  wire::raw::Builder tcp;
  tcp.two_bytes(sender.port).two_bytes(receiver.port).four_bytes(sender.next_sequence);
  tcp.four_bytes(acknowledges ? receiver.next_sequence : 0).bytes({0x50, flags}).two_bytes(0xFFFF).two_bytes(0).two_bytes(0);
  wire::raw::Builder pseudo_header;
  pseudo_header.bytes(sender.address)
      .bytes(receiver.address)
      .two_bytes(protocol_tcp)
      .two_bytes(static_cast<std::uint16_t>(tcp_header + size));
  // What is not known of the data cannot be summed up; who reads a cut packet does not expect it.
  Checksum of_segment;
  of_segment.add(pseudo_header.data());
  of_segment.add(tcp.data());
  of_segment.add(bytes);

  packet.insert(packet.end(), tcp.data().begin(), tcp.data().end());
  put_checksum(packet, ip_header + 16, of_segment.result());
  packet.insert(packet.end(), bytes.begin(), bytes.end());
  return {std::move(packet), ip_header + tcp_header + size};
}

}  // namespace mqttspec::conformance::report
