#include "conformance/cli/embedded_broker.hpp"

#include "mock_broker/scram_authenticator.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>

namespace mqttspec::conformance::cli {
namespace {

const transport::Url mqtt_url{.host = "sim", .port = 1883};
const transport::Url web_socket_url{.scheme = transport::Scheme::ws, .host = "sim", .port = 8083, .path = "/mqtt"};

/// The same credentials and forbidden topics stand in the defects that need some.
constexpr const char* user_name = "mqttspec";
constexpr const char* password = "secret";
constexpr const char* forbidden_publish = "mqttspec/forbidden/publish";
constexpr const char* forbidden_subscribe = "mqttspec/forbidden/subscribe";

/// Those of CONNECT packets that are wrong in other ways: where the wrong is passed over they are let in.
const std::map<std::string, std::string> names_in_raw_packets = {{"user", ""}, {"guest", "secret"}};

/// What a user would say of this broker in a profile.
RunOptions with_profile(RunOptions options) {
  if (!options.user_name && !options.password) {
    options.user_name = user_name;
    options.password = password;
  }
  options.profile = {.passwords_are_checked = options.user_name.has_value(),
                     .forbidden_publish = forbidden_publish,
                     .forbidden_subscribe = forbidden_subscribe};
  options.web_socket = web_socket_url;
  return options;
}

mock_broker::Configuration configuration_for(const RunOptions& options) {
  mock_broker::Configuration configuration;
  if (options.user_name) {
    configuration.users = names_in_raw_packets;
    configuration.users[*options.user_name] = options.password.value_or("");
    // Nonces come from the seed, so that the same seed gives the same packets.
    const auto random = std::make_shared<std::mt19937_64>(options.seed.value());
    configuration.authenticators = {
        mock_broker::scram_authenticator(configuration.users, [random] { return fmt::format("{:016x}", (*random)()); })};
  }
  // Longer than any case waits: what is left open shows.
  configuration.connect_timeout = std::chrono::minutes(5);
  configuration.publish_denied = {forbidden_publish};
  configuration.subscribe_denied = {forbidden_subscribe};
  return configuration;
}

}  // namespace

RunResult run_on_embedded_broker(const MakeServer& make_server, const std::vector<Case>& cases, const RunOptions& options,
                                 Observer& observer) {
  const RunOptions with = with_profile(options);
  const auto runtime = transport::make_sim_runtime({.seed = with.seed.value()});
  auto server = make_server(*runtime, configuration_for(with));
  for (const auto& url : {mqtt_url, web_socket_url})
    if (const auto listening = server.listen(url); !listening) throw std::runtime_error(listening.error().message);
  return run_suite(*runtime, cases, mqtt_url, with, observer);
}

}  // namespace mqttspec::conformance::cli
