#include "conformance/harness/test.hpp"

#include "conformance/harness/connection_state.hpp"
#include "reference/wire/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mqttspec::conformance {
namespace {

constexpr std::uint32_t kept_session_expiry = 300;  // seconds

/// The verdict that a broken statement leads to.
Verdict verdict_for(spec::Clause clause, ProtocolVersion version) {
  const auto* statement = spec::find(version, clause.text());
  const bool advice = statement != nullptr && (statement->level == spec::Level::should || statement->level == spec::Level::should_not ||
                                               statement->level == spec::Level::may);
  return advice ? Verdict::warn : Verdict::fail;
}

/// What a case draws depends on the run's seed and on the case, whatever other cases there are: FNV-1a.
std::uint64_t seed_of(std::uint64_t run, std::string_view id, ProtocolVersion version) {
  std::uint64_t hash = 0xCBF29CE484222325 ^ run;
  const auto add = [&hash](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3; };
  std::ranges::for_each(spec::name(version), add);
  std::ranges::for_each(id, add);
  return hash;
}

/// The form of every message about something that was not as expected.
std::string expected_and_got(std::string_view expected, std::string_view got) {
  return fmt::format("expected: {}; got: {}", expected, got);
}

}  // namespace

struct Test::Conduct {
  conduct::ServerSessions sessions;
};

Test::Test(const Case& subject, Environment environment)
    : case_(subject),
      environment_(std::move(environment)),
      random_(seed_of(environment_.seed, subject.id, environment_.version)),
      began_(environment_.runtime.now()),
      conduct_(std::make_unique<Conduct>()) {}

Test::~Test() = default;

transport::TimePoint Test::now() const { return environment_.runtime.now(); }

std::string Test::topic(std::string_view suffix) const { return fmt::format("mqttspec/{}/{}", environment_.name_prefix, suffix); }

std::string Test::client_id(std::string_view suffix) const {
  auto id = fmt::format("{}{}", environment_.name_prefix, suffix);
  if (id.size() > 23) throw std::logic_error("a Client Identifier of more than 23 bytes need not be accepted: " + id);
  return id;
}

wire::Connect Test::connect_packet() {
  wire::Connect packet{
      .version = version(), .client_id = client_id(fmt::format("c{}", ++client_count_)), .clean_start = true, .keep_alive = 0};
  packet.user_name = environment_.user_name;
  packet.password = environment_.password;
  return packet;
}

wire::Connect Test::kept_session_packet(std::string id) {
  auto packet = connect_packet();
  packet.client_id = std::move(id);
  packet.clean_start = false;
  if (is_v5()) packet.properties.set(wire::prop::session_expiry_interval, kept_session_expiry);
  return packet;
}

Test::Credentials Test::credentials() {
  if (!environment_.user_name || !environment_.password)
    not_applicable("no credentials are known: give --username and --password, or a --profile with [credentials]");
  return {*environment_.user_name, *environment_.password};
}

Awaitable<Connection> Test::open() { return open(environment_.url, environment_.connect); }

Awaitable<Connection> Test::open_web_socket(std::string subprotocols) {
  const bool is_reached_so = transport::is_web_socket(environment_.url.scheme);
  if (!is_reached_so && !environment_.web_socket) not_applicable("the broker is not reached by WebSocket: give a ws:// or wss:// URL");
  auto options = environment_.connect;
  options.web_socket.subprotocols = std::move(subprotocols);
  co_return co_await open(is_reached_so ? environment_.url : *environment_.web_socket, options);
}

Awaitable<Connection> Test::open(const transport::Url& url, const transport::ConnectOptions& options) {
  auto stream = co_await environment_.runtime.connect(url, now() + environment_.timeout, options);
  const int number = static_cast<int>(connections_.size()) + 1;
  if (!stream) {
    outcome_.refused = stream.error().kind == transport::Error::Kind::refused;
    outcome_.late = stream.error().kind == transport::Error::Kind::timed_out;
    record(number, "", TraceLine::Kind::event, "no Network Connection: " + stream.error().message);
    set_up_failed("no Network Connection could be opened: " + stream.error().message);
  }
  auto state = std::make_shared<Connection::State>(*this, number, std::move(*stream), conduct_->sessions);
  connections_.push_back(state);
  state->start();
  co_return Connection(std::move(state));
}

Awaitable<Connection> Test::connect() { return connect(connect_packet()); }

Awaitable<Connection> Test::begin_connect(wire::Connect packet, Acknowledging how) {
  auto connection = co_await open();
  connection.acknowledge(how);
  co_await connection.send(std::move(packet));
  co_return connection;
}

Awaitable<Connection> Test::connect(wire::Connect packet, Acknowledging how) {
  auto connection = co_await begin_connect(std::move(packet), how);
  co_await connection.need<wire::Connack>(code(wire::ReasonCode::success));
  co_return connection;
}

Awaitable<void> Test::pass_time(transport::Duration duration) {
  note(fmt::format("{:.3g} s pass", std::chrono::duration<double>(duration).count()));
  co_await environment_.runtime.sleep_for(duration);
}

void Test::check(bool holds, std::string expected, std::string got) {
  if (!holds) unmet(Expectation::Purpose::point, std::nullopt, std::move(expected), std::move(got), false);
}

void Test::check(bool holds, std::string expected, std::string got, because reason) {
  if (!holds) unmet(Expectation::Purpose::point, reason.requirement, std::move(expected), std::move(got), false);
}

void Test::recommend(bool holds, std::string expected, std::string got) {
  recommended(holds, std::nullopt, std::move(expected), std::move(got));
}

void Test::recommend(bool holds, std::string expected, std::string got, because reason) {
  recommended(holds, reason.requirement, std::move(expected), std::move(got));
}

void Test::recommended(bool holds, std::optional<spec::Requirement> requirement, std::string expected, std::string got) {
  if (holds) return;
  outcome_.message = expected_and_got(expected, got);
  record(0, "", TraceLine::Kind::event, outcome_.message);
  outcome_.verdict = Verdict::warn;
  blame(requirement, std::move(expected), std::move(got));
  outcome_.blames.back().verdict = Verdict::warn;
  throw PointFailed{};
}

void Test::allow(transport::Duration least) { environment_.timeout = std::max(environment_.timeout, least); }

void Test::set_up_failed(std::string what) {
  outcome_.verdict = Verdict::inconclusive;
  outcome_.message = std::move(what);
  throw SetUpFailed{};
}

void Test::not_applicable(std::string evidence) {
  outcome_.verdict = Verdict::skip;
  outcome_.message = std::move(evidence);
  throw NotApplicable{};
}

void Test::note(std::string text) { record(0, "", TraceLine::Kind::event, std::move(text)); }

void Test::blame(std::optional<spec::Requirement> requirement, std::string expected, std::string got) {
  const auto clauses = case_.clauses(version());
  spec::Clause clause = clauses.empty() ? spec::Clause() : clauses.front();
  if (requirement && !requirement->in(version()).empty()) clause = requirement->in(version());
  outcome_.blames.push_back(
      {.verdict = verdict_for(clause, version()), .clause = clause, .expected = std::move(expected), .got = std::move(got)});
}

void Test::unmet(Expectation::Purpose purpose, std::optional<spec::Requirement> requirement, std::string expected, std::string got,
                 bool late) {
  outcome_.late = outcome_.late || late;
  auto message = expected_and_got(expected, got);
  record(0, "", TraceLine::Kind::event, message);
  if (purpose == Expectation::Purpose::set_up) set_up_failed("a step before the behaviour under test failed; " + message);
  outcome_.message = std::move(message);
  blame(requirement, std::move(expected), std::move(got));
  outcome_.verdict = outcome_.blames.back().verdict;
  throw PointFailed{};
}

void Test::unreadable(const wire::Violation& violation, const std::string& what) {
  if (!checks(violation.clause)) set_up_failed(what);
  outcome_.message = what;
  outcome_.verdict = verdict_for(violation.clause, version());
  outcome_.blames.push_back({.verdict = outcome_.verdict, .clause = violation.clause, .expected = "a valid packet", .got = what});
  throw PointFailed{};
}

bool Test::checks(spec::Clause clause) const {
  const auto clauses = case_.clauses(version());
  return std::ranges::find(clauses, clause) != clauses.end();
}

void Test::note_violation(const wire::Violation& violation) {
  if (cleaning_ || violation_ || !checks(violation.clause)) return;
  violation_ = Blame{.verdict = verdict_for(violation.clause, version()),
                     .clause = violation.clause,
                     .expected = std::string(violation.rule->summary),
                     .got = violation.explanation};
}

void Test::record(int connection, const std::string& client, TraceLine::Kind kind, std::string text, wire::ByteView bytes) {
  if (cleaning_) return;
  trace_.add({.at = now() - began_, .connection = connection, .client = client, .kind = kind, .text = std::move(text)}, bytes);
}

void Test::record(int connection, const std::string& client, TraceLine::Kind kind, const wire::Packet& packet, wire::ByteView bytes,
                  std::string_view remark) {
  if (!cleaning_) record(connection, client, kind, wire::describe(packet, version()) + std::string(remark), bytes);
}

Awaitable<Outcome> Test::run() {
  try {
    co_await case_.run(*this);
  } catch (const PointFailed&) {
  } catch (const SetUpFailed&) {
  } catch (const NotApplicable&) {
  } catch (const std::exception& problem) {
    fail_by_own_defect(fmt::format("the case itself is wrong: {}", problem.what()));
  } catch (...) {
    fail_by_own_defect("the case itself is wrong: it throws something that is not an exception");
  }
  if (violation_ && (outcome_.verdict == Verdict::pass || outcome_.verdict == Verdict::inconclusive)) {
    outcome_.verdict = violation_->verdict;
    outcome_.message = expected_and_got(violation_->expected, violation_->got);
    outcome_.blames.push_back(*violation_);
  }
  outcome_.began = began_;
  outcome_.duration = now() - began_;
  co_await clean_up();
  outcome_.trace = trace_.take();
  co_return std::move(outcome_);
}

void Test::fail_by_own_defect(std::string what) {
  outcome_.verdict = Verdict::error;
  outcome_.message = std::move(what);
}

/// Nothing that happens here belongs to a statement of the case: the verdict has been reached. A broker that does not let itself be cleaned
/// up leaves a note in the trace.
Awaitable<void> Test::clean_up() {
  cleaning_ = true;
  const auto verdict = outcome_.verdict;
  const auto message = outcome_.message;
  const auto blames = outcome_.blames;
  const auto conduct = outcome_.conduct;
  std::string problem;
  std::string own_defect;
  try {
    co_await end_connections();
    co_await clear_broker();
  } catch (const PointFailed&) {
    problem = outcome_.message;
  } catch (const SetUpFailed&) {
    problem = outcome_.message;
  } catch (const NotApplicable&) {
    problem = outcome_.message;
  } catch (const std::exception& exception) {
    problem = own_defect = exception.what();
  } catch (...) {
    problem = own_defect = "it throws something that is not an exception";
  }
  // However far that came, no connection stays open. This waits for the connections' own coroutines alone.
  for (const auto& state : std::exchange(connections_, {})) {
    state->close();
    co_await state->ended();
  }
  outcome_.verdict = verdict;
  outcome_.message = message;
  outcome_.blames = blames;
  outcome_.conduct = conduct;
  cleaning_ = false;
  if (!problem.empty()) note("clean-up failed: " + problem);
  if (!own_defect.empty() && verdict != Verdict::fail) fail_by_own_defect("the clean-up itself is wrong: " + own_defect);
}

Awaitable<void> Test::end_connections() {
  for (const auto& state : std::exchange(connections_, {})) {
    const bool polite = !state->over && state->connack && state->connack->reason_code == wire::ReasonCode::success;
    if (polite) {
      Connection handle(state);
      co_await handle.disconnect();
    }
    state->close();
    co_await state->ended();
  }
}

Awaitable<void> Test::clear_broker() {
  // What is sent here is noted in the footprint, too.
  const Footprint footprint = outcome_.footprint;
  if (outcome_.refused) co_return;
  for (const auto& id : footprint.kept_sessions) {
    auto packet = connect_packet();
    packet.client_id = id;
    (void)co_await connect(std::move(packet));
  }
  if (!footprint.retained_topics.empty()) {
    auto sweeper = co_await connect();
    for (const auto& each : footprint.retained_topics) co_await sweeper.send(wire::Publish{.topic = each, .retain = true});
    co_await sweeper.fence();
  }
  co_await end_connections();
}

}  // namespace mqttspec::conformance
