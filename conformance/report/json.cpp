#include "conformance/report/json.hpp"

#include "conformance/report/tool.hpp"
#include "reference/wire/describe.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ostream>
#include <ranges>
#include <string_view>
#include <utility>

namespace mqttspec::conformance::report {
namespace {

using Json = nlohmann::ordered_json;

/// Whole microseconds: finer digits would be noise.
double seconds(transport::Duration duration) {
  return static_cast<double>(std::chrono::round<std::chrono::microseconds>(duration).count()) / 1e6;
}

std::string rfc_3339(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto whole = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     (milliseconds - whole).count());
}

std::string_view name(TraceLine::Kind kind) {
  switch (kind) {
    case TraceLine::Kind::sent: return "sent";
    case TraceLine::Kind::received: return "received";
    case TraceLine::Kind::event: return "event";
  }
  return "event";
}

/// An array with one element for each of `items`; [] and never null where there are none.
template <class Items, class Function>
Json array_of(const Items& items, const Function& to_json) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

Json tool() { return {{"name", tool_name}, {"version", tool_version}}; }

Json to_json(const CapabilityResult& capability) {
  return {{"name", capability.name},
          {"mqtt", spec::name(capability.version)},
          {"available", capability.available},
          {"evidence", capability.evidence}};
}

Json to_json(const Timing& timing) {
  return {{"deliveries", timing.deliveries},
          {"shortest", seconds(timing.shortest)},
          {"median", seconds(timing.median)},
          {"longest", seconds(timing.longest)},
          {"subscription_lag", seconds(timing.subscription_lag)},
          {"subscription_wait", seconds(timing.subscription_wait)},
          {"settle", seconds(timing.settle)},
          {"settle_is_given", timing.settle_is_given}};
}

Json to_json(const LeftBehind& one) {
  return {{"kind", one.kind}, {"name", one.name}, {"case", one.case_id}, {"mqtt", spec::name(one.version)}};
}

Json to_json(const CaseName& one) { return {{"id", one.id}, {"mqtt", spec::name(one.version)}}; }

Json to_json(const Blame& blame, ProtocolVersion version) {
  const spec::Statement* const statement = spec::find(version, blame.clause.text());
  return {{"statement", blame.clause.text()},
          {"requirement", statement == nullptr ? "" : statement->requirement},
          {"expected", blame.expected},
          {"got", blame.got},
          {"verdict", conformance::name(blame.verdict)}};
}

Json to_json(const TraceLine& line) {
  return {{"at", seconds(line.at)}, {"connection", line.connection},
          {"client", line.client},  {"kind", name(line.kind)},
          {"text", line.text},      {"hex", wire::hex(line.bytes, line.bytes.size())}};
}

Json to_json(const Trace& trace) {
  return array_of(trace, [](const TraceLine& line) { return to_json(line); });
}

Json to_json(const CaseResult& result) {
  Json json = {{"id", result.id},
               {"mqtt", spec::name(result.version)},
               {"title", result.title},
               {"statements", array_of(result.clauses, [](const spec::Clause& clause) { return clause.text(); })},
               {"verdict", conformance::name(result.verdict)},
               {"message", result.message},
               {"seconds", seconds(result.duration)},
               {"slow", result.slow},
               {"blames", array_of(result.blames, [&](const Blame& blame) { return to_json(blame, result.version); })},
               {"trace", to_json(result.trace)}};
  if (result.verdict == Verdict::flaky) json["first_trace"] = to_json(result.first_trace);
  return json;
}

Json to_json(const StatementResult& statement) {
  return {{"id", statement.clause.text()},
          {"mqtt", spec::name(statement.version)},
          {"verdict", conformance::name(statement.verdict)},
          {"cases", array_of(statement.cases, [](const std::string& id) { return id; })}};
}

Json to_json(const Summary& summary) {
  Json json = Json::object();
  for (const Verdict verdict : all_verdicts) json[std::string(conformance::name(verdict))] = summary[verdict];
  return json;
}

Json to_json(const CoveredStatement& one) {
  const auto same = [](const std::string& id) { return id; };
  return {{"id", one.statement.id},
          {"mqtt", spec::name(one.version)},
          {"role", report::name(one.statement.role)},
          {"level", report::name(one.statement.level)},
          {"requirement", one.statement.requirement},
          {"cases", array_of(one.cases, same)},
          {"rules", array_of(one.rules, same)},
          {"codec", array_of(one.codec, same)},
          {"defects", array_of(one.defects, same)},
          {"why_not", one.why_not()}};
}

Json to_json(const TriedDefect& defect) {
  return {{"id", defect.id},
          {"mqtt", spec::name(defect.version)},
          {"statement", defect.clause.text()},
          {"summary", defect.summary},
          {"killed", defect.is_killed()},
          {"killed_by_own_case", defect.killed_by_own},
          {"killed_by", defect.killed_by},
          {"seconds", seconds(defect.duration)}};
}

Json to_json(const FalseAlarm& alarm) {
  return {{"case", alarm.case_id},
          {"mqtt", spec::name(alarm.version)},
          {"verdict", conformance::name(alarm.verdict)},
          {"message", alarm.message}};
}

Json to_json(const TriedVariant& variant) {
  return {{"id", variant.id},
          {"summary", variant.summary},
          {"failures", array_of(variant.failures, [](const FalseAlarm& alarm) { return to_json(alarm); })},
          {"seconds", seconds(variant.duration)}};
}

Json to_json(const mock_broker::ClientViolation& violation) {
  return {{"client", violation.client_id}, {"connection", violation.connection},   {"mqtt", spec::name(violation.version)},
          {"rule", violation.rule->id},    {"statement", violation.clause.text()}, {"explanation", violation.explanation}};
}

Json summary_of(const SelftestResult& result) {
  return {{"holds", result.holds()},
          {"defects", result.defects.size()},
          {"killed", result.killed()},
          {"killed_by_own_case", result.killed_by_own_case()},
          {"survivors", static_cast<int>(result.defects.size()) - result.killed()},
          {"variants", result.variants.size()},
          {"variants_failed", result.variants_failed()},
          {"cases", result.cases},
          {"idle_cases", result.idle_cases.size()}};
}

/// Bytes that are no UTF-8 become U+FFFD: whatever a broker has sent, the report can be read.
std::string to_text(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

std::string dump(const Json& json) { return to_text(json) + "\n"; }

/// An object that is written as it grows, in the form of dump(): with all traces it can be too large to be built in memory first.
class GrowingObject {
 public:
  explicit GrowingObject(std::ostream& out) : out_(out) { out_ << '{'; }

  void add(std::string_view name, const Json& value) {
    begin(name);
    write(value, 1);
  }
  /// A member that is an array with one element for each of `items`, each built alone.
  template <class Items, class Function>
  void add_array(std::string_view name, const Items& items, const Function& to_json) {
    begin(name);
    std::string_view separator = "[\n    ";
    for (const auto& item : items) {
      out_ << std::exchange(separator, ",\n    ");
      write(to_json(item), 2);
    }
    out_ << (std::ranges::empty(items) ? "[]" : "\n  ]");
  }
  void end() { out_ << "\n}\n"; }

 private:
  void begin(std::string_view name) { out_ << std::exchange(separator_, ",\n  ") << Json(name) << ": "; }

  /// A value so many levels deep. Its strings have no line breaks of their own: JSON escapes them.
  void write(const Json& value, std::size_t depth) {
    const std::string text = to_text(value);
    std::string_view rest = text;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      out_ << rest.substr(0, end + 1) << std::string_view("    ").substr(0, 2 * depth);
      rest.remove_prefix(end + 1);
    }
    out_ << rest;
  }

  std::ostream& out_;
  std::string_view separator_ = "\n  ";
};

}  // namespace

void write_json(std::ostream& out, const RunResult& result) {
  const auto as_json = [](const auto& one) { return to_json(one); };
  GrowingObject json(out);
  json.add("tool", tool());
  json.add("target", result.target);
  json.add("started", rfc_3339(result.started));
  json.add("seconds", seconds(result.duration));
  json.add("seed", result.seed);
  json.add_array("capabilities", result.capabilities, as_json);
  json.add("timing", to_json(result.timing));
  json.add_array("cases", result.cases, as_json);
  json.add_array("statements", result.statements, as_json);
  json.add("summary", to_json(result.summary));
  json.add_array("left_behind", result.left_behind, as_json);
  if (!result.broken_off.empty()) json.add("broken_off", result.broken_off);
  if (!result.under_way.empty()) json.add_array("under_way", result.under_way, as_json);
  json.end();
}

std::string render_json(std::span<const CoveredStatement> statements) {
  return dump({{"tool", tool()}, {"statements", array_of(statements, [](const CoveredStatement& one) { return to_json(one); })}});
}

std::string render_json(const SelftestResult& result) {
  return dump({{"tool", tool()},
               {"seconds", seconds(result.duration)},
               {"seed", result.seed},
               {"defects", array_of(result.defects, [](const TriedDefect& one) { return to_json(one); })},
               {"variants", array_of(result.variants, [](const TriedVariant& one) { return to_json(one); })},
               {"idle_cases", array_of(result.idle_cases,
                                       [](const IdleCase& one) -> Json { return {{"id", one.id}, {"mqtt", spec::name(one.version)}}; })},
               {"summary", summary_of(result)}});
}

std::string render_json(std::span<const mock_broker::ClientViolation> violations, std::size_t most) {
  return dump({{"tool", tool()},
               {"violations", array_of(violations, [](const mock_broker::ClientViolation& one) { return to_json(one); })},
               {"complete", violations.size() < most}});
}

}  // namespace mqttspec::conformance::report
