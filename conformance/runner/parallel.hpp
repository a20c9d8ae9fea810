#pragma once

#include <cstddef>
#include <functional>

namespace mqttspec::conformance {

/// Calls `work` with each number below `count`, on up to `threads` threads, and waits for all of them. The lower numbers are begun first.
/// Rethrows one of the exceptions that `work` has thrown; what has not been begun by then is left out.
void for_each_in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace mqttspec::conformance
