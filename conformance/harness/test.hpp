#pragma once

#include "conformance/harness/case.hpp"
#include "conformance/harness/connection.hpp"
#include "conformance/harness/outcome.hpp"
#include "conformance/harness/profile.hpp"
#include "reference/transport/runtime.hpp"
#include "reference/wire/violation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conformance {

/// Where and how a case is run.
struct Environment {
  transport::Runtime& runtime;
  transport::Url url;
  ProtocolVersion version;
  transport::Duration timeout;              ///< limit for one answer
  transport::Duration settle;               ///< how long to listen for what must not come
  transport::Duration subscription_lag{0};  ///< how long after SUBACK or UNSUBACK a subscription may still be as it was before
  std::string name_prefix;                  ///< of client ids and topics: letters and digits, at most 12, unique to this run of this case
  std::uint64_t seed = 0;                   ///< of the run; what a case draws is its own
  std::optional<std::string> user_name{};
  std::optional<std::string> password{};
  std::set<ProtocolVersion> served{};  ///< versions in which the broker has served the probe
  transport::ConnectOptions connect{};
  Profile profile{};
  std::optional<transport::Url> web_socket{};  ///< where the broker serves WebSocket, if it does
};

/// One run of one case: what the case's function is given.
class Test {
 public:
  Test(const Case& subject, Environment environment);
  ~Test();
  Test(const Test&) = delete;
  Test& operator=(const Test&) = delete;

  ProtocolVersion version() const { return environment_.version; }
  bool is_v5() const { return environment_.version == v5_0; }
  /// Whether the broker speaks a version, be it this test's or not.
  bool broker_serves(ProtocolVersion which) const { return environment_.served.contains(which); }
  /// Limit for one answer.
  transport::Duration timeout() const { return environment_.timeout; }
  transport::Duration settle() const { return environment_.settle; }
  std::mt19937_64& random() { return random_; }
  const Profile& profile() const { return environment_.profile; }

  /// The credentials of the run.
  struct Credentials {
    std::string user_name;
    std::string password;
  };
  /// The case does not apply where there are none.
  Credentials credentials();

  /// A Topic Name of this run alone; different suffixes are different topics below one level.
  std::string topic(std::string_view suffix = "t") const;
  /// A Client Identifier of this run alone: at most 23 letters and digits.
  /// @param suffix up to 8 letters and digits
  std::string client_id(std::string_view suffix = "") const;

  /// How long after SUBACK or UNSUBACK a subscription may still be as it was before; 0 for most brokers.
  transport::Duration subscription_lag() const { return environment_.subscription_lag; }

  /// A CONNECT for this version: a new Client Identifier, clean start, no keep alive, the credentials of the run.
  wire::Connect connect_packet();
  /// The same for a Session that is kept when the connection ends: Clean Session 0, or Clean Start 0 and an expiry of five minutes.
  wire::Connect kept_session_packet(std::string client_id);

  /// Opens a Network Connection as a step.
  Awaitable<Connection> open();
  /// Opens one over WebSocket as a step. The case does not apply where the broker is not reached so.
  /// @param subprotocols that are offered, as in Sec-WebSocket-Protocol
  Awaitable<Connection> open_web_socket(std::string subprotocols = "mqtt");
  /// Opens one and connects as a step: the CONNACK must accept.
  Awaitable<Connection> connect();
  Awaitable<Connection> connect(wire::Connect packet, Acknowledging how = Acknowledging::automatic);
  /// Opens one and sends the CONNECT; the answer is still to be waited for.
  Awaitable<Connection> begin_connect(wire::Connect packet, Acknowledging how = Acknowledging::automatic);

  /// Lets time pass. Only for what the standard ties to time: keep alive, expiry, delay.
  Awaitable<void> pass_time(transport::Duration duration);
  transport::TimePoint now() const;

  /// Checks something that no expectation covers. @throws PointFailed
  void check(bool holds, std::string expected, std::string got);
  void check(bool holds, std::string expected, std::string got, because reason);
  /// Checks what a broker should do and need not: where it does not hold, the case ends with `warn`.
  void recommend(bool holds, std::string expected, std::string got);
  void recommend(bool holds, std::string expected, std::string got, because reason);
  /// Gives the broker at least so long for each answer: for what it does by its own clock, which may tick slowly.
  void allow(transport::Duration least);
  /// Ends the case as inconclusive.
  [[noreturn]] void set_up_failed(std::string what);
  /// Ends the case with `skip`. @param evidence what the broker did that shows that it lacks something
  [[noreturn]] void not_applicable(std::string evidence);
  /// A line in the trace.
  void note(std::string text);

  /// Runs the case to its end, cleans up after it, and returns the outcome. Called once. No exception leaves it: what the case throws by
  /// mistake is Verdict::error, and a clean-up that the broker prevents is a note in the trace.
  Awaitable<Outcome> run();

 private:
  friend class Connection;
  friend class Connection::State;

  Awaitable<Connection> open(const transport::Url& url, const transport::ConnectOptions& options);
  /// Ends the case where an expectation is not met.
  void note_late() { outcome_.late = true; }
  [[noreturn]] void unmet(Expectation::Purpose purpose, std::optional<spec::Requirement> requirement, std::string expected, std::string got,
                          bool late);
  /// Ends the case at a packet that cannot be read. If the rule that it breaks is one that the case checks, the case fails.
  [[noreturn]] void unreadable(const wire::Violation& violation, const std::string& what);
  /// Notes a packet that breaks a rule and could be read. If the rule is one that the case checks, the case fails in the end.
  void note_violation(const wire::Violation& violation);
  bool checks(spec::Clause clause) const;
  void blame(std::optional<spec::Requirement> requirement, std::string expected, std::string got);
  void recommended(bool holds, std::optional<spec::Requirement> requirement, std::string expected, std::string got);
  /// Adds to the trace, except while cleaning up.
  void record(int connection, const std::string& client, TraceLine::Kind kind, std::string text, wire::ByteView bytes = {});
  /// The same for a packet, which is put into words only where the line is kept. @param remark behind the packet
  void record(int connection, const std::string& client, TraceLine::Kind kind, const wire::Packet& packet, wire::ByteView bytes,
              std::string_view remark = {});
  void fail_by_own_defect(std::string what);
  Awaitable<void> clean_up();
  Awaitable<void> end_connections();
  Awaitable<void> clear_broker();

  const Case& case_;
  Environment environment_;
  std::mt19937_64 random_;
  transport::TimePoint began_;
  Outcome outcome_;
  TraceRecorder trace_;
  std::vector<std::shared_ptr<Connection::State>> connections_;
  std::vector<std::string> filters_;  ///< Topic Filters of all SUBSCRIBE packets, without $share/{ShareName}/
  int client_count_ = 0;
  std::optional<Blame> violation_;  ///< the first that the case checks
  bool cleaning_ = false;
  struct Conduct;
  std::unique_ptr<Conduct> conduct_;
};

}  // namespace mqttspec::conformance
