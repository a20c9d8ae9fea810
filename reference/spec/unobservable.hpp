#pragma once

#include "reference/spec/catalogue.hpp"

#include <string_view>

namespace mqttspec::spec {

/// A statement whose violation is not observable on the wire.
struct Unobservable {
  Requirement requirement;
  std::string_view why;  ///< one sentence
};

inline constexpr Unobservable unobservable_statements[] = {
    {{"MQTT-4.7.3-3", "MQTT-4.7.3-3"}, "A string has a two-byte length, so no packet can contain one longer than 65,535 bytes."},
    {{"MQTT-4.8.0-2", ""}, "A Transient Error, such as a lack of memory, cannot be caused from outside without harming the broker."},
    {{"MQTT-4.5.0-2", "MQTT-4.5.0-2"}, "The standard sets no time limit for the acknowledgement, so a missing one may still arrive."},
    {{"MQTT-3.14.4-1", ""},
     "The standard sets no time limit for the client to close, and sending packets after DISCONNECT is another statement."},
    {{"", "MQTT-3.2.2-4"}, "Only the client knows whether it still has its Session State."},
    {{"", "MQTT-3.3.4-8"}, "A client that sends nothing while its send quota is 0 may have nothing to send."},
    {{"MQTT-7.0.0-1", ""}, "What a broker does as a client of other brokers is not observable on connections made to it."},
    {{"MQTT-7.1.2-1", ""}, "A client that connects complies, and a client that cannot connect sends no packet."},
};

/// The reason why a statement is not observable, or "" if it is.
constexpr std::string_view why_unobservable(ProtocolVersion version, std::string_view id) {
  for (const Unobservable& one : unobservable_statements)
    if (one.requirement.in(version).text() == id) return one.why;
  return "";
}

}  // namespace mqttspec::spec
