#include "conformance/runner/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mqttspec::conformance {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view text) {
  const auto known = parse_profile(text, "p.toml");
  return known ? "" : known.error();
}

TEST(ProfileOfABroker, MayBeEmpty) {
  const auto known = parse_profile("", "p.toml");
  ASSERT_TRUE(known) << known.error();
  EXPECT_FALSE(known->credentials);
  EXPECT_FALSE(known->profile.passwords_are_checked);
  EXPECT_FALSE(known->profile.forbidden_publish);
}

TEST(ProfileOfABroker, HasCredentialsAndForbiddenTopics) {
  const auto known = parse_profile(
      "[credentials]\nusername = \"eva\"\npassword = \"secret\"\n[forbidden]\npublish = \"a/b\"\nsubscribe = \"a/#\"\n", "p.toml");
  ASSERT_TRUE(known) << known.error();
  EXPECT_EQ(known->credentials->user_name, "eva");
  EXPECT_EQ(known->credentials->password, "secret");
  EXPECT_TRUE(known->profile.passwords_are_checked);
  EXPECT_EQ(known->profile.forbidden_publish, "a/b");
  EXPECT_EQ(known->profile.forbidden_subscribe, "a/#");
}

TEST(ProfileOfABroker, ErrorsSayWhereAndWhatIsRight) {
  EXPECT_THAT(error_of("[credentials\n"), HasSubstr("p.toml:1: this is not TOML"));
  EXPECT_EQ(error_of("[users]\n"), "p.toml: there is no 'users'; a profile has [credentials] and [forbidden]");
  EXPECT_EQ(error_of("credentials = 1\n"), "p.toml: 'credentials' must be a table: [credentials]");
  EXPECT_EQ(error_of("[credentials]\nuser = \"eva\"\n"), "p.toml: [credentials] has username and password, and no 'user'");
  EXPECT_EQ(error_of("[credentials]\nusername = \"eva\"\n"), "p.toml: [credentials] needs username and password");
  EXPECT_EQ(error_of("[credentials]\nusername = 1\npassword = \"x\"\n"), "p.toml: 'username' of [credentials] must be a string in quotes");
  EXPECT_THAT(error_of("[forbidden]\npublish = \"a/#\"\n"), HasSubstr("'publish' of [forbidden] is no Topic Name"));
  EXPECT_THAT(error_of("[forbidden]\nsubscribe = \"a#\"\n"), HasSubstr("'subscribe' of [forbidden] is no Topic Filter"));
  EXPECT_THAT(error_of("[credentials]\nusername = \"a\\u0000\"\npassword = \"x\"\n"), HasSubstr("does not allow"));
}

TEST(ProfileOfABroker, AFileThatIsNotThereIsAnError) {
  const auto known = read_profile("/nowhere/p.toml");
  ASSERT_FALSE(known);
  EXPECT_THAT(known.error(), HasSubstr("cannot read /nowhere/p.toml: No such file"));
}

}  // namespace
}  // namespace mqttspec::conformance
