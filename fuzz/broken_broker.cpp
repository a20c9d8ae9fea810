#include "fuzz/broker_setup.hpp"

#ifndef MQTTSPEC_FUZZ
#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/defects.hpp"

#include <cstdlib>
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
  return make_engine(mock_broker::setup_with(*defect));
}

#endif

}  // namespace mqttspec::fuzz
