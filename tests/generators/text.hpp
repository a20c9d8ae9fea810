#pragma once

#include "reference/spec/protocol_version.hpp"
#include "tests/generators/choices.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// Strings that a packet may carry.
namespace mqttspec::generators {

/// A UTF-8 Encoded String without the characters in `without`: characters of one to four bytes, mostly short, seldom of the greatest
/// length. Once in a while it holds what the standard only advises against: control characters and non-characters.
std::string text(Choices& choices, std::string_view without = {});

/// Binary Data, mostly short, seldom of the greatest length.
std::string binary(Choices& choices);

/// A Payload, seldom longer than 64 KiB.
std::string payload(Choices& choices);

/// A Topic Name, not empty.
std::string topic_name(Choices& choices);

/// A Topic Filter; in 5.0 sometimes one of a Shared Subscription.
std::string topic_filter(Choices& choices, spec::ProtocolVersion version);

}  // namespace mqttspec::generators
