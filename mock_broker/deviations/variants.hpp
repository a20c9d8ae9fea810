#pragma once

#include "mock_broker/engine/behaviour.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "mock_broker/engine/interceptor.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace mqttspec::mock_broker {

/// A broker that differs from the default one and is right all the same: a freedom that the standard leaves to servers.
struct Variant {
  std::string_view id;       ///< "overlap/copy-per-subscription"
  std::string_view section;  ///< of 5.0, that leaves the freedom
  std::string_view summary;  ///< what it does, one line
  void (*apply)(Configuration&, Behaviour&) = nullptr;
  std::unique_ptr<Interceptor> (*make_interceptor)() = nullptr;
};

std::span<const Variant> variants();
/// nullptr for an unknown id.
const Variant* find_variant(std::string_view id);

}  // namespace mqttspec::mock_broker
