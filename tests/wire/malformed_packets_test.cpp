#include "tests/wire/malformed.hpp"

#include "reference/wire/describe.hpp"
#include "reference/wire/utf8.hpp"
#include "tests/wire/notation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace mqttspec::wire::testing {

void PrintTo(const Malformed& row, std::ostream* out) { *out << row.name; }

namespace {

constexpr std::uint32_t limit = 100'000;

DecodeContext context_of(const Malformed& row) { return {.from = row.from, .version = row.version, .maximum_packet_size = limit}; }

std::vector<Malformed> rows_a_stream_sees() {
  std::vector<Malformed> rows;
  for (const auto table : {malformed_fixed_headers(), malformed_connects(), malformed_publishes(), malformed_acknowledgements(),
                           malformed_subscriptions(), malformed_properties(), malformed_strings()}) {
    rows.insert(rows.end(), table.begin(), table.end());
  }
  return rows;
}

std::vector<Malformed> all_rows() {
  std::vector<Malformed> rows = rows_a_stream_sees();
  const auto framing = malformed_framing();
  rows.insert(rows.end(), framing.begin(), framing.end());
  return rows;
}

std::string test_name(const ::testing::TestParamInfo<Malformed>& row) {
  std::string name(row.param.name);
  const auto sign = [&](char c, const char* word) {
    for (std::size_t at = name.find(c); at != std::string::npos; at = name.find(c)) name.replace(at, 1, word);
  };
  sign('#', "hash");
  sign('+', "plus");
  sign('/', "slash");
  sign('$', "dollar");
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

class MalformedPacket : public ::testing::TestWithParam<Malformed> {};
class MalformedPacketInAStream : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedPacket, IsRefusedWithItsClauseReasonCodeAndPlace) {
  const Bytes packet = bytes(GetParam().packet);

  const auto decoded = decode(packet, context_of(GetParam()));

  ASSERT_FALSE(decoded.has_value()) << hex(packet) << " was taken for " << describe(*decoded, GetParam().version);
  const Violation& violation = decoded.error();
  EXPECT_EQ(violation.clause.text(), GetParam().clause) << violation.explanation;
  EXPECT_EQ(violation.kind(), GetParam().verdict.kind) << violation.explanation;
  EXPECT_EQ(number(violation.reason_code()), number(GetParam().verdict.reason_code)) << violation.explanation;
  EXPECT_EQ(violation.offset, GetParam().offset) << violation.explanation << "\n" << hex(packet);
  EXPECT_FALSE(violation.explanation.empty());
}

/// What is read of it is tested in readable_packets_test.cpp.
TEST_P(MalformedPacket, IsReadWhereItsRuleSaysSo) {
  const Bytes packet = bytes(GetParam().packet);

  const auto decoded = decode_view(packet, context_of(GetParam()));

  const Violation* violation = decoded ? (decoded->violation ? &*decoded->violation : nullptr) : &decoded.error();
  ASSERT_NE(violation, nullptr);
  EXPECT_EQ(violation->clause.text(), GetParam().clause) << violation->explanation;
  EXPECT_EQ(violation->offset, GetParam().offset) << violation->explanation;
  const bool should_be_read = violation->rule->readability == Readability::readable && !GetParam().becomes_unreadable;
  EXPECT_EQ(decoded.has_value(), should_be_read) << violation->rule->id << ": " << violation->explanation;
  if (decoded) EXPECT_TRUE(is_valid_utf8(describe(to_owned(decoded->packet), GetParam().version)));
}

TEST_P(MalformedPacketInAStream, IsRefusedTheSameByteByByte) {
  const Bytes packet = bytes(GetParam().packet);
  Decoder decoder(context_of(GetParam()));

  std::optional<Violation> violation;
  for (const std::uint8_t& byte : packet) {
    ByteView input(&byte, 1);
    const auto next = decoder.next(input);
    if (!next) violation = next.error();
    if (next && *next) violation = (*next)->violation;
  }

  ASSERT_TRUE(violation.has_value()) << hex(packet);
  EXPECT_EQ(violation->clause.text(), GetParam().clause) << violation->explanation;
  EXPECT_EQ(violation->offset, GetParam().offset) << violation->explanation;
}

INSTANTIATE_TEST_SUITE_P(Table, MalformedPacket, ::testing::ValuesIn(all_rows()), test_name);
INSTANTIATE_TEST_SUITE_P(Table, MalformedPacketInAStream, ::testing::ValuesIn(rows_a_stream_sees()), test_name);

TEST(MalformedPackets, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Malformed& row : all_rows()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

}  // namespace
}  // namespace mqttspec::wire::testing
