#pragma once

#include "conformance/runner/results.hpp"

#include <chrono>
#include <functional>
#include <vector>

/// One run with everything in it that a report can show.
namespace mqttspec::conformance::report {

inline TraceLine line(std::chrono::microseconds at, int connection, TraceLine::Kind kind, std::string text, wire::Bytes bytes = {}) {
  return {.at = at,
          .connection = connection,
          .client = connection == 0 ? "" : "mabc1",
          .kind = kind,
          .text = std::move(text),
          .bytes = std::move(bytes)};
}

/// Traces are not to be changed; this makes another one.
inline Trace changed(const Trace& trace, const std::function<void(std::vector<TraceLine>&)>& change) {
  std::vector<TraceLine> lines(trace.begin(), trace.end());
  change(lines);
  return Trace(std::move(lines));
}

inline CaseResult passed(ProtocolVersion version, std::string id, spec::Clause clause) {
  CaseResult result;
  result.id = std::move(id);
  result.version = version;
  result.title = "What a conforming broker does";
  result.clauses = {clause};
  result.duration = std::chrono::milliseconds(2);
  return result;
}

inline CaseResult failed() {
  CaseResult result = passed(ProtocolVersion::v3_1_1, "connack/session-present", spec::Clause(ProtocolVersion::v3_1_1, "MQTT-3.2.2-1"));
  result.title = "Session Present is 0 after a clean session";
  result.verdict = Verdict::fail;
  result.message = "Session Present was 1";
  result.blames = {{.verdict = Verdict::fail,
                    .clause = result.clauses.front(),
                    .expected = "CONNACK with Session Present 0",
                    .got = "CONNACK with Session Present 1"}};
  using enum TraceLine::Kind;
  using std::chrono::microseconds;
  result.trace = Trace({line(microseconds(0), 1, event, "opened"),
                        line(microseconds(120), 1, sent, "CONNECT client identifier \"mabc1\"", {0x10, 0x0c}),
                        line(microseconds(1'234'567), 1, received, "CONNACK Session Present, accepted", {0x20, 0x02, 0x01, 0x00}),
                        line(microseconds(1'300'000), 0, event, "a remark")});
  return result;
}

inline RunResult sample() {
  constexpr auto v3 = ProtocolVersion::v3_1_1;
  constexpr auto v5 = ProtocolVersion::v5_0;
  RunResult run;
  run.target = "mqtt://127.0.0.1:1883";
  run.started = std::chrono::sys_days(std::chrono::year(2025) / 1 / 31) + std::chrono::hours(12) + std::chrono::milliseconds(5);
  run.duration = std::chrono::milliseconds(1'500);
  run.seed = 42;
  run.timing = judge_timing({std::chrono::microseconds(300), std::chrono::microseconds(200), std::chrono::microseconds(1'100)}, {}, {},
                            std::chrono::seconds(30));
  run.capabilities = {{.name = "QoS 2", .version = v5, .available = false, .evidence = "CONNACK says Maximum QoS 1"},
                      {.name = "retained messages", .version = v5, .available = true, .evidence = "a retained message came"}};
  run.cases = {passed(v3, "connect/once", spec::Clause(v3, "MQTT-3.1.0-2")), passed(v3, "connect/flags", spec::Clause(v3, "MQTT-3.1.2-3")),
               failed(), passed(v5, "qos1/slow", spec::Clause(v5, "MQTT-4.3.2-1")),
               passed(v5, "qos2/skipped", spec::Clause(v5, "MQTT-4.3.3-10"))};
  run.cases[3].slow = true;
  run.cases[3].message = "PUBACK took 5.1 s";
  run.cases[4].verdict = Verdict::skip;
  run.cases[4].message = "needs QoS 2: CONNACK says Maximum QoS 1";
  summarise(run);
  return run;
}

/// A case that failed first and passed then.
inline CaseResult flaky() {
  CaseResult result = failed();
  result.verdict = Verdict::flaky;
  result.first_trace = result.trace;
  result.trace = changed(result.trace, [](auto& lines) { lines.resize(2); });
  return result;
}

}  // namespace mqttspec::conformance::report
