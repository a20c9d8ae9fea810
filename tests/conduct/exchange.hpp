#pragma once

#include "reference/conduct/client_conduct.hpp"
#include "reference/conduct/server_conduct.hpp"
#include "reference/link/transit.hpp"
#include "reference/wire/build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Scripted exchanges for the tests of the conduct checkers: `exchange.client(connect).server(connack()).…broken()`.
namespace mqttspec::conduct::testing {

using namespace std::chrono_literals;
using namespace wire::build;
using spec::ProtocolVersion;
using wire::QoS;
using wire::ReasonCode;

inline wire::Connack connack(ReasonCode code = ReasonCode::success) { return {.reason_code = code}; }
inline wire::Connack resumed() { return {.session_present = true}; }
inline wire::Suback suback(std::uint16_t id, std::vector<ReasonCode> codes) {
  return {.packet_id = wire::PacketId(id), .reason_codes = std::move(codes)};
}
inline wire::Auth auth(ReasonCode code, std::string method = "M") {
  wire::Auth packet{.reason_code = code};
  packet.properties.set(wire::prop::authentication_method, std::move(method));
  return packet;
}
inline wire::Disconnect disconnect(ReasonCode code = ReasonCode::normal_disconnection) { return {.reason_code = code}; }

/// The packet with one more property.
template <class Packet, class Value>
Packet with(Packet packet, wire::PropertyKey<Value> key, std::type_identity_t<Value> value) {
  packet.properties.add(key, std::move(value));
  return packet;
}

/// Network Connections of one client, one after another, and what the checker finds about them.
template <class Conduct>
class Exchange {
 public:
  explicit Exchange(ProtocolVersion version) : version_(version) { begin(); }
  /// Another client's connection, or another one of the same client, that shares the knowledge of the Sessions.
  Exchange another() const { return Exchange(*this, Share{}); }

  ProtocolVersion version() const { return version_; }
  bool v5() const { return version_ == ProtocolVersion::v5_0; }

  Exchange& client(const wire::Packet& packet) {
    tick();
    // As reference/link does.
    if constexpr (requires { conduct_->connack_arrived(*now_); }) {
      transit_.client_sent(packet, *now_);
      if (const auto since = transit_.client_has_connack(*now_)) conduct_->connack_arrived(*since);
    }
    return note(conduct_->client_sent(packet, *now_));
  }
  Exchange& server(const wire::Packet& packet) {
    tick();
    transit_.server_sent(packet, *now_);
    return note(conduct_->server_sent(packet, *now_));
  }
  Exchange& after(Duration time) {
    *now_ += time;
    return *this;
  }
  Exchange& other_end_misbehaves() {
    if constexpr (requires { conduct_->client_misbehaved(tick()); })
      conduct_->client_misbehaved(tick());
    else
      conduct_->server_misbehaved(tick());
    return *this;
  }
  Exchange& client_closes() {
    static_cast<void>(conduct_->client_closed(tick()));
    return *this;
  }
  Exchange& server_closes() {
    static_cast<void>(conduct_->server_closed(tick()));
    return *this;
  }
  /// Findings of a call that is not a packet.
  template <class Call>
  Exchange& call(Call call) {
    return note(call(*conduct_, tick()));
  }
  /// The client begins another Network Connection.
  Exchange& next_connection() {
    begin();
    return *this;
  }

  // Whole steps
  wire::Connect connect() const { return {.version = version_, .client_id = "client"}; }
  /// Wants a Session that outlasts the connection, and one that is there already.
  wire::Connect connect_kept() const {
    wire::Connect packet = connect();
    packet.clean_start = false;
    if (v5()) packet.properties.set(wire::prop::session_expiry_interval, 1'000);
    return packet;
  }
  /// A new Session that outlasts the connection, known from its beginning to whoever judges.
  Exchange& connected_kept() {
    if (!v5()) return client(connect_kept()).server(connack());
    return client(with(connect(), wire::prop::session_expiry_interval, 1'000)).server(connack());
  }
  Exchange& connected() { return client(connect()).server(connack()); }
  Exchange& subscribed(std::string filter, int qos = 2, std::uint16_t id = 1) {
    const auto code = static_cast<ReasonCode>(qos);
    return client(subscribe(id, std::move(filter), static_cast<QoS>(qos))).server(suback(id, {code}));
  }
  /// The connection is lost, and the Session resumed.
  Exchange& resumes() { return client_closes().next_connection().client(connect_kept()).server(resumed()); }
  wire::Unsuback unsuback(std::uint16_t id, std::size_t filters = 1) const {
    return {.packet_id = wire::PacketId(id), .reason_codes = std::vector<ReasonCode>(v5() ? filters : 0)};
  }

  /// The ids of the rules that were found broken, in order.
  const std::vector<std::string>& broken() const { return broken_; }
  const Findings& findings() const { return findings_; }

 private:
  struct Share {};
  Exchange(const Exchange& other, Share) : version_(other.version_), sessions_(other.sessions_), now_(other.now_) { begin(); }

  void begin() {
    conduct_ = std::make_shared<Conduct>(*sessions_, version_);
    transit_ = link::Transit();
  }
  TimePoint tick() { return *now_ += 1ms; }
  Exchange& note(const Findings& findings) {
    for (const Finding& finding : findings) {
      broken_.emplace_back(finding.rule->id);
      findings_.push_back(finding);
    }
    return *this;
  }

  ProtocolVersion version_;
  std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>();
  std::shared_ptr<TimePoint> now_ = std::make_shared<TimePoint>(1h);
  std::shared_ptr<Conduct> conduct_;
  link::Transit transit_;
  std::vector<std::string> broken_;
  Findings findings_;
};

inline constexpr auto v3 = ProtocolVersion::v3_1_1;
inline constexpr auto v5 = ProtocolVersion::v5_0;

/// A history that is legal in every version: nothing may be found in it.
template <class E>
class Tolerates : public ::testing::TestWithParam<ProtocolVersion> {
 protected:
  ~Tolerates() override { EXPECT_THAT(exchange.broken(), ::testing::IsEmpty()); }
  E exchange{GetParam()};
};
inline std::string version_name(const ::testing::TestParamInfo<ProtocolVersion>& instance) {
  return instance.param == v5 ? "v5_0" : "v3_1_1";
}

using ServerExchange = Exchange<ServerConduct>;
using ClientExchange = Exchange<ClientConduct>;

/// Two short histories for one rule.
template <class E>
struct Example {
  std::string_view rule;
  std::function<void(E&)> keeps;
  std::function<void(E&)> breaks;
};

std::vector<Example<ServerExchange>> server_examples();
std::vector<Example<ClientExchange>> client_examples();

}  // namespace mqttspec::conduct::testing
