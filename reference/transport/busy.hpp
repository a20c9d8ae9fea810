#pragma once

#include <fmt/format.h>

#include <stdexcept>

namespace mqttspec::transport {

/// Marks an operation as under way, and refuses a second one meanwhile.
class Busy {
 public:
  /// @throws std::logic_error when it is under way already
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
