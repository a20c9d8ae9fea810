#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mqttspec::generators {

/// The decisions that make a packet: numbers, of which smaller ones lead to simpler packets and 0 to the simplest. They are drawn from a
/// seed, or given as a list that has been drawn before and perhaps been cut or made smaller since. So whatever is made of them can be made
/// again, and a counter-example is shrunk by shrinking its decisions.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}
  /// Takes the decisions from a list; behind its end all of them are 0.
  explicit Choices(std::vector<std::uint32_t> given) : given_(std::move(given)), draws_(false) {}

  /// A number from 0 to limit - 1. @param limit 1 or more
  std::uint32_t below(std::uint64_t limit) {
    const std::uint64_t source = draws_ ? draw() : made_.size() < given_.size() ? given_[made_.size()] : 0;
    const auto choice = static_cast<std::uint32_t>(source % limit);
    made_.push_back(choice);
    return choice;
  }
  /// A number from minimum to maximum.
  std::uint32_t between(std::uint32_t minimum, std::uint32_t maximum) { return minimum + below(std::uint64_t{maximum} - minimum + 1); }
  /// True once in `times`; false is the simpler answer.
  bool once_in(std::uint32_t times) { return below(times) == times - 1; }
  bool flag() { return once_in(2); }
  /// One of the items; the first is the simplest.
  const auto& one_of(const auto& items) { return items[below(std::size(items))]; }

  /// Everything decided so far.
  const std::vector<std::uint32_t>& made() const { return made_; }

 private:
  /// splitmix64: the same on every platform, unlike the distributions of <random>. The low bits are as good as the high ones.
  std::uint64_t draw() {
    std::uint64_t bits = state_ += 0x9E3779B97F4A7C15;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
    return bits ^ bits >> 31;
  }

  std::uint64_t state_ = 0;
  std::vector<std::uint32_t> given_;
  std::vector<std::uint32_t> made_;
  bool draws_ = true;
};

}  // namespace mqttspec::generators
