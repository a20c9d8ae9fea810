#pragma once

#include "conformance/runner/runner.hpp"
#include "mock_broker/server.hpp"
#include "reference/wire/build.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Runs of the suite, or of a few cases, on a mock broker in simulated time.
namespace mqttspec::conformance {

/// Remembers what it was told.
class Listener : public Observer {
 public:
  void run_started(int total) override { total_ = total; }
  void case_started(const CaseResult&) override {}
  void case_finished(const CaseResult& result) override { finished_.push_back(result.id); }
  void notice(const std::string& text) override { notices_.push_back(text); }

  int total_ = 0;
  std::vector<std::string> finished_;
  std::vector<std::string> notices_;
};

/// A message that nobody in a run has asked for, ahead of every SUBACK.
inline mock_broker::Outgoing with_stray_message(wire::Suback& answer, const mock_broker::Peer&) {
  mock_broker::Outgoing outgoing;
  outgoing.emplace_back(wire::build::publish("elsewhere", "x"));
  outgoing.emplace_back(answer);
  return outgoing;
}

/// A broker that is as it should be but for what the test does to it.
struct SimulatedBroker {
  mock_broker::Configuration configuration{};
  mock_broker::Behaviour behaviour{};
  std::unique_ptr<mock_broker::Interceptor> interceptor = nullptr;
  std::optional<mock_broker::Server>* successor = nullptr;  ///< one that the test may start meanwhile, ended with the run
};

/// @param meddle is given the server before the run begins
inline RunResult run_simulated(SimulatedBroker broker, const std::vector<Case>& cases, RunOptions options = {},
                               const std::function<void(transport::Runtime&, mock_broker::Server&)>& meddle = {}) {
  if (!options.seed) options.seed = 1;
  const transport::Url url{.host = "sim", .port = 1883};
  const auto runtime = transport::make_sim_runtime({.seed = *options.seed});
  mock_broker::Server server(*runtime, mock_broker::BrokerSetup{.configuration = std::move(broker.configuration),
                                                                .behaviour = broker.behaviour,
                                                                .interceptor = std::move(broker.interceptor)});
  if (const auto listening = server.listen(url); !listening) throw std::runtime_error(listening.error().message);
  if (meddle) meddle(*runtime, server);
  Listener listener;
  auto result = run_suite(*runtime, cases, url, options, listener);
  if (broker.successor) broker.successor->reset();
  return result;
}

}  // namespace mqttspec::conformance
