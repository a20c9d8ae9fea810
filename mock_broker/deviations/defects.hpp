#pragma once

#include "mock_broker/deviations/web_socket_habits.hpp"
#include "mock_broker/engine/behaviour.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "mock_broker/engine/interceptor.hpp"
#include "reference/spec/catalogue.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace mqttspec::mock_broker {

/// A broken broker: right in everything but one thing. It holds in the versions in which its requirement has a clause.
struct Defect {
  std::string_view id;  ///< "qos2/delivers-resent-publish-again"
  spec::Requirement requirement;
  std::string_view summary;                                      ///< what it does, one line
  void (*apply)(Behaviour&) = nullptr;                           ///< the decision taken wrongly, or
  std::unique_ptr<Interceptor> (*make_interceptor)() = nullptr;  ///< the packets changed
  void (*configure)(Configuration&) = nullptr;                   ///< what the broker must offer for it to show; rarely needed
  void (*change_web_socket)(WebSocketHabits&) = nullptr;         ///< what it does with WebSocket

  bool holds_in(spec::ProtocolVersion version) const { return !requirement.in(version).empty(); }
};

/// The catalogue, grouped by subject.
std::span<const Defect> defects();
/// nullptr for an unknown id.
const Defect* find_defect(std::string_view id);

}  // namespace mqttspec::mock_broker
