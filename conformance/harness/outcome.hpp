#pragma once

#include "conformance/harness/verdict.hpp"
#include "reference/link/trace.hpp"
#include "reference/spec/catalogue.hpp"

#include <set>
#include <string>
#include <vector>

namespace mqttspec::conformance {

using link::Trace;
using link::TraceLine;
using link::TraceRecorder;

/// One thing that the broker did wrong in a case.
struct Blame {
  Verdict verdict = Verdict::fail;  ///< fail or warn, by the level of the statement
  spec::Clause clause{};            ///< the statement or section that is broken
  std::string expected{};           ///< what the standard requires, as in "expected: …; got: …"
  std::string got{};                ///< what the broker did instead
};

/// A rule of conduct that the broker broke while a case was going on.
struct ConductFinding {
  std::string rule{};  ///< id of the rule, "server/second-connack"
  std::string summary{};
  Blame blame{};
};

/// What a case has put on the broker that outlives its connections. The case takes it away again; whether it is gone is looked at in the
/// end.
struct Footprint {
  std::set<std::string> retained_topics{};
  std::set<std::string> kept_sessions{};  ///< Client Identifiers
};

/// How one run of one case went.
struct Outcome {
  Verdict verdict = Verdict::pass;
  std::string message{};
  std::vector<Blame> blames{};
  std::vector<ConductFinding> conduct{};
  bool late = false;     ///< an answer did not come within the limit, so patience may change the verdict
  bool refused = false;  ///< the broker's port could not be reached
  transport::TimePoint began{};
  transport::Duration duration{};
  Trace trace{};
  std::set<wire::PacketType> received{};         ///< types of packets that the broker has sent
  std::set<wire::PacketType> awaited_in_vain{};  ///< types that were waited for while none was there
  Footprint footprint{};
};

}  // namespace mqttspec::conformance
