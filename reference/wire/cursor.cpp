#include "reference/wire/cursor.hpp"

namespace mqttspec::wire {

LongInteger read_long_integer(ByteView bytes, Judge& judge, std::string_view name) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i == bytes.size()) {
      judge.field_missing(name, bytes.data() + i);
      return {};
    }
    value |= (bytes[i] & 0x7Fu) << 7 * i;
    if (bytes[i] >= 0x80) continue;
    if (bytes[i] == 0 && i != 0) judge.violate("codec/integer-not-minimal", bytes.data(), {"The ", name, " has more bytes than it needs"});
    return {value, bytes.data() + i + 1};
  }
  judge.violate("codec/integer-too-long", bytes.data(), {"The ", name, " is a Variable Byte Integer of more than four bytes"});
  return {};
}

}  // namespace mqttspec::wire
