#include "conformance/runner/survivors.hpp"

#include <gtest/gtest.h>

namespace mqttspec::conformance {
namespace {

using spec::ProtocolVersion;

bool exists(ProtocolVersion version, std::string_view id) { return id == "a/both" || (id == "a/new" && version == ProtocolVersion::v5_0); }

std::string problem(std::string_view text) {
  const auto parsed = parse_survivors(text, "list.txt", exists);
  return parsed ? "" : parsed.error();
}

TEST(Survivors, AreReadWithTheirVersionPastCommentsAndEmptyLines) {
  const auto parsed = parse_survivors("# of old\n\n3.1.1 a/both\n5.0  a/new  # why\n", "list.txt", exists);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, (Survivors{{ProtocolVersion::v3_1_1, "a/both"}, {ProtocolVersion::v5_0, "a/new"}}));
}

TEST(Survivors, MustBeDefectsOfTheirVersionEachOnce) {
  EXPECT_EQ(problem("5.0 a/other"), "list.txt:1: there is no defect 'a/other' in MQTT 5.0");
  EXPECT_EQ(problem("\n3.1.1 a/new"), "list.txt:2: there is no defect 'a/new' in MQTT 3.1.1");
  EXPECT_EQ(problem("5.0 a/new\n5.0 a/new"), "list.txt:2: 'a/new' stands there twice");
}

TEST(Survivors, AreWrittenAsVersionAndId) {
  EXPECT_EQ(problem("a/both"), "list.txt:1: write a version and the id of a defect");
  EXPECT_EQ(problem("5.0 a/both a/new"), "list.txt:1: write a version and the id of a defect");
  EXPECT_EQ(problem("3.1 a/both"), "list.txt:1: '3.1' is not 3.1.1 or 5.0");
}

TEST(Survivors, OfAFileThatIsMissingAreAnError) {
  const auto read = read_survivors("/nowhere/list.txt", exists);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), "/nowhere/list.txt: No such file or directory");
}

}  // namespace
}  // namespace mqttspec::conformance
