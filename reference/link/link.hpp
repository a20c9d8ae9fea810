#pragma once

#include "reference/conduct/client_conduct.hpp"
#include "reference/conduct/server_conduct.hpp"
#include "reference/link/trace.hpp"
#include "reference/link/transit.hpp"
#include "reference/link/violation.hpp"
#include "reference/wire/decoder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqttspec::link {

/// Who is judged. The other end is under the control of the program that owns the Link, or nobody asks about it.
enum class Judged : std::uint8_t { server, client, both };

/// What is known of the Sessions between one server and its clients. Shared by the Links of one server; outlives them.
struct Sessions {
  Sessions() = default;
  /// @param most how many Sessions of absent clients are remembered
  explicit Sessions(std::size_t most) : of_server(most), of_clients(most) {}

  conduct::ServerSessions of_server;
  conduct::ClientSessions of_clients;
};

struct LinkOptions {
  Judged judged = Judged::server;
  spec::ProtocolVersion version = spec::ProtocolVersion::v5_0;           ///< until there is a CONNECT
  std::uint32_t maximum_client_packet = wire::maximum_packet_size;       ///< bytes; a longer packet of the client cannot be read
  std::uint32_t maximum_server_packet = wire::maximum_packet_size;       ///< the same of the server
  Duration transit = usual_transit;                                      ///< after this time a packet counts as received
  int number = 1;                                                        ///< of the Network Connection, for trace lines and violations
  TimePoint began{};                                                     ///< of the trace
  TraceRecorder* trace = nullptr;                                        ///< where lines go; null: to a trace of this Link's own
  TraceRecorder::Limits evidence = {.first = 1'024, .last = 3 * 1'024};  ///< of its own trace, which violations take as evidence
};

/// What one call has taken from the front of the bytes.
struct Passed {
  std::optional<wire::Packet> packet;        ///< nothing if the bytes cannot be read
  wire::ByteView bytes;                      ///< of the packet, or from where it should begin on; valid until the next call
  std::optional<wire::Violation> violation;  ///< of the decoder
};

/// One Network Connection, decoded, judged and recorded: the only place where bytes become judged packets.
///
/// The bytes of each direction, the closes and the time are put in; packets, trace lines and violations come out. It does no I/O and is
/// deterministic. Not thread-safe. Memory: one unfinished packet in each direction, what conduct keeps of one connection
/// (reference/conduct), and the limits of the trace.
///
/// Bytes of an end that is judged are put in when they arrive, those of the other end when they leave: whatever may have crossed or been
/// lost is allowed for.
class Link {
 public:
  Link(LinkOptions options, Sessions& sessions);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Takes bytes from the front of `input` up to the end of the next packet, and shortens `input` by what it took. Call it until it
  /// returns nothing.
  /// @return a packet, or bytes that cannot be read; nothing if `input` is used up. After unreadable bytes the rest of that direction is
  /// recorded and not read.
  std::optional<Passed> client_sent(wire::ByteView& input, TimePoint now);
  std::optional<Passed> server_sent(wire::ByteView& input, TimePoint now);

  /// What WebSocket shows (section 6).
  void client_sent_text_frame(TimePoint now);
  void client_offered_no_subprotocol(TimePoint now);

  /// An end has closed the Network Connection.
  /// @param how for the trace, where the default does not say enough
  void client_closed(TimePoint now, std::string_view how = {});
  void server_closed(TimePoint now, std::string_view how = {});

  /// Nothing was sent until now: judges a client's silence.
  void time_passed(TimePoint now);

  /// An end that is not judged breaks the protocol in a way that its bytes do not show: what depends on it is no longer judged.
  void client_misbehaves(TimePoint now);
  void server_misbehaves(TimePoint now);

  /// A line in the trace.
  void note(std::string text, TimePoint now);
  /// Appends to the latest line of the trace.
  void remark(std::string_view text) { trace_->remark(text); }

  /// Violations since the last call, in order.
  std::vector<Violation> take_violations() { return std::exchange(violations_, {}); }

  /// The version of the CONNECT.
  spec::ProtocolVersion version() const { return client_.decoder.context().version; }
  /// As assigned by the server if the client left it to the server; empty before CONNECT.
  const std::string& client_id() const { return client_id_; }
  /// Whether a valid CONNECT has been sent.
  bool has_connect() const { return has_connect_; }
  /// Whether an end has sent bytes that break a rule of the decoder.
  bool client_has_broken_bytes() const { return client_.is_broken; }
  bool server_has_broken_bytes() const { return server_.is_broken; }

 private:
  /// One direction of the connection, named after its sender.
  struct Side {
    wire::Decoder decoder;
    TraceLine::Kind kind;
    bool is_judged;
    bool is_broken = false;      ///< a packet of it broke a rule of the decoder
    bool is_unreadable = false;  ///< no more packets can be found
  };

  std::optional<Passed> take(Side& side, wire::ByteView& input, TimePoint now);
  Passed pass_unreadable(Side& side, const wire::Violation& violation, wire::ByteView rest, TimePoint now);
  Passed pass(Side& side, const wire::Decoded& decoded, TimePoint now);
  void judge_unreadable(const wire::Violation& violation, TimePoint now);
  void pass_rest(Side& side, wire::ByteView& input, TimePoint now);
  void learn(const Side& side, const wire::Packet& packet);
  void judge(const Side& side, const wire::Packet& packet, const wire::Violation* violation, TimePoint now);
  bool is_client(const Side& side) const { return &side == &client_; }
  TraceLine line(TraceLine::Kind kind, TimePoint now, std::string text = {}) const;
  void keep(conduct::Findings findings, TimePoint now);

  LinkOptions options_;
  Side client_;
  Side server_;
  std::optional<conduct::ServerConduct> server_conduct_;
  std::optional<conduct::ClientConduct> client_conduct_;
  Transit transit_;
  TraceRecorder own_trace_;
  TraceRecorder* trace_;
  std::string client_id_;
  bool has_connect_ = false;
  std::vector<Violation> violations_;
};

}  // namespace mqttspec::link
