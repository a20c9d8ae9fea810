#pragma once

#include "conformance/harness/case.hpp"
#include "conformance/harness/profile.hpp"
#include "conformance/runner/results.hpp"
#include "conformance/runner/selection.hpp"
#include "reference/transport/runtime.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mqttspec::conformance {

/// How the suite is run. Times are of the runtime: virtual on the embedded broker.
struct RunOptions {
  std::vector<ProtocolVersion> versions = {ProtocolVersion::v3_1_1, ProtocolVersion::v5_0};
  Selection selection;
  int jobs = 40;                                            ///< cases at the same time, 1 or more; beside those by the clock, unless 1
  transport::Duration timeout = std::chrono::seconds(2);    ///< first limit for an answer
  transport::Duration patience = std::chrono::seconds(30);  ///< limit when a case is run again
  std::optional<transport::Duration> settle;                ///< how long to listen for what must not come; measured unless given
  std::optional<std::uint64_t> seed;                        ///< of names and of everything drawn; drawn itself unless given
  bool fail_fast = false;                                   ///< stop starting cases after the first confirmed fail
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  transport::ConnectOptions connect;  ///< TLS and WebSocket of every connection
  Profile profile;
  std::optional<transport::Url> web_socket;  ///< where the broker serves WebSocket beside the URL
  /// Verdicts other than pass that are known (a baseline): what ends so at the first run is not run again.
  std::map<std::pair<std::string, ProtocolVersion>, Verdict> known;
};

/// Follows a run while it goes on. Called on the thread of the run.
class Observer {
 public:
  virtual ~Observer() = default;
  /// @param total cases that will be run, all versions together
  virtual void run_started(int total) = 0;
  virtual void case_started(const CaseResult& head) = 0;
  /// A verdict that stands. Cases that are going to be confirmed are told when they have been.
  virtual void case_finished(const CaseResult& result) = 0;
  /// A remark for people: "12 cases are run again with patience".
  virtual void notice(const std::string& text) = 0;
};

/// Runs the cases against the broker at `url`. Where nobody listens, `broken_off` says so and there are no cases.
RunResult run_suite(transport::Runtime& runtime, const std::vector<Case>& cases, const transport::Url& url, const RunOptions& options,
                    Observer& observer);

/// What `--list` shows: every case and version that the options select, in running order.
std::vector<CaseResult> list_cases(const std::vector<Case>& cases, const RunOptions& options);

}  // namespace mqttspec::conformance
