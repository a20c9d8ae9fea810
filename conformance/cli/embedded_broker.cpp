#include "conformance/cli/embedded_broker.hpp"

#include <stdexcept>

namespace mqttspec::conformance::cli {

RunResult run_on_embedded_broker(const MakeServer& make_server, const std::vector<Case>& cases, const RunOptions& options,
                                 Observer& observer) {
  const transport::Url url{.host = "sim", .port = 1883};
  const auto runtime = transport::make_sim_runtime({.seed = options.seed.value()});
  auto server = make_server(*runtime);
  if (const auto listening = server.listen(url); !listening) throw std::runtime_error(listening.error().message);
  return run_suite(*runtime, cases, url, options, observer);
}

}  // namespace mqttspec::conformance::cli
