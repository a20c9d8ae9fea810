#include "fuzz/broker_setup.hpp"

#ifndef MQTTSPEC_FUZZ
#include "mock_broker/deviations/defects.hpp"

#include <cstdlib>
#include <utility>
#endif

namespace mqttspec::fuzz {

#ifdef MQTTSPEC_FUZZ

std::optional<mock_broker::Engine> make_broken_broker() { return std::nullopt; }

#else

std::optional<mock_broker::Engine> make_broken_broker() {
  const char* id = std::getenv("MQTTSPEC_DEFECT");
  if (id == nullptr) return std::nullopt;
  const auto* defect = mock_broker::find_defect(id);
  check(defect != nullptr, "MQTTSPEC_DEFECT names no defect");
  mock_broker::Configuration configuration;
  mock_broker::Behaviour behaviour;
  if (defect->configure) defect->configure(configuration);
  if (defect->apply) defect->apply(behaviour);
  auto interceptor = defect->make_interceptor ? defect->make_interceptor() : nullptr;
  return mock_broker::Engine(std::move(configuration), behaviour, std::move(interceptor));
}

#endif

}  // namespace mqttspec::fuzz
