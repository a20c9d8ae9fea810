#pragma once

#include "conformance/runner/runner.hpp"
#include "mock_broker/server.hpp"

#include <functional>

namespace mqttspec::conformance::cli {

/// @param configuration what the broker has to begin with
using MakeServer = std::function<mock_broker::Server(transport::Runtime&, mock_broker::Configuration configuration)>;

/// Runs the suite and a mock broker together in simulated time, on the calling thread. @param options with a seed
RunResult run_on_embedded_broker(const MakeServer& make_server, const std::vector<Case>& cases, const RunOptions& options,
                                 Observer& observer);

}  // namespace mqttspec::conformance::cli
