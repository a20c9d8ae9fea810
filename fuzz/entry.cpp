// What libFuzzer calls. MQTTSPEC_FUZZ_TARGET is the name of the target.

#include "fuzz/mutator.hpp"
#include "fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

namespace {

constexpr const mqttspec::fuzz::Target* target = mqttspec::fuzz::find_target(MQTTSPEC_FUZZ_TARGET);
static_assert(target != nullptr);

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target->run({data, size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t maximum, unsigned seed) {
  return mqttspec::fuzz::mutate({data, maximum}, size, target->layout, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size, const std::uint8_t* other,
                                                 std::size_t other_size, std::uint8_t* out, std::size_t maximum, unsigned seed) {
  return mqttspec::fuzz::cross_over({one, one_size}, {other, other_size}, {out, maximum}, target->layout, seed);
}
