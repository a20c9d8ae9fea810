// Broken at explaining itself: a Reason String or User Property that makes a packet larger than its Client takes (3.2.2.3.9 and on).

#include "mock_broker/deviations/defect_tables.hpp"
#include "mock_broker/deviations/mutations.hpp"

#include <set>
#include <string>

namespace mqttspec::mock_broker::defect_tables {
namespace {

using namespace mutations;
using wire::PropertyId;
namespace prop = wire::prop;

constexpr std::size_t too_long = 300;

void with_users(Configuration& c) { c.users = {{"mqttspec", "secret"}}; }

/// Adds a long Reason String or User Property to packets of one type, for Clients that have told a Maximum Packet Size.
template <class P, PropertyId What>
class ExplainsTooMuch final : public Interceptor {
 public:
  std::vector<wire::Packet> packet_received(const Peer& peer, wire::Packet packet) override {
    if (const auto* connect = std::get_if<wire::Connect>(&packet)) {
      const bool wants = connect->properties.get(prop::request_problem_information).value_or(1) != 0;
      if (wants && connect->properties.has(PropertyId::maximum_packet_size)) limited_.insert(peer.connection);
    }
    std::vector<wire::Packet> packets;
    packets.push_back(std::move(packet));
    return packets;
  }

  Outgoing packet_to_send(const Peer& peer, wire::Packet packet) override {
    if (auto* explained = std::get_if<P>(&packet); explained != nullptr && limited_.contains(peer.connection)) {
      if constexpr (What == PropertyId::reason_string)
        explained->properties.set(prop::reason_string, std::string(too_long, 'r'));
      else
        explained->properties.add(prop::user_property, {"why", std::string(too_long, 'u')});
    }
    Outgoing outgoing;
    outgoing.emplace_back(std::move(packet));
    return outgoing;
  }

 private:
  std::set<ConnectionId> limited_;
};

template <class P>
constexpr auto long_reason_string = making<ExplainsTooMuch<P, PropertyId::reason_string>>;
template <class P>
constexpr auto long_user_property = making<ExplainsTooMuch<P, PropertyId::user_property>>;

constexpr Defect table[] = {
    {.id = "explanation/long-reason-string-in-connack",
     .requirement = {"", "MQTT-3.2.2-19"},
     .summary = "A Reason String makes CONNACK larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Connack>},
    {.id = "explanation/long-user-property-in-connack",
     .requirement = {"", "MQTT-3.2.2-20"},
     .summary = "A User Property makes CONNACK larger than the Client takes",
     .make_interceptor = long_user_property<wire::Connack>},
    {.id = "explanation/long-reason-string-in-puback",
     .requirement = {"", "MQTT-3.4.2-2"},
     .summary = "A Reason String makes PUBACK larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Puback>},
    {.id = "explanation/long-user-property-in-puback",
     .requirement = {"", "MQTT-3.4.2-3"},
     .summary = "A User Property makes PUBACK larger than the Client takes",
     .make_interceptor = long_user_property<wire::Puback>},
    {.id = "explanation/long-reason-string-in-pubrec",
     .requirement = {"", "MQTT-3.5.2-2"},
     .summary = "A Reason String makes PUBREC larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Pubrec>},
    {.id = "explanation/long-user-property-in-pubrec",
     .requirement = {"", "MQTT-3.5.2-3"},
     .summary = "A User Property makes PUBREC larger than the Client takes",
     .make_interceptor = long_user_property<wire::Pubrec>},
    {.id = "explanation/long-reason-string-in-pubrel",
     .requirement = {"", "MQTT-3.6.2-2"},
     .summary = "A Reason String makes PUBREL larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Pubrel>},
    {.id = "explanation/long-user-property-in-pubrel",
     .requirement = {"", "MQTT-3.6.2-3"},
     .summary = "A User Property makes PUBREL larger than the Client takes",
     .make_interceptor = long_user_property<wire::Pubrel>},
    {.id = "explanation/long-reason-string-in-pubcomp",
     .requirement = {"", "MQTT-3.7.2-2"},
     .summary = "A Reason String makes PUBCOMP larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Pubcomp>},
    {.id = "explanation/long-user-property-in-pubcomp",
     .requirement = {"", "MQTT-3.7.2-3"},
     .summary = "A User Property makes PUBCOMP larger than the Client takes",
     .make_interceptor = long_user_property<wire::Pubcomp>},
    {.id = "explanation/long-reason-string-in-suback",
     .requirement = {"", "MQTT-3.9.2-1"},
     .summary = "A Reason String makes SUBACK larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Suback>},
    {.id = "explanation/long-user-property-in-suback",
     .requirement = {"", "MQTT-3.9.2-2"},
     .summary = "A User Property makes SUBACK larger than the Client takes",
     .make_interceptor = long_user_property<wire::Suback>},
    {.id = "explanation/long-reason-string-in-unsuback",
     .requirement = {"", "MQTT-3.11.2-1"},
     .summary = "A Reason String makes UNSUBACK larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Unsuback>},
    {.id = "explanation/long-user-property-in-unsuback",
     .requirement = {"", "MQTT-3.11.2-2"},
     .summary = "A User Property makes UNSUBACK larger than the Client takes",
     .make_interceptor = long_user_property<wire::Unsuback>},
    {.id = "explanation/long-reason-string-in-disconnect",
     .requirement = {"", "MQTT-3.14.2-3"},
     .summary = "A Reason String makes DISCONNECT larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Disconnect>},
    {.id = "explanation/long-user-property-in-disconnect",
     .requirement = {"", "MQTT-3.14.2-4"},
     .summary = "A User Property makes DISCONNECT larger than the Client takes",
     .make_interceptor = long_user_property<wire::Disconnect>},
    {.id = "explanation/long-reason-string-in-auth",
     .requirement = {"", "MQTT-3.15.2-2"},
     .summary = "A Reason String makes AUTH larger than the Client takes",
     .make_interceptor = long_reason_string<wire::Auth>,
     .configure = with_users},
    {.id = "explanation/long-user-property-in-auth",
     .requirement = {"", "MQTT-3.15.2-3"},
     .summary = "A User Property makes AUTH larger than the Client takes",
     .make_interceptor = long_user_property<wire::Auth>,
     .configure = with_users},
};

}  // namespace

std::span<const Defect> explaining() { return table; }

}  // namespace mqttspec::mock_broker::defect_tables
