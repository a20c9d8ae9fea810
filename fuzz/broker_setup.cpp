#include "fuzz/broker_setup.hpp"

#include "mock_broker/deviations/broker_setup.hpp"
#include "mock_broker/deviations/variants.hpp"

#include <string>
#include <utility>

namespace mqttspec::fuzz {
namespace {

using mock_broker::BrokerSetup;
using mock_broker::Configuration;
using mock_broker::Engine;

/// One bit of the options each.
constexpr void (*offers_table[])(Configuration&) = {
    lower_limits,
    [](Configuration& c) { c.users = {{"user", "secret"}}; },
    [](Configuration& c) {
      c.publish_denied = {"denied/#"};
      c.subscribe_denied = {"secret/#"};
    },
    [](Configuration& c) { c.receive_maximum = 2; },
    [](Configuration& c) {
      c.server_keep_alive = 10;
      c.topic_alias_maximum = 0;
    },
    [](Configuration& c) {
      c.maximum_qos = wire::QoS::at_least_once;
      c.retain_available = false;
    },
    [](Configuration& c) {
      c.wildcard_subscription_available = false;
      c.subscription_identifier_available = false;
      c.shared_subscription_available = false;
    },
    [](Configuration& c) {
      c.maximum_session_expiry_interval = 60;
      c.response_information = "replies/";
    },
};

/// Every second number is the broker without a variant.
const mock_broker::Variant* chosen_variant(std::uint8_t number) {
  if (number % 2 == 0) return nullptr;
  const auto variants = mock_broker::variants();
  return &variants[number / 2 % variants.size()];
}

BrokerSetup setup(std::uint8_t offers, std::uint8_t variant_number) {
  BrokerSetup made;
  for (unsigned bit = 0; bit < std::size(offers_table); ++bit)
    if ((offers >> bit & 1) != 0) offers_table[bit](made.configuration);
  if (const auto* variant = chosen_variant(variant_number)) made.add(*variant);
  return made;
}

}  // namespace

void lower_limits(Configuration& c) {
  c.maximum_packet_size = 4'096;
  c.maximum_connections = 3;
  c.maximum_unidentified_connections = 3;
  c.maximum_sessions = 4;
  c.maximum_subscriptions = 4;
  c.maximum_queued_messages = 4;
  c.maximum_queued_bytes = 4'096;
  c.maximum_retained_messages = 4;
  c.maximum_in_flight = 3;
  c.maximum_topic_aliases_used = 2;
  c.maximum_pending_output = 4'096;
  c.maximum_violations = 4;
}

Engine make_broker(std::uint8_t offers, std::uint8_t variant) {
  if (auto broken = make_broken_broker()) return *std::move(broken);
  return make_engine(setup(offers, variant));
}

Engine make_small_broker(std::uint8_t offers, std::uint8_t variant) {
  BrokerSetup made = setup(offers, variant);
  lower_limits(made.configuration);
  return make_engine(std::move(made));
}

}  // namespace mqttspec::fuzz
