#include "reference/wire/decoder.hpp"
#include "reference/wire/describe.hpp"
#include "reference/wire/encoder.hpp"
#include "tests/wire/packets.hpp"

#include <gtest/gtest.h>

namespace mqttspec::wire::testing {
namespace {

class EveryPacket : public ::testing::TestWithParam<ProtocolVersion> {};

TEST_P(EveryPacket, IsDecodedAsItWasEncoded) {
  for (const Sample& sample : samples(GetParam())) {
    const Bytes packet = encode(sample.packet, GetParam());

    const auto decoded = decode(packet, {.from = sample.from, .version = GetParam()});

    ASSERT_TRUE(decoded.has_value()) << decoded.error().explanation << '\n' << hex(packet);
    EXPECT_TRUE(*decoded == sample.packet) << describe(*decoded, GetParam()) << "\ninstead of " << describe(sample.packet, GetParam());
  }
}

TEST_P(EveryPacket, HasTheSizeThatWasMeasured) {
  for (const Sample& sample : samples(GetParam()))
    EXPECT_EQ(encode(sample.packet, GetParam()).size(), encoded_size(sample.packet, GetParam()));
}

TEST_P(EveryPacket, IsAppendedToWhatIsThere) {
  for (const Sample& sample : samples(GetParam())) {
    Bytes out{0xAA};
    encode(sample.packet, GetParam(), out);
    EXPECT_EQ(out.front(), 0xAA);
    EXPECT_EQ(Bytes(out.begin() + 1, out.end()), encode(sample.packet, GetParam()));
  }
}

TEST_P(EveryPacket, IsRefusedWithoutItsLastByteAndWithOneMore) {
  for (const Sample& sample : samples(GetParam())) {
    const DecodeContext context{.from = sample.from, .version = GetParam()};
    Bytes packet = encode(sample.packet, GetParam());
    packet.push_back(0);
    EXPECT_FALSE(decode_view(packet, context).has_value());
    packet.resize(packet.size() - 2);
    EXPECT_FALSE(decode_view(packet, context).has_value());
  }
}

/// Whatever one changed byte makes of a packet: if it is decoded, it is what its bytes say.
TEST_P(EveryPacket, WithAnyByteChangedIsRefusedOrComesOutAgain) {
  for (const Sample& sample : samples(GetParam())) {
    const DecodeContext context{.from = sample.from, .version = GetParam()};
    const Bytes original = encode(sample.packet, GetParam());
    for (std::size_t at = 0; at < original.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x02, 0x03, 0x23, 0x26, 0x7F, 0x80, 0xFF, original[at] ^ 0x01, original[at] ^ 0x80}) {
        Bytes changed = original;
        changed[at] = static_cast<std::uint8_t>(value);
        const auto decoded = decode(changed, context);
        if (!decoded) continue;
        // Two things are not kept: what 3.1 leaves unused, and a User Name that 3.1 lets be absent.
        if (GetParam() == ProtocolVersion::v3_1) continue;
        EXPECT_EQ(hex(encode(*decoded, GetParam()), 1000), hex(changed, 1000));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, EveryPacket, ::testing::Values(ProtocolVersion::v3_1, ProtocolVersion::v3_1_1, ProtocolVersion::v5_0),
                         [](const auto& info) {
                           switch (info.param) {
                             case ProtocolVersion::v3_1: return "V3_1";
                             case ProtocolVersion::v3_1_1: return "V3_1_1";
                             default: return "V5_0";
                           }
                         });

}  // namespace
}  // namespace mqttspec::wire::testing
