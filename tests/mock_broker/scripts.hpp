#pragma once

#include "mock_broker/deviations/broker_setup.hpp"
#include "reference/spec/protocol_version.hpp"

#include <cstddef>
#include <string>

namespace mqttspec::mock_broker::testing {

/// Scripts that together touch everything a broker does.
std::size_t script_count();
/// Plays one of them, and writes down every byte that the broker sends and every connection that it closes. Two brokers that behave
/// differently in anything that matters differ in the transcript of some script.
std::string transcript(BrokerSetup broker, spec::ProtocolVersion version, std::size_t script);

}  // namespace mqttspec::mock_broker::testing
