#pragma once

#include "mock_broker/deviations/web_socket_habits.hpp"
#include "mock_broker/engine/behaviour.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "mock_broker/engine/engine.hpp"
#include "mock_broker/engine/interceptor.hpp"

#include <memory>
#include <span>

namespace mqttspec::mock_broker {

struct Defect;
struct Variant;

/// Everything a broker is built from. As it stands, the broker is correct.
struct BrokerSetup {
  Configuration configuration{};
  Behaviour behaviour{};
  std::unique_ptr<Interceptor> interceptor{};  ///< null: packets pass unchanged
  WebSocketHabits web_socket{};

  /// Later deviations win where two contradict each other; interceptors are chained in the order in which they were added.
  void add(const Defect& defect);
  void add(const Variant& variant);

 private:
  void add(std::unique_ptr<Interceptor> added);
};

/// A broker with one defect. @param base what it starts from
BrokerSetup setup_with(const Defect& defect, Configuration base = {});
/// A broker with all of these variants. @param base what it starts from
BrokerSetup setup_with(std::span<const Variant* const> variants, Configuration base = {});

/// An engine without a server around it; habits of WebSocket have no effect.
Engine make_engine(BrokerSetup setup);

}  // namespace mqttspec::mock_broker
