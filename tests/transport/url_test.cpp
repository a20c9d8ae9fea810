#include "reference/transport/url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::transport {
namespace {

struct Reads {
  std::string_view text;
  Url url;
};

const std::vector<Reads> well_formed{
    {"mqtt://localhost", {Scheme::mqtt, "localhost", 1883, ""}},
    {"mqtts://broker.example.org", {Scheme::mqtts, "broker.example.org", 8883, ""}},
    {"ws://localhost", {Scheme::ws, "localhost", 80, "/mqtt"}},
    {"wss://localhost", {Scheme::wss, "localhost", 443, "/mqtt"}},
    {"mqtt://10.0.0.1:1884", {Scheme::mqtt, "10.0.0.1", 1884, ""}},
    {"mqtt://[::1]", {Scheme::mqtt, "::1", 1883, ""}},
    {"mqtt://[fe80::1:2]:18830", {Scheme::mqtt, "fe80::1:2", 18'830, ""}},
    {"mqtt://localhost:0", {Scheme::mqtt, "localhost", 0, ""}},
    {"mqtt://localhost:65535", {Scheme::mqtt, "localhost", 65'535, ""}},
    {"MQTT://Host_1", {Scheme::mqtt, "Host_1", 1883, ""}},
    {"ws://localhost:8080/", {Scheme::ws, "localhost", 8080, "/"}},
    {"wss://localhost/a/b?token=1:2@3", {Scheme::wss, "localhost", 443, "/a/b?token=1:2@3"}},
};

TEST(Url, IsReadInAllForms) {
  for (const auto& [text, url] : well_formed) {
    const auto parsed = parse_url(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(*parsed, url) << text;
  }
}

TEST(Url, IsReadBackFromItsText) {
  for (const auto& [text, url] : well_formed) EXPECT_EQ(parse_url(to_string(url)), url) << to_string(url);
}

TEST(Url, IsWrittenWithItsPort) {
  EXPECT_EQ(to_string({Scheme::mqtt, "localhost", 1883, ""}), "mqtt://localhost:1883");
  EXPECT_EQ(to_string({Scheme::wss, "::1", 443, "/mqtt"}), "wss://[::1]:443/mqtt");
}

struct Refused {
  std::string_view text;
  std::string_view says;
};

TEST(Url, IsRejectedWithASentenceThatExplainsTheError) {
  const std::vector<Refused> malformed{
      {"", "is empty"},
      {"localhost", "no scheme"},
      {"localhost:1883", "no scheme"},
      {"://localhost", "got: ''"},
      {"gopher://localhost", "mqtt, mqtts, ws or wss"},
      {"tcp://localhost", "'mqtt' instead of 'tcp'"},
      {"ssl://localhost", "'mqtts' instead of 'ssl'"},
      {"mqtt://", "has no host"},
      {"mqtt://:1883", "has no host"},
      {"mqtt://user:secret@localhost", "must not contain a user name"},
      {"mqtt://local host", "spaces"},
      {"mqtt://localhost\n", "control characters"},
      {"mqtt://local%68ost", "got: '%'"},
      {"mqtt://localhost:", "got: none"},
      {"mqtt://localhost:65536", "between 0 and 65535"},
      {"mqtt://localhost:99999999999999999999", "between 0 and 65535"},
      {"mqtt://localhost:-1", "got: '-1'"},
      {"mqtt://localhost:+1", "got: '+1'"},
      {"mqtt://localhost:1883x", "got: '1883x'"},
      {"mqtt://::1", "an IPv6 address in brackets"},
      {"mqtt://::1:1883", "an IPv6 address in brackets"},
      {"mqtt://[::1", "not closed"},
      {"mqtt://[localhost]", "an IPv6 address such as"},
      {"mqtt://[::1]1883", "after the bracket"},
      {"mqtt://[::1]:", "got: none"},
      {"mqtt://localhost/", "without a path"},
      {"mqtts://localhost/mqtt", "without a path"},
      {"mqtt://localhost?a=b", "without a path"},
      {"ws://localhost/mqtt#here", "without a fragment"},
      {"ws://localhost?a=b", "as in /mqtt?a=b"},
  };
  for (const auto& [text, says] : malformed) {
    const auto parsed = parse_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().contains(says)) << text << ": " << parsed.error();
  }
}

TEST(Url, NeverShowsAPassword) { EXPECT_FALSE(parse_url("mqtt://user:secret@localhost").error().contains("secret")); }

}  // namespace
}  // namespace mqttspec::transport
