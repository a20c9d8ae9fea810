#pragma once

#include "conformance/harness/connection.hpp"
#include "reference/conduct/server_conduct.hpp"
#include "reference/transport/runtime.hpp"
#include "reference/wire/decoder.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace mqttspec::conformance {

/// What stands behind Connection handles: the stream with its reader and writer, what came, and the checker of conduct.
class Connection::State : public std::enable_shared_from_this<Connection::State> {
 public:
  State(Test& test, int number, std::unique_ptr<transport::Stream> stream, conduct::ServerSessions& sessions);

  /// Starts the coroutines that read and write; each keeps the state alive until it has ended.
  void start();

  void send(wire::ByteView bytes);
  /// Sends a WebSocket message. @pre everything sent before is written
  void send_message(transport::FrameType type, std::vector<wire::Bytes> pieces);
  transport::WebSocketControl& web_socket() const;
  /// Waits until everything is written, or the limit is over.
  Awaitable<void> flush();
  /// Ends the Network Connection from our side, in good order.
  void close();
  /// Ends our direction only.
  void end_output();
  /// Waits until reader and writer have ended after close().
  Awaitable<void> ended();

  /// Waits for something new to look at. @return false when the deadline has come
  Awaitable<bool> changed(transport::TimePoint deadline);

  /// Whether the client has given the broker a reason to end the connection that lies behind the answer to a PINGREQ.
  bool has_offended() const {
    return connack && connack->reason_code == wire::ReasonCode::success && (client_is_wrong_ || sent_since_connack_);
  }

  /// Whether a packet of a type has come and was not taken.
  bool has(wire::PacketType type) const;
  /// Ends the case where the broker's bytes are read no further: they are no packet, or too many. Such an end is none of the broker's.
  void check_readable() const;

  /// Takes the first packet of a type out of what came.
  std::optional<wire::Packet> take(wire::PacketType type);
  /// Everything that came and was not waited for, in words.
  std::string what_came() const;

  Test& test;
  const int number;
  std::deque<wire::Packet> inbox;
  std::vector<wire::PacketType> arrived;
  std::optional<std::string> over;  ///< why nothing more can come: "the broker closed the Network Connection"
  bool closed_by_us = false;
  std::optional<wire::Connect> connect;
  std::optional<wire::Connack> connack;
  std::string client_id;
  Acknowledging acknowledging = Acknowledging::automatic;
  std::uint16_t last_packet_id = 1000;

 private:
  Awaitable<void> read();
  Awaitable<void> write();
  Awaitable<std::expected<void, transport::Error>> write_next();
  void take_in(wire::ByteView input);
  /// Whether the CONNECT itself was wrong, so that no version was agreed on: the answer may have the form of any version.
  bool has_no_version() const { return !connect && client_is_wrong_; }
  void received_unreadable(const wire::Violation& violation, wire::ByteView bytes);
  void received(const wire::Decoded& decoded);
  void acknowledge(const wire::Packet& packet);
  void note_sent(wire::ByteView bytes);
  void note_sent_packet(const wire::Packet& packet, wire::ByteView bytes);
  /// Keeps track of what the case leaves on the broker.
  void note_connect(const wire::Connect& packet);
  void note_retained(const wire::Publish& packet);
  /// Whether 3.1.1 leaves it to the broker to send this once more on the same connection.
  bool is_repetition(const wire::Packet& packet, wire::ByteView bytes);
  /// Whether it is a message of another case, which nothing that this one has subscribed to matches.
  bool is_stray(const wire::Packet& packet) const;
  void note_filters(const wire::Subscribe& packet);
  void report(const conduct::ServerConduct::Findings& findings);
  void give_up(std::string why);
  void wake();

  std::unique_ptr<transport::Stream> stream_;
  std::unique_ptr<transport::Timer> inbox_changed_;
  std::unique_ptr<transport::Timer> output_changed_;
  std::unique_ptr<transport::Timer> output_written_;
  wire::Bytes output_;
  /// A WebSocket message that is to be written.
  struct Message {
    transport::FrameType type;
    std::vector<wire::Bytes> pieces;
  };
  std::optional<Message> message_;
  bool writing_ = false;
  wire::Decoder incoming_;
  wire::Decoder outgoing_;  ///< reads what we send, as the broker must, so that the trace and the checker know it
  bool client_is_wrong_ = false;
  bool sent_since_connack_ = false;
  bool reads_packets_ = true;
  bool given_up_ = false;
  std::optional<wire::Violation> unreadable_;
  std::size_t strays_ = 0;  ///< messages of other cases that came
  std::size_t received_bytes_ = 0;
  std::map<std::uint16_t, std::size_t> unreleased_;    ///< 3.1.1: hash of the PUBLISH that came last with each Packet Identifier
  std::set<std::uint16_t> released_;                   ///< 3.1.1: Packet Identifiers whose last packet was a PUBREL
  std::map<std::uint32_t, std::string> sent_aliases_;  ///< Topic Aliases that we have set
  conduct::ServerConduct conduct_;
  int running_ = 0;
};

}  // namespace mqttspec::conformance
