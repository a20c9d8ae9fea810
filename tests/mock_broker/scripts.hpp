#pragma once

#include "mock_broker/engine/behaviour.hpp"
#include "mock_broker/engine/configuration.hpp"
#include "mock_broker/engine/interceptor.hpp"
#include "reference/spec/protocol_version.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace mqttspec::mock_broker::testing {

/// A broker to be made anew for each script.
struct Recipe {
  Configuration configuration{};
  Behaviour behaviour{};
  std::unique_ptr<Interceptor> (*make_interceptor)() = nullptr;
};

/// Scripts that together touch everything a broker does.
std::size_t script_count();
/// Plays one of them, and writes down every byte that the broker sends and every connection that it closes. Two brokers that behave
/// differently in anything that matters differ in the transcript of some script.
std::string transcript(const Recipe& recipe, spec::ProtocolVersion version, std::size_t script);

}  // namespace mqttspec::mock_broker::testing
