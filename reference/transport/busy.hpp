#pragma once

#include <fmt/format.h>

#include <stdexcept>

namespace mqttspec::transport {

/// Marks an operation as under way, and rejects a second one meanwhile.
class Busy {
 public:
  /// @throws std::logic_error if the operation is already under way
  Busy(bool& flag, const char* operation) : flag_(flag) {
    if (flag_) throw std::logic_error(fmt::format("a second {} while one is under way", operation));
    flag_ = true;
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { flag_ = false; }

 private:
  bool& flag_;
};

}  // namespace mqttspec::transport
