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

TEST(Url, IsReadInAllItsForms) {
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

TEST(Url, IsRefusedWithASentenceThatSaysWhatIsWrong) {
  const std::vector<Refused> malformed{
      {"", "is empty"},
      {"localhost", "no scheme"},
      {"localhost:1883", "no scheme"},
      {"://localhost", "scheme '' is unknown"},
      {"gopher://localhost", "mqtt, mqtts, ws and wss"},
      {"tcp://localhost", "'tcp' is written 'mqtt'"},
      {"ssl://localhost", "'ssl' is written 'mqtts'"},
      {"mqtt://", "names no host"},
      {"mqtt://:1883", "names no host"},
      {"mqtt://user:secret@localhost", "--username"},
      {"mqtt://local host", "no spaces"},
      {"mqtt://localhost\n", "no control characters"},
      {"mqtt://local%68ost", "holds '%'"},
      {"mqtt://localhost:", "no port"},
      {"mqtt://localhost:65536", "between 0 and 65535"},
      {"mqtt://localhost:99999999999999999999", "between 0 and 65535"},
      {"mqtt://localhost:-1", "not a port"},
      {"mqtt://localhost:+1", "not a port"},
      {"mqtt://localhost:1883x", "'1883x' is not a port"},
      {"mqtt://::1", "stands in brackets"},
      {"mqtt://::1:1883", "stands in brackets"},
      {"mqtt://[::1", "not closed"},
      {"mqtt://[localhost]", "not an IPv6 address"},
      {"mqtt://[::1]1883", "after the bracket"},
      {"mqtt://[::1]:", "no port"},
      {"mqtt://localhost/", "takes no path"},
      {"mqtts://localhost/mqtt", "takes no path"},
      {"mqtt://localhost?a=b", "takes no path"},
      {"ws://localhost/mqtt#here", "no fragment"},
      {"ws://localhost?a=b", "no path"},
  };
  for (const auto& [text, says] : malformed) {
    const auto parsed = parse_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().contains(says)) << text << ": " << parsed.error();
  }
}

TEST(Url, NeverShowsThePasswordItWasGiven) { EXPECT_FALSE(parse_url("mqtt://user:secret@localhost").error().contains("secret")); }

}  // namespace
}  // namespace mqttspec::transport
