#include "conformance/report/capture.hpp"

#include "conformance/report/pcapng.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace mqttspec::conformance::report {
namespace {

class TraceCollector {
 public:
  explicit TraceCollector(const RunResult& result) : started_(result.started) {}

  void add(const CaseResult& result, const Trace& trace, transport::Duration began) {
    std::map<int, std::uint32_t> numbers;
    for (const TraceLine& line : trace) {
      // What is about no connection stands in the case's reports.
      if (line.connection == 0) continue;
      const auto [entry, is_new] = numbers.try_emplace(line.connection, connections_);
      if (is_new) ++connections_;
      const bool sent = line.kind == TraceLine::Kind::sent;
      traffic_.push_back(
          {.at = started_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(began + line.at),
           .connection = entry->second,
           .from = sent ? wire::Direction::client_to_server : wire::Direction::server_to_client,
           .bytes = line.bytes,
           .size = line.size,
           .comment = fmt::format("{} (MQTT {}, {}): {}", result.id, spec::name(result.version), name(result.verdict), line.text)});
    }
  }
  const std::vector<Traffic>& traffic() const { return traffic_; }

 private:
  std::chrono::system_clock::time_point started_;
  std::vector<Traffic> traffic_;
  std::uint32_t connections_ = 0;
};

}  // namespace

std::string render_pcapng(const RunResult& result) {
  TraceCollector collector(result);
  for (const CaseResult& one : result.cases) {
    // A rule of conduct shows the trace of a case that is here anyway.
    if (one.id.starts_with("conduct/")) continue;
    collector.add(one, one.first_trace, one.first_began);
    collector.add(one, one.trace, one.began);
  }
  return render_pcapng(collector.traffic());
}

}  // namespace mqttspec::conformance::report
