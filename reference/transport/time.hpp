#pragma once

#include <chrono>

/// Time as every engine sees it: handed in, never asked for. Light header without Asio.
namespace mqttspec::transport {

/// Nanoseconds. With a RealRuntime the monotonic clock; with a SimRuntime virtual time that starts at an hour after the epoch.
using Clock = std::chrono::steady_clock;
using TimePoint = std::chrono::time_point<Clock, std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

}  // namespace mqttspec::transport
