#include "conformance/report/contents.hpp"

#include <algorithm>
#include <array>

namespace mqttspec::conformance::report {
namespace {

/// A section and its titles; "" in the version that does not have it.
struct Entry {
  std::string_view section;
  std::string_view in_3_1_1;
  std::string_view in_5_0;
};

constexpr std::array contents = {
    Entry{"1", "Introduction", "Introduction"},
    Entry{"1.5", "Data representations", "Data representation"},
    Entry{"2", "MQTT Control Packet format", "MQTT Control Packet format"},
    Entry{"2.1", "Structure of an MQTT Control Packet", "Structure of an MQTT Control Packet"},
    Entry{"2.2", "Fixed header", "Variable Header"},
    Entry{"2.3", "Variable header", "Payload"},
    Entry{"2.4", "Payload", "Reason Code"},
    Entry{"3", "MQTT Control Packets", "MQTT Control Packets"},
    Entry{"3.1", "CONNECT – Client requests a connection to a Server", "CONNECT – Connection Request"},
    Entry{"3.2", "CONNACK – Acknowledge connection request", "CONNACK – Connect acknowledgement"},
    Entry{"3.3", "PUBLISH – Publish message", "PUBLISH – Publish message"},
    Entry{"3.4", "PUBACK – Publish acknowledgement", "PUBACK – Publish acknowledgement"},
    Entry{"3.5", "PUBREC – Publish received (QoS 2, part 1)", "PUBREC – Publish received (QoS 2, part 1)"},
    Entry{"3.6", "PUBREL – Publish release (QoS 2, part 2)", "PUBREL – Publish release (QoS 2, part 2)"},
    Entry{"3.7", "PUBCOMP – Publish complete (QoS 2, part 3)", "PUBCOMP – Publish complete (QoS 2, part 3)"},
    Entry{"3.8", "SUBSCRIBE – Subscribe to topics", "SUBSCRIBE – Subscribe request"},
    Entry{"3.9", "SUBACK – Subscribe acknowledgement", "SUBACK – Subscribe acknowledgement"},
    Entry{"3.10", "UNSUBSCRIBE – Unsubscribe from topics", "UNSUBSCRIBE – Unsubscribe request"},
    Entry{"3.11", "UNSUBACK – Unsubscribe acknowledgement", "UNSUBACK – Unsubscribe acknowledgement"},
    Entry{"3.12", "PINGREQ – PING request", "PINGREQ – PING request"},
    Entry{"3.13", "PINGRESP – PING response", "PINGRESP – PING response"},
    Entry{"3.14", "DISCONNECT – Disconnect notification", "DISCONNECT – Disconnect notification"},
    Entry{"3.15", "", "AUTH – Authentication exchange"},
    Entry{"4", "Operational behavior", "Operational behavior"},
    Entry{"4.1", "Storing state", "Session State"},
    Entry{"4.2", "Network Connections", "Network Connections"},
    Entry{"4.3", "Quality of Service levels and protocol flows", "Quality of Service levels and protocol flows"},
    Entry{"4.4", "Message delivery retry", "Message delivery retry"},
    Entry{"4.5", "Message receipt", "Message receipt"},
    Entry{"4.6", "Message ordering", "Message ordering"},
    Entry{"4.7", "Topic Names and Topic Filters", "Topic Names and Topic Filters"},
    Entry{"4.8", "Handling errors", "Subscriptions"},
    Entry{"4.9", "", "Flow Control"},
    Entry{"4.10", "", "Request / Response"},
    Entry{"4.11", "", "Server redirection"},
    Entry{"4.12", "", "Enhanced authentication"},
    Entry{"4.13", "", "Handling errors"},
    Entry{"5", "Security", "Security"},
    Entry{"6", "Using WebSocket as a network transport", "Using WebSocket as a network transport"},
    Entry{"7", "Conformance", "Conformance"},
    Entry{"7.1", "Conformance Targets", "Conformance clauses"},
};

}  // namespace

std::string_view title_of(spec::ProtocolVersion version, std::string_view section) {
  const auto* const found = std::ranges::find(contents, section, &Entry::section);
  if (found == contents.end()) return "";
  return version == spec::ProtocolVersion::v5_0 ? found->in_5_0 : found->in_3_1_1;
}

}  // namespace mqttspec::conformance::report
